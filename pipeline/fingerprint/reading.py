"""Reads a fingerprint from a cut piece: the one door to everything in this package.

What the network sees is gathered by `seeing`; here it becomes features with a place, a size and a name.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage

from pipeline.fingerprint.colours import agreed, metals, stone_colour
from pipeline.fingerprint.confidence import count_confidence
from pipeline.fingerprint.groups import grouped
from pipeline.fingerprint.light import catchlights
from pipeline.fingerprint.links import LinksRead, count_links
from pipeline.fingerprint.model import (
    RESOLVABLE_PX,
    RESOLVABLE_TIP_PX,
    Catchlight,
    Ellipse,
    Fingerprint,
    Group,
    Metal,
    Point,
    Prong,
    Stone,
)
from pipeline.fingerprint.prongs import FoundTip, held, touched
from pipeline.fingerprint.seeing import resized, seen_in, working_picture
from pipeline.fingerprint.shape import band, silhouette
from pipeline.fingerprint.stones import Found, counted
from pipeline.fingerprint.words import count_words
from pipeline.imaging.colour import linear_to_lab, linear_to_srgb, luminance
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo
from pipeline.imaging.piece import CutPiece

# Name and version of the reader: raised whenever the same photo reads otherwise.
READER = "fingerprint 7"
# Links are counted at a longer side within these.
LINKS_PX = (480, 1100)
# Less of the piece than this looking like stone is glints on metal.
LEAST_STONY = 0.004
ROUND_CATEGORIES = ("ring", "bracelet")
CHAIN_CATEGORIES = ("necklace", "bracelet", "earring")


def read_fingerprint(photo: Path | bytes, category: str, width_mm: float | None = None) -> tuple[CutPiece, Fingerprint]:
    """The cut piece of a photo file and its fingerprint. Raises PhotoRefused and MatteRefused."""
    piece = cut_piece(read_photo(photo))
    return piece, fingerprint_of(piece, category, width_mm)


def fingerprint_of(piece: CutPiece, category: str, width_mm: float | None = None) -> Fingerprint:
    """The fingerprint of a cut piece; `width_mm`: of its matte's box, where it is known."""
    working = working_picture(piece)
    rgb, alpha, scale = working.rgb, working.alpha, working.scale
    seen = seen_in(linear_to_srgb(rgb).astype(np.float32), alpha)
    lab = linear_to_lab(rgb).astype(np.float32)
    found = counted(seen.candidates)
    shape = (alpha.shape[0], alpha.shape[1])
    in_stones = np.zeros(shape, bool)
    for stone in found:
        in_stones |= stone.mask(shape)
    bare = (alpha > 0.95) & ~ndimage.binary_dilation(in_stones, iterations=2)
    found_metals = metals(lab[bare])
    place = _Place(piece, scale, working.origin, width_mm)
    stones, groups = _stones(found, lab, found_metals, place)
    prongs = _prongs(seen.tips, stones, place)
    stones = tuple(_held(stone, found[k].bezel, prongs) for k, stone in enumerate(stones))
    unparted = _unparted(seen.body, in_stones, alpha)
    narrow = [stone.short for stone in found]
    sure = [stone.sure for stone in seen.candidates]
    read = (
        _links(piece.rgb[working.window], piece.alpha[working.window], in_stones)
        if category in CHAIN_CATEGORIES
        else LinksRead()
    )
    chain = read.links
    ring = band(piece.alpha, place.mm_per_px) if category in ROUND_CATEGORIES and chain is None else None
    return Fingerprint(
        reader=READER,
        photo_sha256=piece.sha256,
        photo_size=(piece.alpha.shape[1], piece.alpha.shape[0]),
        category=category,
        box=piece.box,
        width_mm=width_mm,
        words=count_words(groups, stones, chain, unparted, read.unread),
        confidence=round(count_confidence(sure, unparted, [n / scale for n in narrow]), 3),
        unparted=unparted,
        stones=stones,
        groups=groups,
        links=chain,
        band=ring,
        metals=found_metals,
        catchlights=_catchlights(piece, in_stones, place),
        silhouette=silhouette(piece.alpha),
        prongs=prongs,
        links_unread=read.unread,
    )


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
                confidence=round(stone.sure if resolvable else 0.5 * stone.sure * axes[1] / RESOLVABLE_PX, 3),
                resolvable=resolvable,
                cut=stone.cut[0],
                cut_confidence=round(stone.cut[1], 3),
            )
        )
    return grouped(stones)


def _core(stone: Found, shape: tuple[int, int]) -> np.ndarray:
    """Index of the pixels well inside a stone, at least its centre."""
    mask = stone.mask(shape, 0.65)
    if not mask.any():
        mask[min(int(stone.y), shape[0] - 1), min(int(stone.x), shape[1] - 1)] = True
    return mask


def _prongs(tips: list[FoundTip], stones: tuple[Stone, ...], place: _Place) -> tuple[Prong, ...]:
    """Tips that touch a stone, in the order that they are read: what touches none holds none."""
    out: list[Prong] = []
    for tip in sorted(tips, key=lambda t: (t.y, t.x)):
        at, size = place.photo(tip.x, tip.y), tip.size / place.scale
        holds = touched(at, size, stones)
        if not holds:
            continue
        resolvable = size >= RESOLVABLE_TIP_PX
        out.append(
            Prong(
                id=f"prong-{len(out) + 1:03d}",
                tip=tip.tip,
                centre_px=at,
                centre=place.piece(at),
                size_px=round(size, 2),
                stones=holds,
                confidence=round(tip.peak if resolvable else 0.5 * tip.peak * size / RESOLVABLE_TIP_PX, 3),
                resolvable=resolvable,
            )
        )
    return tuple(out)


def _held(stone: Stone, bezel: float, prongs: tuple[Prong, ...]) -> Stone:
    setting, sure = held(stone, prongs, bezel)
    return stone.model_copy(update={"setting": setting, "setting_confidence": sure})


def _links(rgb: np.ndarray, alpha: np.ndarray, in_stones: np.ndarray) -> LinksRead:
    """The chain's links, at the size at which they are told best. `in_stones`: where stones lie, at any size."""
    own = float(np.clip(1.0, LINKS_PX[0] / max(alpha.shape), LINKS_PX[1] / max(alpha.shape)))
    grey = linear_to_srgb(luminance(resized(rgb, own))).astype(np.float32)
    size = (grey.shape[1], grey.shape[0])
    without = cv2.resize(in_stones.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    read = count_links(resized(alpha, own), grey, without)
    if read.links is None:
        return read
    px = {"pitch_px": round(read.links.pitch_px / own, 3), "length_px": round(read.links.length_px / own, 1)}
    return LinksRead(read.links.model_copy(update=px), read.unread)


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
