"""Brilliant-cut stones, as the planes that a cutter grinds.

The round brilliant has 57 facets besides its girdle: table, 8 stars, 8 bezels, 16 upper girdles; 16 lower girdles and
8 pavilion mains. Proportions default to the middle of the range graded excellent (table 57 %, crown 34.5°, pavilion
40.75°, star length 50 %, lower halves 77 %). Other outlines keep the same facets: each facet's distance from the axis is
scaled by the outline's support in its direction, so that all facets stay plane and meet as they do in the round stone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from pipeline.atelier.mesh import Mesh, cut

Outline = Literal["round", "oval", "cushion", "marquise", "pear"]

_STEP = np.radians(22.5)
FACETS = 57


@dataclass(frozen=True)
class Proportions:
    """Of a brilliant: shares of the girdle's diameter (table, girdle) or length (star, lower half), angles in degrees."""

    table: float = 0.57
    crown_deg: float = 34.5
    pavilion_deg: float = 40.75
    girdle: float = 0.025
    star: float = 0.5
    lower_half: float = 0.77


@dataclass(frozen=True)
class Gem:
    """A stone with its table up (+z) and its girdle's middle at z = 0.

    The solid is {p : normals · p <= offsets}, in mm; `outline` is the girdle seen from above, (N, 2) mm.
    """

    mesh: Mesh
    normals: np.ndarray
    offsets: np.ndarray
    outline: np.ndarray
    table_z: float
    culet_z: float

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (N,) in mm of points (N, 3) to the facets' planes: below 0 inside, exact over a facet."""
        return (points @ self.normals.T - self.offsets).max(-1)


def outline_points(shape: Outline, width_mm: float, count: int = 96) -> np.ndarray:
    """The girdle's outline (N, 2), counter-clockwise, `width_mm` across x; an oval is a third longer in y,
    a marquise twice as long, a cushion as long as wide; a pear is half as long again, tip to +y."""
    t = np.arange(count) * 2 * np.pi / count
    circle = np.stack([np.cos(t), np.sin(t)], -1)
    if shape == "round":
        return width_mm / 2 * circle
    if shape == "oval":
        return width_mm / 2 * circle * [1, 1.35]
    if shape == "cushion":  # a superellipse of exponent 3
        return width_mm / 2 * np.sign(circle) * np.abs(circle) ** (2 / 3)
    if shape == "marquise":  # two arcs that meet in the tips: |y| = 1 where the arcs' half angle is 2 atan(1/2)
        half, radius = 2 * np.arctan(0.5), 1.25
        a = (np.arange(count // 2) + 0.5) / (count // 2) * 2 * half - half
        right = np.stack([radius * np.cos(a) - (radius - 0.5), radius * np.sin(a)], -1)
        return width_mm * np.vstack([right, -right])
    # The teardrop curve, its exponent just low enough to stay convex to the tip.
    x, y = np.sin(t) * np.sin(t / 2) ** 0.86, np.cos(t)
    points = np.stack([-x / np.abs(x).max() * width_mm / 2, y * 0.75 * width_mm], -1)
    return points + np.array([0, 0.12 * width_mm])  # the culet stands under the round lobe, not under the middle


def cut_of(gem: Gem) -> Outline:
    """The outline that a stone was cut to, told from its girdle."""
    width = float(np.ptp(gem.outline[:, 0]))
    return min(get_args(Outline), key=lambda shape: _apart(gem.outline, outline_points(shape, width)))


def _apart(one: np.ndarray, two: np.ndarray) -> float:
    return float(np.abs(one - two).max()) if len(one) == len(two) else np.inf


def brilliant(shape: Outline, width_mm: float, proportions: Proportions | None = None) -> Gem:
    """A brilliant of this outline, `width_mm` across its girdle.

    The facet geometry of the round is worked out at radius 1 and then scaled by the outline's support h(azimuth):
    a facet (azimuth a, level z0, slope k) is  u(a)·p <= h(a) (1 - (z - z0) / k).
    """
    if not width_mm > 0:
        raise ValueError("a stone's width must be above 0 mm")
    p = proportions or Proportions()
    girdle, crown, pavilion = p.girdle, np.tan(np.radians(p.crown_deg)), np.tan(np.radians(p.pavilion_deg))
    table_z = girdle + (1 - p.table) * crown

    def bezel_z(r: float, off: float) -> float:
        return table_z - (r * np.cos(off) - p.table) * crown

    star_edge = p.table * np.cos(_STEP)
    star_r = star_edge + p.star * (1 - star_edge)
    star_z = bezel_z(star_r, _STEP)
    star_slope = (table_z - star_z) / (star_r - star_edge)
    half_r = 1 - p.lower_half
    half_z = -girdle - pavilion * (1 - half_r * np.cos(_STEP))
    edge = np.cos(_STEP / 2)  # a girdle facet's chord, seen along its own azimuth
    upper_slope = (star_z - girdle) / (edge - star_r * edge)
    lower_slope = (-girdle - half_z) / (edge - half_r * edge)

    outline = outline_points(shape, width_mm)
    half = width_mm / 2
    normals, offsets = [np.array([0, 0, 1.0]), np.array([0, 0, -1.0])], [table_z * half, (girdle + pavilion) * half]

    def facet(azimuth: float, reach: float, z0: float, slope: float) -> None:
        """Reach `reach` of the outline at level z0, running inwards with |dz/dr| = |slope|; above 0 on the crown."""
        u = np.array([np.cos(azimuth), np.sin(azimuth)])
        support = float((outline @ u).max())
        fall = support / half / slope
        n = np.array([u[0], u[1], fall])
        length = np.linalg.norm(n)
        normals.append(n / length)
        offsets.append((support * reach + fall * z0 * half) / length)

    for k in range(8):
        main = 2 * k * _STEP
        facet(main, 1, girdle, crown)
        facet(main, 1, -girdle, -pavilion)
        facet(main + _STEP, star_edge, table_z, star_slope)
        for side in (-0.5, 0.5):
            facet(main + _STEP + side * _STEP, edge, girdle, upper_slope)
            facet(main + _STEP + side * _STEP, edge, -girdle, -lower_slope)
    # The girdle's wall, an edge a side of the outline.
    sides = np.roll(outline, -1, 0) - outline
    for point, side in zip(outline, sides, strict=True):
        n = np.array([side[1], -side[0], 0]) / np.linalg.norm(side)
        normals.append(n)
        offsets.append(float(n[:2] @ point))
    n_all, o_all = np.array(normals), np.array(offsets)
    mesh = cut(n_all, o_all, np.zeros(3))
    return Gem(mesh, n_all, o_all, outline, table_z * half, float(mesh.vertices[:, 2].min()))
