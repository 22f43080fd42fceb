"""Grain: does the piece keep the photo's own grain and crispness, and does it go with that of its surroundings?

Two ratios. The piece's fine detail (what a Laplacian answers to, where it is neither smooth nor pattern) against the same
detail of the photo under the recorded relight: a piece that was denoised or sharpened on its way shows here. And, where the surroundings have a grain at all, the smoothest parts of the piece against the smoothest of them: a
clean piece on a grainy photograph looks pasted on.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence, luma

LOW, HIGH = 0.7, 1.4
# Below this part of the surroundings' grain the piece looks smoother than its picture. Clean pictures reach 0.5.
SMOOTHER = 0.3
# Encoded noise that the surroundings need for that: rounding to 8 bits alone makes 0.3 to 0.45 of a step.
GRAINY = 0.9 / 255
# Fine detail, encoded: from what rounding to 8 bits can't make or spoil, to what is pattern.
FINE = (1.0 / 255, 6.0 / 255)
BLOCK_PX, LEAST_BLOCKS = 7, 50
# Immerkaer, "Fast noise variance estimation" (1996): blind to constant and linear shading; noise of one answers with 6.
KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
RESTS_ON = "31 finished pictures, and the same denoised and sharpened"


@dataclass(frozen=True)
class Grain:
    """The piece's fine detail, where it is neither smooth nor pattern, against the photo's, through the same resample and relight (0.7 to 1.4);
    and, on surroundings with a grain of their own, that the piece isn't far smoother than they are."""

    id: str = "grain"
    title: str = "The piece's grain is its own, and goes with its picture's"
    version: str = "1"
    mandatory: bool = False
    group: Group = "picture"
    needs: tuple[Need, ...] = ("layers", "piece")

    def run(self, evidence: Evidence) -> CheckResult:
        laid, gain, coverage = evidence.laid, evidence.gain, evidence.coverage
        recorded = evidence.recorded
        if recorded is None or laid is None or gain is None or coverage is None:
            return CheckResult(self.id, "not applicable", "The layers don't hold the ground, so its grain isn't known.")
        left, top, right, bottom = evidence.window
        pad = 48
        inside = np.s_[max(0, top - pad) : bottom + pad, max(0, left - pad) : right + pad]
        interior = evidence.interior[inside]
        seen = _detail(luma(evidence.picture[inside]))
        expected = _detail(luma(np.clip(laid.reference[inside] * gain[inside], 0, 1)))
        held = _blocks(interior)
        if held.sum() < LEAST_BLOCKS:
            return CheckResult(
                self.id, "not verifiable", "No part of the piece is broad enough here to show its grain."
            )
        # Neither polished smooth, where there is none to lose, nor pattern and facets, which other checks look at.
        smooth = held & (expected >= FINE[0]) & (expected <= FINE[1])
        around = _blocks(cv2.erode((coverage[inside] < 0.02).astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool))
        beside, strewn = 0.0, 0.0
        if around.sum() >= LEAST_BLOCKS:
            beside = float(np.percentile(seen[around], 10))
            # Noise that came over the whole picture later lies on the ground as well, and is not the piece's doing.
            before = _detail(luma(recorded.ground[inside]))
            strewn = max(float(np.median(seen[around])) ** 2 - float(np.median(before[around])) ** 2, 0.0)
        value = None
        if smooth.sum() >= LEAST_BLOCKS:
            found = np.sqrt(max(float(seen[smooth].mean()) ** 2 - strewn, 0.0))
            value = float(found / expected[smooth].mean())
        own = float(np.percentile(seen[held], 10))
        beside_ratio = own / beside if beside >= GRAINY else None
        verdict: Verdict = "pass"
        words = "The piece has the photo's own grain, and looks as crisp."
        threshold = LOW
        if value is None and beside_ratio is None:
            return CheckResult(self.id, "not applicable", "Neither the piece nor its surroundings have a grain here.")
        if value is not None and value < LOW:
            verdict, words = "warn", f"The piece was smoothed: {value:.0%} of the photo's fine detail is left."
        elif value is not None and value > HIGH:
            verdict, threshold = "warn", HIGH
            words = f"The piece was sharpened or made noisy: {value:.0%} of the photo's fine detail."
        elif beside_ratio is not None and beside_ratio < SMOOTHER:
            verdict = "warn"
            words = f"The piece has {beside_ratio:.0%} of the grain round it: it looks smoother than its picture."
        shown = (
            None
            if verdict == "pass"
            else overlay.marked_within(evidence, inside, smooth if value is not None else held)
        )
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value,
            threshold=threshold,
            unit="of the photo's fine detail",
            overlay=shown,
            details={"piece_steps": own * 255, "surroundings_steps": beside * 255, "to_surroundings": beside_ratio},
            rests_on=RESTS_ON,
            statistics={} if value is None else {"grain.kept": value},
        )


def _detail(encoded: np.ndarray) -> np.ndarray:
    """The noise that would answer as this picture (h, w) does, encoded 0..1, averaged over a block."""
    answer = np.abs(cv2.filter2D(encoded.astype(np.float32), -1, KERNEL))
    result: np.ndarray = cv2.blur(answer, (BLOCK_PX, BLOCK_PX)) * np.float32(np.sqrt(np.pi / 2) / 6)
    return result


def _blocks(mask: np.ndarray) -> np.ndarray:
    """Where a whole block, and what its detail is read from, lies within `mask`."""
    side = BLOCK_PX + 2
    return cv2.erode(mask.astype(np.uint8), np.ones((side, side), np.uint8)).astype(bool)
