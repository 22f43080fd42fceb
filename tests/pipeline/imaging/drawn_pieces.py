"""Pieces drawn by formula with exact coverage, on grounds and over shadows of any kind: ground truth for the matte's tests.

Drawn at three times the size and averaged, in linear light. They are no jewelry to look at; they have what makes a matte hard:
a band's hole, links two pixels apart, blown facets in white stones, wires, and round edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.imaging.photo import Photo

OVERSAMPLED = 3
GOLD, DARK_GOLD, SILVER = (0.90, 0.68, 0.32), (0.52, 0.33, 0.10), (0.62, 0.63, 0.65)
GROUNDS = {
    "white": (1.0,) * 3,
    "off-white": (0.969,) * 3,
    "grey": (0.6,) * 3,
    "blush": (0.90, 0.78, 0.75),
    "black": (0.04,) * 3,
}


@dataclass(frozen=True)
class Drawn:
    """`rgb` linear (H, W, 3) of the piece's own colour, `alpha` (H, W) exact coverage."""

    rgb: np.ndarray
    alpha: np.ndarray


class _Sheet:
    def __init__(self, size: int) -> None:
        n = size * OVERSAMPLED
        self.y, self.x = (np.mgrid[0:n, 0:n].astype(np.float32) + 0.5) / n
        self.rgb = np.zeros((n, n, 3), np.float32)
        self.alpha = np.zeros((n, n), np.float32)

    def paint(self, mask: np.ndarray, colour: np.ndarray, part: tuple = (slice(None), slice(None))) -> None:
        self.rgb[part][mask] = colour[mask]
        self.alpha[part][mask] = 1

    def metal(
        self, mask: np.ndarray, light: np.ndarray, bright: tuple, dark: tuple, part: tuple = (slice(None), slice(None))
    ) -> None:
        mix = np.clip(light, 0, 1)[..., None]
        self.paint(mask, srgb_to_linear(np.array(dark) * (1 - mix) + np.array(bright) * mix), part)

    def around(self, cx: float, cy: float, radius: float) -> tuple[slice, slice]:
        """The part of the sheet that a disc can touch."""
        n = self.x.shape[0]
        rows = slice(max(0, int((cy - radius) * n) - 1), int((cy + radius) * n) + 2)
        return rows, slice(max(0, int((cx - radius) * n) - 1), int((cx + radius) * n) + 2)

    def wire(self, cx: float, cy: float, radius: float, half_width: float) -> None:
        """A round gold link; `radius` 0 makes a bead of it."""
        part = self.around(cx, cy, radius + half_width)
        off = np.abs(np.hypot(self.x[part] - cx, self.y[part] - cy) - radius)
        self.metal(off < half_width, 1 - off / half_width, GOLD, DARK_GOLD, part)

    def stone(self, cx: float, cy: float, radius: float, seed: int) -> None:
        """A round white stone: facets of uneven greys, up to blown white, in a thin grey girdle."""
        part = self.around(cx, cy, radius)
        x, y = self.x[part], self.y[part]
        rng = np.random.default_rng(seed)
        points = rng.uniform(-radius, radius, (40, 2)) + (cx, cy)
        facet = np.argmin([(x - px) ** 2 + (y - py) ** 2 for px, py in points], axis=0)
        grey = rng.choice([0.45, 0.62, 0.75, 0.85, 0.93, 1.0], 40)[facet]
        r = np.hypot(x - cx, y - cy)
        grey = np.where(r > 0.93 * radius, 0.55, grey)
        self.paint(r < radius, srgb_to_linear(np.repeat(grey[..., None], 3, axis=2)), part)

    def done(self) -> Drawn:
        size = (self.x.shape[1] // OVERSAMPLED,) * 2
        alpha = cv2.resize(self.alpha, size, interpolation=cv2.INTER_AREA)
        rgb = cv2.resize(self.rgb * self.alpha[..., None], size, interpolation=cv2.INTER_AREA)
        return Drawn(rgb / np.maximum(alpha, 1e-6)[..., None], alpha)


@cache
def ring(size: int = 640, metal: str = "gold") -> Drawn:
    """An elliptic band with its hole, and a cluster of seven white stones with prongs."""
    sheet = _Sheet(size)
    bright, dark = (GOLD, DARK_GOLD) if metal == "gold" else ((0.9, 0.9, 0.92), (0.25, 0.26, 0.28))
    u, v = (sheet.x - 0.5) / 0.40, (sheet.y - 0.45) / 0.22
    r = np.hypot(u, v)
    sheet.metal((r < 1) & (np.hypot(u / 0.9, v / 0.86) > 1), 0.5 + 0.5 * np.sin(5 * u + 3 * v), bright, dark)
    centre = (0.5, 0.66)
    sheet.metal(np.hypot(sheet.x - centre[0], sheet.y - centre[1]) < 0.07, sheet.y * 0 + 0.4, bright, dark)
    sheet.stone(*centre, 0.045, seed=1)
    for k in range(6):
        angle = k * np.pi / 3
        x, y = centre[0] + 0.088 * np.cos(angle), centre[1] + 0.088 * np.sin(angle)
        sheet.stone(x, y, 0.042, seed=2 + k)
        angle += np.pi / 6
        x, y = centre[0] + 0.07 * np.cos(angle), centre[1] + 0.07 * np.sin(angle)
        r = np.hypot(sheet.x - x, sheet.y - y)
        sheet.metal(r < 0.014, 1 - r / 0.014, bright, dark)
    return sheet.done()


@cache
def chain(size: int = 640) -> Drawn:
    """A closed loop of round wire links, each with its hole, hung with a rhombus."""
    sheet = _Sheet(size)
    for k in range(40):
        angle = 2 * np.pi * k / 40
        x, y = 0.5 + 0.38 * np.cos(angle), 0.45 + 0.36 * np.sin(angle)
        sheet.wire(x, y, 0.022, 0.0065)
    u, v = np.abs(sheet.x - 0.5) / 0.05, np.abs(sheet.y - 0.89) / 0.07
    sheet.metal(u + v < 1, u + v, GOLD, DARK_GOLD)
    return sheet.done()


PIECES = {"ring": ring, "silver ring": lambda: ring(metal="silver"), "chain": chain}


def photograph(
    drawn: Drawn, ground: str = "white", shadow: float = 0.0, vignette: float = 0.0, noise: float = 0.002, seed: int = 0
) -> Photo:
    """`drawn` on a ground of `GROUNDS`, with a soft cast shadow of that depth under it, in 8 bits."""
    height, width = drawn.alpha.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    fall = 1 - vignette * (((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2)
    back = srgb_to_linear(np.array(GROUNDS[ground])) * fall[..., None]
    cast = cv2.GaussianBlur(np.roll(drawn.alpha, (14, 6), axis=(0, 1)), (0, 0), 11)
    back = back * (1 - shadow * cast[..., None])
    mixed = drawn.rgb * drawn.alpha[..., None] + back * (1 - drawn.alpha[..., None])
    encoded = linear_to_srgb(mixed) + np.random.default_rng(seed).normal(0, noise, mixed.shape)
    stored = np.rint(np.clip(encoded, 0, 1) * 255) / 255
    return Photo(srgb_to_linear(stored), None, "0" * 64, width, height, "PNG")
