"""A chain's links, counted along its line: the chain unrolled to a strip, and the step at which the strip repeats.

Links that lie alternately to one side and the other make a strip that repeats every second link; half a step on it is its
own mirror image, and so each half is a link. A rope's turns repeat too, but each holds several links: what is counted there
are turns, which nothing in the strip tells from links.
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

# A chain is at most this wide in parts of the piece's longer side, and its line at least this long.
WIDEST_SHARE = 0.16
LEAST_LINE_SHARE = 0.5
# The line is read at this many steps a pixel.
STEPS_PX = 2
RESOLVABLE_PITCH_PX = 6.0
SURE_REPEAT = 0.4
# The least wave (standard deviation) of the strip's mean coverage, 0..1; half as much again of its grey, that lights draw too.
LEAST_WAVE = 0.015
# Half a step on, the mirrored strip is the strip itself where their edges agree this well, in parts of the whole step's.
MIRRORED = 0.3
# What repeats fewer times than this along a line is no chain.
LEAST_LINKS = 10
# A stretch of the line belongs to the chain where it agrees this well with the next step or the last.
ALIKE = 0.35


@dataclass(frozen=True)
class Line:
    """A chain's line (N, 2) of (x, y) in px, at equal steps of 1 / STEPS_PX px; `closed` where its ends meet."""

    points: np.ndarray
    closed: bool

    @property
    def length_px(self) -> float:
        return len(self.points) / STEPS_PX


def count_links(alpha: np.ndarray, grey: np.ndarray, stones: np.ndarray) -> Links | None:
    """The links of the longest chain in a matte (H, W); None where there is none.

    `grey`: (H, W) luminance, encoded; `stones`: (H, W) bool. A chain set with stones all along (a tennis bracelet) is
    counted by its stones, not here.
    """
    solid = alpha > 0.5
    line = chain_line(solid)
    if line is None or line.length_px < LEAST_LINE_SHARE * max(_extent(solid)):
        return None
    x, y = line.points.T
    if ndimage.map_coordinates(stones.astype(np.float32), [y, x], order=0).mean() > 0.35:
        return None
    half = half_width(solid, line)
    if 2 * half > WIDEST_SHARE * max(_extent(solid)):
        return None
    best: tuple[float, float] | None = None
    for picture, least in ((alpha, LEAST_WAVE), (grey * alpha, 1.5 * LEAST_WAVE)):
        strip = unrolled(picture, line, half)
        step = _pitch(strip, least)
        if step and (best is None or step[1] > best[1] + 0.05):
            best = step
    if best is None or best[1] < SURE_REPEAT or line.length_px < LEAST_LINKS * best[0]:
        return None
    pitch, repeat = best
    strip = unrolled(grey * alpha, line, half)
    length = _repeating(strip, pitch, line.closed) * line.length_px
    if _alternates(strip, pitch):
        pitch /= 2
    return Links(
        count=round(length / pitch),
        pitch_px=round(pitch, 3),
        length_px=round(length, 1),
        confidence=round(min(1.0, repeat / 0.9) * (1.0 if pitch >= RESOLVABLE_PITCH_PX else 0.4), 3),
        resolvable=bool(pitch >= RESOLVABLE_PITCH_PX),
    )


def _extent(solid: np.ndarray) -> tuple[int, int]:
    rows, columns = np.nonzero(solid.any(1))[0], np.nonzero(solid.any(0))[0]
    return (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1) if len(rows) else (0, 0)


def chain_line(solid: np.ndarray) -> Line | None:
    """The longest way along the piece's skeleton, its gaps and link holes closed."""
    extent = max(_extent(solid))
    if extent < 40:
        return None
    gap = max(3, int(0.012 * extent)) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap, gap))
    closed = cv2.morphologyEx(np.pad(solid, gap).astype(np.uint8), cv2.MORPH_CLOSE, disc)[gap:-gap, gap:-gap] > 0
    holes, _ = ndimage.label(~closed)
    areas = np.bincount(holes.ravel())
    small = areas < (0.05 * extent) ** 2
    small[0] = False
    bones = skeletonize(closed | small[holes])
    ys, xs = np.nonzero(bones)
    if len(xs) < 20:
        return None
    path, is_loop = _longest(bones, ys, xs)
    if len(path) < 20:
        return None
    points = np.stack([xs[path], ys[path]], -1).astype(float)
    smooth = ndimage.gaussian_filter1d(points, max(2.0, gap / 2), axis=0, mode="wrap" if is_loop else "nearest")
    closed_points = np.vstack([smooth, smooth[:1]]) if is_loop else smooth
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed_points, axis=0).T))])
    steps = np.arange(0, along[-1], 1 / STEPS_PX)
    return Line(np.stack([np.interp(steps, along, closed_points[:, k]) for k in (0, 1)], -1), is_loop)


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


