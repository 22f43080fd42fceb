"""Where the fingerprint's features lie in the picture, and how large they are there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.fingerprint.model import Ellipse
from pipeline.qa.check import Box
from pipeline.qa.evidence import Evidence

# A prong is about this share of the stone it holds.
PRONG_SHARE = 0.28
# Where nothing is known of a piece's features they are taken for this share of its longer side.
PLAIN_SHARE = 0.012


@dataclass(frozen=True)
class Slot:
    """An ellipse of the photo, as it lies in the picture: `centre` (x, y) in picture pixels, `axes` full lengths in picture
    pixels, `turn` (2, 2): photo directions to picture directions, `scale` picture pixels per photo pixel; `angle_deg` of
    the longer axis, in the picture."""

    centre: tuple[float, float]
    axes: tuple[float, float]
    angle_deg: float
    turn: np.ndarray
    scale: float

    @property
    def size(self) -> float:
        """The diameter of the circle of the same area, picture pixels."""
        return float(np.sqrt(self.axes[0] * self.axes[1]))

    def box(self, evidence: Evidence, grown: float = 1.0) -> Box:
        """The slot's upright box, `grown` times its size, cut to the picture."""
        a = np.radians(self.angle_deg)
        long, short = self.axes[0] / 2 * grown, self.axes[1] / 2 * grown
        half_x = float(np.hypot(long * np.cos(a), short * np.sin(a)))
        half_y = float(np.hypot(long * np.sin(a), short * np.cos(a)))
        height, width = evidence.picture.shape[:2]
        x, y = self.centre
        left, top = max(0, int(np.floor(x - half_x))), max(0, int(np.floor(y - half_y)))
        right, bottom = min(width, int(np.ceil(x + half_x)) + 1), min(height, int(np.ceil(y + half_y)) + 1)
        return left, top, max(left, right), max(top, bottom)

    def mask(self, shape: tuple[int, int], left: int, top: int, grown: float = 1.0) -> np.ndarray:
        """(h, w) bool of the slot in a crop whose first pixel is (left, top)."""
        drawn = np.zeros(shape, np.uint8)
        axes = (max(self.axes[0] * grown, 1.0), max(self.axes[1] * grown, 1.0))
        cv2.ellipse(drawn, ((self.centre[0] - left, self.centre[1] - top), axes, self.angle_deg), (1,), -1)
        return drawn > 0


def slots(evidence: Evidence, outlines: list[Ellipse]) -> list[Slot | None]:
    """Each outline's Slot; None where it falls outside of the picture."""
    if not outlines:
        return []
    assert evidence.mapping is not None
    at = picture_points(evidence, np.array([o.centre_px for o in outlines], np.float64))
    found: list[Slot | None] = []
    height, width = evidence.picture.shape[:2]
    for outline, (x, y) in zip(outlines, at, strict=True):
        if not (-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5):
            found.append(None)
            continue
        turn = _turn(evidence, float(x), float(y))
        a = np.radians(outline.angle_deg)
        half = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) * (np.array(outline.axes_px) / 2)
        # The ellipse is the unit circle through `half`; its image's axes are the singular values.
        u, s, _ = np.linalg.svd(turn @ half)
        angle = float(np.degrees(np.arctan2(u[1, 0], u[0, 0])))
        scale = float(np.sqrt(abs(np.linalg.det(turn))))
        axes = (float(2 * s[0]), float(2 * s[1]))
        found.append(Slot((float(x), float(y)), axes, (angle + 90) % 180 - 90, turn, scale))
    return found


def picture_points(evidence: Evidence, photo_xy: np.ndarray) -> np.ndarray:
    """Picture positions (N, 2) of photo positions (N, 2), through a drape as well; NaN for what a drape leaves out."""
    mapping = evidence.mapping
    assert mapping is not None
    if mapping.drape is None:
        return mapping.picture_xy(photo_xy)
    # A drape is known on the picture's grid only: the nearest pixel, then one Newton step.
    left, top, right, bottom = evidence.window
    px, py = mapping.photo_xy((left, top, right, bottom))
    found = np.full((len(photo_xy), 2), np.nan)
    for k, (x, y) in enumerate(photo_xy):
        away = np.hypot(px[::2, ::2] - x, py[::2, ::2] - y)
        row, column = (2 * int(v) for v in np.unravel_index(int(np.argmin(away)), away.shape))
        if away.min() > 4.0 / max(evidence.crop.scale, 0.05):
            continue
        here = np.array([left + column, top + row], np.float64)
        found[k] = here + _turn(evidence, *here) @ np.array([x - px[row, column], y - py[row, column]])
    return found


def _turn(evidence: Evidence, x: float, y: float) -> np.ndarray:
    """(2, 2): a small step in the photo to the step it makes in the picture, at picture position (x, y)."""
    assert evidence.mapping is not None
    height, width = evidence.picture.shape[:2]
    column, row = int(np.clip(round(x), 1, width - 2)), int(np.clip(round(y), 1, height - 2))
    px, py = evidence.mapping.photo_xy((column - 1, row - 1, column + 2, row + 2))
    back = np.array([[px[1, 2] - px[1, 0], px[2, 1] - px[0, 1]], [py[1, 2] - py[1, 0], py[2, 1] - py[0, 1]]]) / 2
    return np.linalg.inv(back)


def smallest_feature_px(evidence: Evidence) -> float:
    """The width in picture pixels of the finest thing that a jeweller would count: a prong, a small stone, a link's wire."""
    assert evidence.laid is not None
    scale = evidence.laid.scale
    found = []
    fingerprint = evidence.fingerprint
    if fingerprint is not None:
        stones = [min(s.outline.axes_px) for s in fingerprint.stones]
        if stones:
            found += [PRONG_SHARE * float(np.median(stones)), float(np.min(stones))]
        if fingerprint.prongs:
            found.append(float(np.median([p.size_px for p in fingerprint.prongs])))
        if fingerprint.links is not None and fingerprint.links.pitch_px > 0:
            found.append(0.25 * fingerprint.links.pitch_px)
    if not found:
        found = [PLAIN_SHARE * max(evidence.piece.width_px, evidence.piece.height_px)]
    return float(min(found) * scale)


def where_in_words(centre: tuple[float, float], box: Box) -> str:
    """Where in a box a point lies, as one says it: "at the lower left", "in the middle"."""
    left, top, right, bottom = box
    u, v = (centre[0] - left) / max(right - left, 1), (centre[1] - top) / max(bottom - top, 1)
    side = "left" if u < 0.36 else "right" if u > 0.64 else ""
    height = "upper" if v < 0.36 else "lower" if v > 0.64 else ""
    if height and side:
        return f"at the {height} {side}"
    if height:
        return "at the top" if height == "upper" else "at the bottom"
    return f"at the {side}" if side else "in the middle"


def listed(words: list[str], most: int = 4) -> str:
    """Words as a list with "and"; beyond `most` the rest is counted."""
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
