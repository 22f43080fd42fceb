"""Which pixels are piece, and which are ground, shadow or a hole: the matte's coarse half, before true coverage.

Distance to the ground alone makes a white diamond on white see-through and keeps every shadow. Three further signs
settle it: *closed outlines* (what is enclosed by piece is piece, unless it shows the ground again), *texture* (a facet
next to a facet, where ground is flat) and *smooth neutral darkening* that is joined to the ground (a cast shadow).

Lengths here are in working pixels, for a picture whose longer side is about 1000; distances are CIE Lab units.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.imaging.colour import linear_to_lab
from pipeline.imaging.ground import Ground

SHADOW_DEPTH = 55.0  # L that a cast shadow takes from its ground at most
SHADOW_TINT = (
    3.0,
    0.10,
)  # ab that a shadow may be off its ground's: a base, and a share of its depth (light bounced off gold)
SHADOW_SLOPE = 2.2  # L a pixel: steeper is an edge of the piece
FLAT_SLOPE = 1.6  # L a pixel: what ground itself shows at most, JPEG's ringing included
MIN_COMPONENT_PX = 24  # smaller specks are dust


@dataclass(frozen=True)
class Outline:
    """`piece`: bool (H, W), holes open. `shadow`: bool (H, W), cast shadow outside the piece. `distance`: (H, W) Lab
    distance to the ground.
    """

    piece: np.ndarray
    shadow: np.ndarray
    distance: np.ndarray


def find_outline(rgb: np.ndarray, ground: Ground, drop_shadow: bool = True) -> Outline:
    """The Outline of all that stands on the ground in linear RGB ``(H, W, 3)``; `piece` may come back empty."""
    lab = linear_to_lab(np.clip(rgb, 0, 1))
    bare = linear_to_lab(ground.surface)
    off = lab - bare
    distance = np.sqrt((off**2).sum(axis=2))
    slope = _slope(lab)
    near = max(2.2, 100 * 3.5 * ground.noise)
    flat = max(FLAT_SLOPE, 100 * 1.5 * ground.noise)

    bare_like = (distance < near) & (slope < flat)
    seeds = _joined_to_frame_or_large(bare_like)
    outside = seeds
    shadow = np.zeros_like(seeds)
    if drop_shadow:
        outside = _grow(seeds, _shadow_like(off, slope, near))
        shadow = outside & ~seeds & (distance >= near)
    outside |= _grow_rim(outside, distance < near)

    solid = _filled(~outside)
    holes = _holes(solid & (distance < near * 1.6), lab, off, distance, slope, solid, ground, near)
    piece = _without_specks(solid & ~holes, distance, off, slope, near, drop_shadow)
    return Outline(piece=piece, shadow=shadow & ~piece, distance=distance)


def _slope(lab: np.ndarray) -> np.ndarray:
    """The steepest change a pixel over L, a and b, of a lightly smoothed picture."""
    soft = cv2.GaussianBlur(lab, (0, 0), 0.8)
    dx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3) / 8
    dy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3) / 8
    return np.sqrt(dx**2 + dy**2).max(axis=2)


def _disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def _eroded(mask: np.ndarray, radius: int) -> np.ndarray:
    return cv2.erode(mask.astype(np.uint8), _disc(radius), borderValue=1).astype(bool)


def _dilated(mask: np.ndarray, radius: int) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), _disc(radius)).astype(bool)


def _joined_to_frame_or_large(mask: np.ndarray) -> np.ndarray:
    """Components that touch the picture's frame, and enclosed ones too large and too bare to be a facet (a band's hole)."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] > 0.004 * mask.size
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    keep = large
    keep[np.unique(edge)] = True
    keep[0] = False
    return keep[labels] if count > 1 else np.zeros_like(mask)


def _shadow_like(off: np.ndarray, slope: np.ndarray, near: float) -> np.ndarray:
    """Darker than the ground, of its tint, and soft."""
    depth = -off[..., 0]
    tint = np.hypot(off[..., 1], off[..., 2])
    allowed = np.maximum(SHADOW_TINT[0], near) + SHADOW_TINT[1] * np.maximum(depth, 0)
    return (depth > -near) & (depth < SHADOW_DEPTH) & (tint < allowed) & (slope < SHADOW_SLOPE)