def _pitch(strip: np.ndarray, least_wave: float) -> tuple[float, float] | None:
    """The step in px at which a strip repeats, and how well (0..1); the shortest that repeats nearly as well as the best.

    What stands out is cut to the rest's measure: a clasp or a pendant disturbs its own place alone.
    """
    even = _even(strip.mean(1))
    if even.std() < least_wave:
        return None
    repeat = _correlation(even[:, None], even[:, None])
    peaks = np.nonzero((repeat[1:-1] >= repeat[:-2]) & (repeat[1:-1] > repeat[2:]))[0] + 1
    peaks = peaks[(peaks >= 3 * STEPS_PX) & (repeat[peaks] > 0)] if len(peaks) else peaks
    if not len(peaks):
        return None
    first = int(peaks[repeat[peaks] >= 0.8 * repeat[peaks].max()][0])
    return _refined(repeat, float(first)) / STEPS_PX, float(repeat[first])


def _repeating(strip: np.ndarray, pitch: float, closed: bool) -> float:
    """The share of a strip that repeats at its step, before or behind: what a clasp or a pendant takes is no link."""
    columns = np.stack([_even(column) for column in strip.T], -1)
    step = round(pitch * STEPS_PX)
    mode = "wrap" if closed else "nearest"
    energy = ndimage.gaussian_filter1d((columns**2).sum(1), 0.6 * step, mode=mode)
    ahead = np.full(len(columns), -1.0)
    for shift in range(step - max(1, step // 12), step + max(1, step // 12) + 1):
        both = (columns * np.roll(columns, -shift, axis=0)).sum(1)
        if not closed:
            both[-shift:] = 0
        ahead = np.maximum(ahead, ndimage.gaussian_filter1d(both, 0.6 * step, mode=mode))
    ahead /= np.maximum(np.sqrt(energy * np.roll(energy, -step)), 1e-9)
    behind = np.roll(ahead, step)
    return float((np.maximum(ahead, behind) > ALIKE).mean())


def _alternates(strip: np.ndarray, pitch: float) -> bool:
    """Whether a strip of greys is its own mirror image half a step on: by the edges that cross it, however it was lit."""
    edges = np.log(np.abs(ndimage.gaussian_filter1d(strip, 1.5, axis=0, order=1)) + 0.01)
    edges = ndimage.gaussian_filter(edges, (2, 1.5))
    columns = np.stack([_even(column) for column in (edges - edges.mean(0)).T], -1)
    straight, mirrored = _correlation(columns, columns), _correlation(columns, columns[:, ::-1])
    step = pitch * STEPS_PX
    whole, half = slice(int(0.97 * step), int(1.03 * step) + 2), slice(int(0.44 * step), int(0.56 * step) + 2)
    if whole.stop > len(straight):
        return False
    return bool(mirrored[half].max() > max(MIRRORED * straight[whole].max(), straight[half].max() + 0.1))


def _even(signal: np.ndarray) -> np.ndarray:
    """A signal (N,) without its slow changes, cut at a few times its own spread."""
    even = signal - ndimage.gaussian_filter1d(signal, 24 * STEPS_PX)
    limit = 2.5 * np.median(np.abs(even)) + 1e-6
    return np.clip(even, -limit, limit)


def _correlation(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Correlation of two strips (N, K) by their shift along, from 0 to N / 3; 1 at 0 for a strip with itself."""
    length = len(one)
    spectrum = np.conj(np.fft.rfft(one, 2 * length, axis=0)) * np.fft.rfft(two, 2 * length, axis=0)
    power = np.fft.irfft(spectrum.sum(1))[: length // 3]
    whole = np.sqrt((one**2).sum() * (two**2).sum())
    return power / max(float(whole), 1e-9) * length / (length - np.arange(len(power)))


def _refined(repeat: np.ndarray, step: float) -> float:
    """The step from its farthest multiple that still repeats half as well as the first, by parabola."""
    first = repeat[int(step)]
    found, k = step, 1
    while True:
        guess = found * (k + 1)
        low, high = int(guess - 0.3 * found), int(guess + 0.3 * found) + 1
        if high + 1 >= len(repeat):
            return found
        top = low + int(repeat[low:high].argmax())
        if repeat[top] < 0.5 * first or top in (low, high - 1):
            return found
        a, b, c = repeat[top - 1], repeat[top], repeat[top + 1]
        found = (top + 0.5 * (a - c) / (a - 2 * b + c - 1e-12)) / (k + 1)
        k += 1
