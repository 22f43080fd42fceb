"""What the network that finds stones is taught from: crops of rendered photographs with what is true of each pixel.

A crop is turned, mirrored and scaled at random so that its stone is SMALLEST_PX to LARGEST_PX across; what it may look like
otherwise is `another_photographer`'s. True are: which stone a pixel lies on, that stone's ellipse with its hidden parts, its
cut and whether prongs hold it, and where prongs' tips stand. What is barely seen or too small is not taught at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image

from pipeline.atelier.counts.another_photographer import photographed_otherwise
from pipeline.atelier.counts.bare_metal import bare_metal
from pipeline.atelier.counts.drawn_settings import drawn_setting
from pipeline.atelier.families import FAMILIES
from pipeline.atelier.family_photos import kept_photo
from pipeline.atelier.materials import OPAQUE
from pipeline.atelier.samples import SAMPLES, sample_alpha, sample_photo, sample_truth
from pipeline.fingerprint.net import CUTS, ELLIPSE, MIDDLE_PX, TIPS

CROP_PX = 160
# The narrow side, in the crop, of the stone that a crop is about; and no picture is enlarged more than MOST_ENLARGED.
SMALLEST_PX, LARGEST_PX, LONGEST_PX = 6.5, 80.0, 130.0
MOST_ENLARGED = 2.2
# Stones are taught from this many pixels across their narrow side; those partly hidden are left out of the loss.
TAUGHT_PX = 5.0
SURELY_VISIBLE, BARELY_VISIBLE = 0.6, 0.12
# The same for prongs' tips.
TAUGHT_TIP_PX = 2.5
TIP_VISIBLE, TIP_BARELY = 0.35, 0.1
ABOUT_A_STONE = 0.85
# The metal away from stones, farther than this, px, gives way to other metal in this share of crops.
OTHER_METAL, CLEAR_OF_STONES_PX = 0.15, 6


@dataclass(frozen=True)
class TrueStone:
    """A stone of a photograph, px: its outline (N, 2), `middle` and `spread` (2, 2) of its area, the share that is seen,
    whether it may be tinted (a pearl in another colour is a bead of metal), its cut's index and whether no prong holds it
    (-1: not known)."""

    outline: np.ndarray
    middle: np.ndarray
    spread: np.ndarray
    share: float
    tintable: bool
    cut: int
    bezel: int


@dataclass(frozen=True)
class Lesson:
    """A photograph: `srgb8` (H, W, 3), `alpha` (H, W) float32, its stones, its prongs' tips (N, 5): x, y, size, kind, share
    seen, None where they are not known; `scale`: from its pixels to those of a 640 px photograph."""

    srgb8: np.ndarray
    alpha: np.ndarray
    stones: list[TrueStone]
    tips: np.ndarray | None
    scale: float


@dataclass(frozen=True)
class Crop:
    """Arrays of one crop of CROP_PX; `planes` (4, C, C). `fine`, `fine_weight`: (2 + TIPS, C, C) stone, nearness, tips.
    At every second pixel: `ellipse` (5, C/2, C/2), `ellipse_weight` (C/2, C/2), `cut` and `bezel` (C/2, C/2), -1 untaught."""

    planes: np.ndarray
    fine: np.ndarray
    fine_weight: np.ndarray
    ellipse: np.ndarray
    ellipse_weight: np.ndarray
    cut: np.ndarray
    bezel: np.ndarray


def lessons(seeds: Iterable[int]) -> list[Lesson]:
    """What the cache holds of these seeds, and the sample pieces."""
    found = []
    for seed in seeds:
        for name in FAMILIES:
            kept = kept_photo(name, seed)
            if kept:
                found.append(_lesson(np.asarray(Image.open(kept.photo)), kept.alpha(), kept.truth))
    for name in SAMPLES:
        photo = np.asarray(Image.open(sample_photo(name)).convert("RGB"))
        found.append(_lesson(photo, sample_alpha(name), sample_truth(name)))
    return found


def _lesson(srgb8: np.ndarray, alpha: np.ndarray, truth: dict[str, Any]) -> Lesson:
    features = truth["features"]
    prongs = [f for f in features if f["kind"] == "prong"]
    held = {stone for prong in prongs for stone in prong["holds"]}
    stones = [_true_stone(f, f["id"] in held) for f in features if f["kind"] == "stone"]
    tips = None
    if all("tip" in prong for prong in prongs):
        rows = [
            (*f["tip_centre"], f["tip_px"], TIPS.index(f["tip"]), f["tip_visible_share"])
            for f in prongs
            if "tip_centre" in f
        ]
        tips = np.array(rows, float).reshape(-1, 5)
    return Lesson(srgb8, alpha, stones, tips, min(1.0, 640 / max(alpha.shape)))


def _true_stone(feature: dict[str, Any], held: bool) -> TrueStone:
    outline = np.array(feature["outline"], float)
    middle, spread = moments(outline)
    pearl = feature["material"] in OPAQUE
    cut = CUTS.index(feature["cut"]) if feature.get("cut") in CUTS else -1
    bezel = -1 if pearl else int(not held)
    return TrueStone(outline, middle, spread, float(feature["visible_share"]), not pearl, cut, bezel)


def moments(outline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle (2,) and the spread (2, 2) of the area within an outline (N, 2): an ellipse's half axes are twice the
    roots of its spread's eigenvalues."""
    m = cv2.moments(outline.astype(np.float32))
    area = m["m00"] or 1e-6
    middle = np.array([m["m10"], m["m01"]]) / area
    return middle, np.array([[m["mu20"], m["mu11"]], [m["mu11"], m["mu02"]]]) / area + np.eye(2) * 1e-6


