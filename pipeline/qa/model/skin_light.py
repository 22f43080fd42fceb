"""Where the light comes from that falls on a person: fitted to how their skin darkens as it turns away.

First-order spherical harmonics (Basri and Jacobs 2003; Ramamoorthi and Hanrahan 2001): skin of a normal n is lit by
``a + b·n``, and `b` points to where more light comes from. Normals come from the face's mesh and from the fingers, which
are cylinders. No prior is added, unlike where a plate's light is read to light a piece by: a check must not lean on one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.imaging.colour import luminance, srgb_to_linear
from pipeline.plate.anchor import unit
from pipeline.plate.landmarks import KNUCKLES, Face, Hand
from pipeline.plate.light import face_normals
from pipeline.qa.person import Person

# A finger's half width over the distance from index' to little finger's knuckle.
HALF_FINGER = 0.105
# Samples along a bone and across it, from edge to edge in parts of the half width.
ALONG, ACROSS = np.linspace(0.2, 0.8, 7), np.linspace(-0.8, 0.8, 13)
# Fewer samples than these tell nothing, and neighbours that see the same skin count as one in so many.
LEAST_SAMPLES, ALIKE = 60, 60.0
# Faces and hands of rendered people told the light's azimuth to 11 degrees from the front and 34 from the side.
MODEL_ERROR_DEG = 10.0
MOST_UNSTEADY = 0.04


@dataclass(frozen=True)
class SkinLight:
    """The light on a person: `azimuth_deg` to it in the picture, counterclockwise from the right, `error_deg` its standard
    error; `strength`: how much more comes from there, over what skin that faces the camera gets. `from_words`: what it was
    read from; `at` (2,): their middle in the person's pixels."""

    azimuth_deg: float
    error_deg: float
    strength: float
    from_words: str
    at: np.ndarray


def skin_light(person: Person) -> SkinLight | None:
    """The light on the person's face and hands together; None where neither shows enough skin."""
    level = luminance(srgb_to_linear(person.srgb))
    bare = cv2.erode(person.skin.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    bare &= person.piece < 0.05
    normals, shades, words, at = [], [], [], []
    for face in person.faces[:1]:
        n, shade = _on_face(level, bare, face)
        if len(shade) >= LEAST_SAMPLES:
            normals.append(n)
            shades.append(shade / np.median(shade))
            words.append("face")
            at.append(face.points[:, :2].mean(0))
    for hand in person.hands:
        n, shade = _on_hand(level, bare, hand)
        if hand.unsteadiness < MOST_UNSTEADY and len(shade) >= LEAST_SAMPLES:
            normals.append(n)
            shades.append(shade / np.median(shade))
            words.append("hand" if "hand" not in words else "hands")
            at.append(hand.points[:, :2].mean(0))
    if not normals:
        return None
    ambient, toward, covariance = _fitted(np.concatenate(normals), np.concatenate(shades))
    aside = float(np.hypot(toward[0], toward[1]))
    error = _turned_by(toward[:2], covariance[1:3, 1:3])
    return SkinLight(
        azimuth_deg=float(np.degrees(np.arctan2(toward[1], toward[0]))),
        error_deg=float(np.hypot(error, MODEL_ERROR_DEG)),
        strength=aside / max(ambient + max(float(toward[2]), 0.0), 0.2),
        from_words=" and ".join(w for w in words if not (w == "hand" and "hands" in words)),
        at=np.mean(at, axis=0),
    )


def _turned_by(toward: np.ndarray, covariance: np.ndarray) -> float:
    """How far, in degrees, a direction (2,) turns where it goes one standard error along either axis of its covariance (2, 2).

    Fingers that lie side by side say nothing of the light along them: the fit then makes that part up, and a first-order
    error across the result would not see it.
    """
    values, axes = np.linalg.eigh(covariance)
    moved = [
        toward + sign * np.sqrt(max(v, 0.0)) * axis for v, axis in zip(values, axes.T, strict=True) for sign in (-1, 1)
    ]
    at = np.arctan2(toward[1], toward[0])
    turned = [(np.arctan2(m[1], m[0]) - at + np.pi) % (2 * np.pi) - np.pi for m in moved]
    return float(np.degrees(np.max(np.abs(turned))))


def _on_face(level: np.ndarray, bare: np.ndarray, face: Face) -> tuple[np.ndarray, np.ndarray]:
    """Normals (n, 3) and levels (n,) of the face's mesh points that are bare skin."""
    smooth = cv2.GaussianBlur(level, (0, 0), max(0.008 * float(np.ptp(face.points[:, 0])), 1.0))
    x, y = np.round(face.points[:, :2]).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < level.shape[1]) & (y < level.shape[0])
    inside[inside] &= bare[y[inside], x[inside]]
    return face_normals(face)[inside], smooth[y[inside], x[inside]]


def _on_hand(level: np.ndarray, bare: np.ndarray, hand: Hand) -> tuple[np.ndarray, np.ndarray]:
    """Normals (n, 3) and levels (n,) over the fingers, each bone a cylinder that lies in the picture's plane."""
    at = hand.points[:, :2]
    half = HALF_FINGER * float(np.linalg.norm(at[5] - at[17]))
    smooth = cv2.GaussianBlur(level, (0, 0), max(0.15 * half, 1.0))
    points, normals = [], []
    for finger, k in KNUCKLES.items():
        for i in range(2 if finger == "thumb" else 3):
            bone = at[k + i + 1] - at[k + i]
            if float(np.linalg.norm(bone)) < 1.5 * half:
                continue
            aside = np.array([-unit(bone)[1], unit(bone)[0]])
            t, u = (v.ravel() for v in np.meshgrid(ALONG, ACROSS, indexing="ij"))
            points.append(at[k + i] + t[:, None] * bone + (u * half)[:, None] * aside)
            normals.append(np.column_stack([u * aside[0], -u * aside[1], np.sqrt(1 - u * u)]))
    if not points:
        return np.zeros((0, 3)), np.zeros(0)
    x, y = np.round(np.concatenate(points)).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < level.shape[1]) & (y < level.shape[0])
    inside[inside] &= bare[y[inside], x[inside]]
    return np.concatenate(normals)[inside], smooth[y[inside], x[inside]]


def _fitted(normals: np.ndarray, shades: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """`a`, `b` (3,) and their covariance (4, 4) by least squares, reweighted so that brows and highlights don't pull (Huber)."""
    terms = np.column_stack([np.ones(len(shades)), normals])
    weight = np.ones(len(shades))
    for _ in range(10):
        A = terms.T @ (terms * weight[:, None]) + 1e-6 * np.eye(4)
        solved = np.linalg.solve(A, terms.T @ (shades * weight))
        off = np.abs(shades - terms @ solved)
        weight = np.minimum(1.0, 1.5 * float(np.median(off) + 1e-6) / np.maximum(off, 1e-9))
    spread = float((weight * off**2).sum() / weight.sum())
    return float(solved[0]), solved[1:], np.linalg.inv(A) * spread * len(shades) / ALIKE
