"""Near miss: is the picture closer to this piece than to each of its siblings?

The gallery holds the reference with one stone fewer, once for each stone, with one prong fewer, once for each, with the
chain a link longer and shorter, in another metal, and mirrored. The picture must lean to none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree

from pipeline.fingerprint.links import chain_line
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Crop, Evidence
from pipeline.qa.features import Slot, slots, where_in_words
from pipeline.qa.piece.prongs import SURE, outline_of
from pipeline.qa.siblings import leaning, without
from pipeline.qa.thresholds import line

# Smaller slots aren't judged apart here: the structure is.
LEAST_SLOT_PX = 4.0
# How a metal becomes another: its hue (degrees in Lab) and its chroma in parts of what it was.
METALS = {"in white metal": (None, 0.12), "in rose gold": (48.0, 0.9), "in yellow gold": (82.0, 1.1)}


@dataclass(frozen=True)
class NearMiss:
    """The picture against a gallery of near misses made from the reference (a stone fewer, a prong fewer, a link more or fewer,
    another metal, mirrored): how far it leans from the true piece, 0, to the nearest sibling, 1. The true one must rank first
    with a margin."""

    id: str = "nearmiss"
    title: str = "It is this piece and none of its siblings"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration", "fingerprint")

    def run(self, evidence: Evidence) -> CheckResult:
        crop = evidence.crop
        limit = line("nearmiss.leaning", evidence.setting)
        leanings: list[tuple[float, str]] = []
        for words, sibling, where in _gallery(evidence):
            leans = leaning(crop, sibling, where)
            if leans is not None:
                leanings.append((leans, words))
        if not leanings:
            return CheckResult(
                self.id, "not applicable", "Nothing of the piece makes a sibling that could be told apart."
            )
        leanings.sort(reverse=True)
        value, nearest = leanings[0]
        verdict: Verdict = "pass" if limit.holds(value) else "fail"
        words = (
            f"Closer to the photographed piece than to each of {len(leanings)} near misses; the nearest is the piece {nearest}."
            if verdict == "pass"
            else f"It looks more like the piece {nearest} than the photographed one."
            if value > 0.5
            else f"It can't be told clearly from the piece {nearest}."
        )
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value,
            threshold=limit.value,
            unit="leaning",
            details={"gallery": len(leanings), "nearest": [[w, round(v, 4)] for v, w in leanings[:5]]},
            score=limit.score(value),
            p_value=limit.p_value(value),
            rests_on=limit.rests_on,
            statistics={"nearmiss.leaning": value},
        )


def _gallery(evidence: Evidence) -> Iterator[tuple[str, np.ndarray, tuple[slice, slice]]]:
    """Each sibling: in words, its picture over a part of the crop, and that part."""
    crop, fingerprint = evidence.crop, evidence.fingerprint
    assert fingerprint is not None
    whole = (slice(0, crop.coverage.shape[0]), slice(0, crop.coverage.shape[1]))
    features = [("stone", s.outline) for s in fingerprint.stones]
    features += [("prong", outline_of(p)) for p in fingerprint.prongs if p.confidence >= SURE]
    placed = slots(evidence, [outline for _, outline in features])
    for (name, _), slot in zip(features, placed, strict=True):
        if slot is None or min(slot.axes) < LEAST_SLOT_PX or not _seen(crop, slot):
            continue
        made = without(crop, slot)
        if made is not None:
            yield f"without the {name} {where_in_words(slot.centre, evidence.window)}", *made
    if fingerprint.links is not None and fingerprint.links.pitch_px * crop.scale >= LEAST_SLOT_PX:
        for words, by in (("with a link more", -1.0), ("with a link fewer", 1.0)):
            longer = _stretched(evidence, by * fingerprint.links.pitch_px * crop.scale)
            if longer is not None:
                yield words, longer, whole
    bare = _bare_metal(evidence, placed)
    own = fingerprint.metals[0].name if fingerprint.metals else ""
    for words, (hue, chroma) in METALS.items():
        if own and own not in words and not (own == "dark metal" and "white" in words):
            yield words, _in_metal(crop, bare, hue, chroma), whole
    yield "mirrored", np.ascontiguousarray(_mirrored(crop)), whole


def _seen(crop: Crop, slot: Slot) -> bool:
    x, y = round(slot.centre[0]) - crop.left, round(slot.centre[1]) - crop.top
    height, width = crop.coverage.shape
    return 0 <= x < width and 0 <= y < height and bool(crop.coverage[y, x] > 0.5)


def _stretched(evidence: Evidence, by_px: float) -> np.ndarray | None:
    """The reference with its chain drawn out by `by_px` along its line, evenly from one end to the other."""
    crop = evidence.crop
    way = chain_line(crop.coverage > 0.5)
    if way is None:
        return None
    tangent = np.gradient(way.points, axis=0)
    tangent /= np.maximum(np.hypot(*tangent.T), 1e-6)[:, None]
    height, width = crop.coverage.shape
    y, x = np.mgrid[0:height, 0:width]
    near = crop.coverage > 0.02
    _, index = cKDTree(way.points).query(np.stack([x[near], y[near]], -1))
    away = tangent[index] * (by_px * index / len(way.points))[:, None]
    map_x, map_y = x.astype(np.float32), y.astype(np.float32)
    map_x[near] += away[:, 0].astype(np.float32)
    map_y[near] += away[:, 1].astype(np.float32)
    return cv2.remap(crop.foretold, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _bare_metal(evidence: Evidence, placed: list[Slot | None]) -> np.ndarray:
    """(h, w) float32 0..1: the piece without its stones."""
    crop = evidence.crop
    bare = crop.coverage.copy()
    for slot in placed:
        if slot is not None:
            bare[slot.mask((bare.shape[0], bare.shape[1]), crop.left, crop.top, 1.05)] = 0
    return bare


def _in_metal(crop: Crop, bare: np.ndarray, hue_deg: float | None, chroma: float) -> np.ndarray:
    lab = cv2.cvtColor(np.ascontiguousarray(crop.foretold, np.float32), cv2.COLOR_RGB2LAB)
    strength = np.hypot(lab[..., 1], lab[..., 2]) * chroma
    angle = np.arctan2(lab[..., 2], lab[..., 1]) if hue_deg is None else np.radians(hue_deg)
    if hue_deg is not None:
        # A white metal has next to no chroma of its own to turn.
        strength = np.maximum(strength, 0.35 * lab[..., 0])
    turned = np.dstack([lab[..., 0], strength * np.cos(angle), strength * np.sin(angle)]).astype(np.float32)
    other = np.clip(cv2.cvtColor(turned, cv2.COLOR_LAB2RGB), 0, 1)
    return np.where(bare[..., None] > 0.5, other, crop.foretold).astype(np.float32)


def _mirrored(crop: Crop) -> np.ndarray:
    over = crop.coverage[..., None]
    flipped = crop.foretold[:, ::-1]
    # Only where piece lies on piece: outlines that differ say nothing of its inside.
    both = over * crop.coverage[:, ::-1, None]
    return flipped * both + crop.foretold * (1 - both)
