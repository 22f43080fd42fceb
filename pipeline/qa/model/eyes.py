"""An eye as it is seen: how round its iris is, and where in it the light is mirrored.

A real iris is a circle, narrowed only by its turn; a real cornea mirrors the same lights at the same place in both eyes.
Both fail in faces that were never photographed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from pipeline.plate.landmarks import Face
from pipeline.qa.person import Person

# The mesh's points round an eye's opening, by the person's own side.
OPENINGS = {
    "right": (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    "left": (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
}
# Irises of fewer pixels across show no form.
LEAST_IRIS_PX = 14.0
RAYS, REACH = 96, np.arange(0.45, 1.5, 0.02)
# The least step, in sRGB levels, from the iris to the white, and how many rays must show it.
LEAST_STEP, LEAST_RAYS = 0.05, 20
# How well a ray's edge is read, in pixels, on the whole of an iris.
EDGE_PX = 0.4
# The eye's white is less coloured than skin by this; rays steeper than that meet lids.
WHITE, STEEPEST = 0.6, 0.87
# A catchlight stands out of what lies round it by this much, in sRGB levels, and is at least this bright.
STANDS_OUT, BRIGHT = 0.16, 0.42
# It covers this share of the iris' area, at least and at most.
SMALLEST, LARGEST = 0.002, 0.16


@dataclass(frozen=True)
class Catchlight:
    """Where an iris mirrors a light: `at` (2,) from its middle in its radii (x right, y down in the picture), `strength` the
    levels by which it stands out."""

    at: tuple[float, float]
    strength: float


@dataclass(frozen=True)
class Eye:
    """`centre` (2,) and `radius` in the person's pixels; `oval`: how much longer than wide its outline is, in parts, with its
    `oval_error`, None where lids leave too little of it; `catchlights`, strongest first; `open_share`: its opening's height
    over its width."""

    side: str
    centre: np.ndarray
    radius: float
    oval: float | None
    oval_error: float
    catchlights: tuple[Catchlight, ...]
    open_share: float


def read_eye(person: Person, face: Face, side: str) -> Eye | None:
    """The person's eye of a `side`; None where its iris is too small to be judged, or closed, or behind the piece."""
    iris = face.irises[side]
    radius = iris.width_px / 2
    outline = face.points[list(OPENINGS[side]), :2]
    open_share = opening_of(outline)
    height, width = person.srgb.shape[:2]
    x, y = iris.centre
    if 2 * radius < LEAST_IRIS_PX or open_share < 0.12 or not (0 <= x < width and 0 <= y < height):
        return None
    if person.piece[int(y), int(x)] > 0.1:
        return None
    reach = int(2.2 * radius) + 3
    left, top = int(x) - reach, int(y) - reach
    around = cv2.getRectSubPix(person.srgb, (2 * reach + 1, 2 * reach + 1), (float(int(x)), float(int(y))))
    patch = np.clip(around, 0, 1).mean(-1)
    middle, shape = iris.centre - (left, top), outline - (left, top)
    opening = np.zeros(patch.shape, np.uint8)
    cv2.fillPoly(opening, [np.round(shape * 16).astype(np.int32)], (255,), cv2.LINE_8, 4)
    white = _white(around, opening)
    oval, error, refined, size = _form(patch, white, middle, radius)
    return Eye(
        side,
        refined + (left, top),
        size,
        oval,
        error,
        _catchlights(patch, white, opening, refined, size),
        open_share,
    )


def opening_of(outline: np.ndarray) -> float:
    """The height over the width of an eye's opening (16, 2)."""
    wide = float(np.linalg.norm(outline[0] - outline[8]))
    high = max(float(np.linalg.norm(outline[i] - outline[16 - i])) for i in range(2, 7))
    return high / max(wide, 1e-6)


def _white(colours: np.ndarray, opening: np.ndarray) -> np.ndarray:
    """Where the eye's white may be (h, w) bool: much less coloured than the lids, and not dark."""
    chroma = (colours.max(-1) - colours.min(-1)) / np.maximum(colours.max(-1), 0.05)
    lids = cv2.dilate(opening, np.ones((9, 9), np.uint8)) == 0
    skin = float(np.median(chroma[lids])) if lids.any() else 0.5
    level = colours.mean(-1)
    inside = level[opening > 0]
    bright = float(np.percentile(inside, 90)) if inside.size else 1.0
    result: np.ndarray = (chroma < WHITE * skin) & (level > 0.55 * bright)
    return result


