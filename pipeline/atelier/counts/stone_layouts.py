"""Where stones and prongs go in a drawn setting: clusters, halos, rows, rows about a band's turn, pavé and single stones.

Places are in a plane seen from above, in any unit, the stones about `half` across each half; a view turns and squeezes all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from pipeline.fingerprint.model import Cut, Tip

# A stone flatter than this isn't drawn: it couldn't be told.
FLATTEST = 0.25
OTHER_CUTS: tuple[Cut, ...] = ("oval", "pear", "marquise", "cushion")


@dataclass(frozen=True)
class StonePlace:
    """A stone's middle (2,), and the way (2, 2) from its own measure to the plane; how near it is, for what hides what."""

    at: np.ndarray
    linear: np.ndarray
    cut: Cut = "round"
    nearness: float = 0.0


@dataclass(frozen=True)
class TipPlace:
    """A prong's tip: its middle (2,), how wide, and where a claw points (radians)."""

    at: np.ndarray
    wide: float
    tip: Tip
    towards: float


@dataclass
class Layout:
    """`body`: how metal lies about the stones: under each, along their line, round each one's edge, or as two rails."""

    stones: list[StonePlace] = field(default_factory=list)
    tips: list[TipPlace] = field(default_factory=list)
    body: Literal["seats", "line", "bezels", "rails", "plate"] = "seats"

    def seen(self, linear: np.ndarray, shift: np.ndarray) -> Layout:
        """The same seen another way: `linear` (2, 2) and `shift` (2,). Tips, which stand up, keep their width."""
        scale = float(np.sqrt(abs(np.linalg.det(linear))))
        turn = float(np.arctan2(linear[1, 0], linear[0, 0]))
        stones = [StonePlace(linear @ s.at + shift, linear @ s.linear, s.cut, s.nearness) for s in self.stones]
        flat = [s for s in stones if np.linalg.svd(s.linear, compute_uv=False)[1] > 0]
        tips = [TipPlace(linear @ t.at + shift, t.wide * scale, t.tip, t.towards + turn) for t in self.tips]
        return Layout(flat, tips, self.body)


def drawn_layout(rng: np.random.Generator) -> Layout:
    """A layout of stones of about a unit's half width round the origin."""
    kinds = (_cluster, _halo, _row, _turned_row, _pave, _single)
    return kinds[int(rng.choice(len(kinds), p=(0.2, 0.22, 0.22, 0.14, 0.14, 0.08)))](rng)


def _stone(at: np.ndarray, half: float, turn: float = 0.0, cut: Cut = "round") -> StonePlace:
    c, s = np.cos(turn), np.sin(turn)
    return StonePlace(at, half * np.array([[c, -s], [s, c]]), cut)


def _tip_kind(rng: np.random.Generator) -> Tip:
    return ("ball", "claw", "tab")[int(rng.choice(3, p=(0.62, 0.3, 0.08)))]


def _polar(away: float, angle: float) -> np.ndarray:
    return away * np.array([np.cos(angle), np.sin(angle)])


def _claws(layout: Layout, at: np.ndarray, half: float, rng: np.random.Generator, count: int | None = None) -> None:
    """Prongs of its own about a stone."""
    count = count or int(rng.choice((3, 4, 4, 4, 6)))
    first, wide, tip = rng.uniform(0, 2 * np.pi), half * rng.uniform(0.22, 0.7), _tip_kind(rng)
    for k in range(count):
        angle = first + 2 * np.pi * k / count + rng.normal(0, 0.05)
        layout.tips.append(TipPlace(at + _polar(half * rng.uniform(0.88, 1.08), angle), wide, tip, angle + np.pi))


