"""Product photographs to learn mattes from: rendered pieces taken apart by their exact coverage and photographed anew.

A rendered photograph is ``a F + (1 - a) G s``: coverage, the piece's own colour, the ground and the shadow on it. All four
are known or follow, so the same piece can be laid on any ground, with its true shadow deeper or gone, further shadows and a
mirror image, and its coverage stays exact. Drawn pieces (`drawings`) join in for forms that no family has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image

from pipeline.atelier.families import FAMILIES
from pipeline.atelier.family_photos import FamilyPhoto, kept_photo
from pipeline.atelier.matting.drawings import Drawing, drawing
from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.imaging.ground import fit_ground

CROP_PX = 256
MARGIN_PX = 32  # drawn around a crop, so that what lies just outside still casts its shadow into it
SMALLEST, LARGEST = 0.4, 1.6  # of a 640 px photograph: what is reduced is as sharp as product photos are
METAL_TINTS = ((1.05, 0.80, 0.38), (1.04, 0.72, 0.55), (1.0, 1.0, 1.0), (0.93, 0.95, 1.0), (0.30, 0.30, 0.31))
STONE_TINTS = ((1, 1, 1), (0.8, 0.1, 0.15), (0.08, 0.45, 0.2), (0.08, 0.12, 0.7), (0.5, 0.2, 0.7), (0.9, 0.55, 0.1))


@dataclass(frozen=True)
class Lesson:
    """A piece apart from its ground, in linear light: `own` (H, W, 3) its colour, `alpha` (H, W), `shadow` (H, W, 3) the
    share of light that its ground was left, `stones` (H, W) 1 on clear stones, `opaque` (H, W) 1 on pearls, enamel and other
    stones, `lowest` the row that it stands on."""

    own: np.ndarray
    alpha: np.ndarray
    shadow: np.ndarray
    stones: np.ndarray
    opaque: np.ndarray
    lowest: int


def lessons(seeds: list[int], drawn: int) -> list[Lesson]:
    """What the cache holds of the families of these seeds, and so many drawn pieces."""
    kept = [photo for seed in seeds for name in FAMILIES if (photo := kept_photo(name, seed))]
    return [taken_apart(photo) for photo in kept] + [_of_drawing(drawing(seed)) for seed in range(drawn)]


def taken_apart(kept: FamilyPhoto) -> Lesson:
    rgb = srgb_to_linear(np.asarray(Image.open(kept.photo).convert("RGB"), np.float32) / 255)
    alpha = kept.alpha()
    bare = np.asarray(fit_ground(rgb).surface, np.float32)
    clear = cv2.erode((alpha == 0).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    shadow = _spread(np.clip(rgb / np.maximum(bare, 0.05), 0, 1.3), clear)
    a = alpha[..., None]
    own = np.clip((rgb - (1 - a) * bare * shadow) / np.maximum(a, 0.08), 0, 1)
    own = np.where(a > 0.5, own, _spread(own, (alpha > 0.5).astype(np.float32)))
    stones, opaque = np.zeros(alpha.shape, np.uint8), np.zeros(alpha.shape, np.uint8)
    for feature in kept.truth["features"]:
        if feature["kind"] == "stone":
            of_kind = opaque if feature["material"] == "pearl" else stones
            cv2.fillPoly(of_kind, [np.rint(np.array(feature["outline"])).astype(np.int32)], [1])
    return _lesson(own, alpha, shadow, stones, opaque)


def _of_drawing(drawn: Drawing) -> Lesson:
    own = np.where(drawn.alpha[..., None] > 0.5, drawn.rgb, _spread(drawn.rgb, (drawn.alpha > 0.5).astype(np.float32)))
    return _lesson(own, drawn.alpha, np.ones_like(drawn.rgb), np.zeros(drawn.alpha.shape, np.uint8), drawn.gems)


def _lesson(own: np.ndarray, alpha: np.ndarray, shadow: np.ndarray, stones: np.ndarray, opaque: np.ndarray) -> Lesson:
    lowest = int(np.flatnonzero((alpha > 0.5).any(axis=1))[-1])
    return Lesson(own.astype(np.float16), alpha.astype(np.float32), shadow.astype(np.float16), stones, opaque, lowest)


def _spread(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """`values` (H, W, 3) carried from where they are `known` to where they are not, from the nearest outwards."""
    result = values.astype(np.float32)
    missing = known < 0.5
    for sigma in (24.0, 8.0, 3.0, 1.2):
        total = cv2.GaussianBlur(known, (0, 0), sigma)
        near = cv2.GaussianBlur(values.astype(np.float32) * known[..., None], (0, 0), sigma)
        there = missing & (total > 0.02)
        result[there] = (near / np.maximum(total, 1e-6)[..., None])[there]
    return result


@dataclass(frozen=True)
class Crop:
    """A crop of a new photograph: linear `rgb` and its bare `surface` (H, W, 3), and the true `alpha` (H, W)."""

    rgb: np.ndarray
    surface: np.ndarray
    alpha: np.ndarray


def drawn_crop(lesson: Lesson, rng: np.random.Generator, crop_px: int = CROP_PX) -> Crop:
    """A crop of `lesson` photographed anew: of random place, turn, mirroring and scale, on a random ground."""
    size = crop_px + 2 * MARGIN_PX
    scale = float(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST))))
    upright = bool(rng.random() < 0.7)  # most pieces have their shadow and their mirror image below
    turn = np.radians(rng.uniform(-12, 12)) if upright else rng.uniform(0, 2 * np.pi)
    matrix = _placed(_focus(lesson, rng), scale, turn, float(rng.choice((-1.0, 1.0))), size, crop_px, rng)
    soft = float(rng.uniform(0.28, 0.42))
    own, alpha, shadow, stones, opaque = (
        _warped(layer, matrix, scale, size, soft)
        for layer in (lesson.own, lesson.alpha, lesson.shadow, lesson.stones, lesson.opaque)
    )
    own = _rimmed(_recoloured(np.clip(own, 0, 1), alpha, stones, opaque, rng), alpha, rng)
    ground, surface = _ground(size, rng)
    own = _glinting(_lit_by(own, stones, ground, rng), alpha, ground, rng)
    back = _shaded(ground, shadow, alpha, scale, rng)
    if upright and rng.random() < 0.3:
        back = _mirrored(back, lesson, matrix, scale, size, rng)
    mixed = own * alpha[..., None] + back * (1 - alpha[..., None])
    mixed, alpha = _through_a_lens(mixed, alpha, rng)
    inner = np.s_[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]
    stored = _stored(np.ascontiguousarray(mixed[inner]), rng)
    return Crop(srgb_to_linear(stored), np.clip(surface[inner], 0, 1), np.clip(alpha[inner], 0, 1))


def _focus(lesson: Lesson, rng: np.random.Generator) -> np.ndarray:
    """A point (x, y) near an edge, seldom anywhere."""
    height, width = lesson.alpha.shape
    if rng.random() < 0.06:
        return rng.uniform(0, 1, 2) * (width, height)
    for _ in range(200):
        x, y = int(rng.integers(1, width - 1)), int(rng.integers(1, height - 1))
        around = lesson.alpha[max(0, y - 6) : y + 7, max(0, x - 6) : x + 7]
        if around.max() > 0.5 > around.min():
            break
    return np.array([x, y], float)


def _placed(
    focus: np.ndarray, scale: float, turn: float, mirror: float, size: int, crop_px: int, rng: np.random.Generator
) -> np.ndarray:
    linear = scale * np.array([[np.cos(turn) * mirror, -np.sin(turn)], [np.sin(turn) * mirror, np.cos(turn)]])
    shift = (size - 1) / 2 + rng.uniform(-0.35, 0.35, 2) * crop_px - linear @ focus
    return np.column_stack([linear, shift])


def _warped(layer: np.ndarray, matrix: np.ndarray, scale: float, size: int, soft: float = 0.42) -> np.ndarray:
    """`layer` laid into (size, size) by `matrix`, blurred by `soft` of its pixels where it shrinks; only the part of it that
    is seen there is touched."""
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], float) - matrix[:, 2]
    seen = corners @ np.linalg.inv(matrix[:, :2]).T
    limit = np.array(layer.shape[1::-1])
    left, top = np.clip(np.floor(seen.min(axis=0)).astype(int) - 8, 0, limit - 16)
    right, bottom = np.clip(np.ceil(seen.max(axis=0)).astype(int) + 8, (left + 16, top + 16), limit)
    part = np.ascontiguousarray(layer[top:bottom, left:right], dtype=np.float32)
    moved = np.column_stack([matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ (left, top)])
    if scale < 0.8:  # a warp doesn't filter what it shrinks
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), soft / scale), np.float32)
    border = cv2.BORDER_REPLICATE if layer.ndim == 3 else cv2.BORDER_CONSTANT
    flags = cv2.INTER_LINEAR if scale < 1.0 else cv2.INTER_CUBIC
    warped = cv2.warpAffine(part, moved, (size, size), flags=flags, borderMode=border)
    return np.clip(warped, 0, 1.5 if layer.ndim == 3 else 1)


def _recoloured(
    own: np.ndarray, alpha: np.ndarray, stones: np.ndarray, opaque: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The piece in other metals, other stones, enamel in their place or of another colour, pale as overexposed or dark."""
    grey = own.mean(axis=2, keepdims=True)
    gem, enamel = stones[..., None], opaque[..., None]
    metal = np.clip(1 - gem - enamel, 0, 1)
    if rng.random() < 0.6:
        tint = np.array(METAL_TINTS[rng.integers(len(METAL_TINTS))], np.float32)
        own = own * (1 - metal) + metal * np.clip(grey * 1.06, 0, 1) * tint
    if rng.random() < 0.3:
        own = own * (1 - enamel) + enamel * grey * rng.uniform(0.05, 1.0, 3).astype(np.float32)
    chance = rng.random()
    if chance < 0.35:
        tint = np.array(STONE_TINTS[rng.integers(len(STONE_TINTS))], np.float32)
        own = own * (1 - gem) + gem * grey * tint
    elif chance < 0.6:  # enamel, pearl, an opaque stone: of hardly any pattern, of any colour, often white or black
        colour = (
            rng.choice((0.02, 0.05, 0.5, 0.75, 0.9, 1.0)) * np.ones(3) if rng.random() < 0.7 else rng.uniform(0, 1, 3)
        )
        flat = colour.astype(np.float32) * (0.7 + 0.5 * cv2.GaussianBlur(grey, (0, 0), rng.uniform(1, 6))[..., None])
        own = own * (1 - gem) + gem * (flat + rng.uniform(0, 0.2) * (grey - grey.mean()))
    contrast, level = (
        float(rng.choice((0.7, 1.0, 1.3, 2.2))) * rng.uniform(0.8, 1.15),
        float(own[alpha > 0.5].mean()) if (alpha > 0.5).any() else 0.4,
    )
    own = (own - level) * contrast + level
    return np.asarray(np.clip(own * np.float32(np.exp(rng.uniform(-0.4, 0.55))), 0, 1.2), np.float32)


