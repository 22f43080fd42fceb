"""True coverage in the narrow band along an outline, and the piece's own colour there: the matte's fine half.

The ground is known beside every edge, which the general matting problem does not have: in linear light a pixel of the
band is ``a F + (1 - a) G``, and with F and G taken right inside and right outside the coverage follows directly. Where F
and G are too alike to tell, the coverage that the network sees stands. (The closed form of Levin, Lischinski and Weiss was tried in
its place: among facets its smoothness carries coverage across edges, and it came out twice as far from the truth.)
"""

from __future__ import annotations

import cv2
import numpy as np

# Lengths in working pixels.
BAND_PX = 2.5  # from the outline: further in all is piece, further out nothing is
BESIDE_BLUR = 0.8  # how near the colours on both sides are taken
TELLING = 0.12  # linear colour difference at which unmixing counts half
# That unmixing may move coverage: from an outline that was drawn; from what the network saw at the photo's size, and more for
# each size that it saw it smaller.
MOST_MOVED, MOST_MOVED_SEEN, MORE_BY_ZOOM = 0.6, 0.1, 0.4


def normalised_blur(values: np.ndarray, weight: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean of `values` (H, W, C) over a Gaussian neighbourhood where `weight` (H, W) counts; and how much counted, 0..1."""
    size = (0, 0)
    weight = np.asarray(weight, dtype=np.float32)
    total = cv2.GaussianBlur(weight, size, sigma, borderType=cv2.BORDER_REPLICATE)
    mixed = cv2.GaussianBlur(values * weight[..., None], size, sigma, borderType=cv2.BORDER_REPLICATE)
    return mixed / np.maximum(total, 1e-6)[..., None], total


def ground_beside(rgb: np.ndarray, surface: np.ndarray, outside: np.ndarray, sigma: float) -> np.ndarray:
    """The ground as it looks right beside the piece, its shadow included: (H, W, 3) linear, drawn in from `outside`."""
    local, counted = normalised_blur(rgb, outside.astype(np.float32), sigma)
    trust = np.clip(counted / 0.02, 0, 1)[..., None]
    return trust * local + (1 - trust) * surface


def piece_beside(rgb: np.ndarray, ground: np.ndarray, inside: np.ndarray, scale: float) -> np.ndarray:
    """A guess of the piece's own colour at each pixel, (H, W, 3) linear.

    Where the sure inside is near, its colour there; on wires too thin to have one, the neighbour furthest from the ground.
    """
    near, counted = normalised_blur(rgb, inside.astype(np.float32), 1.2 * scale)
    trust = np.clip(counted / 0.15, 0, 1)[..., None]
    return trust * near + (1 - trust) * _furthest_neighbour_at(rgb, ground, scale)


def _furthest_neighbour_at(rgb: np.ndarray, ground: np.ndarray, scale: float) -> np.ndarray:
    """`_furthest_neighbour` within two working pixels; a large photo is looked at in working size, where a wire is a wire."""
    if scale < 1.5:
        return _furthest_neighbour(rgb, ground, 2)
    height, width = rgb.shape[:2]
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    small, behind = (cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (rgb, ground))
    return cv2.resize(_furthest_neighbour(small, behind, 2), (width, height), interpolation=cv2.INTER_LINEAR)


def _furthest_neighbour(rgb: np.ndarray, ground: np.ndarray, radius: int) -> np.ndarray:
    best = ((rgb - ground) ** 2).sum(axis=2)
    colour = rgb.copy()
    for axis in (0, 1):
        own_best, own_colour = best.copy(), colour.copy()
        for step in range(-radius, radius + 1):
            if step == 0:
                continue
            moved_best, moved = _shifted(own_best, step, axis), _shifted(own_colour, step, axis)
            better = moved_best > best
            best = np.where(better, moved_best, best)
            colour = np.where(better[..., None], moved, colour)
    return colour


def _shifted(array: np.ndarray, step: int, axis: int) -> np.ndarray:
    """`array` moved by `step`, its edge repeated."""
    index = np.clip(np.arange(array.shape[axis]) - step, 0, array.shape[axis] - 1)
    return np.take(array, index, axis=axis)


def unmix(rgb: np.ndarray, piece: np.ndarray, ground: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coverage 0..1 of each pixel on the line from `ground` to `piece`, and how far the two are apart squared."""
    span = piece - ground
    apart = (span**2).sum(axis=2)
    alpha = ((rgb - ground) * span).sum(axis=2) / np.maximum(apart, 1e-6)
    return np.clip(alpha, 0, 1), apart


def solve_coverage(
    rgb: np.ndarray,
    piece: np.ndarray,
    seen: np.ndarray,
    ground: np.ndarray,
    zoom: float,
    drawn: np.ndarray | None = None,
) -> np.ndarray:
    """Alpha (H, W) along the outline of `piece` (bool): 1 well inside, 0 well outside.

    Where the colours right inside and right outside can be told apart, and the pixel lies between them, it is unmixed;
    where they can't (a white facet on white), coverage is as it was `seen`, (H, W) 0..1. `zoom`: pixels a working pixel.
    `drawn`: bool (H, W), where `seen` is no more than somebody's outline.
    """
    inward = cv2.distanceTransform(piece.astype(np.uint8), cv2.DIST_L2, 5)
    outward = cv2.distanceTransform((~piece).astype(np.uint8), cv2.DIST_L2, 5)
    own, own_counted = normalised_blur(rgb, inward > zoom, BESIDE_BLUR * zoom)
    behind, behind_counted = normalised_blur(rgb, outward > zoom, BESIDE_BLUR * zoom)
    shown = np.clip(behind_counted / 0.05, 0, 1)[..., None]
    behind = shown * behind + (1 - shown) * ground
    unmixed, apart = unmix(rgb, own, behind)
    off_line = ((rgb - behind - unmixed[..., None] * (own - behind)) ** 2).sum(axis=2)
    trust = apart / (apart + TELLING**2 + 4 * off_line) * np.clip(own_counted / 0.05, 0, 1)
    by_net = min(MOST_MOVED, MOST_MOVED_SEEN + MORE_BY_ZOOM * (zoom - 1))
    moved = np.where(np.zeros_like(piece) if drawn is None else drawn, MOST_MOVED, by_net).astype(np.float32)
    alpha = seen + trust * np.clip(unmixed - seen, -moved, moved)
    reach = BAND_PX * zoom
    alpha = np.where(inward > reach, 1.0, np.where(outward > reach, 0.0, alpha))
    return np.clip(alpha, 0, 1).astype(np.float32)


def own_colour(rgb: np.ndarray, alpha: np.ndarray, piece: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """The piece's colour with the ground taken out: (H, W, 3) linear, `rgb` itself where alpha is 1.

    ``(C - (1 - a) G) / a``, which turns noisy as a falls; there it hands over to the guess `piece`.
    """
    a = alpha[..., None]
    unmixed = (rgb - (1 - a) * ground) / np.maximum(a, 0.05)
    trust = np.clip((a - 0.1) / 0.5, 0, 1)
    low, high = np.minimum(piece, rgb), np.maximum(piece, rgb)
    bounded = np.clip(unmixed, low - 0.05, high + 0.05)
    colour = np.where(a >= 1, rgb, trust * bounded + (1 - trust) * piece)
    return np.clip(colour, 0, 1).astype(np.float32)
