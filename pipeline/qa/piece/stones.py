"""Stones: is each stone of the fingerprint at its place, and is none there that wasn't?

Two looks. Each stone has a slot, known from the photo, in which the picture must show what the reference shows. And the
network that reads fingerprints looks at picture and reference alike, at one size: what it sees in the picture and not in the
reference is an added stone; what it no longer sees tells a lost stone from a changed one. Since it looks at both, what it
can't tell it can't tell in either, and no stone is added by its mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.fingerprint.model import Stone
from pipeline.fingerprint.net import read_maps
from pipeline.fingerprint.stones import find_stones
from pipeline.qa import overlay
from pipeline.qa.check import Box, CheckResult, Group, Need, Row, Verdict
from pipeline.qa.evidence import Crop, Evidence
from pipeline.qa.features import Slot, listed, slots, where_in_words
from pipeline.qa.siblings import leaning, likeness, resized, without
from pipeline.qa.slot_reading import SlotReading, read_slot
from pipeline.qa.thresholds import line

# A stone's centre may have drifted by this many of its diameters.
DRIFT = 0.15
# Less of a slot than this is seen where the body hides a stone.
SEEN = 0.5
# The network looks at what differs and this far round it, px, at a size of this many pixels in all at most.
AROUND_PX = 48
LOOK_PIXELS = 300_000
# Stoniness (0..1) from which on a slot is still stone, below which it is none, and the rise that makes an added one.
STONE, NO_STONE, RISE = 0.5, 0.3, 0.4
# The colour difference that an added stone makes at least.
ADDED_DIFFERENCE = 0.05
# The difference of a place that is looked at a second time.
DIFFERS = 0.1
# Fine contrast left in a slot, in parts of the reference's, below which a stone has gone or been melted.
MELTED = 0.55
# A stone that agrees better than this has its size; other sizes are tried below it, and believed from such a leaning and likeness on.
ALIKE = 0.93
OTHER_SIZES = (0.7, 0.8, 0.9, 1.12)
LEANS = 0.5
LIKE = 0.5
# Where so much of what looks like stone could be parted into none, the stones found aren't all of them.
UNPARTED = 0.25


@dataclass(frozen=True)
class Look:
    """How stony picture and reference look, 0..1 each (h, w), over a part of the crop drawn at `scale`, whose first pixel is
    (`left`, `top`) in the picture; and the stones seen in the picture, as Slots."""

    picture: np.ndarray
    reference: np.ndarray
    scale: float
    left: int
    top: int
    seen: tuple[Slot, ...]

    def stoniness(self, slot: Slot) -> tuple[float, float]:
        """Of a slot: in the picture, in the reference; 0 where it lies elsewhere."""
        x = (slot.centre[0] - self.left + 0.5) * self.scale - 0.5
        y = (slot.centre[1] - self.top + 0.5) * self.scale - 0.5
        drawn = np.zeros(self.picture.shape, np.uint8)
        axes = (max(slot.axes[0] * self.scale * 0.9, 1.0), max(slot.axes[1] * self.scale * 0.9, 1.0))
        cv2.ellipse(drawn, ((x, y), axes, slot.angle_deg), (1,), -1)
        inside = drawn > 0
        if not inside.any():
            return 0.0, 0.0
        return float(self.picture[inside].mean()), float(self.reference[inside].mean())


def look(crop: Crop, odd: list[Box]) -> Look | None:
    """The network's look at both, at the places where they differ and at those in `odd`; None where there are none."""
    away = cv2.GaussianBlur(cv2.absdiff(crop.picture, crop.foretold).mean(-1), (0, 0), 1.5)
    differs = (away > DIFFERS) & (crop.coverage > 0.5)
    for left, top, right, bottom in odd:
        differs[max(top - crop.top, 0) : bottom - crop.top, max(left - crop.left, 0) : right - crop.left] = True
    if not differs.any():
        return None
    rows, columns = np.flatnonzero(differs.any(1)), np.flatnonzero(differs.any(0))
    top, left = max(int(rows[0]) - AROUND_PX, 0), max(int(columns[0]) - AROUND_PX, 0)
    part = np.s_[top : int(rows[-1]) + AROUND_PX, left : int(columns[-1]) + AROUND_PX]
    scale = min(1.0, float(np.sqrt(LOOK_PIXELS / crop.coverage[part].size)))

    def sized(layer: np.ndarray) -> np.ndarray:
        if scale == 1:
            return layer
        size = (max(round(layer.shape[1] * scale), 1), max(round(layer.shape[0] * scale), 1))
        return cv2.resize(layer, size, interpolation=cv2.INTER_AREA)

    # The surroundings are the picture's in both, so that they can't make a difference.
    alpha = sized(crop.coverage[part])
    maps = read_maps(sized(crop.picture[part]), alpha)
    reference = read_maps(sized(crop.foretold[part]), alpha).stone
    left, top = left + crop.left, top + crop.top
    seen = tuple(
        Slot(
            ((f.x + 0.5) / scale - 0.5 + left, (f.y + 0.5) / scale - 0.5 + top),
            (f.long / scale, f.short / scale),
            f.angle,
            np.eye(2),
            1.0,
        )
        for f in find_stones(maps)
    )
    return Look(maps.stone, reference, scale, left, top, seen)


