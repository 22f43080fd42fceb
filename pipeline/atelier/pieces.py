"""Specs made into pieces: named parts in piece space, each with its kind, its material and its closed mesh.

Piece space is millimetres, +y up and +z to the front. A necklace and earrings are seen from the front; a ring stands on
its band with the finger along z.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatch
from typing import Literal

import numpy as np

from pipeline.atelier import bands, chains, settings
from pipeline.atelier.gems import Gem, brilliant, outline_points
from pipeline.atelier.mesh import Mesh, frame, lathe, shifted, turned, wire
from pipeline.atelier.specs import EarringsSpec, NecklaceSpec, RingSpec

Kind = Literal["stone", "prong", "link", "clasp", "bail", "band", "setting"]
# A claw laps over the crown from one side; a ball is a bead raised from the metal, most often shared.
Tip = Literal["claw", "ball"]


@dataclass(frozen=True)
class Part:
    """One thing that a jeweller would name. `gem` and `place` (4, 4) are a stone's cut and where it stands."""

    id: str
    kind: Kind
    material: str
    mesh: Mesh
    gem: Gem | None = None
    place: np.ndarray | None = None
    holds: tuple[str, ...] = ()  # the stones that a prong touches
    link: chains.Link | None = None
    tip: Tip | None = None  # of a prong


@dataclass
class Piece:
    """The parts of a piece, in order. `counts()` is what the geometry holds, by kind."""

    parts: list[Part] = field(default_factory=list)

    def add(self, kind: Kind, material: str, mesh: Mesh, **more: object) -> Part:
        part = Part(f"{kind}-{sum(p.kind == kind for p in self.parts) + 1:03d}", kind, material, mesh, **more)  # type: ignore[arg-type]
        self.parts.append(part)
        return part

    def stone(self, material: str, gem: Gem, place: np.ndarray) -> Part:
        return self.add("stone", material, gem.mesh.moved(place), gem=gem, place=place)

    def of(self, kind: Kind) -> list[Part]:
        return [part for part in self.parts if part.kind == kind]

    def counts(self) -> dict[str, int]:
        return {kind: len(self.of(kind)) for kind in ("stone", "prong", "link")}

    def by_id(self, part_id: str) -> Part:
        return next(part for part in self.parts if part.id == part_id)


def distance_to(part: Part, points: np.ndarray) -> np.ndarray:
    """Signed distance (N,) in mm of points (N, 3) in piece space to a stone; below 0 inside."""
    assert part.gem is not None
    assert part.place is not None
    inverse = np.linalg.inv(part.place)
    return part.gem.distance(points @ inverse[:3, :3].T + inverse[:3, 3])


def clawed(
    piece: Piece, gem: Gem, stone: Part, azimuths: list[float], radius: float, base: tuple[float, float], metal: str
) -> None:
    assert stone.place is not None
    for azimuth in azimuths:
        claw = settings.claw(gem, azimuth, radius, *base)
        piece.add("prong", metal, claw.moved(stone.place), holds=(stone.id,), tip="claw")


def haloed(
    piece: Piece,
    outline: np.ndarray,
    count: int,
    head: np.ndarray,
    metal: str,
    kind: str,
    gap: float,
    beads: tuple[int, ...],
) -> tuple[float, list[Part]]:
    """`count` equal brilliants along a closed outline (N, 2) in the head's frame, in collets, with a shared bead on the
    outer (1) and inner (-1) side of each gap. Returns their width in mm and the stones."""
    closed = np.vstack([outline, outline[:1]])
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    spots = np.arange(count) * along[-1] / count
    centres = np.stack([np.interp(spots, along, closed[:, k]) for k in (0, 1)], -1)
    chord = np.hypot(*(np.roll(centres, -1, 0) - centres).T).min()
    gem = brilliant("round", float(chord - gap))
    stones = []
    for k, (x, y) in enumerate(centres):
        place = head @ shifted(x, y) @ turned("z", float(np.degrees(np.arctan2(y, x))) + 11.25 * (k % 2))
        stones.append(piece.stone(kind, gem, place))
        piece.add("setting", metal, settings.collet(gem, gap * 0.62, chord * 0.42).moved(place))
    for k in range(count):
        pair = (stones[k], stones[(k + 1) % count])
        step = centres[(k + 1) % count] - centres[k]
        normal = np.array([step[1], -step[0], 0]) / np.linalg.norm(step)
        radius = 0.135 * chord

        def near(points: np.ndarray, pair: tuple[Part, Part] = pair) -> np.ndarray:
            world = points @ head[:3, :3].T + head[:3, 3]
            return np.minimum(distance_to(pair[0], world), distance_to(pair[1], world))

        # The gap's middle lies on the chord between the stones, not on the outline.
        middle = np.append((centres[k] + centres[(k + 1) % count]) / 2, 0.1 * chord)
        for side in beads:
            start = middle + side * normal * chord * 0.6
            mesh = settings.bead(start, middle, radius, 0.3 * chord, near).moved(head)
            holds = tuple(s.id for s in pair if distance_to(s, mesh.vertices).min() < 0.02)
            piece.add("prong", metal, mesh, holds=holds, tip="ball")
    return float(chord - gap), stones


