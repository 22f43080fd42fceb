"""The relight of a picture from anywhere, estimated: what light, exposure and white balance did to the piece, and no more.

One gain for the whole piece a channel (exposure, white balance), times one that varies slowly over it (where the light
stands). Pixels that no such gain explains (a stone that isn't there, a highlight that moved) are weighed down and the
estimate repeated, so that a change of the piece isn't taken for its light.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.imaging.lock import LaidPiece
from pipeline.imaging.relight import smooth_within

# A relight is smooth and mild: what is finer than this, or stronger, is a change of the piece and is not divided out.
LEAST_SIGMA_PX = 16.0
SIGMA_SHARE = 0.04
WHOLE_BOUND_EV, LOCAL_BOUND_EV = 1.6, 0.75
# Values from which on a channel has nothing to say of light: clipped, or lost in noise (linear).
BRIGHTEST, DARKEST = 0.97, 0.004
# The misfit, EV, at which a pixel's weight has fallen to a half.
MISFIT_EV = 0.3
ROUNDS = 2


def estimated_gain(laid: LaidPiece, picture: np.ndarray) -> np.ndarray:
    """The relight (H, W, 3), float32, linear, that best explains the picture's piece; 1 where there is no piece near."""
    gain = np.ones(picture.shape, np.float32)
    left, top, right, bottom = laid.window
    if right - left < 2 or bottom - top < 2:
        return gain
    inside = np.s_[top:bottom, left:right]
    here, there, solid = laid.colour[inside], picture[inside], laid.alpha[inside] >= 0.99
    whole = whole_gain(here, there, solid)
    sigma = max(LEAST_SIGMA_PX, SIGMA_SHARE * max(right - left, bottom - top))
    telling = solid & (here.max(-1) * whole.max() < BRIGHTEST) & (there.max(-1) < BRIGHTEST)
    weight = telling.astype(np.float32)
    bound = 2.0**LOCAL_BOUND_EV
    local = np.ones_like(here)
    # Fine detail says nothing of light, and a shift of a fraction of a pixel shows in it alone.
    soft_here, soft_there = (cv2.GaussianBlur(v, (0, 0), 1.5) for v in (here * whole, there))
    for _ in range(ROUNDS):
        ratio = smooth_within(there, weight, sigma, far=0.0) / np.maximum(
            smooth_within(here * whole, weight, sigma, far=0.0), 1e-5
        )
        # Far from anything telling, both are nothing: there the whole piece's gain has to do.
        near = smooth_within(weight, np.ones_like(weight), sigma)[..., None]
        trust = np.clip(near / 0.02, 0, 1)
        local = np.clip(ratio * trust + (1 - trust), 1 / bound, bound).astype(np.float32)
        misfit = np.abs(np.log2((soft_there + DARKEST) / (soft_here * local + DARKEST))).mean(-1)
        weight = telling / (1 + (misfit / MISFIT_EV) ** 2)
    gain[inside] = whole * local
    gain[laid.alpha <= 0] = 1
    return gain


def whole_gain(here: np.ndarray, there: np.ndarray, solid: np.ndarray) -> np.ndarray:
    """The one gain (3,), linear, that lays the colours `here` (h, w, 3) on those `there`: the median over `solid` pixels."""
    bound = 2.0**WHOLE_BOUND_EV
    found = np.ones(3, np.float32)
    soft_here, soft_there = cv2.GaussianBlur(here, (0, 0), 1.5), cv2.GaussianBlur(there, (0, 0), 1.5)
    for channel in range(3):
        a, b = soft_here[..., channel][solid], soft_there[..., channel][solid]
        use = (a > DARKEST) & (a < BRIGHTEST) & (b > DARKEST) & (b < BRIGHTEST)
        if use.sum() >= 50:
            found[channel] = np.clip(np.exp(np.median(np.log(b[use] / a[use]))), 1 / bound, bound)
    return found