@dataclass(frozen=True)
class Stones:
    """One slot a stone of the fingerprint (of the confirmed facts, where there are any): correlation, colours, facet contrast and
    size in the slot, drift of its centre up to 0.15 of its diameter; and an independent look for stones that were added.
    The value is the least agreement of a stone that is seen."""

    id: str = "stones"
    title: str = "Every stone is there, and no other"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration", "stones")

    def run(self, evidence: Evidence) -> CheckResult:
        assert evidence.fingerprint is not None
        crop, stones = evidence.crop, evidence.fingerprint.stones
        placed = slots(evidence, [stone.outline for stone in stones])
        least = line("stones.agreement", evidence.setting)
        readings = [None if slot is None else read_slot(crop, slot, least.value) for slot in placed]
        odd = [
            slot.box(evidence, 1.25)
            for slot, reading in zip(placed, readings, strict=True)
            if slot is not None and reading is not None and reading.agreement < least.value
        ]
        seen = look(crop, odd)
        stony = 1.0
        rows: list[Row] = []
        statistics: dict[str, float] = {"stones.agreement": 1.0}
        for stone, slot, reading in zip(stones, placed, readings, strict=True):
            row = _row(evidence, stone, slot, reading, seen, least.value)
            rows.append(row)
            # In parts of what the reference's look like: what the network can't tell there it can't miss here.
            if slot is not None and "stoniness" in row.details and row.details["was_stony"] >= STONE:
                stony = min(stony, row.details["stoniness"] / row.details["was_stony"])
            if row.verdict != "hidden" and row.score is not None:
                statistics["stones.agreement"] = min(statistics["stones.agreement"], row.score)
        added = _added(evidence, seen, [slot for slot in placed if slot is not None])
        rows += added
        statistics |= {"stones.added": float(len(added)), "stones.stony": stony}
        verdict, reason = _verdict(rows, evidence.fingerprint.unparted)
        value = statistics["stones.agreement"]
        shown = None if verdict == "pass" else overlay.boxed(evidence, [(r.box, r.verdict) for r in rows])
        return CheckResult(
            self.id,
            verdict,
            reason,
            value=value,
            threshold=least.value,
            unit="agreement",
            overlay=shown,
            details={"expected": len(stones), **{v: sum(r.verdict == v for r in rows) for v in ("kept", "changed", "lost", "added", "hidden")}},
            score=least.score(value) if not added else 0.0,
            p_value=least.p_value(value),
            rests_on=least.rests_on,
            rows=tuple(rows),
            statistics=statistics,
        )  # fmt: skip


def _row(
    evidence: Evidence, stone: Stone, slot: Slot | None, reading: SlotReading | None, seen: Look | None, least: float
) -> Row:
    """A stone's row of the ledger."""
    if slot is None:
        return Row("stones", stone.id, "hidden", (0, 0, 0, 0), "outside of the picture")
    box = slot.box(evidence, 1.15)
    where = where_in_words(slot.centre, evidence.window)
    share = _share_seen(evidence, slot)
    if share < SEEN:
        return Row(
            "stones", stone.id, "hidden", box, f"the stone {where} is hidden by the body", details={"seen": share}
        )
    if reading is None:
        small = f"the stone {where} is only {min(slot.axes):.1f} px across: too small to judge"
        return Row("stones", stone.id, "not verifiable", box, small)
    stony, was_stony = seen.stoniness(slot) if seen else (1.0, 1.0)
    details = {
        "correlation": round(reading.agreement, 4),
        "drift": round(reading.drift, 4),
        "difference": round(reading.difference, 4),
        "contrast": round(reading.contrast, 4),
        "stoniness": round(stony, 3),
        "was_stony": round(was_stony, 3),
        "size_px": round(slot.size, 2),
        "group": stone.group,
        "colour": stone.colour,
    }
    score = reading.agreement
    other = None if reading.agreement >= ALIKE else _other_size(evidence, slot)
    if other is not None and (reading.agreement >= least or reading.drift <= DRIFT):
        words = f"the stone {where} is about {abs(1 - other):.0%} {'smaller' if other < 1 else 'larger'}"
        return Row("stones", stone.id, "changed", box, words, score, {**details, "size": other})
    if reading.agreement >= least:
        return Row("stones", stone.id, "kept", box, f"the stone {where} is kept", score, details)
    if reading.best >= least and reading.drift > DRIFT:
        words = f"the stone {where} has moved by {reading.drift:.0%} of its size"
        return Row("stones", stone.id, "changed", box, words, score, details)
    if reading.size != 1 and reading.sized >= least:
        words = f"the stone {where} is {abs(1 - reading.size):.0%} {'smaller' if reading.size < 1 else 'larger'}"
        return Row("stones", stone.id, "changed", box, words, score, {**details, "size": reading.size})
    melted = reading.contrast < MELTED and not reading.smooth
    bare = without(evidence.crop, slot)
    leans = leaning(evidence.crop, *bare) if bare else None
    gone = stony < NO_STONE if was_stony >= STONE else melted
    if gone or (melted and stony < STONE) or (leans is not None and leans > 0.5):
        return Row("stones", stone.id, "lost", box, f"the stone {where} is missing", score, details)
    words = f"the stone {where} {'has lost its facets' if melted else 'looks like another stone'}"
    return Row("stones", stone.id, "changed", box, words, score, details)


