"""Stones in rows and rings stand at a constant step: where two sure ones foretell a third, a faint one there is surer.

Regularity speaks only for a stone, never against one that stands alone; and only from stones that are sure by themselves,
since beads and links stand as regularly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.fingerprint.stones import Found

# Those that foretell are this sure; what is said by both wholly adds this to a stone's logit.
SURE, ADDS = 0.6, 2.0
# How far along a row sureness is handed on, in stones.
PASSES = 4
# They are of about its size (a difference of logarithms), no farther than this in parts of its size and no nearer.
ALIKE, FAR, NEAR = 0.3, 2.6, 0.55
# A place is foretold to this part of the step between two neighbours on either side, and of that to the next on one side.
BETWEEN, BEYOND = 0.35, 0.45


def encouraged(found: Sequence[Found]) -> list[Found]:
    """The candidates, those foretold by others surer than they were, the surest first. A stone that has become sure foretells
    the next one of its row."""
    by_itself = np.clip([s.sure for s in found], 1e-6, 1 - 1e-6)
    out = list(found)
    for _ in range(PASSES):
        at = np.array([(s.x, s.y, s.size, s.sure) for s in out if s.sure >= SURE]).reshape(-1, 4)
        before = [s.sure for s in out]
        out = [_told(stone, own, foretold(stone, at)) for stone, own in zip(found, by_itself, strict=True)]
        if [s.sure for s in out] == before:
            break
    return sorted(out, key=lambda s: -s.sure)


def _told(stone: Found, by_itself: float, told: float) -> Found:
    """The stone, `told` times ADDS surer than by itself."""
    if not told:
        return stone
    return replace(stone, sure=float(1 / (1 + (1 - by_itself) / by_itself * np.exp(-ADDS * told))))


def foretold(stone: Found, at: np.ndarray) -> float:
    """How well others (N, 4: x, y, size, how sure) foretell this stone, 0..1: halfway between two, or one step on from two."""
    own = np.array([stone.x, stone.y])
    away = np.hypot(*(at[:, :2] - own).T)
    alike = np.abs(np.log(at[:, 2] / stone.size)) < ALIKE
    near = at[alike & (away < FAR * stone.size) & (away > NEAR * stone.size)]
    best = 0.0
    for k, one in enumerate(near):
        for two in near[k + 1 :]:
            step = np.hypot(*(one[:2] - two[:2])) / 2
            off = np.hypot(*((one[:2] + two[:2]) / 2 - own)) / max(step, 1e-6)
            best = max(best, np.sqrt(one[3] * two[3]) * (1 - off / BETWEEN))
        step = float(np.hypot(*(one[:2] - own)))
        off = np.hypot(*(at[:, :2] - (2 * one[:2] - own)).T) / step
        for k2 in np.flatnonzero((off < BEYOND) & alike):
            best = max(best, np.sqrt(one[3] * at[k2, 3]) * (1 - off[k2] / BEYOND))
    return float(best)
