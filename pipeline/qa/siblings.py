"""Siblings: pieces that are nearly this one. What the picture would show if it were one of them, and how far it leans there.

For a sibling V and the true reference F, both under the picture's light, the picture P leans towards V by
<P - F, V - F> / <V - F, V - F>: 0 for the true piece, 1 for the sibling, whatever noise or compression do, since what is
common to both drops out (a matched filter; Turin, 1960).
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.qa.evidence import Crop
from pipeline.qa.features import Slot

# Differences are compared at this blur, px, so that a misregistration of a fraction of a pixel weighs little.
BLUR_PX = 0.8
# A sibling that differs by less than this (root mean square, encoded) where it differs is no other piece.
LEAST_DIFFERENCE = 0.03
FILL_PX = 3
# How far beyond a slot its surroundings begin, in its own size.
RIM = 1.08


def without(crop: Crop, slot: Slot, grown: float = 1.05) -> tuple[np.ndarray, tuple[slice, slice]] | None:
    """The reference without what stands in `slot`: its part (h, w, 3) sRGB with the slot filled from round about, and where
    in the crop that is. None for a slot outside of the crop."""
    height, width = crop.coverage.shape
    half = round(max(slot.axes) * grown / 2) + 6
    x, y = round(slot.centre[0]) - crop.left, round(slot.centre[1]) - crop.top
    where = (slice(max(y - half, 0), min(y + half + 1, height)), slice(max(x - half, 0), min(x + half + 1, width)))
    part = crop.foretold[where]
    if min(part.shape[:2]) < 5:
        return None
    shape = (part.shape[0], part.shape[1])
    mask = slot.mask(shape, where[1].start + crop.left, where[0].start + crop.top, grown)
    if not mask.any() or mask.all():
        return None
    encoded = np.rint(part * 255).astype(np.uint8)
    filled = cv2.inpaint(np.ascontiguousarray(encoded), mask.astype(np.uint8), FILL_PX, cv2.INPAINT_TELEA)
    # Filling runs facets on into the slot; what stands there without a stone is smooth.
    smooth = cv2.GaussianBlur(filled.astype(np.float32) / 255, (0, 0), max(1.0, 0.12 * slot.size))
    return np.where(mask[..., None], smooth, part).astype(np.float32), where


def resized(crop: Crop, slot: Slot, by: float) -> tuple[np.ndarray, tuple[slice, slice]] | None:
    """The reference with what stands in `slot` at `by` times its size: a part (h, w, 3) sRGB, and where in the crop that is.

    What a smaller one leaves free shows what lies just outside of the slot; None for a slot outside of the crop.
    """
    height, width = crop.coverage.shape
    half = round(max(slot.axes) * max(by, 1.0) / 2) + 6
    x, y = slot.centre[0] - crop.left, slot.centre[1] - crop.top
    where = (
        slice(max(round(y) - half, 0), min(round(y) + half + 1, height)),
        slice(max(round(x) - half, 0), min(round(x) + half + 1, width)),
    )
    part = crop.foretold[where]
    if min(part.shape[:2]) < 5:
        return None
    rows, columns = np.mgrid[where].astype(np.float32)
    a = np.radians(slot.angle_deg)
    dx, dy = columns - x, rows - y
    along, across = dx * np.cos(a) + dy * np.sin(a), dy * np.cos(a) - dx * np.sin(a)
    radius = np.hypot(2 * along / slot.axes[0], 2 * across / slot.axes[1])
    edge = RIM * max(by, 1.0)
    scale = np.where(
        radius < by, 1 / by, np.where(radius < edge, np.maximum(edge, radius) / np.maximum(radius, 1e-3), 1)
    )
    map_x, map_y = (x + dx * scale).astype(np.float32), (y + dy * scale).astype(np.float32)
    drawn = cv2.remap(crop.foretold, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return drawn.astype(np.float32), where


def leaning(crop: Crop, sibling: np.ndarray, where: tuple[slice, slice]) -> float | None:
    """How far the picture leans from the reference to `sibling`, which differs from it in the part `where` of the crop: 0 not
    at all, 1 wholly. None where the two hardly differ."""
    to_sibling, to_picture = _differences(crop, sibling, where)
    energy = float((to_sibling * to_sibling).sum())
    differing = float((np.abs(to_sibling).max(-1) > 0.01).sum())
    if differing < 4 or np.sqrt(energy / (3 * differing)) < LEAST_DIFFERENCE:
        return None
    return float((to_sibling * to_picture).sum()) / energy


def likeness(crop: Crop, sibling: np.ndarray, where: tuple[slice, slice]) -> float:
    """How much of what the picture changed is what `sibling` changed, -1..1 (the cosine of both differences): tells which of
    several siblings it is, where the leaning alone would favour those that differ least."""
    to_sibling, to_picture = _differences(crop, sibling, where)
    whole = float(np.sqrt((to_sibling * to_sibling).sum() * (to_picture * to_picture).sum()))
    return float((to_sibling * to_picture).sum()) / whole if whole > 1e-9 else 0.0


def _differences(crop: Crop, sibling: np.ndarray, where: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    """Sibling less reference and picture less reference, (h, w, 3) each, on the piece and softened."""
    reference, picture = crop.foretold[where], crop.picture[where]
    weight = crop.coverage[where][..., None]
    to_sibling = cv2.GaussianBlur((sibling - reference) * weight, (0, 0), BLUR_PX)
    return to_sibling, cv2.GaussianBlur((picture - reference) * weight, (0, 0), BLUR_PX)
