"""A plate's light: direction, colour, softness, grain and sharpness, as the body itself shows them.

Skin under a light field of first order is lit by ``a + b·n`` (Basri and Jacobs 2003; Ramamoorthi and Hanrahan 2001):
`a` is what comes from everywhere, `b` points to where more comes from. Both are fitted to the luminance of the skin over
the normals that its shape gives (a face's mesh, a limb's cylinder). A cylinder says nothing of light along itself, so a
weak prior stands in for what the plate doesn't show: light from above and from the camera's side.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree

from pipeline.imaging.colour import linear_to_srgb, luminance
from pipeline.plate.anchor import unit
from pipeline.plate.landmarks import Face

# The prior's direction, and how many skin pixels' worth it counts, in parts of those seen.
PRIOR, PRIOR_WEIGHT = np.array([0.0, 0.42, 0.36]), 0.03
# Directionality |b|/a of a light from one small window is near 1.5, of an overcast sky 0.3.
HARD, SOFT = 1.5, 0.3
# The angle a light's centre of mass is spread over, for the hardest and the softest light told apart.
HARD_SPREAD_DEG, SOFT_SPREAD_DEG = 7.0, 42.0
WIDEST_TINT = 0.16


@dataclass(frozen=True)
class PlateLight:
    """What lights the plate.

    - `direction` (3,): unit, to the light (x right, y up, z to the camera).
    - `ambient`, `directed`: `a` and `|b|`, with ``a + |b|`` = 1: how the brightest-turned skin is lit.
    - `spread_deg`: how wide the light is. `colour` (3,): linear, luminance 1, against a neutral white.
    - `level` 0..1: how bright the plate is exposed, 1 for full.
    - `grain`: its noise in sRGB steps of 1, a standard deviation. `blur_px`: the sigma of its sharpest edges.
    """

    direction: np.ndarray
    ambient: float
    directed: float
    spread_deg: float
    colour: np.ndarray
    level: float
    grain: float
    blur_px: float

    def falling_on(self, normals: np.ndarray) -> np.ndarray:
        """The level (H, W) of light on surfaces of these normals (H, W, 3); 1 where it falls fullest."""
        return np.maximum(self.ambient + self.directed * (normals @ self.direction), 0.04).astype(np.float32)


def read_light(rgb: np.ndarray, skin: np.ndarray, normals: np.ndarray, faces: tuple[Face, ...]) -> PlateLight:
    """The light of a picture `rgb` (H, W, 3) linear, whose `skin` (H, W) has these `normals`; faces in its pixels."""
    level = luminance(rgb)
    samples, shades = _samples(level, skin, normals)
    for face in faces[:1]:
        more, shade = _face_samples(level, skin, face)
        samples, shades = np.concatenate([samples, more]), np.concatenate([shades, shade])
    a, b = _fitted(samples, shades)
    strength = float(np.linalg.norm(b))
    ratio = float(np.clip(strength / max(a, 1e-6), 0.0, HARD))
    hardness = float(np.clip((ratio - SOFT) / (HARD - SOFT), 0, 1))
    whole = 1 + ratio
    return PlateLight(
        direction=unit(b) if strength > 1e-6 else unit(PRIOR),
        ambient=1 / whole,
        directed=ratio / whole,
        spread_deg=SOFT_SPREAD_DEG + (HARD_SPREAD_DEG - SOFT_SPREAD_DEG) * hardness,
        colour=_colour(rgb, skin),
        level=float(np.clip(np.percentile(level, 98.5) / 0.72, 0.35, 1.0)),
        grain=grain_of(rgb),
        blur_px=blur_of(rgb),
    )


def _samples(level: np.ndarray, skin: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    step = max(int(np.sqrt(skin.size / 60_000)), 1)
    smooth = cv2.GaussianBlur(level, (0, 0), 2.0)
    inside = cv2.erode((skin > 0.8).astype(np.uint8), np.ones((5, 5), np.uint8))[::step, ::step] > 0
    turned = np.linalg.norm(normals[::step, ::step, :2], axis=-1) > 1e-3
    inside &= turned
    return normals[::step, ::step][inside], smooth[::step, ::step][inside]


def face_normals(face: Face) -> np.ndarray:
    """The normals (468, 3) of a face's mesh from each point's neighbours: x right, y up, z to the camera."""
    points = face.points * np.array([1, -1, -1])
    near = cKDTree(points).query(points, k=9)[1]
    local = points[near] - points[near].mean(1, keepdims=True)
    normals = np.linalg.svd(local, full_matrices=False)[2][:, 2]
    turned: np.ndarray = normals * np.where(normals[:, 2:] < 0, -1, 1)
    return turned


def _face_samples(level: np.ndarray, skin: np.ndarray, face: Face) -> tuple[np.ndarray, np.ndarray]:
    """Normals of the face's mesh, and the skin's level there."""
    normals = face_normals(face)
    smooth = cv2.GaussianBlur(level, (0, 0), 3.0)
    h, w = level.shape
    x, y = np.round(face.points[:, 0]).astype(int), np.round(face.points[:, 1]).astype(int)
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    inside[inside] &= skin[y[inside], x[inside]] > 0.8
    # A mesh point stands for more skin than a pixel does.
    return np.repeat(normals[inside], 8, axis=0), np.repeat(smooth[y[inside], x[inside]], 8)


def _fitted(normals: np.ndarray, shades: np.ndarray) -> tuple[float, np.ndarray]:
    """`a` and `b` by least squares, reweighted so that highlights and dark marks don't pull (Huber)."""
    if len(shades) < 50:
        return 1.0, PRIOR.copy()
    scale = float(np.median(shades))
    X = np.concatenate([np.ones((len(shades), 1)), normals], 1)
    y = shades / max(scale, 1e-4)
    weight = np.ones(len(y))
    prior = np.concatenate([[0.62], 0.62 * PRIOR / 0.55])
    pull = np.diag([0.2, 1.0, 1.0, 1.0]) * PRIOR_WEIGHT * len(y)
    beta = prior
    for _ in range(8):
        A = X.T @ (X * weight[:, None]) + pull
        beta = np.linalg.solve(A, X.T @ (y * weight) + pull @ prior)
        off = np.abs(y - X @ beta)
        bound = 1.5 * float(np.median(off)) + 1e-6
        weight = np.minimum(1.0, bound / np.maximum(off, 1e-9))
    return max(float(beta[0]), 0.15), beta[1:]


