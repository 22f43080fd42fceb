"""The matte: the piece cut from its photo, with true coverage at its edges and between its links.

`cut_piece` joins the three steps: the ground (`ground`), which pixels are piece (`outline`, by the network of `matting_net`),
how much of each edge pixel it covers (`coverage`). A large photo is understood at a bounded working size and cut at its own. What can't be cut
well is refused with the reason; nothing is guessed.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import cv2
import numpy as np

from pipeline.errors import MatteRefused, PhotoRefused
from pipeline.imaging.assist import Mask, assisted
from pipeline.imaging.colour import linear_to_lab
from pipeline.imaging.coverage import ground_beside, own_colour, piece_beside, solve_coverage
from pipeline.imaging.ground import Ground, fit_ground
from pipeline.imaging.outline import Outline, drawn_outline, find_outline, slope_of
from pipeline.imaging.photo import Photo
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.strokes import Painted, Strokes, fit_to, painted

VERSION = "5"  # raised when the same photo, strokes and mask are cut in another way
WORK_PX = 1400  # the longer side at which a photo is understood: what the network was taught
GUESS_PX = 2  # from the outline, in working pixels: the ground's colour is taken from further out
MIN_PIECE_PX = 60  # a piece of fewer pixels across has nothing to keep
MARGIN_PX = 12
LEAST_DISTANCE = 6.0  # Lab off the ground that a tenth of the piece has to be


def cut_piece(
    photo: Photo, drop_shadow: bool = True, *, strokes: Strokes | None = None, mask: Mask | None = None
) -> CutPiece:
    """Cuts the piece out of `photo`; without `drop_shadow` what it casts stays with it.

    A `mask` made elsewhere, or the photo's own transparency, stands for the automatic outline; `strokes` refine either.
    What a person has drawn isn't refused as faint: they see what they draw.

    Raises MatteRefused: ``matte.busy_ground``, ``matte.no_piece``, ``matte.too_small``, ``matte.too_faint``,
    ``matte.fills_frame``, ``strokes.other_photo``, ``strokes.outside``, ``strokes.contradictory``; PhotoRefused:
    ``alpha.other_size``.
    """
    height, width = photo.rgb.shape[:2]
    marks = painted(fit_to(strokes, width, height), (height, width)) if strokes else None
    recipe = _recipe(photo, drop_shadow, strokes, mask)
    if mask is not None:
        if mask.alpha.shape != (height, width):
            raise PhotoRefused(
                "alpha.other_size", "The mask isn't of its photo's size.", "Export it at the photo's size, uncropped."
            )
        return replace(_from_mask(photo, mask.alpha, mask.soft, True, strokes, marks), cut_sha256=recipe)
    if photo.alpha is not None:
        return replace(_from_mask(photo, photo.alpha, True, False, strokes, marks), cut_sha256=recipe)
    ground = fit_ground(photo.rgb)
    scale = min(1.0, WORK_PX / max(height, width))
    outline = _outline_at(photo.rgb, ground, scale, drop_shadow)
    if strokes is not None:
        outline = _by_hand(outline, photo.rgb, strokes, scale)
    _refuse_poor(outline, scale, by_hand=strokes is not None)
    window = _window(outline.piece, scale, (height, width))
    alpha, foreground = _cover(photo.rgb[window], ground.surface[window], outline, window, scale)
    if marks is not None:
        alpha = _as_painted(alpha, marks, window)
    return replace(_assemble(photo, window, alpha, foreground, ground.colour), cut_sha256=recipe)


def _recipe(photo: Photo, drop_shadow: bool, strokes: Strokes | None, mask: Mask | None) -> str:
    parts = (VERSION, photo.sha256, drop_shadow, strokes.sha256() if strokes else "", mask.sha256 if mask else "")
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def _from_mask(
    photo: Photo, given: np.ndarray, soft: bool, on_ground: bool, strokes: Strokes | None, marks: Painted | None
) -> CutPiece:
    """The piece by a mask. With `soft` its coverage is as given, wherever strokes leave its outline as it is; else solved.

    `on_ground`: the photo still shows its ground, so that edges are mixed with it; a cut-out file's edges are the piece's own.
    """
    given = np.where(given > 0.995, 1.0, np.where(given < 0.005, 0.0, given)).astype(np.float32)
    height, width = given.shape
    scale = min(1.0, WORK_PX / max(height, width))
    clear = given < 0.05
    ground = np.median(photo.rgb[clear], axis=0).astype(np.float32) if clear.any() else np.zeros(3, np.float32)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    solid = cv2.resize((given > 0.5).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    drawn = Outline(solid, drawn_outline(solid), np.where(solid, 100.0, 0.0).astype(np.float32), np.ones_like(solid))
    outline = _by_hand(drawn, photo.rgb, strokes, scale) if strokes is not None else drawn
    if not outline.piece.any():
        raise _no_piece()
    _refuse_small(outline.piece, scale)
    window = _window(outline.piece | solid, scale, (height, width))
    surface = np.broadcast_to(ground, photo.rgb[window].shape)
    if soft and strokes is None and not on_ground:
        return CutPiece(photo.rgb, photo.rgb, given, ground, _box(given > 0.5), photo.sha256)
    alpha, foreground = _cover(
        photo.rgb[window], surface, outline, window, scale, given[window] if soft else None,
        None if on_ground else photo.rgb[window],
    )  # fmt: skip
    if soft:
        changed = _at_full_size(outline.piece != solid, window, scale) > 0
        near = cv2.dilate(changed.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        alpha = np.where(near, alpha, given[window])
    if marks is not None:
        alpha = _as_painted(alpha, marks, window)
    return _assemble(photo, window, alpha, foreground, ground)


def _by_hand(outline: Outline, rgb: np.ndarray, strokes: Strokes, scale: float) -> Outline:
    shape = (outline.piece.shape[0], outline.piece.shape[1])
    small = rgb if scale == 1.0 else cv2.resize(rgb, shape[::-1], interpolation=cv2.INTER_AREA)
    lab = linear_to_lab(np.clip(small, 0, 1))
    piece = assisted(outline.piece, lab, slope_of(lab), painted(strokes, shape, scale))
    changed = cv2.dilate((piece != outline.piece).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    coverage = np.where(changed, drawn_outline(piece), outline.coverage)
    return replace(outline, piece=piece, coverage=coverage, drawn=changed if outline.drawn is None else outline.drawn)


def _as_painted(alpha: np.ndarray, marks: Painted, window: tuple[slice, slice]) -> np.ndarray:
    """`alpha` of the window with the strokes' middles exactly as they were painted."""
    return np.where(marks.keep_core[window], 1.0, np.where(marks.drop_core[window], 0.0, alpha)).astype(np.float32)


