"""Registration: can the reference be laid on the picture closely enough for anything else to be judged?"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.qa.check import CheckResult, Group, Need
from pipeline.qa.evidence import Evidence
from pipeline.qa.thresholds import REGISTRATION_PX


@dataclass(frozen=True)
class Registration:
    """The residual shift between the laid reference and the picture, in picture pixels; above 0.7 nothing is judged."""

    id: str = "registration"
    title: str = "The reference lies on the picture"
    version: str = "1"
    mandatory: bool = True
    group: Group = "registration"
    needs: tuple[Need, ...] = ()

    def run(self, evidence: Evidence) -> CheckResult:
        if evidence.mirrored:
            return CheckResult(
                self.id,
                "fail",
                "The piece was found only as its mirror image: a mirrored piece is another piece.",
                threshold=REGISTRATION_PX,
                unit="px",
            )
        if evidence.mapping is None:
            why = evidence.not_found or "The piece wasn't found in the picture."
            return CheckResult(self.id, "not verifiable", why, threshold=REGISTRATION_PX, unit="px")
        if evidence.residual_px is None:
            reason = "The piece has too little texture here to measure how closely the reference lies on it."
            known = evidence.layers_known
            return CheckResult(
                self.id,
                "pass" if known else "not verifiable",
                "The transform is the recorded one." if known else reason,
                threshold=REGISTRATION_PX,
                unit="px",
            )
        how = {"known": "the recorded transform", "measured": "features and ECC", "relit": "its outline"}[
            evidence.setting
        ]
        moved = " The light on it was moved: highlights and facets lie elsewhere." if evidence.relit else ""
        close = evidence.residual_px <= REGISTRATION_PX
        return CheckResult(
            self.id,
            "pass" if close else "not verifiable",
            f"By {how} the reference lies within {evidence.residual_px:.2f} px of the picture's piece.{moved}"
            if close
            else f"By {how} they still lie {evidence.residual_px:.2f} px apart: too far to judge small features.",
            value=evidence.residual_px,
            threshold=REGISTRATION_PX,
            unit="px",
            details={"setting": evidence.setting},
        )
