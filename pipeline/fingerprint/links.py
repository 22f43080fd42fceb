"""A chain's links, counted along its line: the chain unrolled to a strip, and the step at which the strip repeats.

Links that lie in turn one flat and one on edge make a strip that repeats every second link: its step is then longer than a
link could be for its width. A rope's turns repeat as well, and each holds several links that lie over each other: it winds
one way, so that it is nowhere its own mirror image. There, turns are counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from skimage.morphology import skeletonize

from pipeline.fingerprint.model import Links
from pipeline.fingerprint.steps import ROWS, Steps, followed

# A chain is at most this wide in parts of the piece's longer side, and its line at least this long.
WIDEST_SHARE = 0.16
LEAST_LINE_SHARE = 0.5
# The line is read at this many steps a pixel.
STEPS_PX = 2
RESOLVABLE_PITCH_PX = 6.0
# A chain repeats this well, over this share of its line; from SURE_REPEAT on it is sure.
LEAST_REPEAT, LEAST_SHARE, SURE_REPEAT = 0.3, 0.6, 0.6
# The least wave (standard deviation) of the strip's coverage or grey, 0..1.
LEAST_WAVE = 0.02
# What repeats fewer times than this along a line is no chain.
LEAST_LINKS = 8
# A step in parts of the chain's width: finer than the first there are strands or a weave; from the second on it holds two
# links, unless half a step on it is its own mirror image by less than APART. Then it is a rope's turn if a whole step on it is
# its mirror image by less than this part of what it is itself. Near TWO_LINKS it isn't sure.
FINEST, TWO_LINKS, APART, WOUND, UNSURE = 0.45, 1.45, -0.18, 0.65, (1.25, 1.75)
# The strip is told in so many columns.
COLUMNS = 14


@dataclass(frozen=True)
class LinksRead:
    """A chain's links, or why they can't be counted, as a sentence's end; neither where there is no chain."""

    links: Links | None = None
    unread: str | None = None


@dataclass(frozen=True)
class Line:
    """A chain's line (N, 2) of (x, y) in px, at equal steps of 1 / STEPS_PX px; `closed` where its ends meet."""

    points: np.ndarray
    closed: bool

    @property
    def length_px(self) -> float:
        return len(self.points) / STEPS_PX


def count_links(alpha: np.ndarray, grey: np.ndarray, stones: np.ndarray) -> LinksRead:
    """The links of the longest chain in a matte (H, W).

    `grey`: (H, W) luminance, encoded; `stones`: (H, W) bool. A chain set with stones all along (a tennis bracelet) is
    counted by its stones, not here.
    """
    solid = alpha > 0.5
    line = chain_line(solid)
    if line is None or line.length_px < LEAST_LINE_SHARE * max(_extent(solid)):
        return LinksRead()
    half = _half_filled(solid, line)
    if 2 * half > WIDEST_SHARE * max(_extent(solid)):
        return LinksRead()
    strip = _features(alpha, grey, line, half)
    if strip is None:
        return LinksRead()
    steps = followed(strip.reshape(len(strip), -1), STEPS_PX, closed=line.closed)
    if steps is None or steps.repeats < LEAST_REPEAT or steps.count < LEAST_LINKS:
        return LinksRead()
    if steps.share < LEAST_SHARE:
        return LinksRead(unread=f"only {steps.share:.0%} of it repeats like links")
    x, y = line.points.T
    if ndimage.map_coordinates(stones.astype(np.float32), [y, x], order=0).mean() > 0.35:
        return LinksRead(unread="it is set with stones all along, which are counted instead")
    return _counted(steps, strip, half)


