"""Earrings and pendants by family: cluster studs, single studs, drops of pearl or stone, hoops, pendants on a bail.

All are seen from the front: +y up, +z to the viewer; millimetres. Earrings come as a pair.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from pipeline.atelier import chains, settings
from pipeline.atelier.family_rings import Gemstone, set_row
from pipeline.atelier.gems import Outline, brilliant, outline_points
from pipeline.atelier.mesh import Mesh, frame, lathe, shifted, turned, wire
from pipeline.atelier.pieces import Piece, build, circle, clawed, haloed, offset
from pipeline.atelier.specs import Metal, PieceSpec


class StudsSpec(PieceSpec):
    """A pair of studs: a stone in claws, alone (`petals` 0) or in a flower of round stones that share claws."""

    form: Literal["studs"] = "studs"
    metal: Metal = "white gold"
    centre: Gemstone = "diamond"
    petal: Gemstone = "diamond"
    cut: Outline = "round"
    centre_mm: Annotated[float, Field(ge=2.5, le=9)] = 4.0
    petals: Literal[0, 5, 6, 7, 8] = 6
    claws: Literal[4, 6] = 6


class DropsSpec(PieceSpec):
    """A pair of drops: a small stud, a row of `links` rings, and a pearl or a stone in a halo (`halo` 0: bare claws)."""

    form: Literal["drops"] = "drops"
    metal: Metal = "yellow gold"
    drop: Gemstone | Literal["pearl"] = "pearl"
    cut: Outline = "pear"
    drop_mm: Annotated[float, Field(ge=4, le=12)] = 8.0
    stud_mm: Annotated[float, Field(ge=2, le=6)] = 3.2
    links: Annotated[int, Field(ge=1, le=6)] = 2
    halo: Annotated[int, Field(ge=0, le=30)] = 0


class HoopsSpec(PieceSpec):
    """A pair of hoops, turned a little to the viewer; `stones` set in pavé along the front, none for plain metal."""

    form: Literal["hoops"] = "hoops"
    metal: Metal = "yellow gold"
    stone: Gemstone = "diamond"
    hoop_mm: Annotated[float, Field(ge=10, le=40)] = 20
    wire_mm: Annotated[float, Field(ge=1.4, le=4)] = 2.4
    stones: Annotated[int, Field(ge=0, le=24)] = 0
    turn_deg: Annotated[float, Field(ge=0, le=70)] = 40


class PendantSpec(PieceSpec):
    """A pendant on a bail: a stone, in a halo of `halo` stones where there are any, or a pearl under a cap."""

    form: Literal["pendant"] = "pendant"
    metal: Metal = "yellow gold"
    stone: Gemstone | Literal["pearl"] = "sapphire"
    cut: Outline = "oval"
    stone_mm: Annotated[float, Field(ge=4, le=12)] = 7
    halo: Annotated[int, Field(ge=0, le=36)] = 18


def ball(radius: float, sides: int = 96) -> Mesh:
    """A sphere about the origin, for pearls; open by a hair at its poles, as a drilled pearl is."""
    t = np.linspace(-np.pi / 2 + 0.03, np.pi / 2 - 0.03, sides // 2)
    outer = np.stack([radius * np.cos(t), radius * np.sin(t)], -1)
    bore = 0.03 * radius
    return lathe(np.vstack([outer, [[bore * 0.9, outer[-1, 1]], [bore * 0.9, outer[0, 1]]]]), sides=sides)


def ring(at: np.ndarray, radius: float, wire_mm: float, *, sideways: bool) -> chains.Link:
    """A jump ring about `at`, facing the viewer or edge-on."""
    path = np.column_stack([circle(radius, 48), np.zeros(48)])
    return chains.Link(path @ turned("y", 90 if sideways else 0)[:3, :3].T + at, wire_mm)


def _stone_in_halo(
    piece: Piece, kind: str, cut: Outline, width: float, halo: int, centre: np.ndarray, metal: str, claws: int = 4
) -> None:
    gem = brilliant(cut, width)
    place = frame(centre, np.array([0, 0, 1.0])) @ shifted(z=0.4)
    stone = piece.stone(kind, gem, place)
    azimuths = [2 * np.pi * (k + 0.5) / claws for k in range(claws)]
    if cut in ("pear", "marquise"):
        azimuths = [float(np.radians(d)) for d in (90, 200, 270, 340)]
    clawed(piece, gem, stone, azimuths, 0.075 * width, (0.22 * width, gem.culet_z * 0.95), metal)
    piece.add("setting", metal, settings.rail(gem.outline * 0.6, gem.culet_z * 0.6, 0.3).moved(place))
    if halo:
        around = offset(outline_points(cut, width, 960), 0.1 * width + 0.6)
        span, _ = haloed(piece, around, halo, frame(centre, np.array([0, 0, 1.0])), metal, "diamond", 0.15, (1,))
        piece.add("setting", metal, settings.rail(around[::10], -0.6 * span, 0.34).moved(place))


def _pearl(piece: Piece, width: float, centre: np.ndarray, metal: str) -> None:
    """A pearl under a small cap, drilled from above."""
    upright = shifted(*centre) @ turned("x", -90)
    piece.add("stone", "pearl", ball(width / 2).moved(upright))
    r = width / 2
    cap = np.array([[0.05, 1.02 * r], [0.30 * r, 0.97 * r], [0.34 * r, 1.0 * r], [0.2 * r, 1.12 * r], [0.05, 1.16 * r]])
    piece.add("setting", metal, lathe(cap).moved(upright))


def _reach_up(cut: Outline, width: float, halo: int) -> float:
    """From a hanging stone's centre to the top of its setting, mm."""
    up = float(outline_points(cut, width)[:, 1].max())
    return up + (0.1 * width + 0.6 + 0.07 * width + 0.9 if halo else 0.35)


