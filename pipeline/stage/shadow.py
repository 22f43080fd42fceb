"""What the piece does to the light of the world: the shadow it casts, the light that reaches it, its reflection.

The piece is known by its silhouette and by the surface it lies on, or by the plane it stands in. A caster is made of
these: a thin solid with the piece's outline, rounded as metal is, which lies on the surface at every point. It stands
in for the piece in the light and is never seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from scipy import ndimage

from pipeline.stage.camera import PinholeCamera
from pipeline.stage.meshes import shape
from pipeline.stage.render import Box, Checkpoint, Part, light_parts, mixed
from pipeline.stage.world import GLOW, World

GAP_MM = 0.05
LIGHT_STEP = 8
# Shadows are soft: they are traced at half the picture's pixels each way.
SHADOW_STEP = 2
BRIGHTEST_SHADOW = 6.0


def draped_caster(
    mask: np.ndarray, position: np.ndarray, normal_world: np.ndarray, px_per_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """A rounded solid over the pixels of `mask` (H, W) that lies on the surface `position` (H, W, 3) mm.

    Returns vertices and faces.
    """
    height = standing_height_mm(mask, px_per_mm)
    top = position + normal_world * (GAP_MM + height)[..., None]
    return _solid(mask, top, position + normal_world * GAP_MM)


def standing_height_mm(mask: np.ndarray, px_per_mm: float) -> np.ndarray:
    """How high (H, W) in mm the piece stands over what it lies on, by its outline alone.

    Jewelry stands up steeply: its sides are about 1.5 mm high, and its back rises with the distance to the outline to at
    most 5 mm. 0 where there is no piece.
    """
    inside_mm = ndimage.distance_transform_edt(mask) / px_per_mm
    return np.where(mask, np.clip(1.4 + 2.2 * inside_mm, 1.4, 5.0), 0.0)


def contact(mask: np.ndarray, px_per_mm: float) -> np.ndarray:
    """The factor (H, W) 0.5..1 by which the piece keeps even light from the surface that it lies on.

    The light of room and sets comes from everywhere; beside a long straight thing of height h, a point at distance d
    from its foot loses the share (1 - d / sqrt(d^2 + h^2)) / 2 of it.
    """
    if not mask.any():
        return np.ones(mask.shape, np.float32)
    height = standing_height_mm(mask, px_per_mm)
    near = max(round(1.5 * px_per_mm), 1)
    height = np.where(mask, ndimage.maximum_filter(height, size=2 * near + 1), 0.0)
    distance, nearest = ndimage.distance_transform_edt(~mask, return_indices=True)
    d, h = distance / px_per_mm, height[nearest[0], nearest[1]]
    lost = 0.5 * (1 - d / np.sqrt(d * d + h * h))
    # Beyond two heights nothing is left to see: it runs out to none at four.
    lost *= np.clip(2 - d / (2 * np.maximum(h, 0.1)), 0, 1)
    return (1 - ndimage.gaussian_filter(lost, 0.25 * px_per_mm)).astype(np.float32)


def standing_caster(
    mask: np.ndarray, camera: PinholeCamera, depth_mm: np.ndarray, thickness_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """An upright solid over the pixels of `mask` whose front lies at `depth_mm` (H, W) and which is this thick."""
    h, w = mask.shape
    pixels = np.stack(np.meshgrid(np.arange(w), np.arange(h)), -1).astype(float)
    return _solid(mask, camera.unproject(pixels, depth_mm), camera.unproject(pixels, depth_mm + thickness_mm))


def _solid(mask: np.ndarray, front: np.ndarray, back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A closed mesh of the mask's pixels between two sheets (H, W, 3); a pixel's corners are means of its neighbours'."""
    h, w = mask.shape
    corners = []
    weight = np.zeros((h + 1, w + 1))
    for sheet in (front, back):
        total = np.zeros((h + 1, w + 1, 3))
        weight[:] = 0
        for dy in (0, 1):
            for dx in (0, 1):
                total[dy : h + dy, dx : w + dx] += np.where(mask[..., None], sheet, 0.0)
                weight[dy : h + dy, dx : w + dx] += mask
        corners.append(total / np.maximum(weight, 1)[..., None])
    used = weight > 0
    number = np.cumsum(used).reshape(used.shape) - 1
    count = int(used.sum())
    y, x = np.nonzero(mask)
    a, b, c, d = number[y, x], number[y, x + 1], number[y + 1, x + 1], number[y + 1, x]
    faces = [np.stack([a, d, c, a, c, b], 1), np.stack([a, c, d, a, b, c], 1) + count]
    padded = np.pad(mask, 1)
    for (dy, dx), (p, q) in (((-1, 0), (a, b)), ((0, 1), (b, c)), ((1, 0), (c, d)), ((0, -1), (d, a))):
        open_side = ~padded[y + 1 + dy, x + 1 + dx]
        p, q = p[open_side], q[open_side]
        faces.append(np.stack([p, q, q + count, p, q + count, p + count], 1))
    vertices = np.concatenate([corner[used] for corner in corners])
    return vertices, np.concatenate(faces).reshape(-1, 3)