def ellipse_numbers(spread: np.ndarray) -> tuple[float, float, float]:
    """Of a spread (2, 2): the logarithm of its ellipse's size over MIDDLE_PX, and that of length over width times cos and
    sin of twice the angle."""
    values, vectors = np.linalg.eigh(spread)
    short, long = 4 * np.sqrt(np.maximum(values, 1e-6))
    angle = np.arctan2(vectors[1, 1], vectors[0, 1])
    stretch = np.log(long / short)
    return float(np.log(np.sqrt(long * short) / MIDDLE_PX)), stretch * np.cos(2 * angle), stretch * np.sin(2 * angle)


def drawn_crop(lesson: Lesson, rng: np.random.Generator) -> Crop:
    """One crop of the photograph, drawn at random."""
    linear, shift = _framing(lesson, rng)
    return _crop(*_warped(lesson, linear, shift), lesson, linear, shift, rng)


def setting_crop(rng: np.random.Generator) -> Crop:
    """A crop of stones in a setting, drawn."""
    setting = drawn_setting(CROP_PX, rng)
    stones = []
    for stone in setting.stones:
        middle, spread = moments(stone.outline)
        cut = CUTS.index(stone.cut)
        stones.append(TrueStone(stone.outline, middle, spread, stone.share, True, cut, int(stone.bezel)))
    lesson = Lesson(np.zeros((0, 0, 3), np.uint8), setting.alpha, stones, setting.tips, 1.0)
    return _crop(setting.rgb, setting.alpha, lesson, np.eye(2), np.zeros(2), rng)


def _crop(
    rgb: np.ndarray, alpha: np.ndarray, lesson: Lesson, linear: np.ndarray, shift: np.ndarray, rng: np.random.Generator
) -> Crop:
    """What is taught of a crop (C, C, 3) of a lesson, whose places become the crop's by `linear` and `shift`."""
    owner = np.full((CROP_PX, CROP_PX), -1)
    near, tintable = (np.zeros((CROP_PX, CROP_PX), np.float32) for _ in range(2))
    taught = np.ones_like(near)
    shown: list[tuple[TrueStone, np.ndarray, np.ndarray]] = []
    for stone in lesson.stones:
        points = stone.outline @ linear.T + shift
        if stone.share <= BARELY_VISIBLE or (points.max(0) < 0).any() or (points.min(0) > CROP_PX - 1).any():
            continue
        spread = linear @ stone.spread @ linear.T
        if stone.share < SURELY_VISIBLE or 4 * np.sqrt(np.linalg.eigvalsh(spread)[0]) < TAUGHT_PX:
            cv2.fillPoly(taught, [_fixed(points)], (0,), shift=4)
            continue
        middle = linear @ stone.middle + shift
        _claim(owner, near, len(shown), points, middle, spread)
        shown.append((stone, middle, spread))
        if stone.tintable:
            cv2.fillPoly(tintable, [_fixed(points)], (1,), shift=4)
    taught[owner >= 0] = 1
    body = (owner >= 0).astype(np.float32)
    tips, tips_taught = _tips(lesson, linear, shift)
    if rng.random() < OTHER_METAL:
        rgb, replaced = _other_metal(rgb, alpha, np.maximum(body, 1 - taught), rng)
        tips_taught = tips_taught * (1 - replaced)
    rgb, alpha, beaded = photographed_otherwise(rgb, alpha, body, tintable, rng)
    planes = np.concatenate([rgb, alpha[..., None]], -1).transpose(2, 0, 1) - 0.5
    weight = np.concatenate([np.stack([taught, taught]), tips_taught * (1 - beaded)])
    return Crop(
        planes.astype(np.float32),
        np.concatenate([np.stack([body, near]), tips]).astype(np.float32),
        weight.astype(np.float32),
        *_of_cells(owner, near, shown),
    )


