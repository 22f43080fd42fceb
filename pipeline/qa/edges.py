"""How far the piece's edges lie from where its matte says, measured along their normals.

At each point of the laid matte's outline the picture is read along the normal, and what the reference foretells there is slid
along until it fits best: the signed distance, positive where the piece has grown. Where the piece stands out too little from
its surroundings, or fits nowhere, nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.measure import find_contours

from pipeline.qa.evidence import Crop, Evidence

# The outline is read at every so many pixels, this far along its normal, and moved this far.
EVERY_PX = 2.0
REACH_PX, MOVED_PX = 6.0, 4.0
FINE_PX = 0.25
# What an edge must stand out by (encoded), and how much of the profile the best fit must explain.
LEAST_CONTRAST, LEAST_FIT = 0.06, 0.6
# An outline shorter than this is a speck's.
LEAST_LENGTH_PX = 16.0


@dataclass(frozen=True)
class Edge:
    """One closed outline. `points` (N, 2) x, y in picture pixels; `normals` (N, 2) unit vectors outwards; `shift` (N,) px,
    positive outwards, NaN where not known."""

    points: np.ndarray
    normals: np.ndarray
    shift: np.ndarray


_last: list[tuple[Evidence, list[Edge]]] = []


def edges(evidence: Evidence) -> list[Edge]:
    """Every outline of the laid piece, outer ones and holes', with its shifts; a median over neighbours taken.

    The same evidence isn't measured twice in a row.
    """
    if not (_last and _last[0][0] is evidence):
        _last[:] = [(evidence, _edges(evidence))]
    return _last[0][1]


def _edges(evidence: Evidence) -> list[Edge]:
    assert evidence.laid is not None
    crop = evidence.crop
    height, width = crop.coverage.shape
    inside = np.s_[crop.top : crop.top + height, crop.left : crop.left + width]
    alpha = evidence.laid.alpha[inside]
    # Where the body hides the piece there is no edge of the piece.
    hidden = ndimage.maximum_filter(alpha - crop.coverage, 5) > 0.05
    slope = np.stack([ndimage.gaussian_filter(alpha, 1.5, order=order) for order in ((0, 1), (1, 0))], -1)
    found = []
    for ring in find_contours(alpha, 0.5):
        length = float(np.hypot(*np.diff(ring, axis=0).T).sum())
        if length < LEAST_LENGTH_PX:
            continue
        steps = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(ring, axis=0).T))])
        at = np.arange(0, length, EVERY_PX)
        y, x = (np.interp(at, steps, ring[:, k]) for k in (0, 1))
        normal = -np.stack([ndimage.map_coordinates(slope[..., k], [y, x], order=1) for k in (0, 1)], -1)
        size = np.hypot(*normal.T)
        normal = normal / np.maximum(size, 1e-6)[:, None]
        shift = _shifts(crop, x, y, normal)
        shift[(size < 1e-3) | ndimage.map_coordinates(hidden.astype(np.uint8), [y, x], order=0).astype(bool)] = np.nan
        found.append(Edge(np.stack([x + crop.left, y + crop.top], -1), normal, _median(shift)))
    return found


def _shifts(crop: Crop, x: np.ndarray, y: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """The shift (N,) at each point that makes the foretold profile fit the picture's best."""
    t = np.arange(-REACH_PX, REACH_PX + FINE_PX / 2, FINE_PX)
    wide = np.arange(-REACH_PX - MOVED_PX, REACH_PX + MOVED_PX + FINE_PX / 2, FINE_PX)
    picture, told = _profiles(crop.picture, x, y, normal, t), _profiles(crop.foretold, x, y, normal, wide)
    extra = round(MOVED_PX / FINE_PX)
    even = picture - picture.mean(1, keepdims=True)
    power = (even * even).sum((1, 2))
    misfits = []
    for k in range(2 * extra + 1):
        # Moved outwards by s, the profile at t is the foretold one at t - s.
        part = told[:, k : k + len(t)]
        part = part - part.mean(1, keepdims=True)
        scale = np.clip((part * even).sum((1, 2)) / np.maximum((part * part).sum((1, 2)), 1e-9), 0.5, 2.0)
        away = even - scale[:, None, None] * part
        misfits.append((away * away).sum((1, 2)))
    misfit = np.stack(misfits, 1)
    best = misfit.argmin(1)
    rows = np.arange(len(x))
    inner = np.clip(best, 1, misfit.shape[1] - 2)
    a, b, c = misfit[rows, inner - 1], misfit[rows, inner], misfit[rows, inner + 1]
    between = np.clip(0.5 * (a - c) / np.maximum(a - 2 * b + c, 1e-12), -0.5, 0.5)
    shift = (extra - inner - between) * FINE_PX
    contrast = np.sqrt(power / (3 * len(t)))
    fit = 1 - misfit[rows, best] / np.maximum(power, 1e-9)
    unsure = (contrast < LEAST_CONTRAST) | (fit < LEAST_FIT)
    return np.where(unsure, np.nan, shift)


def _profiles(layer: np.ndarray, x: np.ndarray, y: np.ndarray, normal: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(N, T, 3): a layer read along each normal."""
    at = [y[:, None] + normal[:, 1:] * t, x[:, None] + normal[:, :1] * t]
    return np.stack([ndimage.map_coordinates(layer[..., k], at, order=1, mode="nearest") for k in range(3)], -1)


def _median(shift: np.ndarray, reach: int = 3) -> np.ndarray:
    """The median over neighbours along a closed outline, where most of them are known."""
    around = np.stack([np.roll(shift, k) for k in range(-reach, reach + 1)])
    known = np.isfinite(around).sum(0)
    filled = np.where(known > 0, np.nanmedian(np.where(known > 0, around, 0.0), axis=0), np.nan)
    return np.where(known > reach, filled, np.nan)
