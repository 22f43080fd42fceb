"""A limb's cross-section: its two edges across an axis, read where skin ends or where one finger meets the next."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pipeline.plate.anchor import unit


@dataclass(frozen=True)
class Section:
    """The edges left and right of the axis (2,) each, and what each was read from: ``outline``, ``crease`` or ``guess``."""

    left: np.ndarray
    right: np.ndarray
    signs: tuple[str, str]

    @property
    def middle(self) -> np.ndarray:
        return (self.left + self.right) / 2

    @property
    def width(self) -> float:
        return float(np.linalg.norm(self.right - self.left))


def across(axis: np.ndarray) -> np.ndarray:
    """The unit vector (2,) to the right of an axis that one looks along, y down: for an axis up, right is +x."""
    return np.array([-axis[1], axis[0]])


def section(
    lab: np.ndarray, mask: np.ndarray, point: np.ndarray, axis: np.ndarray, expected: float, loose: float = 1.6
) -> Section:
    """The limb's section at `point` (2,), whose half width is expected to be about `expected` px.

    `lab` (H, W, 3) is the plate in CIE Lab, `mask` (H, W) 0..1 its skin. Each side ends where the skin does, refined to
    the steepest colour change; where skin goes on (another finger), at the strongest crease near the expected width.
    """
    sideways = across(axis)
    reach = expected * loose
    t = np.arange(-reach, reach + 0.25, 0.5)
    # A few parallel profiles, averaged: an edge is a line, texture isn't.
    along = np.linspace(-0.12, 0.12, 5)[:, None] * expected
    x = point[0] + t[None] * sideways[0] + along * axis[0]
    y = point[1] + t[None] * sideways[1] + along * axis[1]

    def read(plane: np.ndarray) -> np.ndarray:
        return ndimage.map_coordinates(plane, [y, x], order=1, mode="nearest").mean(0)

    profile = np.stack([read(lab[..., k]) for k in range(3)], -1)
    skin = read(mask)
    h, w = mask.shape
    xs, ys = point[0] + t * sideways[0], point[1] + t * sideways[1]
    inside = (xs >= 0) & (ys >= 0) & (xs <= w - 1) & (ys <= h - 1)
    smooth = ndimage.gaussian_filter1d(profile, max(0.02 * expected / 0.5, 1.0), axis=0)
    steep = np.linalg.norm(np.gradient(smooth, axis=0) * np.array([0.7, 1.0, 1.0]), axis=1)
    ends, signs = [], []
    for side in (-1, 1):
        outward = t * side
        gone = (outward > 0.25 * expected) & (skin < 0.5)
        if gone.any():
            end = float(outward[gone].min())
            near = np.abs(outward - end) < 0.18 * expected
            at = float(outward[near][steep[near].argmax()])
            sign = "outline" if inside[near].all() else "frame"
        else:
            window = (outward > 0.6 * expected) & (outward < 1.35 * expected)
            likely = np.exp(-0.5 * ((outward / expected - 1) / 0.22) ** 2)
            dark = _valleys(smooth[:, 0], int(0.2 * expected / 0.5) + 2)
            strength = np.where(window, (steep + 0.35 * dark) * likely, 0)
            best = int(strength.argmax())
            found = strength[best] > 0.35
            at, sign = (float(outward[best]), "crease") if found else (expected, "guess")
        ends.append(at)
        signs.append(sign)
    return Section(point - sideways * ends[0], point + sideways * ends[1], (signs[0], signs[1]))


def _valleys(level: np.ndarray, reach: int) -> np.ndarray:
    """How much darker each place is than what lies within `reach` samples on either side."""
    around = np.minimum(
        ndimage.maximum_filter1d(level, 2 * reach + 1, origin=reach // 2),
        ndimage.maximum_filter1d(level, 2 * reach + 1, origin=-(reach // 2)),
    )
    return np.maximum(around - level, 0)


def main_axis(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """A region's centroid (2,), its principal axis (2,), and how much longer it is than wide."""
    points = np.argwhere(mask > 0.5)[:, ::-1].astype(np.float64)
    middle = points.mean(0)
    values, vectors = np.linalg.eigh(np.cov((points - middle).T))
    return middle, unit(vectors[:, 1]), float(np.sqrt(values[1] / max(values[0], 1e-9)))


def lab_of(srgb: np.ndarray) -> np.ndarray:
    """CIE Lab (H, W, 3) float32 of an sRGB image 0..1, as OpenCV gives it: L 0..100."""
    return cv2.cvtColor(np.ascontiguousarray(srgb, np.float32), cv2.COLOR_RGB2LAB)
