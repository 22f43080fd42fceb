"""From a placed piece and a world to a Scene: the passes both engines share, their order, samples and progress.

geometry → ground → shadow and glow → light on the piece. Each is kept by what it depends on, so a piece that moves
renders no new ground, and a light that moves no new geometry.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pipeline.direction import Direction
from pipeline.engines.protocol import Progress, Scene
from pipeline.imaging.piece import CutPiece
from pipeline.stage.cache import content_key
from pipeline.stage.camera import PinholeCamera
from pipeline.stage.live_light import LiveLight
from pipeline.stage.render import Box, Geometry, World, light_parts, mixed
from pipeline.stage.shadow import contact, light_on_parts, shadow_parts, with_caster

# Samples a pixel at each quality: the ground, the shadow, the light on the piece.
SAMPLES: dict[str, tuple[int, int, int]] = {"preview": (6, 6, 16), "draft": (8, 10, 32), "final": (16, 16, 32)}
# How much of a picture's light comes from everywhere (room, sets, the body itself), for the contact shadow.
CONTACT = 0.7
WHITE = {"type": "twosided", "inner": {"type": "diffuse", "reflectance": {"type": "rgb", "value": 1.0}}}


@dataclass(frozen=True)
class Placed:
    """A piece in the picture: `matrix` (3, 3) from photo to picture pixels, `visible` (H, W) 0..1, `mask` (H, W) of its
    visible solid pixels, `caster` its stand-in as vertices and faces, `px_per_mm` the scale at the piece; `touching`
    (H, W) is where it lies on the surface behind it, `drape` (H, W, 2) its recorded warp."""

    matrix: np.ndarray
    visible: np.ndarray
    mask: np.ndarray
    caster: tuple[np.ndarray, np.ndarray]
    px_per_mm: float
    touching: np.ndarray | None = None
    drape: np.ndarray | None = None


def drawn_mask(
    mask: np.ndarray, matrix: np.ndarray, size_px: tuple[int, int], drape: np.ndarray | None = None
) -> np.ndarray:
    """A photo mask (h, w) as coverage (H, W) 0..1 of the picture, area-sampled; through `drape` (H, W, 2) where given."""
    shrink = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    source: np.ndarray = mask.astype(np.float32)
    if shrink < 1:
        source = cv2.GaussianBlur(source, (0, 0), 0.35 / shrink)
    if drape is None:
        return np.clip(cv2.warpPerspective(source, matrix, size_px, flags=cv2.INTER_LINEAR), 0, 1)
    at = laid_at(matrix, size_px) + drape
    x, y = np.ascontiguousarray(at[..., 0], np.float32), np.ascontiguousarray(at[..., 1], np.float32)
    return np.clip(cv2.remap(source, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), 0, 1)


def laid_at(matrix: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """Photo positions (H, W, 2) of a picture's pixels, by the matrix alone."""
    w, h = size_px
    inverse = np.linalg.inv(np.asarray(matrix, np.float64))
    y, x = np.mgrid[0:h, 0:w].astype(np.float64)
    at = np.stack([x, y, np.ones_like(x)], -1) @ inverse.T
    return at[..., :2] / at[..., 2:]


