"""Round bands drawn from their true geometry: a short cylinder seen from an angle, with or without a head."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class DrawnBand:
    """A band's `mask` (H, W) bool with what it was drawn from: `centre` (x, y) and `mean_px`, `inner_px` radii in pixels,
    `tilt_deg` over its plane, `near` (2,) towards the near arc, `head_deg` from the nearest point."""

    mask: np.ndarray
    centre: np.ndarray
    mean_px: float
    inner_px: float
    tilt_deg: float
    near: np.ndarray
    head_deg: float | None


def band(
    tilt_deg: float,
    turn_deg: float = 0.0,
    *,
    outer_px: float = 300.0,
    inner_share: float = 0.88,
    width_share: float = 0.16,
    head_deg: float | None = 0.0,
    head_share: float = 0.3,
    size: int = 800,
) -> DrawnBand:
    """A cylinder of outer radius `outer_px` px, inner `inner_share` and axial width `width_share` of it.

    `turn_deg` 0 has the near arc at the bottom of the picture and turns it clockwise. The head is a ball of radius
    `head_share` on the band's outside; None draws a plain band.
    """
    tilt, turn = np.radians(tilt_deg), np.radians(turn_deg)
    across = np.array([np.cos(turn), np.sin(turn)])
    near = np.array([-np.sin(turn), np.cos(turn)])
    centre = np.array([size / 2 + 7.3, size / 2 - 4.6])
    t = np.linspace(0, 2 * np.pi, 721)

    def seen(radius: float, along: float, angle: np.ndarray) -> np.ndarray:
        # The axis points up and towards the camera: moving along it moves away from the near arc in the picture.
        u = radius * np.sin(angle)
        v = radius * np.cos(angle) * np.sin(tilt) - along * np.cos(tilt)
        return centre + u[:, None] * across + v[:, None] * near

    canvas = np.zeros((size, size), np.uint8)
    half = width_share * outer_px / 2
    for radius in (outer_px, inner_share * outer_px):
        for start in range(0, 720, 4):
            arc = t[start : start + 6]
            quad = np.concatenate([seen(radius, -half, arc), seen(radius, half, arc)[::-1]])
            cv2.fillPoly(canvas, [np.round(quad * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    for along in (-half, half):
        rim = np.concatenate([seen(outer_px, along, t), seen(inner_share * outer_px, along, t)[::-1]])
        cv2.fillPoly(canvas, [np.round(rim * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    if head_deg is not None:
        at = seen(outer_px * 1.05, 0.0, np.radians([head_deg]))[0]
        radius = head_share * outer_px
        cv2.circle(canvas, tuple(np.round(at * 16).astype(int).tolist()), round(radius * 16), 255, -1, cv2.LINE_AA, 4)
    mean = outer_px * (1 + inner_share) / 2
    return DrawnBand(canvas > 127, centre, mean, inner_share * outer_px, tilt_deg, near, head_deg)
