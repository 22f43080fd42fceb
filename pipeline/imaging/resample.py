"""The one resample: from the photo's own pixels to the picture's, every transform composed, in linear light.

A picture pixel asks where it lies in the photo (`Mapping`), the photo is low-passed for the scale it is drawn at, and
read there once with a quintic B-spline. Nothing is resampled twice, nothing is rounded to 8 bits on the way.

Low-pass: Keys' cubic (a = -1/2), stretched to the scale. At scale 1 and above it is the identity, so a piece drawn
one to one keeps its pixels exactly; below, it costs little sharpness and rings little round catchlights, which in
linear light are the places where a sinc draws dark rims.

Sources: Keys, "Cubic convolution interpolation" (1981); Unser, "Splines: a perfect fit for signal and image
processing" (1999); Thévenaz, Blu, Unser, "Interpolation revisited" (2000).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy import ndimage

# Where the scale varies over the piece (a homography), the photo is filtered at steps of this ratio and blended.
LEVEL_RATIO = 1.2
# How far the spline's own footprint reaches, in photo pixels, before its weights are below 1/1000.
SPLINE_REACH_PX = 4.0


@dataclass(frozen=True)
class Mapping:
    """Where each picture pixel lies in the photo.

    - `matrix`: (3, 3) from photo pixels to picture pixels, the first pixel's centre at (0, 0).
    - `shape`: (H, W) of the picture.
    - `drape`: (H, W, 2) photo-pixel offset (x, y) added after the inverse of `matrix`, or None.
    """

    matrix: np.ndarray
    shape: tuple[int, int]
    drape: np.ndarray | None = None

    def photo_xy(self, window: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Photo x and y, float64 (h, w) each, of the picture pixels in `window` (left, top, right, bottom)."""
        left, top, right, bottom = window
        y, x = np.mgrid[top:bottom, left:right].astype(np.float64)
        inverse = np.linalg.inv(np.asarray(self.matrix, np.float64))
        w = inverse[2, 0] * x + inverse[2, 1] * y + inverse[2, 2]
        px = (inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]) / w
        py = (inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]) / w
        if self.drape is not None:
            px = px + self.drape[top:bottom, left:right, 0]
            py = py + self.drape[top:bottom, left:right, 1]
        return px, py

    def of_reduced(self, factor: int) -> Mapping:
        """The same mapping for the photo reduced by `factor` (`reduced_by`): a pixel stands for factor x factor of its."""
        if factor == 1:
            return self
        offset = (factor - 1) / 2
        whole = np.array([[factor, 0, offset], [0, factor, offset], [0, 0, 1.0]])
        return replace(
            self,
            matrix=np.asarray(self.matrix, np.float64) @ whole,
            drape=None if self.drape is None else self.drape / factor,
        )

    def picture_xy(self, photo_xy: np.ndarray) -> np.ndarray:
        """Picture positions (N, 2) of photo positions (N, 2), by `matrix` alone: a drape is not inverted."""
        points = np.column_stack([np.asarray(photo_xy, np.float64), np.ones(len(photo_xy))]) @ np.asarray(self.matrix).T
        return points[:, :2] / points[:, 2:]

    def window(self, box: tuple[int, int, int, int], pad_px: int = 8) -> tuple[int, int, int, int]:
        """The picture window (left, top, right, bottom) that holds a photo `box`, `pad_px` wider, cut to the picture.

        With a drape the window is searched on the picture's own grid, since the drape is known only there. A box that
        lies wholly outside the picture gives an empty window (right == left or bottom == top).
        """
        height, width = self.shape
        if self.drape is not None:
            px, py = self.photo_xy((0, 0, width, height))
            inside = (px >= box[0] - pad_px) & (px < box[2] + pad_px) & (py >= box[1] - pad_px) & (py < box[3] + pad_px)
            if not inside.any():
                return 0, 0, 0, 0
            rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
            found = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
        else:
            corners = np.array([(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])], float)
            xy = self.picture_xy(corners)
            found = np.concatenate([np.floor(xy.min(0)), np.ceil(xy.max(0)) + 1])
        left, top = np.clip(found[:2] - pad_px, 0, (width, height)).astype(int)
        right, bottom = np.clip(found[2:] + pad_px, 0, (width, height)).astype(int)
        return int(left), int(top), int(max(left, right)), int(max(top, bottom))

    def scale(self, window: tuple[int, int, int, int]) -> np.ndarray:
        """Picture pixels per photo pixel, float64 (h, w) over `window`: the square root of the local area ratio."""
        px, py = self.photo_xy(window)
        if min(px.shape) < 2:
            return np.ones(px.shape)
        xy, xx = np.gradient(px)
        yy, yx = np.gradient(py)
        area = np.abs(xx * yy - xy * yx)
        return 1.0 / np.sqrt(np.maximum(area, 1e-12))