def _other_size(evidence: Evidence, slot: Slot) -> float | None:
    """The size, in parts of its own, that the picture's stone has; None where it has its own, or where no stone is left."""
    crop = evidence.crop
    bare = without(crop, slot)
    gone = likeness(crop, *bare) if bare else 0.0
    best: tuple[float, float] | None = None
    for size in OTHER_SIZES:
        made = resized(crop, slot, size)
        leans = leaning(crop, *made) if made else None
        if made is None or leans is None or leans < LEANS:
            continue
        alike = likeness(crop, *made)
        if alike > max(gone, LIKE) and (best is None or alike > best[0]):
            best = (alike, size)
    return best[1] if best else None


def _share_seen(evidence: Evidence, slot: Slot) -> float:
    """The share of the slot's own matte that the body leaves visible."""
    assert evidence.laid is not None
    assert evidence.coverage is not None
    left, top, right, bottom = slot.box(evidence)
    inside = np.s_[top:bottom, left:right]
    mask = slot.mask((bottom - top, right - left), left, top)
    own = float(evidence.laid.alpha[inside][mask].sum())
    return float(evidence.coverage[inside][mask].sum()) / own if own > 0.5 else 0.0


def _added(evidence: Evidence, seen: Look | None, known: list[Slot]) -> list[Row]:
    """Rows for stones that the picture shows at places where the reference shows none."""
    crop = evidence.crop
    away = np.abs(crop.picture - crop.foretold).mean(-1)
    rows: list[Row] = []
    for slot in seen.seen if seen else ():
        x, y = slot.centre
        if any(np.hypot(x - s.centre[0], y - s.centre[1]) < 0.6 * max(s.axes) for s in known):
            continue
        now, before = seen.stoniness(slot) if seen else (0.0, 0.0)
        mask = slot.mask((crop.coverage.shape[0], crop.coverage.shape[1]), crop.left, crop.top)
        if now - before < RISE or not mask.any() or float(away[mask].mean()) < ADDED_DIFFERENCE:
            continue
        where = where_in_words(slot.centre, evidence.window)
        words = f"a stone {where} isn't in the photo"
        box: Box = slot.box(evidence, 1.15)
        rows.append(
            Row("stones", f"added-{len(rows) + 1:03d}", "added", box, words, None, {"stoniness": round(now, 3)})
        )
    return rows


def _verdict(rows: list[Row], unparted: float) -> tuple[Verdict, str]:
    """The verdict over all rows and its sentence: "6 of 7 stones found: the stone at the lower left is missing"."""
    of = {verdict: [r for r in rows if r.verdict == verdict] for verdict in ("kept", "changed", "lost", "added", "hidden", "not verifiable")}  # fmt: skip
    expected = len(rows) - len(of["added"])
    there = len(of["kept"]) + len(of["changed"])
    wrong = [*of["lost"], *of["changed"], *of["added"]]
    hidden = f" {len(of['hidden'])} more {'is' if len(of['hidden']) == 1 else 'are'} hidden." if of["hidden"] else ""
    judged = expected - len(of["hidden"])
    if wrong:
        return "fail", f"{there} of {judged} stones found: {listed([r.words for r in wrong])}.{hidden}"
    if of["not verifiable"]:
        unsure = len(of["not verifiable"])
        return "not verifiable", f"{there} of {judged} stones found; {unsure} {'is' if unsure == 1 else 'are'} too small in this picture to be judged.{hidden}"  # fmt: skip
    if not judged:
        return "not verifiable", "Every stone of the piece is hidden here, so none could be looked at."
    told = "The stone is" if judged == 1 else f"All {judged} stones are"
    if unparted > UNPARTED:
        return "warn", f"{told} kept, but the photo shows more stones than could be told apart. Confirm them on the piece's page, and they are checked one by one.{hidden}"  # fmt: skip
    return "pass", f"{told} at {'its place' if judged == 1 else 'their places'}, and none was added.{hidden}"
