"""Prongs from the network's maps: the hills of each kind of tip, the stones each touches, and how each stone is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pipeline.fingerprint.model import Prong, Setting, Stone, Tip
from pipeline.fingerprint.net import TIPS, Maps

# A hill this high is a tip.
SURE = 0.45
# Hills are taught as bells whose deviation is this part of the tip's size, and never less than a pixel.
BELL, LEAST_BELL_PX = 0.3, 1.0
# A hill is followed so far, px.
REACH_PX = 48
# Two tips don't stand nearer to each other than this part of the larger one's size.
APART = 0.6
# A tip touches a stone whose outline runs within this part of the tip's size from its middle, or this many pixels.
TOUCHES, TOUCHES_PX = 0.8, 1.5
# A stone is held by metal all round when its pixels say so this surely, and by a kind of tip from this many on.
BEZEL, LEAST_TIPS = 0.6, 2


@dataclass(frozen=True)
class FoundTip:
    """A prong's tip in the working picture's pixels, and how high its hill is."""

    x: float
    y: float
    size: float
    tip: Tip
    peak: float


def find_tips(maps: Maps, scale: float = 1.0) -> list[FoundTip]:
    """The tips that the maps show, the surest first, in pixels of a picture of `scale` times the maps' size."""
    found = []
    height = maps.tips.max(0)
    smooth = cv2.GaussianBlur(height, (0, 0), 0.6)
    hills = (smooth == ndimage.maximum_filter(smooth, 3)) & (smooth > SURE * 0.8)
    for y, x in np.argwhere(hills):
        peak = float(height[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].max())
        if peak < SURE:
            continue
        size, (cx, cy) = _hill(height, int(y), int(x), peak)
        tip = TIPS[int(maps.tips[:, y, x].argmax())]
        found.append(FoundTip((cx + 0.5) * scale - 0.5, (cy + 0.5) * scale - 0.5, size * scale, tip, min(peak, 1.0)))
    return apart(found)


def apart(found: Sequence[FoundTip]) -> list[FoundTip]:
    """Each tip once, the surest first."""
    kept: list[FoundTip] = []
    for tip in sorted(found, key=lambda t: -t.peak):
        if all(np.hypot(tip.x - k.x, tip.y - k.y) > APART * max(tip.size, k.size) for k in kept):
            kept.append(tip)
    return kept


def _hill(height: np.ndarray, y: int, x: int, peak: float) -> tuple[float, tuple[float, float]]:
    """A tip's size from how far its hill falls to half its height, ring by ring, so that a hill beside it adds nothing; and
    its middle."""
    top, left = max(y - REACH_PX, 0), max(x - REACH_PX, 0)
    window = height[top : y + REACH_PX + 1, left : x + REACH_PX + 1]
    ys, xs = np.indices(window.shape)
    ring = np.rint(np.hypot(ys + top - y, xs + left - x)).astype(int).ravel()
    level = np.bincount(ring, window.ravel()) / np.maximum(np.bincount(ring), 1)
    below = np.flatnonzero(level[: REACH_PX + 1] < 0.5 * peak)
    last = int(below[0]) if len(below) else REACH_PX
    fall = float(level[last - 1] - level[last]) if last else 0.0
    radius = last - 1 + (float(level[last - 1] - 0.5 * peak) / fall if fall > 1e-6 else 0.0) if last else 0.0
    deviation = radius / np.sqrt(2 * np.log(2))
    own = (ring.reshape(window.shape) <= max(radius, 1)) & (window > 0.5 * peak)
    weight = window[own]
    middle = (
        float((xs[own] * weight).sum() / weight.sum()) + left,
        float((ys[own] * weight).sum() / weight.sum()) + top,
    )
    return float(max(deviation, LEAST_BELL_PX) / BELL), middle


def touched(at: tuple[float, float], size: float, stones: Sequence[Stone]) -> tuple[str, ...]:
    """The ids of the stones that a tip at this place (photo px) touches, the nearest first."""
    near = []
    for stone in stones:
        away = outline_distance(stone, at)
        if abs(away) <= TOUCHES * size + TOUCHES_PX:
            near.append((abs(away), stone.id))
    return tuple(stone for _, stone in sorted(near))


def outline_distance(stone: Stone, at: tuple[float, float]) -> float:
    """How far (px) a place lies from a stone's outline along the way to its middle; below 0 inside."""
    a = np.radians(stone.outline.angle_deg)
    dx, dy = np.subtract(at, stone.outline.centre_px)
    along, across = dx * np.cos(a) + dy * np.sin(a), dy * np.cos(a) - dx * np.sin(a)
    measure = float(np.hypot(2 * along / stone.outline.axes_px[0], 2 * across / stone.outline.axes_px[1]))
    way = float(np.hypot(dx, dy))
    return way * (1 - 1 / measure) if measure > 1e-6 else -stone.outline.axes_px[1] / 2


def held(stone: Stone, prongs: Sequence[Prong], bezel: float) -> tuple[Setting | None, float]:
    """How a stone is held and how sure that is: by the commonest tip of its prongs, or, where there are none, by metal
    along its edge. `bezel`: how sure its own pixels are of the latter."""
    own = [prong for prong in prongs if stone.id in prong.stones]
    if len(own) >= LEAST_TIPS:
        tips = [prong.tip for prong in own]
        commonest: Tip = max(dict.fromkeys(tips), key=tips.count)
        sure = float(np.mean([p.confidence for p in own if p.tip == commonest])) * tips.count(commonest) / len(tips)
        return commonest, round(sure * (1 - 0.5 * bezel), 3)
    if bezel >= BEZEL:
        return "bezel", round(bezel * (0.5 if own else 1.0), 3)
    return None, 0.0


def holding(prongs: Sequence[Prong], stones: Sequence[Stone]) -> tuple[Prong, ...]:
    """The prongs with the stones that they touch worked out anew, as after a person's corrections."""
    return tuple(p.model_copy(update={"stones": touched(p.centre_px, p.size_px, stones)}) for p in prongs)
