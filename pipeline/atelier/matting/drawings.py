"""Pieces drawn by formula for the matte to learn forms from that no family has: wires, links, beads, panels of enamel.

Drawn at three times the size and averaged, so coverage is exact. Each seed is one drawing, the same always.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.imaging.colour import srgb_to_linear

SIZE_PX = 448
OVERSAMPLED = 3
METALS = ((0.90, 0.68, 0.32), (0.88, 0.62, 0.50), (0.80, 0.80, 0.82), (0.95, 0.95, 0.95), (0.25, 0.25, 0.27))


@dataclass(frozen=True)
class Drawing:
    """`rgb` (H, W, 3) linear, the piece's own colour; `alpha` (H, W) its coverage; `gems` (H, W) 1 on stones, enamel, pearls."""

    rgb: np.ndarray
    alpha: np.ndarray
    gems: np.ndarray


class _Board:
    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng((31, seed))
        self.n = SIZE_PX * OVERSAMPLED
        self.rgb = np.zeros((self.n, self.n, 3), np.float32)
        self.alpha = np.zeros((self.n, self.n), np.float32)
        self.gems = np.zeros((self.n, self.n), np.uint8)
        self.metal = np.array(METALS[self.rng.integers(len(METALS))], np.float32)

    def fill(self, mask: np.ndarray, shade: np.ndarray, colour: np.ndarray, gem: bool = False) -> None:
        """`mask` painted with `colour` at `shade` 0..1 of its lightness, in sRGB."""
        self.rgb[mask] = srgb_to_linear(np.clip(shade[mask][:, None] * colour, 0, 1))
        self.alpha[mask] = 1
        self.gems[mask] = gem

    def mask(self) -> np.ndarray:
        return np.zeros((self.n, self.n), np.uint8)

    def bands(self) -> np.ndarray:
        """Light and dark stripes, as polished metal mirrors its room: (n, n) 0..1."""
        y, x = np.mgrid[0 : self.n, 0 : self.n].astype(np.float32) / self.n
        a, b, phase = *self.rng.uniform(-14, 14, 2), self.rng.uniform(0, 6)
        wave = np.sin(a * x + b * y + phase) * self.rng.uniform(0.2, 0.6) + self.rng.uniform(0.45, 0.95)
        return np.clip(wave + 0.3 * np.sin(3 * (b * x - a * y)), 0.05, 1).astype(np.float32)

    def wire(self, points: np.ndarray, half_width: float, closed: bool) -> None:
        mask = self.mask()
        line = np.rint(points * 8).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(mask, [line], closed, [1], max(1, round(2 * half_width)), cv2.LINE_8, 3)
        depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5) / half_width
        self.fill(
            mask > 0, np.clip(0.35 + 0.75 * depth, 0, 1.1) if self.rng.random() < 0.6 else self.bands(), self.metal
        )

    def ellipse(self, centre: np.ndarray, radii: np.ndarray, turn_deg: float) -> np.ndarray:
        mask = self.mask()
        cv2.ellipse(
            mask, np.rint(centre).astype(int).tolist(), np.rint(radii).astype(int).tolist(), turn_deg, 0, 360, [1], -1
        )
        return mask > 0

    def stone(self, centre: np.ndarray, radius: float) -> None:
        """A faceted stone, or as often a smooth one: enamel, pearl, of one colour."""
        mask = self.ellipse(centre, radius * self.rng.uniform(0.6, 1, 2), self.rng.uniform(0, 180))
        colour = np.ones(3) if self.rng.random() < 0.6 else self.rng.uniform(0, 1, 3)
        ys, xs = np.nonzero(mask)
        shade = np.zeros((self.n, self.n), np.float32)
        if self.rng.random() < 0.55:
            seeds = self.rng.uniform(-radius, radius, (30, 2)) + centre
            facet = np.argmin([(xs - px) ** 2 + (ys - py) ** 2 for px, py in seeds], axis=0)
            shade[ys, xs] = self.rng.uniform(0.2, 1.05, 30)[facet]
        else:
            light = centre + self.rng.uniform(-0.5, 0.5, 2) * radius
            away = np.hypot(xs - light[0], ys - light[1]) / radius
            shade[ys, xs] = np.clip(1.05 - self.rng.uniform(0, 0.5) * away**2, 0, 1.05) * self.rng.choice((0.1, 0.9, 1))
        self.fill(mask, shade, colour, gem=True)

    def enamel(self, mask: np.ndarray, colour: np.ndarray) -> None:
        """`mask` filled as enamel fills its cell: of one colour, hardly shaded, faintly glossy."""
        y, x = np.mgrid[-0.5 : 0.5 : self.n * 1j, -0.5 : 0.5 : self.n * 1j].astype(np.float32)
        a, b, phase = *self.rng.normal(0, 0.12, 2), self.rng.uniform(0, 6)
        gloss = np.sin(9 * x - 7 * y + phase) * self.rng.choice((0.0, 0.01, 0.04))
        self.fill(mask, np.clip(1 - self.rng.uniform(0, 0.08) + a * x + b * y + gloss, 0.3, 1.05), colour, gem=True)

    def bead(self, centre: np.ndarray, radius: float, colour: np.ndarray, light: np.ndarray) -> None:
        """A pearl or a ball: shaded as a sphere in a soft room, with a highlight towards `light` (of a bead's radius) and a
        rim that is as light as the ground beside it or dark."""
        mask = self.ellipse(centre, np.full(2, radius), 0)
        ys, xs = np.nonzero(mask)
        away = np.minimum(np.hypot(xs - centre[0], ys - centre[1]) / radius, 1)
        off = np.hypot(xs - centre[0] - light[0] * radius, ys - centre[1] - light[1] * radius) / radius
        rim = np.clip((away - 0.85) / 0.15, 0, 1) * self.rng.choice((-0.3, -0.15, 0.1, 0.2))
        glint = self.rng.uniform(0.1, 0.5) * np.exp(-((off / self.rng.uniform(0.08, 0.3)) ** 2))
        shade = np.zeros((self.n, self.n), np.float32)
        shade[ys, xs] = 1.0 - self.rng.uniform(0.1, 0.5) * (off / 2) ** 2 + rim + glint
        self.fill(mask, np.clip(shade, 0.03, 1.1), colour, gem=True)


