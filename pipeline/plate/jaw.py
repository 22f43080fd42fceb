"""The face with its jaw as a plate shows it: what a necklace's strands pass behind.

The landmarks run along the jaw's bone. What is seen of it ends some millimetres further out, by as much as the cheek is
full: an edge, light skin before skin in its shadow, which is looked for from landmark to landmark at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from scipy import ndimage

from pipeline.plate.face_scale import face_scale
from pipeline.plate.landmarks import Face

# A jaw is about this much fuller than its landmarks, and its edge is looked for this far about them.
FULLER_MM, INWARDS_MM, OUTWARDS_MM = 2.0, 3.0, 9.0
# The contour is read every STEP_MM, and an edge over so many mm on either side of it.
STEP_MM, EDGE_MM = 1.0, 0.9
# An edge this strong (Lab units) is as good as any; further along, the jaw may lie elsewhere.
CLEAR_LAB = 10.0
# What it costs to be OUTWARDS_MM from the expected place, and to jump by a millimetre, in clear edges.
FAR_COST, JUMP_COST = 0.35, 0.6
# A jaw has no steps: what was found is smooth over so many steps of the contour.
SMOOTH_STEPS = 1.5
# The contour's part that faces down this much (its normal's y) is jaw.
DOWN = 0.15


def head_region(lab: np.ndarray, seen: Sequence[Face]) -> np.ndarray:
    """The first face with its jaw (H, W) float32 0..1, its edge where the plate shows it; none where no face was seen.

    `lab` (H, W, 3) is the plate in CIE Lab. A face whose scale can't be told keeps its landmarks' own outline.
    """
    drawn = np.zeros(lab.shape[:2], np.uint8)
    if not seen:
        return drawn.astype(np.float32)
    hull = cv2.convexHull(seen[0].points[:, :2].astype(np.float32))[:, 0].astype(np.float64)
    scale = face_scale(seen[0])
    if not isinstance(scale, str):
        hull = _to_the_edge(lab, hull, scale.px_per_mm)
    cv2.fillPoly(drawn, [np.round(hull * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)
    return (drawn / 255).astype(np.float32)


def _to_the_edge(lab: np.ndarray, hull: np.ndarray, px_per_mm: float) -> np.ndarray:
    """The contour (n, 2) moved out to the jaw's seen edge where it faces down, by FULLER_MM elsewhere."""
    points, normals = _resampled(hull, STEP_MM * px_per_mm)
    out = np.arange(-INWARDS_MM, OUTWARDS_MM + 1e-6, 0.5)
    expected = FAR_COST * ((out - FULLER_MM) / OUTWARDS_MM) ** 2
    strong = _edges(lab, points, normals, out, px_per_mm)
    cost = np.where(normals[:, 1:] > DOWN, 1 - np.minimum(strong / CLEAR_LAB, 1), 1) + expected
    moved = ndimage.gaussian_filter1d(out[_cheapest(cost, JUMP_COST * (out[1] - out[0]))], SMOOTH_STEPS, mode="wrap")
    return points + normals * (moved * px_per_mm)[:, None]


def _resampled(hull: np.ndarray, step_px: float) -> tuple[np.ndarray, np.ndarray]:
    """The closed contour every `step_px`, begun at its top, and its outward normals (n, 2), smooth over some steps."""
    hull = np.roll(hull, -int(hull[:, 1].argmin()), axis=0)
    closed = np.vstack([hull, hull[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.arange(max(int(along[-1] / step_px), 8)) * (along[-1] / max(int(along[-1] / step_px), 8))
    points = np.column_stack([np.interp(at, along, closed[:, k]) for k in (0, 1)])
    points = ndimage.gaussian_filter1d(points, 2.0, axis=0, mode="wrap")
    tangents = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    normals = np.column_stack([tangents[:, 1], -tangents[:, 0]])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    if ((points - points.mean(0)) * normals).sum() < 0:
        normals = -normals
    return points, normals


def _edges(lab: np.ndarray, points: np.ndarray, normals: np.ndarray, out: np.ndarray, px_per_mm: float) -> np.ndarray:
    """How far the plate's colour moves (n, m) in Lab units across each place `out` mm beyond each point."""
    soft = cv2.GaussianBlur(np.ascontiguousarray(lab, np.float32), (0, 0), max(0.3 * px_per_mm, 0.6))

    def colour(mm: np.ndarray) -> np.ndarray:
        at = points[:, None] + normals[:, None] * (mm * px_per_mm)[None, :, None]
        planes = [ndimage.map_coordinates(soft[..., k], at.T[::-1], order=1, mode="nearest").T for k in range(3)]
        return np.stack(planes, -1)

    strong = np.linalg.norm(colour(out + EDGE_MM) - colour(out - EDGE_MM), axis=-1)
    # A mole or a hair is no jaw: an edge goes on beside itself.
    return np.asarray(ndimage.median_filter(strong, size=(5, 1), mode="wrap"))


def _cheapest(cost: np.ndarray, jump: float) -> np.ndarray:
    """The column of each row of `cost` (n, m) on the path of the least sum, each column it moves by costing `jump`."""
    n, m = cost.shape
    moves = jump * np.abs(np.arange(m)[:, None] - np.arange(m)[None])
    total, came = cost[0].copy(), np.zeros((n, m), np.int64)
    for row in range(1, n):
        through = total[None] + moves
        came[row] = through.argmin(1)
        total = through.min(1) + cost[row]
    path = np.zeros(n, np.int64)
    path[-1] = int(total.argmin())
    for row in range(n - 1, 0, -1):
        path[row - 1] = came[row, path[row]]
    return path
