"""Structure: did anything small change? Decided by the worst place, never by a mean: no mean can see a lost prong.

The difference of picture and reference under one light is smoothed at half the smallest feature, once for each shift of up
to one pixel, and the least is kept: what a small misregistration explains is no change. It is then measured in parts of what
a fraction of a pixel, a JPEG and noise would do at that very place, which is much on a facet's edge and little on bare metal.
The statistic is the largest such ratio less the median over the piece, so that noise all over it isn't a change either.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Crop, Evidence
from pipeline.qa.features import smallest_feature_px, where_in_words
from pipeline.qa.thresholds import line

SHIFTS_PX = (-1.0, -0.5, 0.0, 0.5, 1.0)
SIGMA_PX = (1.0, 2.0)
# The difference (encoded, 0..1) that is expected anywhere, and the part of the local slope that is expected on top of it.
EVEN, OF_SLOPE = 0.02, 0.3
MIN_PIXELS = 60


def unlikeness(crop: Crop, sigma_px: float) -> np.ndarray:
    """(h, w) float32: how many times the expected difference picture and reference differ, at `sigma_px`."""
    height, width = crop.coverage.shape
    least = np.full((height, width), np.inf, np.float32)
    for dy in SHIFTS_PX:
        for dx in SHIFTS_PX:
            moved = crop.foretold
            if dx or dy:
                matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
                moved = cv2.warpAffine(moved, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
            away = cv2.absdiff(moved, crop.picture).mean(-1)
            np.minimum(least, cv2.GaussianBlur(away, (0, 0), sigma_px), out=least)
    grey = crop.foretold.mean(-1)
    slope = np.hypot(*(cv2.Sobel(grey, cv2.CV_32F, dx, 1 - dx, ksize=3, scale=1 / 8) for dx in (0, 1)))
    expected = EVEN + OF_SLOPE * cv2.GaussianBlur(slope, (0, 0), sigma_px)
    result: np.ndarray = least / expected
    return result


@dataclass(frozen=True)
class Structure:
    """The largest local difference between picture and reference, in parts of what is expected at that place, less its
    median over the piece; after registration and under one light, the least over shifts of up to 1 px, smoothed at half the
    smallest feature. The core and the edge are judged apart."""

    id: str = "structure"
    title: str = "Nothing small changed"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration",)

    def run(self, evidence: Evidence) -> CheckResult:
        crop = evidence.crop
        sigma = float(np.clip(smallest_feature_px(evidence) / 2, *SIGMA_PX))
        ratio = unlikeness(crop, sigma)
        found: dict[str, float] = {}
        worst: tuple[float, str, tuple[int, int]] | None = None
        for part, mask in (("core", crop.interior), ("edge", crop.band)):
            if mask.sum() < MIN_PIXELS:
                continue
            held = np.where(mask, ratio, -np.inf)
            row, column = (int(v) for v in np.unravel_index(int(np.argmax(held)), held.shape))
            value = float(held[row, column] - np.median(ratio[mask]))
            found[f"structure.{part}"] = value
            beyond = value / line(f"structure.{part}", evidence.setting).value
            if worst is None or beyond > worst[0]:
                worst = (beyond, part, (row, column))
        if worst is None:
            return CheckResult(self.id, "not verifiable", "Too little of the piece is seen to judge its structure.")
        beyond, part, (row, column) = worst
        held_to = line(f"structure.{part}", evidence.setting)
        value = found[f"structure.{part}"]
        verdict: Verdict = "pass" if held_to.holds(value) else "fail"
        at = (column + crop.left, row + crop.top)
        reach = max(6, round(4 * sigma))
        box = (at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach)
        edge = " on its edge" if part == "edge" else ""
        where = where_in_words(at, evidence.window)
        words = (
            f"Nowhere does the piece differ more from its photo than registration, noise and compression explain; most {where}."
            if verdict == "pass"
            else f"Something changed {where}{edge}: the difference there is {value:.1f} times what registration, noise and compression explain."
        )
        whole = np.full(evidence.picture.shape[:2], np.nan, np.float32)
        height, width = ratio.shape
        amount = np.where(crop.interior | crop.band, ratio, np.nan) / held_to.value * 0.12
        whole[crop.top : crop.top + height, crop.left : crop.left + width] = amount
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value,
            threshold=held_to.value,
            unit="x",
            overlay=overlay.heat(evidence, whole, box),
            details={"part": part, "at": list(at), "sigma_px": sigma},
            score=held_to.score(value),
            p_value=held_to.p_value(value),
            rests_on=held_to.rests_on,
            statistics=found,
        )
