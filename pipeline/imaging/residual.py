"""How far two pictures of the same thing still lie apart, in pixels, measured piecewise.

One Lucas–Kanade step a tile (Lucas and Kanade, 1981), after the tile's level and contrast are matched: exact to a few
hundredths of a pixel for shifts below one, and still telling for shifts of two. Tiles without texture in both
directions say nothing and are left out.
"""

from __future__ import annotations

import cv2
import numpy as np

TILE_PX = 48
MIN_TILE_SHARE = 0.3
# The weaker direction's gradient energy a pixel below which a tile is smooth or a bare edge.
MIN_TEXTURE = 2e-5


def tile_shifts(one: np.ndarray, two: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Shifts (N, 4): x, y of the tile's centre, then dx, dy by which `two` lies off `one`, in pixels.

    `one`, `two`: luma (H, W) 0..1; `mask`: (H, W) bool, where they show the same thing. N may be 0.
    """
    a, b = cv2.GaussianBlur(one, (0, 0), 1.2), cv2.GaussianBlur(two, (0, 0), 1.2)
    gx = cv2.Sobel(a, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(a, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    height, width = one.shape
    found = []
    for top in range(0, height, TILE_PX):
        for left in range(0, width, TILE_PX):
            tile = np.s_[top : top + TILE_PX, left : left + TILE_PX]
            use = mask[tile]
            if use.sum() < MIN_TILE_SHARE * TILE_PX**2:
                continue
            x, y = a[tile][use].astype(np.float64), b[tile][use].astype(np.float64)
            g = np.column_stack([gx[tile][use], gy[tile][use]]).astype(np.float64)
            if np.linalg.eigvalsh(g.T @ g / len(g))[0] < MIN_TEXTURE:
                continue
            # two(p) = level + contrast * one(p - d), to first order in d, solved for all four at once.
            terms = np.column_stack([np.ones_like(x), x, -g])
            solution = np.linalg.lstsq(terms, y, rcond=None)[0]
            contrast = solution[1]
            if contrast < 0.2:  # not the same thing at all: no shift explains it
                found.append((left + TILE_PX / 2, top + TILE_PX / 2, 2.0, 2.0))
                continue
            dx, dy = np.clip(solution[2:] / contrast, -4, 4)
            found.append((left + TILE_PX / 2, top + TILE_PX / 2, dx, dy))
    return np.array(found, np.float64).reshape(-1, 4)


def residual_px(one: np.ndarray, two: np.ndarray, mask: np.ndarray) -> float | None:
    """The typical shift between two pictures: the 75th percentile over tiles, or None where no tile has texture."""
    shifts = tile_shifts(one, two, mask)
    return float(np.percentile(np.hypot(shifts[:, 2], shifts[:, 3]), 75)) if len(shifts) else None
