"""Chains, tennis bracelets and bangles by family, lying on their side as a shop lays them down; millimetres.

Chains are seen from the front (+z). Where a curb's or a rope's links cross, they dip into each other by less than their
wire: their counts, outlines and gaps are what is true of them.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from pipeline.atelier import chains, settings
from pipeline.atelier.family_rings import Gemstone, flat_band, on_band, set_row
from pipeline.atelier.gems import brilliant
from pipeline.atelier.mesh import frame, turned, wire
from pipeline.atelier.pieces import Piece, build, circle, clawed
from pipeline.atelier.specs import Metal, PieceSpec


class ChainSpec(PieceSpec):
    """A chain bracelet in a loop, closed by a spring ring: cable, curb, rope or rolo links; the count follows from the loop."""

    form: Literal["chain"] = "chain"
    metal: Metal = "yellow gold"
    weave: Literal["cable", "curb", "rope", "rolo"] = "cable"
    width_mm: Annotated[float, Field(ge=30, le=120)] = 58
    link_mm: Annotated[float, Field(ge=2, le=12)] = 5
    wire_mm: Annotated[float, Field(ge=0.4, le=2)] = 1.0


class TennisSpec(PieceSpec):
    """A tennis bracelet: equal stones, each in its own four claws, in a closed oval that lies flat."""

    form: Literal["tennis"] = "tennis"
    metal: Metal = "white gold"
    stone: Gemstone = "diamond"
    stone_mm: Annotated[float, Field(ge=2, le=6)] = 3.6
    count: Annotated[int, Field(ge=20, le=60)] = 36
    flatness: Annotated[float, Field(ge=0.5, le=1)] = 0.8


class BangleSpec(PieceSpec):
    """A stiff bangle that stands upright; `stones` of one row across its top, none for plain metal."""

    form: Literal["bangle"] = "bangle"
    metal: Metal = "yellow gold"
    stone: Gemstone = "diamond"
    stones: Annotated[int, Field(ge=0, le=30)] = 0
    stone_mm: Annotated[float, Field(ge=1.5, le=4)] = 2.6
    inner_mm: Annotated[float, Field(ge=45, le=70)] = 56
    band_width_mm: Annotated[float, Field(ge=3, le=12)] = 5
    band_thickness_mm: Annotated[float, Field(ge=1.5, le=4)] = 2.2


def _ellipse(width_mm: float, flatness: float, points: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """A closed oval (N + 1, 2) from its lowest point on, running right, and the length along it (N + 1,)."""
    t = -np.pi / 2 + np.linspace(0, 2 * np.pi, points + 1)
    path = width_mm / 2 * np.stack([np.cos(t), flatness * np.sin(t)], -1)
    return path, np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])


def _spots(path: np.ndarray, along: np.ndarray, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """`count` points at equal steps on the closed path, each with its unit tangent, in the plane z = 0."""
    found = []
    for s in np.arange(count) * along[-1] / count:
        at = [np.array([np.interp((s + d) % along[-1], along, path[:, k]) for k in (0, 1)]) for d in (-0.2, 0, 0.2)]
        tangent = (at[2] - at[0]) / np.linalg.norm(at[2] - at[0])
        found.append((np.append(at[1], 0.0), np.append(tangent, 0.0)))
    return found


@build.register
def _chain(spec: ChainSpec) -> Piece:
    return chain(spec)


def chain(spec: ChainSpec, more: int = 0) -> Piece:
    """The chain of this spec, or one of `more` links than it has (below 0: fewer). Cable and rolo links lie in turn this
    way and that, with a clasp that fits between two that lie alike: theirs come and go in twos."""
    piece = Piece()
    if spec.weave in ("cable", "rolo"):
        loop = np.column_stack([_ellipse(spec.width_mm, 0.8, 6000)[0][:-1], np.zeros(6000)])
        length = spec.link_mm if spec.weave == "cable" else spec.link_mm * 0.8
        linked = chains.cable(loop, length, spec.wire_mm, length * 2.4, spec.seed, more)
        for link in linked.links:
            piece.add("link", spec.metal, link.mesh(), link=link)
        rings, knob = chains.spring_ring(linked, length, spec.wire_mm)
        for clasp in rings:
            piece.add("clasp", spec.metal, clasp.mesh(24), link=clasp)
        piece.add("clasp", spec.metal, knob)
        return piece
    path, along = _ellipse(spec.width_mm, 0.8)
    line = chains.oval(spec.link_mm - spec.wire_mm, spec.link_mm * 0.72 - spec.wire_mm)
    pitch = (0.62 if spec.weave == "curb" else 0.34) * (spec.link_mm - spec.wire_mm)
    count = int(along[-1] / pitch) + more
    for k, (at, tangent) in enumerate(_spots(path, along, count)):
        place = frame(at, np.array([0, 0, 1.0]), tangent)
        if spec.weave == "curb":  # every link alike, leaning along the chain and twisted a little about it
            place = place @ turned("z", 24) @ turned("x", 30) @ turned("y", 16)
        else:  # two strands that wind round each other: the links turn about the chain's axis
            place = place @ turned("x", 47.0 * k) @ turned("z", 38)
        link = chains.Link(line @ place[:3, :3].T + place[:3, 3], spec.wire_mm)
        piece.add("link", spec.metal, link.mesh(), link=link)
    return piece


@build.register
def _tennis(spec: TennisSpec) -> Piece:
    piece = Piece()
    gem = brilliant("round", spec.stone_mm)
    claw_mm = 0.09 * spec.stone_mm
    pitch = spec.stone_mm + 2.2 * claw_mm
    path, along = _ellipse(10.0, spec.flatness)
    width = 10.0 * pitch * spec.count / along[-1]
    path, along = _ellipse(width, spec.flatness)
    for at, tangent in _spots(path, along, spec.count):
        place = frame(at, np.array([0, 0, 1.0]), tangent)
        stone = piece.stone(spec.stone, gem, place)
        # The claws of one stone stand between those of the next: on the diagonals, well off the chain's line.
        azimuths = [float(np.radians(d)) for d in (52, 128, 232, 308)]
        clawed(piece, gem, stone, azimuths, claw_mm, (0.3 * spec.stone_mm, gem.culet_z), spec.metal)
        piece.add("setting", spec.metal, settings.rail(gem.outline * 0.66, gem.culet_z * 0.55, 0.28).moved(place))
        bar = np.array([[-pitch / 2, 0, gem.culet_z * 0.7], [pitch / 2, 0, gem.culet_z * 0.7]])
        piece.add("setting", spec.metal, wire(bar, 0.42, sides=16).moved(place))
    return piece


@build.register
def _bangle(spec: BangleSpec) -> Piece:
    piece = Piece()
    width = max(spec.band_width_mm, spec.stone_mm + 0.8) if spec.stones else spec.band_width_mm
    radius = spec.inner_mm / 2 + spec.band_thickness_mm + 0.04
    step = (spec.stone_mm + 0.2) / radius
    bed = flat_band(
        spec.inner_mm,
        width,
        spec.band_thickness_mm,
        bed_mm=0.86 * spec.stone_mm if spec.stones else 0,
        depth_mm=0.48 * spec.stone_mm,
        arc_deg=float(np.degrees((spec.stones - 0.3) * step)),
    )
    piece.add("band", spec.metal, bed)
    if spec.stones:
        gem = brilliant("round", spec.stone_mm)
        places = [on_band(radius, (k - (spec.stones - 1) / 2) * step) for k in range(spec.stones)]
        set_row(piece, places, gem, [spec.stone] * spec.stones, spec.metal, closed=False)
    else:
        for side in (-1, 1):
            rim = circle(spec.inner_mm / 2 + spec.band_thickness_mm, 320)
            piece.add("setting", spec.metal, settings.rail(rim, side * width * 0.36, 0.25))
    return piece
