"""What the network sees of a cut piece: everything in it that may be a stone or a prong's tip.

The piece is read at a working size at which its stones can be told: large photos are reduced, small ones enlarged. And it is
read again reduced, for stones and tips that fill much of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.fingerprint.net import Maps, read_maps
from pipeline.fingerprint.prongs import FoundTip, apart, find_tips
from pipeline.fingerprint.stones import Found, candidates, nested
from pipeline.fingerprint.wholes import whole
from pipeline.imaging.piece import CutPiece

# The piece's longer side at which stones are looked for, px, and how far a small picture is enlarged for it.
LARGEST_PX = 1000
MOST_ENLARGED = 2.0
MARGIN_PX = 16
# The picture is read at full working size and reduced by these: the network knows stones of so many to so many pixels' length
# (of the working picture), and so has each size of stone a picture in which it is well known.
LEVELS = ((1.0, 0.0, 85.0), (0.4, 55.0, 230.0), (0.16, 170.0, 2000.0))
# Tips larger than this, px, are taken from the reduced picture.
LARGEST_TIP_PX = 34.0
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
    """In the working picture: everything that may be a stone, the surest first; the same as votes alone have it; tips; how
    far a pixel is stone (H, W)."""

    candidates: list[Found]
    voted: list[Found]
    tips: list[FoundTip]
    body: np.ndarray


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
    found: list[Found] = []
    tips: list[FoundTip] = []
    body = np.zeros_like(alpha)
    reduced: list[tuple[float, Maps]] = []
    for factor, least, most in LEVELS:
        if factor != 1 and min(alpha.shape) * factor < LEAST_SIDE_PX:
            continue
        maps = read_maps(resized(encoded, factor), resized(alpha, factor))
        own = (s.scaled(1 / factor) for s in candidates(maps))
        found = nested(found, [s for s in own if least <= s.long < most])
        reduced.append((factor, maps))
        if factor == 1:
            body = maps.stone
            tips += [t for t in find_tips(maps) if t.size < LARGEST_TIP_PX]
        else:
            tips += [t for t in find_tips(maps, 1 / factor) if t.size >= LARGEST_TIP_PX]
    voted = found
    for factor, maps in reduced[1:]:
        found = whole(maps, found, factor)
    return Seen(found, voted, apart(tips), body)


def resized(layer: np.ndarray, scale: float) -> np.ndarray:
    """A layer (H, W) or (H, W, C) of 0..1 at `scale` times its size."""
    if scale == 1:
        return layer
    size = (max(round(layer.shape[1] * scale), 1), max(round(layer.shape[0] * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(layer, size, interpolation=how), 0, 1)
