"""Clipping: did the piece lose highlights that its photo still has?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.imaging.colour import linear_to_srgb
from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence
from pipeline.qa.thresholds import NEWLY_BLOWN_FAIL, NEWLY_BLOWN_PASS

BLOWN_SRGB = 254.5 / 255
# Rounding, JPEG and noise carry a value this near to white over it; what lies below still had detail to lose.
RESOLVED_SRGB = 0.95


@dataclass(frozen=True)
class Clipping:
    """The share of the piece's interior that is blown in the picture and wasn't in the photo."""

    id: str = "clipping"
    title: str = "No highlight of the piece is lost"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration",)

    def run(self, evidence: Evidence) -> CheckResult:
        if evidence.laid is None or not evidence.interior.any():
            return CheckResult(
                self.id,
                "not verifiable",
                "The piece wasn't found in the picture.",
                threshold=NEWLY_BLOWN_PASS,
                unit="share",
            )
        mask = evidence.interior
        before = linear_to_srgb(evidence.laid.reference).max(-1)
        blown = linear_to_srgb(evidence.picture).max(-1) >= BLOWN_SRGB
        newly = blown & (before < RESOLVED_SRGB) & mask
        share = float(newly.sum() / mask.sum())
        verdict: Verdict = "pass" if share <= NEWLY_BLOWN_PASS else "warn" if share <= NEWLY_BLOWN_FAIL else "fail"
        already = float(np.mean(before[mask] >= RESOLVED_SRGB))
        return CheckResult(
            self.id,
            verdict,
            f"{share:.2%} of the piece is blown in the picture and wasn't in the photo; {already:.1%} already was in the photo.",
            value=share,
            threshold=NEWLY_BLOWN_PASS,
            unit="share",
            overlay=None if verdict == "pass" else overlay.marked(evidence, newly),
            details={"blown_in_photo": already, "blown_in_picture": float(np.mean(blown[mask]))},
        )
