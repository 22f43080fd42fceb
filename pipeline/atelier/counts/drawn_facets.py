"""A faceted stone drawn as what its facets mirror: light and dark polygons, folded about its middle.

A path tracer's brilliants are exact, and each family's are lit alike. Shops retouch theirs: whiter, crisper, each its own.
Here a draw takes a millisecond and no two stones are alike. How stones are set is `drawn_settings`'.
"""

from __future__ import annotations

import numpy as np

from pipeline.fingerprint.model import Cut

# What a facet's level becomes in red, green and blue: its powers. Clear, then red, green, blue, violet, yellow, black.
STONES = np.array(
    [(1, 1, 1), (0.5, 2.6, 1.6), (2.4, 0.7, 1.5), (2.6, 1.9, 0.6), (1.3, 2.0, 0.7), (0.6, 0.9, 2.2), (4, 4, 4)]
)
# Most facets mirror the ground or a lamp, some the dark behind the camera.
BRIGHT, DARK = (0.62, 1.0), (0.02, 0.4)
SECTORS = 16


def facets(x: np.ndarray, y: np.ndarray, kind: int, rng: np.random.Generator) -> np.ndarray:
    """Colours (N, 3) in 0..1 of points (N,) of a stone in its own measure, its outline about 1 from its middle. `kind`: of
    STONES."""
    fold = int(rng.choice((8, 4, 6, 1), p=(0.7, 0.1, 0.1, 0.1)))
    count = int(rng.integers(25, 60)) if fold == 1 else int(rng.integers(5, 14))
    angle, away = np.arctan2(y, x) + rng.uniform(0, 2 * np.pi), np.hypot(x, y).astype(np.float32)
    sector = np.floor(angle * fold / (2 * np.pi)).astype(int) % SECTORS
    folded = np.mod(angle, 2 * np.pi / fold) - np.pi / fold
    if fold > 1:
        folded = np.abs(folded)
    # Each facet is what lies nearest to its own middle, in a measure of its own: crossing lines, as facets have them.
    u, v = (away * np.cos(folded)).astype(np.float32), (away * np.sin(folded)).astype(np.float32)
    middle_away = np.sqrt(rng.uniform(0, 1.1, count))
    middle_angle = rng.uniform(0 if fold > 1 else -np.pi, np.pi / fold, count)
    stretch = np.exp(rng.normal(0, 0.35, (count, 2)))
    du = (u[:, None] - middle_away * np.cos(middle_angle)) * stretch[:, 0]
    dv = (v[:, None] - middle_away * np.sin(middle_angle)) * stretch[:, 1]
    cell = (du * du + dv * dv).argmin(1)
    dark = rng.uniform(0.1, 0.5)
    level = np.where(
        rng.random((count, SECTORS)) < dark,
        rng.uniform(*DARK, (count, SECTORS)),
        rng.uniform(*BRIGHT, (count, SECTORS)),
    )
    # Facets that mirror each other across the stone see the same thing, or, turned a little, do not.
    alike = rng.random((count, 1)) < rng.uniform(0.3, 1.0)
    level = np.where(alike, level[:, :1], level)[cell, sector]
    slope = rng.normal(0, 0.15, (count, 2))
    level = level + slope[cell, 0] * u + slope[cell, 1] * v
    if rng.random() < 0.4:  # the table mirrors a lamp as a whole
        level = np.where(away < rng.uniform(0.45, 0.65), level + rng.uniform(-0.15, 0.5), level)
    level = np.clip(0.6 + (level - 0.6) * rng.uniform(0.35, 1.2) + rng.uniform(-0.1, 0.25), 0.01, 1)
    colour = level[:, None] ** STONES[kind]
    if rng.random() < 0.25:  # fire
        colour = colour * (1 + 0.3 * rng.normal(0, 1, (count, 3))[cell] * (level < 0.7)[:, None])
    glints = (rng.random(count) < 0.08)[cell]
    return np.asarray(np.clip(np.where(glints[:, None], 1.0, colour), 0, 1), np.float32)


def cut_outline(cut: Cut, count: int = 64) -> np.ndarray:
    """A cut's outline (N, 2) seen from above in its own measure: ±1 along its length."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    if cut == "cushion":
        return np.stack([np.sign(c) * np.abs(c) ** 0.6, np.sign(s) * np.abs(s) ** 0.6], -1)
    if cut == "oval":
        return np.stack([c, 0.75 * s], -1)
    if cut == "marquise":
        return np.stack([c, 0.5 * np.sign(s) * np.abs(s) ** 1.25], -1)
    if cut == "pear":
        return np.stack([c, s * 0.66 * (1 - 0.55 * np.maximum(c, 0) ** 2)], -1)
    return np.stack([c, s], -1)
