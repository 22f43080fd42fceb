"""Figures from rows: thresholds at a stated false-alarm rate, recall by defect and by size, intervals, ROC.

A **stream** is one number a pair, larger being more suspicious: a baseline's score, a check's statistic turned so, or all
checks together. Images decide: a pair is an alarm or none. What a stream couldn't verify is no alarm and is counted apart.
Intervals are 95 % percentile bootstrap (Efron, 1979) over pieces, thresholds drawn anew with them where they aren't frozen:
pairs of one piece stand or fall together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.qa.inspect import CHECKS
from pipeline.qa.thresholds import Setting, has_line, line

FALSE_ALARMS = 0.01
LIGHTS = {"relit": "all+relight", "same light": "all"}
SIZES = ((0.0, 3.0), (3.0, 6.0), (6.0, 12.0), (12.0, np.inf))
TOGETHER = "loupe"
DRAWS = 400


@dataclass(frozen=True)
class Judged:
    """One row as figures need it. `values` by stream, a missing one wasn't verifiable; `hits`: whether it pointed right."""

    piece: str
    defect: str | None
    condition: str
    feature_px: float | None
    values: dict[str, float]
    hits: dict[str, bool | None]
    seconds: dict[str, float] = field(default_factory=dict)
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def light(self) -> str | None:
        """Under which of LIGHTS it counts for recall and thresholds; None for single nuisances."""
        return next((name for name, condition in LIGHTS.items() if condition == self.condition), None)


def read(row: dict[str, Any]) -> Judged:
    """A row of `pipeline.loupebench.judging` as figures need it."""
    family, seed, defect, light, nuisance, _ = row["id"].split("/")
    relit = light == "relit"
    condition = ("relight" if nuisance == "none" else f"{nuisance}+relight") if relit else nuisance
    values, hits, seconds, counted = {}, {}, {}, {}
    for check, said in row["checks"].items():
        seconds[f"check:{check}"] = said["seconds"]
        for name, value in said["statistics"].items():
            if value is not None:
                values[f"check:{name}"] = value if larger_is_worse(name) else -value
                hits[f"check:{name}"] = said["hit"]
        if said["verdict"] == "fail" and not said["statistics"]:
            # A finding without a number, as a mirrored piece: worse than any number.
            values[f"check:{check}"], hits[f"check:{check}"] = np.inf, said["hit"]
        if said["rows"]:
            counted[check] = (said["changed"], sum(said["rows"].values()))
    for name, said in row["methods"].items():
        seconds[name] = said["seconds"]
        if said["score"] is not None:
            values[name], hits[name] = said["score"], said["hit"]
    return Judged(
        f"{family}/{seed}",
        None if defect == "clean" else defect,
        condition,
        row["feature_px"],
        values,
        hits,
        seconds,
        counted,
    )


def larger_is_worse(name: str) -> bool:
    """Which way a check's statistic points, by its line; the SSIMs, which have none there, are worse when smaller."""
    settings: tuple[Setting, ...] = ("measured", "relit")
    drawn = next((line(name, setting) for setting in settings if has_line(name, setting)), None)
    return not name.startswith("ssim") if drawn is None else drawn.best <= drawn.value


@dataclass(frozen=True)
class Frozen:
    """What calibration fixed, by light: `thresholds` by stream, at FALSE_ALARMS each; `clean`: sorted clean values of the
    checks' statistics, from which all checks together are ranked; `pairs`: how many clean pairs it rests on; `asked`: the
    statistics that all checks together go by, where a choice was made (`pipeline.loupebench.choosing`)."""

    thresholds: dict[str, dict[str, float]]
    clean: dict[str, dict[str, list[float]]]
    pairs: dict[str, int]
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)


