"""Damages to people as generators make them, each naming the one check that must see it; and what must pass.

A picture is (H, W, 3) float32 sRGB 0..1; landmarks are those of `pipeline.plate.landmarks`, in its pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.plate.landmarks import KNUCKLES, WRIST, Face, Hand
from pipeline.qa.model.eyes import OPENINGS


def finger_width(hand: Hand) -> float:
    """About how wide a finger is, in pixels: a third of the row of knuckles."""
    return float(np.linalg.norm(hand.points[5, :2] - hand.points[17, :2])) / 3


def _finger(hand: Hand, finger: str, size: tuple[int, int], wide: float, start: float = 0.35) -> np.ndarray:
    """A mask (H, W) 0..1 of a finger from `start` of its first bone past its tip, `wide` finger widths wide."""
    k = KNUCKLES[finger]
    bones = hand.points[k : k + 4, :2].copy()
    bones[0] += start * (bones[1] - bones[0])
    bones[-1] += 0.35 * finger_width(hand) * (bones[-1] - bones[-2]) / np.linalg.norm(bones[-1] - bones[-2])
    drawn = np.zeros(size, np.uint8)
    thick = max(round(wide * finger_width(hand)), 1)
    cv2.polylines(drawn, [np.round(bones).astype(np.int32)], False, (255,), thick)
    return cv2.GaussianBlur(drawn.astype(np.float32) / 255, (0, 0), 1.2)


def finger_painted_out(picture: np.ndarray, hand: Hand, finger: str, ground: np.ndarray) -> np.ndarray:
    """The hand with a finger gone, where `ground` (H, W, 3) is seen instead."""
    over = _finger(hand, finger, picture.shape[:2], 1.5, 0.55)[..., None]
    return (picture * (1 - over) + ground * over).astype(np.float32)


def finger_added(picture: np.ndarray, hand: Hand, finger: str, turn_deg: float, ground: np.ndarray) -> np.ndarray:
    """The hand with a copy of a finger beside it, turned by `turn_deg` about the wrist; `ground` tells what is background."""
    size = picture.shape[1], picture.shape[0]
    off = np.linalg.norm(picture - ground, axis=-1)
    own = _finger(hand, finger, picture.shape[:2], 1.3, 0.0) * np.clip((off - 0.06) / 0.06, 0, 1)
    turn = cv2.getRotationMatrix2D([float(v) for v in hand.points[WRIST, :2]], turn_deg, 1.0)
    copy, over = (cv2.warpAffine(a.astype(np.float32), turn, size) for a in (picture, own))
    return (picture * (1 - over[..., None]) + copy * over[..., None]).astype(np.float32)


def finger_bent_aside(picture: np.ndarray, hand: Hand, finger: str, bend_deg: float, ground: np.ndarray) -> np.ndarray:
    """The hand with a finger's last two bones turned in the picture's plane, as no hinge joint turns."""
    k = KNUCKLES[finger]
    joint = hand.points[k + 1, :2]
    bones = hand.points[k + 1 : k + 4, :2].copy()
    bones[-1] += 0.35 * finger_width(hand) * (bones[-1] - bones[-2]) / np.linalg.norm(bones[-1] - bones[-2])
    drawn = np.zeros(picture.shape[:2], np.uint8)
    cv2.polylines(drawn, [np.round(bones).astype(np.int32)], False, (255,), round(1.3 * finger_width(hand)))
    own = cv2.GaussianBlur(drawn.astype(np.float32) / 255, (0, 0), 1.2)
    off = np.linalg.norm(picture - ground, axis=-1)
    skin = own * np.clip((off - 0.06) / 0.06, 0, 1)
    turn = cv2.getRotationMatrix2D([float(v) for v in joint], bend_deg, 1.0)
    size = picture.shape[1], picture.shape[0]
    copy, over = (cv2.warpAffine(a.astype(np.float32), turn, size) for a in (picture, skin))
    bare = picture * (1 - own[..., None]) + ground * own[..., None]
    return (bare * (1 - over[..., None]) + copy * over[..., None]).astype(np.float32)


def iris_made_oval(picture: np.ndarray, face: Face, side: str, by: float) -> np.ndarray:
    """The face with one iris pressed to `by` of its height, the eye round it as it was."""
    iris = face.irises[side]
    x, y = iris.centre
    v, u = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    r = np.hypot(u - x, v - y) / (iris.width_px / 2)
    pressed = 1 + (1 / by - 1) * np.clip((1.9 - r) / 0.7, 0, 1)
    moved = cv2.remap(picture, x + (u - x) * pressed, v, cv2.INTER_CUBIC)
    opening = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(opening, [np.round(face.points[list(OPENINGS[side]), :2]).astype(np.int32)], (255,))
    over = cv2.GaussianBlur(opening.astype(np.float32) / 255, (0, 0), 0.7)[..., None]
    return np.asarray(np.clip(picture * (1 - over) + moved * over, 0, 1), np.float32)


def catchlight_drawn(
    picture: np.ndarray, face: Face, side: str, at: tuple[float, float], size: float = 0.16
) -> np.ndarray:
    """The face with a light mirrored in one iris, `at` in its radii from its middle, `size` its own radius."""
    iris = face.irises[side]
    radius = iris.width_px / 2
    v, u = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
    off = np.hypot(u - iris.centre[0] - at[0] * radius, v - iris.centre[1] - at[1] * radius)
    over = np.clip(size * radius - off + 0.5, 0, 1)[..., None]
    return np.asarray(picture * (1 - over) + 0.97 * over, np.float32)


def mirrored_into_symmetry(picture: np.ndarray, face: Face) -> np.ndarray:
    """The face whose one half is the other's mirror image, about the line from its forehead to its chin."""
    top, bottom = face.points[10, :2], face.points[152, :2]
    along = (bottom - top) / np.linalg.norm(bottom - top)
    normal = np.array([along[1], -along[0]])
    v, u = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    off = (u - top[0]) * normal[0] + (v - top[1]) * normal[1]
    there = np.where(off > 0, off, 0).astype(np.float32)
    x, y = u - 2 * there * normal[0], v - 2 * there * normal[1]
    return np.asarray(cv2.remap(picture, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC), np.float32).clip(
        0, 1
    )
