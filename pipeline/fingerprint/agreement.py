"""What a picture read at several sizes shows together: a stone is told alike at most of them, a facet or a reflection at one.

A network that knows each size of stone finds a stone of 30 px as one of 48, 19 and 12 px again where the picture is enlarged
or reduced. What tells the same stone at other sizes seconds it. Which of a large stone and the small ones seen in it is there,
is reasoned here as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.fingerprint.confidence import agreed_measures, confidence_of
from pipeline.fingerprint.stones import COUNTED, Found, one_each

# Two tell the same stone whose middles are this near in parts of the smaller one's size and whose sizes differ by this in
# their logarithm.
SAME_PLACE, SAME_SIZE = 0.2, 0.25
# The surest of those nearer to each other than that speaks for all.
ONCE_PLACE, ONCE_SIZE = 0.3, 0.4
LEAST_SURE = 0.02
# Where smaller stones fill this share of a larger one, they are what is there: from afar a cluster looks like one stone.
# Unless it is surer than they are by this much. What is larger than FACET of it can't be its facet.
CLUSTER_FILL, PLAINLY, FACET = 0.5, 0.05, 0.7


def agreed(levels: Sequence[Sequence[Found]]) -> list[Found]:
    """The stones that the sizes of a picture tell of (each level's in the picture's own pixels), each once, the surest first."""
    return one_each(nested(_once(seconded(levels))))


def seconded(levels: Sequence[Sequence[Found]]) -> list[tuple[Found, list[float]]]:
    """Each stone of each level, with how high the hill is that tells it at each other level, 0 where none does. Its ellipse
    is what all that tell it say together, each by its hill."""
    found = [stone for level in levels for stone in level]
    if not found:
        return []
    of_level = np.repeat(np.arange(len(levels)), [len(level) for level in levels])
    at = np.array([(s.x, s.y, s.size, s.peak) for s in found], np.float32)
    out = []
    for k, stone in enumerate(found):
        away = np.hypot(at[:, 0] - stone.x, at[:, 1] - stone.y)
        same = (away < SAME_PLACE * np.minimum(at[:, 2], stone.size)) & (of_level != of_level[k])
        same &= np.abs(np.log(at[:, 2] / stone.size)) < SAME_SIZE
        heights = np.zeros(len(levels))
        np.maximum.at(heights, of_level[same], at[same, 3])
        others = np.delete(heights, of_level[k])
        one = replace(_together([stone, *(found[n] for n in np.flatnonzero(same))]), sure=stone.sure)
        out.append((one, [float(h) for h in others]))
    return out


def _together(stones: Sequence[Found]) -> Found:
    """The first of these with the ellipse that they tell on the whole."""
    first = stones[0]
    weight = np.array([s.peak for s in stones]) + 1e-3
    weight /= weight.sum()
    x, y = (float(weight @ [getattr(s, name) for s in stones]) for name in ("x", "y"))
    spread = np.zeros((2, 2))
    for share, stone in zip(weight, stones, strict=True):
        a = np.radians(stone.angle)
        axes = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
        spread += share * axes @ np.diag([stone.long**2, stone.short**2]) @ axes.T
    values, vectors = np.linalg.eigh(spread)
    short, long = np.sqrt(values)
    angle = (float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))) + 90) % 180 - 90
    return replace(first, x=x, y=y, long=float(long), short=float(short), angle=angle)


def _once(found: Sequence[tuple[Found, list[float]]]) -> list[Found]:
    """Each stone once, the surest first; what is smaller or larger at the same place may be another one."""
    judged = []
    for stone, others in found:
        measures = agreed_measures(stone.peak, stone.body, stone.spread, stone.rim, others)
        judged.append(replace(stone, sure=confidence_of("agreed", measures)))
    judged.sort(key=lambda s: -s.sure)
    at = np.array([(s.x, s.y, s.size) for s in judged]).reshape(-1, 3)
    kept: list[int] = []
    for k, stone in enumerate(judged):
        if stone.sure < LEAST_SURE:
            break
        surer = at[kept]
        near = np.hypot(surer[:, 0] - stone.x, surer[:, 1] - stone.y) < ONCE_PLACE * np.minimum(surer[:, 2], stone.size)
        if not (near & (np.abs(np.log(surer[:, 2] / stone.size)) < ONCE_SIZE)).any():
            kept.append(k)
    return [judged[k] for k in kept]


def nested(found: Sequence[Found]) -> list[Found]:
    """Large stones or the small ones seen in them.

    What small stones are seen within a large one are its facets, which near by look like stones, unless there are several
    that fill it and are about as sure: from afar a cluster looks like one stone.
    """
    out = list(found)
    for stone in sorted(found, key=lambda s: -s.size):
        if stone.sure < COUNTED or stone not in out:
            continue
        within = [s for s in out if s.size < FACET * stone.size and float(stone.measure(s.x, s.y)) < 1]
        sure = one_each([s for s in within if s.sure >= COUNTED])
        filled = sum(s.long * s.short for s in sure) / (stone.long * stone.short)
        if len(sure) >= 2 and filled > CLUSTER_FILL and stone.sure < np.mean([s.sure for s in sure]) + PLAINLY:
            out.remove(stone)
        else:
            out = [s for s in out if s not in within]
    return out
