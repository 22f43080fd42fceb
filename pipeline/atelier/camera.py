"""The product camera: a long lens aimed so that the piece sits centred in the frame.

Pixels are counted from the centre of the first pixel at (0, 0), x right and y down, as everywhere in Loupe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class View:
    """Where the camera stands (degrees round the piece and above it), how far, and how much of the frame the piece fills."""

    azimuth_deg: float = 0.0
    elevation_deg: float = 0.0
    distance_mm: float = 600.0
    fill: float = 0.8
    shift_y: float = 0.0  # of the piece in the frame, as a share of its height, up


@dataclass(frozen=True)
class Camera:
    """A pinhole. `axes`: (3, 3) rows right, up, back in world space; `focal_px`; `size`: (width, height) px."""

    origin: np.ndarray
    axes: np.ndarray
    focal_px: float
    size: tuple[int, int]

    def project(self, points: np.ndarray) -> np.ndarray:
        """World points (N, 3) in mm to pixels and depth (N, 3): x, y, mm along the axis."""
        local = (points - self.origin) @ self.axes.T
        depth = -local[:, 2]
        x = self.size[0] / 2 - 0.5 + self.focal_px * local[:, 0] / depth
        y = self.size[1] / 2 - 0.5 - self.focal_px * local[:, 1] / depth
        return np.stack([x, y, depth], -1)

    def sensor(self, mi: Any, size: tuple[int, int], crop: tuple[int, int, int, int], spp: int) -> dict[str, Any]:
        """Mitsuba's sensor at `size` (a multiple of this frame) and `crop` (left, top, right, bottom) of it, box-filtered."""
        _, up, back = self.axes
        return {
            "type": "perspective",
            "to_world": mi.ScalarTransform4f().look_at(
                origin=self.origin.tolist(), target=(self.origin - back * 100).tolist(), up=up.tolist()
            ),
            "fov": float(np.degrees(2 * np.arctan(self.size[0] / 2 / self.focal_px))),
            "fov_axis": "x",
            "near_clip": 1.0,
            "far_clip": 1e5,
            "film": {
                "type": "hdrfilm",
                "width": size[0],
                "height": size[1],
                "crop_offset_x": crop[0],
                "crop_offset_y": crop[1],
                "crop_width": crop[2] - crop[0],
                "crop_height": crop[3] - crop[1],
                "rfilter": {"type": "box"},
                "pixel_format": "rgb",
                "component_format": "float32",
            },
            "sampler": {"type": "independent", "sample_count": spp},
        }


def aimed(view: View, points: np.ndarray, size: tuple[int, int]) -> Camera:
    """The camera of this view whose frame the points (N, 3) fill to `view.fill`, centred."""
    a, e = np.radians([view.azimuth_deg, view.elevation_deg])
    back = np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])
    right = np.array([np.cos(a), 0, -np.sin(a)])
    axes = np.stack([right, np.cross(back, right), back])
    target = (points.max(0) + points.min(0)) / 2
    focal = 1.0
    for _ in range(8):
        camera = Camera(target + back * view.distance_mm, axes, focal, size)
        seen = camera.project(points)[:, :2]
        low, high = seen.min(0), seen.max(0)
        middle = (low + high) / 2 - (np.array(size) / 2 - 0.5)
        mm = view.distance_mm / focal
        target = target + right * middle[0] * mm - axes[1] * (middle[1] + view.shift_y * size[1] * (focal > 1)) * mm
        focal *= view.fill / float(((high - low) / np.array(size)).max())
    return Camera(target + back * view.distance_mm, axes, focal, size)
