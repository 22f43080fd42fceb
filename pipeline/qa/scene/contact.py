"""Contact: does the piece touch what carries it, with no gap and without sinking in?

What lies or is worn takes the light from what is right under it, and less with every tenth of a millimetre beside it. So its
shadow, laid over its outline, fits best where the piece is: the shift at which it would fit best is the gap. What stands (a
ring on a plinth, seen from before) darkens the ground at its lowest point; there the shadow must reach it. What hangs free
in the air shows no contact and isn't judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence, Recorded

# Pixels a millimetre at which shadow and outline are laid on each other, and how far a gap is looked for.
FINE_PX, FARTHEST_MM = 3.0, 5.0
# The share of light that a piece takes right under it where it lies on something.
LYING = 0.6
# Less than this is taken nowhere: there is no shadow at all.
SOME = 0.02
# The share of the piece that a body hides where it is worn.
WORN = 0.02
# Gap in mm. Clean pictures reach 0.9, for shadows fall a little to one side of what has height, and once 1.9 (a lying bracelet of
# high links); 3 mm read 2.1 and more.
CLOSE_MM, APART_MM = 1.5, 2.0
# A gap is one only where the shadow fits clearly better at it: the fit in place, in parts of the best one.
CLEARLY = 0.94
# The darkness at a standing piece's foot. Clean pictures reach 0.69 and more; lifted by 3 mm at most 0.5.
DARK, LIGHT = 0.6, 0.4
FOOT_MM, UNDER_MM = 1.5, 1.0
# How well shadow and outline of what lies correlate at best: 0.84 and more; of what stands at most 0.62.
ALIKE = 0.75
# Right and down in mm, the fit in place in parts of the best one, and that best one.
Fitting = tuple[float, float, float, float]
RESTS_ON = "30 finished pictures, and the same with the piece shifted by 3 mm"


@dataclass(frozen=True)
class Contact:
    """Lying or worn: how far the piece would have to be moved, in millimetres, for its shadow to fit it clearly better. Standing: whether
    the shadow reaches its lowest point. What hangs free is not judged. Its lines rest on few pictures yet, so it doesn't decide the
    report's verdict."""

    id: str = "contact"
    title: str = "The piece touches what carries it"
    version: str = "1"
    mandatory: bool = False
    group: Group = "placement"
    needs: tuple[Need, ...] = ("layers", "piece")

    def run(self, evidence: Evidence) -> CheckResult:
        recorded, coverage = evidence.recorded, evidence.coverage
        if recorded is None or coverage is None or recorded.px_per_mm <= 0:
            return CheckResult(
                self.id, "not applicable", "The layers hold no shadow, so it can't be said what the piece touches."
            )
        taken = 1 - recorded.shadow.mean(-1)
        if float(taken.max()) < SOME:
            return CheckResult(
                self.id, "not applicable", "The scene holds no shadow that could show what the piece touches."
            )
        solid = coverage > 0.9
        if not solid.any():
            return CheckResult(
                self.id, "not verifiable", "The piece is too fine here for its shadow to be told from it."
            )
        hidden = 0.0 if evidence.laid is None else float((recorded.hidden * evidence.laid.alpha).sum())
        worn = hidden > WORN * float(coverage.sum())
        fitting = _best_shift(taken, coverage, recorded.px_per_mm)
        # Beside its shadow it is still that shadow's piece, where the two are alike; what stands has its shadow beside it by right.
        alike = fitting is not None and (worn or fitting[3] >= ALIKE)
        under = _moved(solid, fitting, recorded.px_per_mm) if fitting is not None and alike else solid
        if under.any() and float(np.median(taken[under])) >= LYING:
            return self._lying(evidence, taken, fitting)
        if worn or recorded.on_a_body:
            return CheckResult(self.id, "not applicable", "The piece hangs free, so no shadow shows what it touches.")
        return self._standing(evidence, recorded, taken, coverage)

    def _lying(self, evidence: Evidence, taken: np.ndarray, found: Fitting | None) -> CheckResult:
        if found is None:
            return CheckResult(
                self.id, "not verifiable", "The piece is too small here for its shadow to be told from it."
            )
        right_mm, down_mm, kept, _ = found
        gap = float(np.hypot(right_mm, down_mm)) if kept < CLEARLY else 0.0
        verdict: Verdict = "pass" if gap <= CLOSE_MM else "warn" if gap <= APART_MM else "fail"
        words = "The piece lies in its own shadow, on what carries it."
        if verdict != "pass":
            way = " and ".join(w for w in (_way(down_mm, "above", "below"), _way(right_mm, "left of", "right of")) if w)
            words = f"The piece lies {gap:.1f} mm {way} its shadow: it seems to float."
        return CheckResult(
            self.id,
            verdict,
            words,
            value=gap,
            threshold=CLOSE_MM,
            unit="mm",
            overlay=None if verdict == "pass" else overlay.heat(evidence, 0.25 * taken),
            details={"right_mm": right_mm, "down_mm": down_mm, "fit_in_place": kept},
            rests_on=RESTS_ON,
            statistics={"contact.gap": gap, "contact.fit": kept},
        )

    def _standing(self, evidence: Evidence, recorded: Recorded, taken: np.ndarray, coverage: np.ndarray) -> CheckResult:
        dark, box = _foot(taken, coverage, recorded.px_per_mm)
        if dark is None:
            return CheckResult(self.id, "not verifiable", "The piece's foot lies outside of the picture.")
        verdict: Verdict = "pass" if dark >= DARK else "warn" if dark >= LIGHT else "fail"
        words = "The piece stands in its own shadow, on what carries it."
        if verdict != "pass":
            words = "Light runs between the piece's lowest point and its shadow: it seems to float, or to sink in."
        return CheckResult(
            self.id,
            verdict,
            words,
            value=dark,
            threshold=DARK,
            unit="of the light taken",
            overlay=None if verdict == "pass" else overlay.heat(evidence, 0.25 * taken, box),
            rests_on=RESTS_ON,
            statistics={"contact.foot": dark},
        )


