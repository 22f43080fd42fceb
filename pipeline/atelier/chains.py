"""Chains of real links, hung in a closed loop. The loop lies about the plane z = 0, +y up; millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.atelier.mesh import Mesh, frame, joined, turned, wire


@dataclass(frozen=True)
class Link:
    """An oval link: the centre line (N, 3) of its wire, closed, and the wire's diameter."""

    path: np.ndarray
    wire_mm: float

    def mesh(self, sides: int = 16) -> Mesh:
        return wire(self.path, self.wire_mm / 2, sides=sides, closed=True)


def oval(length_mm: float, width_mm: float, points: int = 48) -> np.ndarray:
    """A stadium's centre line (N, 3), long in x, in the plane z = 0; sizes of the centre line itself."""
    half, r = (length_mm - width_mm) / 2, width_mm / 2
    t = np.linspace(-np.pi / 2, np.pi / 2, points // 2 - 6)
    right = np.stack([half + r * np.cos(t), r * np.sin(t)], -1)
    top = np.stack([np.linspace(half, -half, 8)[1:-1], np.full(6, r)], -1)
    flat = np.vstack([right, top, -right, -top])
    return np.column_stack([flat, np.zeros(len(flat))])


def hanging_loop(width_mm: float, drop_deg: float, points: int = 6000) -> np.ndarray:
    """A closed loop (N, 3), lowest point first at the origin, running to the right: a catenary that rises to the slope
    `drop_deg` at its full width, closed over the top by the arc that meets it smoothly."""
    slope = np.radians(drop_deg)
    # The arc bulges beyond the catenary's ends by 1 / sin(slope): the loop's full width is the arc's diameter.
    w = width_mm / 2 * np.sin(slope)
    a = w / np.arcsinh(np.tan(slope))
    x = np.linspace(0, w, points)
    rise = np.column_stack([x, a * (np.cosh(x / a) - 1)])
    radius = width_mm / 2
    start = -(np.pi / 2 - slope)
    centre_y = rise[-1, 1] - radius * np.sin(start)
    t = np.linspace(start, np.pi / 2, points)[1:]
    half = np.vstack([rise, np.column_stack([radius * np.cos(t), centre_y + radius * np.sin(t)])])
    loop = np.vstack([half, (half * [-1, 1])[::-1][1:-1]])
    return np.column_stack([loop, np.zeros(len(loop))])


@dataclass(frozen=True)
class LinkedChain:
    """Links from one side of the clasp round to the other; `gap`: the loop's open stretch at the top, (2, 3) mm."""

    links: tuple[Link, ...]
    gap: np.ndarray


def cable(loop: np.ndarray, link_mm: float, wire_mm: float, clasp_mm: float, seed: int, more: int = 0) -> LinkedChain:
    """A cable chain along a closed loop that begins at its lowest point; an odd number of links, one of them there.

    Links lie alternately at +45° and -45° to the ground, as a chain lies, each a few degrees off (seeded). The pitch is
    a link's inner length less a little slack; the loop is scaled so that whole links fill it but for `clasp_mm` at the top.
    `more`: an even number of links above (or below 0) those that fill the loop best; the loop gives way.
    """
    rng = np.random.default_rng(seed)
    steps = np.linalg.norm(np.diff(np.vstack([loop, loop[:1]]), axis=0), axis=1)
    along = np.concatenate([[0], np.cumsum(steps)])
    closed = np.vstack([loop, loop[:1]])
    total = along[-1]

    def at(s: float) -> np.ndarray:
        return np.array([np.interp(s % total, along, closed[:, k]) for k in range(3)])

    inner = link_mm - 2 * wire_mm
    slack = 0.06 * wire_mm
    pitch = inner - slack
    half = round((total - clasp_mm) / 2 / pitch) + more // 2
    # The loop gives way by a percent or so, that a whole number of links fills it but for the clasp.
    fit = (2 * half * pitch + clasp_mm) / total
    along, closed, total = along * fit, closed * fit, total * fit
    line = oval(link_mm - wire_mm, link_mm * 0.66 - wire_mm)
    links = []
    for k in range(-half, half + 1):
        tangent = at(k * pitch + 0.4) - at(k * pitch - 0.4)
        roll = (45 if k % 2 else -45) + rng.normal(0, 4)
        place = frame(at(k * pitch), tangent, np.array([0, 0, 1.0])) @ turned("z", roll) @ turned("y", -90)
        links.append(Link(line @ place[:3, :3].T + place[:3, 3], wire_mm))
    return LinkedChain(tuple(links), np.array([at(half * pitch), at(-half * pitch)]))


def spring_ring(chain: LinkedChain, link_mm: float, wire_mm: float) -> tuple[tuple[Link, ...], Mesh]:
    """The clasp over the loop's open stretch: a spring ring and its tag ring, interlocked, and the trigger's knob.

    The two end links lie alike, an odd number of links between them, so each ring turns by 60° against its neighbours;
    the spring ring is the one that lies flatter. Its wire is the thicker.
    """
    right, left = chain.gap
    plane = np.linalg.svd(chain.links[-1].path - chain.links[-1].path.mean(0))[2][2]
    end_deg = float(np.degrees(np.arctan2(-plane[1], plane[2])))
    flatter, steeper = sorted(((end_deg + t + 90) % 180 - 90 for t in (-60, 60)), key=abs)
    reach, slack = (link_mm - 2 * wire_mm) / 2, 0.06 * wire_mm  # reach: from an end link's centre to its inner end
    inwards = np.array([reach - 0.24 * wire_mm, 0, 0])  # the end links lie askew on the loop: they need more play
    end_r, end_l = right - inwards, left + inwards
    thick, thin = wire_mm * 1.5, wire_mm * 1.1
    # The two holes share the open stretch, overlapping by the slack where one ring passes through the other.
    spring_inner = (float(end_r[0] - end_l[0]) + slack) / 1.36
    tag_inner = 0.36 * spring_inner
    y, z = float(chain.links[0].path[chain.links[0].path[:, 0].argmax(), 1]), 0.0  # where an end link reaches to
    tag_centre = np.array([end_r[0] - tag_inner / 2, y, z])
    spring_centre = np.array([end_l[0] + spring_inner / 2, y, z])
    t = np.arange(56) * 2 * np.pi / 56
    circle = np.stack([np.cos(t), np.sin(t), np.zeros(56)], -1)
    tilt_spring, tilt_tag = turned("x", flatter)[:3, :3], turned("x", steeper)[:3, :3]
    spring = Link(circle * (spring_inner + thick) / 2 @ tilt_spring.T + spring_centre, thick)
    tag = Link(circle * (tag_inner + thin) / 2 @ tilt_tag.T + tag_centre, thin)
    knob_at = spring_centre + tilt_spring @ np.array([0.35, 0.94, 0]) * (spring_inner / 2 + thick * 0.9)
    knob = joined([wire(np.linspace(spring_centre + (knob_at - spring_centre) * 0.86, knob_at, 4), thick * 0.42)])
    return (spring, tag), knob
