"""Holes: regions apart from the outside where the ground shows through a piece, told from facets, enamel and pearls.

Lengths are in working pixels, levels and tints in CIE Lab units off the ground.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.imaging.morphology import around_px, dilated

HOLE_DISTANCE = 3.6  # Lab off the ground, noise apart
# L that a hole may be darker than a white ground, where stones, enamel and pearls have such tones
WHITE_HOLE_DEPTH = 14.0
SHADED_HOLE_DEPTH = 34.0  # the same on any other ground
SHADED_RADIUS_PX = 5  # on white a smaller shaded region may as well be a small white stone, which must not be lost
# L a pixel in the steepest tenth round a hole, by its radius in pixels: wires have 6 and more, a highlight's slopes 3; a
# larger hole's rim may be its own shadow, a larger highlight fades without any edge.
HOLE_EDGES = ((4.5, 4.5), (16.0, 1.5))
THIN_WALL_PX = 18  # a wire, a link, a row of small stones
THIN_WALLED = 0.25  # share of what lies behind a shaded hole's wall that is ground: white enamel in its cell has less
GLOWING_WALL = 0.5  # the share of a hole's wall that is coloured metal: a link has most, a stone's facet hardly any
LINK_WALLED = 0.1  # the least share of ground behind a link's wire, its neighbours being links
SHADED_SLOPE = 4.0  # L a pixel: contact shadow's in a hole
SHADED_DEEPER = 9.0  # L that shadow within a hole may be deeper than the deepest beside the piece


def holes_in(
    off: np.ndarray,
    distance: np.ndarray,
    slope: np.ndarray,
    flat: float,
    noise: float,
    outside: np.ndarray,
    clipped: bool,
    white: bool,
    shadow_tint: tuple[float, float],
) -> np.ndarray:
    """Regions apart from the `outside` where the ground shows through, bool (H, W).

    A bright facet of a white stone on a white ground is the same pixel by pixel. A hole differs as a region: it is even, it is
    at the ground's own level or shaded, and it has walls of metal or is larger than facets are.
    """
    candidates = (distance < HOLE_DISTANCE + 2 * noise) & (slope < flat) & ~outside
    tint = np.hypot(off[..., 1], off[..., 2])
    shaded = (
        (off[..., 0] < 0)
        & (off[..., 0] > -(WHITE_HOLE_DEPTH if white else SHADED_HOLE_DEPTH))
        & (tint < (shadow_tint[0] if white else shadow_tint[0] - shadow_tint[1] * off[..., 0]))
        & (slope < (flat if white else SHADED_SLOPE))
        & ~outside
    )
    return _even_regions(candidates, off, slope, tint, noise, clipped, outside, False, white) | _even_regions(
        shaded, off, slope, tint, noise, clipped, outside, True, white
    )


def _even_regions(
    candidates: np.ndarray,
    off: np.ndarray,
    slope: np.ndarray,
    tint: np.ndarray,
    noise: float,
    clipped: bool,
    outside: np.ndarray,
    shaded: bool,
    white: bool,
) -> np.ndarray:
    """Those regions of `candidates` that are holes; where they are `shaded`, only beside a ground as deep in shadow."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(candidates.astype(np.uint8), connectivity=4)
    found = np.zeros_like(candidates)
    least = (SHADED_RADIUS_PX if white else 1.4) if shaded else 0.0
    for index in range(1, count):
        left, top, width, height, area = stats[index]
        if area < 5:
            continue
        window = (slice(max(top - 6, 0), top + height + 6), slice(max(left - 6, 0), left + width + 6))
        region = labels[window] == index
        radius = float(cv2.distanceTransform(np.pad(region, 1).astype(np.uint8), cv2.DIST_L2, 5).max())
        if radius < least:
            continue
        # A hole has an edge; a highlight on a pearl or on polished metal fades.
        edge = next((least_edge for reach, least_edge in HOLE_EDGES if radius < reach), 0.0)
        if edge and np.percentile(slope[window][dilated(region, 3) & ~region], 90) < edge:
            continue
        wall = dilated(region, 5) & ~dilated(region, 2)
        level = off[window][..., 0][region]
        spread = float(level.std()) - noise
        coloured, dark = float((tint[window][wall] > 12).mean()), float((off[window][..., 0][wall] < -25).mean())
        near = around_px(window, 24)
        # Coloured metal all round casts its colour into a link's small hole, and doesn't into a stone's facet; behind a
        # link's wire is ground, behind the cell of white enamel is more of the piece.
        glowing = (
            not shaded
            and coloured > GLOWING_WALL
            and spread < 1.0
            and _ground_beyond(labels[near] == index, outside[near]) > LINK_WALLED
        )
        uneven = float(off[window][..., 1:][region].std(axis=0).max()) > 1.45 + noise
        if radius < 3 and uneven and not glowing:
            continue
        if shaded:
            around = off[near][..., 0][outside[near]]
            if len(around) <= 40:
                continue
            even = white and coloured > 0.6 and spread < 2.6 and np.percentile(around, 2) - 4 < level.mean()
            if even or (
                _is_shaded_hole(region, off[window][..., 0], around, radius, coloured, noise)
                and (not white or _ground_beyond(labels[near] == index, outside[near]) > THIN_WALLED)
            ):
                found[window] |= region
        elif (glowing and not clipped and -2.2 < float(level.mean()) < 1.6) or _is_hole(
            radius, float(level.mean()), spread, coloured, dark, clipped
        ):
            found[window] |= region
    return found


