"""Which pixels are piece, and which are ground, shadow or a hole: the matte's coarse half, before true coverage.

Distance to the ground alone makes a white diamond on white see-through and keeps every shadow. Three further signs
settle it: *closed outlines* (what is enclosed by piece is piece, unless it shows the ground again), *texture* (a facet
next to a facet, where ground is flat) and *smooth neutral darkening* that is joined to the ground (a cast shadow).

Lengths here are in working pixels, for a picture whose longer side is 1000 to 2000; distances are CIE Lab units.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from skimage.segmentation import watershed

from pipeline.imaging.colour import linear_to_lab, luminance
from pipeline.imaging.coverage import normalised_blur, unmix_in_shadow
from pipeline.imaging.ground import Ground
from pipeline.imaging.holes import holes_in
from pipeline.imaging.morphology import around_px, dilated, disc, eroded
from pipeline.imaging.reflection import mirror_image

SHADOW_DEPTH = 55.0  # L that a cast shadow takes from its ground at most
# ab that a shadow may be off its ground's: a base, and a share of its depth (light bounced off gold)
SHADOW_TINT = (3.0, 0.10)
SHADOW_SLOPE = 2.2  # L a pixel: steeper is an edge of the piece
FLAT_SLOPE = 1.6  # L a pixel: what ground itself shows at most, JPEG's ringing included
EDGE_STRIP_PX = 3  # how far inwards the true edge may lie from where the ground was lost
COLOURED = 16.0  # ab off the ground's: no shadow
CONTACT_RIM_PX = 3  # the width of shadow that passed for an edge
CONTACT_DEPTH = 1.5  # L below the ground
CONTACT_TINT = 4.5  # ab that shadowed ground right beside coloured metal may be off
STONE_STRIP_PX = 1.5  # the same along colourless stones
STONE_BITE_PX = 6  # half the width of what a bright facet may cost a stone's rim
WALL_REACH_PX = 14  # what lies between two steep lines up to twice this apart may be piece, whatever its tone
MIN_COMPONENT_PX = 24  # smaller specks are dust


@dataclass(frozen=True)
class Outline:
    """`piece`: bool (H, W), holes open. `shadow`: bool (H, W), cast shadow outside the piece. `distance`: (H, W) Lab
    distance to the ground. `lost`: firm edges outside the piece, as a share of its rim's length; where it is
    high, parts of the piece went unseen.
    """

    piece: np.ndarray
    shadow: np.ndarray
    distance: np.ndarray
    lost: float


def find_outline(rgb: np.ndarray, ground: Ground, drop_shadow: bool = True) -> Outline:
    """The Outline of all that stands on the ground in linear RGB ``(H, W, 3)``; `piece` may come back empty."""
    lab = linear_to_lab(np.clip(rgb, 0, 1))
    bare_lab = linear_to_lab(ground.surface)
    distance = np.sqrt(((lab - bare_lab) ** 2).sum(axis=2))
    off = _off_shaded_ground(rgb, lab, ground.surface, bare_lab)
    slope = slope_of(lab)
    noise = 100 * ground.noise
    near, flat = max(2.2, 3.5 * noise), max(FLAT_SLOPE, 1.5 * noise)

    bare = (distance < near) & (slope < flat)
    soft = _shadow_like(off, slope, near) if drop_shadow else bare
    framed = _joined_to_frame(bare)
    typical = np.median(bare_lab.reshape(-1, 3), axis=0)
    white = bool(typical[0] > 80 and np.hypot(typical[1], typical[2]) < 8)  # as enamel, pearl and silver are
    holes = holes_in(off, distance, slope, flat, noise, _grow(framed, soft), ground.clipped, white, SHADOW_TINT)
    outside = _without_leaks(_grow(framed | holes, soft), bare, holes, soft, off, slope, noise)
    outside = _spread(outside, distance < near, 2)
    outside = _pulled_to_edges(outside, off, slope, near, ground.clipped)
    outside = _mended_stones(outside, off, distance, slope, noise)
    if drop_shadow:
        outside = _without_contact_shadow(rgb, ground.surface, outside, off)

    piece = _filled_pinholes(~outside)
    reflected = mirror_image(piece, off, distance) if drop_shadow else np.zeros_like(piece)
    piece = _without_specks(piece & ~reflected, distance, off, slope, near, drop_shadow)
    lost = (slope > 2 * SHADOW_SLOPE + noise) & ~dilated(piece | reflected, 5)
    rim = piece & ~eroded(piece, 1)
    return Outline(
        piece=piece,
        shadow=~piece & (distance >= near),
        distance=distance,
        lost=float(lost.sum()) / max(int(rim.sum()), 1),
    )


def _off_shaded_ground(rgb: np.ndarray, lab: np.ndarray, surface: np.ndarray, bare_lab: np.ndarray) -> np.ndarray:
    """(H, W, 3): how much lighter a pixel is than its bare ground in L, and its ab against that ground in shadow.

    Shadow takes its share of all three channels in linear light, so a coloured ground loses chroma with it.
    """
    share = luminance(rgb) / np.maximum(luminance(surface), 1e-4)
    shaded = linear_to_lab(surface * np.clip(share, 0.02, 1)[..., None])
    return np.dstack([lab[..., :1] - bare_lab[..., :1], lab[..., 1:] - shaded[..., 1:]]).astype(np.float32)


def slope_of(lab: np.ndarray) -> np.ndarray:
    """The steepest change a pixel over L, a and b, of a lightly smoothed picture."""
    soft = cv2.GaussianBlur(lab, (0, 0), 0.8)
    dx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3) / 8
    dy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3) / 8
    return np.sqrt(dx**2 + dy**2).max(axis=2)


def _joined_to_frame(mask: np.ndarray) -> np.ndarray:
    """Those components of `mask` that touch the picture's frame."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    keep = np.zeros(labels.max() + 1, dtype=bool)
    keep[np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))] = True
    keep[0] = False
    return keep[labels]


