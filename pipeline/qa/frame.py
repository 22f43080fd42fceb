"""Frame: is the whole piece inside the picture?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.qa.check import CheckResult, Group, Need
from pipeline.qa.evidence import Evidence


@dataclass(frozen=True)
class Frame:
    """The share of the piece's area that the picture's edges cut off; what the body hides, or a pair's other half, is no matter here."""

    id: str = "frame"
    title: str = "Nothing of the piece is cut by the frame"
    version: str = "1"
    mandatory: bool = True
    group: Group = "placement"
    needs: tuple[Need, ...] = ("registration",)

    def run(self, evidence: Evidence) -> CheckResult:
        if evidence.mapping is None or evidence.laid is None or evidence.coverage is None:
            return CheckResult(
                self.id, "not verifiable", "The piece wasn't found in the picture.", threshold=0.0, unit="share"
            )
        rows, columns = np.nonzero(evidence.piece.alpha > 0.5)
        xy = evidence.mapping.picture_xy(np.column_stack([columns, rows]).astype(np.float64))
        height, width = evidence.picture.shape[:2]
        # A drape is known only inside the picture: then the frame's own pixels tell whether piece reaches over it.
        if evidence.mapping.drape is None:
            outside = (xy < -0.5).any(1) | (xy[:, 0] > width - 0.5) | (xy[:, 1] > height - 0.5)
            share = float(outside.mean()) if len(outside) else 0.0
        else:
            alpha = evidence.laid.alpha
            edge = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
            share = float((edge > 0.5).sum() / max(float((alpha > 0.5).sum()), 1.0))
        area = float(evidence.laid.alpha.sum())
        hidden = 1 - float(evidence.coverage.sum()) / area if area else 0.0
        behind = (
            f" {hidden:.0%} of what was photographed isn't seen: it lies behind the body or was left out."
            if hidden > 0.005
            else ""
        )
        return CheckResult(
            self.id,
            "pass" if share == 0 else "fail",
            ("The whole piece is in the frame." if share == 0 else f"The frame cuts off {share:.1%} of the piece.")
            + behind,
            value=share,
            threshold=0.0,
            unit="share",
            details={"unseen": hidden},
        )
