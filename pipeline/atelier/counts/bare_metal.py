"""Metal without a stone on it, drawn as relief under studio light: what must not be taken for stones.

Path-traced families hold few kinds of bare metal, and each is polished the same way. Here beads, diamond-cut links, rings,
twisted and braided wires, granulation, filigree and tubes are drawn as heights over the picture's plane, and lit by what a
polished surface would mirror: softboxes, dark cards and a room of no particular kind. A draw takes milliseconds, and no two
are alike. It doesn't look like a photograph to a person; it has what leads the eye astray: edges, glints and repetition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np

# Drawn at twice the crop's pixels and reduced.
OVER = 2
# What a mirrored level becomes in red, green and blue: its powers. Dark gold is deeper in colour, its glints are white.
ALLOYS = np.array(
    [(0.45, 0.8, 1.9), (0.5, 1.0, 2.6), (0.45, 1.0, 1.4), (0.75, 1.3, 1.9), (1, 1, 1.05), (1, 1, 1), (1.6, 1.6, 1.6)]
)
NONE = -1e3
SMALLEST_PX, LARGEST_PX = 3.5, 70.0
# A surface steeper than this is seen edge-on and shown as steep as this.
STEEPEST = 6.0

# Heights (H, W) of one part at (x, y) in its own measure, where it is there.
Part = Callable[[np.ndarray, np.ndarray], np.ndarray]


def bare_metal(side: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A picture (side, side, 3) of bare metal on a ground, encoded, and its coverage (side, side); float32 in 0..1."""
    wide = side * OVER
    height, alloy = np.full((wide, wide), NONE, np.float32), np.zeros((wide, wide), np.uint8)
    kind = rng.random()
    if kind < 0.62:
        for _ in range(int(rng.choice((1, 1, 1, 2, 3)))):
            _strand(height, alloy, rng)
    elif kind < 0.74:
        _granulation(height, alloy, rng)
    elif kind < 0.86:
        wires(height, alloy, rng, int(rng.integers(4, 14)), rng.uniform(1.2, 6.0) * OVER)
    else:
        wires(height, alloy, rng, int(rng.integers(1, 4)), rng.uniform(8, 60) * OVER)
    wrought = rng.random()
    if wrought < 0.22:
        _latticed(height, rng, sawn=wrought < 0.12)
    covered = height > NONE / 2
    return on_ground(polished(height, alloy, rng), covered, side, rng)


