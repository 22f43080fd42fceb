"""Which way a piece's shadow falls, as the layers record it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

# Worked out at this size: a direction needs no more.
WORK_PX = 420
# The shadow is read so far from the piece, in parts of its size (the root of its visible area); less of it than that, in
# parts of the piece's area, shows no direction.
REACH, LEAST = 0.6, 0.02


@dataclass(frozen=True)
class CastShadow:
    """Where a piece's shadow lies from it: `azimuth_deg` in the picture, counterclockwise from the right, and `lean`: how
    one-sided it is, 0 where it lies all round. `at` (2,): the piece's middle, in picture pixels."""

    azimuth_deg: float
    lean: float
    at: np.ndarray


def cast_shadow(taken: np.ndarray, coverage: np.ndarray) -> CastShadow | None:
    """The direction of a shadow that takes `taken` (H, W) 0..1 of the light round a piece that covers `coverage` (H, W) 0..1;
    None where it takes next to nothing beside the piece."""
    by = min(WORK_PX / max(taken.shape), 1.0)
    size = max(round(taken.shape[1] * by), 1), max(round(taken.shape[0] * by), 1)
    amount, cover = (cv2.resize(a.astype(np.float32), size, interpolation=cv2.INTER_AREA) for a in (taken, coverage))
    piece = np.asarray(cover) > 0.4
    if not piece.any():
        return None
    distance, nearest = distance_transform_edt(~piece, return_indices=True)
    y, x = np.mgrid[0 : piece.shape[0], 0 : piece.shape[1]]
    away = np.stack([x - nearest[1], nearest[0] - y], -1) / np.maximum(distance, 1e-6)[..., None]
    area = float(piece.sum())
    weight = np.where((distance > 1) & (distance < REACH * np.sqrt(area)), amount, 0.0)
    whole = float(weight.sum())
    if whole < LEAST * area:
        return None
    mean = (weight[..., None] * away).sum((0, 1)) / whole
    middle = np.array([x[piece].mean(), y[piece].mean()]) / by
    return CastShadow(float(np.degrees(np.arctan2(mean[1], mean[0]))), float(np.hypot(*mean)), middle)
