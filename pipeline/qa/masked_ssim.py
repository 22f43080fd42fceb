"""SSIM inside a mask, so that what lies outside of it can't raise or lower the score.

Wang, Bovik, Sheikh, Simoncelli (2004) with its 11x11 Gaussian of sigma 1.5 and population covariance, each local
mean taken by normalised convolution (Knutsson and Westin, 1993) over the mask's pixels alone. Where the mask is full
this equals scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

WINDOW_PX = 11
SIGMA_PX = 1.5
K1, K2 = 0.01, 0.03
TILE_PX = 32
# A tile counts once this share of it is piece: a few pixels are no tile.
TILE_SHARE = 0.15


@dataclass(frozen=True)
class Similarity:
    """`map`: (H, W) float32, SSIM where the mask is, NaN elsewhere; `mean` and `lowest_tile` of it; `tile_box`:
    (left, top, right, bottom) of the lowest tile; `pixels`: how many were judged. NaN scores where none were."""

    map: np.ndarray
    mean: float
    lowest_tile: float
    tile_box: tuple[int, int, int, int]
    pixels: int


def masked_ssim(one: np.ndarray, two: np.ndarray, mask: np.ndarray, data_range: float = 1.0) -> Similarity:
    """SSIM of two grey pictures (H, W) inside `mask` (H, W) bool."""
    x, y, w = one.astype(np.float64), two.astype(np.float64), mask.astype(np.float64)
    total = _blur(w)
    safe = np.where(total > 1e-9, total, 1.0)

    def mean(v: np.ndarray) -> np.ndarray:
        result: np.ndarray = _blur(v * w) / safe
        return result

    mx, my = mean(x), mean(y)
    vx, vy, vxy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    ssim = ((2 * mx * my + c1) * (2 * vxy + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    scores = np.where(mask, ssim, np.nan).astype(np.float32)
    count = int(mask.sum())
    lowest, box = _lowest_tile(scores, mask)
    return Similarity(scores, float(ssim[mask].mean()) if count else float("nan"), lowest, box, count)


def halved(picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A grey picture (H, W) at half its size, each pixel the mean of the masked ones under it; and its mask."""
    height, width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    w = mask[:height, :width].astype(np.float64)
    size = (width // 2, height // 2)
    total = cv2.resize(w, size, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(picture[:height, :width] * w, size, interpolation=cv2.INTER_AREA) / np.maximum(total, 1e-9)
    return mean, total >= 0.5


def _blur(values: np.ndarray) -> np.ndarray:
    result: np.ndarray = cv2.GaussianBlur(values, (WINDOW_PX, WINDOW_PX), SIGMA_PX, borderType=cv2.BORDER_CONSTANT)
    return result


def _lowest_tile(scores: np.ndarray, mask: np.ndarray) -> tuple[float, tuple[int, int, int, int]]:
    """The lowest mean over tiles of 32 px that overlap by half, so that no feature hides on a tile's border."""
    filled = np.where(mask, scores, 0).astype(np.float64)
    sums = cv2.boxFilter(filled, -1, (TILE_PX, TILE_PX), normalize=False, borderType=cv2.BORDER_CONSTANT)
    counts = cv2.boxFilter(
        mask.astype(np.float64), -1, (TILE_PX, TILE_PX), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    step = TILE_PX // 2
    sums, counts = sums[step::step, step::step], counts[step::step, step::step]
    enough = counts >= TILE_SHARE * TILE_PX**2
    if not enough.any():
        if not mask.any():
            return float("nan"), (0, 0, 0, 0)
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        return float(scores[mask].mean()), (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    means = np.where(enough, sums / np.maximum(counts, 1), np.inf)
    row, column = np.unravel_index(int(np.argmin(means)), means.shape)
    left, top = (int(column) + 1) * step - TILE_PX // 2, (int(row) + 1) * step - TILE_PX // 2
    height, width = mask.shape
    return float(means[row, column]), (left, top, min(left + TILE_PX, width), min(top + TILE_PX, height))
