"""How far two pictures of the same thing still lie apart, in pixels, measured piecewise.

One Lucas–Kanade step a tile (Lucas and Kanade, 1981), after the tile's level and contrast are matched: exact to a few
hundredths of a pixel for shifts below one, and still telling for shifts of two. Tiles without texture in both
directions say nothing and are left out. Pieces of wires alone have few pixels in a tile: their tiles are larger.
"""

from __future__ import annotations

import cv2
import numpy as np

TILES_PX = (48, 96, 192)
# A tile needs this many pixels of the piece, and a piece this many tiles, before larger tiles are tried.
MIN_TILE_PIXELS = 690
MIN_TILES = 4
# The weaker direction's gradient energy a pixel below which a tile is smooth or a bare edge.
MIN_TEXTURE = 2e-5
# Where more than this share of the tiles shows something else, the whole lies off, by this many pixels at least.
UNLIKE_SHARE = 0.4
UNLIKE_PX = 3.0


def tile_shifts(one: np.ndarray, two: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Shifts (N, 4): x, y of the tile's centre, then dx, dy by which `two` lies off `one`, in pixels.

    `one`, `two`: luma (H, W) 0..1; `mask`: (H, W) bool, where they show the same thing. N may be 0. A tile in which they
    don't show the same thing at all has NaN for a shift.
    """
    a, b = cv2.GaussianBlur(one, (0, 0), 1.2), cv2.GaussianBlur(two, (0, 0), 1.2)
    gx = cv2.Sobel(a, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(a, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    found = np.zeros((0, 4))
    for tile_px in TILES_PX:
        larger = _shifts(a, b, gx, gy, mask, tile_px)
        found = larger if len(larger) > len(found) else found
        if len(found) >= MIN_TILES:
            break
    return found


def _shifts(a: np.ndarray, b: np.ndarray, gx: np.ndarray, gy: np.ndarray, mask: np.ndarray, tile_px: int) -> np.ndarray:
    height, width = a.shape
    found = []
    for top in range(0, height, tile_px):
        for left in range(0, width, tile_px):
            tile = np.s_[top : top + tile_px, left : left + tile_px]
            use = mask[tile]
            if use.sum() < MIN_TILE_PIXELS:
                continue
            x, y = a[tile][use].astype(np.float64), b[tile][use].astype(np.float64)
            g = np.column_stack([gx[tile][use], gy[tile][use]]).astype(np.float64)
            if np.linalg.eigvalsh(g.T @ g / len(g))[0] < MIN_TEXTURE:
                continue
            # two(p) = level + contrast * one(p - d), to first order in d, solved for all four at once.
            terms = np.column_stack([np.ones_like(x), x, -g])
            solution = np.linalg.lstsq(terms, y, rcond=None)[0]
            contrast = solution[1]
            # A pixel is a square: its centre is half a pixel in.
            at = (left + (tile_px - 1) / 2, top + (tile_px - 1) / 2)
            if contrast < 0.2:  # not the same thing at all: no shift explains it
                found.append((*at, np.nan, np.nan))
                continue
            dx, dy = np.clip(solution[2:] / contrast, -4, 4)
            found.append((*at, dx, dy))
    return np.array(found, np.float64).reshape(-1, 4)


def residual_px(one: np.ndarray, two: np.ndarray, mask: np.ndarray) -> float | None:
    """The typical shift between two pictures: the 75th percentile over tiles, or None where no tile has texture.

    Tiles that don't show the same thing tell of a change where they are few, and of a shift of at least 3 px where they are not.
    """
    shifts = tile_shifts(one, two, mask)
    if not len(shifts):
        return None
    away = np.hypot(shifts[:, 2], shifts[:, 3])
    other = np.isnan(away)
    away = np.where(other, UNLIKE_PX, away) if other.mean() > UNLIKE_SHARE else away[~other]
    return float(np.percentile(away, 75))
