"""The instant verdict on an uploaded photo: what a brand manager should know before a brief is built on it.

Each finding is one sentence about the photo and what to do, at one of three levels: `ok`, `warn` (it can be used; this is
what it costs) and `refuse` (it can't). Nothing here decides about pixels; that is the matte's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from pipeline.direction import CATEGORIES
from pipeline.errors import PictureError
from pipeline.imaging.colour import linear_to_srgb, luminance
from pipeline.imaging.photo import Photo
from pipeline.imaging.piece import CutPiece

Level = Literal["ok", "warn", "refuse"]

# The piece's longer side in photo pixels: fewer can't be drawn at 0.35 of the photo with anything left to see.
PIECE_PX_REFUSED = 160
PIECE_PX_WARNED = 500
# Pixels a millimetre: a pavé stone of 1 mm needs about 6 px to be counted, and 3 to be seen at all.
PX_PER_MM_REFUSED = 1.5
PX_PER_MM_WARNED = 6.0
# Width of the sharpest edges, 10 % to 90 %, in pixels: a sharp photo's is about 2.2. A large photo may be softer and still
# show as much, so what counts is how many sharp pixels the piece is worth.
SHARP_EDGE_PX = 2.2
SOFT_EDGE_PX = 4.0
SHARP_PX_WARNED = 450
SHARP_PX_REFUSED = 240
CLIPPED_WARNED = 0.12  # share of the piece that is blown out, on a ground that isn't
CUT_PX = 3  # fewer pixels of the piece on the frame's edge are noise
WIDTH_MM = (1.0, 1000.0)


@dataclass(frozen=True)
class Finding:
    """`code` is a dotted machine name such as ``verdict.sharpness``; `message` is for people."""

    code: str
    level: Level
    message: str


@dataclass(frozen=True)
class PhotoVerdict:
    """All findings, the worst first."""

    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """The worst finding's level; `ok` where there is none."""
        return self.findings[0].level if self.findings else "ok"

    @property
    def usable(self) -> bool:
        return self.level != "refuse"


def judge_photo(
    photo: Photo, piece: CutPiece | PictureError, category: str, width_mm: float | None = None
) -> PhotoVerdict:
    """The PhotoVerdict on `photo`, given its cut piece or the error that cutting it raised.

    `width_mm` is the full width of the piece, or None where it isn't known yet. Raises ValueError for an unknown category.
    """
    if category not in CATEGORIES:
        raise ValueError(f"unknown category {category!r}")
    if isinstance(piece, PictureError):
        return PhotoVerdict((Finding(piece.code, "refuse", str(piece)),))
    findings = [
        _ground(),
        _size(piece),
        _frame(piece, category),
        _sharpness(piece),
        *_clipping(piece),
        *_scale(piece, width_mm),
    ]
    order = {"refuse": 0, "warn": 1, "ok": 2}
    return PhotoVerdict(tuple(sorted(findings, key=lambda finding: order[finding.level])))


def _ground() -> Finding:
    return Finding("verdict.ground", "ok", "The piece stands clear of its ground.")


def _size(piece: CutPiece) -> Finding:
    across = max(piece.width_px, piece.height_px)
    if across < PIECE_PX_REFUSED:
        return Finding(
            "verdict.size", "refuse",
            f"The piece is only {across} pixels across. Its details can't be kept: please photograph it closer.",
        )  # fmt: skip
    if across < PIECE_PX_WARNED:
        return Finding(
            "verdict.size", "warn",
            f"The piece is {across} pixels across, enough for small pictures only. For large ones, upload the original or a closer photo.",
        )  # fmt: skip
    return Finding("verdict.size", "ok", f"The piece is {across} pixels across: large enough.")


def cut_sides(piece: CutPiece) -> tuple[str, ...]:
    """The sides of the frame that the piece runs over: of ``top, right, bottom, left``."""
    alpha = piece.alpha
    edges = {"top": alpha[0], "right": alpha[:, -1], "bottom": alpha[-1], "left": alpha[:, 0]}
    return tuple(side for side, edge in edges.items() if int((edge > 0.5).sum()) >= CUT_PX)


