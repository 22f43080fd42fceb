"""Catchlights: the bright spots that say how a piece was lit, and that a picture of it must keep."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

# A catchlight stands out by this much encoded level over its surroundings, and reaches this level.
STANDS_OUT = 0.12
REACHES = 0.82
MOST = 400


def catchlights(
    encoded: np.ndarray, alpha: np.ndarray, size_px: float
) -> list[tuple[float, float, float, float, float]]:
    """(x, y, area, peak, prominence) of each, the most prominent first, at most MOST.

    `encoded`: (H, W) sRGB-encoded luminance; `size_px`: the piece's longer side, which bounds a catchlight's own: what is
    wider than a fiftieth of it is a lit face.
    """
    inside = alpha > 0.9
    reach = max(3, round(0.02 * size_px)) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    level = np.where(inside, encoded, 0).astype(np.float32)
    risen = level - cv2.morphologyEx(level, cv2.MORPH_OPEN, disc)
    spots, count = ndimage.label((risen > STANDS_OUT) & (level > REACHES - STANDS_OUT))
    if not count:
        return []
    index = np.arange(1, count + 1)
    peak = ndimage.maximum(level, spots, index)
    prominence = ndimage.maximum(risen, spots, index)
    area = ndimage.sum_labels(np.ones_like(level), spots, index)
    centres = ndimage.center_of_mass(risen, spots, index)
    found = [
        (float(x), float(y), float(a), float(p), float(s))
        for (y, x), a, p, s in zip(centres, area, peak, prominence, strict=True)
        if p >= REACHES
    ]
    return sorted(found, key=lambda spot: -spot[4] * np.sqrt(spot[2]))[:MOST]
