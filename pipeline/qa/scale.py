"""Scale: is the piece drawn at its true size?"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence

# Drawn width over true width: what passes, and what is only warned about.
TRUE, NEARLY = (0.9, 1.1), (0.8, 1.25)


@dataclass(frozen=True)
class Scale:
    """The piece's drawn width over its true one, by the scene's own scale in px a millimetre, which stage and plate record:
    0.9 to 1.1 passes, 0.8 to 1.25 warns."""

    id: str = "scale"
    title: str = "The piece has its true size"
    version: str = "1"
    mandatory: bool = False
    group: Group = "placement"
    needs: tuple[Need, ...] = ("layers", "piece")

    def run(self, evidence: Evidence) -> CheckResult:
        recorded, laid = evidence.recorded, evidence.laid
        if recorded is None or laid is None or recorded.px_per_mm <= 0 or recorded.width_mm <= 0:
            return CheckResult(self.id, "not applicable", "The layers don't say at what scale the piece was placed.")
        drawn_mm = evidence.piece.width_px * laid.scale / recorded.px_per_mm
        value = drawn_mm / recorded.width_mm
        verdict: Verdict = "fail"
        if TRUE[0] <= value <= TRUE[1]:
            verdict = "pass"
        elif NEARLY[0] <= value <= NEARLY[1]:
            verdict = "warn"
        size = "true size" if verdict == "pass" else f"{value:.2f} of its true size"
        words = f"Drawn {drawn_mm:.1f} mm wide, at {size}: the piece is {recorded.width_mm:.1f} mm wide."
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value,
            threshold=TRUE[1],
            unit="of its true size",
            details={"px_per_mm": recorded.px_per_mm},
            rests_on="exact",
            statistics={"scale": value},
        )