@build.register
def _studs(spec: StudsSpec) -> Piece:
    piece = Piece()
    c = spec.centre_mm
    claw_mm = 0.08 * c
    outer = 0.75 * c
    if spec.petals:
        s = np.sin(np.pi / spec.petals)
        ring_r = (c / 2 + 1.1 * claw_mm - 0.15) / (1 - s)
        outer = ring_r * (1 + s)
    for side in (-1, 1):
        at = frame(np.array([side * (outer + 2.2), -0.4 * side, 0]), np.array([0, 0, 1.0]))
        gem = brilliant(spec.cut if not spec.petals else "round", c)
        centre = piece.stone(spec.centre, gem, at @ shifted(z=0.45))
        count = spec.petals or spec.claws
        azimuths = [2 * np.pi * (k + 0.5) / count + np.pi / 2 for k in range(count)]
        clawed(piece, gem, centre, azimuths, claw_mm, (0.22 * c, gem.culet_z * 0.95), spec.metal)
        piece.add("setting", spec.metal, settings.rail(gem.outline * 0.62, gem.culet_z * 0.6, 0.32).moved(at))
        if spec.petals:
            petal = brilliant("round", 2 * (ring_r * s - 0.15))
            turns = [2 * np.pi * k / spec.petals + np.pi / 2 for k in range(spec.petals)]
            places = [
                at @ shifted(ring_r * np.cos(a), ring_r * np.sin(a)) @ turned("z", float(np.degrees(a))) for a in turns
            ]
            set_row(piece, places, petal, [spec.petal] * len(places), spec.metal, closed=True)
        post = np.array([[0, 0, gem.culet_z - 0.1], [0, 0, gem.culet_z - 6.0]])
        piece.add("setting", spec.metal, wire(post, 0.4, sides=18).moved(at))
    return piece


@build.register
def _drops(spec: DropsSpec) -> Piece:
    piece = Piece()
    for side in (-1, 1):
        x, y = side * (0.8 * spec.drop_mm + 2.4), -0.8 * side
        stud = brilliant("round", spec.stud_mm)
        place = frame(np.array([x, y, 1.0]), np.array([0, 0, 1.0]))
        stone = piece.stone("diamond", stud, place)
        quarter = [np.pi / 4 + k * np.pi / 2 for k in range(4)]
        clawed(piece, stud, stone, quarter, 0.1 * spec.stud_mm, (0.26 * spec.stud_mm, stud.culet_z), spec.metal)
        r, thick = 0.95, 0.46
        y -= spec.stud_mm / 2 + 0.35
        for k in range(spec.links):
            link = ring(np.array([x, y - r + 0.3, 1.0]), r, thick, sideways=bool(k % 2))
            piece.add("link", spec.metal, link.mesh(20), link=link)
            y -= 2 * r - thick - 0.04
        y -= thick
        if spec.drop == "pearl":
            _pearl(piece, spec.drop_mm, np.array([x, y - 0.58 * spec.drop_mm, 1.0]), spec.metal)
        else:
            top = _reach_up(spec.cut, spec.drop_mm, spec.halo)
            centre = np.array([x, y - top + 0.2, 0.8])
            _stone_in_halo(piece, spec.drop, spec.cut, spec.drop_mm, spec.halo, centre, spec.metal)
    return piece


@build.register
def _hoops(spec: HoopsSpec) -> Piece:
    piece = Piece()
    for side in (-1, 1):
        # Turned about the upright axis, so that the front half faces the viewer as in a shop's photo.
        at = shifted(side * (0.55 * spec.hoop_mm + 2), -0.6 * side) @ turned("y", 90 - spec.turn_deg)
        path = np.column_stack([circle(spec.hoop_mm / 2, 160), np.zeros(160)])
        piece.add("band", spec.metal, wire(path, spec.wire_mm / 2, sides=28, closed=True).moved(at))
        if not spec.stones:
            continue
        gem = brilliant("round", min(0.85 * spec.wire_mm, np.pi * spec.hoop_mm / 2 / spec.stones - 0.12))
        # The stones stand on the wire by their culets, as in a shared-claw setting: sunk into it they would show but metal.
        radius = (spec.hoop_mm + spec.wire_mm) / 2 - gem.culet_z - 0.05
        step = (float(np.ptp(gem.outline[:, 0])) + 0.14) / radius
        places = []
        for k in range(spec.stones):
            a = np.pi + 0.35 + (k - (spec.stones - 1) / 2) * step
            out = np.array([np.cos(a), np.sin(a), 0])
            places.append(at @ frame(out * radius, out, np.array([-np.sin(a), np.cos(a), 0])))
        set_row(piece, places, gem, [spec.stone] * spec.stones, spec.metal, closed=False)
    return piece


@build.register
def _pendant(spec: PendantSpec) -> Piece:
    piece = Piece()
    if spec.stone == "pearl":
        _pearl(piece, spec.stone_mm, np.zeros(3), spec.metal)
        top = 0.58 * spec.stone_mm
    else:
        _stone_in_halo(piece, spec.stone, spec.cut, spec.stone_mm, spec.halo, np.zeros(3), spec.metal)
        top = _reach_up(spec.cut, spec.stone_mm, spec.halo) - 0.3
    eye = ring(np.array([0, top + 0.75, 0.0]), 1.0, 0.55, sideways=False)
    piece.add("bail", spec.metal, eye.mesh(24), link=eye)
    loop_path = chains.oval(5.2, 2.6) @ turned("z", 90)[:3, :3].T @ turned("y", 90)[:3, :3].T
    loop = chains.Link(loop_path + [0, top + 3.6, 0], 0.9)
    piece.add("bail", spec.metal, loop.mesh(24), link=loop)
    return piece
