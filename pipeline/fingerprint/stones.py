"""Stones from the network's maps: cores parted from each other, outlines fitted, sizes held to their neighbours'.

The maps say where stone is; that one core is one stone, that its outline is an ellipse, and that a lone faint core between
equal stones of a row is the row's missing one, is reasoned here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from pipeline.fingerprint.net import CORE

# A core's peak: from SURE on it is a stone; from FAINT on it is one where a regular arrangement expects it.
SURE = 0.5
FAINT = 0.2
# A core at one level that falls apart at a higher one is two stones, if each part keeps this share of the whole's area.
LEVELS = (0.35, 0.5, 0.65, 0.8, 0.9)
SPLIT_SHARE = 0.12
LEAST_CORE_PX = 3.0
# What is flatter than this, has less stone in its ellipse, or fills it worse, is no one stone seen whole.
FLATTEST = 0.28
LEAST_BODY = 0.35
LEAST_FIT = 0.4
# A stone's edge lies within this many of the half axes that its core tells.
REACH = 1.4


@dataclass(frozen=True)
class Found:
    """A stone in the working picture's pixels: ellipse centre (x, y), full axes (longer, shorter), angle in degrees,
    `peak`: the core map's mean over its core, `body`: the stone map's mean over its ellipse, `fit`: how well its ellipse
    covers what the stone map shows of it (intersection over union)."""

    x: float
    y: float
    long: float
    short: float
    angle: float
    peak: float
    body: float
    fit: float

    @property
    def size(self) -> float:
        """The diameter of the circle of the same area, px."""
        return float(np.sqrt(self.long * self.short))

    def scaled(self, by: float) -> Found:
        """The same stone in a picture of `by` times the size."""
        x, y = (self.x + 0.5) * by - 0.5, (self.y + 0.5) * by - 0.5
        return replace(self, x=x, y=y, long=self.long * by, short=self.short * by)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in its ellipse."""
        a = np.radians(self.angle)
        dx, dy = x - self.x, y - self.y
        along, across = dx * np.cos(a) + dy * np.sin(a), dy * np.cos(a) - dx * np.sin(a)
        return bool(np.hypot(2 * along / self.long, 2 * across / self.short) < 1)

    def mask(self, shape: tuple[int, int], scale: float = 1.0) -> np.ndarray:
        """(H, W) bool of its ellipse, its axes times `scale`."""
        drawn = np.zeros(shape, np.uint8)
        axes = (max(self.long * scale, 1.0), max(self.short * scale, 1.0))
        cv2.ellipse(drawn, ((self.x, self.y), axes, self.angle), (1,), -1)
        return drawn > 0


def find_stones(body: np.ndarray, core: np.ndarray) -> list[Found]:
    """The stones of two maps (H, W) in 0..1, larger ones first; faint ones only where they complete a regular row."""
    cores = _parted(core)
    begun = [
        s for label, window in enumerate(ndimage.find_objects(cores), 1) if (s := _begun(cores, label, window, core))
    ]
    owner = _owners(begun, body)
    found: list[Found] = []
    faint: list[Found] = []
    for index, stone in enumerate(begun):
        whole = _grown(stone, owner, index, body)
        if whole.short >= FLATTEST * whole.long and whole.body >= LEAST_BODY and whole.fit >= LEAST_FIT:
            (found if whole.peak >= SURE else faint).append(whole)
    found = one_each(found)
    return one_each([*found, *_expected(faint, found)])


