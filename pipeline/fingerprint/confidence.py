"""How sure a candidate is a stone, and how sure a count is exact: fitted, not felt.

`python -m pipeline.atelier.counts.count_calibration` fits both on calibration seeds and writes confidence.json beside this module.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

FITTED = Path(__file__).with_name("confidence.json")
# How sure it is that a piece has no stones, where nothing looks like one.
BARE = 0.97
# From this narrow side on a stone is large, px.
LARGE_PX = 22.0
# The way in which each measure may speak: for (1), against (-1), or either. Few photographs must not teach that votes for a
# stone speak against it.
SIGNS = {"stone": (1, 1, 1, -1, 0), "agreed": (1, 1, -1, -1, 1, 1), "count": (-1, -1, -1, -1)}


@lru_cache(maxsize=1)
def fitted() -> dict[str, list[float]]:
    """The coefficients of the logistic models by name, the constant last."""
    found: dict[str, list[float]] = json.loads(FITTED.read_text())["coefficients"]
    return found


def stone_measures(peak: float, votes: float, body: float, spread: float, narrow_px: float) -> list[float]:
    """What a candidate's confidence by itself is worked out from: hill, votes, stone, agreement on its size, and how far its
    size is beyond the sizes that the network knows best."""
    return [peak, votes, body, min(spread, 0.5), max(float(np.log(max(narrow_px, 2.0) / LARGE_PX)), 0.0)]


def agreed_measures(peak: float, body: float, spread: float, rim: float, seconded: Sequence[float]) -> list[float]:
    """What a candidate's confidence is worked out from where a picture was read at several sizes. `rim`: nearness just beyond
    its outline, where it ends for a stone that is parted from what touches it; `seconded`: how high the hills are that tell
    the same stone at each other size: all together, and the two highest, since a small stone is seen at few sizes."""
    best = sorted(seconded, reverse=True)
    return [peak, body, min(spread, 0.5), rim, sum(best), sum(best[:2])]


def count_measures(sure: Sequence[float], unparted: float, narrow_px: Sequence[float]) -> list[float]:
    """What a count's confidence is worked out from: that each candidate is what it was taken for (the sum of the logarithms
    of its odds' likelier side), the share of stone in no stone found, and how small the smallest stones are."""
    likely = np.maximum(np.clip(sure, 1e-3, 1 - 1e-3), 1 - np.clip(sure, 1e-3, 1 - 1e-3))
    doubt = float(-np.log(likely).sum())
    small = float(np.clip(np.log(8 / np.quantile(narrow_px, 0.1)), 0, 1.5)) if len(narrow_px) else 0.0
    return [np.sqrt(doubt), min(doubt, 8.0), unparted, small]


def count_confidence(sure: Sequence[float], unparted: float, narrow_px: Sequence[float]) -> float:
    """How sure it is that the count is exact, 0..1. `sure`: of all candidates, those not counted too; `narrow_px`: of the
    stones that were counted."""
    if not len(sure):
        return BARE * (1 - unparted)
    return confidence_of("count", count_measures(sure, unparted, narrow_px)) * (1 - unparted)


def confidence_of(model: str, measures: Sequence[float]) -> float:
    """What one of the fitted models says of its measures, 0..1."""
    weights = fitted()[model]
    return float(1 / (1 + np.exp(-np.clip(np.dot(measures, weights[:-1]) + weights[-1], -30, 30))))
