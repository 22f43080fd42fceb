"""An outline refined by hand: what keep and drop strokes, or a mask that a person made elsewhere, say of a piece.

A stroke's middle is sure. From there it takes in what is plainly the same surface (one dab opens a whole hole), and the rest of
its brush follows the nearest edge, so that nobody has to paint to the pixel. Nothing further away changes. True coverage is
then solved along the refined outline exactly as along an automatic one.

Lengths are in working pixels; colours are CIE Lab.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from skimage.segmentation import watershed

from pipeline.errors import PhotoRefused
from pipeline.imaging.colour import linear_to_srgb
from pipeline.imaging.photo import read_photo
from pipeline.imaging.strokes import Painted

SAME_SURFACE = 7.0  # Lab distance from the stroke's own colour
SAME_SLOPE = 2.2  # Lab a pixel: steeper is an edge
GROWS_AT_MOST = 20  # times its brush's area: more is no one surface that was meant
RING_PX = 2  # around what was taken in, where its edge is still looked for
CLEAR, SOLID = 0.02, 0.98
SOFT_SHARE = 0.15  # of a mask's rim: a mask that has so many half tones knows its own coverage
COLOURED = 0.03  # spread of the channels, of 0..1, from which a picture is no mask


def assisted(piece: np.ndarray, lab: np.ndarray, slope: np.ndarray, marks: Painted) -> np.ndarray:
    """`piece`, bool (H, W), as `marks` correct it; `lab` (H, W, 3) and its `slope` (H, W) are the photo's."""
    for kept, brush, core in ((True, marks.keep, marks.keep_core), (False, marks.drop, marks.drop_core)):
        if core.any():
            piece = _taken_in(piece, lab, slope, kept, brush, core)
    return (piece | marks.keep_core) & ~marks.drop_core


def _taken_in(
    piece: np.ndarray, lab: np.ndarray, slope: np.ndarray, kept: bool, brush: np.ndarray, core: np.ndarray
) -> np.ndarray:
    other = piece != kept
    surface = _same_surface(other, lab, slope, brush, core)
    ring = cv2.dilate((surface | core).astype(np.uint8), np.ones((2 * RING_PX + 1,) * 2, np.uint8)) > 0
    unknown = other & (brush | (ring & surface.any())) & ~core & ~surface
    own, against = (2, 1) if kept else (1, 2)
    markers = np.where(other, against, own).astype(np.int32)
    markers[unknown] = 0
    markers[core | surface] = own
    return watershed(slope, markers) == 2


def _same_surface(
    within: np.ndarray, lab: np.ndarray, slope: np.ndarray, brush: np.ndarray, core: np.ndarray
) -> np.ndarray:
    """What is joined to each stroke's `core` without an edge, is of its colour, and isn't far more than was painted."""
    found = np.zeros_like(core)
    count, strokes = cv2.connectedComponents(brush.astype(np.uint8), connectivity=8)
    for index in range(1, count):
        swept = strokes == index
        stroke = swept & core
        inside = stroke & within
        if not inside.any():
            continue
        colour = np.median(lab[inside], axis=0)
        alike = within & (np.sqrt(((lab - colour) ** 2).sum(axis=2)) < SAME_SURFACE) & (slope < SAME_SLOPE)
        _, labels = cv2.connectedComponents(alike.astype(np.uint8), connectivity=4)
        touched = np.unique(labels[stroke & alike])
        region = np.isin(labels, touched[touched > 0])
        if region.sum() <= GROWS_AT_MOST * int(swept.sum()):
            found |= region
    return found


@dataclass(frozen=True)
class Mask:
    """A mask made elsewhere: `alpha` (H, W) float32 0..1 of its photo's size, and the SHA-256 of its values.

    `soft`: its rim has half tones, so its coverage is taken as given; else coverage is solved along its outline.
    """

    alpha: np.ndarray
    sha256: str
    soft: bool


def mask_of(alpha: np.ndarray) -> Mask:
    """The Mask of coverage values (H, W) 0..1. Raises PhotoRefused ``alpha.empty``, ``alpha.full``, ``alpha.invalid``."""
    alpha = np.asarray(alpha, dtype=np.float32)
    if alpha.ndim != 2 or not np.isfinite(alpha).all() or alpha.min() < 0 or alpha.max() > 1:
        raise PhotoRefused("alpha.invalid", "The mask isn't one value from 0 to 1 a pixel.", "Export it as a grey PNG.")
    if not (alpha > 0.5).any():
        raise PhotoRefused("alpha.empty", "The mask keeps nothing: all of it is black or clear.", "White is the piece.")
    if not (alpha < 0.5).any():
        raise PhotoRefused("alpha.full", "The mask keeps everything: it has no ground.", "Black is the ground.")
    alpha = np.where(alpha > SOLID, 1.0, np.where(alpha < CLEAR, 0.0, alpha)).astype(np.float32)
    solid = (alpha > 0.5).astype(np.uint8)
    rim = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    soft = float(((alpha > 0) & (alpha < 1))[rim].mean()) > SOFT_SHARE
    return Mask(alpha, hashlib.sha256(np.rint(alpha * 65535).astype("<u2").tobytes()).hexdigest(), soft)


def read_mask(source: str | Path | bytes, width: int, height: int) -> Mask:
    """The Mask in a picture file: its transparency where it has one, else its greys, white being the piece.

    Raises PhotoRefused as `read_photo` and `mask_of` do, and ``alpha.other_size``, ``alpha.coloured``.
    """
    picture = read_photo(source)
    if (picture.width, picture.height) != (width, height):
        raise PhotoRefused(
            "alpha.other_size",
            f"The mask has {picture.width} x {picture.height} pixels and its photo {width} x {height}.",
            "Export the mask at the photo's own size, uncropped.",
        )
    if picture.alpha is not None:
        return mask_of(picture.alpha)
    if float(np.percentile(np.ptp(picture.rgb, axis=2), 99)) > COLOURED:
        raise PhotoRefused(
            "alpha.coloured",
            "This is a picture in colour, not a mask.",
            "Upload a PNG with transparency, or one in black and white.",
        )
    return mask_of(np.clip(linear_to_srgb(picture.rgb.mean(axis=2)), 0, 1))