def _frame(piece: CutPiece, category: str) -> Finding:
    sides = cut_sides(piece)
    if not sides:
        return Finding("verdict.frame", "ok", "The whole piece is in the frame.")
    where = " and ".join(sides)
    if category == "necklace" and "bottom" not in sides:
        return Finding(
            "verdict.frame", "warn",
            f"The chain ends outside the frame ({where}). It will be shown running behind the neck; the clasp can't be shown.",
        )  # fmt: skip
    return Finding(
        "verdict.frame", "refuse",
        f"The piece is cut off by the frame ({where}), and what isn't in the photo can't be shown. "
        "Please upload a photo with the whole piece in it.",
    )  # fmt: skip


def edge_width_px(piece: CutPiece) -> float:
    """How many pixels the piece's sharpest edges take from 10 % to 90 %, by the steepest slopes against their contrast.

    In display-encoded grey, inside the piece and on its rim; robust to how much of the piece is smooth by nature.
    """
    left, top, right, bottom = piece.box
    window = (slice(max(top - 8, 0), bottom + 8), slice(max(left - 8, 0), right + 8))
    grey = linear_to_srgb(luminance(np.clip(piece.rgb[window], 0, 1)))
    near = cv2.dilate((piece.alpha[window] > 0.02).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3)) / 8
    reach = np.ones((15, 15), np.uint8)
    contrast = cv2.dilate(grey, reach) - cv2.erode(grey, reach)
    telling = near & (contrast > 0.15)
    if int(telling.sum()) < 50:
        return float("inf")
    steepness = float(np.percentile(slope[telling] / contrast[telling], 98))
    return 0.8 / max(steepness, 1e-4)


def _sharpness(piece: CutPiece) -> Finding:
    width = edge_width_px(piece)
    sharp_px = max(piece.width_px, piece.height_px) * SHARP_EDGE_PX / width
    if width > SOFT_EDGE_PX and sharp_px < SHARP_PX_REFUSED:
        return Finding(
            "verdict.sharpness", "refuse",
            "The photo is out of focus or blown up from a small one: stones and links can't be told apart. Please take it again, with a tripod.",
        )  # fmt: skip
    if width > SOFT_EDGE_PX and sharp_px < SHARP_PX_WARNED:
        return Finding(
            "verdict.sharpness",
            "warn",
            "The photo is a little soft. Fine details such as prongs may not be verifiable.",
        )
    return Finding("verdict.sharpness", "ok", "The photo is sharp.")


def _clipping(piece: CutPiece) -> list[Finding]:
    """Blown highlights on the piece; a ground that is blown to white is how product photos are made, and is no fault."""
    solid = piece.alpha > 0.95
    burnt = float((piece.rgb[solid].min(axis=1) > 0.985).mean()) if solid.any() else 0.0
    if burnt <= CLIPPED_WARNED:
        return []
    return [
        Finding(
            "verdict.highlights", "warn",
            f"{burnt:.0%} of the piece is burnt out to pure white, so there is no detail left in it. A darker exposure would keep it.",
        )
    ]  # fmt: skip


def _scale(piece: CutPiece, width_mm: float | None) -> list[Finding]:
    if width_mm is None:
        return []
    if not (np.isfinite(width_mm) and WIDTH_MM[0] <= width_mm <= WIDTH_MM[1]):
        return [
            Finding(
                "verdict.width", "refuse",
                f"A width of {width_mm:g} mm can't be right for a piece of jewelry: please measure it again ({WIDTH_MM[0]:g} to {WIDTH_MM[1]:g} mm).",
            )
        ]  # fmt: skip
    scale = piece.width_px / width_mm
    said = f"The photo has {scale:.1f} pixels for each millimetre of the piece"
    if scale < PX_PER_MM_REFUSED:
        return [
            Finding(
                "verdict.scale",
                "refuse",
                f"{said}: too few to see a stone. Please photograph it closer, or check its width.",
            )
        ]
    if scale < PX_PER_MM_WARNED:
        return [Finding("verdict.scale", "warn", f"{said}: small stones and links may not be verifiable.")]
    return [Finding("verdict.scale", "ok", f"{said}.")]
