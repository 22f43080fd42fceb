"""The person in a picture, as far as landmark models see one: what the checks of hands, face, skin and posture look at.

It is read from the finished picture itself, and not taken over from the plate that it was made on: a check says what a
client would see. Landmark models always answer; whether what they point to has the colour of skin is the second sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from pipeline.plate.face_anchors import face_lines
from pipeline.plate.hand_anchors import finger_lines
from pipeline.plate.landmarks import Face, Hand, faces, hands
from pipeline.plate.skin import likely_skin
from pipeline.plate.torso import Torso, torso_of

# Landmarks are sought in a picture of at most this size, and skin's colour in one of at most that.
LANDMARKS_PX, SKIN_PX = 1280, 480
# The least share of what landmarks run over that has skin's colour, for a living body.
LEAST_SKIN = 0.35


@dataclass(frozen=True)
class Person:
    """What is seen of a person. Coordinates are pixels of `srgb`, which is the picture at `step` of its size.

    - `srgb`: (h, w, 3) float32 0..1. `piece`: (h, w) float32 0..1, where the piece hides them.
    - `hands`, surest first; `faces`, largest first; `torso`, where a body is seen.
    """

    srgb: np.ndarray
    step: float
    piece: np.ndarray
    hands: tuple[Hand, ...]
    faces: tuple[Face, ...]
    torso: Torso | None

    @property
    def seen(self) -> bool:
        """Whether any part of a person was made out."""
        return bool(self.hands or self.faces or self.torso)

    @cached_property
    def skin(self) -> np.ndarray:
        """(h, w) bool: what has the colour of the skin that hands and faces show."""
        by = min(SKIN_PX / max(self.srgb.shape[:2]), 1.0)
        size = round(self.srgb.shape[1] * by), round(self.srgb.shape[0] * by)
        small = cv2.resize(self.srgb, size, interpolation=cv2.INTER_AREA)
        like, _ = likely_skin(small, [line * by for line in self._lines])
        whole = cv2.resize(like.astype(np.float32), self.srgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        result: np.ndarray = whole > 0.5
        return result

    @cached_property
    def living(self) -> bool:
        """Whether hands and faces have the colour of skin: a sculpture's, or a grey picture's, have none."""
        drawn = np.zeros(self.srgb.shape[:2], np.uint8)
        for line in self._lines:
            cv2.polylines(drawn, [np.round(line).astype(np.int32)], False, (255,), 2)
        over = (drawn > 0) & (self.piece < 0.1)
        return not over.any() or float(self.skin[over].mean()) >= LEAST_SKIN

    @property
    def _lines(self) -> list[np.ndarray]:
        by_hands = [line for hand in self.hands for line in finger_lines(hand)]
        return by_hands + [line for face in self.faces for line in face_lines(face)]

    def boxed(self, box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        """A box (left, top, right, bottom) in pixels of the picture itself."""
        left, top, right, bottom = (round(v / self.step) for v in box)
        return left, top, right, bottom


def person_in(srgb: np.ndarray, coverage: np.ndarray | None) -> Person:
    """The person in an sRGB picture (H, W, 3) 0..1; `coverage` (H, W) 0..1 is the piece.

    Raises PictureError (``plate.models_missing``) where set-up hasn't fetched the landmark models.
    """
    step = min(LANDMARKS_PX / max(srgb.shape[:2]), 1.0)
    size = round(srgb.shape[1] * step), round(srgb.shape[0] * step)
    small = cv2.resize(srgb, size, interpolation=cv2.INTER_AREA) if step < 1 else srgb
    piece: np.ndarray = np.zeros(small.shape[:2], np.float32)
    if coverage is not None:
        piece = cv2.resize(coverage.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return Person(small, step, piece, tuple(hands(small)), tuple(faces(small)), torso_of(small))
