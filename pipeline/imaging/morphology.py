"""Growing and shrinking of pixel regions by discs, and windows round them."""

from __future__ import annotations

import cv2
import numpy as np


def disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def eroded(mask: np.ndarray, radius: int) -> np.ndarray:
    return ~dilated(~mask, radius)


def dilated(mask: np.ndarray, radius: int) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), disc(radius)).astype(bool)


def around_px(window: tuple[slice, slice], px: int) -> tuple[slice, slice]:
    rows, cols = window
    return slice(max(rows.start - px, 0), rows.stop + px), slice(max(cols.start - px, 0), cols.stop + px)
