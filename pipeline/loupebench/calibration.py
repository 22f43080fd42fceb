"""Calibration: thresholds from clean pairs of calibration seeds, frozen in files that are kept with the code.

`frozen.json` beside this module holds what LoupeBench judges with; `pipeline/qa/calibrated.json` the lines of the checks under a
moved light, each beyond its worst clean pair with all nuisances and the lamps walked round, and each with its `power`: the share that
lay beyond it of the calibration seeds' defects that its check must see.

In the photo's own light the lines that were set stay. Two renderings of one kept stone differ inside it as no two photographs do,
from the grain of path tracing: lines drawn on them would let a lost claw by in a photograph. Pictures whose layers are known lie so
far inside their lines that pairs from anywhere say nothing of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.atelier.defects import SEEN_BY
from pipeline.loupebench.choosing import chosen
from pipeline.loupebench.figures import (
    FALSE_ALARMS,
    Frozen,
    Judged,
    check_of,
    freeze,
    larger_is_worse,
    value_at,
)
from pipeline.qa import thresholds

FROZEN = Path(__file__).with_name("frozen.json")
SETTINGS: dict[thresholds.Setting, str] = {"measured": "same light", "relit": "relit"}
# Power is told of defects from this size on, px, and of so many of them.
POWER_FROM_PX, LEAST_DEFECTS = 3.0, 8
# The check that looks at the thing as a whole, and those of whose defects it must see every one.
WHOLE, SHAPE = "changes", ("stones", "prongs", "links", "band")
# A line lies beyond the worst clean pair by this share of what parts that from the ninth in ten: thirty lines, each at its worst of
# some hundred pairs, would together alarm on more than one new picture in ten.
BEYOND = 0.5
# With fewer clean values than this no line is drawn.
LEAST_TOLD = 8
# Clean values are kept to this many quantiles: enough for a p-value of a fifth of a percent.
QUANTILES = 500


def frozen() -> Frozen | None:
    """What calibration froze; None before the first one."""
    try:
        held = json.loads(FROZEN.read_text())
    except FileNotFoundError:
        return None
    asked = {light: tuple(streams) for light, streams in held.get("asked", {}).items()}
    return Frozen(held["thresholds"], held["clean"], held["pairs"], asked)


def calibrate(judged: Sequence[Judged], seeds: str) -> dict[str, Any]:
    """Freezes thresholds from the clean rows among these and writes both files; returns the checks' lines."""
    held = freeze(judged, chosen(judged))
    kept = {
        "seeds": seeds,
        "false_alarms": FALSE_ALARMS,
        "pairs": held.pairs,
        "asked": held.asked,
        "thresholds": {light: _short(of) for light, of in held.thresholds.items()},
        "clean": {light: {s: [_digits(v) for v in of] for s, of in held.clean[light].items()} for light in held.clean},
    }
    FROZEN.write_text(json.dumps(kept, separators=(",", ":")) + "\n")
    lines = check_lines(judged, held, seeds)
    thresholds.CALIBRATED.write_text(json.dumps(lines, indent=1, sort_keys=True) + "\n")
    return lines


def check_lines(judged: Sequence[Judged], held: Frozen, seeds: str) -> dict[str, Any]:
    """The lines of the checks' statistics as `pipeline.qa.thresholds` reads them, for each statistic that it knows."""
    lines: dict[str, Any] = {}
    for setting, light in SETTINGS.items():
        here = [row for row in judged if row.defect is None and row.light == light]
        names = [s for s in held.clean[light] if thresholds.has_line(s.removeprefix("check:"), setting)]
        if len(here) < 20 or not names:
            continue
        for stream in names:
            name = stream.removeprefix("check:")
            sign = 1.0 if larger_is_worse(name) else -1.0
            first = thresholds.FIRST.get(f"{name}.{setting}")
            if first is not None and first.rests_on != thresholds.UNPROVED:
                # What was set on photographs stays: two renderings of one stone differ inside it as no two photographs do.
                continue
            told = np.array(held.clean[light][stream])
            told = told[np.isfinite(told)]
            if len(told) < LEAST_TOLD:
                continue
            values = np.array([row.values.get(stream, -np.inf) for row in here])
            drawn = value_at(float(np.log10(len(told) + 1)) + BEYOND, told.tolist())
            if first is not None:
                drawn = max(
                    drawn, sign * first.value
                )  # where no clean pair shows anything, the least that means something
            lines[f"{name}.{setting}"] = {
                "value": _digits(sign * drawn),
                "rests_on": f"LoupeBench, seeds {seeds}: {len(here)} clean pairs of {len({r.piece for r in here})} pieces, "
                f"all nuisances{' and the light walked round' if light == 'relit' else ''}",
                "false_alarms": round(float(np.mean(values > drawn)), 5),
                "power": power(judged, stream, light, drawn),
                "clean": sorted(
                    _digits(sign * v) for v in np.quantile(told, np.linspace(0, 1, min(QUANTILES, len(told))))
                ),
            }
    return lines


def power(judged: Sequence[Judged], stream: str, light: str, drawn: float) -> float | None:
    """The share of defects that a statistic's check must see, large enough to, that lie beyond its line; None with too few."""
    of = [
        row.values.get(stream, -np.inf) > drawn
        for row in judged
        if row.light == light and row.defect and _must_see(check_of(stream), row.defect)
        if (row.feature_px or 0.0) >= POWER_FROM_PX
    ]
    return round(float(np.mean(of)), 4) if len(of) >= LEAST_DEFECTS else None


def _must_see(check: str, defect: str) -> bool:
    """Whether a check must see a defect: its own, and the one that looks at the thing as a whole whatever is done to its shape."""
    return SEEN_BY[defect] == check or (check == WHOLE and SEEN_BY[defect] in SHAPE)


def _short(of: dict[str, float]) -> dict[str, float]:
    return {name: _digits(value) for name, value in of.items() if np.isfinite(value)}


def _digits(value: float) -> float:
    return float(f"{value:.5g}")
