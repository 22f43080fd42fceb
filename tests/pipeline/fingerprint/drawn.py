"""Maps and chains drawn for the fingerprint's tests, with what they hold known exactly."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.fingerprint.model import Tip
from pipeline.fingerprint.net import CUTS, MIDDLE_PX, TIPS, Maps


def maps(
    stones: list[tuple[float, float, float, float, float]],
    shape: tuple[int, int],
    tips: list[tuple[float, float, float, Tip]] | None = None,
) -> Maps:
    """Maps (H, W), even sides, as the network would give them of ellipses (x, y, longer, shorter, angle) and tips
    (x, y, size, kind): a pixel belongs to the stone to whose middle it is nearest in that one's measure."""
    ys, xs = np.mgrid[: shape[0], : shape[1]].astype(float)
    measure = np.full((len(stones) + 1, *shape), 1.0)
    for k, (x, y, long, short, angle) in enumerate(stones):
        a = np.radians(angle)
        along, across = (xs - x) * np.cos(a) + (ys - y) * np.sin(a), (ys - y) * np.cos(a) - (xs - x) * np.sin(a)
        measure[k] = np.hypot(2 * along / long, 2 * across / short)
    owner, near = measure.argmin(0), np.clip(1 - measure.min(0), 0, 1)
    ellipse = np.zeros((5, shape[0] // 2, shape[1] // 2), np.float32)
    cell = owner[::2, ::2]
    for k, (x, y, long, short, angle) in enumerate(stones):
        own = cell == k
        size, stretch = np.sqrt(long * short), np.log(long / short)
        ellipse[0][own] = (x - xs[::2, ::2][own] - 0.5) / size
        ellipse[1][own] = (y - ys[::2, ::2][own] - 0.5) / size
        ellipse[2][own] = np.log(size / MIDDLE_PX)
        ellipse[3][own], ellipse[4][own] = (
            stretch * np.cos(2 * np.radians(angle)),
            stretch * np.sin(2 * np.radians(angle)),
        )
    heat = np.zeros((len(TIPS), *shape), np.float32)
    for x, y, size, kind in tips or []:
        hill = np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * max(0.3 * size, 1.0) ** 2))
        layer = heat[TIPS.index(kind)]
        layer[:] = np.maximum(layer, hill)
    cuts = np.zeros((len(CUTS), *cell.shape), np.float32)
    cuts[0] = 1
    body = cv2.GaussianBlur((near > 0).astype(np.float32), (0, 0), 0.6)
    return Maps(body, near.astype(np.float32), heat, ellipse, np.zeros(cell.shape, np.float32), cuts)


def chain(count: int, link_px: float, *, alternating: bool = False, size: int = 520) -> tuple[np.ndarray, np.ndarray]:
    """A closed chain of `count` links round a circle: its alpha and its encoded grey (H, W). Links lean to one side, or to
    one and the other in turn."""
    pitch = 0.72 * link_px
    radius = count * pitch / 2 / np.pi
    scale = 4
    alpha, grey = (np.zeros((size * scale, size * scale), np.uint8) for _ in range(2))
    for k in range(count):
        a = 2 * np.pi * k / count
        lean = (28 if k % 2 else -28) if alternating else 28
        at = (size / 2 + radius * np.array([np.cos(a), np.sin(a)])) * scale
        shape = (tuple(at), (link_px * scale, 0.5 * link_px * scale), np.degrees(a) + 90 + lean)
        cv2.ellipse(alpha, shape, (255,), max(1, round(0.13 * link_px * scale)))
        cv2.ellipse(grey, shape, (90,), max(1, round(0.15 * link_px * scale)))
        cv2.ellipse(grey, shape, (190,), max(1, round(0.06 * link_px * scale)))
    out = [
        cv2.resize(layer, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        for layer in (alpha, grey)
    ]
    return out[0], out[1]