def _shadow_like(off: np.ndarray, slope: np.ndarray, near: float) -> np.ndarray:
    """Darker than the ground, of its tint, and soft."""
    depth = -off[..., 0]
    tint = np.hypot(off[..., 1], off[..., 2])
    allowed = np.maximum(SHADOW_TINT[0], near) + SHADOW_TINT[1] * np.maximum(depth, 0)
    return (depth > -near) & (depth < SHADOW_DEPTH) & (tint < allowed) & (slope < SHADOW_SLOPE)


def _walls(slope: np.ndarray, noise: float) -> np.ndarray:
    """Steep lines and what lies close between two of them, bool (H, W)."""
    steep = (slope > SHADOW_SLOPE + noise).astype(np.uint8)
    return cv2.morphologyEx(steep, cv2.MORPH_CLOSE, disc(WALL_REACH_PX)).astype(bool)


def _without_leaks(
    outside: np.ndarray,
    bare: np.ndarray,
    holes: np.ndarray,
    soft: np.ndarray,
    off: np.ndarray,
    slope: np.ndarray,
    noise: float,
) -> np.ndarray:
    """`outside` without what ran into polished metal.

    A polished band takes every tone from white to black, so at some place it has its ground's own; there its outline is
    open, and the ground runs in and along it. What lies between two steep lines is suspect; it is a leak where those lines
    are mere steps from it to the ground beyond: a shadow's far side is never a step, and a bay's wall is the piece itself.
    """
    walls = _walls(slope, noise)
    strict = _grow(_joined_to_frame(bare & ~walls) | holes, soft & ~walls)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((outside & ~strict).astype(np.uint8), connectivity=4)
    step = _steps(outside, off)
    kept = outside.copy()
    for index in range(1, count):
        left, top, width, height, area = stats[index]
        if area < 30:
            continue
        window = around_px((slice(top, top + height), slice(left, left + width)), 8)
        region = labels[window] == index
        rim = dilated(region, 4) & ~outside[window]
        if int(rim.sum()) > 12 and float(step[window][rim].mean()) > 0.5:
            kept[window] &= ~region
    return kept