def circle(radius: float, points: int = 96) -> np.ndarray:
    t = np.arange(points) * 2 * np.pi / points
    return radius * np.stack([np.cos(t), np.sin(t)], -1)


@singledispatch
def build(spec: object) -> Piece:
    """The piece of this spec (RingSpec, NecklaceSpec or EarringsSpec)."""
    raise TypeError(f"no goldsmith here makes a {type(spec).__name__}")


@build.register
def _ring(spec: RingSpec) -> Piece:
    piece = Piece()
    gem = brilliant("round", spec.centre_mm)
    top = spec.inner_mm / 2 + spec.band_thickness_mm
    # Room under the culet for a finger's breadth of light, and the head's axis up.
    head = frame(np.array([0, top + 0.55 - gem.culet_z, 0]), np.array([0, 1.0, 0]), np.array([1.0, 0, 0]))
    piece.add("band", spec.metal, bands.half_round(spec.inner_mm, spec.band_width_mm, spec.band_thickness_mm))
    centre = piece.stone(spec.centre, gem, head)
    claw_mm = 0.115 * spec.centre_mm / 2 + 0.05
    low = gem.culet_z - 0.5
    azimuths = [2 * np.pi * (k + 0.5) / spec.claws for k in range(spec.claws)]
    clawed(piece, gem, centre, azimuths, claw_mm, (1.2, low), spec.setting)
    inner = spec.centre_mm / 2 + 1.7 * claw_mm
    # Halo stones as large as the circle allows: chord = 2 R sin(pi / n), inner edge clear of the claws.
    s = np.sin(np.pi / spec.halo)
    radius = inner / (1 - 0.98 * s)
    level = head @ shifted(z=-0.35)
    width, _ = haloed(piece, circle(radius, 960), spec.halo, level, spec.setting, "diamond", 0.16, (1, -1))
    piece.add("setting", spec.setting, settings.rail(circle(radius), -0.35 - 0.62 * width, 0.34).moved(head))
    piece.add("setting", spec.setting, settings.rail(circle(1.95), low * 0.5, 0.3).moved(head))
    cup = np.array(
        [[0.5, low - 0.25], [1.5, low - 0.25], [1.62, low], [1.45, low + 0.22], [0.9, low + 0.16], [0.5, low - 0.05]]
    )
    piece.add("setting", spec.setting, lathe(cup).moved(head))
    for azimuth in azimuths:
        u = np.array([np.cos(azimuth), np.sin(azimuth), 0])
        ends = np.array(
            [
                u * 1.7 + [0, 0, low * 0.62],
                u * radius * 0.75 + [0, 0, low * 0.42],
                u * radius - [0, 0, 0.35 + 0.62 * width],
            ]
        )
        piece.add("setting", spec.setting, wire(ends, 0.26, sides=18).moved(head))
    for side in (-1, 1):
        end = np.array([side * radius * 0.93, head[1, 3] - 0.35 - 0.68 * width, 0])
        piece.add("setting", spec.metal, bands.shoulder(spec.inner_mm, spec.band_thickness_mm, side, end))
    return piece


