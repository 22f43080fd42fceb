"""A rendered crop as another photographer would have delivered it, of a piece in other metals and stones.

What may change without changing what is true: the ground, metals and stones by tint, exposure, contrast, sharpening, noise,
JPEG, and the matte, which comes rough. And what must not be taken for stones or prongs is added on metal: rows of milgrain,
fields of enamel.
"""

from __future__ import annotations

import cv2
import numpy as np

# Multipliers of grey, linear enough for a crop: alloys, then stones.
METAL_TINTS = np.array([(1.05, 0.88, 0.5), (1.04, 0.78, 0.62), (1.0, 1.0, 1.0), (0.92, 0.94, 1.0), (0.95, 0.85, 0.7)])
STONE_TINTS = np.array(
    [(1, 1, 1), (1, 1, 1), (0.9, 0.25, 0.35), (0.25, 0.75, 0.45), (0.3, 0.4, 0.95), (0.75, 0.5, 0.9), (1, 0.92, 0.6)]
)


def photographed_otherwise(
    rgb: np.ndarray, alpha: np.ndarray, stone: np.ndarray, tintable: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The crop (H, W, 3) and its matte (H, W) changed, and where beads were added (H, W), 0 or 1. All float32 in 0..1.

    `stone`: 1 on stones; `tintable`: 1 on those whose colour may change.
    """
    metal = (1 - stone) * (alpha > 0.5)
    beaded = np.zeros_like(alpha)
    if rng.random() < 0.12:
        rgb, beaded = _milgrain(rgb, metal, rng)
    if rng.random() < 0.06:
        rgb = _enamel(rgb, metal, rng)
    if rng.random() < 0.6:
        ground = np.array(rng.choice((1.0, 0.96, 0.88, 0.6, 0.15)) * rng.uniform(0.95, 1.0, 3), np.float32)
        rgb = rgb * alpha[..., None] + ground * (1 - alpha[..., None])
    rgb = _tinted(rgb, alpha, stone, tintable, rng)
    rgb = _delivered(rgb, rng)
    return rgb.astype(np.float32), _roughened(alpha, rng), beaded


def _tinted(
    rgb: np.ndarray, alpha: np.ndarray, stone: np.ndarray, tintable: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    grey = rgb.mean(-1, keepdims=True)
    metal = ((1 - stone) * (alpha > 0.3))[..., None]
    if rng.random() < 0.5:
        tint = METAL_TINTS[rng.integers(len(METAL_TINTS))]
        rgb = rgb * (1 - metal) + metal * np.clip(grey * 1.04, 0, 1) * tint
    if rng.random() < 0.3:
        shown = tintable[..., None]
        rgb = rgb * (1 - shown) + shown * grey * STONE_TINTS[rng.integers(len(STONE_TINTS))]
    if rng.random() < 0.15:  # stones in a shade or in a glare of their own
        shown = cv2.GaussianBlur(stone, (0, 0), 1.0)[..., None]
        rgb = rgb * (1 + shown * rng.uniform(-0.35, 0.25))
    if rng.random() < 0.35:  # facets between harsh lamps, or in a light tent
        shown = cv2.GaussianBlur(stone, (0, 0), 0.7)[..., None]
        middle = float((rgb * shown).sum() / max(3 * float(shown.sum()), 1.0))
        harsh = np.clip(middle + (rgb - middle) * np.exp(rng.uniform(-0.5, 0.9)) + rng.uniform(-0.05, 0.3), 0, 1)
        rgb = rgb * (1 - shown) + harsh * shown
    return rgb


def _delivered(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    rgb = rgb * rng.uniform(0.92, 1.06, 3)
    rgb = np.clip(rgb, 0, 1) ** np.exp(rng.uniform(-0.35, 0.35))
    rgb = (rgb - 0.5) * rng.uniform(0.8, 1.35) + 0.5 + rng.uniform(-0.08, 0.08)
    chance = rng.random()
    if chance < 0.3:
        rgb = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.3, 1.1))
    elif chance < 0.6:  # delivered photos are sharpened
        rgb = rgb + rng.uniform(0.3, 1.5) * (rgb - cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.7, 1.6)))
    if rng.random() < 0.6:
        rgb = rgb + rng.normal(0, rng.uniform(0, 0.025), rgb.shape)
    rgb8 = (np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, coded = cv2.imencode(".jpg", rgb8, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 96))])
        rgb8 = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return rgb8.astype(np.float32) / 255


def _milgrain(rgb: np.ndarray, metal: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A row of beads as a milgrain wheel leaves it, along an arc over the metal."""
    ys, xs = np.nonzero(metal > 0)
    beaded = np.zeros_like(metal)
    if len(xs) < 200:
        return rgb, beaded
    k = rng.integers(len(xs))
    radius = rng.uniform(1.4, 5.0)
    bend, heading = rng.normal(0, 0.01), rng.uniform(0, 2 * np.pi)
    colour = np.median(rgb[ys, xs], 0)
    light = np.array([np.cos(a := rng.uniform(0, 2 * np.pi)), np.sin(a)]) * rng.uniform(0.2, 0.6)
    out = rgb.copy()
    at = np.array([xs[k], ys[k]], float)
    reach = int(radius) + 1
    for _ in range(int(rng.integers(5, 40))):
        x, y = np.rint(at).astype(int)
        window = (slice(max(y - reach, 0), max(y + reach + 1, 0)), slice(max(x - reach, 0), max(x + reach + 1, 0)))
        free = metal[window] > 0
        if not free.any():
            break
        dy, dx = np.mgrid[: free.shape[0], : free.shape[1]].astype(float)
        dx, dy = (dx + window[1].start - at[0]) / radius, (dy + window[0].start - at[1]) / radius
        inside = (dx**2 + dy**2 < 1) & free
        up = np.sqrt(np.maximum(1 - dx**2 - dy**2, 0))
        shade = 0.25 + 0.75 * np.clip(up * 0.7 + dx * light[0] + dy * light[1], 0, 1)
        glint = np.clip(up * 0.8 + dx * light[0] + dy * light[1], 0, 1) ** 12
        bead = np.clip(colour * shade[..., None] * 1.2 + glint[..., None] * 0.7, 0, 1)
        out[window][inside] = bead[inside]
        beaded[window][inside] = 1
        heading += bend * 2 * radius
        at = at + 2.05 * radius * np.array([np.cos(heading), np.sin(heading)])
    beaded = cv2.dilate(beaded, np.ones((5, 5), np.uint8))
    return cv2.GaussianBlur(out, (0, 0), 0.5), beaded


def _enamel(rgb: np.ndarray, metal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A field of flat, glossy colour with a wandering outline, on metal only."""
    ys, xs = np.nonzero(metal > 0)
    if len(xs) < 600:
        return rgb
    k = rng.integers(len(xs))
    t = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    reach = rng.uniform(8, 40) * (1 + sum(rng.uniform(0, 0.3) * np.cos(n * t + rng.uniform(0, 6.3)) for n in (2, 3, 5)))
    points = np.stack([xs[k] + reach * np.cos(t), ys[k] + reach * np.sin(t)], -1)
    mask = np.zeros(metal.shape, np.float32)
    cv2.fillPoly(mask, [np.rint(points * 16).astype(np.int32)], (1,), shift=4)
    mask = cv2.GaussianBlur(mask, (0, 0), 0.7) * metal
    slope = np.linspace(0, rng.uniform(0, 0.25), metal.shape[1])[None, :, None]
    field = rng.uniform(0.02, 0.95, 3) + slope + 0.15 * cv2.GaussianBlur(rgb, (0, 0), 3)
    return rgb * (1 - mask[..., None]) + np.clip(field, 0, 1) * mask[..., None]


def _roughened(alpha: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The matte as mattes come: with the shadow between stones taken for piece, frayed, too tight or too wide, or none."""
    chance = rng.random()
    if chance < 0.12:
        return np.ones_like(alpha)
    if chance < 0.45:
        reach = int(rng.integers(2, 11)) * 2 + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        alpha = cv2.morphologyEx(alpha, cv2.MORPH_CLOSE, disc)
        if rng.random() < 0.6:
            fray = cv2.GaussianBlur(rng.normal(0, 1, alpha.shape), (0, 0), rng.uniform(2, 6))
            alpha = cv2.GaussianBlur(alpha, (0, 0), 3) + 0.6 * fray / fray.std() * 0.4
            alpha = np.clip((alpha - rng.uniform(0.1, 0.4)) * 6, 0, 1)
    elif chance < 0.7:
        alpha = np.clip((cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.5, 2.5)) - rng.uniform(0, 0.4)) * 1.6, 0, 1)
    return alpha.astype(np.float32)
