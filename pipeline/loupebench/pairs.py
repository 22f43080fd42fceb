"""Pairs: a piece's photo, a picture, and what is known of the difference; all from a few words and seeds.

A pair under relight takes the relit photograph for its reference and the first one for its picture: so that one relit
photograph a piece serves its clean pair and all its defects.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from pipeline.atelier.defects import PAINTED, SEEN_BY
from pipeline.atelier.family_photos import JPEG_QUALITY, FamilyPhoto, kept_photo, photo_key
from pipeline.atelier.nuisances import Nuisance, drawn, taken
from pipeline.atelier.retakes import NOTHING, kept_retake
from pipeline.atelier.retakes import VERSION as RETAKES
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo
from pipeline.imaging.piece import CutPiece

# Raised whenever the same words give another pair.
VERSION = 1
# What is harmless, as the table has it: each nuisance alone, the relight alone, all together without and with relight.
SINGLE = ("none", "scale", "rotation", "exposure", "white-balance", "shadow", "noise", "jpeg", "shift")


@dataclass(frozen=True)
class Pair:
    """A pair's recipe. `defect` None: a clean pair; `nuisance`: one of `pipeline.atelier.nuisances.KINDS`; `relit`: the
    light of the reference was walked round; `draw`: which draw of the nuisance."""

    family: str
    seed: int
    defect: str | None
    nuisance: str
    relit: bool
    draw: int = 0

    @property
    def id(self) -> str:
        light = "relit" if self.relit else "same-light"
        return f"{self.family}/{self.seed}/{self.defect or 'clean'}/{light}/{self.nuisance}/{self.draw}"

    @property
    def condition(self) -> str:
        """What the table calls its circumstances: a nuisance, with "+relight" or as "relight" where that is the only one."""
        if not self.relit:
            return self.nuisance
        return "relight" if self.nuisance == "none" else f"{self.nuisance}+relight"

    def key(self) -> str:
        """Everything that the pair is made from, as a hash."""
        words = json.dumps([VERSION, RETAKES, photo_key(self.family, self.seed), asdict(self)], sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Shown:
    """A pair in pixels, and its truth.

    `piece`: the reference, cut by its true coverage. `picture`: (H, W, 3) uint8 sRGB. `given`: (3, 3) from photo to
    picture pixels, at most 0.6 px off `matrix`, the true one. `box`: of the defect in picture pixels, None where the pair
    is clean; `feature_px`: the narrow side, in picture pixels, of the smallest thing that changed. `truth`: the photo's.
    """

    pair: Pair
    piece: CutPiece
    picture: np.ndarray
    matrix: np.ndarray
    given: np.ndarray
    nuisance: Nuisance
    box: tuple[float, float, float, float] | None
    feature_px: float | None
    words: str
    truth: dict[str, Any]


def show(pair: Pair) -> Shown | None:
    """The pair in pixels, from the cache's photographs; None where one isn't rendered, or the piece has nothing for it."""
    first = kept_photo(pair.family, pair.seed)
    if first is None or (pair.relit and kept_retake(pair.family, pair.seed, None) is None):
        return None
    changed = _changed(pair, first)
    if changed is None:
        return None
    photo, box, feature_px, words = changed
    nuisance = drawn(pair.nuisance, _rng(pair, "nuisance"))
    made = taken(photo, nuisance, _rng(pair, "noise"))
    return Shown(
        pair,
        reference(pair.family, pair.seed, pair.relit),
        made.srgb8,
        made.matrix,
        made.given,
        nuisance,
        None if box is None else _carried(box, made.matrix),
        None if feature_px is None else feature_px * nuisance.scale,
        words,
        first.truth,
    )


def _changed(
    pair: Pair, first: FamilyPhoto
) -> tuple[np.ndarray, tuple[float, float, float, float] | None, float | None, str] | None:
    """The picture's photograph before its nuisances, the defect's box and feature, and its words."""
    with Image.open(first.photo) as opened:
        photo = np.asarray(opened.convert("RGB"))
    if pair.defect is None:
        nothing = kept_retake(pair.family, pair.seed, NOTHING)
        return None if nothing is None else (as_stored(nothing.srgb8()), None, None, "clean")
    if pair.defect in PAINTED:
        painted = PAINTED[pair.defect].paint(photo, first.alpha(), first.truth["features"], _rng(pair, pair.defect))
        return (painted.srgb8, painted.box, painted.feature_px, painted.words) if painted else None
    kept = kept_retake(pair.family, pair.seed, pair.defect)
    if kept is None or kept.change is None:
        return None
    change = kept.change
    left, top, right, bottom = change["box"]
    return as_stored(kept.srgb8()), (left, top, right, bottom), change["feature_px"], change["words"]


def photographs(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """The first photograph and the one with the pair's defect, (H, W, 3) uint8, before any nuisance. Raises ValueError where
    either isn't rendered."""
    first = kept_photo(pair.family, pair.seed)
    changed = None if first is None else _changed(pair, first)
    if first is None or changed is None:
        raise ValueError(f"{pair.id} isn't rendered")
    with Image.open(first.photo) as opened:
        return np.asarray(opened.convert("RGB")), changed[0]


def as_stored(srgb8: np.ndarray) -> np.ndarray:
    """A photograph after the JPEG that first photographs are kept as: nothing may be told by which was stored how."""
    file = io.BytesIO()
    Image.fromarray(srgb8).save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return np.asarray(Image.open(file))


@lru_cache(maxsize=4)
def reference(family: str, seed: int, relit: bool) -> CutPiece:
    """The piece's photo, the first or the relit one, cut by its true coverage."""
    first = kept_photo(family, seed)
    assert first is not None
    alpha = Image.fromarray((first.alpha() * 255 + 0.5).astype(np.uint8))
    if relit:
        kept = kept_retake(family, seed, None)
        assert kept is not None
        image = Image.fromarray(as_stored(kept.srgb8()))
    else:
        image = Image.open(first.photo).convert("RGB")
    image.putalpha(alpha)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return cut_piece(read_photo(file.getvalue()))


def clean_pairs(family: str, seed: int, draws: int, singles: bool = True) -> Iterator[Pair]:
    """A piece's clean pairs: with `singles` each nuisance alone and the relight alone; `draws` of all together, without and
    with relight."""
    if singles:
        for nuisance in SINGLE:
            yield Pair(family, seed, None, nuisance, False)
        yield Pair(family, seed, None, "none", True)
    for draw in range(draws):
        yield Pair(family, seed, None, "all", False, draw)
        yield Pair(family, seed, None, "all", True, draw)


def defect_pairs(family: str, seed: int, draws: int) -> Iterator[Pair]:
    """Its pairs with each defect: `draws` of all nuisances together, without and with relight. Those that the piece can't
    have show nothing."""
    for defect in SEEN_BY:
        for draw in range(draws):
            yield Pair(family, seed, defect, "all", False, draw)
            yield Pair(family, seed, defect, "all", True, draw)


def _carried(box: tuple[float, float, float, float], matrix: np.ndarray) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]]) @ matrix.T
    low, high = corners[:, :2].min(0), corners[:, :2].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _rng(pair: Pair, what: str) -> np.random.Generator:
    # A defect's nuisances are drawn apart from its piece's clean ones, or both would stand or fall together.
    words = json.dumps([VERSION, asdict(pair) if what != pair.defect else [pair.family, pair.seed, pair.defect], what])
    return np.random.default_rng(int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big"))