def freeze(rows: Sequence[Judged], asked: Mapping[str, tuple[str, ...]] | None = None) -> Frozen:
    """Thresholds from clean pairs; `asked`: by light, the statistics that all checks together go by (all, where it has none)."""
    asked = dict(asked or {})
    thresholds: dict[str, dict[str, float]] = {}
    clean: dict[str, dict[str, list[float]]] = {}
    pairs = {}
    for light in LIGHTS:
        here = [row for row in rows if row.defect is None and row.light == light]
        pairs[light] = len(here)
        clean[light] = clean_values(here)
        # A pair's own values, and its piece's, may not be among those it is ranked by: that would make it look better than new ones.
        others = {piece: clean_values([r for r in here if r.piece != piece]) for piece in {r.piece for r in here}}
        joint = [TOGETHER, *sorted({f"{TOGETHER}:{check_of(stream)}" for stream in clean[light]})]
        thresholds[light] = {
            name: threshold([together(row.values, others[row.piece], name, asked.get(light)) for row in here])
            for name in joint
        }
        for stream in sorted({s for row in here for s in row.values}):
            thresholds[light][stream] = threshold([row.values.get(stream, -np.inf) for row in here])
    return Frozen(thresholds, clean, pairs, asked)


def clean_values(rows: Sequence[Judged]) -> dict[str, list[float]]:
    """The sorted values of the checks' statistics on clean rows."""
    return {
        stream: sorted(row.values[stream] for row in rows if stream in row.values)
        for stream in sorted({s for row in rows for s in row.values if s.startswith("check:")})
    }


def threshold(clean: Sequence[float], alarms: float = FALSE_ALARMS) -> float:
    """The value beyond which at most `alarms` of exchangeable clean pairs lie (split conformal: Vovk, Gammerman, Shafer, 2005);
    with too few pairs for that, the largest of them; infinite where hardly one could be verified."""
    ordered = np.sort(np.asarray(clean, float))
    rank = int(np.ceil((len(ordered) + 1) * (1 - alarms)))
    held = float(ordered[min(rank, len(ordered)) - 1]) if len(ordered) else float("inf")
    return held if held > -np.inf else float("inf")


def check_of(stream: str) -> str:
    """The check that a statistic belongs to: `check:stones.agreement` is of `stones`, `check:colour.metal` of `colour.metal`."""
    name = stream.removeprefix("check:")
    ids = [check.id for check in CHECKS if name == check.id or name.startswith(f"{check.id}.")]
    return max(ids, key=len, default=name.split(".")[0])


def _belongs(stream: str, joint: str) -> bool:
    """Whether a check's stream is part of a joint one: of all checks (`loupe`) or of one (`loupe:stones`)."""
    return stream.startswith("check:") and joint in (TOGETHER, f"{TOGETHER}:{check_of(stream)}")


def together(
    values: dict[str, float],
    clean: dict[str, list[float]],
    joint: str = TOGETHER,
    asked: Sequence[str] | None = None,
) -> float:
    """All checks (of `asked` statistics, or of every one), or all statistics of one, as one stream: how far out the most suspicious
    statistic lies among its own clean values."""
    found = 0.0
    for stream, held in clean.items():
        value = values.get(stream)
        if value is None or not _belongs(stream, joint) or (joint == TOGETHER and asked and stream not in asked):
            continue
        found = max(found, level_of(value, held))
    return max([found, *(np.inf for s, v in values.items() if v == np.inf and _belongs(s, joint))])


def level_of(value: float, clean: Sequence[float]) -> float:
    """How far out a value lies among sorted clean ones: -log10 of the share beyond it, which goes on growing past the last of
    them by the distance in spreads, the spread being what lies between the last and the ninth in ten. 0 where there are too
    few to say."""
    if len(clean) < 8:
        return 0.0
    ordered = np.asarray(clean)
    beyond = len(ordered) - int(np.searchsorted(ordered, value, side="left"))
    level = -np.log10((beyond + 1) / (len(ordered) + 1))
    if value > ordered[-1]:
        level += min(float(value - ordered[-1]) / _spread(ordered), 1e6)
    return float(level)


def value_at(level: float, clean: Sequence[float]) -> float:
    """The value that lies so far out: the inverse of `level_of`."""
    ordered = np.asarray(clean)
    last = float(np.log10(len(ordered) + 1))
    if level > last:
        return float(ordered[-1] + (level - last) * _spread(ordered))
    beyond = (len(ordered) + 1) * 10**-level - 1
    return float(ordered[int(np.clip(np.ceil(len(ordered) - beyond - 1e-9), 0, len(ordered) - 1))])