def _best_shift(taken: np.ndarray, coverage: np.ndarray, px_per_mm: float) -> Fitting | None:
    """How far the outline would have to go right and down, in mm, to fit the shadow best, and the fit in place over the best
    fit. Correlation, so that a shadow's strength doesn't matter."""
    step = FINE_PX / px_per_mm
    dark, outline = (
        cv2.resize(a.astype(np.float32), None, fx=step, fy=step, interpolation=cv2.INTER_AREA)
        for a in (taken, coverage)
    )
    ys, xs = np.nonzero(outline > 0.3)
    if len(ys) < 12:
        return None
    reach, rim = round(FARTHEST_MM * FINE_PX), 3
    shape = np.pad(outline[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1], rim)
    around = np.pad(dark, reach + rim, mode="edge")
    there = around[ys.min() : ys.min() + shape.shape[0] + 2 * reach, xs.min() : xs.min() + shape.shape[1] + 2 * reach]
    fit = cv2.matchTemplate(there, shape, cv2.TM_CCOEFF_NORMED)
    y, x = np.unravel_index(int(fit.argmax()), fit.shape)
    best = float(fit[y, x])
    kept = float(fit[reach, reach]) / best if best > 1e-3 else 1.0
    return (float(x) - reach) / FINE_PX, (float(y) - reach) / FINE_PX, kept, best


def _moved(solid: np.ndarray, fitting: Fitting, px_per_mm: float) -> np.ndarray:
    """(H, W) bool `solid`, where it would fit its shadow best."""
    right, down = fitting[0] * px_per_mm, fitting[1] * px_per_mm
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    size = (solid.shape[1], solid.shape[0])
    result: np.ndarray = cv2.warpAffine(solid.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST).astype(bool)
    return result


def _foot(
    taken: np.ndarray, coverage: np.ndarray, px_per_mm: float
) -> tuple[float | None, tuple[int, int, int, int] | None]:
    """The darkness right under the piece's lowest point, and where it was read; None where that is out of the picture."""
    ys, xs = np.nonzero(coverage > 0.5)
    bottom = int(ys.max())
    middle = round(float(np.median(xs[ys >= bottom - max(1.0, 0.3 * px_per_mm)])))
    half, deep = round(max(FOOT_MM * px_per_mm, 3)), round(max(UNDER_MM * px_per_mm, 2))
    box = (max(middle - half, 0), bottom + 1, middle + half + 1, bottom + 1 + deep)
    under = taken[box[1] : box[3], box[0] : box[2]]
    return (float(np.percentile(under, 95)), box) if under.shape[0] >= deep else (None, None)


def _way(off_mm: float, before: str, after: str) -> str:
    """Where the piece is, seen from its shadow."""
    if abs(off_mm) < 0.7:
        return ""
    return before if off_mm > 0 else after
