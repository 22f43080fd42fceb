"""Overlays on the person: the part that a check looked at, as a dim print with what it found drawn on it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.qa.evidence import Evidence, luma
from pipeline.qa.person import Person

GOOD, ODD = (120, 170, 130), (255, 96, 64)
LONGEST_PX = 1200


@dataclass
class Print:
    """A dim grey print of a part of the picture to draw on; every coordinate given is the person's."""

    drawn: np.ndarray
    left: int
    top: int
    by: float
    step: float

    def line(self, points: np.ndarray, tone: tuple[int, int, int], wide: float = 2) -> None:
        """A polyline (n, 2)."""
        cv2.polylines(self.drawn, [self._at(points)], False, tone, max(round(wide), 1), cv2.LINE_AA)

    def dot(self, point: np.ndarray, tone: tuple[int, int, int], radius: float = 4) -> None:
        x, y = self._at(point[None])[0, 0]
        cv2.circle(self.drawn, (int(x), int(y)), max(round(radius), 2), tone, 2, cv2.LINE_AA)

    def ring(self, point: np.ndarray, radius: float, tone: tuple[int, int, int]) -> None:
        """A circle whose `radius` is in the person's pixels."""
        self.dot(point, tone, radius / self.step * self.by)

    def _at(self, points: np.ndarray) -> np.ndarray:
        there = (np.asarray(points, float) / self.step - (self.left, self.top)) * self.by
        return np.round(there).astype(np.int32).reshape(-1, 1, 2)


def printed(evidence: Evidence, person: Person, points: np.ndarray, room: float = 0.25) -> Print:
    """The part of the picture that holds `points` (n, 2), with `room` round it in parts of its size."""
    height, width = evidence.picture.shape[:2]
    low, high = points.min(0) / person.step, points.max(0) / person.step
    pad = room * float((high - low).max()) + 8
    left, top = int(np.clip(low[0] - pad, 0, width - 2)), int(np.clip(low[1] - pad, 0, height - 2))
    right, bottom = int(np.clip(high[0] + pad, left + 2, width)), int(np.clip(high[1] + pad, top + 2, height))
    grey: np.ndarray = luma(evidence.picture[top:bottom, left:right]) * 170 + 20
    by = min(LONGEST_PX / max(grey.shape), 1.0)
    if by < 1:
        grey = np.asarray(cv2.resize(grey, None, fx=by, fy=by, interpolation=cv2.INTER_AREA))
    drawn = np.ascontiguousarray(np.repeat(np.clip(grey, 0, 255)[..., None], 3, 2).astype(np.uint8))
    return Print(drawn, left, top, by, person.step)


def beside(prints: list[Print]) -> np.ndarray | None:
    """Prints side by side, sRGB uint8; None where there are none."""
    if not prints:
        return None
    height = max(p.drawn.shape[0] for p in prints)
    padded = [cv2.copyMakeBorder(p.drawn, 0, height - p.drawn.shape[0], 0, 4, cv2.BORDER_CONSTANT) for p in prints]
    return np.hstack(padded)[:, :-4]
