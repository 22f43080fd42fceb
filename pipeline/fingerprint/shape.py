"""The piece's outline, and a ring's or bangle's band."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.errors import PictureError
from pipeline.fingerprint.model import Band, Ellipse, Point, Silhouette
from pipeline.imaging.view import band_view

# Outlines are kept to a third of a pixel; specks smaller than this are none of the piece's.
TOLERANCE_PX = 0.35
LEAST_AREA_PX = 6.0
PROFILE_STEPS = 180


def silhouette(alpha: np.ndarray) -> Silhouette:
    """The outline of alpha > 0.5 (H, W), its holes apart."""
    contours, tree = cv2.findContours((alpha > 0.5).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outer: list[tuple[Point, ...]] = []
    holes: list[tuple[Point, ...]] = []
    for contour, (_, _, _, parent) in zip(contours, tree[0] if tree is not None else (), strict=True):
        if cv2.contourArea(contour) < LEAST_AREA_PX:
            continue
        ring = cv2.approxPolyDP(contour, TOLERANCE_PX, True)[:, 0]
        (outer if parent < 0 else holes).append(tuple((float(x), float(y)) for x, y in ring))
    return Silhouette(
        outer_px=tuple(outer), holes_px=tuple(holes), area_px=round(float(alpha.sum()), 1), holes=len(holes)
    )


def band(alpha: np.ndarray, mm_per_px: float | None) -> Band | None:
    """The band of a ring or a bangle; None where the matte shows no round one."""
    try:
        view = band_view(alpha > 0.5)
    except PictureError:
        return None
    strip = view.outer - view.inner
    angle = np.arange(len(strip)) * 2 * np.pi / len(strip)
    radius = np.hypot(view.major_px * np.sin(angle), view.minor_px * np.cos(angle))
    width = np.maximum(strip * radius, 0)
    # Where the head stands the strip was filled in: there the profile says nothing.
    spread = np.degrees(angle)
    away = np.abs((spread - view.head_deg + 180) % 360 - 180)
    hidden = away < 180 * min(view.head_share, 0.9) if view.head_share > 0.02 else np.zeros(len(strip), bool)
    width[hidden] = 0
    profile = width[:: len(strip) // PROFILE_STEPS]
    bare = profile[profile > 0]
    median = float(np.median(bare)) if len(bare) else float(view.thickness_px)
    tilt = float(view.tilt_deg)
    across = view.across
    return Band(
        ellipse=Ellipse(
            centre_px=(round(float(view.centre[0]), 2), round(float(view.centre[1]), 2)),
            axes_px=(round(2 * view.major_px, 2), round(2 * view.minor_px, 2)),
            angle_deg=round((float(np.degrees(np.arctan2(across[1], across[0]))) + 90) % 180 - 90, 2),
        ),
        tilt_deg=round(tilt, 2),
        width_px=tuple(round(float(w), 2) for w in profile),
        median_px=round(median, 2),
        median_mm=round(median * mm_per_px, 3) if mm_per_px else None,
        share_bare=round(len(bare) / len(profile), 3),
        confidence=round(float(view.cover) * 0.95, 3),
    )