def keys_kernel(scale: float) -> np.ndarray:
    """Keys' cubic, stretched for drawing at `scale` (picture px per photo px): odd length, sums to 1, float64."""
    stretch = max(1.0, 1.0 / scale)
    reach = int(np.ceil(2 * stretch)) - 1
    t = np.abs(np.arange(-reach, reach + 1) / stretch)
    near = 1.5 * t**3 - 2.5 * t**2 + 1
    far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    kernel = np.where(t <= 1, near, np.where(t < 2, far, 0.0))
    return kernel / kernel.sum()


def reach_px(scale: float) -> float:
    """How far from its centre, in photo pixels, the whole resample reads at `scale`."""
    return (len(keys_kernel(scale)) // 2) + SPLINE_REACH_PX


def reduced_by(layers: np.ndarray, factor: int) -> np.ndarray:
    """Each `factor` x `factor` pixels of layers (H, W, C) as their mean, (ceil(H / factor), ceil(W / factor), C) float32.

    A border that isn't a multiple goes on as its last pixel.
    """
    height, width = layers.shape[:2]
    right, bottom = -width % factor, -height % factor
    planes = []
    for channel in range(layers.shape[2]):
        plane = np.pad(layers[..., channel], ((0, bottom), (0, right)), mode="edge")
        size = (plane.shape[1] // factor, plane.shape[0] // factor)
        planes.append(cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA))
    return np.stack(planes, -1)


def resample(photo: np.ndarray, mapping: Mapping, window: tuple[int, int, int, int]) -> np.ndarray:
    """Read `photo` (H, W) or (H, W, C), float32 linear, through `mapping` over a picture `window`.

    Returns float32 (h, w) or (h, w, C). Outside the photo it goes on as its mirror image. Values may ring slightly
    below the photo's least and above its greatest; the caller clips where a range is meant.
    """
    layers = photo[..., None] if photo.ndim == 2 else photo
    px, py = mapping.photo_xy(window)
    out = np.zeros((*px.shape, layers.shape[2]), np.float32)
    if px.size == 0:
        return out[..., 0] if photo.ndim == 2 else out
    scale = np.minimum(mapping.scale(window), 1.0)
    crop, origin = _crop_to(layers, px, py, float(scale.min()))
    at = np.stack([py - origin[1], px - origin[0]])
    for level, weight in _levels(scale):
        kernel = keys_kernel(level)

        def read(channel: int, kernel: np.ndarray = kernel) -> np.ndarray:
            plane = np.ascontiguousarray(crop[..., channel])
            if len(kernel) > 1:
                plane = cv2.sepFilter2D(plane, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
            spline = ndimage.spline_filter(plane, order=5, mode="mirror", output=np.float64)
            return ndimage.map_coordinates(spline, at, order=5, mode="mirror", prefilter=False, output=np.float32)

        with ThreadPoolExecutor(max_workers=2) as pool:  # scipy lets go of the interpreter lock while it reads
            for channel, plane in enumerate(pool.map(read, range(layers.shape[2]))):
                out[..., channel] += plane if weight is None else plane * weight
    return out[..., 0] if photo.ndim == 2 else out


def _levels(scale: np.ndarray) -> list[tuple[float, np.ndarray | None]]:
    """The scales to filter at, each with its weight (h, w) at each pixel, or None where one scale serves everywhere."""
    low, high = float(np.percentile(scale, 1)), float(np.percentile(scale, 99))
    steps = int(np.ceil(np.log(high / low) / np.log(LEVEL_RATIO))) if high > low * 1.02 else 0
    if steps == 0:
        return [(float(np.median(scale)), None)]
    position = np.clip(np.log(scale / low) / np.log(high / low) * steps, 0, steps)
    return [
        (low * (high / low) ** (k / steps), np.maximum(0, 1 - np.abs(position - k)).astype(np.float32))
        for k in range(steps + 1)
    ]


def _crop_to(layers: np.ndarray, px: np.ndarray, py: np.ndarray, scale: float) -> tuple[np.ndarray, tuple[int, int]]:
    """The part of the photo that will be read, with room for filter and spline; and its left and top."""
    height, width = layers.shape[:2]
    pad = int(reach_px(scale)) + 12  # the spline's recursion forgets its border in about 12 pixels
    left = int(np.clip(np.floor(px.min()) - pad, 0, width - 1))
    top = int(np.clip(np.floor(py.min()) - pad, 0, height - 1))
    right = int(np.clip(np.ceil(px.max()) + pad + 1, left + 1, width))
    bottom = int(np.clip(np.ceil(py.max()) + pad + 1, top + 1, height))
    return layers[top:bottom, left:right], (left, top)