def _cluster(rng: np.random.Generator) -> Layout:
    out = Layout(body="plate" if rng.random() < 0.3 else "seats")
    count, gap = int(rng.integers(4, 11)), rng.uniform(0.98, 1.15)
    away = gap / np.sin(np.pi / count)
    first = rng.uniform(0, 2 * np.pi)
    cut: Cut = "round" if rng.random() < 0.75 else OTHER_CUTS[rng.integers(4)]
    angles = first + 2 * np.pi * np.arange(count) / count
    out.stones += [_stone(_polar(away, a), 1.0, float(a), cut) for a in angles]
    middle = (away - 1) * rng.uniform(0.85, 1.06)
    if middle > 0.3:
        out.stones.append(_stone(np.zeros(2), middle, rng.uniform(0, 6.3)))
    between = angles + np.pi / count
    if rng.random() < 0.8:
        wide, reach, tip = rng.uniform(0.3, 1.0), away * rng.uniform(0.98, 1.2), _tip_kind(rng)
        out.tips += [TipPlace(_polar(reach, a), wide, tip, float(a) + np.pi) for a in between]
    if rng.random() < 0.5 and middle > 0.3:
        wide, reach = rng.uniform(0.15, 0.45), middle * rng.uniform(0.98, 1.1)
        out.tips += [TipPlace(_polar(reach, a), wide, "ball", float(a)) for a in between]
    if rng.random() < 0.3:
        for stone in list(out.stones):
            _claws(out, stone.at, 1.0, rng)
    return out


def _halo(rng: np.random.Generator) -> Layout:
    """A ring of stones, round, oval or nearly square, about a stone, a cluster or nothing."""
    out = Layout(body=("line", "seats", "plate", "bezels")[int(rng.choice(4, p=(0.4, 0.35, 0.15, 0.1)))])
    count, gap = int(rng.integers(9, 29)), rng.uniform(0.98, 1.6)
    power, aspect = rng.uniform(0.45, 1.0), rng.choice((1.0, 1.0, 0.75))
    t = np.linspace(0, 2 * np.pi, 721)
    ring = np.stack(
        [np.sign(np.cos(t)) * np.abs(np.cos(t)) ** power, aspect * np.sign(np.sin(t)) * np.abs(np.sin(t)) ** power], -1
    )
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(ring, axis=0).T))])
    places = np.stack([np.interp(np.arange(count) / count * along[-1], along, ring[:, k]) for k in (0, 1)], -1)
    away = 2 * gap * count / along[-1]
    own = rng.random()
    wide, tip = rng.uniform(0.25, 0.75), _tip_kind(rng)
    for k in range(count):
        at = places[k] * away
        out.stones.append(_stone(at, 1.0, rng.uniform(0, 6.3)))
        if own < 0.4:
            _claws(out, at, 1.0, rng)
        elif own < 0.9:
            middle = (at + places[(k + 1) % count] * away) / 2
            outward = float(np.arctan2(middle[1], middle[0]))
            for side in (-1, 1):
                if own < 0.75 or side > 0:
                    out.tips.append(TipPlace(middle + _polar(side * 0.75, outward), wide, tip, outward))
    inner, what = away * aspect * 0.95 - 1, rng.random()
    if what < 0.6:
        cut: Cut = "round" if rng.random() < 0.5 else OTHER_CUTS[rng.integers(4)]
        half = inner * rng.uniform(0.4, 0.97)
        out.stones.append(_stone(np.zeros(2), half, rng.uniform(0, 6.3), cut))
        _claws(out, np.zeros(2), half * 0.9, rng)
    elif what < 0.8:
        cluster = _cluster(rng)
        reach = max(float(np.hypot(*s.at)) for s in cluster.stones) + 1
        fit = cluster.seen(np.eye(2) * inner * rng.uniform(0.5, 0.95) / reach, np.zeros(2))
        out.stones += fit.stones
        out.tips += fit.tips
    return out


def _row(rng: np.random.Generator) -> Layout:
    """Stones along a bent line: with prongs between, rails beside, or each in its bezel; alike or growing."""
    body = ("line", "rails", "bezels", "seats")[int(rng.choice(4, p=(0.45, 0.25, 0.1, 0.2)))]
    out = Layout(body=body)  # type: ignore[arg-type]
    count, gap, bend = int(rng.integers(3, 26)), rng.uniform(1.0, 1.5), rng.normal(0, 0.05)
    growth = 1.0 if rng.random() < 0.7 else rng.uniform(0.9, 1.1)
    wide, tip, held = rng.uniform(0.3, 0.9), _tip_kind(rng), rng.random()
    place, heading, half = np.zeros(2), -bend * count / 2, growth ** (-count / 2)
    middle = np.zeros(2)
    for _ in range(count):
        out.stones.append(_stone(place, half, rng.uniform(0, 6.3)))
        middle = middle + place / count
        ahead = place + _polar(half * gap, heading)
        if body in ("line", "seats") and held < 0.85:
            sides = (-1, 1) if held < 0.7 else (0,)
            for side in sides:
                at = ahead + _polar(side * half * rng.uniform(0.6, 0.95), heading + np.pi / 2)
                out.tips.append(TipPlace(at, half * wide, tip, heading + side * np.pi / 2))
        elif body in ("line", "seats"):
            _claws(out, place, half, rng, 4)
        place = ahead + _polar(half * growth * gap, heading)
        half *= growth
        heading += bend * 2 * gap
    return out.seen(np.eye(2), -middle)


