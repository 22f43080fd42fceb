"""Maps and chains drawn for the fingerprint's tests, with what they hold known exactly."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.fingerprint.net import CORE


def maps(
    stones: list[tuple[float, float, float, float, float]], shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Stone and core maps (H, W), as the network would give them, of ellipses (x, y, longer, shorter, angle)."""
    body, core = (np.zeros(shape, np.float32) for _ in range(2))
    for x, y, long, short, angle in stones:
        for layer, size in ((body, 1.0), (core, CORE)):
            fine = np.zeros((shape[0] * 8, shape[1] * 8), np.uint8)
            middle = ((x + 0.5) * 8 - 0.5, (y + 0.5) * 8 - 0.5)
            cv2.ellipse(fine, (middle, (long * size * 8, short * size * 8), angle), (255,), -1)
            layer[:] = np.maximum(layer, cv2.resize(fine, shape[::-1], interpolation=cv2.INTER_AREA) / 255)
    return cv2.GaussianBlur(body, (0, 0), 0.8), cv2.GaussianBlur(core, (0, 0), 0.8)


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
