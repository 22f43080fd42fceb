"""The ground that a piece was photographed on: a smooth surface of colour, fitted without knowing where the piece is.

Product photos have near-plain grounds: white, grey, coloured or black, with a vignette or a gradient from the light.
A low-order polynomial per channel describes them all; the fit begins at the picture's border and leaves out
whatever stands off it (the piece, its shadow). A ground that no such surface explains is busy, and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.errors import MatteRefused
from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear

GRID_PX = 160  # the fit works on a small copy: the ground has no detail
BORDER_SHARE = 0.04  # of the shorter side: the frame that is expected to show ground
MIN_BORDER_GROUND = 0.55  # of that frame must be explained by the surface
MAX_NOISE = 0.03  # robust deviation from the surface, of display-encoded 0..1
TOLERANCE = (0.012, 0.045)  # bounds of what still counts as ground in the fit


@dataclass(frozen=True)
class Ground:
    """`surface`: (H, W, 3) float32 linear RGB, the bare ground everywhere; `colour`: (3,) its median; `noise`: robust
    deviation of display-encoded 0..1 from it; `clipped`: it is blown to pure white, so that it hides its own noise.
    """

    surface: np.ndarray
    colour: np.ndarray
    noise: float
    clipped: bool


def _basis(shape: tuple[int, int], order: int) -> np.ndarray:
    """Monomials of total degree up to `order` over -1..1, ``(H * W, terms)``."""
    y, x = np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    terms = [x**i * y**j for i in range(order + 1) for j in range(order + 1 - i)]
    return np.stack([t.ravel() for t in terms], axis=1)


def border_mask(shape: tuple[int, int], share: float = BORDER_SHARE) -> np.ndarray:
    """The picture's frame, bool ``(H, W)``, at least 2 px wide."""
    width = max(2, round(min(shape) * share))
    mask = np.ones(shape, dtype=bool)
    mask[width:-width, width:-width] = False
    return mask


def fit_ground(rgb: np.ndarray) -> Ground:
    """The Ground of a linear RGB photo ``(H, W, 3)``. Raises MatteRefused ``matte.busy_ground`` where none is plain."""
    height, width = rgb.shape[:2]
    scale = GRID_PX / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = linear_to_srgb(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)).astype(np.float64)
    shape = (small.shape[0], small.shape[1])
    pixels = small.reshape(-1, 3)
    border = border_mask(shape).ravel()

    surface = np.broadcast_to(_commonest(pixels[border]), pixels.shape)
    inlier = border & (np.abs(pixels - surface).max(axis=1) < 0.1)
    tolerance = TOLERANCE[1]
    for order in (1, 1, 2, 2, 2, 3, 3):
        terms = _basis(shape, order)
        if inlier.sum() < 4 * terms.shape[1]:
            break
        fitted = _solve(terms, pixels, inlier)
        residual = np.abs(pixels - fitted).max(axis=1)
        spread = 1.4826 * float(np.median(residual[inlier]))
        tolerance = float(np.clip(4 * spread, *TOLERANCE))
        surface, inlier = fitted, residual < tolerance
    residual = np.abs(pixels - surface).max(axis=1)
    shown = float((residual[border] < max(2 * tolerance, 0.03)).mean())
    noise = _noise_at_full_size(rgb, surface.reshape(*shape, 3), tolerance)
    if shown < MIN_BORDER_GROUND or noise > MAX_NOISE or inlier.mean() < 0.08:
        raise MatteRefused(
            "matte.busy_ground",
            "The ground behind the piece isn't plain, so its edges can't be told from what lies behind.",
            "Photograph it on plain white, grey or black, or upload a PNG that is already cut out.",
        )
    colour = np.median(surface, axis=0)
    full = cv2.resize(surface.reshape(*shape, 3).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    encoded = np.clip(full, 0.0, 1.0)
    return Ground(
        surface=srgb_to_linear(encoded),
        colour=srgb_to_linear(colour.astype(np.float32).clip(0, 1)),
        noise=noise,
        clipped=bool(np.median(pixels[inlier].min(axis=1)) > 0.994),
    )


def _commonest(colours: np.ndarray) -> np.ndarray:
    """The densest colour of a sample ``(N, 3)``: the mode, which a chain that leaves the frame can't move."""
    bins = np.round(colours * 24).astype(int)
    _, index, counts = np.unique(bins, axis=0, return_inverse=True, return_counts=True)
    return np.median(colours[index.ravel() == counts.argmax()], axis=0)


def _solve(terms: np.ndarray, pixels: np.ndarray, inlier: np.ndarray) -> np.ndarray:
    """Ridge least squares: terms that the visible ground does not ask for stay small behind the piece."""
    a, b = terms[inlier], pixels[inlier]
    ridge = 1e-3 * len(a) * np.eye(terms.shape[1])
    ridge[0, 0] = 0.0
    return terms @ np.linalg.solve(a.T @ a + ridge, a.T @ b)


def _noise_at_full_size(rgb: np.ndarray, surface: np.ndarray, tolerance: float) -> float:
    """Robust deviation in full-size pixels of the frame, which the small copy has averaged away."""
    height, width = rgb.shape[:2]
    mask = border_mask((height, width))
    rows, cols = np.nonzero(mask)
    step = max(1, len(rows) // 40_000)
    rows, cols = rows[::step], cols[::step]
    near = surface[rows * surface.shape[0] // height, cols * surface.shape[1] // width]
    residual = np.abs(linear_to_srgb(rgb[rows, cols]) - near).max(axis=1)
    kept = residual[residual < max(6 * tolerance, 0.15)]
    return 1.4826 * float(np.median(kept)) if len(kept) else 1.0
