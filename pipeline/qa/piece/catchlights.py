"""Catchlights: are the bright spots that the photo shows still there, at their place, and no others?

The detector that reads fingerprints names the clear spots of each picture, under one light and clipped alike. Whether a spot
is in the other picture too is asked of that picture itself: how far it rises there above its surroundings. So a spot that is
just bright enough in one and just not in the other, or that runs into its neighbour, is no spot lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.fingerprint.light import STANDS_OUT, catchlights
from pipeline.imaging.colour import linear_to_srgb, luminance, srgb_to_linear
from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Row, Verdict
from pipeline.qa.evidence import Crop, Evidence
from pipeline.qa.features import where_in_words
from pipeline.qa.thresholds import line

# A spot is clear from this prominence on (encoded), and this many pixels: smaller ones go with the noise.
CLEAR, CLEAR_PX = 2 * STANDS_OUT, 3.0
# It is kept where the other picture rises by this part of its prominence, and gone where by less than that one.
KEPT, GONE = 0.6, 0.4
# A spot may have moved by this many pixels, or by its own radius.
MOVED_PX = 2.0
# What is wider than this part of the piece is a lit face and no spot: what the detector takes for surroundings.
SURROUNDINGS = 0.02
# What a spot may have gained of its area (at half its height) before it counts as smeared.
SMEARED = 3.0
# So few clear spots make no share: each one would be a tenth and more.
LEAST_SPOTS = 8
Spot = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class Catchlights:
    """The photo's clear bright spots found in the picture at their place (recall, at least 0.9), and the picture's that the photo
    doesn't have (spurious, at most 0.1), each weighed by how clear it is; faded and smeared spots count as half."""

    id: str = "catchlights"
    title: str = "The highlights are kept"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration",)

    def run(self, evidence: Evidence) -> CheckResult:
        crop = evidence.crop
        size = max(evidence.piece.width_px, evidence.piece.height_px) * crop.scale
        before, after = (level_of(evidence, srgb) for srgb in (crop.foretold, crop.picture))
        clear, shown = (_clear(level, crop, size) for level in (before, after))
        recall_line = line("catchlights.recall", evidence.setting)
        spurious_line = line("catchlights.spurious", evidence.setting)
        if len(clear) < LEAST_SPOTS:
            reason = f"The photo shows {len(clear)} clear highlights at this size: too few to hold the picture to."
            return CheckResult(self.id, "not applicable", reason, threshold=recall_line.value, unit="of the highlights")
        risen_before, risen_after = _risen(before, size), _risen(after, size)
        rows = [_row(evidence, crop, n, s, risen_before, risen_after) for n, s in enumerate(clear, 1)]
        worth = {"kept": 1.0, "changed": 0.5}
        weight = np.array([_weight(s) for s in clear])
        recall = float(sum(w * worth.get(r.verdict, 0) for w, r in zip(weight, rows, strict=True)) / weight.sum())
        # Height against height, both measured in one way: a spot that is in both pictures alike is never new.
        new = [s for s in shown if _height(risen_before, s) < GONE * _height(risen_after, s)]
        rows += [_new_row(evidence, crop, number, spot) for number, spot in enumerate(new, 1)]
        spurious = sum(_weight(s) for s in new) / max(sum(_weight(s) for s in shown), 1e-9)
        held = recall_line.holds(recall) and spurious_line.holds(spurious)
        verdict: Verdict = "pass" if held else "fail"
        kept = sum(r.verdict == "kept" for r in rows)
        words = f"{kept} of {len(clear)} highlights are at their place"
        words += f"; {len(new)} {'is' if len(new) == 1 else 'are'} new." if new else "."
        return CheckResult(
            self.id,
            verdict,
            words,
            value=recall,
            threshold=recall_line.value,
            unit="of the highlights",
            overlay=None if held else overlay.boxed(evidence, [(r.box, r.verdict) for r in rows]),
            details={"recall": recall, "spurious": spurious, "in_photo": len(clear), "new": len(new)},
            score=min(recall_line.score(recall), spurious_line.score(spurious)),
            p_value=recall_line.p_value(recall),
            rests_on=recall_line.rests_on,
            rows=tuple(rows),
            statistics={"catchlights.recall": recall, "catchlights.spurious": float(spurious)},
        )


