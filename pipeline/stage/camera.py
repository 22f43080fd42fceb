"""A pinhole camera with a true millimetre scale, and its thin lens.

World: x right and y away for a camera in front, z up, in mm. Camera space: x right, y up, z towards the camera.
Picture: pixels from the top left, the first pixel's centre at (0, 0).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FULL_FRAME_LONG_SIDE_MM = 36.0
# The aperture is meant for a picture this tall; closer up it is stopped down in proportion, as macro work is.
APERTURE_FRAME_MM = 420.0


@dataclass(frozen=True)
class PinholeCamera:
    """`origin` (3,) mm; `rotation` (3, 3), rows right, up and back in the world; `focal_px`; principal point and size in px.

    `focus_mm` is the distance of the focal plane along the axis, `lens_radius_mm` the entrance pupil's radius
    (0 for a pinhole).
    """

    origin: np.ndarray
    rotation: np.ndarray
    focal_px: float
    centre_px: tuple[float, float]
    size_px: tuple[int, int]
    focus_mm: float
    lens_radius_mm: float = 0.0

    @property
    def px_per_mm(self) -> float:
        """The picture's scale in the focal plane."""
        return self.focal_px / self.focus_mm

    def seen(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) in camera space (..., 3), mm."""
        return (points - self.origin) @ self.rotation.T

    def project(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) to pixels (..., 2)."""
        at = self.seen(points)
        scale = self.focal_px / -at[..., 2]
        return np.stack([self.centre_px[0] + at[..., 0] * scale, self.centre_px[1] - at[..., 1] * scale], -1)

    def directions(self, pixels: np.ndarray) -> np.ndarray:
        """Unit world directions (..., 3) of the rays through pixels (..., 2)."""
        x = (pixels[..., 0] - self.centre_px[0]) / self.focal_px
        y = -(pixels[..., 1] - self.centre_px[1]) / self.focal_px
        ray = np.stack([x, y, -np.ones_like(x)], -1) @ self.rotation
        return ray / np.linalg.norm(ray, axis=-1, keepdims=True)

    def unproject(self, pixels: np.ndarray, depth_mm: np.ndarray | float) -> np.ndarray:
        """World points (..., 3) on the rays through pixels (..., 2) at this depth along the axis."""
        x = (pixels[..., 0] - self.centre_px[0]) / self.focal_px * depth_mm
        y = -(pixels[..., 1] - self.centre_px[1]) / self.focal_px * depth_mm
        return np.stack([x, y, -np.broadcast_to(depth_mm, x.shape)], -1) @ self.rotation + self.origin

    def matrix(self) -> np.ndarray:
        """The projection (3, 4): homogeneous world mm to homogeneous pixels."""
        K = np.array([[self.focal_px, 0, -self.centre_px[0]], [0, -self.focal_px, -self.centre_px[1]], [0, 0, -1.0]])
        return K @ np.hstack([self.rotation, (-self.rotation @ self.origin)[:, None]])


def camera_on(
    target: np.ndarray,
    *,
    azimuth_deg: float,
    elevation_deg: float,
    focal_length_mm: float,
    px_per_mm: float,
    size_px: tuple[int, int],
    target_px: tuple[float, float],
    f_number: float = 0.0,
) -> PinholeCamera:
    """The camera that sees the world point `target` at pixel `target_px` and draws `px_per_mm` in its plane.

    Azimuth 0 stands in front (at -y), positive to the camera's right; the distance follows from the focal length on a
    full-frame sensor whose long side is the picture's. `f_number` 0 is a pinhole. The camera looks level at the
    target and the picture is shifted, as with a shift lens, so that moving the piece in the frame turns nothing.
    """
    a, e = np.radians(azimuth_deg), np.radians(elevation_deg)
    back = np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])
    right = np.array([np.cos(a), np.sin(a), 0.0])
    up = np.cross(back, right)
    stopped_down = min(max(size_px) / px_per_mm / APERTURE_FRAME_MM, 1.0)
    focal_px = focal_length_mm / FULL_FRAME_LONG_SIDE_MM * max(size_px)
    distance = focal_px / px_per_mm
    return PinholeCamera(
        origin=np.asarray(target, float) + back * distance,
        rotation=np.stack([right, up, back]),
        focal_px=focal_px,
        centre_px=target_px,
        size_px=size_px,
        focus_mm=distance,
        lens_radius_mm=focal_length_mm / f_number / 2 * stopped_down if f_number else 0.0,
    )