def _counted(steps: Steps, strip: np.ndarray, half: float) -> LinksRead:
    """What a strip's steps are: links one by one, two by two, or a rope's turns."""
    step = float(np.median(steps.length_px))
    long = step / (2 * half)
    if long < FINEST:
        return LinksRead(unread="its pattern is finer than a chain of its width has links: strands or a weave")
    even = steps.even(strip)
    apart = long > TWO_LINKS and _like(even, even[..., ::-1], ROWS // 2) < APART
    turns = apart and _like(even, even[..., ::-1], ROWS) < WOUND * _like(even, even, ROWS)
    links_a_step = 2 if long > TWO_LINKS and not apart else 1
    pitch = step / links_a_step
    sure = min(1.0, steps.repeats / SURE_REPEAT) * (0.6 if apart or UNSURE[0] < long < UNSURE[1] else 1.0)
    resolvable = pitch >= RESOLVABLE_PITCH_PX
    links = Links(
        count=round(steps.count * links_a_step),
        pitch_px=round(pitch, 3),
        length_px=round(steps.share * len(strip) / STEPS_PX, 1),
        confidence=round(sure * steps.share * (1.0 if resolvable else 0.4), 3),
        resolvable=resolvable,
        unit="turn" if turns else "link",
    )
    return LinksRead(links, "each turn of a rope holds several links that lie over each other" if turns else None)


def _features(alpha: np.ndarray, grey: np.ndarray, line: Line, half: float) -> np.ndarray | None:
    """What of the chain is compared along it (N, 4, COLUMNS): its grey and its coverage, and the edges that cross each, without
    what changes slowly, and all along alike in strength. None where nothing waves."""
    found, waves = [], []
    slow = 3 * half * STEPS_PX
    for picture in (grey * alpha, alpha):
        strip = unrolled(picture, line, 1.1 * half + 1)
        strip = cv2.resize(strip, (COLUMNS, len(strip)), interpolation=cv2.INTER_AREA)
        level = strip - ndimage.gaussian_filter1d(strip, slow, axis=0, mode="nearest")
        edges = 4 * np.abs(ndimage.gaussian_filter1d(strip, 1.5, axis=0, order=1))
        waves.append(float(level.std()))
        found += [level, edges - ndimage.gaussian_filter1d(edges, slow, axis=0)]
    if max(waves) < LEAST_WAVE:
        return None
    strips = np.stack(found, 1)
    strength = np.sqrt(ndimage.gaussian_filter1d((strips**2).mean((1, 2)), 2 * half * STEPS_PX))
    return np.asarray(strips / np.maximum(strength, 0.3 * np.median(strength) + 1e-6)[:, None, None])


def _like(one: np.ndarray, other: np.ndarray, shift: int) -> float:
    """How alike a strip (N, F, K) of ROWS rows a step is to another so many rows on, -1..1; the median of its steps."""
    of_step = one.reshape(-1, ROWS * one.shape[1] * one.shape[2])
    best = -1.0
    for near in range(shift - 2, shift + 3):
        two = np.roll(other, -near, axis=0).reshape(of_step.shape)
        whole = np.sqrt((of_step**2).sum(1) * (two**2).sum(1))
        best = max(best, float(np.median((of_step * two).sum(1) / np.maximum(whole, 1e-9))))
    return best


def _extent(solid: np.ndarray) -> tuple[int, int]:
    rows, columns = np.nonzero(solid.any(1))[0], np.nonzero(solid.any(0))[0]
    return (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1) if len(rows) else (0, 0)


def chain_line(solid: np.ndarray) -> Line | None:
    """The longest way along the piece's skeleton, its gaps and link holes closed."""
    if max(_extent(solid)) < 40:
        return None
    bones = skeletonize(_filled(solid))
    ys, xs = np.nonzero(bones)
    if len(xs) < 20:
        return None
    path, is_loop = _longest(bones, ys, xs)
    if len(path) < 20:
        return None
    points = np.stack([xs[path], ys[path]], -1).astype(float)
    smooth = ndimage.gaussian_filter1d(points, max(2.0, _gap(solid) / 2), axis=0, mode="wrap" if is_loop else "nearest")
    closed_points = np.vstack([smooth, smooth[:1]]) if is_loop else smooth
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed_points, axis=0).T))])
    steps = np.arange(0, along[-1], 1 / STEPS_PX)
    return Line(np.stack([np.interp(steps, along, closed_points[:, k]) for k in (0, 1)], -1), is_loop)


def _gap(solid: np.ndarray) -> int:
    """The widest gap between links that is closed, px, odd."""
    return max(3, int(0.012 * max(_extent(solid)))) | 1


