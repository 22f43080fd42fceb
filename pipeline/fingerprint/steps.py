"""The step at which a chain's strip repeats, followed along it.

Links of one length are seen shorter where the chain runs away from the camera, so that no one step holds all along: the
strip is compared with itself shifted, place by place, and the step is followed as it changes slowly (by Viterbi's way, over
steps in equal ratios). How often it fits is the count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

# Steps from the shortest on, each longer than the last by RATIO; the longest fits LEAST_STEPS times.
SHORTEST_PX, RATIO, LEAST_STEPS = 4.0, 1.02, 8
# Places at which the step is asked, in steps of the strip; and how far about a place what repeats is asked, in steps found.
EVERY, ABOUT = 8, 1.3
# A step's change by one ratio from place to place costs this much likeness.
CHANGE = 0.03
# A chain's steps differ no more than this from end to end, up or down from their middle.
REACH = 1.45
# The shortest step that repeats as well as this part of the best one is it: its multiples repeat as well.
NEARLY = 0.82
# A stretch repeats where it is as alike as this part of what most of the strip is; between two such, what is shorter than a
# step is let pass.
ALIKE, MOST, PASSED = 0.35, 0.6, 1.0
# A step is resampled to so many rows.
ROWS = 32


@dataclass(frozen=True)
class Steps:
    """`length_px` (M,) at every place along a strip, how well it repeats there, -1..1 (M,), and px between places."""

    length_px: np.ndarray
    alike: np.ndarray
    apart_px: float

    closed: bool

    @property
    def repeats(self) -> float:
        """How well the strip repeats where it does, 0..1."""
        there = self._there()
        return float(np.clip(self.alike[there], 0, 1).mean()) if there.any() else 0.0

    @property
    def share(self) -> float:
        """The share of the strip that repeats."""
        return float(self._there().mean())

    @property
    def count(self) -> float:
        """How often the step fits where the strip repeats."""
        return float((self.apart_px / self.length_px[self._there()]).sum())

    def _there(self) -> np.ndarray:
        """(M,) bool: where it repeats."""
        fits = self.apart_px / self.length_px
        there = self.alike > ALIKE * max(float(np.quantile(self.alike, MOST)), 0.0)
        if self.closed:  # twice round, so that what passes the beginning is one stretch
            there, fits = np.tile(there, 2), np.tile(fits, 2)
        labels, count = ndimage.label(~there)
        sums = np.atleast_1d(ndimage.sum(fits, labels, np.arange(count + 1)))
        for label, where in enumerate(ndimage.find_objects(labels), 1):
            if where[0].start > 0 and where[0].stop < len(there) and sums[label] < PASSED:
                there[where] = True
        if self.closed:
            there = there[: len(there) // 2] | there[len(there) // 2 :]
        return there

    def even(self, strip: np.ndarray) -> np.ndarray:
        """The strip (N, ...) with ROWS rows a step, from its beginning on for as many whole steps as fit."""
        phase = np.cumsum(self.apart_px / self.length_px)
        rows = (np.arange(int(phase[-1]) * ROWS) + 0.5) / ROWS
        at = np.interp(rows, phase, np.arange(len(phase)) * EVERY)
        return np.asarray(strip[np.clip(np.rint(at).astype(int), 0, len(strip) - 1)])


def followed(strip: np.ndarray, per_px: int, *, closed: bool) -> Steps | None:
    """The step of a strip (N, K) of `per_px` rows a pixel, even in level along it; None where it is too short for any."""
    longest = len(strip) / per_px / LEAST_STEPS
    if longest < 2 * SHORTEST_PX:
        return None
    count = int(np.log(longest / SHORTEST_PX) / np.log(RATIO)) + 1
    lengths = SHORTEST_PX * RATIO ** np.arange(count)
    # Long steps lie more than a row apart: the rows between two of them are asked with the longer one.
    rows = np.rint(lengths * per_px).astype(int)
    first = np.minimum(np.concatenate([rows[:1], rows[:-1] + 1]), rows)
    alike = np.stack(
        [
            np.max([_alike(strip, step * per_px, shift, closed) for shift in range(low, high + 1)], axis=0)
            for step, low, high in zip(lengths, first, rows, strict=True)
        ]
    )
    # Shifted by little a strip is still like itself: steps are sought from where that has gone.
    on_the_whole = ndimage.gaussian_filter1d(alike.mean(1), 1.5)
    rises = np.flatnonzero(np.diff(on_the_whole) > 0)
    if not len(rises):
        return None
    begin = int(rises[0])
    lengths, alike = lengths[begin:], alike[begin:]
    count = len(lengths)
    reach = int(np.log(REACH) / np.log(RATIO))
    best = [_path(alike, middle, reach) for middle in range(0, count, max(reach // 3, 1))]
    scores = np.array([alike[path, np.arange(alike.shape[1])].clip(0).mean() for path in best])
    # A path that hugs the end of its band follows a step beyond it.
    middles = np.arange(0, count, max(reach // 3, 1))
    inner = np.array([abs(np.median(p) - m) < 0.8 * reach for p, m in zip(best, middles, strict=True)])
    if not inner.any():
        return None
    good = np.flatnonzero(inner & (scores >= NEARLY * scores[inner].max()))
    shortest = np.median(best[good[0]])
    own = [k for k in good if np.median(best[k]) < shortest + reach / 2]
    path = best[max(own, key=lambda k: scores[k])]
    return Steps(lengths[path], alike[path, np.arange(alike.shape[1])], EVERY / per_px, closed)


def _alike(strip: np.ndarray, step: float, shift: int, closed: bool) -> np.ndarray:
    """How alike a strip is to itself `shift` rows on, at every place, over as much as a step tells: -1..1, ahead or behind,
    whichever is better."""
    mode = "wrap" if closed else "nearest"
    power = ndimage.gaussian_filter1d((strip**2).sum(1), ABOUT * step, mode=mode)
    both = (strip * np.roll(strip, -shift, axis=0)).sum(1)
    if not closed:
        both[-shift:] = 0
    ahead = ndimage.gaussian_filter1d(both, ABOUT * step, mode=mode)
    ahead /= np.maximum(np.sqrt(power * np.roll(power, -shift)), 1e-9)
    return np.asarray(np.maximum(ahead, np.roll(ahead, shift))[::EVERY])


def _path(alike: np.ndarray, middle: int, reach: int) -> np.ndarray:
    """The steps (M,), as rows of `alike` (L, M) within reach of the middle one, that are alike most and change least."""
    low, high = max(middle - reach, 0), min(middle + reach + 1, len(alike))
    band = alike[low:high]
    gain = np.empty_like(band)
    before = np.zeros(band.shape, int)
    gain[:, 0] = band[:, 0]
    change = CHANGE * np.abs(np.arange(-2, 3))
    rows = np.arange(len(band))
    for m in range(1, band.shape[1]):
        options = np.full((5, len(band)), -np.inf)
        for k, move in enumerate(range(-2, 3)):
            source = rows + move
            fits = (source >= 0) & (source < len(band))
            options[k, fits] = gain[source[fits], m - 1] - change[k]
        chosen = options.argmax(0)
        before[:, m] = rows + chosen - 2
        gain[:, m] = options[chosen, rows] + band[:, m]
    path = np.empty(band.shape[1], int)
    path[-1] = gain[:, -1].argmax()
    for m in range(band.shape[1] - 1, 0, -1):
        path[m - 1] = before[path[m], m]
    return path + low
