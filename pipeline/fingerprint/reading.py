"""Reads a fingerprint from a cut piece: the one door to everything in this package.

The piece is read at a working size at which its stones can be told: large photos are reduced, small ones enlarged a little.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage

from pipeline.fingerprint.colours import agreed, metals, stone_colour
from pipeline.fingerprint.groups import grouped
from pipeline.fingerprint.light import catchlights
from pipeline.fingerprint.links import count_links
from pipeline.fingerprint.model import (
    RESOLVABLE_PX,
    Catchlight,
    Ellipse,
    Fingerprint,
    Group,
    Links,
    Metal,
    Point,
    Stone,
)
from pipeline.fingerprint.net import stone_maps
from pipeline.fingerprint.shape import band, silhouette
from pipeline.fingerprint.stones import Found, find_stones, one_each
from pipeline.fingerprint.words import count_words
from pipeline.imaging.colour import linear_to_lab, linear_to_srgb, luminance
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo
from pipeline.imaging.piece import CutPiece

# Name and version of the reader: raised whenever the same photo reads otherwise.
READER = "fingerprint 1"
# The piece's longer side at which stones are looked for, px.
LARGEST_PX = 1100
SMALLEST_PX = 480
MARGIN_PX = 16
# Stones longer than this, px, are taken from the picture reduced to REDUCED of its size.
LARGEST_STONE_PX = 90.0
REDUCED = 0.4
# Where smaller stones fill this share of a larger one, they are what is there: from afar a cluster looks like one stone.
CLUSTER_FILL = 0.4
# Less of the piece than this looking like stone is glints on metal.
LEAST_STONY = 0.004
# How sure it is that a piece has no stones, where nothing looks like one.
BARE = 0.9
ROUND_CATEGORIES = ("ring", "bracelet")
CHAIN_CATEGORIES = ("necklace", "bracelet", "earring")


def read_fingerprint(photo: Path | bytes, category: str, width_mm: float | None = None) -> tuple[CutPiece, Fingerprint]:
    """The cut piece of a photo file and its fingerprint. Raises PhotoRefused and MatteRefused."""
    piece = cut_piece(read_photo(photo))
    return piece, fingerprint_of(piece, category, width_mm)


def fingerprint_of(piece: CutPiece, category: str, width_mm: float | None = None) -> Fingerprint:
    """The fingerprint of a cut piece; `width_mm`: of its matte's box, where it is known."""
    left, top, right, bottom = piece.box
    window = (
        slice(max(top - MARGIN_PX, 0), bottom + MARGIN_PX),
        slice(max(left - MARGIN_PX, 0), right + MARGIN_PX),
    )
    origin = np.array([window[1].start, window[0].start], float)
    long_side = max(piece.width_px, piece.height_px)
    scale = min(max(1.0, SMALLEST_PX / long_side), LARGEST_PX / long_side)
    rgb, alpha = _resized(piece.rgb[window], scale), _resized(piece.alpha[window], scale)
    encoded = linear_to_srgb(rgb).astype(np.float32)
    body, core = stone_maps(encoded, alpha)
    found = _at_two_sizes(find_stones(body, core), encoded, alpha)
    lab = linear_to_lab(rgb).astype(np.float32)
    shape = (alpha.shape[0], alpha.shape[1])
    in_stones = np.zeros(shape, bool)
    for stone in found:
        in_stones |= stone.mask(shape)
    bare = (alpha > 0.95) & ~ndimage.binary_dilation(in_stones, iterations=2)
    found_metals = metals(lab[bare])
    place = _Place(piece, scale, origin, width_mm)
    stones, groups = _stones(found, lab, found_metals, place)
    grey = linear_to_srgb(luminance(rgb)).astype(np.float32)
    unparted = _unparted(body, in_stones, alpha)
    links = _links(alpha, grey, in_stones, scale) if category in CHAIN_CATEGORIES else None
    ring = band(piece.alpha, place.mm_per_px) if category in ROUND_CATEGORIES and links is None else None
    return Fingerprint(
        reader=READER,
        photo_sha256=piece.sha256,
        photo_size=(piece.alpha.shape[1], piece.alpha.shape[0]),
        category=category,
        box=piece.box,
        width_mm=width_mm,
        words=count_words(groups, stones, links, unparted),
        confidence=round(_lower_quarter([s.confidence for s in stones]) * (1 - unparted), 3),
        unparted=unparted,
        stones=stones,
        groups=groups,
        links=links,
        band=ring,
        metals=found_metals,
        catchlights=_catchlights(piece, in_stones, place),
        silhouette=silhouette(piece.alpha),
    )


def _at_two_sizes(fine: list[Found], encoded: np.ndarray, alpha: np.ndarray) -> list[Found]:
    """Stones from the picture (`fine`) and from it reduced: the network knows stones up to a size, larger ones it sees facet by facet."""
    fine = [s for s in fine if s.long <= 1.2 * LARGEST_STONE_PX]
    reduced = find_stones(*stone_maps(_resized(encoded, REDUCED), _resized(alpha, REDUCED)))
    for large in (s.scaled(1 / REDUCED) for s in reduced if s.long >= 0.8 * LARGEST_STONE_PX * REDUCED):
        within = [s for s in fine if large.holds(s.x, s.y) and s.size < 0.7 * large.size]
        filled = sum(s.long * s.short for s in within) / (large.long * large.short)
        if len(within) >= 2 and filled > CLUSTER_FILL:
            continue
        fine = [s for s in fine if s not in within] + [large]
    return one_each(fine)


