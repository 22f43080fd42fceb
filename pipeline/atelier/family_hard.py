"""What is hard to count and to compare: beads of metal that look like stones (milgrain), scrolls of wire with granules
(filigree). Both carry a few real stones among what only looks like them; millimetres.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from pipeline.atelier import settings
from pipeline.atelier.family_ears import ball, ring
from pipeline.atelier.family_rings import Gemstone, flat_band, on_band
from pipeline.atelier.gems import brilliant
from pipeline.atelier.mesh import frame, joined, shifted, turned, wire
from pipeline.atelier.pieces import Piece, build, circle
from pipeline.atelier.specs import Metal, PieceSpec


class MilgrainSpec(PieceSpec):
    """A band with a channel of brilliants between two edges of milgrain: rows of metal beads as small as pavé."""

    form: Literal["milgrain"] = "milgrain"
    metal: Metal = "white gold"
    stone: Gemstone = "diamond"
    stone_mm: Annotated[float, Field(ge=1, le=3)] = 1.8
    arc_deg: Annotated[float, Field(ge=40, le=200)] = 130
    grain_mm: Annotated[float, Field(ge=0.25, le=0.8)] = 0.42
    inner_mm: Annotated[float, Field(ge=13, le=23)] = 16.5
    band_thickness_mm: Annotated[float, Field(ge=1.2, le=3)] = 1.8

    @property
    def band_width_mm(self) -> float:
        return self.stone_mm + 1.0 + 2 * self.grain_mm


class FiligreeSpec(PieceSpec):
    """A pair of drops of openwork: scrolls of wire in a round frame, granules where they meet, a stone in a bezel."""

    form: Literal["filigree"] = "filigree"
    metal: Metal = "yellow gold"
    stone: Gemstone = "ruby"
    stone_mm: Annotated[float, Field(ge=2, le=5)] = 3.2
    frame_mm: Annotated[float, Field(ge=12, le=24)] = 16
    scrolls: Annotated[int, Field(ge=5, le=10)] = 8
    wire_mm: Annotated[float, Field(ge=0.35, le=0.9)] = 0.55


@build.register
def _milgrain(spec: MilgrainSpec) -> Piece:
    piece = Piece()
    gem = brilliant("round", spec.stone_mm)
    radius = spec.inner_mm / 2 + spec.band_thickness_mm - 0.05
    pitch = (spec.stone_mm + 0.08) / radius
    count = max(3, int(np.radians(spec.arc_deg) / pitch))
    bed = flat_band(
        spec.inner_mm,
        spec.band_width_mm,
        spec.band_thickness_mm,
        bed_mm=spec.stone_mm + 0.1,
        depth_mm=0.48 * spec.stone_mm,
        arc_deg=float(np.degrees(pitch * (count - 0.3))),
    )
    piece.add("band", spec.metal, bed)
    for k in range(count):
        piece.stone(spec.stone, gem, on_band(radius, (k - (count - 1) / 2) * pitch) @ turned("z", 11.25 * (k % 2)))
    for side in (-1, 1):
        rim = circle(radius + 0.12, 320)
        piece.add("setting", spec.metal, settings.rail(rim, side * (spec.stone_mm / 2 + 0.2), 0.2))
        grains = int(2 * np.pi * (radius + 0.05) / (1.12 * spec.grain_mm))
        z = side * (spec.band_width_mm / 2 - 0.55 * spec.grain_mm)
        grain = ball(spec.grain_mm / 2, 20)
        places = [on_band(radius + 0.05, 2 * np.pi * k / grains, z) for k in range(grains)]
        piece.add("setting", spec.metal, joined(grain.moved(place) for place in places))
    return piece


@build.register
def _filigree(spec: FiligreeSpec) -> Piece:
    piece = Piece()
    thick, outer = spec.wire_mm, spec.frame_mm / 2
    gem = brilliant("round", spec.stone_mm)
    inner = spec.stone_mm / 2 + 0.5
    for side in (-1, 1):
        at = frame(np.array([side * (outer + 1.6), -0.6 * side, 0]), np.array([0, 0, 1.0]))
        piece.stone(spec.stone, gem, at @ shifted(z=0.5))
        piece.add(
            "setting", spec.metal, settings.collet(gem, 0.32, 0.5 * spec.stone_mm, lip=0.1).moved(at @ shifted(z=0.5))
        )
        piece.add("setting", spec.metal, settings.rail(circle(outer - thick, 160), 0.0, 0.8 * thick).moved(at))
        for k in range(spec.scrolls):
            turn = at @ turned("z", 360.0 * k / spec.scrolls)
            for hand in (-1, 1):
                path = _scroll(inner, outer - 1.4 * thick, hand * np.pi / spec.scrolls * 0.82)
                piece.add("setting", spec.metal, wire(path, thick / 2, sides=16).moved(turn))
            granule = ball(0.62 * thick, 28).moved(turn @ shifted(outer - 2.1 * thick, 0, 0.3 * thick))
            piece.add("setting", spec.metal, granule)
        eye = ring(np.array([0, outer + 0.35, 0.0]), 0.9, 0.5, sideways=False)
        piece.add("bail", spec.metal, eye.mesh(20).moved(at))
    return piece


def _scroll(inner: float, outer: float, reach: float, points: int = 44) -> np.ndarray:
    """A C-scroll (N, 3) from the middle's rim outwards: it swings `reach` radians aside and curls back on itself."""
    t = np.linspace(0, 1, points)
    radius = inner + (outer - inner) * (1 - np.cos(np.pi * np.clip(1.25 * t, 0, 1.12))) / 2
    angle = reach * np.sin(np.pi * t) ** 0.8
    curl = np.clip((t - 0.62) / 0.38, 0, 1)
    radius = radius - 0.34 * (outer - inner) * curl**1.5
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), 0.12 * np.sin(2 * np.pi * t)], -1)