@build.register
def _necklace(spec: NecklaceSpec) -> Piece:
    piece = Piece()
    loop = chains.hanging_loop(spec.width_mm, spec.drop_deg)
    chain = chains.cable(loop, spec.link_mm, spec.wire_mm, spec.link_mm * 2.4, spec.seed)
    for link in chain.links:
        piece.add("link", spec.metal, link.mesh(), link=link)
    rings, knob = chains.spring_ring(chain, spec.link_mm, spec.wire_mm)
    for ring in rings:
        piece.add("clasp", spec.metal, ring.mesh(24), link=ring)
    piece.add("clasp", spec.metal, knob)
    # The bail stands edge-on round the lowest link; the pendant's eye hangs in it.
    bail_wire = 1.5 * spec.wire_mm
    bail_path = chains.oval(spec.link_mm * 1.5, spec.link_mm * 0.92)
    bail_path = bail_path @ turned("y", 90)[:3, :3].T @ turned("x", 90)[:3, :3].T
    # Its upper bow lies round the link's own axis, so that it clears the link however that is turned.
    bail_path = bail_path + np.array([0, 0.46 * spec.link_mm - bail_path[:, 1].max(), 0])
    bail = chains.Link(bail_path, bail_wire)
    piece.add("bail", spec.metal, bail.mesh(24), link=bail)
    eye_r = 0.42 * spec.link_mm
    eye_wire = 1.25 * spec.wire_mm
    eye_top = bail_path[:, 1].min() + bail_wire / 2 + eye_wire / 2 + 0.02
    eye_path = np.column_stack([circle(eye_r, 48), np.zeros(48)]) + np.array([0, eye_top - eye_r, 0])
    eye = chains.Link(eye_path, eye_wire)
    piece.add("bail", spec.metal, eye.mesh(24), link=eye)

    gem = brilliant("round", spec.centre_mm)
    claw_mm = 0.085 * spec.centre_mm
    s = np.sin(np.pi / spec.petals)
    # Petals (radius p) on a circle R touch each other but for a gap g, and the centre's claws: R s = p + g/2, R - p = c + claw.
    clear = spec.centre_mm / 2 + 1.1 * claw_mm
    gap = 0.3
    ring_r = (clear - gap / 2) / (1 - s)
    petal = brilliant("round", 2 * (ring_r * s - gap / 2))
    petal_mm = 2 * (ring_r * s - gap / 2)
    outer = ring_r + petal_mm / 2
    middle = np.array([0, eye_top - 2 * eye_r - 0.3 - outer, 0])
    head = frame(middle, np.array([0, 0, 1.0]))
    centre = piece.stone(spec.centre, gem, head @ shifted(z=0.5))
    azimuths = [2 * np.pi * (k + 0.5) / spec.petals + np.pi / 2 for k in range(spec.petals)]
    clawed(piece, gem, centre, azimuths, claw_mm, (spec.centre_mm * 0.22, gem.culet_z * 0.95), spec.setting)
    stones = []
    for k in range(spec.petals):
        a = 2 * np.pi * k / spec.petals + np.pi / 2
        place = head @ shifted(ring_r * np.cos(a), ring_r * np.sin(a)) @ turned("z", float(np.degrees(a)) + 22.5)
        stones.append(piece.stone("diamond", petal, place))
        piece.add("setting", spec.setting, settings.collet(petal, gap * 0.55, 0.3 * petal_mm).moved(place))
        for side in (-1, 1):  # two outer claws a petal, and one shared with each neighbour
            turn = a + side * 0.5
            local = turn - a - np.radians(22.5)
            claw = settings.claw(petal, local, claw_mm * 0.82, petal_mm * 0.34, petal.culet_z * 0.8)
            piece.add("prong", spec.setting, claw.moved(place), holds=(stones[-1].id,), tip="claw")
    for k, azimuth in enumerate(azimuths):
        pair = (stones[k], stones[(k + 1) % spec.petals])

        def near(points: np.ndarray, pair: tuple[Part, Part] = pair) -> np.ndarray:
            world = points @ head[:3, :3].T + head[:3, 3]
            return np.minimum(distance_to(pair[0], world), distance_to(pair[1], world))

        u = np.array([np.cos(azimuth), np.sin(azimuth), 0])
        inner_at = ring_r * np.cos(np.pi / spec.petals)
        top = np.array([0, 0, 0.03 * petal_mm])
        mesh = settings.bead(u * outer + top, u * inner_at + top, claw_mm * 0.95, 0.3 * petal_mm, near).moved(head)
        held = tuple(p.id for p in pair if distance_to(p, mesh.vertices).min() < 0.02)
        piece.add("prong", spec.setting, mesh, holds=held, tip="ball")
    piece.add("setting", spec.setting, settings.rail(circle(ring_r * 0.98), petal.culet_z * 1.05, 0.4).moved(head))
    piece.add("setting", spec.setting, settings.rail(circle(spec.centre_mm * 0.3), gem.culet_z * 0.7, 0.36).moved(head))
    return piece


