"""Which pixels are piece, and which are ground, shadow, mirror image or a hole: the matte's coarse half, before true coverage.

What a pixel is, the network says (`matting_net`). Here its answer becomes an outline: specks of dust go, gaps that aren't
holes close, and the piece's mirror image in its ground goes.

Lengths are in working pixels, for a picture whose longer side is 600 to 1400; distances are CIE Lab units.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.imaging.colour import linear_to_lab
from pipeline.imaging.ground import Ground
from pipeline.imaging.morphology import around_px, dilated
from pipeline.imaging.reflection import mirror_image

MIN_COMPONENT_PX = 24  # smaller specks are dust
LEAST_OF_LARGEST = 0.0006  # so are those of a smaller share of the largest part
SURE = 0.8  # coverage that a part reaches somewhere, or it is none
# Mean coverage over a hole's surer half at most: small ones between walls of coloured metal; and all others, as bright facets,
# highlights, inlays and the ball of a white claw look as much like ground.
SURE_SMALL_HOLE, SURE_HOLE = 0.12, 0.06
SMALL_HOLE_PX = 400
COLOURED_WALL = 0.2  # the share of a hole's wall that is 12 ab and more off the ground
UNEVEN = 6.0  # deviation of L over a hole's surer half: ground in shadow is more even
# ab off the ground's, and more for each L that it is darker: light falls into a hole off gold walls.
TINTED = (13.0, 0.3)
# A wire, a link, a row of small stones: behind a narrow hole's wall is ground, behind enamel's is more piece.
THIN_WALL_PX = 18
GROUND_BEYOND, SHADED_BEYOND = 0.15, 0.25  # the least share of ground there, and behind a hole that is evenly shaded
SHADED = -2.0  # L off the ground's: white enamel is as even and as pale as ground in faint shadow
WIDE_HOLE_PX, SHADED_WIDE_HOLE_PX = 8, 24  # radius from which a hole needs none
# L a pixel, along all but a quarter of a hole's border: walls of coloured metal stand deep and dark round a hole, where enamel
# is level with its wire. That share of the wall, that sure, from that radius: a facet's neighbours are facets, and as steep.
STEEP, STEEP_COLOURED, STEEP_SURE, STEEP_HOLE_PX = 4.5, 0.4, 0.08, 4
FAINT = -6.0  # L off the ground's down to which a narrow gap between white walls is the highlight of a claw


@dataclass(frozen=True)
class Outline:
    """`piece`: bool (H, W), holes open. `coverage`: (H, W) 0..1, how much of each pixel the network sees covered.
    `distance`: (H, W) Lab distance to the ground. `drawn`: bool (H, W), where somebody drew it and `coverage` is a guess.
    """

    piece: np.ndarray
    coverage: np.ndarray
    distance: np.ndarray
    drawn: np.ndarray | None = None


def find_outline(rgb: np.ndarray, ground: Ground, drop_shadow: bool = True) -> Outline:
    """The Outline of all that stands on the ground in linear RGB ``(H, W, 3)``; `piece` may come back empty.

    Without `drop_shadow` what stands off the bare ground around the piece, its shadow, is part of it.
    """
    from pipeline.imaging.matting_net import covered  # torch is heavy, and a mask made elsewhere needs none

    coverage = covered(rgb, ground.surface)
    off = linear_to_lab(np.clip(rgb, 0, 1)) - linear_to_lab(ground.surface)
    distance = np.sqrt((off**2).sum(axis=2))
    piece = _without_specks(coverage > 0.5, coverage)
    piece |= ~piece & ~_open(piece, coverage, off, 100 * ground.noise, _is_white(ground))
    if drop_shadow:
        piece &= ~mirror_image(piece, off, distance)
    else:
        piece = _with_shadow(piece, distance, max(2.2, 350 * ground.noise))
        coverage = np.maximum(coverage, cv2.GaussianBlur(piece.astype(np.float32), (0, 0), 0.6))
    return Outline(piece, coverage, distance)


def drawn_outline(piece: np.ndarray) -> np.ndarray:
    """The coverage (H, W) of an outline `piece` (bool) that somebody drew: as a sharp photo has it."""
    return cv2.GaussianBlur(piece.astype(np.float32), (0, 0), 0.6)


def slope_of(lab: np.ndarray) -> np.ndarray:
    """The steepest change a pixel over L, a and b, of a lightly smoothed picture."""
    soft = cv2.GaussianBlur(lab, (0, 0), 0.8)
    dx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3) / 8
    dy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3) / 8
    return np.sqrt(dx**2 + dy**2).max(axis=2)


def _without_specks(piece: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(piece.astype(np.uint8), connectivity=8)
    if count == 1:
        return piece
    area = stats[:, cv2.CC_STAT_AREA]
    keep = area >= max(MIN_COMPONENT_PX, LEAST_OF_LARGEST * int(area[1:].max()))
    keep &= _highest(coverage, labels, count) > SURE
    keep[0] = False
    return np.asarray(keep[labels])


def _open(piece: np.ndarray, coverage: np.ndarray, off: np.ndarray, noise: float, white: bool) -> np.ndarray:
    """The ground round the piece and its true holes: a gap that isn't surely ground, or of no ground's colour, is none."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~piece).astype(np.uint8), connectivity=4)
    keep = stats[:, cv2.CC_STAT_AREA] >= 3
    keep[0] = False
    framed = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    outside = np.isin(labels, framed[framed > 0])
    for index in np.setdiff1d(np.flatnonzero(keep), framed):
        left, top, width, height, area = stats[index]
        window = around_px((slice(top, top + height), slice(left, left + width)), THIN_WALL_PX + 2)
        hole = labels[window] == index
        keep[index] = _is_hole(hole, coverage[window], off[window], noise, int(area)) and (
            not white or _is_walled(hole, outside[window], off[window]) or _is_deep(hole, coverage[window], off[window])
        )
    return np.asarray(keep[labels])


