"""What the network sees of a cut piece: everything in it that may be a stone or a prong's tip.

The piece is read at a working size at which its stones can be told: large photos are reduced, small ones enlarged. And it is
read again reduced, for stones and tips that fill much of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline.fingerprint.agreement import agreed
from pipeline.fingerprint.net import Maps, read_maps
from pipeline.fingerprint.prongs import FoundTip, apart, find_tips
from pipeline.fingerprint.regular import encouraged
from pipeline.fingerprint.stones import Found, told_stones
from pipeline.fingerprint.wholes import whole
from pipeline.imaging.piece import CutPiece

# The piece's longer side at which stones are looked for, px, and how far a small picture is enlarged for it.
LARGEST_PX = 1000
MOST_ENLARGED = 2.0
MARGIN_PX = 16
# The picture is read at full working size and reduced by these, so that each size of stone is seen at several; reduced by
# OUTLINED, large bodies are judged by their outline.
REDUCED, OUTLINED = (0.63, 0.4, 0.25, 0.16), (0.4, 0.16)
# Where something looks like stone, it is looked at this much closer, in squares of so many px with a margin about each; that is
# for stones of at most so many px of the working picture.
CLOSER, SQUARE_PX, AROUND_PX, SMALL_PX, STONY = 1.6, 256, 32, 70.0, 0.25
# Tips larger than this, px, are taken from the reduced picture.
LARGEST_TIP_PX = 34.0
# Smaller ones are looked for closer by as well.
SMALL_TIP_PX = 12.0
LEAST_SIDE_PX = 24


@dataclass(frozen=True)
class Working:
    """A piece at its working size: linear `rgb` (H, W, 3), `alpha` (H, W), `scale` from the photo's pixels to its own, the
    `window` of the photo that it shows and that one's `origin` (x, y)."""

    rgb: np.ndarray
    alpha: np.ndarray
    scale: float
    window: tuple[slice, slice]
    origin: np.ndarray


@dataclass(frozen=True)
class Seen:
    """In the working picture: everything that may be a stone, the surest first; what each size of the picture told; tips;
    how far a pixel is stone (H, W); and the maps that large bodies are judged by, with how far they are reduced."""

    candidates: list[Found]
    levels: list[list[Found]]
    tips: list[FoundTip]
    body: np.ndarray
    reduced: list[tuple[float, Maps]]


def working_picture(piece: CutPiece) -> Working:
    """The piece with a margin, at the size at which it is read."""
    left, top, right, bottom = piece.box
    window = (
        slice(max(top - MARGIN_PX, 0), bottom + MARGIN_PX),
        slice(max(left - MARGIN_PX, 0), right + MARGIN_PX),
    )
    scale = min(MOST_ENLARGED, LARGEST_PX / max(piece.width_px, piece.height_px))
    origin = np.array([window[1].start, window[0].start], float)
    return Working(resized(piece.rgb[window], scale), resized(piece.alpha[window], scale), scale, window, origin)


def seen_in(encoded: np.ndarray, alpha: np.ndarray) -> Seen:
    """What is seen in a working picture: `encoded` (H, W, 3) sRGB 0..1, `alpha` (H, W)."""
    maps = read_maps(encoded, alpha)
    closer, small_tips = _closer(encoded, alpha, maps.stone)
    tips = [t for t in find_tips(maps) if t.size < LARGEST_TIP_PX] + small_tips
    levels = [told_stones(maps), closer]
    reduced: list[tuple[float, Maps]] = []
    for factor in REDUCED:
        if min(alpha.shape) * factor < LEAST_SIDE_PX:
            continue
        small = read_maps(resized(encoded, factor), resized(alpha, factor), twice=False)
        levels.append([s.scaled(1 / factor) for s in told_stones(small)])
        if factor in OUTLINED:
            tips += [t for t in find_tips(small, 1 / factor) if t.size >= LARGEST_TIP_PX]
            reduced.append((factor, small))
    return Seen(stones_of(levels, reduced), levels, apart(tips), maps.stone, reduced)


def stones_of(levels: Sequence[Sequence[Found]], reduced: Sequence[tuple[float, Maps]]) -> list[Found]:
    """Everything that may be a stone, each once, the surest first."""
    found = encouraged(agreed(levels))
    for factor, maps in reduced:
        found = whole(maps, found, factor)
    return found


def _closer(encoded: np.ndarray, alpha: np.ndarray, body: np.ndarray) -> tuple[list[Found], list[FoundTip]]:
    """Small stones and tips as they are told closer by, where something looks like stone."""
    height, width = alpha.shape
    found, tips = [], []
    for top in range(0, height, SQUARE_PX):
        for left in range(0, width, SQUARE_PX):
            if not (body[top : top + SQUARE_PX, left : left + SQUARE_PX] > STONY).any():
                continue
            y, x = max(top - AROUND_PX, 0), max(left - AROUND_PX, 0)
            window = (slice(y, top + SQUARE_PX + AROUND_PX), slice(x, left + SQUARE_PX + AROUND_PX))
            maps = read_maps(resized(encoded[window], CLOSER), resized(alpha[window], CLOSER), twice=False)
            square = (top, left)
            stones = [s.scaled(1 / CLOSER) for s in told_stones(maps)]
            stones = [replace(s, x=s.x + x, y=s.y + y) for s in stones if s.long < SMALL_PX]
            found += [s for s in stones if _in_square(s, square)]
            near = [replace(t, x=t.x + x, y=t.y + y) for t in find_tips(maps, 1 / CLOSER) if t.size < SMALL_TIP_PX]
            tips += [t for t in near if _in_square(t, square)]
    return found, tips


def _in_square(one: Found | FoundTip, square: tuple[int, int]) -> bool:
    """Whether its middle is in the square at (top, left): what lies in a margin is another square's."""
    top, left = square
    return top <= one.y < top + SQUARE_PX and left <= one.x < left + SQUARE_PX


def resized(layer: np.ndarray, scale: float) -> np.ndarray:
    """A layer (H, W) or (H, W, C) of 0..1 at `scale` times its size."""
    if scale == 1:
        return layer
    size = (max(round(layer.shape[1] * scale), 1), max(round(layer.shape[0] * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(layer, size, interpolation=how), 0, 1)