class _Place:
    """From the working picture to the photo and to piece space."""

    def __init__(self, piece: CutPiece, scale: float, origin: np.ndarray, width_mm: float | None) -> None:
        left, top, right, bottom = piece.box
        self.scale, self.origin, self.width_px = scale, origin, piece.width_px
        self.middle = np.array([(left + right - 1) / 2, (top + bottom - 1) / 2])
        self.mm_per_px = width_mm / piece.width_px if width_mm else None

    def photo(self, x: float, y: float) -> Point:
        """Photo pixels of a place in the working picture."""
        px, py = (np.array([x, y]) + 0.5) / self.scale - 0.5 + self.origin
        return round(float(px), 2), round(float(py), 2)

    def piece(self, at: Point) -> Point:
        """Piece space of a place in photo pixels."""
        dx, dy = (np.array(at) - self.middle) / self.width_px
        return round(float(dx), 5), round(float(-dy), 5)


def _unparted(body: np.ndarray, in_stones: np.ndarray, alpha: np.ndarray) -> float:
    """The share of what looks like stone that lies in no stone that was found."""
    stony = body > 0.5
    if stony.sum() < LEAST_STONY * (alpha > 0.5).sum():
        return 0.0
    # A stone's rim runs a little beyond its ellipse.
    return round(float((stony & ~ndimage.binary_dilation(in_stones, iterations=2)).sum() / stony.sum()), 3)


def _lower_quarter(confidences: list[float]) -> float:
    """A count is as sure as its less sure stones: the mean of their lowest quarter; BARE where there are none."""
    if not confidences:
        return BARE
    return float(np.mean(np.sort(confidences)[: max(1, len(confidences) // 4)]))


def _resized(layer: np.ndarray, scale: float) -> np.ndarray:
    if scale == 1:
        return layer
    size = (max(round(layer.shape[1] * scale), 1), max(round(layer.shape[0] * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(layer, size, interpolation=how), 0, 1)


def _stones(
    found: list[Found], lab: np.ndarray, found_metals: tuple[Metal, ...], place: _Place
) -> tuple[tuple[Stone, ...], tuple[Group, ...]]:
    metal_lab = np.array(found_metals[0].lab) if found_metals else None
    shape = (lab.shape[0], lab.shape[1])
    detail = np.abs(lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), 1.5))
    cores = [_core(stone, shape) for stone in found]
    colours = agreed([stone_colour(lab[core], detail[core], metal_lab) for core in cores], [s.size for s in found])
    stones = []
    for index, stone in enumerate(found):
        at = place.photo(stone.x, stone.y)
        axes = (round(stone.long / place.scale, 2), round(stone.short / place.scale, 2))
        resolvable = axes[1] >= RESOLVABLE_PX
        mm = place.mm_per_px
        stones.append(
            Stone(
                id=f"stone-{index + 1:03d}",
                outline=Ellipse(centre_px=at, axes_px=axes, angle_deg=round(stone.angle, 1)),
                centre=place.piece(at),
                size_mm=(round(axes[0] * mm, 3), round(axes[1] * mm, 3)) if mm else None,
                colour=colours[index],
                group="",
                confidence=round(_confidence(stone, resolvable, axes[1]), 3),
                resolvable=resolvable,
            )
        )
    return grouped(stones)


def _core(stone: Found, shape: tuple[int, int]) -> np.ndarray:
    """Index of the pixels well inside a stone, at least its centre."""
    mask = stone.mask(shape, 0.65)
    if not mask.any():
        mask[min(int(stone.y), shape[0] - 1), min(int(stone.x), shape[1] - 1)] = True
    return mask


def _confidence(stone: Found, resolvable: bool, narrow_px: float) -> float:
    """How sure a stone is one: by its core, by how much of its ellipse is stone, and by how well that fills the ellipse."""
    sure = float(stone.peak * min(1.1 * stone.body, 1.0) * np.clip((stone.fit - 0.3) / 0.45, 0, 1))
    return sure if resolvable else sure * 0.5 * narrow_px / RESOLVABLE_PX


def _links(alpha: np.ndarray, grey: np.ndarray, in_stones: np.ndarray, scale: float) -> Links | None:
    links = count_links(alpha, grey, in_stones)
    if links is None:
        return None
    return links.model_copy(
        update={"pitch_px": round(links.pitch_px / scale, 3), "length_px": round(links.length_px / scale, 1)}
    )


def _catchlights(piece: CutPiece, in_stones: np.ndarray, place: _Place) -> tuple[Catchlight, ...]:
    encoded = linear_to_srgb(luminance(piece.rgb)).astype(np.float32)
    spots = catchlights(encoded, piece.alpha, max(piece.width_px, piece.height_px))
    height, width = in_stones.shape
    out = []
    for number, (x, y, area, peak, prominence) in enumerate(spots, 1):
        wx, wy = (np.array([x, y]) - place.origin + 0.5) * place.scale - 0.5
        inside = in_stones[int(np.clip(round(wy), 0, height - 1)), int(np.clip(round(wx), 0, width - 1))]
        at = (round(x, 2), round(y, 2))
        out.append(
            Catchlight(
                id=f"catchlight-{number:03d}",
                centre_px=at,
                centre=place.piece(at),
                area_px=area,
                level=round(peak, 4),
                on="stone" if inside else "metal",
                confidence=round(min(1.0, prominence / 0.35), 3),
            )
        )
    return tuple(out)