def _parted(core: np.ndarray) -> np.ndarray:
    """Labels (H, W) of cores: a component of the lowest level, or its parts where it falls apart higher up."""
    smooth = cv2.GaussianBlur(core, (0, 0), 0.7)
    out = np.zeros(core.shape, np.int32)
    count = 0

    def part(mask: np.ndarray, top: int, left: int, level: int) -> None:
        nonlocal count
        area = float(mask.sum())
        window = smooth[top : top + mask.shape[0], left : left + mask.shape[1]]
        for higher in range(level + 1, len(LEVELS)):
            labels, n = ndimage.label(mask & (window > LEVELS[higher]))
            if n < 2:
                continue
            areas = np.bincount(labels.ravel())[1:]
            large = [k + 1 for k in range(n) if areas[k] >= max(SPLIT_SHARE * area, LEAST_CORE_PX)]
            if len(large) < 2:
                continue
            # Each pixel of the whole goes to the nearest part.
            nearest = ndimage.distance_transform_edt(
                ~np.isin(labels, large), return_distances=False, return_indices=True
            )
            owner = np.where(mask, labels[tuple(nearest)], 0)
            for k in large:
                part(owner == k, top, left, higher)
            return
        count += 1
        out[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = count

    labels, _ = ndimage.label(smooth > FAINT)
    for k, window in enumerate(ndimage.find_objects(labels), 1):
        mask = labels[window] == k
        if mask.sum() >= LEAST_CORE_PX:
            part(mask, window[0].start, window[1].start, -1)
    return out


def _begun(cores: np.ndarray, label: int, window: tuple[slice, slice] | None, core: np.ndarray) -> Found | None:
    """A stone as its core alone tells it."""
    if window is None:
        return None
    inside = cores[window] == label
    values = core[window][inside]
    # A core's edge is where its own peak has fallen by half.
    peak = float(np.percentile(values, 90))
    strong = inside & (core[window] > 0.5 * peak)
    if strong.sum() < LEAST_CORE_PX:
        return None
    sure = float(values[values > 0.5 * peak].mean())
    return Found(*_moments(strong, window[0].start, window[1].start, 1 / CORE), sure, 0.0, 0.0)


def _owners(stones: list[Found], body: np.ndarray) -> np.ndarray:
    """The index of the stone that each pixel belongs to, (H, W), -1 for none: the nearest in its own ellipse's measure, so
    that touching stones meet where their ellipses do, whatever their sizes."""
    nearest = np.full(body.shape, REACH, np.float32)
    owner = np.full(body.shape, -1, np.int32)
    for index, stone in enumerate(stones):
        window = _window(stone, body.shape)
        ys, xs = np.mgrid[window]
        a = np.radians(stone.angle)
        dx, dy = xs - stone.x, ys - stone.y
        along, across = dx * np.cos(a) + dy * np.sin(a), dy * np.cos(a) - dx * np.sin(a)
        distance = np.hypot(2 * along / stone.long, 2 * across / stone.short)
        nearer = distance < nearest[window]
        nearest[window][nearer] = distance[nearer]
        owner[window][nearer] = index
    return np.where(body >= 0.5, owner, -1)


def _window(stone: Found, shape: tuple[int, ...]) -> tuple[slice, slice]:
    reach = REACH * stone.long / 2 + 2
    return (
        slice(max(int(stone.y - reach), 0), min(int(stone.y + reach) + 2, shape[0])),
        slice(max(int(stone.x - reach), 0), min(int(stone.x + reach) + 2, shape[1])),
    )


def _grown(stone: Found, owner: np.ndarray, index: int, body: np.ndarray) -> Found:
    """The stone to its edge in the stone map, where that tells the same stone as its core; and how sure its body is."""
    window = _window(stone, body.shape)
    top, left = window[0].start, window[1].start
    region = owner[window] == index
    if region.any():
        x, y, long, short, angle = _moments(region, top, left, 1.0)
        if 0.6 < long * short / (stone.long * stone.short) < 1.6:
            stone = replace(stone, x=x, y=y, long=long, short=short, angle=angle)
    local = replace(stone, x=stone.x - left, y=stone.y - top)
    shown = local.mask((region.shape[0], region.shape[1]))
    own = shown & ((owner[window] == index) | (owner[window] < 0))
    fit = (own & region).sum() / max((own | region).sum(), 1)
    return replace(stone, body=float(body[window][shown].mean()) if shown.any() else 0.0, fit=float(fit))


def _moments(mask: np.ndarray, top: int, left: int, scale: float) -> tuple[float, float, float, float, float]:
    """The ellipse of a filled region's second moments, its axes times `scale`: x, y, longer, shorter, angle in degrees."""
    ys, xs = np.nonzero(mask)
    x, y = float(xs.mean()), float(ys.mean())
    # A pixel is a square, not a point: 1/12 px² each way.
    spread = np.cov(np.stack([xs, ys])) if len(xs) > 1 else np.zeros((2, 2))
    values, vectors = np.linalg.eigh(spread + np.eye(2) / 12)
    short, long = 4 * np.sqrt(values) * scale
    angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
    return x + left, y + top, float(long), float(short), (angle + 90) % 180 - 90


def one_each(found: list[Found]) -> list[Found]:
    """Every stone once, larger ones first: surer ones are kept, and what overlaps one of them by half is no other stone."""
    kept: list[Found] = []
    for stone in sorted(found, key=lambda s: -s.peak * s.body * s.fit):
        if not any(_overlap(stone, other) > 0.5 for other in kept):
            kept.append(stone)
    return sorted(kept, key=lambda s: (-s.long * s.short, s.y, s.x))


def _overlap(one: Found, two: Found) -> float:
    """The share of the smaller stone that lies in the other, both taken as circles (lens of two circles)."""
    r, q = sorted((one.size / 2, two.size / 2))
    d = float(np.hypot(one.x - two.x, one.y - two.y))
    if d >= r + q:
        return 0.0
    if d <= q - r:
        return 1.0
    a = r * r * np.arccos(np.clip((d * d + r * r - q * q) / (2 * d * r), -1, 1))
    b = q * q * np.arccos(np.clip((d * d + q * q - r * r) / (2 * d * q), -1, 1))
    c = 0.5 * np.sqrt(max((-d + r + q) * (d + r - q) * (d - r + q) * (d + r + q), 0))
    return float((a + b - c) / (np.pi * r * r))


def _expected(faint: list[Found], found: list[Found]) -> list[Found]:
    """Faint stones that a regular arrangement expects: of their neighbours' size, at their neighbours' step."""
    if len(found) < 3 or not faint:
        return []
    at = np.array([(s.x, s.y) for s in found])
    size = np.array([s.size for s in found])
    tree = cKDTree(at)
    step = tree.query(at, 2)[0][:, 1]
    taken = []
    for stone in faint:
        distance, index = tree.query((stone.x, stone.y), 2)
        alike = np.abs(np.log(size[index] / stone.size)) < 0.3
        spaced = np.abs(np.log(np.maximum(distance, 1e-3) / step[index])) < 0.35
        if alike.any() and (alike & spaced).any():
            taken.append(stone)
    return taken
