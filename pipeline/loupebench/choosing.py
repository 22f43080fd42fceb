"""Which statistics all checks together go by: those that calibration seeds show to add something.

Each statistic that is asked takes its share of the false alarms that all of them may give together, also one that never sees
what the others don't: thirty of them at one in a hundred leave one in three thousand to each. So they are chosen one by one
(greedy forward selection), after those that look at every piece, each time the one with which most defects are seen at the same false alarms, every kind of defect
counting alike, until none adds as much as LEAST_GAIN.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.loupebench.figures import FALSE_ALARMS, LIGHTS, Judged, clean_values, level_of, threshold

LEAST_GAIN = 0.004
# What looks at every piece whole is asked in any case: which of these few a small calibration set favours is chance.
ALWAYS = ("check:changes", "check:colour.metal", "check:registration", "check:structure.core")
# With fewer defects than this nothing can be chosen by.
LEAST_DEFECTS = 40


def chosen(rows: Sequence[Judged]) -> dict[str, tuple[str, ...]]:
    """By light, the statistics to go by; a light with too few defects among the rows has none."""
    found = {}
    for light in LIGHTS:
        here = [row for row in rows if row.light == light]
        clean, broken = ([row for row in here if (row.defect is None) == c] for c in (True, False))
        if clean and len(broken) >= LEAST_DEFECTS:
            found[light] = _chosen(clean, broken)
    return found


def _chosen(clean: Sequence[Judged], broken: Sequence[Judged]) -> tuple[str, ...]:
    streams = sorted(clean_values(clean))
    # A clean pair is ranked among other pieces' alone: among its own it would look better than a new one.
    others = {piece: clean_values([r for r in clean if r.piece != piece]) for piece in {r.piece for r in clean}}
    every = clean_values(clean)
    kept = _levels(clean, streams, others)
    changed = _levels(broken, streams, dict.fromkeys({r.piece for r in broken}, every))
    kinds = np.array([row.defect for row in broken])
    weight = np.zeros(len(broken))
    for kind in set(kinds.tolist()):
        weight[kinds == kind] = 1 / np.sum(kinds == kind)
    weight /= weight.sum()
    asked = [k for k, stream in enumerate(streams) if stream in ALWAYS]
    most = _seen(kept[:, asked], changed[:, asked], weight) if asked else 0.0
    while len(asked) < len(streams):
        gains = [
            (_seen(kept[:, [*asked, k]], changed[:, [*asked, k]], weight), -k)
            for k in range(len(streams))
            if k not in asked
        ]
        best, which = max(gains)
        if best < most + LEAST_GAIN:
            break
        asked.append(-which)
        most = best
    return tuple(streams[k] for k in sorted(asked))


def _levels(rows: Sequence[Judged], streams: Sequence[str], held: dict[str, dict[str, list[float]]]) -> np.ndarray:
    """(rows, streams): how far out each value lies among the clean ones that its piece is held to."""
    found = np.zeros((len(rows), len(streams)))
    for i, row in enumerate(rows):
        for k, stream in enumerate(streams):
            if stream in row.values:
                value = row.values[stream]
                found[i, k] = np.inf if value == np.inf else level_of(value, held[row.piece].get(stream, ()))
    return found


def _seen(kept: np.ndarray, changed: np.ndarray, weight: np.ndarray) -> float:
    """The weighed share of changed pairs beyond the line of these statistics' worst."""
    line = threshold(kept.max(1).tolist(), FALSE_ALARMS)
    return float(weight @ (changed.max(1) > line))