def _form(
    patch: np.ndarray, white: np.ndarray, middle: np.ndarray, radius: float
) -> tuple[float | None, float, np.ndarray, float]:
    """How oval the iris is and that value's error (None where too little is seen), its middle and its radius."""
    angles = np.arange(RAYS) * 2 * np.pi / RAYS
    around = np.stack([np.cos(angles), np.sin(angles)], 1)
    at = middle + around[:, None] * (REACH * radius)[None, :, None]
    levels = cv2.remap(
        patch,
        at[..., 0].astype(np.float32),
        at[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    paler = cv2.remap(
        white.astype(np.uint8), at[..., 0].astype(np.float32), at[..., 1].astype(np.float32), cv2.INTER_NEAREST
    )
    smooth = gaussian_filter1d(levels, 2.0, axis=1)
    steps = np.gradient(smooth, axis=1) * 5 * np.exp(-0.5 * ((REACH - 1) / 0.24) ** 2)
    k = steps.argmax(1)
    index = np.arange(RAYS)
    # Behind the edge there must be the eye's white, and no lid.
    behind = np.stack([paler[index, np.minimum(k + far, len(REACH) - 1)] for far in (6, 9, 12)]).min(0) > 0
    clear = behind & (steps[index, k] > LEAST_STEP) & (k > 2) & (np.abs(np.sin(angles)) < STEEPEST)
    if clear.sum() < LEAST_RAYS or not _both_sides(angles[clear]):
        return None, 1.0, middle, radius
    theta, r = angles[clear], REACH[k[clear]]
    terms = np.stack([np.ones_like(theta), np.cos(theta), np.sin(theta), np.cos(2 * theta), np.sin(2 * theta)], 1)
    weight = np.ones(len(r))
    for _ in range(6):
        # What no ray tells stays round: a weak pull of the second harmonic to nought.
        A = terms.T @ (terms * weight[:, None]) + np.diag([0, 0, 0, 0.1, 0.1])
        solved = np.linalg.solve(A, terms.T @ (r * weight))
        off = np.abs(r - terms @ solved)
        weight = np.minimum(1.0, 1.5 * float(np.median(off) + 0.01) / np.maximum(off, 1e-9))
    spread = float(1.48 * np.median(np.abs(r - terms @ solved)))
    covariance = np.linalg.inv(A) * max(spread, 0.015) ** 2
    oval = float(2 * np.hypot(solved[3], solved[4]) / solved[0])
    error = float(np.hypot(2 * np.sqrt(covariance[3, 3] + covariance[4, 4]) / solved[0], EDGE_PX / radius))
    return oval, error, middle + radius * solved[1:3], float(radius * solved[0])


def _both_sides(angles: np.ndarray) -> bool:
    """Whether the rays that were read lie to the left and to the right."""
    return bool((np.cos(angles) > 0.6).sum() >= 6 and (np.cos(angles) < -0.6).sum() >= 6)


def _catchlights(
    patch: np.ndarray, pale: np.ndarray, opening: np.ndarray, middle: np.ndarray, radius: float
) -> tuple[Catchlight, ...]:
    """The bright spots within an iris, strongest first."""
    y, x = np.mgrid[0 : patch.shape[0], 0 : patch.shape[1]]
    iris = np.hypot(x - middle[0], y - middle[1]) < 0.88 * radius
    within = iris & (opening > 0)
    if within.sum() < 20:
        return ()
    base = float(np.percentile(patch[within], 40))
    bright = within & pale & (patch > max(base + STANDS_OUT, BRIGHT))
    count, labels, stats, centres = cv2.connectedComponentsWithStats(bright.astype(np.uint8))
    area = np.pi * radius**2
    found = []
    for i in range(1, count):
        rim = cv2.dilate((labels == i).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        if (rim & ~iris).any():
            # What goes on beyond the iris is the white.
            continue
        if SMALLEST * area <= stats[i, cv2.CC_STAT_AREA] <= LARGEST * area:
            strength = float(patch[labels == i].max()) - base
            off = (centres[i] - middle) / radius
            found.append(Catchlight((float(off[0]), float(off[1])), strength))
    return tuple(sorted(found, key=lambda one: -one.strength))
