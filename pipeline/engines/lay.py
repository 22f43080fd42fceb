"""How a piece lies on a table, read from how it was photographed.

A round band seen from low over its own plane lies on the table, and the camera takes the height that the photo's had.
What was laid out flat and photographed from above (a necklace, an open bracelet, a strap, hanging earrings) lies flat
again under a camera that looks straight down. Everything else stands on its lowest point before a low camera.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pipeline.direction import Direction
from pipeline.engines.earring import kind_of
from pipeline.engines.protocol import PieceFacts
from pipeline.engines.silhouette import PiecePart, view_elevation_deg
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.view import STEPS, BandView, band_view

Way = Literal["standing", "lying", "flat"]
NEUTRAL_ELEVATION_DEG = 12.0
# A closed band seen from lower than this over its plane lies on the table; from higher it was laid out flat.
HIGHEST_LYING_DEG = 50.0
LOWEST_LYING_DEG = 9.0
# The Direction's height is an offset to a lying band's own, small enough that the lie stays believable.
MOST_OFFSET_DEG = 6.0
# A band whose ellipse lies this level in the photo lay on a table; one askew or upright stood.
LEVEL = 0.93
STRAIGHT_DOWN_DEG = 90.0
LARGEST_MM, SMALLEST_MM = 600.0, 2.0


@dataclass(frozen=True)
class Lay:
    """How the piece lies: `way`; the camera's elevation; the extent of everything in the photo, in mm.

    `band` is a lying band's photographed view, where one could be read, and `seen_from_deg` its height over the table as
    seen from afar; `open_top` says that a chain's ends leave the
    photo at its top.
    """

    way: Way
    elevation_deg: float
    width_mm: float
    height_mm: float
    mm_per_px: float
    open_top: bool = False
    band: BandView | None = None
    seen_from_deg: float = STRAIGHT_DOWN_DEG


def lay_of(piece: CutPiece, parts: list[PiecePart], facts: PieceFacts, direction: Direction) -> Lay:
    """How the piece lies on the table. Raises PlacementRefused for a size that no table top carries."""
    mm_per_px = facts.width_mm / piece.width_px
    width, height = facts.width_mm, piece.height_px * mm_per_px
    if not SMALLEST_MM <= max(width, height) <= LARGEST_MM:
        raise PlacementRefused(
            "placement.size",
            f"A piece {width:.0f} x {height:.0f} mm doesn't fit a table-top set ({SMALLEST_MM:.0f} to {LARGEST_MM:.0f} mm).",
            "Check the piece's width in mm: it is that of everything in the photo.",
        )
    way, seen_from, band = _way(parts, facts)
    asked = direction.camera.elevation_deg
    if way == "flat":
        return Lay(way, STRAIGHT_DOWN_DEG, width, height, mm_per_px, piece.box[1] <= 2)
    if way == "lying":
        seen_from = float(np.clip(seen_from, LOWEST_LYING_DEG, HIGHEST_LYING_DEG))
        elevation = seen_from + float(np.clip(asked - NEUTRAL_ELEVATION_DEG, -MOST_OFFSET_DEG, MOST_OFFSET_DEG))
        return Lay(way, elevation, width, height, mm_per_px, band=band, seen_from_deg=seen_from)
    return Lay(way, float(np.clip(asked, 1.0, 30.0)), width, height, mm_per_px)


def _way(parts: list[PiecePart], facts: PieceFacts) -> tuple[Way, float, BandView | None]:
    """The way the piece lies, how far over its plane it was seen, and its band's view."""
    main = parts[0]
    if facts.category == "necklace":
        return "flat", STRAIGHT_DOWN_DEG, None
    if facts.category == "earring":
        # What hangs from an ear can't stand on a table.
        hangs = kind_of(max(parts, key=lambda p: p.width * p.height)) == "drop"
        return ("flat" if hangs else "standing"), STRAIGHT_DOWN_DEG, None
    try:
        band: BandView | None = band_view(main.mask)
    except PlacementRefused:
        band = None
    if band is not None:
        seen_from, level = over_table_deg(main, band), abs(float(band.near[1])) > LEVEL
    else:
        seen_from, level = view_elevation_deg(main), main.width > main.height
    if level and seen_from < HIGHEST_LYING_DEG:
        return "lying", seen_from, band
    return ("standing" if facts.category == "ring" else "flat"), seen_from, None


def settled(lay: Lay, distance_mm: float) -> Lay:
    """A lying band on the table of a camera `distance_mm` off its foot: high enough that its far arc rests there too.

    What lies a diameter behind the foot is drawn smaller and nearer to it than from afar; the photo's far arc stands
    where it stands, so from close the camera looks down more steeply.
    """
    if lay.band is None:
        return lay
    diameter = 2 * lay.band.major_px * lay.mm_per_px
    run = np.sin(np.radians(lay.seen_from_deg)) * diameter
    elevation, depth = np.radians(lay.seen_from_deg), diameter
    for _ in range(12):
        further = depth * np.cos(elevation) / distance_mm
        depth = diameter * (1 + further / 2)
        elevation = np.arcsin(np.clip(run * (1 + further) / depth, 0.0, 0.98))
    offset = lay.elevation_deg - lay.seen_from_deg
    return replace(lay, elevation_deg=float(np.degrees(elevation)) + offset)


def over_table_deg(part: PiecePart, band: BandView) -> float:
    """The camera's height over the table that a level band lies on, in degrees.

    The piece rests on its lowest point in the photo and on the lower edge of its far arc, a diameter behind. For a bare
    band that is its own tilt; a head that reaches lower than its band props it up, and the camera stood higher over the
    table than over the band.
    """
    upper = 0 if band.near[1] < 0 else STEPS // 2
    far_edge = band.centre[1] - abs(band.near[1]) * band.minor_px * float(band.inner[upper])
    run = (part.box[3] - 1 - far_edge) / (2 * band.major_px)
    return float(np.degrees(np.arcsin(np.clip(run, 0.0, 1.0))))
