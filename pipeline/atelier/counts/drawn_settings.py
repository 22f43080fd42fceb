"""Stones in their settings, drawn: as many and as various as are wanted, with what is true of each pixel.

Path-traced families hold a dozen ways of setting stones, and a network that learned from them alone takes a cluster of
brilliants for one stone, and large silver prongs for stones. Here stones are patterns (`drawn_facets`) where `stone_layouts`
puts them, in metal drawn as relief (`bare_metal`). It doesn't look like a photograph to a person; the order of things is right.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.atelier.counts.bare_metal import NONE, OVER, on_ground, polished, raised, wires
from pipeline.atelier.counts.drawn_facets import STONES, cut_outline, facets
from pipeline.atelier.counts.stone_layouts import Layout, StonePlace, TipPlace, drawn_layout
from pipeline.fingerprint.model import Cut
from pipeline.fingerprint.net import TIPS

# The narrow half of the stones, px of the crop; small ones are drawn more often.
SMALLEST_PX, LARGEST_PX = 3.2, 30.0
MOST_STONES = 90


@dataclass(frozen=True)
class SetStone:
    """A stone of a drawing, px: its outline (N, 2), cut, whether metal holds it all round, the share of it seen."""

    outline: np.ndarray
    cut: Cut
    bezel: bool
    share: float


@dataclass(frozen=True)
class Setting:
    """A drawing: `rgb` (S, S, 3) encoded and `alpha` (S, S), float32 in 0..1, its stones, and its tips (N, 5): x, y, size,
    index of its kind, share seen."""

    rgb: np.ndarray
    alpha: np.ndarray
    stones: list[SetStone]
    tips: np.ndarray


def drawn_setting(side: int, rng: np.random.Generator) -> Setting:
    """A square picture of stones in a setting."""
    wide = side * OVER
    half = OVER * float(np.exp(rng.uniform(np.log(SMALLEST_PX), np.log(LARGEST_PX))))
    layout = _in_view(drawn_layout(rng), half, wide, rng)
    height, alloy = np.full((wide, wide), NONE, np.float32), np.zeros((wide, wide), np.uint8)
    if rng.random() < 0.6:
        wires(height, alloy, rng, int(rng.integers(1, 4)), half * rng.uniform(0.4, 2.5))
    _set_into(height, alloy, layout, half, rng)
    standing = np.full_like(height, NONE)
    for tip in layout.tips:
        _stand(standing, alloy, tip, half)
    prong = standing > NONE / 2
    metal = polished(np.where(prong, standing, height), alloy, rng)
    owner, colour = _stones(layout, metal, rng)
    colour = np.where((prong & _over(standing, prong))[..., None], metal, colour)
    covered = (height > NONE / 2) | prong | (owner >= 0)
    picture, alpha = on_ground(colour, covered, side, rng)
    return Setting(picture, alpha, *_truth(layout, owner, prong))


def _in_view(layout: Layout, half: float, wide: int, rng: np.random.Generator) -> Layout:
    """The layout turned, seen from a height and moved, so that one of its stones is in the picture."""
    turn, across = rng.uniform(0, 2 * np.pi, 2)
    squeeze = rng.uniform(0.5, 1.0) if rng.random() < 0.6 else 1.0
    a = np.array([np.cos(across), np.sin(across)])
    c, s = np.cos(turn), np.sin(turn)
    linear = half * (np.eye(2) - (1 - squeeze) * np.outer(a, a)) @ np.array([[c, -s], [s, c]])
    about = linear @ layout.stones[int(rng.integers(len(layout.stones)))].at if layout.stones else np.zeros(2)
    shift = wide / 2 + rng.uniform(-0.35, 0.35, 2) * wide - about
    seen = layout.seen(linear, shift)
    near = [s for s in seen.stones if (np.abs(s.at - wide / 2) < wide / 2 + 2 * half).all()][:MOST_STONES]
    tips = [t for t in seen.tips if (np.abs(t.at - wide / 2) < wide / 2 + 2 * half).all()]
    return Layout(sorted(near, key=lambda p: p.nearness), tips, seen.body)


def _points(stone: StonePlace, scale: float = 1.0) -> np.ndarray:
    return np.asarray(stone.at + scale * cut_outline(stone.cut) @ stone.linear.T)


def _fill(mask: np.ndarray, points: np.ndarray, value: int) -> None:
    cv2.fillPoly(mask, [np.rint(points * 16).astype(np.int32)], (value,), shift=4)


def _set_into(height: np.ndarray, alloy: np.ndarray, layout: Layout, half: float, rng: np.random.Generator) -> None:
    """The metal about the stones, and its alloy: the second where a setting is of another metal than its piece."""
    mask = np.zeros(height.shape, np.uint8)
    room = rng.uniform(1.02, 1.35)
    for stone in layout.stones:
        _fill(mask, _points(stone, room), 1)
    if layout.body in ("line", "rails") and len(layout.stones) > 1:
        line = np.rint(np.array([s.at for s in layout.stones if np.linalg.norm(s.linear, 2) < 1.6 * half]) * 16)
        cv2.polylines(mask, [line.astype(np.int32)], False, (1,), max(int(half * rng.uniform(1.4, 2.8)), 1), shift=4)
    elif layout.body == "plate" and layout.stones:
        hull = cv2.convexHull(np.concatenate([_points(s, room) for s in layout.stones]).astype(np.float32))[:, 0]
        _fill(mask, hull, 1)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    edge = half * rng.uniform(0.08, 0.5)
    rise = np.sqrt(np.maximum(1 - (1 - np.minimum(depth / edge, 1)) ** 2, 0)) * edge
    risen = np.where(mask > 0, rise + 0.3 * half, NONE)
    if layout.body in ("rails", "bezels"):
        # Walls that rise along the stones' line, or about each stone.
        wall = np.zeros_like(mask)
        for stone in layout.stones:
            _fill(wall, _points(stone, 1.0), 1)
        if layout.body == "rails" and len(layout.stones) > 1:
            line = np.rint(np.array([s.at for s in layout.stones]) * 16).astype(np.int32)
            cv2.polylines(wall, [line], False, (1,), max(int(1.7 * half), 1), shift=4)
        risen = np.where((mask > 0) & (wall == 0), risen + 0.3 * half, risen)
    higher = risen > height
    height[higher] = risen[higher]
    alloy[higher] = int(rng.random() < 0.45)


def _stand(standing: np.ndarray, alloy: np.ndarray, tip: TipPlace, half: float) -> None:
    """A prong's tip: a bead, a claw's end as a drop that leans over the stone, or a tab."""
    long = tip.wide * {"ball": 1.0, "claw": 1.7, "tab": 1.4}[tip.tip]

    def dome(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        if tip.tip == "tab":
            inside = np.maximum(np.abs(x), np.abs(y)) < 1
            return np.where(inside, np.minimum(0.5, 2.5 * (1 - np.maximum(np.abs(x), np.abs(y)))), -1e4)
        away = x * x + y * y
        return np.sqrt(np.maximum(1 - away, 0)) - (away > 1) * 1e4

    raised(standing, alloy, tip.at, long, tip.wide, tip.towards, dome, 1, base=0.6 * half)


def _over(standing: np.ndarray, prong: np.ndarray) -> np.ndarray:
    """Where prongs hide what is below: all but the rim that the light rounds off."""
    return np.asarray(cv2.erode(prong.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0)


def _stones(layout: Layout, metal: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Which stone each pixel lies on (W, W), -1 none, and the colours (W, W, 3) of metal and stones."""
    wide = metal.shape[0]
    owner, colour = np.full((wide, wide), -1, np.int16), metal.copy()
    shadow = np.zeros((wide, wide), np.float32)
    main = int(rng.choice(len(STONES))) if rng.random() < 0.35 else 0
    second = int(rng.choice(len(STONES))) if rng.random() < 0.2 else main
    sizes = [float(np.sqrt(abs(np.linalg.det(s.linear)))) for s in layout.stones]
    common = float(np.median(sizes)) if sizes else 0.0
    rim, white = rng.uniform(-0.5, 0.3), rng.uniform(0, 0.35)
    for k, stone in enumerate(layout.stones):
        points = _points(stone)
        low, high = np.floor(points.min(0)).astype(int), np.ceil(points.max(0)).astype(int) + 1
        low, high = np.clip(low, 0, wide), np.clip(high, 0, wide)
        if (high - low < 1).any():
            continue
        own = np.zeros((high - low)[::-1], np.uint8)
        _fill(own, points - low, 1)
        ys, xs = np.nonzero(own)
        if not len(xs):
            continue
        x, y = np.linalg.inv(stone.linear) @ (np.stack([xs, ys]) + low[:, None] - stone.at[:, None])
        kind = second if sizes[k] > 1.5 * common or (second != main and k % 2) else main
        drawn = facets(x, y, kind, rng)
        depth = cv2.distanceTransform(np.pad(own, 1), cv2.DIST_L2, 3)[1:-1, 1:-1][ys, xs]
        at_edge = np.clip(1 - depth / max(0.12 * sizes[k], 1.0), 0, 1)[:, None]
        drawn = drawn * (1 + rim * at_edge)
        if kind == 0:
            drawn = drawn + white * (1 - drawn)
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        owner[window][ys, xs] = k
        colour[window][ys, xs] = np.clip(drawn, 0, 1)
        shadow[window][ys, xs] = 1
    near = cv2.GaussianBlur(shadow, (0, 0), max(0.2 * common, 1.0))
    dark = 1 - rng.uniform(0.1, 0.8) * near * (owner < 0)
    return owner, colour * dark[..., None]


def _truth(layout: Layout, owner: np.ndarray, prong: np.ndarray) -> tuple[list[SetStone], np.ndarray]:
    """Stones and tips in pixels of the crop."""

    def of_crop(points: np.ndarray) -> np.ndarray:
        return np.asarray((points + 0.5) / OVER - 0.5)

    stones = []
    for k, stone in enumerate(layout.stones):
        points = _points(stone)
        area = cv2.contourArea(points.astype(np.float32))
        inside = np.clip(points, 0, owner.shape[0] - 1)
        # What lies beyond the picture is not hidden: only what lies in it is asked.
        within = max(cv2.contourArea(inside.astype(np.float32)), 1.0)
        seen = float(((owner == k) & ~prong).sum())
        if area > 1:
            stones.append(SetStone(of_crop(points), stone.cut, layout.body == "bezels", min(seen / within, 1.0)))
    rows = [(*of_crop(tip.at), tip.wide / OVER, TIPS.index(tip.tip), 1.0) for tip in layout.tips]
    return stones, np.array(rows, float).reshape(-1, 5)
