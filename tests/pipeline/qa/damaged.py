"""Damages to people as generators make them, each naming the one check that must see it; and what must pass.

A picture is (H, W, 3) float32 sRGB 0..1; landmarks are those of `pipeline.plate.landmarks`, in its pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.plate.landmarks import KNUCKLES, WRIST, Hand


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
