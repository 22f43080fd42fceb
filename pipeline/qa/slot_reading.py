"""Reading one slot: does the picture show at this place what the reference shows there?

A stone, a prong: a small ellipse whose look in the reference is known. It is sought in the picture within a part of its own
size, and at a few sizes, by normalised cross-correlation inside the ellipse (Lewis, 1995); beside that its colours are
compared outright, and how much fine contrast is left in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.qa.evidence import Crop
from pipeline.qa.features import Slot

# A slot is sought this far about its place, in parts of its diameter, and at these sizes.
SOUGHT = 0.3
SIZES = (0.7, 0.8, 0.9, 1.1, 1.2)
LEAST_PX = 3.0
# The slot's ellipse is widened by this, so that its rim counts; its facets are looked at within this much of it.
RIM, CORE = 1.25, 0.75
# Encoded contrast (standard deviation) below which a slot is smooth, as a pearl's: then its colours alone speak.
SMOOTH = 0.03
# The colour difference (encoded, mean of absolutes) at which two smooth slots are no longer alike.
UNLIKE = 0.12


@dataclass(frozen=True)
class SlotReading:
    """What a slot shows.

    - `agreement` 0..1: correlation at its own place, within a pixel; of a smooth slot, how alike its colours are.
    - `best` 0..1: correlation where it is best; `drift`: how far off that is, in diameters.
    - `size`: the size at which it agrees best, 1 unless another agrees clearly better; `sized`: the correlation there.
    - `difference`: mean absolute difference of colours, encoded, the least over shifts of a pixel.
    - `contrast`: fine contrast in the picture over that in the reference. `smooth`: whether the reference is.
    """

    agreement: float
    best: float
    drift: float
    size: float
    sized: float
    difference: float
    contrast: float
    smooth: bool


def read_slot(crop: Crop, slot: Slot, enough: float = 1.0) -> SlotReading | None:
    """The reading of `slot`, other sizes tried where it agrees less than `enough`; None where it is smaller than 3 px."""
    if min(slot.axes) < LEAST_PX:
        return None
    seek = max(2, round(SOUGHT * slot.size))
    half = round(max(slot.axes) * RIM / 2) + 1
    x, y = round(slot.centre[0]) - crop.left, round(slot.centre[1]) - crop.top
    left, top, right, bottom = x - half, y - half, x + half + 1, y + half + 1
    around = (left - seek, top - seek, right + seek, bottom + seek)
    sought, shown = _part(crop.picture, around), _part(crop.foretold, (left, top, right, bottom))
    mask, own, core = (
        slot.mask((bottom - top, right - left), left + crop.left, top + crop.top, grown) for grown in (RIM, 1.0, CORE)
    )
    place = (seek, seek)
    template, field = _grey(shown), _grey(sought)
    scores = _correlation(field, template, mask)
    best, at = _peak(scores)
    here = scores[max(place[1] - 1, 0) : place[1] + 2, max(place[0] - 1, 0) : place[0] + 2]
    agreement = float(here.max())
    drift = float(np.hypot(at[0] - place[0], at[1] - place[1])) / slot.size
    difference, lifted = _difference(sought, shown, own, place)
    deviation = float(template[own].std())
    smooth = deviation < SMOOTH
    size, sized = (1.0, agreement) if smooth or agreement >= enough else _size(field, template, mask, agreement)
    fine = max(0.8, slot.size / 8)
    before, after = (float((v - cv2.GaussianBlur(v, (0, 0), fine))[core].std()) for v in (template, lifted))
    contrast = (after + 0.004) / (before + 0.004)
    if smooth:
        agreement = best = float(np.clip(1 - difference / UNLIKE, 0, 1))
        drift = 0.0
    return SlotReading(agreement, best, drift, size, sized, difference, contrast, smooth)


def _part(layer: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """The part (left, top, right, bottom) of a layer, its border carried on where the part reaches beyond."""
    height, width = layer.shape[:2]
    rows = np.clip(np.arange(box[1], box[3]), 0, height - 1)
    columns = np.clip(np.arange(box[0], box[2]), 0, width - 1)
    part: np.ndarray = layer[rows[:, None], columns[None]]
    return part


def _grey(srgb: np.ndarray) -> np.ndarray:
    return srgb.mean(-1).astype(np.float32)


def _correlation(field: np.ndarray, template: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Masked correlation of `template` with `field` at every place it fits, -1..1; 0 where the field has no contrast."""
    weight = mask.astype(np.float32)
    found = cv2.matchTemplate(field, template, cv2.TM_CCOEFF_NORMED, mask=weight)
    return np.where(np.isfinite(found), np.clip(found, -1, 1), 0)


def _peak(scores: np.ndarray) -> tuple[float, tuple[float, float]]:
    """The highest score and where (x, y) it lies, between pixels by parabola."""
    row, column = (int(v) for v in np.unravel_index(int(np.argmax(scores)), scores.shape))
    at = [float(column), float(row)]
    for axis, (k, line) in enumerate(((column, scores[row]), (row, scores[:, column]))):
        if 0 < k < len(line) - 1:
            bend = line[k - 1] - 2 * line[k] + line[k + 1]
            if bend < -1e-6:
                at[axis] += float(np.clip(0.5 * (line[k - 1] - line[k + 1]) / bend, -0.5, 0.5))
    return float(scores[row, column]), (at[0], at[1])


def _difference(
    sought: np.ndarray, shown: np.ndarray, own: np.ndarray, place: tuple[int, int]
) -> tuple[float, np.ndarray]:
    """The least mean absolute colour difference over shifts of a pixel, and the picture's grey at the slot itself."""
    height, width = own.shape
    least = np.inf
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            x, y = place[0] + dx, place[1] + dy
            if x < 0 or y < 0 or y + height > sought.shape[0] or x + width > sought.shape[1]:
                continue
            away = np.abs(sought[y : y + height, x : x + width] - shown).mean(-1)
            least = min(least, float(away[own].mean()))
    x, y = place
    return least, _grey(sought[y : y + height, x : x + width])


def _size(field: np.ndarray, template: np.ndarray, mask: np.ndarray, agreement: float) -> tuple[float, float]:
    """The size at which the template agrees best, and how well; 1 unless another is better by a tenth."""
    best = (1.0, agreement)
    height, width = template.shape
    for size in SIZES:
        turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, size)
        drawn = cv2.warpAffine(template, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        # Inside the smaller of both sizes: what lies round a smaller stone isn't known.
        inner = cv2.warpAffine(mask.astype(np.uint8), turn, (width, height)) if size < 1 else mask.astype(np.uint8)
        found = float(_correlation(field, drawn, inner > 0).max())
        if found > best[1]:
            best = (size, found)
    return best if best[1] > agreement + 0.1 else (1.0, agreement)
