"""The relight gain: how the scene's light is let onto the photographed piece, and how far.

The gain multiplies the piece's pixels in linear light. It is smooth (nothing finer than a Gaussian of sigma 8 px, so
no edge, facet or engraving can come from it), bounded in level and in colour, and never drives a pixel that the photo
still resolves into clipping. It is kept beside the picture: dividing by it gives the photo back.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from pipeline.direction import Finish
from pipeline.imaging.colour import kelvin_to_rgb, luminance

MIN_SIGMA_PX = 8.0
# The widest turn of colour, as the two whites that a camera balanced for 5500 K would see.
NEUTRAL_K = 5500.0
CHROMA_RANGE_K = 400.0
# Photo values above this are blown already: brightening them loses nothing that the photo has.
BLOWN = 0.985
FLOOR = 1e-4


def smooth_within(values: np.ndarray, weight: np.ndarray, sigma_px: float, far: float = 1.0) -> np.ndarray:
    """Gaussian mean of `values` (H, W) or (H, W, C) by `weight` (H, W) >= 0; away from any weight it tends to `far`.

    Normalised convolution (Knutsson and Westin, 1993): what has no weight doesn't leak in.
    """
    weight = weight.astype(np.float32)
    spread = weight if values.ndim == 2 else weight[..., None]
    size = (0, 0)
    total = cv2.GaussianBlur(weight, size, sigma_px, borderType=cv2.BORDER_CONSTANT)
    mean = cv2.GaussianBlur((values * spread).astype(np.float32), size, sigma_px, borderType=cv2.BORDER_CONSTANT)
    total = total if values.ndim == 2 else total[..., None]
    # A trace of weight everywhere keeps the quotient defined and smooth where the piece is far.
    trace = np.float32(1e-4)
    result: np.ndarray = (mean + trace * np.float32(far)) / (total + trace)
    return result


def relight_gain(light: np.ndarray, reference: np.ndarray, coverage: np.ndarray, finish: Finish) -> np.ndarray:
    """The gain (H, W, 3), float32, linear, for a piece of `coverage` (H, W) 0..1 under `light` (H, W, 3), 1 = unchanged.

    `reference` (H, W, 3) is the piece's photographed colour there, which decides how much brightening it can bear.
    `finish.exposure_ev` counts as light: a brighter picture brightens the piece too, up to the same bound.
    Bounds: ± `finish.relight_max_ev` in level, ± 400 K about 5500 K in colour, both scaled by `finish.relight`.
    """
    sigma = max(MIN_SIGMA_PX, 0.012 * max(coverage.shape))
    seen = np.maximum(light, FLOOR) * np.float32(2.0**finish.exposure_ev)
    level = np.maximum(luminance(seen), FLOOR)
    bound = float(finish.relight_max_ev)
    level_ev = _soft_bound(np.log2(level), bound)
    tint_ev = _bounded_tint(np.log2(np.maximum(seen, FLOOR) / level[..., None]))
    # Bounded first and smoothed after, so that no bound can sharpen a soft edge of light again.
    gain_ev = smooth_within(np.float32(finish.relight) * (level_ev[..., None] + tint_ev), coverage, sigma, far=0.0)
    gain_ev = np.minimum(gain_ev, _headroom_ev(reference, coverage, sigma)[..., None])
    result: np.ndarray = np.exp2(gain_ev).astype(np.float32)
    return result


def _soft_bound(ev: np.ndarray, bound: float) -> np.ndarray:
    """`ev`, bent so that it never passes ± `bound`; small values stay as they are."""
    return (bound * np.tanh(ev / bound)).astype(np.float32) if bound > 0 else np.zeros_like(ev, dtype=np.float32)


@lru_cache(maxsize=1)
def tint_bound_ev() -> tuple[float, float]:
    """The widest tint in EV: red against blue, and green against the mean of both, for ± 400 K about 5500 K."""
    swings = []
    for kelvin in (NEUTRAL_K - CHROMA_RANGE_K, NEUTRAL_K + CHROMA_RANGE_K):
        red, green, blue = np.log2(kelvin_to_rgb(kelvin, NEUTRAL_K).astype(np.float64))
        swings.append((abs(red - blue), abs(green - (red + blue) / 2)))
    return min(s[0] for s in swings), max(0.01, min(s[1] for s in swings))


def _bounded_tint(tint_ev: np.ndarray) -> np.ndarray:
    """`tint_ev` (H, W, 3), its warm-cool and green-magenta parts each bounded to `tint_bound_ev`."""
    warm_bound, green_bound = tint_bound_ev()
    red, green, blue = tint_ev[..., 0], tint_ev[..., 1], tint_ev[..., 2]
    warm = _soft_bound(red - blue, warm_bound)
    magenta = _soft_bound(green - (red + blue) / 2, green_bound)
    # Rebuilt with the mean of the three at 0, so that the tint changes no level.
    return np.stack([warm / 2 - magenta / 3, magenta * 2 / 3, -warm / 2 - magenta / 3], axis=-1).astype(np.float32)


def _headroom_ev(reference: np.ndarray, coverage: np.ndarray, sigma_px: float) -> np.ndarray:
    """How many EV (H, W) the piece can be brightened here before pixels that the photo resolves are blown.

    The least headroom within the filter's reach, then smoothed over the same reach: smooth, and never above the
    headroom at the pixel itself.
    """
    brightest = reference.max(-1)
    resolved = np.where((coverage > 0.5) & (brightest < BLOWN), brightest, 0.0)
    # A few pixels in a thousand may blow: taken over 3x3 medians, single sparks don't hold the whole piece down.
    resolved = cv2.medianBlur(resolved.astype(np.float32), 3)
    reach = int(np.ceil(3 * MIN_SIGMA_PX))
    window = np.ones((2 * reach + 1, 1), np.uint8)
    peak = cv2.dilate(cv2.dilate(resolved, window), window.T)
    headroom = np.log2(1.0 / np.clip(peak, 0.25, 1.0)).astype(np.float32)
    smoothed: np.ndarray = cv2.GaussianBlur(headroom, (2 * reach + 1, 2 * reach + 1), MIN_SIGMA_PX)
    return smoothed