def _earring(piece: Piece, spec: EarringsSpec, at: np.ndarray) -> None:
    front = frame(at, np.array([0, 0, 1.0]))
    stud = brilliant("round", spec.stud_mm)
    lift = front @ shifted(z=1.2)
    stone = piece.stone("diamond", stud, lift)
    claw_mm = 0.1 * spec.stud_mm
    quarter = [np.pi / 4 + k * np.pi / 2 for k in range(4)]
    clawed(piece, stud, stone, quarter, claw_mm, (spec.stud_mm * 0.26, stud.culet_z * 1.05), spec.setting)
    piece.add("setting", spec.metal, settings.rail(circle(spec.stud_mm * 0.36), stud.culet_z * 0.45, 0.28).moved(lift))
    post = np.array([[0, 0, stud.culet_z - 0.1], [0, 0, stud.culet_z - 9.0]])
    piece.add("setting", spec.metal, wire(post, 0.4, sides=18).moved(lift))
    y = -spec.stud_mm / 2 - 0.35
    eye_r, eye_wire = 0.95, 0.44

    def eye(level: float, sideways: bool) -> None:
        path = np.column_stack([circle(eye_r, 48), np.zeros(48)])
        turn = turned("y", 90 if sideways else 0)
        path = path @ turn[:3, :3].T + [0, level, 1.2]
        link = chains.Link(path @ front[:3, :3].T + front[:3, 3], eye_wire)
        piece.add("link", spec.metal, link.mesh(20), link=link)

    step = 2 * eye_r - eye_wire - 0.04  # interlocked rings, taut but for a little slack
    eye(y - eye_r + 0.3, sideways=False)
    eye(y - eye_r + 0.3 - step, sideways=True)
    y = y - 2 * eye_r + 0.3 - step
    for k in range(spec.bezels):
        size = 2.3 + 0.5 * k
        gem = brilliant("round", size)
        place = front @ shifted(0, y - size / 2 - 0.12, 1.2) @ turned("z", 22.5 * k)
        piece.stone("diamond", gem, place)
        piece.add("setting", spec.setting, settings.collet(gem, 0.34, 0.42 * size, lip=0.1).moved(place))
        y -= size + 0.55
        eye(y - eye_r + 0.45, sideways=False)
        eye(y - eye_r + 0.45 - step, sideways=True)
        y = y - 2 * eye_r + 0.45 - step
    pear = brilliant("pear", spec.drop_mm)
    claw_mm = 0.075 * spec.drop_mm
    ring = offset(outline_points("pear", spec.drop_mm, 960), 0.1 * spec.drop_mm + 0.62)
    middle = front @ shifted(0, y - ring[:, 1].max() - 0.75, 1.2)
    drop = piece.stone(spec.drop, pear, middle @ shifted(z=0.35))
    claws = [float(np.radians(d)) for d in (90, 200, 340, 250, 290)]
    clawed(
        piece,
        pear,
        drop,
        claws,
        claw_mm,
        (spec.drop_mm * 0.2, pear.culet_z * 0.95),
        spec.setting,
    )
    width, _ = haloed(piece, ring, spec.halo, middle, spec.setting, "diamond", 0.14, (1,))
    piece.add("setting", spec.setting, settings.rail(ring[::10], -0.6 * width, 0.36).moved(middle))
    back = offset(outline_points("pear", spec.drop_mm * 0.55, 96), 0.0)
    piece.add("setting", spec.setting, settings.rail(back, pear.culet_z * 0.62, 0.34).moved(middle))


def offset(outline: np.ndarray, distance: float) -> np.ndarray:
    """A convex outline (N, 2), counter-clockwise, moved out by `distance` mm; a corner becomes an arc."""
    t = np.pi / 2 + np.arange(720) * 2 * np.pi / 720
    u = np.stack([np.cos(t), np.sin(t)], -1)
    support = (outline @ u.T).max(0) + distance
    slope = (np.roll(support, -1) - np.roll(support, 1)) / (2 * (t[1] - t[0]))
    return support[:, None] * u + slope[:, None] * np.stack([-u[:, 1], u[:, 0]], -1)


@build.register
def _earrings(spec: EarringsSpec) -> Piece:
    piece = Piece()
    half = spec.drop_mm * 1.25 + 1.5
    _earring(piece, spec, np.array([-half, 0.0, 0]))
    _earring(piece, spec, np.array([half, -2.4, 0]))
    return piece
