"""Stones from the network's maps: each hill of nearness is asked for its ellipse, and every pixel for the stone it votes for.

The maps say how near a pixel lies to the middle of its stone, and what ellipse that stone has. That two hills that tell the
same ellipse are one stone is reasoned here. What a picture read at several sizes shows together is `agreement`'s; how sure a
candidate is, is `confidence`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy import ndimage

from pipeline.fingerprint.confidence import confidence_of, stone_measures
from pipeline.fingerprint.model import Cut
from pipeline.fingerprint.net import CUTS, MIDDLE_PX, Maps

# The lowest hill that is looked at, how far its top must be stone, and how many are looked at, the highest first; how
# sure a candidate must be to count.
FAINT, STONY, MOST_HILLS = 0.25, 0.2, 1000
COUNTED = 0.5
# A hill's ellipse is the mean of what the pixels within this part of it say; all within VOTERS vote, and a vote is for the
# stone whose middle it meets to VOTE_NEAR of its size.
ASKED, VOTERS, VOTE_NEAR = 0.5, 0.85, 0.2
# A hill that tells the ellipse that a higher one told, to this part of its size, is the same stone's.
TOLD_NEAR = 0.1
# A stone's region: what votes for it to REGION_NEAR of its size; its ellipse is believed from so many cells on, and where its
# lengths differ from what the pixels told by less than REGION times.
REGION_NEAR, LEAST_CELLS, REGION = 0.33, 36, 1.5
# What is flatter, or smaller, is no stone that could be told.
FLATTEST, LEAST_PX = 0.22, 3.5
# What overlaps a surer stone by this share of the smaller one is no other stone.
SAME = 0.45
# Nearness is asked just beyond a stone's outline, up to this in its own measure.
RIM = 1.25


@dataclass(frozen=True)
class Found:
    """A stone in the working picture's pixels: its ellipse's middle (x, y), full axes (longer, shorter), angle in degrees;
    `peak`: nearness at its middle; `votes`: the share of its pixels that vote for it; `body`: the stone map's mean over it;
    `spread`: how far its pixels differ about its size (a standard deviation of its logarithm); `bezel` and `cuts` as the
    maps have them; `sure`: how sure it is one stone; `rim`: nearness just beyond its outline."""

    x: float
    y: float
    long: float
    short: float
    angle: float
    peak: float
    votes: float
    body: float
    spread: float
    bezel: float
    cuts: tuple[float, ...]
    sure: float = 0.0
    rim: float = 0.0

    @property
    def size(self) -> float:
        """The diameter of the circle of the same area, px."""
        return float(np.sqrt(self.long * self.short))

    @property
    def cut(self) -> tuple[Cut, float]:
        """The likeliest cut and how likely it is."""
        k = int(np.argmax(self.cuts))
        return CUTS[k], self.cuts[k]

    def scaled(self, by: float) -> Found:
        """The same stone in a picture of `by` times the size."""
        x, y = (self.x + 0.5) * by - 0.5, (self.y + 0.5) * by - 0.5
        return replace(self, x=x, y=y, long=self.long * by, short=self.short * by)

    def measure(self, x: np.ndarray | float, y: np.ndarray | float) -> np.ndarray:
        """How far points lie from its middle in its own measure: 1 on its outline."""
        a = np.radians(self.angle)
        dx, dy = np.asarray(x) - self.x, np.asarray(y) - self.y
        along, across = dx * np.cos(a) + dy * np.sin(a), dy * np.cos(a) - dx * np.sin(a)
        return np.asarray(np.hypot(2 * along / self.long, 2 * across / self.short))

    def mask(self, shape: tuple[int, int], scale: float = 1.0) -> np.ndarray:
        """(H, W) bool of its ellipse, its axes times `scale`."""
        drawn = np.zeros(shape, np.uint8)
        axes = (max(self.long * scale, 1.0), max(self.short * scale, 1.0))
        cv2.ellipse(drawn, ((self.x, self.y), axes, self.angle), (1,), -1)
        return drawn > 0

    def points(self) -> np.ndarray:
        """(N, 2) points spread evenly over its ellipse."""
        a = np.radians(self.angle)
        along, across = _DISC[:, 0] * self.long / 2, _DISC[:, 1] * self.short / 2
        return np.stack(
            [self.x + along * np.cos(a) - across * np.sin(a), self.y + along * np.sin(a) + across * np.cos(a)], -1
        )


# A sunflower's 48 points over the unit disc (Vogel 1979).
_K = np.arange(48)
_DISC = np.sqrt((_K + 0.5) / 48)[:, None] * np.stack([np.cos(2.39996323 * _K), np.sin(2.39996323 * _K)], -1)


def find_stones(maps: Maps) -> list[Found]:
    """The stones of these maps, larger ones first."""
    return counted(candidates(maps))


def counted(found: Sequence[Found]) -> list[Found]:
    """Those that are sure enough to count, larger ones first."""
    return sorted((s for s in found if s.sure >= COUNTED), key=lambda s: (-s.long * s.short, s.y, s.x))


def candidates(maps: Maps) -> list[Found]:
    """Everything that may be a stone, each once, the surest first."""
    return one_each(told_stones(maps))


def told_stones(maps: Maps) -> list[Found]:
    """Every stone that a hill of these maps tells of, the higher hills' first; they overlap."""
    near = cv2.GaussianBlur(maps.near, (0, 0), 0.6)
    hills = np.argwhere((near == ndimage.maximum_filter(near, 3)) & (near > FAINT) & (maps.stone > STONY))
    hills = hills[np.argsort(-near[hills[:, 0], hills[:, 1]], kind="stable")[:MOST_HILLS]]
    votes = _Votes(maps)
    found = []
    told = np.zeros((len(hills), 3))
    count = 0

    def again(x: float, y: float, size: float) -> bool:
        """Whether about this was told before."""
        before = told[:count]
        near = np.hypot(before[:, 0] - x, before[:, 1] - y) < TOLD_NEAR * np.minimum(before[:, 2], size)
        return bool((near & (np.abs(np.log(before[:, 2] / size)) < TOLD_NEAR)).any())

    for y, x in hills.tolist():
        # Most hills tell at once what a higher one told.
        if again(*votes.told_at(y, x)):
            continue
        asked = votes.asked(y, x)
        if asked is None or again(asked.x, asked.y, asked.size):
            continue
        told[count] = asked.x, asked.y, asked.size
        count += 1
        stone = votes.measured(asked)
        if stone is not None:
            found.append(stone)
    return found