def _colour(rgb: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """The light's colour (3,) from what is nearly white or grey besides the skin; neutral where nothing is."""
    small = cv2.resize(rgb, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA) if max(rgb.shape) > 400 else rgb
    cover = cv2.resize(skin, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    high, low = small.max(-1), small.min(-1)
    pale = (cover < 0.2) & (high > 0.25) & (high < 0.97) & (low > 0.72 * high)
    if pale.mean() < 0.004:
        return np.ones(3, np.float32)
    mean = small[pale].mean(0)
    colour = np.clip(mean / max(float(luminance(mean)), 1e-4), 1 - WIDEST_TINT, 1 + WIDEST_TINT)
    # Pale things are seldom quite white: half of their tint is taken for the light's.
    colour = 1 + 0.5 * (colour - 1)
    return (colour / float(luminance(colour))).astype(np.float32)


def grain_of(rgb: np.ndarray) -> float:
    """Noise as a standard deviation in sRGB steps of 1, from the quietest parts of a picture (H, W, 3) linear.

    Immerkær, "Fast noise variance estimation" (1996): a Laplacian difference that flat and sloping tones don't answer to.
    """
    grey = linear_to_srgb(rgb).mean(-1)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    answer = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel))
    block = 16
    h, w = (n // block * block for n in answer.shape)
    if h == 0 or w == 0:
        return 0.0
    means = answer[:h, :w].reshape(h // block, block, w // block, block).mean((1, 3))
    tones = grey[:h, :w].reshape(h // block, block, w // block, block).mean((1, 3))
    fair = means[(tones > 0.08) & (tones < 0.95)]
    if fair.size == 0:
        return 0.0
    return float(np.sqrt(np.pi / 2) / 6 * np.percentile(fair, 20))


def blur_of(rgb: np.ndarray) -> float:
    """The Gaussian sigma, in pixels, of the sharpest edges of a picture (H, W, 3) linear.

    Zhuo and Sim, "Defocus map estimation from a single image" (2011): how much an edge loses under a known blur.
    """
    grey = linear_to_srgb(rgb).mean(-1)
    known = 1.5

    def steepness(image: np.ndarray) -> np.ndarray:
        return cv2.magnitude(cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1))

    calm = cv2.GaussianBlur(grey, (0, 0), 0.6)
    before, after = steepness(calm), steepness(cv2.GaussianBlur(calm, (0, 0), known))
    strong = before > max(float(np.percentile(before, 99)), 1e-3)
    if not strong.any():
        return 8.0
    ratio = np.maximum(before[strong] / np.maximum(after[strong], 1e-6), 1.0001)
    squared = known**2 / (ratio**2 - 1) - 0.6**2
    return float(np.sqrt(max(np.percentile(squared, 25), 0.04)))
