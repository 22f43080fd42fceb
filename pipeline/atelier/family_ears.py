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
from pipeline.atelier.pieces import Part, Piece, build, circle, clawed, distance_to, haloed, offset
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


class ClusterSpec(PieceSpec):
    """A pair of studs paved with `count` equal stones as close as they can lie, held by beads in the gaps between three;
    under them a plate, cut open for their pavilions, in a rim."""

    form: Literal["cluster"] = "cluster"
    metal: Metal = "yellow gold"
    setting: Metal = "white gold"
    stone: Gemstone = "diamond"
    second: Gemstone | None = None  # the stone in the middle, where named
    stone_mm: Annotated[float, Field(ge=1.2, le=3.5)] = 2.2
    count: Literal[7, 12, 19] = 7
    gap_mm: Annotated[float, Field(ge=0.02, le=0.3)] = 0.08


def packed(count: int) -> np.ndarray:
    """The `count` closest points (N, 2) of a hexagonal lattice of step 1 about one of its points (7, 19) or of its gaps (12)."""
    k, n = np.meshgrid(np.arange(-4, 5), np.arange(-4, 5))
    points = np.stack([k + n / 2, n * np.sqrt(3) / 2], -1).reshape(-1, 2)
    if count == 12:
        points = points - [0.5, np.sqrt(3) / 6]
    return points[np.argsort(np.round(np.hypot(*points.T), 6), kind="stable")[:count]]


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
def _cluster(spec: ClusterSpec) -> Piece:
    piece = Piece()
    gem = brilliant("round", spec.stone_mm)
    step = spec.stone_mm + spec.gap_mm
    centres = packed(spec.count) * step
    outer = float(np.hypot(*centres.T).max()) + spec.stone_mm / 2
    for side in (-1, 1):
        at = frame(np.array([side * (outer + 2.4), -0.5 * side, 0]), np.array([0, 0, 1.0]))
        stones = []
        for k, (x, y) in enumerate(centres):
            kind = spec.second if spec.second and k == 0 else spec.stone
            place = at @ shifted(x, y, 0.16 * (outer - np.hypot(x, y))) @ turned("z", 37.0 * k)
            stones.append(piece.stone(kind, gem, place))
            piece.add("setting", spec.setting, settings.collet(gem, 0.1, 0.45 * spec.stone_mm).moved(place))
        for place, held in _beads(centres, step, outer):
            touching = [stones[k] for k in held]

            def near(points: np.ndarray, touching: list[Part] = touching, at: np.ndarray = at) -> np.ndarray:
                world = points @ at[:3, :3].T + at[:3, 3]
                return np.min([distance_to(stone, world) for stone in touching], axis=0)

            level = 0.16 * (outer - np.hypot(*place)) + 0.1 * spec.stone_mm
            start, middle = np.array([*place, level + 0.8]), np.array([*place, level - 0.5])
            mesh = settings.bead(start, middle, 0.13 * spec.stone_mm, 0.4 * spec.stone_mm, near).moved(at)
            piece.add("prong", spec.setting, mesh, holds=tuple(stone.id for stone in touching), tip="ball")
        rim = np.array(
            [[outer + 0.05, -1.0], [outer + 0.55, -0.9], [outer + 0.6, -0.1], [outer + 0.3, 0.1], [outer + 0.06, -0.1]]
        )
        piece.add("setting", spec.metal, lathe(rim).moved(at))
    return piece


def _beads(centres: np.ndarray, step: float, outer: float) -> list[tuple[np.ndarray, list[int]]]:
    """Where beads stand: in each gap between three stones, and between two at the rim; with the stones they hold."""
    around = [np.radians(30 + 60 * k) for k in range(6)]
    spots = (centres[:, None] + step / np.sqrt(3) * np.stack([np.cos(around), np.sin(around)], -1)).reshape(-1, 2)
    spots = np.unique(np.round(spots[np.hypot(*spots.T) < outer + 0.1], 4), axis=0)
    found: list[tuple[np.ndarray, list[int]]] = []
    for spot in spots:
        held = np.nonzero(np.hypot(*(centres - spot).T) < 0.65 * step)[0].tolist()
        if len(held) >= 2 and all(np.hypot(*(spot - other)) > 0.2 * step for other, _ in found):
            found.append((spot, held))
    return found


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
