"""Shanks and their shoulders. The finger's axis is z, the head sits at +y; millimetres."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from pipeline.atelier.mesh import Mesh, swept, wire


def half_round(inner_mm: float, width_mm: float, thickness_mm: float, *, points: int = 320) -> Mesh:
    """A half-round band: flat, slightly comfort-curved inside, an arc outside; a fifth wider at the head than at the back."""
    angle = np.arange(points) * 2 * np.pi / points
    path = np.stack([np.cos(angle), np.sin(angle), np.zeros(points)], -1) * inner_mm / 2
    t = np.linspace(0, np.pi, 29)
    outer = np.stack([np.cos(t), np.sin(t) ** 0.9 * 0.88 + 0.12], -1)
    inner_z = np.linspace(-1, 1, 13)
    inner = np.stack([inner_z, 0.12 * inner_z**4], -1)[1:-1]
    section = np.vstack([outer, inner])
    width = width_mm / 2 * (1 + 0.1 * np.sin(angle))
    profiles = np.stack([section[None, :, 0] * width[:, None], np.tile(section[:, 1] * thickness_mm, (points, 1))], -1)
    return swept(path, profiles, np.array([0, 0, 1.0]))


def shoulder(inner_mm: float, thickness_mm: float, side: int, end: np.ndarray) -> Mesh:
    """A cathedral arm: leaves the shank a third of the way round on `side` (-1, 1) and rises to `end` under the head."""
    r = inner_mm / 2 + thickness_mm * 0.36
    a0, a1 = np.radians([20, 40])
    start = np.array([side * r * np.cos(a0), r * np.sin(a0), 0])
    leave = np.array([side * (r + 0.55) * np.cos(a1), (r + 0.55) * np.sin(a1), 0])
    middle = leave * 0.42 + end * 0.58 + np.array([side * 0.35, -0.15, 0])
    points = np.array([start, leave, middle, end])
    t = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    path = CubicSpline(t, points)(np.linspace(0, t[-1], 40))
    return wire(path, np.linspace(thickness_mm * 0.36, thickness_mm * 0.29, 40), sides=24)
