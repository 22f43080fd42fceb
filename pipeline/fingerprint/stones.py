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
FLATTEST = 0.28


@dataclass(frozen=True)
class Found:
    """A stone in the working picture's pixels: ellipse centre (x, y), full axes (longer, shorter), angle in degrees,
    `peak`: the core map's mean over its core, `body`: the stone map's mean over its ellipse."""

    x: float
    y: float
    long: float
    short: float
    angle: float
    peak: float
    body: float

    @property
    def size(self) -> float:
        """The diameter of the circle of the same area, px."""
        return float(np.sqrt(self.long * self.short))

    def mask(self, shape: tuple[int, int], scale: float = 1.0) -> np.ndarray:
        """(H, W) bool of its ellipse, its axes times `scale`."""
        drawn = np.zeros(shape, np.uint8)
        axes = (max(self.long * scale, 1.0), max(self.short * scale, 1.0))
        cv2.ellipse(drawn, ((self.x, self.y), axes, self.angle), (1,), -1)
        return drawn > 0


def find_stones(body: np.ndarray, core: np.ndarray) -> list[Found]:
    """The stones of two maps (H, W) in 0..1, larger ones first; faint ones only where they complete a regular row."""
    cores = _parted(core)
    regions = _grown(cores, body)
    boxes = ndimage.find_objects(cores)
    found: list[Found] = []
    faint: list[Found] = []
    for label, window in enumerate(boxes, 1):
        if window is None:
            continue
        stone = _fitted(cores, regions, label, window, body, core)
        if stone is None or stone.short < FLATTEST * stone.long:
            continue
        (found if stone.peak >= SURE else faint).append(stone)
    found = _without_overlaps(found)
    found += _expected(faint, found)
    return sorted(found, key=lambda s: (-s.long * s.short, s.y, s.x))


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


def _grown(cores: np.ndarray, body: np.ndarray) -> np.ndarray:
    """Each core grown over the stone map to its stone's edge, meeting its neighbours half way."""
    markers = cores.copy()
    outside = body < 0.5
    markers[outside & (cores == 0)] = cores.max() + 1
    height = np.clip(255 - 255 * cv2.GaussianBlur(body, (0, 0), 1.0), 0, 255).astype(np.uint8)
    grown = cv2.watershed(cv2.cvtColor(height, cv2.COLOR_GRAY2BGR), markers)
    regions = np.where((grown > 0) & (grown <= cores.max()), grown, 0)
    # The watershed keeps its own lines free; each of their pixels goes to a region beside it.
    beside = ndimage.maximum_filter(regions, 3)
    return np.where((grown < 0) & (body >= 0.5), beside, regions)


def _fitted(
    cores: np.ndarray,
    regions: np.ndarray,
    label: int,
    window: tuple[slice, slice],
    body: np.ndarray,
    core: np.ndarray,
) -> Found | None:
    top, left = window[0].start, window[1].start
    inside = cores[window] == label
    values = core[window][inside]
    # A core's edge is where its own peak has fallen by half.
    peak = float(np.percentile(values, 90))
    strong = inside & (core[window] > 0.5 * peak)
    if strong.sum() < LEAST_CORE_PX:
        return None
    from_core = _moments(strong, top, left, 1 / CORE)
    reach = int(np.ceil(from_core[2])) + 2
    y0, y1 = max(top - reach, 0), min(window[0].stop + reach, cores.shape[0])
    x0, x1 = max(left - reach, 0), min(window[1].stop + reach, cores.shape[1])
    region = regions[y0:y1, x0:x1] == label
    x, y, long, short, angle = from_core
    if region.sum() > 0:
        grown = _moments(region, y0, x0, 1.0)
        ratio = grown[2] * grown[3] / (long * short)
        if 0.6 < ratio < 1.6:  # both tell the same stone: the grown one's edge is the truer
            x, y, long, short, angle = grown
    stone = Found(x, y, long, short, angle, float(values[values > 0.5 * peak].mean()), 0.0)
    shown = replace(stone, x=x - x0, y=y - y0).mask((y1 - y0, x1 - x0))
    return replace(stone, body=float(body[y0:y1, x0:x1][shown].mean()) if shown.any() else 0.0)


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


def _without_overlaps(found: list[Found]) -> list[Found]:
    """Surer stones first; one whose centre lies well inside a kept one of its size is the same stone, seen twice."""
    kept: list[Found] = []
    for stone in sorted(found, key=lambda s: -s.peak * s.body):
        near = [o for o in kept if np.hypot(o.x - stone.x, o.y - stone.y) < 0.3 * (o.size + stone.size) / 1.2]
        if not any(0.5 < o.size / stone.size < 2 for o in near):
            kept.append(stone)
    return kept


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
        if alike.any() and (alike & spaced).any() and stone.body > 0.35:
            taken.append(stone)
    return taken