def _steps(outside: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Thin lines of what isn't `outside` whose tone lies between those of their two sides: bool (H, W)."""
    inside = ~outside
    thin = inside & ~dilated(eroded(inside, 3), 4)
    level, tint = off[..., 0], np.hypot(off[..., 1], off[..., 2])
    reach = disc(5)
    high = cv2.dilate(np.where(outside, level, -200).astype(np.float32), reach)
    low = cv2.erode(np.where(outside, level, 200).astype(np.float32), reach)
    tinted = cv2.dilate(np.where(outside, tint, 0).astype(np.float32), reach)
    return thin & (level > low - 2) & (level < high + 2) & (tint < tinted + 3) & (high - low > 4)


def _spread(outside: np.ndarray, through: np.ndarray, steps: int) -> np.ndarray:
    """`outside` and what of `through` is joined to it within so many pixels; it leaps over nothing."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    reached, allowed = outside.astype(np.uint8), (outside | through).astype(np.uint8)
    for _ in range(steps):
        reached = cv2.dilate(reached, cross) & allowed
    return reached.astype(bool)


def _grow(seeds: np.ndarray, through: np.ndarray) -> np.ndarray:
    """`seeds` grown through `through`, but not by a passage less than 5 px wide: a breach in a faint outline lets nothing in."""
    wide = eroded(through | seeds, 2) | seeds
    count, labels = cv2.connectedComponents(wide.astype(np.uint8), connectivity=4)
    reached = np.zeros(count, dtype=bool)
    reached[np.unique(labels[seeds])] = True
    reached[0] = False
    return _spread(seeds | reached[labels], through, 3)


def _pulled_to_edges(outside: np.ndarray, off: np.ndarray, slope: np.ndarray, near: float, clipped: bool) -> np.ndarray:
    """`outside` moved on to the steepest line of its surroundings: the true edge, past contact shadow and JPEG's ringing.

    A watershed of the slope between the outside and what is surely piece, in a narrow strip along the outline. Along
    colourless stones the strip is narrower still: there the steepest line may be a facet's inside the stone.
    """
    depth, tint = -off[..., 0], np.hypot(off[..., 1], off[..., 2])
    inward = cv2.distanceTransform((~outside).astype(np.uint8), cv2.DIST_L2, 5)
    strip_px = np.where(_sparkle(off, outside), STONE_STRIP_PX, EDGE_STRIP_PX)
    sure = (inward > strip_px) | (tint > COLOURED) | (depth > 42)
    if not clipped:
        sure |= (depth < -1.2) & (inward > 1.5)  # brighter than its ground: no shadow is
    markers = np.where(outside, 1, np.where(sure, 2, 0)).astype(np.int32)
    strip = (~outside & (inward <= EDGE_STRIP_PX + 2)) | (outside & dilated(~outside, 1))
    return (watershed(slope, markers, mask=strip) == 1) | (outside & ~strip)


def _without_contact_shadow(rgb: np.ndarray, surface: np.ndarray, outside: np.ndarray, off: np.ndarray) -> np.ndarray:
    """`outside` and the rim of the piece that is shadowed ground by its colour, along coloured metal.

    The shadow right under a piece is as steep as an edge, but it has none of the metal's colour.
    """
    tint = np.hypot(off[..., 1], off[..., 2])
    inward = cv2.distanceTransform((~outside).astype(np.uint8), cv2.DIST_L2, 5)
    metal = ((tint > COLOURED) & (inward > 2)).astype(np.float32)
    own, counted = normalised_blur(rgb, metal, 2.5)
    coverage, angle = unmix_in_shadow(rgb, own, surface)
    depth = -off[..., 0]
    # A pale highlight or a dull facet of the metal is short of colour too: only what is dark and has none at all is shadow.
    neutral = (depth > CONTACT_DEPTH) & (tint < CONTACT_TINT + SHADOW_TINT[1] * depth)
    told = (counted > 0.02) & (angle > 0.15) & (coverage < 0.5)
    stones = dilated(_sparkle(off, outside), STONE_BITE_PX)
    bare = told & neutral & ~stones & (inward <= CONTACT_RIM_PX)
    # A shadow's rim is even. What is left ragged was no shadow, and goes back by majority.
    taken = _spread(outside, bare, CONTACT_RIM_PX)
    return np.where(stones, outside, outside | (taken & (cv2.boxFilter(taken.astype(np.float32), -1, (7, 7)) > 0.5)))


def _sparkle(off: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Where the piece by the outline is colourless and rich in small contrasts, as stones are and shadows never: bool (H, W)."""
    level, inner = (
        off[..., 0],
        (cv2.distanceTransform((~outside).astype(np.uint8), cv2.DIST_L2, 5) > 1.5).astype(np.float32),
    )
    detail = np.abs(level - cv2.GaussianBlur(level, (0, 0), 1.5)) * inner
    grey = (np.hypot(off[..., 1], off[..., 2]) < 10) * inner
    count = cv2.boxFilter(inner, -1, (9, 9)) + 1e-6
    return (cv2.boxFilter(detail, -1, (9, 9)) / count > 2.5) & (
        cv2.boxFilter(grey.astype(np.float32), -1, (9, 9)) / count > 0.6
    )


def _mended_stones(
    outside: np.ndarray, off: np.ndarray, distance: np.ndarray, slope: np.ndarray, noise: float
) -> np.ndarray:
    """`outside` without the bites that it takes of a colourless stone's rim, where a bright facet meets the ground.

    A bite is narrow, lies in sparkle, and is not the wide, even, bare ground that shows between two stones.
    """
    closed = cv2.morphologyEx((~outside).astype(np.uint8), cv2.MORPH_CLOSE, disc(STONE_BITE_PX)).astype(bool)
    bare = (distance < 1.6 + 2 * noise) & (slope < 1.2 + noise)
    wide = dilated(eroded(bare, 2), 3)
    stones = dilated(_sparkle(off, outside), 3)
    mended = outside & ~(closed & stones & ~wide)
    # A stone's rim is cut, not torn: what is left of the raggedness goes by majority.
    smooth = cv2.boxFilter(mended.astype(np.float32), -1, (5, 5)) > 0.5
    return np.where(stones & (wide | ~mended | ~smooth), smooth, mended)


def _filled_pinholes(piece: np.ndarray) -> np.ndarray:
    """`piece` without gaps of one or two pixels, which no true hole shows open."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~piece).astype(np.uint8), connectivity=4)
    return piece | (stats[:, cv2.CC_STAT_AREA] < 3)[labels]


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
