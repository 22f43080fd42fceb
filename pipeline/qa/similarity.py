"""Piece-lock SSIM: raw, with the relight divided out, inside and along the edge, on average and in the worst place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence, luma
from pipeline.qa.masked_ssim import Similarity, halved, masked_ssim
from pipeline.qa.thresholds import line

MIN_PIXELS = 200


@dataclass(frozen=True)
class PieceSsim:
    """SSIM on display luma between the laid reference and the picture, inside a mask.

    `part`: the interior, held to the photo as taken, or the boundary band, held to its decontaminated colours.
    `measure`: the mean over the part, or its lowest tile of 32 px. `gain_divided`: whether the relight is taken out.
    """

    id: str
    title: str
    part: Literal["interior", "boundary"] = "interior"
    measure: Literal["mean", "lowest tile"] = "mean"
    gain_divided: bool = True
    below: Verdict = "fail"
    mandatory: bool = True
    version: str = "1"
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration",)

    def run(self, evidence: Evidence) -> CheckResult:
        limit = line(self.id, evidence.setting)
        threshold = limit.value
        if evidence.laid is None or evidence.coverage is None:
            return CheckResult(
                self.id, "not verifiable", "The piece wasn't found in the picture.", threshold=threshold, unit="SSIM"
            )
        mask = evidence.interior if self.part == "interior" else evidence.band
        if mask.sum() < MIN_PIXELS:
            reason = f"The piece's {self.part} has only {int(mask.sum())} pixels in this picture: too few to judge."
            # A piece of wires alone may have next to no band or interior of its own; the other part then speaks.
            other: Verdict = "not verifiable" if self.part == "interior" else "not applicable"
            return CheckResult(self.id, other, reason, threshold=threshold, unit="SSIM")
        found, half = self._compare(evidence, mask)
        value = found.mean if self.measure == "mean" else found.lowest_tile
        good = limit.holds(value)
        return CheckResult(
            self.id,
            "pass" if good else self.below,
            self._words(value, good),
            value=value,
            threshold=threshold,
            unit="SSIM",
            overlay=overlay.heat(evidence, 1 - found.map, found.tile_box if self.measure == "lowest tile" else None),
            details={
                "mean": found.mean,
                "half_scale_mean": None if half is None else half.mean,
                "lowest_tile": found.lowest_tile,
                "lowest_tile_box": list(found.tile_box),
                "pixels": found.pixels,
            },
            score=limit.score(value),
            p_value=limit.p_value(value),
            rests_on=limit.rests_on,
            statistics={self.id: value},
        )

    def _compare(self, evidence: Evidence, mask: np.ndarray) -> tuple[Similarity, Similarity | None]:
        assert evidence.laid is not None
        left, top, right, bottom = evidence.window
        inside = np.s_[top:bottom, left:right]
        picture = evidence.ungained if self.gain_divided else evidence.picture
        one = luma((evidence.laid.reference if self.part == "interior" else evidence.laid.colour)[inside])
        two, mask = luma(picture[inside]), mask[inside]
        cropped = masked_ssim(one, two, mask)
        half_one, half_mask = halved(one, mask)
        half = masked_ssim(half_one, halved(two, mask)[0], half_mask)
        whole = np.full(evidence.picture.shape[:2], np.nan, np.float32)
        whole[inside] = cropped.map
        x0, y0, x1, y1 = cropped.tile_box
        box = (x0 + left, y0 + top, x1 + left, y1 + top)
        found = Similarity(whole, cropped.mean, cropped.lowest_tile, box, cropped.pixels)
        return found, half if half.pixels >= MIN_PIXELS else None

    def _words(self, value: float, good: bool) -> str:
        where = "inside the piece" if self.part == "interior" else "along the piece's edge"
        what = "with the relight divided out" if self.gain_divided else "relight included"
        which = "in its worst 32 px tile" if self.measure == "lowest tile" else "on average"
        return f"Structure {where} agrees with the photo to {value:.4f} {which}, {what}." + (
            "" if good else " Look at the overlay: bright places differ."
        )


INTERIOR = PieceSsim("ssim.interior", "Structure inside the piece")
LOWEST_TILE = PieceSsim(
    "ssim.lowest-tile",
    "Structure in the worst place",
    measure="lowest tile",
)
BOUNDARY = PieceSsim(
    "ssim.boundary",
    "Structure along the edge",
    part="boundary",
    below="warn",
)
RAW = PieceSsim(
    "ssim.raw",
    "Structure, relight included",
    gain_divided=False,
    below="warn",
    mandatory=False,
)