def polished(height: np.ndarray, alloy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colours (W, W, 3) of metal of these heights (W, W), NONE where there is none, and alloys (W, W), 0 or 1."""
    covered = height > NONE / 2
    if rng.random() < 0.25:  # hammered or brushed
        height = height + _unevenness(height.shape, rng)
    level = _mirrored(_normals(height, covered), rng) * _sheltered(height, covered, rng)
    powers = ALLOYS[rng.choice(len(ALLOYS), 2)][np.minimum(alloy, 1)] * rng.uniform(0.85, 1.15)
    return np.asarray(np.clip(level, 0.01, 1)[..., None] ** powers, np.float32)


def on_ground(
    colour: np.ndarray, covered: np.ndarray, side: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """What is `covered` (W, W) in its `colour` (W, W, 3) on a ground with its shadow, at `side` pixels: picture, coverage."""
    alpha = cv2.GaussianBlur(covered.astype(np.float32), (0, 0), 0.7)
    grey = float(rng.choice((1.0, 0.96, 0.9, 0.55, 0.12)))
    ground = grey * (1 - rng.uniform(0, 0.35) * cv2.GaussianBlur(alpha, (0, 0), rng.uniform(4, 30)))
    picture = colour * alpha[..., None] + ground[..., None] * (1 - alpha[..., None])
    out = [
        cv2.resize(layer.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA) for layer in (picture, alpha)
    ]
    return np.clip(out[0], 0, 1), out[1]


def _strand(height: np.ndarray, alloy: np.ndarray, rng: np.random.Generator) -> None:
    """Parts one after another along a bent line: beads, links, turns of a rope, plaits."""
    size = OVER * float(np.exp(rng.uniform(np.log(SMALLEST_PX), np.log(LARGEST_PX))))
    kinds = [_part(rng) for _ in range(int(rng.choice((1, 1, 2, 3))))]
    sizes = size * rng.choice((1.0, 1.0, 0.6, 0.4), len(kinds))
    aspects = np.exp(rng.uniform(-0.9, 0.3, len(kinds)))
    leans = rng.choice((0.0, 0.0, 30.0, 50.0, 90.0), len(kinds)) + rng.normal(0, 4, len(kinds))
    plaited, step = rng.random() < 0.2, float(rng.uniform(0.35, 1.15))
    two, facing = rng.random() < 0.2, rng.random() < 0.5
    # Several strands side by side, as in a bundle or a woven band.
    lanes = np.arange(float(rng.choice((1, 1, 1, 1, 3, 5, 8)))) if size < 14 * OVER else np.zeros(1)
    apart = rng.uniform(0.5, 0.9) * size * float(aspects.max())
    at = rng.uniform(0.1, 0.9, 2) * height.shape[0]
    heading, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.5) / height.shape[0]
    along = [*_steps(at, heading, bend, height.shape[0])]
    gone, k = 0.0, 0
    for place, angle in along:
        gone += 1
        own = k % len(kinds)
        if gone < max(step * sizes[own], 2.0):
            continue
        gone = 0.0
        lean = leans[own] * (-1 if plaited and k % 2 else 1)
        turn = angle + np.radians(lean)
        plait = 0.25 * sizes[own] * (1 if k % 2 else -1) if plaited else 0.0
        axes = sizes[own], sizes[own] * aspects[own]
        turn += 0.0 if facing else rng.normal(0, 0.05)
        other = int(two and rng.random() < 0.3)
        for lane in lanes:
            beside = (plait + lane * apart) * np.array([-np.sin(angle), np.cos(angle)])
            raised(height, alloy, place + beside, *axes, turn, kinds[own], other)
        k += 1


def _steps(at: np.ndarray, heading: float, bend: float, side: int) -> Iterator[tuple[np.ndarray, float]]:
    """Places a pixel apart along a circle through `at`, both ways from it, with the heading there, radians."""
    for way in (1, -1):
        place, angle = at.copy(), heading
        for _ in range(side):
            angle += way * bend
            place = place + way * np.array([np.cos(angle), np.sin(angle)])
            if (place < -80).any() or (place > side + 80).any():
                break
            yield place, angle


def _part(rng: np.random.Generator) -> Part:
    kind = rng.random()
    if kind < 0.2:
        return lambda x, y: np.sqrt(np.maximum(1 - x * x - y * y, 0)) - (x * x + y * y > 1) * 1e4
    if kind < 0.32:
        return _grooved(rng)
    if kind < 0.42:
        return _pyramid(rng)
    if kind < 0.68:
        return _cut(rng)
    if kind < 0.9:
        return _ring(rng.uniform(0.12, 0.42))
    level = rng.uniform(0.2, 0.8)
    return lambda x, y: (
        np.minimum(np.minimum(1 - np.abs(x), 1 - np.abs(y)) * 1.5, level) - (np.maximum(np.abs(x), np.abs(y)) > 1) * 1e4
    )


def _cut(rng: np.random.Generator) -> Part:
    """A convex body of flat faces: as many as a diamond-cut bead or as few as a bevelled link."""
    count = int(rng.choice((5, 6, 8, 12, 20, 36)))
    azimuth = 2 * np.pi * (np.arange(count) + rng.uniform(-0.2, 0.2, count)) / count * int(rng.choice((1, 1, 2, 3)))
    rise = rng.uniform(0.05, 1.2, count) if count > 6 else np.full(count, rng.uniform(0.3, 1.2))
    facing = np.stack([np.cos(azimuth) * np.cos(rise), np.sin(azimuth) * np.cos(rise), np.sin(rise)], -1)
    top = rng.uniform(0.45, 0.95)

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        out = np.full(x.shape, top, np.float32)
        for fx, fy, fz in facing:
            np.minimum(out, (1 - fx * x - fy * y) / fz, out=out)
        return np.where((out > 0) & (x * x + y * y < 1.7), out, -1e4)

    return height


def _grooved(rng: np.random.Generator) -> Part:
    """A bead with grooves cut across it, all one way or crossing."""
    often, turn, deep = rng.uniform(4, 16), rng.uniform(0, np.pi), rng.uniform(0.02, 0.1)
    crossing = rng.random() < 0.4

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        body = np.sqrt(np.maximum(1 - x * x - y * y, 0))
        along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        ridges = np.abs(np.sin(often * along)) + (np.abs(np.sin(often * across)) if crossing else 0)
        return np.where(x * x + y * y < 1, np.maximum(body + deep * ridges, 0), -1e4)

    return height


def _pyramid(rng: np.random.Generator) -> Part:
    """A square link with four bevels to a flat or a point, that may stand off the middle, as one sees it from a side."""
    off = rng.uniform(-0.4, 0.4, 2)
    top, steep = rng.uniform(0.3, 1.2), rng.uniform(0.6, 1.5)

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        sides = [(1 - s * x) / (1 - s * off[0]) for s in (-1, 1)] + [(1 - s * y) / (1 - s * off[1]) for s in (-1, 1)]
        level = np.minimum(np.minimum.reduce(sides) * steep, top)
        return np.where(np.maximum(np.abs(x), np.abs(y)) < 1, level, -1e4)

    return height


def _ring(thick: float) -> Part:
    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        away = (np.hypot(x, y) - (1 - thick)) / thick
        return np.where(np.abs(away) < 1, thick * np.sqrt(np.maximum(1 - away * away, 0)), -1e4)

    return height


def raised(
    height: np.ndarray,
    alloy: np.ndarray,
    at: np.ndarray,
    long: float,
    short: float,
    turn: float,
    part: Part,
    other: int,
    base: float = 0.0,
) -> None:
    """A part of these full axes stands on what is there, where it is higher. `base`: how high its foot is."""
    reach = int(0.7 * max(long, short)) + 2
    left, top = (int(v) - reach for v in at)
    window = (slice(max(top, 0), max(top + 2 * reach, 0)), slice(max(left, 0), max(left + 2 * reach, 0)))
    there = height[window]
    if not there.size:
        return
    ys, xs = np.mgrid[: there.shape[0], : there.shape[1]].astype(np.float32)
    dx, dy = xs + window[1].start - at[0], ys + window[0].start - at[1]
    x, y = (dx * np.cos(turn) + dy * np.sin(turn)) * 2 / long, (dy * np.cos(turn) - dx * np.sin(turn)) * 2 / short
    own = part(x, y)
    risen = np.where(own >= 0, base + own * 0.5 * min(long, short), NONE)
    higher = risen > there
    there[higher] = risen[higher]
    alloy[window][higher] = other


def _granulation(height: np.ndarray, alloy: np.ndarray, rng: np.random.Generator) -> None:
    """A field of parts alike, in a lattice, as beads on a plate or a mesh."""
    side = height.shape[0]
    size = OVER * float(np.exp(rng.uniform(np.log(SMALLEST_PX), np.log(28))))
    part, turn, aspect = _part(rng), rng.uniform(0, np.pi), rng.uniform(0.6, 1.0)
    gap = size * rng.uniform(0.9, 1.6)
    plate = rng.random() < 0.6
    middle, reach = rng.uniform(0.2, 0.8, 2) * side, rng.uniform(0.2, 0.8) * side
    ys, xs = np.mgrid[:side, :side].astype(np.float32)
    if plate:
        height[np.hypot(xs - middle[0], ys - middle[1]) < reach] = 0
    count = int(side / gap) + 2
    for row in range(-count, count):
        for column in range(-count, count):
            u, v = (column + 0.5 * (row % 2)) * gap, row * gap * 0.87
            at = middle + np.array([u * np.cos(turn) - v * np.sin(turn), u * np.sin(turn) + v * np.cos(turn)])
            if np.hypot(*(at - middle)) < reach - size / 2 and (at > -size).all() and (at < side + size).all():
                raised(height, alloy, at, size, size * aspect, turn, part, 0)


def wires(height: np.ndarray, alloy: np.ndarray, rng: np.random.Generator, count: int, thick: float) -> None:
    """Round wires or tubes along curves of changing bend: scrolls when thin and many, bands when thick."""
    side = height.shape[0]
    for _ in range(count):
        place, heading = rng.uniform(0, 1, 2) * side, rng.uniform(0, 2 * np.pi)
        bend, change = rng.normal(0, 4 / side), rng.normal(0, 0.03 / side)
        points = []
        for k in range(int(side * rng.uniform(0.4, 1.5))):
            heading += bend + change * k
            place = place + np.array([np.cos(heading), np.sin(heading)])
            points.append(place)
        line = np.ones(height.shape, np.uint8)
        cv2.polylines(line, [np.rint(np.array(points) * 16).astype(np.int32)], False, (0,), 1, shift=4)
        away = cv2.distanceTransform(line, cv2.DIST_L2, 5)
        radius = 0.5 * thick * rng.uniform(0.7, 1.3)
        flat = float(rng.choice((0.2, 1.0)))
        arch = np.sqrt(np.maximum(radius**2 - np.minimum(away, radius) ** 2, 0))
        risen = np.where(away < radius, flat * arch, NONE)
        higher = risen > height
        height[higher] = risen[higher]
        alloy[higher] = int(rng.random() < 0.15)


def _latticed(height: np.ndarray, rng: np.random.Generator, *, sawn: bool) -> None:
    """A lattice over what is there: holes sawn through it, their edges bevelled, or a weave's bumps."""
    gap, turn = OVER * (rng.uniform(4, 16) if sawn else rng.uniform(2, 8)), rng.uniform(0, np.pi)
    ys, xs = np.mgrid[: height.shape[0], : height.shape[1]].astype(np.float32) / gap
    u, v = xs * np.cos(turn) + ys * np.sin(turn), ys * np.cos(turn) - xs * np.sin(turn)
    third = np.cos(2 * np.pi * (0.5 * u + 0.87 * v)) if rng.random() < 0.5 else 0.0
    waves = np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v) + third
    covered = height > NONE / 2
    if not sawn:
        height += rng.uniform(0.03, 0.15) * gap * waves * covered
        return
    edge = rng.uniform(0.2, 1.0)
    height -= np.clip((waves - edge + 0.4) / 0.4, 0, 1) * 0.15 * gap * covered
    height[waves > edge] = NONE


