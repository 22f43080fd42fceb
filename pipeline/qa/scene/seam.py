"""Seam: does the piece meet its ground without a halo, a dark rim or a step?

At every pixel of the edge the layers foretell the colour: the piece's under its light by its coverage, the ground by the
rest. A halo, a rim and a step differ from that along a stretch of the edge in one direction; noise, rounding and a
compression's ringing differ to and fro. So the difference is averaged over a small patch of the edge, sign and all, and
the worst patch decides. Just outside of the edge, where a halo lies, the ground alone is foretold.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.imaging.colour import linear_to_srgb
from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import LUMA, Evidence

# Mean differences of a patch, encoded 0..1. Finished pictures reach 0.001, and 0.0144 after a compression at quality 90.
CLEAN, VISIBLE = 0.018, 0.03
COLOUR_ALONE = 4.0
# How far outside of the edge a halo is looked for, how wide a patch is, and how much edge it must hold, in pixels.
REACH_PX, PATCH_PX, LEAST_PX = 5, 13, 13
RESTS_ON = "31 finished pictures, and rims painted on them"


@dataclass(frozen=True)
class Seam:
    """The largest difference, averaged over a patch of 13 px along the piece's edge and just outside of it, between the picture
    and what its layers foretell there: a halo, a dark rim, a step."""

    id: str = "seam"
    title: str = "The edge shows no seam"
    version: str = "1"
    mandatory: bool = True
    group: Group = "placement"
    needs: tuple[Need, ...] = ("layers", "piece")

    def run(self, evidence: Evidence) -> CheckResult:
        recorded, laid, coverage, gain = evidence.recorded, evidence.laid, evidence.coverage, evidence.gain
        if recorded is None or laid is None or coverage is None or gain is None:
            return CheckResult(
                self.id, "not applicable", "The layers don't hold the ground, so the edge can't be foretold."
            )
        left, top, right, bottom = evidence.window
        inside = np.s_[top:bottom, left:right]
        cover = coverage[inside]
        over = cover[..., None]
        lit = np.clip(laid.colour[inside] * gain[inside], 0, 1)
        foretold = linear_to_srgb(np.clip(lit * over + recorded.ground[inside] * (1 - over), 0, 1))
        apart = linear_to_srgb(np.clip(evidence.picture[inside], 0, 1)) - foretold
        # The edge itself and the ground beside it are averaged apart: a rim is a pixel wide, and drowns in five of clean ground.
        rims = [(rim, *_patches(apart, rim)) for rim in _rims(cover)]
        judged = rims[0][0] | rims[1][0]
        if judged.sum() < LEAST_PX:
            return CheckResult(self.id, "not verifiable", "No edge of the piece lies in the picture.")
        worst = np.maximum(rims[0][2], rims[1][2])
        mean = np.where((rims[0][2] >= rims[1][2])[..., None], rims[0][1], rims[1][1])
        value = float(worst.max())
        y, x = np.unravel_index(int(worst.argmax()), worst.shape)
        verdict: Verdict = "pass" if value <= CLEAN else "warn" if value <= VISIBLE else "fail"
        if verdict == "pass":
            words = "Along its whole edge the piece goes over into its ground without a rim."
        else:
            kind = "dark rim" if mean[y, x].mean() < 0 else "bright rim"
            share = float((worst[judged] > CLEAN).mean())
            words = f"A {kind} runs along {share:.0%} of the piece's edge; most plainly {_where(int(x), int(y), worst.shape)}."
        shown = None if verdict == "pass" else overlay.marked_within(evidence, inside, worst > CLEAN)
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value,
            threshold=CLEAN,
            unit="of full brightness",
            overlay=shown,
            details={"at": [int(x) + left, int(y) + top]},
            rests_on=RESTS_ON,
            statistics={"seam": value},
        )


def _rims(coverage: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) bool each: the pixels where the piece is partial, and the ground next to them."""
    partial = (coverage > 0.02) & (coverage < 0.98)
    side = 2 * REACH_PX + 1
    near = cv2.dilate((coverage > 0.5).astype(np.uint8), np.ones((side, side), np.uint8)).astype(bool)
    return partial, near & (coverage <= 0.02)


def _patches(apart: np.ndarray, rim: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The signed mean difference (h, w, 3) of `rim` over a patch, and how much of it counts (h, w); 0 off the rim."""
    size = (PATCH_PX, PATCH_PX)
    weight = cv2.boxFilter(rim.astype(np.float32), -1, size, normalize=False)
    mean = cv2.boxFilter((apart * rim[..., None]).astype(np.float32), -1, size, normalize=False)
    mean /= np.maximum(weight, 1)[..., None]
    # A compression carries colour over an edge, and brightness hardly: of a colour alone more is let pass.
    amount = np.maximum(np.abs(mean @ LUMA), np.abs(mean).max(-1) / COLOUR_ALONE)
    return mean, np.where(rim & (weight >= LEAST_PX), amount, 0)


def _where(x: int, y: int, shape: tuple[int, ...]) -> str:
    across = "left" if x < shape[1] / 3 else "right" if x > 2 * shape[1] / 3 else ""
    along = "upper" if y < shape[0] / 3 else "lower" if y > 2 * shape[0] / 3 else ""
    if along and across:
        return f"at the {along} {across}"
    if along:
        return f"at the {'top' if along == 'upper' else 'bottom'}"
    return f"at the {across}" if across else "in the middle"
