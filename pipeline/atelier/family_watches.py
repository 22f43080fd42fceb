"""Watches: a round case on a closed bracelet of links, its dial to the front (+z), twelve o'clock up (+y); millimetres.

The bracelet goes round a wrist that lies along x: an oval, as wrists are, behind the case. The glass is left out: shops
retouch its reflections away.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from pipeline.atelier.mesh import Mesh, frame, hull, lathe, shifted, turned, wire
from pipeline.atelier.pieces import Piece, build
from pipeline.atelier.specs import Metal, PieceSpec

# The wrist's depth against its width, and how far the case's back stands over it.
DEPTH, BACK_MM = 0.80, 0.6
INDICES = 12


class WatchSpec(PieceSpec):
    """A three-hand watch without its seconds: case, sloped bezel, dial with twelve batons, crown, bracelet of three-piece rows."""

    form: Literal["watch"] = "watch"
    metal: Metal = "white gold"
    dial: Literal["white dial", "blue dial", "black dial"] = "white dial"
    case_mm: Annotated[float, Field(ge=24, le=44)] = 36
    case_height_mm: Annotated[float, Field(ge=5, le=12)] = 7.5
    loop_mm: Annotated[float, Field(ge=50, le=75)] = 62
    link_mm: Annotated[float, Field(ge=3, le=9)] = 5.2
    link_thickness_mm: Annotated[float, Field(ge=1.8, le=4)] = 2.6
    hour: Annotated[float, Field(ge=0, lt=12)] = 10 + 9 / 60
    seed: int = 1


@build.register
def _watch(spec: WatchSpec) -> Piece:
    piece = Piece()
    radius, top = spec.case_mm / 2, spec.case_height_mm
    _case(piece, spec, radius, top)
    _dial(piece, spec, 0.80 * radius, 0.70 * top)
    piece.add("setting", spec.metal, _crown(radius))
    _bracelet(piece, spec, radius)
    return piece


def _case(piece: Piece, spec: WatchSpec, radius: float, top: float) -> None:
    """The middle with its rounded flank, and the bezel that slopes down to the dial."""
    flank = [(0.01, BACK_MM), (0.86 * radius, BACK_MM)]
    turn = np.linspace(-np.pi / 2, np.pi / 2, 15)
    middle = BACK_MM + 0.36 * top
    flank += [(radius - 0.9 + 0.9 * np.cos(a), middle + 0.30 * top * np.sin(a)) for a in turn]
    # Hollow on top: the dial lies in it.
    rim = BACK_MM + 0.67 * top
    flank += [(0.86 * radius, rim), (0.81 * radius, rim), (0.81 * radius, 0.5 * top), (0.01, 0.5 * top)]
    piece.add("setting", spec.metal, lathe(np.array(flank), sides=160))
    low, high = 0.66 * top, top
    bezel = [
        (0.80 * radius, low),
        (0.95 * radius, low),
        (0.965 * radius, low + 0.25 * (high - low)),
        (0.955 * radius, low + 0.6 * (high - low)),
        (0.90 * radius, high - 0.08),
        (0.885 * radius, high),
        (0.865 * radius, high),
        (0.855 * radius, high - 0.06),
        (0.815 * radius, low + 0.45 * (high - low)),
        (0.80 * radius, low + 0.40 * (high - low)),
    ]
    piece.add("setting", spec.metal, lathe(np.array(bezel), sides=160))


def _dial(piece: Piece, spec: WatchSpec, radius: float, level: float) -> None:
    """The dial, its batons (double at twelve), the minute track's dots, and two hands with their cap."""
    disc = np.array([(0.01, level - 0.5), (1.01 * radius, level - 0.5), (1.01 * radius, level), (0.01, level)])
    piece.add("setting", spec.dial, lathe(disc, sides=128))
    long, wide = 0.20 * radius, 0.055 * radius
    for k in range(INDICES):
        place = turned("z", -30.0 * k)
        for aside in (-0.75 * wide, 0.75 * wide) if k == 0 else (0.0,):
            at = place @ shifted(aside, 0.80 * radius, level)
            piece.add("setting", spec.metal, _faceted(wide, wide, long * (1.2 if k % 3 == 0 else 1.0), 0.35).moved(at))
    for k in range(5 * INDICES):
        if k % 5:
            dot = _faceted(0.014 * radius, 0.014 * radius, 0.05 * radius, 0.12)
            piece.add("setting", spec.metal, dot.moved(turned("z", -6.0 * k) @ shifted(0, 0.93 * radius, level)))
    minute = (spec.hour % 1) * 360
    for degrees, length, width, height in (
        (spec.hour * 30, 0.52 * radius, 0.085 * radius, 0.35),
        (minute, 0.80 * radius, 0.065 * radius, 0.75),
    ):
        hand = _faceted(width, 0.35 * width, 1.18 * length, 0.28)
        piece.add("setting", spec.metal, hand.moved(turned("z", -degrees) @ shifted(0, 0.41 * length, level + height)))
    cap = np.array([(0.01, 0.0), (0.055 * radius, 0.0), (0.055 * radius, 1.05), (0.04 * radius, 1.2), (0.01, 1.22)])
    piece.add("setting", spec.metal, lathe(cap, sides=40).moved(shifted(0, 0, level)))