def _grow(seeds: np.ndarray, through: np.ndarray) -> np.ndarray:
    """`seeds` grown through `through`, but not by a passage less than 5 px wide: a breach in a faint outline lets nothing in."""
    wide = _eroded(through | seeds, 2) | seeds
    count, labels = cv2.connectedComponents(wide.astype(np.uint8), connectivity=4)
    reached = np.zeros(count, dtype=bool)
    reached[np.unique(labels[seeds])] = True
    reached[0] = False
    return seeds | (_dilated(reached[labels], 2) & through)


def _grow_rim(outside: np.ndarray, bare: np.ndarray) -> np.ndarray:
    """Bare pixels next to the outside that only their neighbour's slope had kept apart."""
    return _dilated(outside, 2) & bare


def _filled(mask: np.ndarray) -> np.ndarray:
    """`mask` with everything that it encloses."""
    framed = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    _, labels = cv2.connectedComponents(framed, connectivity=4)
    return (labels != labels[0, 0])[1:-1, 1:-1] | mask


def _holes(
    candidates: np.ndarray,
    lab: np.ndarray,
    off: np.ndarray,
    distance: np.ndarray,
    slope: np.ndarray,
    solid: np.ndarray,
    ground: Ground,
    near: float,
) -> np.ndarray:
    """Enclosed regions where the ground shows through: flat, of the ground's colour, inside a firm edge.

    A blown facet of a white stone on white ground looks the same pixel by pixel. It differs in its surroundings: it is
    small against the grey facets round it, and no coloured or dark metal walls it in.
    """
    outline = np.zeros_like(candidates)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(candidates.astype(np.uint8), connectivity=4)
    tint = np.hypot(off[..., 1], off[..., 2])
    for index in range(1, count):
        left, top, width, height, area = stats[index]
        if area < 4:
            continue
        window = (slice(max(top - 4, 0), top + height + 4), slice(max(left - 4, 0), left + width + 4))
        region = labels[window] == index
        radius = float(cv2.distanceTransform(np.pad(region, 1).astype(np.uint8), cv2.DIST_L2, 5).max())
        wall = _dilated(region, 3) & ~_dilated(region, 1)
        if not wall.any():
            continue
        exact = float((distance[window][region] < near).mean())
        wall_tint, wall_depth = tint[window][wall], -off[window][..., 0][wall]
        metal = float(((wall_tint > 14) | (wall_depth > 45)).mean())
        if _is_hole(radius, area, exact, metal, ground.clipped):
            outline[window] |= region
    return outline


def _is_hole(radius: float, area: int, exact: float, metal: float, clipped: bool) -> bool:
    if exact < 0.5:
        return False
    if radius >= 9:
        return True
    if clipped:
        return radius >= 2.0 and metal > 0.55
    return radius >= 1.4 and metal > 0.45


def _without_specks(
    piece: np.ndarray, distance: np.ndarray, off: np.ndarray, slope: np.ndarray, near: float, drop_shadow: bool
) -> np.ndarray:
    """Drops dust, and islands of shadow that the flood could not reach: soft, neutral, and with nothing firm in them."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(piece.astype(np.uint8), connectivity=8)
    if count == 1:
        return piece
    largest = stats[1:, cv2.CC_STAT_AREA].max()
    keep = np.zeros(count, dtype=bool)
    for index in range(1, count):
        left, top, width, height, area = stats[index]
        window = (slice(top, top + height), slice(left, left + width))
        region = labels[window] == index
        if area < max(MIN_COMPONENT_PX, 0.0006 * largest):
            continue
        firm = np.percentile(distance[window][region], 95) > max(9.0, 3 * near)
        steep = np.percentile(slope[window][region], 90) > SHADOW_SLOPE
        coloured = np.percentile(np.hypot(off[window][..., 1], off[window][..., 2])[region], 90) > 10
        keep[index] = firm and (steep or coloured or not drop_shadow)
    return keep[labels]
