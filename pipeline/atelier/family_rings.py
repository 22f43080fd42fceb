"""Rings by family: solitaires on plain or pavé shoulders, bands set in pavé or channel, eternity rings.

A ring stands on its band with the finger along z and its head at +y, as the halo ring does; millimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from pipeline.atelier import bands, settings
from pipeline.atelier.gems import Gem, Outline, brilliant
from pipeline.atelier.mesh import Mesh, frame, lathe, swept, turned
from pipeline.atelier.pieces import Part, Piece, build, circle, clawed, distance_to
from pipeline.atelier.specs import Metal, PieceSpec

Gemstone = Literal["diamond", "sapphire", "emerald", "ruby", "black diamond"]


class SolitaireSpec(PieceSpec):
    """One stone in four or six claws; `shoulder_stones` small brilliants in pavé run down each side of the band."""

    form: Literal["solitaire"] = "solitaire"
    metal: Metal = "yellow gold"
    setting: Metal = "white gold"
    stone: Gemstone = "diamond"
    cut: Outline = "round"
    stone_mm: Annotated[float, Field(ge=3, le=10)] = 6.5
    claws: Literal[4, 6] = 6
    shoulder_stones: Annotated[int, Field(ge=0, le=8)] = 0
    shoulder_mm: Annotated[float, Field(ge=1, le=2.4)] = 1.5
    inner_mm: Annotated[float, Field(ge=13, le=23)] = 16.5
    band_width_mm: Annotated[float, Field(ge=1.6, le=5)] = 2.2
    band_thickness_mm: Annotated[float, Field(ge=1.2, le=3)] = 1.6


class BandSpec(PieceSpec):
    """A band with stones along its arc: shared beads (pavé), two rails (channel), or all the way round (eternity)."""

    form: Literal["band"] = "band"
    metal: Metal = "white gold"
    setting: Literal["pavé", "channel", "eternity"] = "pavé"
    stone: Gemstone = "diamond"
    second: Gemstone | None = None  # every other stone, where named
    stone_mm: Annotated[float, Field(ge=1, le=3.6)] = 1.7
    rows: Literal[1, 2, 3] = 1
    arc_deg: Annotated[float, Field(ge=40, le=200)] = 150
    inner_mm: Annotated[float, Field(ge=13, le=23)] = 16.5
    band_thickness_mm: Annotated[float, Field(ge=1.2, le=3)] = 1.7

    @property
    def band_width_mm(self) -> float:
        return self.rows * (self.stone_mm + 0.2) + (1.3 if self.setting == "channel" else 0.7)


def on_band(radius: float, angle: float, z: float = 0.0) -> np.ndarray:
    """The (4, 4) place on a cylinder about z, `angle` radians from the head (+y) towards +x; +z outwards, +x along the row."""
    out = np.array([np.sin(angle), np.cos(angle), 0])
    return frame(out * radius + [0, 0, z], out, np.array([np.cos(angle), -np.sin(angle), 0]))


def flat_band(
    inner_mm: float,
    width_mm: float,
    thickness_mm: float,
    *,
    bed_mm: float = 0.0,
    depth_mm: float = 0.0,
    arc_deg: float = 0.0,
    points: int = 480,
) -> Mesh:
    """A flat-topped band with rounded edges. Over `arc_deg` about the head it is cut out to `depth_mm` deep and `bed_mm`
    wide, as a bed is drilled for stones: a pavilion stands in the open, or nothing of its light would come back."""
    angle = np.arange(points) * 2 * np.pi / points
    path = np.stack([np.cos(angle), np.sin(angle), np.zeros(points)], -1) * inner_mm / 2
    off_head = np.abs((np.degrees(angle) - 90 + 180) % 360 - 180)
    cut = np.clip((arc_deg / 2 - off_head) / 1.5 + 0.5, 0, 1) * min(depth_mm, thickness_mm - 0.3)
    half, bed = width_mm / 2, bed_mm / 2
    # Corners are rounded in small steps: the surface is shaded smooth, and a sharp one would be smeared over its faces.
    corner = np.radians(np.linspace(0, 90, 9))
    r, inner_r = min(0.3, (half - bed) / 2), 0.2
    outer = np.stack([half - r + r * np.cos(corner), thickness_mm - r + r * np.sin(corner)], -1)
    inner = np.stack([-half + inner_r - inner_r * np.sin(corner), inner_r - inner_r * np.cos(corner)], -1)[::-1]
    profiles = []
    for depth in cut:
        rim = np.array([[bed + 0.02, 0.0], [bed, -0.02], [bed - 0.01, -0.96 * depth], [bed - 0.04, -depth]])
        rim = np.vstack([rim, [[bed * k, -depth] for k in (0.6, 0.2)]]) if bed else np.array([[0.3 * half, 0.0]])
        top = np.vstack([outer, rim + [0, thickness_mm]])
        side = np.vstack([top, top[::-1] * [-1, 1], inner])
        floor = np.array([[half * k, 0.0] for k in (-0.6, -0.2, 0.2, 0.6)])
        profiles.append(np.vstack([side, floor, inner[::-1] * [-1, 1]]))
    return swept(path, np.array(profiles), np.array([0, 0, 1.0]))


def beads_between(piece: Piece, one: Part, two: Part, metal: str, radius: float) -> None:
    """Two beads at the gap of neighbouring stones, one on each side of their line; each holds both."""
    assert one.place is not None
    assert two.place is not None
    a, b = one.place[:3, 3], two.place[:3, 3]
    up = one.place[:3, 2] + two.place[:3, 2]
    up /= np.linalg.norm(up)
    side = np.cross(up, (b - a) / np.linalg.norm(b - a))
    width = float(np.ptp(one.gem.outline[:, 0])) if one.gem else 1.0
    head = frame((a + b) / 2, up, side)

    def near(points: np.ndarray) -> np.ndarray:
        world = points @ head[:3, :3].T + head[:3, 3]
        return np.minimum(distance_to(one, world), distance_to(two, world))

    for sign in (-1, 1):
        start = np.array([sign * 0.75 * width, 0, 0.1 * width])
        mesh = settings.bead(start, np.array([0, 0, 0.1 * width]), radius, 0.35 * width, near).moved(head)
        piece.add("prong", metal, mesh, holds=(one.id, two.id), tip="ball")


def set_row(
    piece: Piece, places: list[np.ndarray], gem: Gem, kinds: Sequence[str], metal: str, *, closed: bool
) -> None:
    """Stones along a row in thin collets with shared beads at their gaps; `closed` joins the last to the first."""
    width = float(np.ptp(gem.outline[:, 0]))
    stones = []
    for place, kind in zip(places, kinds, strict=True):
        stones.append(piece.stone(kind, gem, place))
        piece.add("setting", metal, settings.collet(gem, 0.09, 0.42 * width).moved(place))
    pairs = list(zip(stones, stones[1:] + stones[:1], strict=True))
    for one, two in pairs if closed else pairs[:-1]:
        beads_between(piece, one, two, metal, 0.12 * width)


def _head(piece: Piece, gem: Gem, kind: str, place: np.ndarray, claws: int, metal: str) -> None:
    """A stone in claws on a cup, with a gallery rail half way up."""
    stone = piece.stone(kind, gem, place)
    width = float(np.ptp(gem.outline[:, 0]))
    low = gem.culet_z - 0.5
    azimuths = [2 * np.pi * (k + 0.5) / claws for k in range(claws)]
    clawed(piece, gem, stone, azimuths, 0.06 * width + 0.08, (1.1, low), metal)
    piece.add("setting", metal, settings.rail(gem.outline * 0.62, low * 0.5, 0.3).moved(place))
    cup = np.array([[0.4, low - 0.25], [1.3, low - 0.25], [1.45, low], [1.2, low + 0.22], [0.7, low + 0.16]])
    piece.add("setting", metal, lathe(cup).moved(place))


@build.register
def _solitaire(spec: SolitaireSpec) -> Piece:
    piece = Piece()
    gem = brilliant(spec.cut, spec.stone_mm)
    top = spec.inner_mm / 2 + spec.band_thickness_mm
    radius = top + 0.04
    step = (spec.shoulder_mm + 0.16) / radius
    # The first small stone stands clear of the head, which is seen from above as wide as the centre stone.
    first = (0.5 * spec.stone_mm + 0.75 * spec.shoulder_mm) / radius
    if spec.shoulder_stones:
        width = max(spec.band_width_mm, spec.shoulder_mm + 0.6)
        reach = 2 * np.degrees(first + (spec.shoulder_stones - 0.3) * step)
        bed = flat_band(
            spec.inner_mm,
            width,
            spec.band_thickness_mm,
            bed_mm=0.86 * spec.shoulder_mm,
            depth_mm=0.46 * spec.shoulder_mm,
            arc_deg=float(reach),
        )
        piece.add("band", spec.metal, bed)
    else:
        piece.add("band", spec.metal, bands.half_round(spec.inner_mm, spec.band_width_mm, spec.band_thickness_mm))
    up = np.array([0, 1.0, 0])
    _head(
        piece,
        gem,
        spec.stone,
        frame(np.array([0, top + 0.35 - gem.culet_z, 0]), up, np.array([1.0, 0, 0])),
        spec.claws,
        spec.setting,
    )
    small = brilliant("round", spec.shoulder_mm)
    for side in (-1, 1):
        places = [on_band(radius, side * (first + k * step)) for k in range(spec.shoulder_stones)]
        set_row(piece, places, small, ["diamond"] * len(places), spec.setting, closed=False)
    return piece


@build.register
def _band(spec: BandSpec) -> Piece:
    piece = Piece()
    gem = brilliant("round", spec.stone_mm)
    channel = spec.setting == "channel"
    radius = spec.inner_mm / 2 + spec.band_thickness_mm + (-0.05 if channel else 0.04)
    pitch = (spec.stone_mm + (0.08 if channel else 0.18)) / radius
    whole = spec.setting == "eternity"
    count = int(2 * np.pi / pitch) if whole else max(3, int(np.radians(spec.arc_deg) / pitch))
    if whole:
        pitch = 2 * np.pi / count
    bed = flat_band(
        spec.inner_mm,
        spec.band_width_mm,
        spec.band_thickness_mm,
        bed_mm=spec.rows * (spec.stone_mm + 0.2) - 0.1 - (0.14 * spec.stone_mm if not channel else 0),
        depth_mm=0.48 * spec.stone_mm,
        arc_deg=400 if whole else float(np.degrees(pitch * (count - 0.3))),
    )
    piece.add("band", spec.metal, bed)
    for row in range(spec.rows):
        z = (row - (spec.rows - 1) / 2) * (spec.stone_mm + 0.2)
        angles = [(k - (count - 1) / 2 + 0.5 * (row % 2) * whole) * pitch for k in range(count)]
        places = [on_band(radius, a, z) @ turned("z", 11.25 * (k % 2)) for k, a in enumerate(angles)]
        kinds = [spec.second if spec.second and k % 2 else spec.stone for k in range(count)]
        if channel:
            for place, kind in zip(places, kinds, strict=True):
                piece.stone(kind, gem, place)
        else:
            set_row(piece, places, gem, kinds, spec.metal, closed=whole)
    if channel:
        reach = spec.rows * (spec.stone_mm + 0.2) / 2 + 0.22
        for side in (-1, 1):
            rim = circle(radius + 0.12, 320)
            piece.add("setting", spec.metal, settings.rail(rim, side * reach, 0.3))
    return piece
