"""Size: has the picture pixels enough, and is the piece drawn large enough to be judged?"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.qa.check import CheckResult, Group, Need
from pipeline.qa.evidence import Evidence
from pipeline.qa.thresholds import LONG_SIDE_PX, SCALE_RANGE, SCALE_UNVERIFIABLE


@dataclass(frozen=True)
class Resolution:
    """The picture's long side in pixels, against what most channels ask."""

    id: str = "resolution"
    title: str = "The picture is large enough"
    version: str = "1"
    mandatory: bool = True
    group: Group = "picture"
    needs: tuple[Need, ...] = ()

    def run(self, evidence: Evidence) -> CheckResult:
        height, width = evidence.picture.shape[:2]
        enough = max(height, width) >= LONG_SIDE_PX
        return CheckResult(
            self.id,
            "pass" if enough else "warn",
            f"{width} x {height} px."
            + ("" if enough else f" Most channels ask for {LONG_SIDE_PX} px on the long side."),
            value=float(max(height, width)),
            threshold=float(LONG_SIDE_PX),
            unit="px",
        )


@dataclass(frozen=True)
class Resolvability:
    """The piece's scale in picture pixels per photo pixel: small is unjudgeable, above 1 is drawn larger than seen."""

    id: str = "resolvability"
    title: str = "The piece is large enough to judge"
    version: str = "1"
    mandatory: bool = True
    group: Group = "placement"
    needs: tuple[Need, ...] = ()

    def run(self, evidence: Evidence) -> CheckResult:
        low, high = SCALE_RANGE
        if evidence.laid is None or evidence.coverage is None:
            return CheckResult(
                self.id, "not verifiable", "The piece wasn't found in the picture.", threshold=low, unit="x"
            )
        scale = evidence.laid.scale
        left, top, right, bottom = evidence.laid.window
        details = {"piece_window": [left, top, right, bottom], "visible_px": int((evidence.coverage > 0.5).sum())}
        drawn = f"The piece is drawn at {scale:.2f} of the photo's own pixels"
        if scale < SCALE_UNVERIFIABLE:
            verdict, reason = (
                "not verifiable",
                f"{drawn}: its small features can't be judged. Ask for a closer picture.",
            )
        elif scale < low:
            verdict, reason = "warn", f"{drawn}: its smallest features may be too small to judge."
        elif scale > high * 1.02:
            verdict, reason = "warn", f"{drawn}: larger than it was photographed. A larger photo would be sharper."
        else:
            verdict, reason = "pass", f"{drawn}."
        return CheckResult(self.id, verdict, reason, value=scale, threshold=low, unit="x", details=details)  # type: ignore[arg-type]