def _unevenness(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    scale = rng.uniform(1.5, 12)
    noise = cv2.GaussianBlur(
        rng.normal(0, 1, shape).astype(np.float32), (0, 0), scale, sigmaY=scale * rng.uniform(0.3, 1)
    )
    return np.asarray(noise / noise.std() * scale * rng.uniform(0.03, 0.25), np.float32)


def _normals(height: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """(H, W, 3) of unit length, from the heights' slope; where a part ends it is steep."""
    lowest = float(height[covered].min()) if covered.any() else 0.0
    dy, dx = np.gradient(np.where(covered, height, lowest))
    steep = np.hypot(dx, dy)
    held = np.minimum(steep, STEEPEST) / np.maximum(steep, 1e-6)
    normal = np.stack([-dx * held, -dy * held, np.ones_like(dx)], -1)
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True), np.float32)


def _mirrored(normal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The level (H, W) that a polished surface mirrors: softboxes and cards about it, and a room between."""
    side = normal.shape[0]
    ray = 2 * normal[..., 2:] * normal
    ray[..., 2] -= 1
    across = np.linspace(-1, 1, side, dtype=np.float32)
    near = rng.uniform(0, 0.35)  # lamps that stand near are mirrored elsewhere from place to place
    ray[..., 0] += near * across[None]
    ray[..., 1] += near * across[:, None]
    level = rng.uniform(0.35, 0.85) + rng.uniform(-0.35, 0.35) * ray @ _direction(rng)
    for _ in range(3):
        level += rng.uniform(0.0, 0.12) * np.sin(ray @ _direction(rng) * rng.uniform(2, 9) + rng.uniform(0, 6.3))
    soft = rng.uniform(0.02, 0.25)
    for _ in range(int(rng.integers(2, 8))):
        lamp, edge = _direction(rng), rng.uniform(0.3, 0.97)
        within = np.clip((ray @ lamp - edge) / soft + 0.5, 0, 1)
        level += (rng.uniform(0.3, 1.0) if rng.random() < 0.6 else -rng.uniform(0.2, 0.6)) * within
    return np.asarray(level, np.float32)


def _direction(rng: np.random.Generator) -> np.ndarray:
    d = rng.normal(0, 1, 3)
    return np.asarray(d / np.linalg.norm(d), np.float32)


def _sheltered(height: np.ndarray, covered: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How much light (H, W) reaches a place between what rises about it, 0..1."""
    level = np.where(covered, height, 0)
    reach = rng.uniform(3, 14)
    pit = np.maximum(cv2.GaussianBlur(level.astype(np.float32), (0, 0), reach) - level, 0) / reach
    return np.asarray(np.clip(1 - rng.uniform(0.3, 2.0) * pit, 0.05, 1), np.float32)