def _faceted(wide: float, tip: float, long: float, high: float) -> Mesh:
    """A bar along y with a ridge, `wide` at its lower end and `tip` at its upper one, standing on z = 0."""
    low, up = -long / 2, long / 2
    base = [(-wide / 2, low, 0), (wide / 2, low, 0), (-tip / 2, up, 0), (tip / 2, up, 0)]
    shoulder = [(x, y, 0.55 * high) for x, y, _ in base]
    ridge = [(0, low + 0.3 * wide, high), (0, up - 0.3 * tip, high)]
    return hull(np.array(base + shoulder + ridge))


def _crown(radius: float) -> Mesh:
    """The winding crown at three o'clock, its edge rounded."""
    r, depth = 0.135 * radius, 0.16 * radius
    profile = [(0.01, 0), (0.9 * r, 0), (r, 0.12 * depth), (r, 0.82 * depth), (0.86 * r, depth), (0.01, 1.02 * depth)]
    body = lathe(np.array(profile), sides=56)
    return body.moved(shifted(0.985 * radius, 0, BACK_MM + 0.34 * radius * 0.4) @ turned("y", 90))


def _bracelet(piece: Piece, spec: WatchSpec, radius: float) -> None:
    """Lugs, and rows of three links from the case's foot right round the wrist to its head, narrowing towards the clasp."""
    half_y, half_z = spec.loop_mm / 2 - spec.link_thickness_mm, DEPTH * spec.loop_mm / 2
    # From six o'clock round the back to twelve; the angle is 0 in front.
    t = np.linspace(0, 2 * np.pi, 6001)
    path = np.stack([np.zeros_like(t), -half_y * np.sin(t), half_z * (np.cos(t) - 1)], -1)
    begins = 0.93 * radius
    behind = (np.abs(path[:, 1]) > begins) | (path[:, 2] < -half_z)
    path = path[behind]
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    rows = int(along[-1] / spec.link_mm)
    pitch = along[-1] / rows
    at_foot = 0.98 * radius
    for k in range(rows):
        s = (k + 0.5) * pitch
        centre, before, after = (
            np.array([np.interp(s + d, along, path[:, j]) for j in range(3)]) for d in (0.0, -0.4, 0.4)
        )
        tangent = (after - before) / np.linalg.norm(after - before)
        outward = np.cross(tangent, [1.0, 0.0, 0.0])
        outward = outward if outward @ (centre - [0, 0, -half_z]) > 0 else -outward
        place = frame(centre + outward * spec.link_thickness_mm / 2, outward, np.array([1.0, 0, 0]))
        # Wide at the case, a fifth narrower behind.
        width = at_foot * (1 - 0.22 * np.sin(np.pi * (k + 0.5) / rows))
        sides, middle = 0.29 * width, 0.42 * width
        for x, wide, high in ((-0.355 * width, sides, 0.86), (0.0, middle, 1.0), (0.355 * width, sides, 0.86)):
            link = _pillow(0.985 * wide, 0.94 * pitch, high * spec.link_thickness_mm)
            piece.add("link", spec.metal, link.moved(place @ shifted(x, 0, 0)))
    for end in (path[0], path[-1]):
        up = np.sign(end[1])
        for x in (-1, 1):
            horn = np.array(
                [
                    (0.44 * x * 1.42 * radius, up * 0.62 * radius, BACK_MM + 0.42 * spec.case_height_mm),
                    (0.44 * x * 1.36 * radius, up * 0.90 * radius, BACK_MM + 0.34 * spec.case_height_mm),
                    (0.44 * x * 1.34 * radius, up * 1.06 * radius, end[2] + 0.9 * spec.link_thickness_mm),
                ]
            )
            curve = np.stack([np.interp(np.linspace(0, 2, 24), (0, 1, 2), horn[:, j]) for j in range(3)], -1)
            piece.add("setting", spec.metal, wire(curve, np.linspace(0.105, 0.07, 24) * radius, sides=20))


def _pillow(x_mm: float, y_mm: float, z_mm: float, edge: float = 0.30) -> Mesh:
    """A block of these sizes about the origin with softly rounded edges (a superellipsoid of exponent `edge`)."""
    rise, turn = np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, 17), np.arange(40) * 2 * np.pi / 40, indexing="ij")

    def power(value: np.ndarray) -> np.ndarray:
        return np.sign(value) * np.abs(value) ** edge

    c = power(np.cos(rise))
    points = np.stack([c * power(np.cos(turn)), c * power(np.sin(turn)), power(np.sin(rise))], -1)
    return hull(points.reshape(-1, 3) * np.array([x_mm, y_mm, z_mm]) / 2)