def _outline_at(rgb: np.ndarray, ground: Ground, scale: float, drop_shadow: bool) -> Outline:
    if scale == 1.0:
        return find_outline(rgb, ground, drop_shadow)
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    surface = cv2.resize(ground.surface, size, interpolation=cv2.INTER_AREA)
    return find_outline(small, Ground(surface, ground.colour, ground.noise * scale, ground.clipped), drop_shadow)


def _no_piece() -> MatteRefused:
    return MatteRefused("matte.no_piece", "No piece can be seen in this photo.", "Upload a photo that shows the piece.")


def _refuse_small(piece: np.ndarray, scale: float) -> None:
    left, top, right, bottom = _box(piece)
    across = max(right - left, bottom - top) / scale
    if across < MIN_PIECE_PX:
        raise MatteRefused(
            "matte.too_small",
            f"The piece is only about {across:.0f} pixels across; its stones and links can't be seen.",
            "Photograph it closer, so that it fills most of the frame.",
        )


def _refuse_poor(outline: Outline, scale: float, by_hand: bool) -> None:
    piece = outline.piece
    if not piece.any():
        raise _no_piece()
    _refuse_small(piece, scale)
    if piece.mean() > 0.92:
        raise MatteRefused(
            "matte.fills_frame",
            "The piece fills the whole frame, so there is no ground to tell it from.",
            "Leave some plain ground on all sides.",
        )
    if by_hand:
        return
    if float(np.percentile(outline.distance[piece], 90)) < LEAST_DISTANCE:
        raise MatteRefused(
            "matte.too_faint",
            "Parts of the piece have nearly the colour of the ground, so its outline can't be followed.",
            "Photograph it on a ground of another tone, such as grey or black, or paint over what is missing.",
        )