def _turned_row(rng: np.random.Generator) -> Layout:
    """A row about a band as it turns away: narrower from stone to stone, each hiding a part of the next."""
    out = Layout(body="rails" if rng.random() < 0.4 else "line")
    radius, gap = rng.uniform(4, 14), rng.uniform(1.0, 1.25)
    step = 2 * np.arcsin(min(gap / radius, 1))
    phi, curve = rng.uniform(-1.4, 0.4), rng.uniform(0.0, 0.6)
    wide, tip = rng.uniform(0.3, 0.7), _tip_kind(rng)
    while phi < 1.35:
        squeeze = float(np.cos(phi))
        # The band's nearest line bows on the picture as its camera stands higher.
        at = np.array([radius * np.sin(phi), curve * radius * (1 - np.cos(phi))])
        lean = np.arctan2(curve * np.sin(phi), max(np.cos(phi), 0.05))
        if squeeze > FLATTEST:
            c, s = np.cos(lean), np.sin(lean)
            linear = np.array([[c, -s], [s, c]]) @ np.diag([max(squeeze, FLATTEST), 1.0])
            out.stones.append(StonePlace(at, linear, "round", squeeze))
        if out.body == "line":
            between = phi + step / 2
            if np.cos(between) > 0.1:
                mid = np.array([radius * np.sin(between), curve * radius * (1 - np.cos(between))])
                for side in (-1, 1):
                    normal = np.array([-np.sin(lean), np.cos(lean)])
                    out.tips.append(TipPlace(mid + side * 0.8 * normal, wide, tip, lean))
        phi += step
    middle = np.mean([s.at for s in out.stones], axis=0) if out.stones else np.zeros(2)
    return out.seen(np.eye(2), -middle)


def _pave(rng: np.random.Generator) -> Layout:
    """A field of stones, side by side or staggered, with small beads between them."""
    out = Layout(body="plate")
    gap = 2 * rng.uniform(1.0, 1.25)
    staggered, reach = rng.random() < 0.65, gap * rng.uniform(1.2, 4.5)
    shape, narrow = rng.random(), rng.uniform(0.2, 1.0)
    rise = gap * (0.87 if staggered else 1.0)
    wide = rng.uniform(0.15, 0.5)
    for row in range(-8, 9):
        for column in range(-8, 9):
            at = np.array([(column + 0.5 * (row % 2) * staggered) * gap, row * rise])
            u = at / reach / np.array([1, narrow])
            level = np.hypot(*u) if shape < 0.4 else (np.abs(u).max() if shape < 0.7 else np.abs(u).sum())
            if level > 1:
                continue
            out.stones.append(_stone(at, rng.uniform(0.94, 1.0), rng.uniform(0, 6.3)))
            corners = [(0.5, 0.29), (0.5, -0.29)] if staggered else [(0.5, 0.5)]
            out.tips += [TipPlace(at + gap * np.array(c), wide, "ball", 0.0) for c in corners]
    return out


def _single(rng: np.random.Generator) -> Layout:
    out = Layout(body="bezels" if rng.random() < 0.25 else "seats")
    cut: Cut = "round" if rng.random() < 0.5 else OTHER_CUTS[rng.integers(4)]
    out.stones.append(_stone(np.zeros(2), 1.0, rng.uniform(0, 6.3), cut))
    if out.body == "seats":
        _claws(out, np.zeros(2), 0.95, rng)
    return out
