"""An iris: where it lies, and how wide it is, read from its own edge in the picture and not from a model alone.

The model places five points on an eye, to about a twentieth of the iris' width, whatever is there. The width is then
read along rays to the left and right, where no lid covers the edge, at the steepest step from dark to the eye's white.

Source of the landmarks: Ablavatski et al., "Real-time Pupil Tracking from Monocular Video" (2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pipeline.plate.detection import OrientedBox, crop
from pipeline.plate.models import model

# Rays within this of the line through the eye's corners meet no lid.
RAYS_DEG = np.array([-34.0, -26.0, -18.0, -10.0, -3.0, 3.0, 10.0, 18.0, 26.0, 34.0])
# The least step, in sRGB levels 0..1, over the edge's width that is an iris' edge.
LEAST_STEP = 0.06
LEAST_RAYS = 5
# What the model's own width is good to, and the edge's beside half a pixel.
MODEL_ERROR, EDGE_ERROR = 0.09, 0.02
SMALLEST_PX = 4.0


@dataclass(frozen=True)
class Iris:
    """`centre` (2,) in plate pixels, `width_px` along the eye, `error` its relative reading error, `edge` whether both of
    its edges were seen."""

    centre: np.ndarray
    width_px: float
    error: float
    edge: bool

    def scaled(self, by: float) -> Iris:
        return Iris(self.centre * by, self.width_px * by, self.error, self.edge)


def read_iris(srgb: np.ndarray, outer: np.ndarray, inner: np.ndarray, angle: float, mirrored: bool) -> Iris:
    """The iris between an eye's corners (2,) in an sRGB image (H, W, 3) 0..1; `angle` is the face's turn in the picture.

    The model knows one eye; the other is shown to it `mirrored`.
    """
    net = model("iris_landmark")
    box = OrientedBox((outer + inner) / 2, float(np.linalg.norm(outer - inner)) * 2.3, angle)
    image = crop(srgb, box, net.side)
    outputs = net.run(image[:, ::-1] if mirrored else image)
    rim = next(o for o in outputs if o.size == 15).reshape(5, 3)[:, :2].copy()
    if mirrored:
        rim[:, 0] = net.side - rim[:, 0]
    M = box.matrix(net.side)
    rim = rim @ M[:, :2].T + M[:, 2]
    width = float(np.linalg.norm(rim[1] - rim[3]))
    along = (outer - inner) / max(float(np.linalg.norm(outer - inner)), 1e-6)
    seen = _edges(srgb, rim[0], width / 2, along)
    if seen is None:
        return Iris(rim[0], width, float(np.hypot(MODEL_ERROR, 0.7 / max(width, 1.0))), False)
    centre, read, spread = seen
    return Iris(centre, read, float(np.hypot(EDGE_ERROR, max(0.7 / read, spread))), True)


def _edges(
    srgb: np.ndarray, centre: np.ndarray, radius: float, along: np.ndarray
) -> tuple[np.ndarray, float, float] | None:
    """Centre (2,), width and its relative spread from the iris' own edges, or None where they aren't seen on both sides."""
    if radius < SMALLEST_PX:
        return None
    square = np.array([-along[1], along[0]])
    r = np.arange(0.55, 1.5, 0.025) * radius
    found = []
    for side in (-1.0, 1.0):
        reach = []
        for degrees in RAYS_DEG:
            ray = side * along * np.cos(np.radians(degrees)) + square * np.sin(np.radians(degrees))
            level = _levels(srgb, centre[:, None] + ray[:, None] * r)
            smooth = ndimage.gaussian_filter1d(level, 2.0)
            step = np.gradient(smooth) * 4 * np.exp(-0.5 * ((r / radius - 1) / 0.16) ** 2)
            k = int(step.argmax())
            if step[k] > LEAST_STEP and 0 < k < len(r) - 1:
                reach.append(float(r[k]))
        if len(reach) < LEAST_RAYS:
            return None
        found.append((float(np.median(reach)), float(1.48 * np.median(np.abs(np.array(reach) - np.median(reach))))))
    (left, left_off), (right, right_off) = found
    width = left + right
    if abs(np.log(width / (2 * radius))) > 0.22:
        return None
    middle = centre + along * (right - left) / 2
    return middle, width, float(np.hypot(left_off, right_off) / width / np.sqrt(LEAST_RAYS))


def _levels(srgb: np.ndarray, points: np.ndarray) -> np.ndarray:
    """sRGB grey levels (n,) at points (2, n)."""
    xs, ys = points.astype(np.float32)
    seen = cv2.remap(
        np.ascontiguousarray(srgb, np.float32), xs[None], ys[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(seen[0].mean(-1))