def exposed(
    world: World,
    camera: PinholeCamera,
    view: Geometry,
    placed: Placed,
    piece: CutPiece,
    direction: Direction,
    progress: Progress,
    *,
    reflect: bool = False,
) -> Scene:
    """Render all passes. With `reflect`, the caster carries the photo's colours, for mirrors and lacquer to reflect."""
    ground_samples, shadow_samples, light_samples = SAMPLES[direction.quality]
    timings: dict[str, float] = {}
    started = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal started
        timings[name] = time.perf_counter() - started
        started = time.perf_counter()

    def watch(start: float, share: float):  # type: ignore[no-untyped-def]
        def checkpoint(done: float, so_far: np.ndarray | None) -> None:
            progress.report("render", start + share * done, None if so_far is None else preview_srgb8(so_far))

        return checkpoint

    fast = direction.quality == "preview"
    ground_parts = light_parts(
        world, camera, samples=ground_samples, seed=direction.seed, fast=fast, checkpoint=watch(0.15, 0.45)
    )
    ground = mixed(ground_parts)
    progress.report("render", 0.6, preview_srgb8(ground))
    lap("ground")

    piece_key = content_key(piece.sha256, np.round(placed.matrix, 6), placed.mask, placed.caster[0].astype(np.float32))
    bsdf, glow, uv = _piece_surface(piece, placed, camera, reflect)
    cast = with_caster(world, placed.caster, bsdf, f"{piece_key}:{reflect}", uv, glow)
    box = _shadow_box(placed.mask, camera.size_px, reflect)
    shadows = shadow_parts(
        world, cast, camera, box, samples=shadow_samples, seed=direction.seed + 1, fast=fast, checkpoint=watch(0.6, 0.3)
    )
    shadow = shadows.factor()
    if placed.touching is not None:
        shadow *= contact(placed.touching, placed.px_per_mm)[..., None] ** CONTACT
    lap("shadow")

    white = with_caster(world, placed.caster, WHITE, f"{piece_key}:white")
    sigma = max(0.035 * max(camera.size_px), 8.0)
    falling = light_on_parts(white, camera, placed.mask, samples=light_samples, seed=direction.seed + 2, sigma_px=sigma)
    progress.report("render", 0.97)
    lap("light")

    from importlib.metadata import version

    return Scene(
        ground=ground,
        shadow=shadow,
        matrix=placed.matrix,
        visible=placed.visible.astype(np.float32),
        light=falling.field(),
        depth_mm=view.depth_mm,
        normals=view.normal,
        px_per_mm=float(placed.px_per_mm),
        drape=placed.drape,
        live=LiveLight(ground_parts, shadows, falling),
        timings=timings,
        versions={name: version(name) for name in ("mitsuba", "mitsuba-oidn", "anny")},
    )


def preview_srgb8(linear: np.ndarray, longest: int = 480) -> np.ndarray:
    """A small srgb8 picture (h, w, 3) of linear RGB, for somebody who waits."""
    scale = longest / max(linear.shape[:2])
    if scale < 1:
        linear = cv2.resize(linear, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    x = np.clip(linear, 0, 1)
    return (np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055) * 255 + 0.5).astype(np.uint8)


def _shadow_box(mask: np.ndarray, size_px: tuple[int, int], reflect: bool) -> Box:
    """Where the piece's presence can be seen: its box and a generous margin; a reflection reaches down to the frame's edge."""
    w, h = size_px
    if not mask.any():
        return (0, 0, w, h)
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    margin = int(0.42 * max(columns[-1] - columns[0], rows[-1] - rows[0])) + 24
    return (
        int(max(columns[0] - margin, 0)),
        int(max(rows[0] - margin, 0)),
        int(min(columns[-1] + margin, w)),
        h if reflect else int(min(rows[-1] + margin, h)),
    )


def _piece_surface(piece: CutPiece, placed: Placed, camera: PinholeCamera, reflect: bool):  # type: ignore[no-untyped-def]
    """The caster's BSDF, glow and uv: the piece's mean colour, or the photographed colours themselves."""
    from pipeline.stage.materials import image_texture

    solid = piece.alpha > 0.9
    mean = piece.foreground[solid].mean(0) if solid.any() else np.full(3, 0.5)
    if not reflect:
        bsdf = {
            "type": "diffuse",
            "reflectance": {"type": "rgb", "value": [float(c) for c in np.clip(mean, 0.02, 0.8)]},
        }
        return {"type": "twosided", "inner": bsdf}, None, None
    # Beyond the outline goes on what lies nearest to it: the caster's sides show that colour.
    nearest = ndimage.distance_transform_edt(~solid, return_distances=False, return_indices=True)
    photo = piece.foreground[nearest[0], nearest[1]] if solid.any() else piece.foreground
    pixels = camera.project(placed.caster[0])
    inverse = np.linalg.inv(placed.matrix)
    at = np.concatenate([pixels, np.ones((len(pixels), 1))], 1) @ inverse.T
    h, w = piece.alpha.shape
    uv = np.stack([(at[:, 0] / at[:, 2] + 0.5) / w, 1 - (at[:, 1] / at[:, 2] + 0.5) / h], 1)
    black = {"type": "twosided", "inner": {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.0}}}
    return black, image_texture(photo), uv
