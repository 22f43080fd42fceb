"""How stones are held: claws, shared beads, collets and rails. All in the stone's own frame (table up, girdle at z = 0).

A setting grips: each claw and bead overlaps its stone by GRIP_MM, the notch that a setter cuts, and no more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.interpolate import CubicSpline

from pipeline.atelier.gems import Gem
from pipeline.atelier.mesh import Mesh, wire

GRIP_MM = 0.03
Distance = Callable[[np.ndarray], np.ndarray]


def reach(outline: np.ndarray, azimuth: float) -> float:
    """How far in mm the outline (N, 2) lies from its axis in the direction `azimuth` (radians)."""
    angle = np.unwrap(np.arctan2(outline[:, 1], outline[:, 0]))
    order = np.argsort(np.mod(angle, 2 * np.pi))
    return float(
        np.interp(azimuth % (2 * np.pi), np.mod(angle, 2 * np.pi)[order], np.hypot(*outline[order].T), period=2 * np.pi)
    )


def slid(start: np.ndarray, towards: np.ndarray, radius: float, distance: Distance) -> np.ndarray:
    """The point on the way from `start` (clear of the stone) to `towards` where a ball of this radius grips the stone."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        clear = float(distance((start + middle * (towards - start))[None])[0]) > radius - GRIP_MM
        low, high = (middle, high) if clear else (low, middle)
    return start + low * (towards - start)


def claw(gem: Gem, azimuth: float, radius: float, base_r: float, base_z: float, *, lap: float = 1.5) -> Mesh:
    """A claw from (base_r, base_z) up past the girdle and over the crown; `lap`: how far its tip lies in, in radii."""
    u = np.array([np.cos(azimuth), np.sin(azimuth), 0])
    up = np.array([0, 0, 1.0])
    girdle = reach(gem.outline, azimuth)
    tip_radius = radius * 0.92

    def held(rho: float, z: float, size: float) -> np.ndarray:
        """The axis point of a claw of this size that rests on the stone near (rho, z), coming from outside and above."""
        out = u * (rho + 3 * size) + up * (z + 3 * size)
        return slid(out, u * (rho - 2 * size) + up * (z - 2 * size), size, gem.distance)

    tip = held(girdle - lap * radius, gem.table_z * 0.55, tip_radius)
    side = slid(u * (girdle + 3 * radius), u * girdle * 0.5, radius, gem.distance)
    shoulder = held(girdle + 0.1 * radius, 0.35 * radius, radius)
    below = u * (base_r + (girdle + radius - base_r) * 0.62) + up * base_z * 0.45
    points = np.array([u * base_r + up * base_z, below, side - up * radius * 0.35, shoulder, tip])
    t = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    path = CubicSpline(t, points)(np.linspace(0, t[-1], 34))
    along = np.linspace(0, 1, 34)
    radii = radius * (0.88 + 0.12 * along) + (tip_radius - radius) * np.clip((along - 0.85) / 0.15, 0, 1)
    for k in range(len(path)):  # the spline may cut the corner at the girdle: the wire is bent out again
        d = gem.normals @ path[k] - gem.offsets
        nearest = int(d.argmax())
        if d[nearest] < radii[k] - GRIP_MM:
            path[k] += gem.normals[nearest] * (radii[k] - GRIP_MM - d[nearest])
    return wire(path, radii, sides=22, caps=6)


def bead(start: np.ndarray, towards: np.ndarray, radius: float, root_mm: float, distance: Distance) -> Mesh:
    """A raised bead: slid from `start` until it grips the nearest stone, with a stem `root_mm` down to the metal."""
    top = slid(start, towards, radius, distance)
    path = np.linspace(top - [0, 0, root_mm], top, 24)
    return wire(path, radius, sides=18, caps=6)


def collet(gem: Gem, wall: float, depth: float, *, lip: float = 0.0) -> Mesh:
    """A tapered wall round the stone, open below, its seat under the girdle; `lip` > 0 rises over it as a bezel."""
    outline = gem.outline
    edge = np.roll(outline, -1, 0) - np.roll(outline, 1, 0)
    normal = np.stack([edge[:, 1], -edge[:, 0]], -1) / np.linalg.norm(edge, axis=1, keepdims=True)
    half = gem.outline[:, 0].max()
    low, rim = -depth, 0.012 * half + lip
    # (scale of the outline, offset outwards, level), counter-clockwise round the wall's section.
    section = [
        (1.0, -0.03 if lip else 0.015, rim),
        (1.0, 0.015, 0.02 * half),
        (1.0, 0.015, -0.03 * half),
        (0.86, 0.0, -0.14 * half),
        (0.62, 0.0, low),
        (0.62, wall * 1.1, low),
        (0.86, wall * 1.1, -0.45 * depth),
        (1.0, wall, -0.1 * depth),
        (1.0, wall, rim - 0.25 * wall),
        (1.0, wall * 0.72, rim),
    ]
    rings = [np.column_stack([outline * s + normal * d, np.full(len(outline), z)]) for s, d, z in section]
    n, m = len(outline), len(section)
    vertices = np.stack(rings, 1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(n), np.arange(m), indexing="ij")
    a, b = i * m + j, i * m + (j + 1) % m
    c, d = (i + 1) % n * m + j, (i + 1) % n * m + (j + 1) % m
    faces = np.concatenate([np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])
    return _outward(Mesh(vertices, faces))


def rail(outline: np.ndarray, z: float, radius: float) -> Mesh:
    """A wire along a closed outline (N, 2) at level z."""
    return wire(np.column_stack([outline, np.full(len(outline), z)]), radius, sides=18, closed=True)


def _outward(mesh: Mesh) -> Mesh:
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum()
    return mesh if volume > 0 else Mesh(mesh.vertices, mesh.faces[:, ::-1])