def _box(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(cols[0]), int(rows[0]), int(cols[-1]) + 1, int(rows[-1]) + 1


def _window(piece: np.ndarray, scale: float, shape: tuple[int, int]) -> tuple[slice, slice]:
    """The part of the full-size photo in which there is something to cut."""
    left, top, right, bottom = (value / scale for value in _box(piece))
    margin = MARGIN_PX / scale
    return (
        slice(max(0, int(top - margin)), min(shape[0], int(np.ceil(bottom + margin)))),
        slice(max(0, int(left - margin)), min(shape[1], int(np.ceil(right + margin)))),
    )


def _cover(
    rgb: np.ndarray,
    surface: np.ndarray,
    outline: Outline,
    window: tuple[slice, slice],
    scale: float,
    given: np.ndarray | None = None,
    own_rgb: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Alpha and the piece's own colour in `window`, at the photo's size.

    Coverage that is `given` only has its ground's colour taken out; `own_rgb` is a colour that has none in it already.
    """
    piece = _at_full_size(outline.piece, window, scale) > 0.5
    zoom = 1 / scale
    radius = max(GUESS_PX, round(GUESS_PX * zoom))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    outside = ~cv2.dilate(piece.astype(np.uint8), disc).astype(bool)
    ground = ground_beside(rgb, surface, outside, 3.0 * zoom)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    own = cv2.dilate((~piece).astype(np.uint8), cross, iterations=max(1, radius // 2)) == 0
    guess = piece_beside(rgb, ground, own, zoom)
    by_hand = None if outline.drawn is None else _at_full_size(outline.drawn, window, scale) > 0
    alpha = solve_coverage(rgb, piece, _at_full_size(outline.coverage, window, scale), ground, zoom, by_hand)
    if own_rgb is not None:
        return alpha, own_rgb
    foreground = own_colour(rgb, alpha if given is None else given, guess, ground)
    return alpha, foreground


def _at_full_size(mask: np.ndarray, window: tuple[slice, slice], scale: float) -> np.ndarray:
    """`mask` of working size as 0..1 in the full-size `window`."""
    rows, cols = window
    x, y = np.meshgrid(
        (np.arange(cols.start, cols.stop) + 0.5) * scale - 0.5, (np.arange(rows.start, rows.stop) + 0.5) * scale - 0.5
    )
    return cv2.remap(
        mask.astype(np.float32),
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _assemble(
    photo: Photo, window: tuple[slice, slice], alpha: np.ndarray, foreground: np.ndarray, colour: np.ndarray
) -> CutPiece:
    alpha = np.where(alpha > 0.985, 1.0, np.where(alpha < 0.015, 0.0, alpha)).astype(np.float32)
    whole = np.zeros(photo.rgb.shape[:2], dtype=np.float32)
    whole[window] = alpha
    if not (whole > 0.5).any():
        raise _no_piece()
    own = photo.rgb.copy()
    own[window] = np.where(alpha[..., None] >= 1, photo.rgb[window], foreground)
    return CutPiece(photo.rgb, own, whole, colour, _box(whole > 0.5), photo.sha256)
