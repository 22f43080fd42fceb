"""The body's surface round an anchor, as far as its outline tells: a limb is a flattened cylinder, a chest nearly a plane.

A photograph has no depth. What is made here serves light and contact shadow near the piece, where it matters that skin
turns away towards the limb's edges; it is an approximation, and nothing is placed by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.plate.anchor import Anchor, BodyPart
from pipeline.plate.limb import across

# How deep a limb's near half is, in parts of its half width.
DEPTH: dict[BodyPart, float] = {"finger": 0.92, "wrist": 0.68, "neck": 0.85, "ear": 0.0}
# What is not body lies this far behind it, in parts of the half width: shadows hardly reach it.
FAR_BEHIND = 3.0
# The rest of the skin beside a limb lies about as deep as the limb's own edge.
BESIDE = 0.35


@dataclass(frozen=True)
class Surface:
    """`height_mm` (H, W): towards the camera, 0 on the limb's ridge; `normals` (H, W, 3): x right, y up, z to the camera.
    `skin` (H, W) 0..1; `limb` (H, W) 0..1: the body part itself, between its two edges."""

    height_mm: np.ndarray
    normals: np.ndarray
    skin: np.ndarray
    limb: np.ndarray


def surface_at(anchor: Anchor, skin: np.ndarray, point: np.ndarray, px_per_mm: float) -> Surface:
    """The surface in a picture (H, W) whose skin is `skin` 0..1, where the anchor lies at `point` (2,) at this scale."""
    h, w = skin.shape
    half = anchor.width_mm * px_per_mm / 2
    axis = np.array(anchor.axis)
    sideways = across(axis)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    u = ((x - point[0]) * sideways[0] + (y - point[1]) * sideways[1]) / half
    t = ((x - point[0]) * axis[0] + (y - point[1]) * axis[1]) / half
    depth = DEPTH[anchor.part] * half
    inside = np.clip((1.0 - np.abs(u)) * half / 1.5 + 0.5, 0, 1)
    if anchor.part == "ear":
        height, limb = np.zeros((h, w), np.float32), np.zeros((h, w), np.float32)
    else:
        near = 1 - _step(1.6, 2.6, np.abs(t))
        round_ = depth * (np.sqrt(np.clip(1 - np.minimum(u * u, 1), 0, 1)) - 1)
        if anchor.part == "neck":
            # Below its base a neck spreads into the chest, which lies before it and turns up a little to the light.
            onto = _step(0.35, 1.15, t)
            chest = -depth * 0.25 * np.minimum(u * u, 6.0) / 6 + 0.12 * half * onto
            round_ = round_ * (1 - onto) + chest * onto
            inside = np.maximum(inside, onto)
            near = np.ones_like(near)
        limb = (inside * near * skin).astype(np.float32)
        height = limb * round_ + (1 - limb) * (-(1 - BESIDE) * depth)
    body = cv2.GaussianBlur(skin, (0, 0), 1.0)
    height = height * body + (1 - body) * (-FAR_BEHIND * max(depth, 6 * px_per_mm))
    # Slopes are read from the smoothed body alone, so that the fall to the background tilts no skin.
    sigma = max(0.05 * half, 1.2)
    weight = cv2.GaussianBlur(skin, (0, 0), sigma) + 1e-3
    ridge = np.where(skin > 0.5, height, -(1 - BESIDE) * depth).astype(np.float32)
    smooth = cv2.GaussianBlur(ridge * skin, (0, 0), sigma) / weight
    gy, gx = np.gradient(smooth)
    normals = np.stack([-gx, gy, np.ones_like(gx)], -1)
    normals[skin < 0.3] = (0, 0, 1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return Surface(
        (height / px_per_mm).astype(np.float32), normals.astype(np.float32), skin, np.asarray(limb, np.float32)
    )


def _step(low: float, high: float, value: np.ndarray) -> np.ndarray:
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
