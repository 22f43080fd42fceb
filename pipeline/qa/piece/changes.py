"""Changes: is the piece still the same thing, whatever the light on it does? Asked of a network that has seen both.

Structure and the metrics of likeness compare pixels, which a light that was walked round changes more than a lost claw does. The
network (`pipeline.qa.change_net`) was shown kept and damaged pieces under other light, compression and noise, and says of each
place how sure it is that the thing there changed. As everywhere, the worst place decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence
from pipeline.qa.features import slots, where_in_words
from pipeline.qa.thresholds import line

# The longer side, px, of the largest pieces that it is asked about as they are: it has learned from pieces up to about this size.
LARGEST_PX = 720
# A change may grow the piece: so far beyond its edge is looked at, px.
ROUND_PX = 3
MIN_PIXELS = 60
# Under a moved light all that is seen of a stone's inside are facets that flash elsewhere. Of stones larger than this, px, it says
# nothing, out to so many times their outline where the pixels are stone and no prong, and half so many px beyond.
LARGE_STONE_PX, PAVILION, STONY, RIM_PX = 48.0, 1.6, 0.3, 13
# On the overlay what lies on the line has this much of the full tone, and nothing below EVEN (logits) has any.
ON_THE_LINE, EVEN = 0.12, -4.0


def suspicion(evidence: Evidence) -> tuple[np.ndarray, float]:
    """(h, w) float32: how sure the network is of each place that the piece changed there, logits, -inf where it isn't asked; and
    picture pixels a map's pixel."""
    from pipeline.qa.change_net import changed, things_in  # torch, in workers and only when asked

    crop = evidence.crop
    height, width = crop.coverage.shape
    step = max(1.0, max(height, width) / LARGEST_PX)
    size = (max(1, round(width / step)), max(1, round(height / step)))
    foretold, picture, coverage = (
        v if step == 1 else cv2.resize(v, size, interpolation=cv2.INTER_AREA)
        for v in (crop.foretold, crop.picture, crop.coverage)
    )
    things = (things_in(foretold, coverage), things_in(picture, coverage))
    found = cv2.blur(changed(foretold, picture, coverage, things), (3, 3))
    asked = cv2.dilate((coverage > 0.1).astype(np.uint8), np.ones((2 * ROUND_PX + 1,) * 2, np.uint8)) > 0
    if evidence.relit:
        asked &= ~_facets(evidence, things[0][..., 0], step)
    return np.where(asked, found, -np.inf).astype(np.float32), step


def _facets(evidence: Evidence, stone: np.ndarray, step: float) -> np.ndarray:
    """(h, w) bool: what shows the inside of a known stone that is large in the picture; `stone`: how far each pixel is stone."""
    height, width = evidence.crop.coverage.shape
    near = np.zeros((height, width), bool)
    if evidence.fingerprint is not None:
        for slot in slots(evidence, [found.outline for found in evidence.fingerprint.stones]):
            if slot is not None and slot.size > LARGE_STONE_PX:
                # Seen aslant, its pavilion shows below its outline.
                near |= slot.mask((height, width), evidence.crop.left, evidence.crop.top, PAVILION)
    if step > 1:
        near = cv2.resize(near.astype(np.uint8), stone.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    facets = (near & (stone > STONY)).astype(np.uint8)
    return np.asarray(cv2.dilate(facets, np.ones((RIM_PX, RIM_PX), np.uint8)) > 0)


@dataclass(frozen=True)
class Changes:
    """How sure a network is, at the place where it is surest, that the piece itself changed and not the light on it (logits,
    the mean of 3 x 3 px): it has learned from kept and damaged pieces of the atelier under moved lamps, noise and compression
    (docs/changes.md)."""

    id: str = "changes"
    title: str = "No part of it is another"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration",)

    def run(self, evidence: Evidence) -> CheckResult:
        crop = evidence.crop
        if (crop.coverage > 0.5).sum() < MIN_PIXELS:
            return CheckResult(self.id, "not verifiable", "Too little of the piece is seen to judge it.")
        found, step = suspicion(evidence)
        if not np.isfinite(found).any():
            reason = "The light on the piece was moved, and nothing but facets is seen of it."
            return CheckResult(self.id, "not verifiable", reason)
        row, column = (int(v) for v in np.unravel_index(int(np.argmax(found)), found.shape))
        value = float(found[row, column])
        held_to = line(self.id, evidence.setting)
        verdict: Verdict = "pass" if held_to.holds(value) else "fail"
        at = (round(column * step) + crop.left, round(row * step) + crop.top)
        reach = max(6, round(4 * step))
        box = (at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach)
        where = where_in_words(at, evidence.window)
        words = (
            "No part of the piece looks like another than in its photo, whatever the light does to it."
            if verdict == "pass"
            else f"A part of the piece {where} is another than in its photo: its light alone doesn't explain what is seen there."
        )
        height, width = crop.coverage.shape
        whole = np.full(evidence.picture.shape[:2], np.nan, np.float32)
        amount = np.where(np.isfinite(found), np.maximum(found - EVEN, 0) / max(held_to.value - EVEN, 1e-3), np.nan)
        amount = cv2.resize(amount.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
        whole[crop.top : crop.top + height, crop.left : crop.left + width] = amount * ON_THE_LINE
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value,
            threshold=held_to.value,
            unit="logit",
            overlay=overlay.heat(evidence, whole, box),
            details={"at": list(at)},
            score=held_to.score(value),
            p_value=held_to.p_value(value),
            rests_on=held_to.rests_on,
            statistics={self.id: value},
        )