def _is_white(ground: Ground) -> bool:
    """Whether the ground is such as enamel, pearl and silver are."""
    light, a, b = linear_to_lab(ground.colour)
    return bool(light > 80 and np.hypot(a, b) < 8)


def _is_walled(hole: np.ndarray, outside: np.ndarray, off: np.ndarray) -> bool:
    """Whether a `hole` is wide, or has the `outside` behind its wall if that is a wire: bool (H, W) both; `off` Lab (H, W, 3)."""
    radius, level = _radius(hole), float(np.median(off[..., 0][hole]))
    if radius < WIDE_HOLE_PX and level > FAINT and _coloured(hole, off) < COLOURED_WALL:
        return False
    if radius >= (SHADED_WIDE_HOLE_PX if level < SHADED else WIDE_HOLE_PX):
        return True
    beyond = outside[dilated(hole, THIN_WALL_PX) & ~dilated(hole, 4)]
    return float(beyond.mean()) > (SHADED_BEYOND if level < SHADED else GROUND_BEYOND)


def _is_deep(hole: np.ndarray, coverage: np.ndarray, off: np.ndarray) -> bool:
    """Whether a `hole` is surely one by its walls: coloured, and steep nearly all round."""
    if _radius(hole) < STEEP_HOLE_PX or _unsure(hole, coverage) > STEEP_SURE or _coloured(hole, off) < STEEP_COLOURED:
        return False
    dx, dy = (cv2.Sobel(off[..., 0], cv2.CV_32F, *along, ksize=3) / 8 for along in ((1, 0), (0, 1)))
    border = dilated(hole, 1) & dilated(~hole, 1)
    return float(np.percentile(np.hypot(dx, dy)[border], 25)) > STEEP


def _radius(hole: np.ndarray) -> float:
    return float(cv2.distanceTransform(np.pad(hole, 1).astype(np.uint8), cv2.DIST_L2, 5).max())


def _unsure(hole: np.ndarray, coverage: np.ndarray) -> float:
    """The mean coverage over the surer half of a hole."""
    return float(coverage[hole & (coverage <= np.median(coverage[hole]))].mean())


def _coloured(hole: np.ndarray, off: np.ndarray) -> float:
    """The share of a hole's wall that is of coloured metal."""
    wall = dilated(hole, 5) & ~dilated(hole, 2)
    return float((np.hypot(off[..., 1], off[..., 2])[wall] > 12).mean())


def _is_hole(hole: np.ndarray, coverage: np.ndarray, off: np.ndarray, noise: float, area: int) -> bool:
    """Whether ground shows through a `hole`, bool (H, W): it is sure, coloured only as it is dark, and if small it is even."""
    surer = hole & (coverage <= np.median(coverage[hole]))
    unsure = _unsure(hole, coverage)
    tint, level = np.hypot(off[..., 1], off[..., 2]), off[..., 0][surer]
    if float(np.median(tint[surer])) > TINTED[0] + TINTED[1] * max(0.0, -float(np.median(level))):
        return False
    if area >= SMALL_HOLE_PX:
        return unsure < SURE_HOLE
    limit = SURE_SMALL_HOLE if _coloured(hole, off) > COLOURED_WALL else SURE_HOLE
    return unsure < limit and float(level.std()) < UNEVEN + noise


def _highest(values: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    highest = np.zeros(count, np.float32)
    np.maximum.at(highest, labels.ravel(), values.ravel())
    return highest


def _with_shadow(piece: np.ndarray, distance: np.ndarray, near: float) -> np.ndarray:
    """`piece` and what stands off the ground and is joined to it."""
    _, labels = cv2.connectedComponents((piece | (distance > near)).astype(np.uint8), connectivity=4)
    joined = np.zeros(int(labels.max()) + 1, dtype=bool)
    joined[np.unique(labels[dilated(piece, 2) & (labels > 0)])] = True
    return piece | np.asarray(joined[labels])