def drawing(seed: int) -> Drawing:
    """The drawing of this seed."""
    board = _Board(seed)
    draw = FORMS[seed % len(FORMS)]
    draw(board)
    size = (SIZE_PX, SIZE_PX)
    alpha = cv2.resize(board.alpha, size, interpolation=cv2.INTER_AREA)
    rgb = cv2.resize(board.rgb * board.alpha[..., None], size, interpolation=cv2.INTER_AREA)
    gems = cv2.resize(board.gems, size, interpolation=cv2.INTER_NEAREST)
    return Drawing(rgb / np.maximum(alpha, 1e-6)[..., None], alpha, gems)


def _loop(board: _Board) -> None:
    """Hoops and rings seen at a slant, some with stones."""
    n, rng = board.n, board.rng
    for _ in range(int(rng.integers(1, 3))):
        centre, radii = n * rng.uniform(0.35, 0.65, 2), n * rng.uniform(0.12, 0.33, 2)
        t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
        board.wire(centre + np.stack([np.cos(t), np.sin(t)], 1) * radii, n * rng.uniform(0.004, 0.02), True)
        if rng.random() < 0.6:
            k = rng.uniform(0, 2 * np.pi)
            board.stone(centre + radii * (np.cos(k), np.sin(k)), n * rng.uniform(0.03, 0.09))