def with_caster(
    world: World,
    mesh: tuple[np.ndarray, np.ndarray],
    bsdf: dict[str, Any],
    key: str,
    uv: np.ndarray | None = None,
    glow: dict[str, Any] | None = None,
) -> World:
    """The same world with the caster in it, which gives off the texture `glow` by its `uv` where one is given."""

    def build() -> dict[str, Any]:
        entries = {**world.entries, "caster": shape("caster", *mesh, bsdf, uv=uv)}
        return entries if glow is None else {**entries, f"{GLOW}caster": glow}

    return World(build, f"{world.key}+{key}", world.solid, world.lamps)


@dataclass(frozen=True)
class ShadowParts:
    """What a shadow is mixed from: the view at every `SHADOW_STEP`-th pixel without the caster (`lit`) and with it
    (`shaded`), a part a lamp, both over `inner` of that coarser view; `box` and `size_px` are the whole picture's."""

    lit: list[Part]
    shaded: list[Part]
    inner: Box
    box: Box
    size_px: tuple[int, int]

    @property
    def coarse_px(self) -> tuple[int, int]:
        """Width and height of the whole coarser view."""
        return -(-self.size_px[0] // SHADOW_STEP), -(-self.size_px[1] // SHADOW_STEP)

    def factor(self) -> np.ndarray:
        """The factor (H, W, 3) that the caster puts on the mixed picture: the quotient of both mixes within the box."""
        w, h = self.size_px
        lit, shaded = mixed(self.lit), mixed(self.shaded)
        ratio = np.clip((shaded + 0.002) / (lit + 0.002), 0.0, BRIGHTEST_SHADOW)
        ratio = cv2.resize(ratio, None, fx=SHADOW_STEP, fy=SHADOW_STEP, interpolation=cv2.INTER_LINEAR)
        left, top = self.inner[0] * SHADOW_STEP, self.inner[1] * SHADOW_STEP
        box = self.box
        ratio = ratio[box[1] - top : box[3] - top, box[0] - left : box[2] - left]
        if box != (0, 0, w, h):
            # The factor runs out to 1 at the box's rim, so that no edge shows where the shadow's region ends.
            rows, columns = (np.minimum(np.arange(n), np.arange(n)[::-1]) for n in ratio.shape[:2])
            rim = np.minimum.outer(rows, columns) / max(min(ratio.shape[:2]) // 16, 1)
            ratio = 1 + (ratio - 1) * np.clip(rim, 0, 1)[..., None]
        factor = np.ones((h, w, 3), np.float32)
        factor[box[1] : box[3], box[0] : box[2]] = ratio
        return factor


def shadow_parts(
    world: World,
    cast: World,
    camera: PinholeCamera,
    box: Box,
    *,
    samples: int,
    seed: int,
    fast: bool = False,
    checkpoint: Checkpoint,
) -> ShadowParts:
    """What the caster of `cast` does to `world` within `box`, by lamps. The half without the caster is rendered over
    the whole view, so that a piece that moves renders its own shadow and nothing else."""
    small = _coarser(camera, SHADOW_STEP)
    inner = (box[0] // SHADOW_STEP, box[1] // SHADOW_STEP, -(-box[2] // SHADOW_STEP), -(-box[3] // SHADOW_STEP))

    def half(offset: float) -> Checkpoint:
        return lambda done, so_far: checkpoint(offset + done / 2, None)

    lit = light_parts(world, small, samples=samples, seed=seed, shaded_by=world, fast=fast, checkpoint=half(0.0))
    shaded = light_parts(
        world, small, samples=samples, seed=seed, box=inner, shaded_by=cast, fast=fast, checkpoint=half(0.5)
    )
    inside = np.s_[inner[1] : inner[3], inner[0] : inner[2]]
    lit = [replace(part, frame=part.frame[inside]) for part in lit]
    return ShadowParts(lit, shaded, inner, box, camera.size_px)


def _coarser(camera: PinholeCamera, step: int) -> PinholeCamera:
    """The same view with every `step` x `step` pixels as one."""
    w, h = camera.size_px
    return PinholeCamera(
        camera.origin,
        camera.rotation,
        camera.focal_px / step,
        ((camera.centre_px[0] + 0.5) / step - 0.5, (camera.centre_px[1] + 0.5) / step - 0.5),
        (-(-w // step), -(-h // step)),
        camera.focus_mm,
        camera.lens_radius_mm,
    )


@dataclass(frozen=True)
class LightOnPiece:
    """The light that falls on a piece, by lamps: smooth `parts` on a grid `LIGHT_STEP` times coarser than the picture,
    defined everywhere; `weight` (h, w) says where of it the piece is."""

    parts: list[Part]
    weight: np.ndarray
    size_px: tuple[int, int]

    def field(self) -> np.ndarray:
        """The mixed light (H, W, 3), relative to its median over the piece."""
        w, h = self.size_px
        field = mixed(self.parts)
        luminance = field @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        field = field / max(float(np.median(luminance[self.weight > 0])), 1e-6)
        zoomed = [ndimage.zoom(field[..., k], LIGHT_STEP, order=1, grid_mode=True, mode="nearest") for k in range(3)]
        return np.stack(zoomed, -1)[:h, :w].astype(np.float32)


def light_on_parts(
    cast: World, camera: PinholeCamera, mask: np.ndarray, *, samples: int, seed: int, sigma_px: float
) -> LightOnPiece:
    """The light that falls on the caster, by lamps.

    `cast` holds a white caster: what the camera sees of it, on a coarse grid, is the light that falls on it.
    """
    h, w = mask.shape
    step = LIGHT_STEP
    small = replace(_coarser(camera, step), lens_radius_mm=0.0)
    seen = light_parts(cast, small, samples=samples, seed=seed, denoise=False)
    rows, columns = seen[0].frame.shape[:2]
    padded = np.pad(mask.astype(np.float32), ((0, rows * step - h), (0, columns * step - w)))
    coverage = padded.reshape(rows, step, columns, step).mean((1, 3))
    weight = np.where(coverage > 0.3, coverage, 0.0)
    if not weight.any():
        weight = coverage + 1e-6
    sigma = max(sigma_px / step, 1.0)
    spread = (ndimage.gaussian_filter(weight, sigma) + 1e-4)[..., None]

    def smooth(frame: np.ndarray) -> np.ndarray:
        lit = frame.astype(np.float32)
        blurred = np.stack([ndimage.gaussian_filter(lit[..., k] * weight, sigma) for k in range(3)], -1)
        # Far from the piece the light runs out to its mean, so that the quotient stays defined.
        mean = (lit * weight[..., None]).sum((0, 1)) / weight.sum()
        return ((blurred + 1e-4 * mean) / spread).astype(np.float16)

    return LightOnPiece([replace(part, frame=smooth(part.frame)) for part in seen], weight, (w, h))