def _spread(ordered: np.ndarray) -> float:
    return max(float(ordered[-1] - np.quantile(ordered, 0.9)), 1e-9)


def value_of(row: Judged, stream: str, frozen: Frozen) -> float | None:
    """A row's value in a stream, None where it couldn't be verified."""
    if not stream.startswith(TOGETHER):
        return row.values.get(stream)
    said = {s: v for s, v in row.values.items() if _belongs(s, stream)}
    # How far registration fell short says nothing of the piece; that it was found only mirrored does.
    if not any(s != "check:registration" or v == np.inf for s, v in said.items()):
        return None
    light = row.light or ("relit" if "relight" in row.condition else "same light")
    return together(said, frozen.clean[light], stream, frozen.asked.get(light))


@dataclass(frozen=True)
class Recall:
    """`seen` of `pairs`, with its 95 % interval; `pointed`: of those seen whose stream says where, the share that pointed
    into the defect's box, None where it doesn't say; `unverifiable`: the share of pairs it couldn't verify."""

    pairs: int
    seen: float
    low: float
    high: float
    pointed: float | None
    unverifiable: float


def recall(rows: Sequence[Judged], stream: str, light: str, frozen: Frozen) -> Recall | None:
    """Recall on these rows (all with a defect, all of this light); None where there are none."""
    if not rows:
        return None
    held = frozen.thresholds[light].get(stream, np.inf)
    values = [value_of(row, stream, frozen) for row in rows]
    seen = np.array([value is not None and value > held for value in values])
    low, high = interval(seen, [row.piece for row in rows])
    said = [pointed_right(row, stream) for row, s in zip(rows, seen, strict=True) if s]
    told = [hit for hit in said if hit is not None]
    return Recall(
        len(rows),
        float(seen.mean()),
        low,
        high,
        float(np.mean(told)) if told else None,
        float(np.mean([value is None for value in values])),
    )


def pointed_right(row: Judged, stream: str) -> bool | None:
    """Whether a stream points into the defect's box; of several checks together: whether one does that says where."""
    names = [stream] if not stream.startswith(TOGETHER) else [s for s in row.hits if _belongs(s, stream)]
    told = [hit for name in names if (hit := row.hits.get(name)) is not None]
    return any(told) if told else None


def interval(seen: np.ndarray, pieces: Sequence[str], seed: int = 7) -> tuple[float, float]:
    """The 95 % interval of a share, by bootstrap over pieces; where all agree, which no resampling can doubt, the exact
    binomial bound over pieces (Clopper and Pearson, 1934) on the open side."""
    names = sorted(set(pieces))
    index = {name: k for k, name in enumerate(names)}
    which = np.array([index[p] for p in pieces])
    hits, totals = np.bincount(which, seen.astype(float)), np.bincount(which).astype(float)
    if seen.all() or not seen.any():
        bound = 0.05 ** (1 / len(names))
        return (bound, 1.0) if seen.all() else (0.0, 1 - bound)
    rng = np.random.default_rng(seed)
    picks = rng.integers(len(names), size=(DRAWS, len(names)))
    shares = hits[picks].sum(1) / totals[picks].sum(1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(low), float(high)


def roc(clean: Iterable[float], defect: Iterable[float]) -> tuple[np.ndarray, np.ndarray, float]:
    """False-alarm rates, recalls (both ascending) and the area under them."""
    zero, one = np.sort(np.asarray(list(clean), float)), np.sort(np.asarray(list(defect), float))
    cuts = np.unique(np.concatenate([zero, one]))[::-1]
    far = np.concatenate([[0.0], 1 - np.searchsorted(zero, cuts, "left") / max(len(zero), 1)])
    hit = np.concatenate([[0.0], 1 - np.searchsorted(one, cuts, "left") / max(len(one), 1)])
    return far, hit, float(np.trapezoid(hit, far) if hasattr(np, "trapezoid") else np.trapz(hit, far))