def level_of(evidence: Evidence, srgb: np.ndarray) -> np.ndarray:
    """The encoded luminance (h, w) of a crop's picture (h, w, 3) with the light's level taken out, so that an exposure moves
    no spot over the line."""
    assert evidence.gain is not None
    crop = evidence.crop
    height, width = crop.coverage.shape
    gain = evidence.gain[crop.top : crop.top + height, crop.left : crop.left + width]
    level = luminance(srgb_to_linear(srgb)) / np.maximum(luminance(gain), 1e-3)
    # As the detector has it: off the piece there is no light.
    encoded: np.ndarray = np.where(crop.coverage > 0.9, linear_to_srgb(np.clip(level, 0, 1)), 0).astype(np.float32)
    return encoded


def _clear(level: np.ndarray, crop: Crop, size_px: float) -> list[Spot]:
    """The clear spots (x, y, area, peak, prominence) of a level (h, w)."""
    found = catchlights(level, crop.coverage, size_px)
    return [spot for spot in found if spot[4] >= CLEAR and spot[2] >= CLEAR_PX]


def _risen(level: np.ndarray, size_px: float) -> np.ndarray:
    """How far each pixel (h, w) rises above its surroundings."""
    reach = max(3, round(SURROUNDINGS * size_px)) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    result: np.ndarray = level - cv2.morphologyEx(level, cv2.MORPH_OPEN, disc)
    return result


def _weight(spot: Spot) -> float:
    return float(spot[4] * np.sqrt(min(spot[2], 60.0)))


def _radius(spot: Spot) -> float:
    return float(np.sqrt(spot[2] / np.pi))


def _near(risen: np.ndarray, spot: Spot, further: float = 0.0) -> np.ndarray:
    """The part of a rise (h, w) round a spot."""
    reach = max(MOVED_PX, _radius(spot)) + further
    top, left = max(int(spot[1] - reach), 0), max(int(spot[0] - reach), 0)
    return risen[top : int(spot[1] + reach) + 2, left : int(spot[0] + reach) + 2]


def _height(risen: np.ndarray, spot: Spot) -> float:
    part = _near(risen, spot)
    return float(part.max()) if part.size else 0.0


def _row(evidence: Evidence, crop: Crop, number: int, spot: Spot, before: np.ndarray, after: np.ndarray) -> Row:
    where = where_in_words((spot[0] + crop.left, spot[1] + crop.top), evidence.window)
    name, box = f"catchlight-{number:03d}", _box(crop, spot)
    left = _height(after, spot) / max(_height(before, spot), 1e-6)
    was, now = (float((_near(v, spot, 3.0) > 0.5 * spot[4]).sum()) for v in (before, after))
    # A spot of a few pixels has no area to speak of.
    area = (now + 4) / (was + 4)
    details = {"height": round(left, 3), "area": round(area, 3)}
    score = float(np.clip(left, 0, 1))
    if left < GONE:
        return Row("catchlights", name, "lost", box, f"the highlight {where} is gone", score, details)
    if left < KEPT:
        return Row("catchlights", name, "changed", box, f"the highlight {where} has faded", score, details)
    if area > SMEARED:
        return Row("catchlights", name, "changed", box, f"the highlight {where} is smeared", score, details)
    return Row("catchlights", name, "kept", box, f"the highlight {where} is kept", score, details)


def _new_row(evidence: Evidence, crop: Crop, number: int, spot: Spot) -> Row:
    where = where_in_words((spot[0] + crop.left, spot[1] + crop.top), evidence.window)
    return Row(
        "catchlights", f"added-{number:03d}", "added", _box(crop, spot), f"a highlight {where} isn't in the photo"
    )


def _box(crop: Crop, spot: Spot) -> tuple[int, int, int, int]:
    reach = _radius(spot) + 2
    x, y = spot[0] + crop.left, spot[1] + crop.top
    return int(x - reach), int(y - reach), int(x + reach) + 1, int(y + reach) + 1
