"""Patches of bare skin whose scale is known: a face without its features, a hand between its edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.plate.hand_anchors import hand_px_per_mm
from pipeline.plate.landmarks import EYE_CORNERS, KNUCKLES, Face, Hand
from pipeline.plate.rulers import EYES_SPAN
from pipeline.qa.person import Person

# The face mesh's outline, and what lies in it that is no bare skin: eyes, brows, lips, nostrils.
OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
FEATURES = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
    (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    (300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
    (98, 97, 2, 326, 327, 294, 278, 344, 440, 275, 4, 45, 220, 115, 48, 64),
)
PALM = (0, 1, 2, 5, 9, 13, 17)
# How far from a face's rim and features skin is left out, and how wide a strip of a finger is taken, in mm.
ROOM_MM, STRIP_MM = 5.0, 8.0


@dataclass(frozen=True)
class Patch:
    """`name` in words, `px_per_mm` and `mask` (h, w) bool in the person's pixels, `points` (n, 2) that hold it."""

    name: str
    px_per_mm: float
    mask: np.ndarray
    points: np.ndarray


def skin_patches(person: Person) -> list[Patch]:
    """The patches of a person's skin that landmarks lie on, the piece and what hasn't skin's colour left out."""
    bare = person.skin & (person.piece < 0.02)
    found = [_of_face(face, bare) for face in person.faces[:1]]
    return found + [_of_hand(hand, bare) for hand in person.hands]


def _of_face(face: Face, bare: np.ndarray) -> Patch:
    at = face.points[:, :2]
    corners = at[[EYE_CORNERS["right"][0], EYE_CORNERS["left"][0]]]
    scale = float(np.linalg.norm(face.points[EYE_CORNERS["right"][0]] - face.points[EYE_CORNERS["left"][0]]))
    scale /= EYES_SPAN.mm
    inside, features = (np.zeros(bare.shape, np.uint8) for _ in range(2))
    cv2.fillPoly(inside, [_whole(at[list(OVAL)])], (1,))
    for feature in FEATURES:
        cv2.fillConvexPoly(features, cv2.convexHull(_whole(at[list(feature)])), (1,))
    room = _disc(ROOM_MM * scale)
    mask = (cv2.erode(inside, room) > 0) & (cv2.dilate(features, room) == 0) & bare
    return Patch("face", scale, mask, np.concatenate([at[list(OVAL)], corners]))


def _of_hand(hand: Hand, bare: np.ndarray) -> Patch:
    at, scale = hand.points[:, :2], hand_px_per_mm(hand)
    mask = np.zeros(bare.shape, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(_whole(at[list(PALM)])), (1,))
    mask = np.asarray(cv2.erode(mask, _disc(ROOM_MM / 2 * scale)), np.uint8)
    for k in KNUCKLES.values():
        cv2.polylines(mask, [_whole(at[k : min(k + 4, 21)])], False, (1,), max(round(STRIP_MM * scale), 1))
    return Patch(f"{'right' if hand.right else 'left'} hand", scale, (mask > 0) & bare, at)


def _whole(points: np.ndarray) -> np.ndarray:
    return np.round(points).astype(np.int32)


def _disc(radius: float) -> np.ndarray:
    side = 2 * max(int(radius), 1) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
