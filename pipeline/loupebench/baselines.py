"""Baselines: what everybody measures, on the same pairs and in the same registration as Loupe's own checks.

Each is a function of two pictures (H, W, 3) sRGB-encoded 0..1 float32 and the matte (H, W) 0..1; it gives how unlike they
are (larger is worse) and, where it is local, a map (H, W) of where. The reference lies on the picture already.

- PSNR; SSIM (Wang, Bovik, Sheikh, Simoncelli, 2004) whole, inside the matte, and its lowest place less the median;
- MS-SSIM (Wang, Simoncelli, Bovik, 2003), weights as published; GMSD (Xue, Zhang, Mou, Bovik, 2014), c = 0.0026 on 0..1;
- CIEDE2000 (Sharma, Wu, Dalal, 2005), mean over the matte;
- FLIP (Andersson et al., 2020) by its authors' package, mean and largest local mean, where that package is installed;
- L1 after colour normalisation, the least over shifts of +-1 px, smoothed (sigma 4 and 1.5), its maximum in the matte: the
  best of a pilot on lost prongs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.imaging.colour import ciede2000, linear_to_lab, srgb_to_linear
from pipeline.qa.masked_ssim import halved, masked_ssim

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
MS_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
PPD = 67.0  # FLIP's pixels a degree: a 4K screen of 0.7 m seen from 0.7 m, its authors' default


@dataclass(frozen=True)
class Scored:
    """`score`: larger is less alike; `heat`: (H, W) of where, or None for a method that doesn't say."""

    score: float
    heat: np.ndarray | None = None


Score = Callable[[np.ndarray, np.ndarray, np.ndarray], Scored]


def psnr(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
    error = float(np.mean((reference - picture) ** 2))
    return Scored(10 * np.log10(max(error, 1e-12)))


def ssim_whole(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
    return Scored(1 - masked_ssim(reference @ LUMA, picture @ LUMA, np.ones(matte.shape, bool)).mean)


def ssim_masked(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
    return Scored(1 - masked_ssim(reference @ LUMA, picture @ LUMA, matte > 0.5).mean)


def ssim_local(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
    inside = matte > 0.5
    scores = masked_ssim(reference @ LUMA, picture @ LUMA, inside).map
    heat = 1 - np.where(inside, scores, 1.0)
    smooth = cv2.GaussianBlur(heat.astype(np.float32), (0, 0), 1.5)
    return _extreme(smooth, inside)


def ms_ssim(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
    one, two = (reference @ LUMA).astype(np.float64), (picture @ LUMA).astype(np.float64)
    whole = np.ones(matte.shape, bool)
    product = 1.0
    for level, weight in enumerate(MS_WEIGHTS):
        last = level == len(MS_WEIGHTS) - 1 or min(one.shape) < 32
        full, contrast = _ssim_parts(one, two)
        product *= max(full if last else contrast, 1e-6) ** (weight if not last else sum(MS_WEIGHTS[level:]))
        if last:
            break
        (one, _), (two, whole) = halved(one, whole), halved(two, whole)
    return Scored(1 - product)


def _ssim_parts(one: np.ndarray, two: np.ndarray) -> tuple[float, float]:
    def mean(v: np.ndarray) -> np.ndarray:
        result: np.ndarray = cv2.GaussianBlur(v, (11, 11), 1.5)
        return result

    c1, c2 = 0.01**2, 0.03**2
    mx, my = mean(one), mean(two)
    vx, vy, vxy = mean(one * one) - mx * mx, mean(two * two) - my * my, mean(one * two) - mx * my
    contrast = (2 * vxy + c2) / (vx + vy + c2)
    return float(np.mean((2 * mx * my + c1) / (mx * mx + my * my + c1) * contrast)), float(np.mean(contrast))


def gmsd(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
    def slope(grey: np.ndarray) -> np.ndarray:
        small = cv2.blur(grey.astype(np.float32), (2, 2))[::2, ::2]
        prewitt = np.array([[1, 0, -1]] * 3, np.float32) / 3
        result: np.ndarray = np.hypot(cv2.filter2D(small, -1, prewitt), cv2.filter2D(small, -1, prewitt.T))
        return result

    one, two = slope(reference @ LUMA), slope(picture @ LUMA)
    return Scored(float(np.std((2 * one * two + 0.0026) / (one * one + two * two + 0.0026))))


def delta_e(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
    inside = matte > 0.5
    one, two = (linear_to_lab(srgb_to_linear(v[inside])) for v in (reference, picture))
    return Scored(float(ciede2000(one, two).mean()))


# The last pair's map with its pictures: two baselines ask for it.
_flipped: list[np.ndarray] = []


def _flip_map(reference: np.ndarray, picture: np.ndarray) -> np.ndarray:
    import flip_evaluator

    if _flipped and _flipped[0] is reference and _flipped[1] is picture:
        return _flipped[2]
    error, _, _ = flip_evaluator.evaluate(
        np.ascontiguousarray(reference, np.float32),
        np.ascontiguousarray(picture, np.float32),
        "LDR",
        inputsRGB=True,
        applyMagma=False,
        computeMeanError=True,
        parameters={"ppd": PPD},
    )
    _flipped[:] = [reference, picture, np.asarray(error)[..., 0]]
    return _flipped[2]


def flip_mean(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
    return Scored(float(_flip_map(reference, picture)[matte > 0.5].mean()))


def flip_local(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
    error = cv2.GaussianBlur(_flip_map(reference, picture), (0, 0), 2.0)
    return _extreme(error, matte > 0.5)


def shifted_l1(sigma_px: float) -> Score:
    def score(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
        inside = matte > 0.5
        picture = _like(picture, reference, inside)
        height, width = matte.shape
        least = np.full((height, width), np.inf, np.float32)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
                moved = cv2.warpAffine(reference, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
                np.minimum(least, np.abs(moved - picture).mean(-1), out=least)
        return _extreme(cv2.GaussianBlur(least, (0, 0), sigma_px), inside, less_median=False)

    return score


def _like(picture: np.ndarray, reference: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The picture with each channel's mean and spread inside the matte as the reference's."""
    one, two = picture[inside], reference[inside]
    spread = np.clip(two.std(0) / np.maximum(one.std(0), 1e-3), 0.5, 2)
    result: np.ndarray = ((picture - one.mean(0)) * spread + two.mean(0)).astype(np.float32)
    return result


def _extreme(heat: np.ndarray, inside: np.ndarray, less_median: bool = True) -> Scored:
    """The largest value inside, less the median there; and the map."""
    if not inside.any():
        return Scored(0.0)
    held = np.where(inside, heat, -np.inf)
    return Scored(float(held.max() - (np.median(heat[inside]) if less_median else 0.0)), held)


BASELINES: dict[str, Score] = {
    "psnr": psnr,
    "ssim": ssim_whole,
    "ssim-masked": ssim_masked,
    "ssim-local": ssim_local,
    "ms-ssim": ms_ssim,
    "gmsd": gmsd,
    "ciede2000-mean": delta_e,
    "flip-mean": flip_mean,
    "flip-local": flip_local,
    "l1-shift-sigma4": shifted_l1(4.0),
    "l1-shift-sigma1.5": shifted_l1(1.5),
}


def installed() -> dict[str, Score]:
    """The baselines that can be run here: FLIP's package may be missing."""
    try:
        import flip_evaluator  # noqa: F401
    except ImportError:
        return {name: score for name, score in BASELINES.items() if not name.startswith("flip")}
    return dict(BASELINES)
