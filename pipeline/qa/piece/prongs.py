"""Prongs: is each prong's tip at its place?

The tips that the fingerprint tells are slots like the stones', with some of what lies round them, since a tip of a few
pixels has little look of its own. A tip whose place looks more like the piece without it than like the photo is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.fingerprint.model import Ellipse, Prong
from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Row, Verdict
from pipeline.qa.evidence import Evidence
from pipeline.qa.features import Slot, listed, slots, where_in_words
from pipeline.qa.siblings import leaning, without
from pipeline.qa.slot_reading import LEAST_PX, read_slot
from pipeline.qa.thresholds import line

# A tip is looked at with this much round it, in its own sizes.
AROUND = 1.6
# A tip that the reader wasn't surer of than this is no prong that a picture can be held to.
SURE = 0.4
# Fewer tips than this hold no stone: what was read may be no prong.
FEWEST = 3
SEEN = 0.5
GONE = 0.5


@dataclass(frozen=True)
class Prongs:
    """One slot a prong's tip of the fingerprint, with what lies round it: its correlation with the reference, and whether the
    picture leans to the piece without it. The value is the least agreement of a tip that is seen."""

    id: str = "prongs"
    title: str = "Every prong is there"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration", "prongs")

    def run(self, evidence: Evidence) -> CheckResult:
        assert evidence.fingerprint is not None
        limit = line("prongs.agreement", evidence.setting)
        prongs = [p for p in evidence.fingerprint.prongs if p.confidence >= SURE]
        if not prongs:
            reason = "No prong's tip could be read surely enough from the photo to hold a picture to it."
            return CheckResult(self.id, "not applicable", reason, threshold=limit.value, unit="agreement")
        placed = slots(evidence, [outline_of(p) for p in prongs])
        rows = [_row(evidence, p, s, limit.value) for p, s in zip(prongs, placed, strict=True)]
        judged = [r for r in rows if r.score is not None]
        wrong = [r for r in rows if r.verdict in ("lost", "changed")]
        small = [r for r in rows if r.verdict == "not verifiable"]
        leanings = [float(r.details["leaning"]) for r in judged if r.details.get("leaning") is not None]
        value = min((float(r.score) for r in judged if r.score is not None), default=1.0)
        there = len(judged) - sum(r.verdict == "lost" for r in rows)
        verdict: Verdict
        if wrong:
            verdict, words = "fail", f"{there} of {len(judged)} prongs found: {listed([r.words for r in wrong])}."
        elif not judged and len(rows) < FEWEST:
            verdict, words = "not applicable", "Too few tips of prongs were read from the photo for a setting."
        elif not judged:
            verdict, words = (
                "not verifiable",
                f"None of {len(rows)} prongs is large enough here, or in sight, to be judged.",
            )
        elif small:
            verdict, words = (
                "warn",
                f"{there} prongs are at their places; {len(small)} more are too small here to be judged.",
            )
        else:
            verdict, words = "pass", f"All {len(judged)} prongs that are seen are at their places."
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value if judged else None,
            threshold=limit.value,
            unit="agreement",
            overlay=overlay.boxed(evidence, [(r.box, r.verdict) for r in rows]) if wrong else None,
            details={"expected": len(rows), "judged": len(judged)},
            score=limit.score(value) if judged else None,
            p_value=limit.p_value(value) if judged else None,
            rests_on=limit.rests_on,
            rows=tuple(rows),
            statistics={"prongs.agreement": value, "prongs.leaning": max(leanings, default=0.0)} if judged else {},
        )


def outline_of(prong: Prong) -> Ellipse:
    """A prong's tip as an outline in the photo."""
    return Ellipse(centre_px=prong.centre_px, axes_px=(prong.size_px, prong.size_px), angle_deg=0)


def _row(evidence: Evidence, prong: Prong, slot: Slot | None, least: float) -> Row:
    crop = evidence.crop
    if slot is None:
        return Row("prongs", prong.id, "hidden", (0, 0, 0, 0), "outside of the picture")
    box, where = slot.box(evidence, AROUND), where_in_words(slot.centre, evidence.window)
    x, y = round(slot.centre[0]) - crop.left, round(slot.centre[1]) - crop.top
    height, width = crop.coverage.shape
    if not (0 <= x < width and 0 <= y < height) or crop.coverage[y, x] < SEEN:
        return Row("prongs", prong.id, "hidden", box, f"the prong {where} is hidden by the body")
    if min(slot.axes) < LEAST_PX:
        small = f"the prong {where} is only {min(slot.axes):.1f} px across: too small to judge"
        return Row("prongs", prong.id, "not verifiable", box, small)
    wide = Slot(slot.centre, (slot.axes[0] * AROUND, slot.axes[1] * AROUND), slot.angle_deg, slot.turn, slot.scale)
    reading = read_slot(crop, wide, 0.0)
    assert reading is not None
    bare = without(crop, slot)
    leans = leaning(crop, *bare) if bare else None
    details = {"correlation": round(reading.agreement, 4), "tip": prong.tip, "stones": list(prong.stones), "leaning": None if leans is None else round(leans, 3)}  # fmt: skip
    if reading.agreement >= least and (leans is None or leans < GONE):
        return Row("prongs", prong.id, "kept", box, f"the prong {where} is kept", reading.agreement, details)
    if leans is not None and leans >= GONE:
        return Row("prongs", prong.id, "lost", box, f"the prong {where} is missing", reading.agreement, details)
    return Row("prongs", prong.id, "changed", box, f"the prong {where} looks different", reading.agreement, details)
