"""Where the checks draw their lines, each with what it rests on.

Three settings: `known` for pictures whose layers say where the piece's pixels went; `measured` for pictures from anywhere,
whose piece was found by registration and whose relight is estimated; `relit` for those in which the light was moved as well,
so that highlights and facets lie elsewhere. `line(name, setting)` is the one door to them.

The lines below are first ones, each resting on the trial it names. A calibration replaces them: `calibrated.json` beside
this file, written by LoupeBench, holds `{"<name>.<setting>": {"value", "rests_on", "false_alarms", "power", "clean"}}`, `clean`
being the statistic's sorted values on clean pairs (or some quantiles of them), which p-values are read from. Names it doesn't
hold keep their first lines. Under a moved light there are no first ones: what wasn't calibrated there says nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

Setting = Literal["known", "measured", "relit"]
CALIBRATED = Path(__file__).with_name("calibrated.json")


@dataclass(frozen=True)
class Line:
    """A line drawn on a statistic. `best` is a perfect picture's value, and so says which side of `value` is good.

    `rests_on`: the data set; `false_alarms`: the share of its clean pictures beyond the line, None where not measured;
    `clean`: sorted values of clean pictures, for p-values. `power`: the share of defects from 3 px on, of those that its check
    must see, that lay beyond it in the trial it rests on; None where not measured.
    """

    value: float
    best: float
    rests_on: str
    false_alarms: float | None = None
    clean: tuple[float, ...] = ()
    power: float | None = None

    def holds(self, statistic: float) -> bool:
        return statistic <= self.value if self.best <= self.value else statistic >= self.value

    def score(self, statistic: float) -> float:
        """0..100: 100 at the best value, 50 on the line, 0 as far beyond it again."""
        span = self.value - self.best
        share = (statistic - self.best) / span if span else float(statistic != self.best)
        return float(np.clip(100 - 50 * share, 0, 100))

    def p_value(self, statistic: float) -> float | None:
        """The share of clean pictures that look at least this bad, by the conformal rule; None without clean values."""
        if not self.clean:
            return None
        clean = np.asarray(self.clean)
        worse = np.sum(clean >= statistic) if self.best <= self.value else np.sum(clean <= statistic)
        return float((worse + 1) / (len(clean) + 1))


# Share of the piece's opaque pixels that must be the photo's, times the gain. Exact but for 8-bit rounding.
ORIGIN_SHARE = 0.995
# Largest difference, in 8-bit steps, that rounding the picture and storing the gain as float16 can make.
ORIGIN_STEP = 1.5 / 255
# Beyond this a local comparison sees the shift and not the piece: 1 px of misregistration reads SSIM 0.939.
REGISTRATION_PX = 0.7
# Picture pixels per photo pixel: the design's framing rule, and where a stone of 10 photo pixels falls below 2.
SCALE_RANGE = (0.35, 1.0)
SCALE_UNVERIFIABLE = 0.2
# The long side most shops ask of a picture, and a preview's.
LONG_SIDE_PX = 1000
# Share of the piece that is blown in the picture and wasn't in the photo.
NEWLY_BLOWN_PASS, NEWLY_BLOWN_FAIL = 0.005, 0.02

TRIAL = "a trial on drawn rings under every nuisance, not yet calibrated"
DRAFTS = "a trial on 15 drafts of real pieces on every engine, not yet calibrated"
UNPROVED = "nothing yet: not calibrated under a moved light"
STATED = "a line that was set, not measured"
FIRST: dict[str, Line] = {
    "structure.core.known": Line(0.8, 0.0, TRIAL),
    "structure.core.measured": Line(1.4, 0.0, TRIAL),
    "structure.edge.known": Line(1.0, 0.0, TRIAL),
    "structure.edge.measured": Line(1.6, 0.0, TRIAL),
    # Drafts of five real pieces on three engines read -5.6 at most; a painted-out claw, without layers, .2 and more.
    "changes.known": Line(-2.0, -12.0, DRAFTS),
    "changes.measured": Line(0.0, -12.0, TRIAL),
    # A smooth piece's SSIM after one quintic resample reads 0.9988 and bicubic 0.9975; the lock's own promise is 0.99.
    "ssim.interior.known": Line(0.99, 1.0, STATED),
    # JPEG at quality 85 reads 0.962; an autoencoder's round trip over 13 pieces 0.811 to 0.931.
    "ssim.interior.measured": Line(0.95, 1.0, STATED),
    "ssim.lowest-tile.known": Line(0.95, 1.0, STATED),
    "ssim.lowest-tile.measured": Line(0.80, 1.0, STATED),
    "ssim.boundary.known": Line(0.95, 1.0, STATED),
    "ssim.boundary.measured": Line(0.85, 1.0, STATED),
    # Raw SSIM also counts the relight, which is meant; a smooth +-30 % relight reads 0.983.
    "ssim.raw.known": Line(0.95, 1.0, STATED),
    "ssim.raw.measured": Line(0.95, 1.0, STATED),
    "stones.agreement.known": Line(0.85, 1.0, TRIAL),
    "stones.agreement.measured": Line(0.75, 1.0, TRIAL),
    "prongs.agreement.known": Line(0.8, 1.0, TRIAL),
    "prongs.agreement.measured": Line(0.6, 1.0, TRIAL),
    "links.contrast.known": Line(0.6, 1.0, STATED),
    "links.contrast.measured": Line(0.6, 1.0, STATED),
    "links.agreement.known": Line(0.8, 1.0, TRIAL),
    "links.agreement.measured": Line(0.6, 1.0, TRIAL),
    "nearmiss.leaning.known": Line(0.2, 0.0, TRIAL),
    "nearmiss.leaning.measured": Line(0.35, 0.0, TRIAL),
    "silhouette.known": Line(1.0, 0.0, STATED),
    "silhouette.measured": Line(1.0, 0.0, STATED),
    "band.known": Line(0.03, 0.0, TRIAL),
    "band.measured": Line(0.03, 0.0, TRIAL),
    "catchlights.recall.known": Line(0.9, 1.0, STATED),
    "catchlights.recall.measured": Line(0.9, 1.0, STATED),
    "catchlights.spurious.known": Line(0.1, 0.0, STATED),
    "catchlights.spurious.measured": Line(0.1, 0.0, STATED),
    "colour.metal.known": Line(1.5, 0.0, TRIAL),
    "colour.metal.measured": Line(3.0, 0.0, TRIAL),
    "colour.stone.known": Line(1.5, 0.0, TRIAL),
    "colour.stone.measured": Line(4.0, 0.0, TRIAL),
    # What is asked under a moved light alone: whether a place still looks like stone, or like the piece without its prong.
    "stones.stony.relit": Line(0.3, 1.0, UNPROVED),
    "stones.added.relit": Line(0.5, 0.0, UNPROVED),
    "prongs.leaning.relit": Line(0.5, 0.0, UNPROVED),
}


def line(name: str, setting: Setting) -> Line:
    """The line of a statistic, by its name and the setting of the picture. Raises KeyError."""
    key = f"{name}.{setting}"
    first = FIRST.get(key)
    if first is None:
        if setting != "relit":
            raise KeyError(key)
        first = replace(FIRST[f"{name}.measured"], rests_on=UNPROVED)
    found = _calibrated().get(key)
    if found is None:
        return first
    alarms, power = found.get("false_alarms"), found.get("power")
    return replace(
        first,
        value=float(found["value"]),
        rests_on=str(found["rests_on"]),
        false_alarms=None if alarms is None else float(alarms),
        clean=tuple(sorted(float(v) for v in found.get("clean", ()))),
        power=None if power is None else float(power),
    )


def has_line(name: str, setting: Setting) -> bool:
    """Whether a line is drawn on the statistic in this setting."""
    return f"{name}.{setting}" in FIRST or (setting == "relit" and f"{name}.measured" in FIRST)


@lru_cache(maxsize=1)
def _calibrated() -> dict[str, dict[str, Any]]:
    try:
        held: dict[str, dict[str, Any]] = json.loads(CALIBRATED.read_text())
    except FileNotFoundError:
        return {}
    return held
