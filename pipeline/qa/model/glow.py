"""Glow: light that runs out of everything bright over what is dark beside it, as a blurred copy laid over a picture makes it.

A sharp edge between bright and dark has a flat dark side. Under a glow it decays over one or two per cent of the picture
instead, at every edge alike; shading, reflections and defocus do so at some, and the other way round at others.
"""

from __future__ import annotations

import cv2
import numpy as np

# The size at which edges are looked at, and how far from one, in pixels: inside, just outside, further, and far outside.
SIDE_PX = 640
INSIDE, NEAR, FURTHER, FAR = -4.0, 6.0, 13.0, 22.0
# Encoded level: an edge's least slope a pixel, and its least step.
LEAST_SLOPE, LEAST_STEP = 0.035, 0.2
LEAST_EDGES = 60


def glow_of(level: np.ndarray) -> float | None:
    """How far the dark side of sharp edges is lifted beside them, in parts of their step: the lowest quarter's bound, which
    is 0 or less without a glow. `level` (h, w) is encoded luma 0..1. None where too few sharp edges stand free."""
    by = SIDE_PX / max(level.shape)
    small = cv2.resize(level, None, fx=by, fy=by, interpolation=cv2.INTER_AREA)
    calm = cv2.GaussianBlur(small, (0, 0), 1.0)
    slope_x, slope_y = (cv2.Sobel(calm, cv2.CV_32F, *order) / 8 for order in ((1, 0), (0, 1)))
    slope = np.hypot(slope_x, slope_y)
    ridge = (slope > LEAST_SLOPE) & (slope >= cv2.dilate(slope, np.ones((3, 3), np.uint8)) - 1e-6)
    ys, xs = np.nonzero(ridge)
    if len(xs) < LEAST_EDGES:
        return None
    darkward = -np.stack([slope_x[ys, xs], slope_y[ys, xs]], 1) / slope[ys, xs, None]
    read = cv2.GaussianBlur(small, (0, 0), 1.5)
    at = np.stack([xs, ys], 1) + darkward * np.array([INSIDE, NEAR, FURTHER, FAR])[:, None, None]
    bright, near, further, far = cv2.remap(
        read, at[..., 0].astype(np.float32), at[..., 1].astype(np.float32), cv2.INTER_LINEAR, borderValue=(-1.0,)
    )
    step = bright - far
    free = (np.minimum.reduce([bright, near, further, far]) >= 0) & (step > LEAST_STEP)
    # A sharp edge, and one behind which nothing else begins.
    free &= (bright - near > 0.5 * step) & (np.abs(further - far) < 0.3 * step)
    if free.sum() < LEAST_EDGES:
        return None
    return float(np.percentile(((near - far)[free] / step[free]), 25))