def _filled(solid: np.ndarray) -> np.ndarray:
    """The piece with its gaps and its links' holes closed."""
    gap = _gap(solid)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap, gap))
    closed = cv2.morphologyEx(np.pad(solid, gap).astype(np.uint8), cv2.MORPH_CLOSE, disc)[gap:-gap, gap:-gap] > 0
    holes, _ = ndimage.label(~closed)
    small = np.bincount(holes.ravel()) < (0.05 * max(_extent(solid))) ** 2
    small[0] = False
    return np.asarray(closed | small[holes])


def _half_filled(solid: np.ndarray, line: Line) -> float:
    """Half a chain's width, px, its links' holes filled: the same for open links and for those whose holes the matte took."""
    depth = cv2.distanceTransform(_filled(solid).astype(np.uint8), cv2.DIST_L2, 5)
    x, y = line.points.T
    return float(np.median(ndimage.map_coordinates(ndimage.maximum_filter(depth, 3), [y, x], order=1)))


def _longest(bones: np.ndarray, ys: np.ndarray, xs: np.ndarray) -> tuple[np.ndarray, bool]:
    """Indices along the skeleton's longest shortest way; a loop is opened at one pixel and walked round from there."""
    number = np.full(bones.shape, -1)
    number[ys, xs] = np.arange(len(xs))

    def graph(keep: np.ndarray) -> coo_matrix:
        rows, columns, weights = [], [], []
        for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
            y, x = ys + dy, xs + dx
            inside = (y < bones.shape[0]) & (x >= 0) & (x < bones.shape[1])
            here = np.nonzero(inside)[0]
            there = number[y[inside], x[inside]]
            linked = (there >= 0) & keep[here] & keep[np.maximum(there, 0)]
            rows.append(here[linked])
            columns.append(there[linked])
            weights.append(np.full(linked.sum(), np.hypot(dy, dx)))
        size = (len(xs), len(xs))
        return coo_matrix(
            (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), shape=size
        ).tocsr()

    def walked(keep: np.ndarray) -> np.ndarray:
        links = graph(keep)
        _, part = connected_components(links, directed=False)
        sizes = np.bincount(part[keep])
        start = int(np.nonzero(keep & (part == sizes.argmax()))[0][0])
        for _ in range(2):
            reach, before = dijkstra(links, directed=False, indices=start, return_predecessors=True)
            end = int(np.where(np.isfinite(reach), reach, -1).argmax())
            first, start = start, end
        path = [end]
        while path[-1] != first and before[path[-1]] >= 0:
            path.append(int(before[path[-1]]))
        return np.array(path)

    keep = np.ones(len(xs), bool)
    open_way = walked(keep)
    middle = len(open_way) // 2
    away = np.hypot(ys - ys[open_way[middle]], xs - xs[open_way[middle]])
    # Opened there, a loop still leads from one side of the gap to the other: all the way round.
    before, after = (int(open_way[np.clip(middle + k, 0, len(open_way) - 1)]) for k in (-6, 6))
    reach, behind = dijkstra(graph(away > 2.5), directed=False, indices=before, return_predecessors=True)
    if not np.isfinite(reach[after]) or reach[after] < 30:
        return open_way, False
    path = [after]
    while path[-1] != before:
        path.append(int(behind[path[-1]]))
    return np.array(path + open_way[middle - 5 : middle + 6].tolist()), True


def half_width(solid: np.ndarray, line: Line) -> float:
    depth = cv2.distanceTransform(
        cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), cv2.DIST_L2, 5
    )
    x, y = line.points.T
    nearby = ndimage.maximum_filter(depth, 5)
    return float(np.median(ndimage.map_coordinates(nearby, [y, x], order=1))) * 1.6 + 1.5


def unrolled(picture: np.ndarray, line: Line, half: float) -> np.ndarray:
    """The picture unrolled: (steps along the line, steps across it)."""
    tangent = np.gradient(line.points, axis=0)
    tangent /= np.maximum(np.hypot(*tangent.T), 1e-6)[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], -1)
    reach = int(np.ceil(2 * half)) / 2
    across = np.arange(-reach, reach + 0.25, 0.5)
    at = line.points[:, None] + across[None, :, None] * normal[:, None]
    return ndimage.map_coordinates(picture.astype(np.float32), [at[..., 1], at[..., 0]], order=1)
