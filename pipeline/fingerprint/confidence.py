"""How sure a candidate is a stone, and how sure a count is exact: fitted on calibration seeds, not felt.

`python -m pipeline.atelier.count_calibration` fits both and writes confidence.json beside this module.
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


@lru_cache(maxsize=1)
def fitted() -> dict[str, list[float]]:
    """The coefficients of both logistic models by name, the constant last."""
    found: dict[str, list[float]] = json.loads(FITTED.read_text())["coefficients"]
    return found


def stone_measures(peak: float, votes: float, body: float, spread: float, narrow_px: float) -> list[float]:
    """What a candidate's confidence is worked out from: hill, votes, stone, agreement on its size, and its own size, px."""
    return [peak, votes, body, min(spread, 0.5), min(np.log(max(narrow_px, 2.0) / 8), 1.0)]


def stone_confidence(peak: float, votes: float, body: float, spread: float, narrow_px: float) -> float:
    """How sure a candidate is one stone, 0..1."""
    return _logistic(stone_measures(peak, votes, body, spread, narrow_px), fitted()["stone"])


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
    return _logistic(count_measures(sure, unparted, narrow_px), fitted()["count"]) * (1 - unparted)


def _logistic(measures: Sequence[float], weights: Sequence[float]) -> float:
    return float(1 / (1 + np.exp(-np.clip(np.dot(measures, weights[:-1]) + weights[-1], -30, 30))))
