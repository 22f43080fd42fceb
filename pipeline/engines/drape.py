"""The recorded warp: how a laid-out piece is bent a little as it is worn, smoothly, and no more than its links allow.

A worn chain leans in towards the neck where it climbs over the shoulders. `bend_of` finds how far each side of a loop may
be bent so that nothing of the piece grows or shrinks by more than `MOST_STRETCH`; `Bend` is that map, and `apart` sets
the two earrings of one photo at two ears. Both answer as the Scene keeps a warp: photo-pixel offsets on the picture's
own grid, added after the inverse of its matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.engines.exposure import laid_at
from pipeline.engines.silhouette import Loop, PiecePart

# Links stay links: the most that any stretch of the piece may grow or shrink.
MOST_STRETCH = 0.028
# A chain is bent no more sharply than this, however thin it is.
TIGHTEST_RADIUS_MM = 130.0
# The bend begins this far under the shoulders' ridge, and is held from a little above it on.
BEND_BELOW_MM, HELD_ABOVE_MM = 46.0, 8.0
# A side's own warp reaches this share of the loop's width inwards, and has run out at the next; nothing hangs there.
WHOLE_TO, GONE_BY = 0.2, 0.5
SLIGHTEST = 1e-5
INVERSION_STEPS = 12


@dataclass(frozen=True)
class Side:
    """One side of a loop, in photo px: where its bend begins (2,), its direction up (2,) and its inward normal (2,), units.

    `curvature` is 1 / radius in 1 / px, 0 for a side that can't be bent.
    """

    start: np.ndarray
    up: np.ndarray
    inward: np.ndarray
    curvature: float


@dataclass(frozen=True)
class Bend:
    """A loop's two sides leant inwards. All lengths are photo px; `inward_px` is how far the crossing has moved."""

    sides: tuple[Side, Side]
    width: float
    held: float
    inward_px: float

    def straight(self, xy: np.ndarray) -> np.ndarray:
        """Where a point (..., 2) of the bent piece lies in the photo (..., 2)."""
        total = np.zeros_like(xy, dtype=np.float64)
        for side in self.sides:
            if side.curvature < SLIGHTEST / max(self.width, 1.0):
                continue
            from_start = xy - side.start
            u, v = from_start @ side.inward, from_start @ side.up
            du, dv = self._offset(u, v, 1 / side.curvature)
            share = 1 - _smooth(WHOLE_TO * self.width, GONE_BY * self.width, u)
            total += share[..., None] * (du[..., None] * side.inward + dv[..., None] * side.up)
        return xy + total

    def bent(self, xy: np.ndarray) -> np.ndarray:
        """Where a point (..., 2) of the photo comes to lie on the bent piece (..., 2): the inverse of `straight`."""
        at = np.array(xy, np.float64)
        # The map differs from the identity by a few hundredths: each step leaves as much of the error.
        for _ in range(INVERSION_STEPS):
            at = at - (self.straight(at) - xy)
        return at

    def offsets(self, matrix: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
        """The warp (H, W, 2) float32 as `Scene.drape` keeps it, for a picture of `size_px` (width, height)."""
        laid = laid_at(matrix, size_px)
        return (self.straight(laid) - laid).astype(np.float32)

    def _offset(self, u: np.ndarray, v: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
        # Above the ridge, where the body hides the piece, the offset grows no further.
        v = np.maximum(np.where(v > self.held, self.held, v), 0)
        u = np.clip(u, -GONE_BY * self.width, GONE_BY * self.width)
        angle = np.arctan2(v, radius - u)
        return (radius - np.hypot(radius - u, v)) - u, radius * angle - v


def bend_of(part: PiecePart, loop: Loop, mm_per_px: float, amount: float, steepest: float = np.inf) -> Bend | None:
    """The bend (None for none) of a loop whose `amount` 0..1 is asked for.

    `steepest` bounds how far the chain may lean at the ridge, in radians, so that it still crosses the body's outline.
    """
    drop = loop.lowest[1] - loop.wear_row
    below = min(BEND_BELOW_MM / mm_per_px, 0.55 * drop)
    if amount <= 0 or below < 4:
        return None
    sides = []
    for columns, sign in ((loop.left, 1.0), (loop.right, -1.0)):
        side = _side(part, loop, columns, sign, below, mm_per_px)
        curvature = min(side.curvature, steepest / below) * amount
        sides.append(Side(side.start, side.up, side.inward, curvature))
    least = min(side.curvature for side in sides)
    if least < SLIGHTEST:
        return None
    # Both sides alike: a worn loop hangs as evenly as its photo shows it.
    sides = [Side(s.start, s.up, s.inward, least) for s in sides]
    inward = (1 - np.cos(below * least)) / least
    width = float(loop.right[_at(loop, loop.wear_row)] - loop.left[_at(loop, loop.wear_row)])
    return Bend((sides[0], sides[1]), width, below + HELD_ABOVE_MM / mm_per_px, float(inward))


def _side(part: PiecePart, loop: Loop, columns: np.ndarray, sign: float, below: float, mm_per_px: float) -> Side:
    top, bottom = _at(loop, loop.wear_row), _at(loop, loop.wear_row + below)
    rows = loop.rows[top : bottom + 1]
    middle = (loop.left[bottom] + loop.right[bottom]) / 2
    # The side's own strand: its middle, row by row, from the outline inwards.
    band = part.mask[rows[0] : rows[-1] + 1]
    x = np.arange(band.shape[1])
    mine = band & ((x < middle) if sign > 0 else (x > middle))
    weight = mine.sum(1)
    filled = weight > 0
    centre = np.where(filled, (mine * x).sum(1) / np.maximum(weight, 1), columns[top : bottom + 1])
    slope, at = np.polyfit(rows.astype(float), centre, 1) if len(rows) > 2 else (0.0, float(centre[0]))
    start = np.array([slope * rows[-1] + at, float(rows[-1])])
    up = np.array([-slope, -1.0]) / np.hypot(slope, 1.0)
    inward = sign * np.array([-up[1], up[0]])
    y, x = np.nonzero(mine)
    reach = np.abs((np.stack([x, y + rows[0]], -1) - start) @ inward).max() if len(y) else 0.0
    tightest = mm_per_px / TIGHTEST_RADIUS_MM
    return Side(start, up, inward, min(tightest, MOST_STRETCH / max(reach, 1e-6)))


def _at(loop: Loop, row: float) -> int:
    return int(np.clip(round(row - loop.rows[0]), 0, len(loop.rows) - 1))


def apart(matrix: np.ndarray, size_px: tuple[int, int], gap_px: tuple[float, float], moved: np.ndarray) -> np.ndarray:
    """Offsets (H, W, 2) float32 that set a pair's right-hand earring down further off than its photo shows it.

    Where the left-hand earring lies the matrix alone holds; where the right-hand one lies the photo is read `moved`
    (2,) px further on, x below 0. `gap_px` are the photo's columns between which neither of them is: over these alone
    the picture passes slowly, always forwards, so that the map stays invertible.
    """
    laid = laid_at(matrix, size_px)
    gap = gap_px[1] - gap_px[0]
    start, end = gap_px[0] + 0.1 * gap, gap_px[1] - float(moved[0]) - 0.1 * gap
    share = _ramp(start, end, 0.3 * gap, laid[..., 0])
    return (share[..., None] * np.asarray(moved)).astype(np.float32)


def _smooth(low: float, high: float, x: np.ndarray) -> np.ndarray:
    t = np.clip((x - low) / max(high - low, 1e-9), 0, 1)
    return t * t * (3 - 2 * t)


def _ramp(start: float, end: float, corner: float, x: np.ndarray) -> np.ndarray:
    """0 up to `start`, 1 from `end` on, straight between but for rounded corners `corner` wide: at no point steeper than
    1 / (end - start - corner)."""
    peak = 1 / (end - start - corner)
    t = np.clip(x - start, 0, end - start)
    rise = np.where(t < corner, peak * t**2 / (2 * corner), peak * (t - corner / 2))
    left = end - start - t
    return np.where(left < corner, 1 - peak * left**2 / (2 * corner), rise)
