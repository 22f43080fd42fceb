"""Occlusion: is what lies in front in front? The finger before the back of the band, the band before the finger.

Where the layers say that the body hides the piece, the picture must show the body and not the piece; where nothing hides it,
the piece and not its ground. Each pixel is asked which of the two it is nearer to, wherever the two can be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.imaging.colour import linear_to_srgb
from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence

# Encoded difference from which piece and ground can be told apart, above noise and a compression's error.
TELLING = 0.08
# The wrong one in this share of the overlap: what a few pixels along an edge come to, and what can be seen.
CLEAN, VISIBLE = 0.01, 0.03
LEAST_PX = 40
RESTS_ON = "31 finished pictures, and the same in the wrong order"


@dataclass(frozen=True)
class Occlusion:
    """The share of the overlap of piece and body in which the wrong one of them is seen, against the order that the layers
    record: hidden parts show the body, the others the piece. The worse of the two."""

    id: str = "occlusion"
    title: str = "What lies in front is in front"
    version: str = "1"
    mandatory: bool = True
    group: Group = "placement"
    needs: tuple[Need, ...] = ("layers", "piece")

    def run(self, evidence: Evidence) -> CheckResult:
        recorded, laid, gain = evidence.recorded, evidence.laid, evidence.gain
        if recorded is None or laid is None or gain is None:
            return CheckResult(self.id, "not applicable", "The layers don't say what hides the piece.")
        left, top, right, bottom = laid.window
        inside = np.s_[top:bottom, left:right]
        hidden, solid = recorded.hidden[inside], laid.alpha[inside] >= 0.9
        if int((solid & (hidden >= 0.9)).sum()) < LEAST_PX:
            return CheckResult(self.id, "not applicable", "Nothing lies before the piece in this picture.")
        piece = linear_to_srgb(np.clip(laid.colour[inside] * gain[inside], 0, 1))
        ground = linear_to_srgb(np.clip(recorded.ground[inside], 0, 1))
        # Averaged a little, so that noise decides nothing.
        seen = cv2.blur(linear_to_srgb(np.clip(evidence.picture[inside], 0, 1)), (3, 3))
        piece, ground = cv2.blur(piece, (3, 3)), cv2.blur(ground, (3, 3))
        telling = solid & (np.abs(piece - ground).max(-1) > TELLING)
        to_piece, to_ground = np.abs(seen - piece).max(-1), np.abs(seen - ground).max(-1)
        core = cv2.erode(np.stack([hidden >= 0.95, hidden <= 0.05], -1).astype(np.uint8), np.ones((3, 3), np.uint8))
        behind, before = (telling & core[..., k].astype(bool) for k in (0, 1))
        on_top = behind & (to_piece < to_ground)
        covered = before & (to_ground < to_piece)
        shares = [
            float(w.sum() / o.sum()) if o.sum() >= LEAST_PX else 0.0 for w, o in ((on_top, behind), (covered, before))
        ]
        if behind.sum() < LEAST_PX and before.sum() < LEAST_PX:
            return CheckResult(
                self.id, "not verifiable", "Piece and body look too much alike here to say which is in front."
            )
        value = max(shares)
        verdict: Verdict = "pass" if value <= CLEAN else "warn" if value <= VISIBLE else "fail"
        share = float((laid.alpha[inside] * hidden).sum() / max(float(laid.alpha[inside].sum()), 1e-6))
        if verdict == "pass":
            words = f"The body hides {share:.0%} of the piece, and just that part is out of sight."
        elif shares[0] >= shares[1]:
            words = f"{shares[0]:.0%} of what should be behind the body is seen before it."
        else:
            words = f"{shares[1]:.0%} of what should be before the body is hidden."
        shown = None if verdict == "pass" else overlay.marked_within(evidence, inside, on_top | covered)
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value,
            threshold=CLEAN,
            unit="of the overlap",
            overlay=shown,
            details={"hidden_share": share},
            rests_on=RESTS_ON,
            statistics={"occlusion.before": shares[0], "occlusion.behind": shares[1]},
        )