class _Votes:
    """What the maps' cells say, in the picture's pixels."""

    def __init__(self, maps: Maps) -> None:
        self.maps = maps
        rows, columns = maps.ellipse.shape[1:]
        height, width = maps.near.shape
        self.ys, self.xs = np.mgrid[0:rows, 0:columns] * 2 + 0.5
        size = MIDDLE_PX * np.exp(np.clip(maps.ellipse[2], -4, 3))
        self.size = size
        self.to_x, self.to_y = self.xs + maps.ellipse[0] * size, self.ys + maps.ellipse[1] * size
        even = ((0, height % 2), (0, width % 2))
        self.near = np.pad(maps.near, even).reshape(rows, 2, columns, 2).mean((1, 3))
        self.body = np.pad(maps.stone, even).reshape(rows, 2, columns, 2).mean((1, 3))

    def told_at(self, y: int, x: int) -> tuple[float, float, float]:
        """The middle (x, y) and the size that the pixel alone tells."""
        cell = self._cell(y, x)
        return float(self.to_x[cell]), float(self.to_y[cell]), float(self.size[cell])

    def _cell(self, y: int, x: int) -> tuple[int, int]:
        return min(y // 2, self.near.shape[0] - 1), min(x // 2, self.near.shape[1] - 1)

    def asked(self, y: int, x: int) -> Found | None:
        """The ellipse that the hill at this pixel tells, or None where it tells none."""
        row, column = self._cell(y, x)
        begun = self._mean(np.s_[row : row + 1, column : column + 1], np.ones((1, 1), bool))
        if begun is None:
            return None
        window = self._window(begun)
        inside = begun.measure(self.xs[window], self.ys[window]) < ASKED
        stone = self._mean(window, inside) if inside.any() else begun
        if stone is None or stone.short < max(FLATTEST * stone.long, LEAST_PX):
            return None
        return stone

    def measured(self, told: Found) -> Found | None:
        """The stone of an ellipse that was told, with what its pixels think of it; None where it has none."""
        return self._judged(self._drawn(told))

    def _drawn(self, stone: Found) -> Found:
        """The stone with the ellipse of the pixels that are stone and vote for it, where they are enough and tell about the
        same stone: what it is told to be by each of them is rounder and smaller than it is."""
        window = self._window(stone, 2 * REGION)
        away = np.hypot(self.to_x[window] - stone.x, self.to_y[window] - stone.y)
        own = (away < REGION_NEAR * stone.size) & (self.body[window] > 0.5)
        own &= stone.measure(self.xs[window], self.ys[window]) < 2 * REGION
        if own.sum() < LEAST_CELLS:
            return stone
        xs, ys = self.xs[window][own], self.ys[window][own]
        # A cell is a square of 2 px: its own spread is 2² / 12.
        values, vectors = np.linalg.eigh(np.cov(np.stack([xs, ys])) + np.eye(2) / 3)
        short, long = 4 * np.sqrt(values)
        if not 1 / REGION**2 < long * short / (stone.long * stone.short) < REGION**2:
            return stone
        angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
        angle = (angle + 90) % 180 - 90
        return replace(stone, x=float(xs.mean()), y=float(ys.mean()), long=float(long), short=float(short), angle=angle)

    def _window(self, stone: Found, wider: float = 1.0) -> tuple[slice, slice]:
        reach = wider * stone.long / 2 + 2
        rows, columns = self.near.shape
        top, bottom = np.clip([(stone.y - reach) // 2, (stone.y + reach) // 2 + 1], 0, rows).astype(int)
        left, right = np.clip([(stone.x - reach) // 2, (stone.x + reach) // 2 + 1], 0, columns).astype(int)
        return slice(top, bottom), slice(left, right)

    def _mean(self, window: tuple[slice, slice], inside: np.ndarray) -> Found | None:
        """The ellipse that the cells of `inside` tell on the whole, each by its nearness."""
        weight = self.near[window][inside] + 1e-4
        weight = weight / weight.sum()
        _, _, size, cos, sin = self.maps.ellipse[:, *window][:, inside] @ weight
        x, y = self.to_x[window][inside] @ weight, self.to_y[window][inside] @ weight
        rows, columns = self.near.shape
        if not (0 <= x < 2 * columns and 0 <= y < 2 * rows):
            return None
        whole = MIDDLE_PX * np.exp(np.clip(size, -4, 3))
        stretch = np.exp(min(np.hypot(cos, sin), 2.0) / 2)
        angle = float(np.degrees(np.arctan2(sin, cos)) / 2)
        return Found(float(x), float(y), float(whole * stretch), float(whole / stretch), angle, 0, 0, 0, 0, 0, ())

    def _judged(self, stone: Found) -> Found | None:
        """The stone with what its pixels think of it."""
        window = self._window(stone, RIM)
        measure = stone.measure(self.xs[window], self.ys[window])
        rim = self.near[window][(measure > 1) & (measure < RIM)]
        inside = measure < VOTERS
        if not inside.any():
            inside = measure <= measure.min(initial=np.inf)
        if not inside.any():
            return None
        away = np.hypot(self.to_x[window] - stone.x, self.to_y[window] - stone.y)[inside]
        core = (measure < ASKED) if (measure < ASKED).any() else inside
        cuts = self.maps.cuts[:, *window][:, core].mean(1)
        height, width = self.maps.near.shape
        y, x = (int(np.clip(round(v), 0, most - 1)) for v, most in ((stone.y, height), (stone.x, width)))
        judged = replace(
            stone,
            peak=float(self.maps.near[y, x]),
            votes=float((away < max(VOTE_NEAR * stone.size, 1.0)).mean()),
            body=float(self.body[window][inside].mean()),
            spread=float(np.std(self.maps.ellipse[2][window][core])),
            bezel=float(self.maps.bezel[window][core].mean()),
            cuts=tuple(float(c) for c in cuts),
            rim=float(rim.mean()) if rim.size else 0.0,
        )
        measures = stone_measures(judged.peak, judged.votes, judged.body, judged.spread, judged.short)
        return replace(judged, sure=confidence_of("stone", measures))


def one_each(found: Sequence[Found]) -> list[Found]:
    """Every stone once, the surest first: what overlaps a surer one is no other stone."""
    order = sorted(found, key=lambda s: -s.sure)
    at = np.array([(s.x, s.y, s.long) for s in order]).reshape(-1, 3)
    kept: list[int] = []
    for k, stone in enumerate(order):
        others = at[kept]
        close = np.hypot(others[:, 0] - stone.x, others[:, 1] - stone.y) < (others[:, 2] + stone.long) / 2
        if not any(overlap(stone, order[kept[n]]) > SAME for n in np.flatnonzero(close)):
            kept.append(k)
    return [order[k] for k in kept]


def overlap(one: Found, two: Found) -> float:
    """The share of the smaller stone that lies in the other."""
    if np.hypot(one.x - two.x, one.y - two.y) > (one.long + two.long) / 2:
        return 0.0
    small, large = sorted((one, two), key=lambda s: s.long * s.short)
    points = small.points()
    return float((large.measure(points[:, 0], points[:, 1]) < 1).mean())
