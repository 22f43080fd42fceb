"""The ellipse that a band's line draws, found among stones, clasps and chains.

An ellipse is five numbers: centre x and y, greater and lesser half axis in pixels, and the greater one's angle in radians.
Five points of the line give a guess (RANSAC, Fischler & Bolles 1981); the best guesses are refined by least squares over
the points near them, and the one that lies best on line and piece is taken.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.optimize import least_squares

TRIALS = 6000
GUESSES = 16
# A skeleton point lies on the ellipse when it is this near, in parts of the longer side.
ON_LINE = 0.011
# The ellipse is the piece's main round: at least this share of its longest extent.
LEAST_EXTENT = 0.5


def round_of(points: np.ndarray, thick: np.ndarray, solid: np.ndarray, extent: float) -> np.ndarray | None:
    """The ellipse (5,) of which most lies on the skeleton, large ones before small; None where there is none.

    `points` (n, 2) are the skeleton's, `thick` (n,) px its distance to the outline there, `solid` (H, W) the piece's mask,
    `extent` its longer side in px.
    """
    if len(points) < 12:
        return None
    rng = np.random.default_rng(7)
    # Thin strips are band; the skeleton of a massive head says nothing about the round.
    weight = 1.0 / np.maximum(thick, 2.0)
    picks = rng.choice(len(points), (TRIALS, 5), p=weight / weight.sum())
    picks = picks[(np.diff(np.sort(picks, 1)) > 0).all(1)]
    middle, spread = points.mean(0), points.std()
    xy = (points[picks] - middle) / spread
    X, Y = xy[..., 0], xy[..., 1]
    design = np.stack([X * X, X * Y, Y * Y, X, Y, np.ones_like(X)], -1)
    conics = np.linalg.svd(design)[2][:, -1]
    line = _drawn(points, solid.shape)
    near_line = ndimage.distance_transform_edt(~line) <= ON_LINE * extent
    found = _ellipses_of(conics)
    found = found * [spread, spread, spread, spread, 1.0] + [*middle, 0, 0, 0]
    found = found[_is_large(found, solid, extent)]
    if not len(found):
        return None
    # The best guesses are refined before they are judged again: a guess through five points is never exact.
    best = found[np.argsort(-_score(found, near_line, solid, extent), kind="stable")[:GUESSES]]
    refined = np.array([_refined(e, points, thick, extent) for e in best])
    refined = refined[_is_large(refined, solid, extent)]
    if not len(refined):
        return None
    return refined[int(np.argmax(_score(refined, near_line, solid, extent)))]


def _is_large(ellipses: np.ndarray, solid: np.ndarray, extent: float) -> np.ndarray:
    a, b = ellipses[:, 2], ellipses[:, 3]
    large: np.ndarray = (
        (2 * a >= LEAST_EXTENT * extent) & (2 * a <= 1.15 * np.hypot(solid.shape[0], solid.shape[1])) & (b >= 0.03 * a)
    )
    return large


def _score(ellipses: np.ndarray, near_line: np.ndarray, solid: np.ndarray, extent: float) -> np.ndarray:
    """How much of each ellipse (n, 5) lies on the skeleton and on the piece, larger ones before smaller."""
    t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    at = np.rint(points_on(ellipses[:, None], t)).astype(int)
    h, w = solid.shape
    inside = (at[..., 0] >= 0) & (at[..., 0] < w) & (at[..., 1] >= 0) & (at[..., 1] < h)
    x, y = np.clip(at[..., 0], 0, w - 1), np.clip(at[..., 1], 0, h - 1)
    on, over = (near_line[y, x] & inside).mean(1), (solid[y, x] & inside).mean(1)
    score: np.ndarray = (0.55 * on + 0.45 * over) * (2 * ellipses[:, 2] / extent) ** 0.35
    return score


def _drawn(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    drawn = np.zeros(shape, bool)
    at = points.astype(int)
    drawn[at[:, 1], at[:, 0]] = True
    return drawn


def points_on(e: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Points (..., len(t), 2) on ellipses (..., 5)."""
    c, s = np.cos(e[..., 4]), np.sin(e[..., 4])
    u, v = e[..., 2] * np.cos(t), e[..., 3] * np.sin(t)
    return np.stack([e[..., 0] + u * c - v * s, e[..., 1] + u * s + v * c], -1)


def _ellipses_of(conics: np.ndarray) -> np.ndarray:
    """Those of the conics A x2 + B xy + C y2 + D x + E y + F = 0 (n, 6) that are ellipses: centre, half axes (greater
    first) and the greater one's angle (m, 5)."""
    A, B, C, D, E, F = conics.T
    real = A * C - B * B / 4 > 1e-9
    A, B, C, D, E, F = (k[real] for k in (A, B, C, D, E, F))
    M = np.stack([np.stack([A, B / 2], -1), np.stack([B / 2, C], -1)], -2)
    centre = np.linalg.solve(2 * M, -np.stack([D, E], -1)[..., None])[..., 0]
    level = F + 0.5 * (D * centre[:, 0] + E * centre[:, 1])
    values, vectors = np.linalg.eigh(M)
    squares = -level[:, None] / values
    kept = (squares > 0).all(1)
    half, vectors, centre = np.sqrt(squares[kept]), vectors[kept], centre[kept]
    order = half.argmax(1)
    axis = np.take_along_axis(vectors, order[:, None, None], 2)[..., 0]
    return np.column_stack([centre, half.max(1), half.min(1), np.arctan2(axis[:, 1], axis[:, 0])])


def _refined(e: np.ndarray, points: np.ndarray, thick: np.ndarray, extent: float) -> np.ndarray:
    """Least squares over the skeleton points that lie on the ellipse and are no thicker than the strip."""
    for reach in (2.0, 1.3, 1.3):
        distance = distance_to(e, points)
        near = np.abs(distance) < reach * ON_LINE * extent
        if near.sum() < 12:
            return e
        near &= thick <= 1.35 * np.percentile(thick[near], 60)
        used = points[near]

        def misfit(p: np.ndarray, used: np.ndarray = used) -> np.ndarray:
            return distance_to(p, used)

        found = least_squares(misfit, e, loss="soft_l1", f_scale=0.6, x_scale=[1, 1, 1, 1, 0.02], max_nfev=60).x
        found[2:4] = np.abs(found[2:4])
        if found[3] > found[2]:
            found = np.array([found[0], found[1], found[3], found[2], found[4] + np.pi / 2])
        # A fit that runs away from the round it began with has lost it.
        if not 0.75 < found[2] / e[2] < 1.33:
            return e
        e = found
    return e


def distance_to(e: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Signed distance (n,) of points to the ellipse, to first order (Sampson)."""
    c, s = np.cos(e[4]), np.sin(e[4])
    dx, dy = points[:, 0] - e[0], points[:, 1] - e[1]
    u, v = dx * c + dy * s, -dx * s + dy * c
    a, b = max(abs(e[2]), 1e-3), max(abs(e[3]), 1e-3)
    level = u * u / (a * a) + v * v / (b * b) - 1
    slope = 2 * np.sqrt(u * u / a**4 + v * v / b**4)
    distance: np.ndarray = level / np.maximum(slope, 1e-9)
    return distance