def _chain(board: _Board) -> None:
    """A row of round or long links along a curve; between them, and in them, is ground."""
    n, rng = board.n, board.rng
    count, radius = int(rng.integers(14, 40)), n * rng.uniform(0.012, 0.028)
    bend, tilt = rng.uniform(-0.4, 0.4), rng.uniform(0, np.pi)
    along = np.linspace(-0.42, 0.42, count)
    path = np.stack([along, bend * (along**2 * 4 - 0.3)], 1) @ np.array(
        [[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]]
    )
    wire = radius * rng.uniform(0.2, 0.42)
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    for k, place in enumerate(path * n + n / 2):
        turn, long = (tilt if k % 2 else tilt + 0.5), rng.uniform(1.0, 1.1)
        circle = np.stack([np.cos(t) * radius * 1.35 * long, np.sin(t) * radius * (0.95 if k % 2 else 0.6)], 1)
        board.wire(place + circle @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]), wire, True)


def _cluster(board: _Board) -> None:
    """Stones and beads close together, slits of ground between them, held by claws."""
    n, rng = board.n, board.rng
    radius = n * rng.uniform(0.035, 0.09)
    for place in rng.uniform(-2.4, 2.4, (int(rng.integers(5, 16)), 2)) * radius * 1.3 + n / 2:
        board.stone(place, radius)
        for angle in rng.uniform(0, 2 * np.pi, 4):
            claw = place + radius * 0.85 * np.array([np.cos(angle), np.sin(angle)])
            mask = board.ellipse(claw, np.full(2, radius * rng.uniform(0.12, 0.22)), 0)
            board.fill(mask, np.full((n, n), rng.uniform(0.6, 1.05), np.float32), board.metal)


def _filigree(board: _Board) -> None:
    """Scrolls of wire that enclose ground, with beads and cells of enamel."""
    n, rng = board.n, board.rng
    for _ in range(int(rng.integers(5, 11))):
        centre = n * rng.uniform(0.25, 0.75, 2)
        t = np.linspace(0, rng.uniform(2, 11), 140)
        size = n * rng.uniform(0.04, 0.16) * np.linspace(1, rng.uniform(0.1, 1.0), 140)
        board.wire(centre + np.stack([np.cos(t), np.sin(t)], 1) * size[:, None], n * rng.uniform(0.003, 0.009), False)
        if rng.random() < 0.5:
            board.stone(centre, n * rng.uniform(0.01, 0.04))


def _band(board: _Board) -> None:
    """A broad polished band or plate with openings cut through it: silver and white gold take their ground's own tones."""
    n, rng = board.n, board.rng
    centre, radii, turn = n * rng.uniform(0.42, 0.58, 2), n * rng.uniform(0.2, 0.38, 2), rng.uniform(0, 180)
    outer = board.ellipse(centre, radii, turn)
    inner = board.ellipse(centre + rng.uniform(-0.05, 0.05, 2) * n, radii * rng.uniform(0.55, 0.88, 2), turn)
    for _ in range(int(rng.integers(0, 8))):
        inner |= board.ellipse(centre + rng.normal(0, 0.5, 2) * radii, n * rng.uniform(0.006, 0.04, 2), turn)
    board.fill(outer & ~inner, board.bands(), board.metal)
    for _ in range(int(rng.integers(0, 5))):
        board.stone(centre + rng.normal(0, 0.6, 2) * radii, n * rng.uniform(0.02, 0.07))


def _cells(board: _Board) -> None:
    """Cells of wire as in enamelled flowers, leaves and scales: some are filled, some open, and only their tones tell which."""
    n, rng = board.n, board.rng
    white = rng.random() < 0.6
    colour = np.full(3, rng.uniform(0.9, 1.0)) - rng.uniform(0, 0.05, 3) if white else rng.uniform(0.05, 1, 3)
    filled = float(rng.choice((0.3, 0.6, 1.0)))
    wire = n * rng.uniform(0.0025, 0.006)
    t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    for centre in rng.uniform(0.3, 0.7, (int(rng.integers(1, 4)), 2)) * n:
        petals, long = int(rng.integers(4, 10)), n * rng.uniform(0.05, 0.13)
        wide = long * rng.uniform(0.25, 0.6)
        for angle in rng.uniform(0, 6) + np.arange(petals) * 2 * np.pi / petals:
            turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
            outline = centre + (np.stack([(1 + np.cos(t)) * long, np.sin(t) * wide], 1) + (0.2 * long, 0)) @ turn
            if rng.random() < filled:
                mask = board.mask()
                cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], [1])
                board.enamel(mask > 0, colour)
            board.wire(outline, wire, True)
        board.stone(centre, long * rng.uniform(0.2, 0.5))