def bare_crop(rng: np.random.Generator) -> Crop:
    """A crop of metal with neither stone nor prong."""
    rgb, alpha = bare_metal(CROP_PX, rng)
    nothing = np.zeros_like(alpha)
    rgb, alpha, _ = photographed_otherwise(rgb, alpha, nothing, nothing, rng)
    planes = np.concatenate([rgb, alpha[..., None]], -1).transpose(2, 0, 1) - 0.5
    fine = np.zeros((2 + len(TIPS), CROP_PX, CROP_PX), np.float32)
    return Crop(planes.astype(np.float32), fine, np.ones_like(fine), *_of_cells(nothing - 1, nothing, []))


def _other_metal(
    rgb: np.ndarray, alpha: np.ndarray, stone: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The crop with its metal away from stones drawn anew, and where (C, C), 0..1: so that how metal is drawn tells nothing
    of whether stones are near."""
    drawn, covered = bare_metal(CROP_PX, rng)
    reach = 2 * CLEAR_OF_STONES_PX + 1
    clear = 1 - cv2.dilate(stone.astype(np.float32), np.ones((reach, reach), np.uint8))
    replaced = cv2.GaussianBlur(clear, (0, 0), 1.0) * (alpha > 0.5) * covered
    out = rgb * (1 - replaced[..., None]) + drawn * replaced[..., None]
    return out.astype(np.float32), (replaced > 0.05).astype(np.float32)


def _framing(lesson: Lesson, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The way (2, 2) and (2,) from the photograph's pixels to the crop's."""
    turn = rng.uniform(0, 2 * np.pi)
    mirror = rng.choice((-1.0, 1.0))
    visible = [s for s in lesson.stones if s.share > SURELY_VISIBLE]
    if visible and rng.random() < ABOUT_A_STONE:
        stone = visible[rng.integers(len(visible))]
        short, long = 4 * np.sqrt(np.linalg.eigvalsh(stone.spread))
        asked = np.exp(rng.uniform(np.log(SMALLEST_PX), np.log(LARGEST_PX))) / short
        scale = min(asked, LONGEST_PX / long, MOST_ENLARGED)
        focus = stone.middle
    else:
        ys, xs = np.nonzero(lesson.alpha > 0.5)
        k = rng.integers(len(xs))
        focus = np.array([xs[k], ys[k]], float)
        scale = lesson.scale * float(np.exp(rng.uniform(np.log(0.4), np.log(1.8))))
    cos, sin = np.cos(turn), np.sin(turn)
    linear = scale * np.array([[cos * mirror, -sin], [sin * mirror, cos]])
    return linear, (CROP_PX - 1) / 2 + rng.uniform(-0.4, 0.4, 2) * CROP_PX - linear @ focus


def _warped(lesson: Lesson, linear: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.column_stack([linear, shift])
    scale = float(np.sqrt(abs(np.linalg.det(linear))))
    # Only what the crop can see is filtered and warped.
    inverse = np.linalg.inv(linear)
    corners = (np.array([[0, 0], [CROP_PX, 0], [0, CROP_PX], [CROP_PX, CROP_PX]]) - shift) @ inverse.T
    pad = 4 / scale + 2
    height, width = lesson.alpha.shape
    x0, y0 = np.clip(np.floor(corners.min(0) - pad), 0, [width - 8, height - 8]).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(0) + pad), [x0 + 8, y0 + 8], [width, height]).astype(int)
    source, alpha = lesson.srgb8[y0:y1, x0:x1], lesson.alpha[y0:y1, x0:x1]
    matrix[:, 2] += linear @ np.array([x0, y0])
    if scale < 0.75:  # warpAffine doesn't filter what it shrinks
        source, alpha = (cv2.GaussianBlur(layer, (0, 0), 0.42 / scale) for layer in (source, alpha))
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    size = (CROP_PX, CROP_PX)
    rgb = cv2.warpAffine(source, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    warped = cv2.warpAffine(alpha, matrix, size, flags=cv2.INTER_LINEAR)
    return rgb.astype(np.float32) / 255, warped.astype(np.float32)


def _claim(
    owner: np.ndarray, near: np.ndarray, index: int, points: np.ndarray, middle: np.ndarray, spread: np.ndarray
) -> None:
    """Pixels within the outline become this stone's, but for those nearer to another's middle in that one's measure."""
    low = np.clip(np.floor(points.min(0)).astype(int), 0, CROP_PX - 1)
    high = np.clip(np.ceil(points.max(0)).astype(int) + 1, 1, CROP_PX)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    inside = np.zeros((high - low)[::-1], np.uint8)
    cv2.fillPoly(inside, [_fixed(points - low)], (1,), shift=4)
    ys, xs = np.mgrid[window]
    (a, b), (_, c) = spread
    x, y = xs - middle[0], ys - middle[1]
    measure = np.sqrt((c * x * x - 2 * b * x * y + a * y * y) / (a * c - b * b)) / 2
    level = np.where(inside > 0, np.clip(1 - measure, 0.02, 1), 0)
    nearer = level > near[window]
    near[window][nearer] = level[nearer]
    owner[window][nearer] = index


def _tips(lesson: Lesson, linear: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A hill of height 1 on each tip, by kind, and where tips are taught: two (TIPS, C, C)."""
    heat = np.zeros((len(TIPS), CROP_PX, CROP_PX), np.float32)
    taught = np.ones_like(heat)
    if lesson.tips is None:
        return heat, taught * 0
    scale = float(np.sqrt(abs(np.linalg.det(linear))))
    for x, y, size, kind, share in lesson.tips:
        at = linear @ np.array([x, y]) + shift
        size = size * scale
        if (at < -size).any() or (at > CROP_PX + size).any() or share < TIP_BARELY:
            continue
        reach = int(2 * size + 3)
        left, top = np.maximum(np.rint(at).astype(int) - reach, 0)
        window = (slice(top, max(int(at[1]) + reach, 0) + 1), slice(left, max(int(at[0]) + reach, 0) + 1))
        if share < TIP_VISIBLE or size < TAUGHT_TIP_PX:
            taught[:, *window] = 0
            continue
        ys, xs = np.mgrid[
            window[0].start : min(window[0].stop, CROP_PX), window[1].start : min(window[1].stop, CROP_PX)
        ]
        if not ys.size:
            continue
        sigma = max(0.3 * size, 1.0)
        hill = np.exp(-((xs - at[0]) ** 2 + (ys - at[1]) ** 2) / (2 * sigma**2))
        layer = heat[int(kind)]
        layer[window] = np.maximum(layer[window], hill)
    taught[heat.max(0)[None].repeat(len(TIPS), 0) > 0.1] = 1
    return heat, taught


def _of_cells(
    owner: np.ndarray, near: np.ndarray, shown: list[tuple[TrueStone, np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What every second pixel's stone is: its ellipse, the weight of that, its cut, and whether no prong holds it."""
    cells = owner[::2, ::2]
    side = CROP_PX // 2
    ellipse = np.zeros((ELLIPSE, side, side), np.float32)
    cut, bezel = np.full((side, side), -1), np.full((side, side), -1)
    ys, xs = np.mgrid[0:CROP_PX:2, 0:CROP_PX:2] + 0.5
    for index, (stone, middle, spread) in enumerate(shown):
        own = cells == index
        numbers = ellipse_numbers(spread)
        size = MIDDLE_PX * np.exp(numbers[0])
        ellipse[0, own] = (middle[0] - xs[own]) / size
        ellipse[1, own] = (middle[1] - ys[own]) / size
        for k in range(3):
            ellipse[2 + k, own] = numbers[k]
        cut[own], bezel[own] = stone.cut, stone.bezel
    weight = np.where(cells >= 0, near[::2, ::2] + 0.1, 0).astype(np.float32)
    return ellipse, weight, cut.astype(np.int64), bezel.astype(np.int64)


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.rint(points * 16).astype(np.int32)