def _rimmed(own: np.ndarray, alpha: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The piece with a thin dark or bright line inside parts of its outline, as round metal has at its rim: a shadow's and a
    ground's own tones, only sharper."""
    if rng.random() < 0.6:
        return own
    depth = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    line = np.clip(rng.uniform(1.0, 3.0) + 0.5 - depth, 0, 1) * np.clip(3 * _smooth(len(alpha), rng) + 0.5, 0, 1)
    return np.asarray(own * (1 - line[..., None] * (1 - rng.choice((rng.uniform(0.1, 0.8), 1.5)))), np.float32)


def _ground(size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The bare ground (H, W, 3) linear, and as a fit would find it: a little off."""
    kind = rng.random()
    if kind < 0.56:
        level = (1.0, 1.0, rng.uniform(1.0, 1.2), rng.uniform(0.93, 1), rng.uniform(0.85, 1))[rng.integers(5)]
        colour = srgb_to_linear(np.clip(level * (1 - rng.uniform(0, 0.02, 3)), 0, 1)) * max(1.0, level)
    elif kind < 0.69:
        colour = srgb_to_linear(rng.uniform(0.3, 0.9) * (1 - rng.uniform(0, 0.03, 3)))
    elif kind < 0.91:
        light, spread = 1 - 0.75 * rng.random() ** 1.6, 0.8 * rng.random() ** 1.6 + 0.03
        colour = srgb_to_linear(light * (1 - spread * rng.uniform(0, 1, 3)))
    else:
        colour = srgb_to_linear(rng.uniform(0.0, 0.14) * (1 - rng.uniform(0, 0.2, 3)))
    fall = 1 + _smooth(size, rng) * rng.choice((0.0, 0.02, 0.06, 0.15))
    ground = colour * np.clip(fall, 0.3, 1.2)[..., None]
    miss = 1 + (_smooth(size, rng) * rng.choice((0.0, 0.004, 0.01)))[..., None] + rng.normal(0, 0.002, 3)
    return ground.astype(np.float32), np.clip(np.clip(ground, 0, 1) * miss, 0, 1).astype(np.float32)


def _smooth(size: int, rng: np.random.Generator) -> np.ndarray:
    """A slow field over the crop, -1..1 or so, (size, size)."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    c = rng.normal(0, 0.5, 5)
    return np.asarray(c[0] * x + c[1] * y + c[2] * x * y + c[3] * x * x + c[4] * y * y, np.float32)


def _lit_by(own: np.ndarray, stones: np.ndarray, ground: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The piece with its ground seen through clear stones and mirrored in metal."""
    tone = np.clip(ground / 0.9, 0.03, 1.1)
    through = rng.uniform(0, 0.85) if rng.random() < 0.6 else 0.0
    share = (stones * through + (1 - stones) * rng.uniform(0, 0.3))[..., None]
    return own * (1 - share + share * tone)


def _glinting(own: np.ndarray, alpha: np.ndarray, ground: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The piece with highlights of exactly its ground's colour, as a white ground has in claws, pearls and facets."""
    ys, xs = np.nonzero(alpha > 0.98)
    if not len(xs) or rng.random() < 0.5:
        return own
    light = np.zeros(alpha.shape, np.float32)
    for k in rng.integers(0, len(xs), int(rng.integers(3, 16))):
        radii = [int(radius) for radius in rng.integers(1, 9, 2)]
        cv2.ellipse(light, (int(xs[k]), int(ys[k])), radii, rng.uniform(0, 180), 0, 360, [1.0], -1)
    light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.5, 2.5)) * rng.uniform(0.7, 1.0)
    return np.asarray(own * (1 - light[..., None]) + ground * light[..., None], np.float32)


def _shaded(
    ground: np.ndarray, shadow: np.ndarray, alpha: np.ndarray, scale: float, rng: np.random.Generator
) -> np.ndarray:
    back = ground * shadow ** (0.0 if rng.random() < 0.35 else rng.uniform(0.4, 2.2))
    if rng.random() < 0.6:  # cast: soft, to one side
        back = back * (1 - _cast(alpha, rng.uniform(2, 16) * scale, rng.uniform(3, 14) * scale, 0.6, rng))
    if rng.random() < 0.6:  # contact: right under the piece
        back = back * (1 - _cast(alpha, rng.uniform(0, 5), rng.uniform(1.2, 5), 0.75, rng))
    return np.asarray(back, np.float32)


def _cast(alpha: np.ndarray, away: float, soft: float, most: float, rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(-0.3, np.pi + 0.3)
    matrix = np.array([[1, 0, away * np.cos(angle)], [0, 1, away * np.sin(angle)]], np.float32)
    moved = cv2.warpAffine(alpha, matrix, alpha.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    colour = np.float32(1 - rng.uniform(0, 0.12, 3))  # shadows are a little coloured by what lights them
    return cv2.GaussianBlur(moved, (0, 0), soft)[..., None] * rng.uniform(0.05, most) * colour


def _mirrored(
    back: np.ndarray, lesson: Lesson, matrix: np.ndarray, scale: float, size: int, rng: np.random.Generator
) -> np.ndarray:
    """The ground with the piece upside down in it, below the line that it stands on."""
    line = lesson.lowest + rng.uniform(-2, 6)
    flip = np.array([[1, 0, 0], [0, -1, 2 * line], [0, 0, 1]])
    turned = matrix @ flip
    image = _warped(lesson.own, turned, scale, size)
    share = _warped(lesson.alpha, turned, scale, size)
    below = np.zeros_like(lesson.alpha)
    below[int(line) :] = 1
    fade = np.linspace(1, rng.uniform(0, 1), max(1, len(below) - int(line)))
    below[int(line) :] *= fade[:, None].astype(np.float32)
    share = cv2.GaussianBlur(share * _warped(below, matrix, scale, size), (0, 0), rng.uniform(0.3, 3))[..., None]
    share = share * rng.uniform(0.03, 0.4)
    return np.asarray(back * (1 - share) + image * share, np.float32)


def _through_a_lens(mixed: np.ndarray, alpha: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    chance = rng.random()
    if chance < 0.35:
        sigma = rng.uniform(0.3, 0.8)
        return cv2.GaussianBlur(mixed, (0, 0), sigma), cv2.GaussianBlur(alpha, (0, 0), sigma)
    if chance < 0.6:  # delivered photos are sharpened
        sigma = rng.uniform(0.6, 1.4)
        mixed = mixed + rng.uniform(0.2, 1.0) * (mixed - cv2.GaussianBlur(mixed, (0, 0), sigma))
    return mixed, alpha


def _stored(mixed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a camera and a JPEG leave of the light: sRGB 0..1 (H, W, 3)."""
    srgb = linear_to_srgb(np.clip(mixed, 0, 1)) + rng.choice((0.0, 0.002, 0.005)) * rng.standard_normal(
        mixed.shape, dtype=np.float32
    )
    srgb8 = np.rint(np.clip(srgb, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.8:
        how: list[Any] = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(72, 97))]
        _, coded = cv2.imencode(".jpg", srgb8[..., ::-1], how)
        srgb8 = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
    return np.asarray(srgb8, np.float32) / 255