def _medallion(board: _Board) -> None:
    """A plate divided by wires into cells that are all filled: what is white or pale in it is enamel, however flat it lies."""
    n, rng = board.n, board.rng
    for centre in n * rng.uniform(0.35, 0.65, (int(rng.integers(1, 3)), 2)):
        radii, turn, arms = n * rng.uniform(0.1, 0.3, 2), rng.uniform(0, 180), int(rng.integers(2, 11))
        mask = board.ellipse(centre, radii, turn)
        ys, xs = np.nonzero(mask)
        a = np.radians(turn)
        u = ((xs - centre[0]) * np.cos(a) + (ys - centre[1]) * np.sin(a)) / radii[0]
        v = ((ys - centre[1]) * np.cos(a) - (xs - centre[0]) * np.sin(a)) / radii[1]
        away = np.hypot(u, v)
        around = (np.arctan2(v, u) / (2 * np.pi) * arms + rng.uniform(-1, 1) * 2 * away) % arms
        inner = away < rng.uniform(0.3, 0.6)
        colours = [
            np.full(3, rng.uniform(0.88, 1.0)) - rng.uniform(0, 0.04, 3)
            if rng.random() < 0.5
            else rng.uniform(0.1, 1, 3)
            for _ in range(3)
        ]
        for k in range(arms + 1):
            cell = board.mask()
            held = inner if k == arms else ~inner & (around.astype(int) == k)
            cell[ys[held], xs[held]] = 1
            board.enamel(cell > 0, colours[2 if k == arms else k % 2])
        wire = rng.uniform(0.012, 0.04)
        metal = board.mask()
        walls = (np.abs(around - np.rint(around)) * away * 2 * np.pi / arms < wire) & ~inner
        walls |= (away > 1 - 2 * wire) | (np.abs(away - away[inner].max()) < wire)
        metal[ys[walls], xs[walls]] = 1
        board.fill(metal > 0, board.bands(), board.metal)
        if rng.random() < 0.6:
            board.stone(centre, float(radii.min()) * rng.uniform(0.1, 0.3))


def _beads(board: _Board) -> None:
    """Pearls and balls: a strand of them, or a few large ones that hang from caps and wires."""
    n, rng = board.n, board.rng
    light = rng.uniform(-0.5, 0.5, 2)
    colour = np.clip(rng.uniform(0.82, 1.0) - np.array([0, 0.04, 0.1]) * rng.uniform(0, 1.6), 0, 1)
    if rng.random() < 0.25:
        colour = rng.uniform(0.1, 1, 3)
    if rng.random() < 0.5:
        count, bend, tilt = int(rng.integers(9, 26)), rng.uniform(-0.5, 0.5), rng.uniform(0, np.pi)
        along = np.linspace(-0.4, 0.4, count)
        turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
        path = n * (0.5 + np.stack([along, bend * (along**2 * 4 - 0.3)], 1) @ turn)
        board.wire(path, n * 0.003, False)
        radius = float(np.hypot(*(path[1] - path[0]))) / 2 * rng.uniform(0.7, 1.05)
        for place in path:
            board.bead(place, radius, colour, light)
        return
    for _ in range(int(rng.integers(1, 4))):
        place, radius = n * rng.uniform(0.25, 0.75, 2), n * rng.uniform(0.05, 0.15)
        board.wire(np.stack([place, place - (0, radius * rng.uniform(1.3, 2.5))]), n * rng.uniform(0.004, 0.01), False)
        board.bead(place, radius, colour, light)
        cap = board.ellipse(place - (0, radius * 0.97), radius * rng.uniform(0.15, 0.45, 2), 0)
        board.fill(cap, board.bands(), board.metal)


FORMS = (_loop, _chain, _cluster, _filigree, _band, _cells, _beads, _medallion)