def _ground_beyond(region: np.ndarray, outside: np.ndarray) -> float:
    """The share of ground in what lies behind the wall of a hole if that wall is a wire."""
    return float(outside[dilated(region, THIN_WALL_PX) & ~dilated(region, 4)].mean())


def _is_shaded_hole(
    region: np.ndarray, level: np.ndarray, around: np.ndarray, radius: float, coloured: float, noise: float
) -> bool:
    """Whether an enclosed, neutral, smooth `region` is ground in shadow: its `level` (L off the bare ground) against that of
    the ground `around` the piece.

    Shadow in a hole is deepest along its walls and never lighter than bare ground. Between coloured walls that is enough; between
    colourless ones the region must be round besides: a polished band has such stretches too, but long ones.
    """
    inside = level[region]
    low, high = np.percentile(inside, [5, 95])
    if high > 0.8 + noise or inside.mean() < np.percentile(around, 2) - SHADED_DEEPER:
        return False
    depth = cv2.distanceTransform(np.pad(region, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1][region]
    middle, rim = inside[depth > 0.6 * radius], inside[depth <= 1.5]
    lighter_inside = len(middle) > 0 and len(rim) > 0 and float(middle.mean()) > float(rim.mean()) - 0.5
    if not (lighter_inside or high - low < 4 + 2 * noise):
        return False
    if coloured > 0.3:
        return radius >= 1.4
    return radius >= 2.5 and len(inside) < 3.0 * np.pi * radius**2 and high - low < 12


def _is_hole(radius: float, level: float, spread: float, coloured: float, dark: float, clipped: bool) -> bool:
    """`level`: mean L above the ground; `spread`: its deviation beyond the noise; `coloured`, `dark`: shares of the wall."""
    if radius >= 8:
        return spread < 1.3
    if clipped:
        walled = (coloured > 0.38 and radius >= 2) or (dark > 0.6 and radius >= 4)
        return walled and level > -0.8 and spread < 0.65
    shaded = level < -1.7  # small and shaded may as well be white enamel in its cell, which must not be lost
    if not -3.3 < level < 0.6 or spread > 1.0 or (shaded and radius < 3):
        return False
    return radius >= 4.5 or (radius >= 1.4 and coloured > 0.2) or (radius >= 2 and dark > 0.6)
