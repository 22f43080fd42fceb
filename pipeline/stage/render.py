"""Path tracing by whole arrays of camera rays: geometry, picture, and the picture as another world shades it.

The stage shoots its own camera rays. That lets a ray find its surface in one world and be shaded in another, in which
a shadow caster hangs between surface and camera: the ray starts just before the surface, beneath the caster, so the
shading holds the caster's true path-traced shadow and reflection while the caster itself is never seen.

Samples come from seeds, so the same inputs give the same picture; results are kept by what they depend on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pipeline.stage.cache import GIGABYTE, ArrayCache, content_key
from pipeline.stage.camera import PinholeCamera
from pipeline.stage.renderer import mitsuba
from pipeline.stage.transport import arriving

RENDER_VERSION = 1
BOUNCES = 4
# Rays start this far before their surface when another world shades them.
LIFT_MM = 0.02
GLOW = "glow of "
BRIGHTEST_SAMPLE = 20.0
LANES_A_PASS = 6_000_000

_renders = ArrayCache("renders", 2 * GIGABYTE)

Checkpoint = Callable[[float, np.ndarray | None], None]


def _nothing(done: float, so_far: np.ndarray | None) -> None:
    """The checkpoint of a render that nobody watches."""


@dataclass
class World:
    """A scene to render: `build` makes its mitsuba entries when they are needed, `key` says what they depend on.

    `solid` names the shapes that count as body in `Geometry.body`. An entry named ``glow of SHAPE`` is a texture: the
    radiance that this shape gives off of itself.
    """

    build: Callable[[], dict[str, Any]]
    key: str
    solid: tuple[str, ...] = ()

    @cached_property
    def entries(self) -> dict[str, Any]:
        return self.build()

    @cached_property
    def scene(self) -> Any:
        shapes = {name: entry for name, entry in self.entries.items() if not name.startswith(GLOW)}
        return mitsuba().load_dict({"type": "scene", **shapes})

    @cached_property
    def glow(self) -> Callable[[Any, Any], Any] | None:
        """What surfaces give off of themselves, for `transport.arriving`; None where nothing does."""
        mi = mitsuba()
        ids = {shape.id(): mi.ShapePtr(shape) for shape in self.scene.shapes()}
        glowing = [
            (ids[name.removeprefix(GLOW)], mi.load_dict(entry))
            for name, entry in self.entries.items()
            if name.startswith(GLOW)
        ]
        if not glowing:
            return None

        def given_off(si: Any, active: Any) -> Any:
            total = mi.Color3f(0)
            for pointer, texture in glowing:
                here = active & si.is_valid() & (si.shape == pointer)
                total += mi.Color3f(texture.eval(si, here)) & here
            return total

        return given_off


@dataclass(frozen=True)
class Geometry:
    """What the pinhole camera sees, sharp. `position` (H, W, 3) world mm at pixel centres; `normal` (H, W, 3) in camera
    space; `depth_mm` (H, W) along the axis; `body` (H, W) antialiased coverage 0..1 of the world's solid shapes."""

    position: np.ndarray
    normal: np.ndarray
    depth_mm: np.ndarray
    body: np.ndarray


Box = tuple[int, int, int, int]


def geometry(world: World, camera: PinholeCamera, samples: int = 9) -> Geometry:
    """Position, normal, depth and body coverage of the camera's view of the world."""
    key = content_key("geometry", RENDER_VERSION, world.key, _camera_key(camera, lens=False), samples)
    kept = _renders.read(key)
    if kept is None:
        kept = _geometry(world, camera, samples)
        _renders.write(key, kept)
    return Geometry(kept["position"], kept["normal"], kept["depth_mm"], kept["body"])


def picture(
    world: World,
    camera: PinholeCamera,
    *,
    samples: int,
    seed: int,
    box: Box | None = None,
    shaded_by: World | None = None,
    denoise: bool = True,
    checkpoint: Checkpoint = _nothing,
) -> np.ndarray:
    """Linear RGB (h, w, 3) of `box` (left, top, right, bottom; default all) of the camera's view.

    With `shaded_by`, rays find their surface in `world` and are shaded, from just before it, in that other world.
    `checkpoint(done, so_far)` is called between passes with the noisy picture so far; it may raise to stop.
    """
    box = box or (0, 0, *camera.size_px)
    parts = ["picture", RENDER_VERSION, world.key, shaded_by.key if shaded_by else "", _camera_key(camera), list(box)]
    key = content_key(*parts, samples, seed, denoise)
    kept = _renders.read(key)
    if kept is None:
        colour, albedo, normal = _path_traced(world, shaded_by, camera, box, samples, seed, checkpoint)
        if denoise:
            colour = denoised(colour, albedo, normal)
        kept = {"colour": colour}
        _renders.write(key, kept)
    return kept["colour"]


def denoised(colour: np.ndarray, albedo: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Intel Open Image Denoise over linear RGB (h, w, 3), guided by albedo and normals."""
    import mitsuba_oidn

    arrays = [np.ascontiguousarray(a, np.float32) for a in (colour, albedo, normal)]
    return np.maximum(np.asarray(mitsuba_oidn.denoise(*arrays, hdr=True)), 0.0)


def _camera_key(camera: PinholeCamera, lens: bool = True) -> list[float]:
    numbers = [*camera.origin, *camera.rotation.ravel(), camera.focal_px, *camera.centre_px, *camera.size_px]
    if lens:
        numbers += [camera.focus_mm, camera.lens_radius_mm]
    return [round(float(n), 6) for n in numbers]


def _rays(camera: PinholeCamera, x: Any, y: Any, lens_sample: Any) -> Any:
    """Camera rays through pixels x, y (arrays of the renderer), from points of the lens."""
    import drjit as dr

    mi = mitsuba()

    def opaque(v: Any) -> Any:
        value = mi.Vector3f(*[float(c) for c in v])
        dr.make_opaque(value)
        return value

    right, up, back, origin = (
        opaque(camera.rotation[0]),
        opaque(camera.rotation[1]),
        opaque(camera.rotation[2]),
        opaque(camera.origin),
    )
    k = opaque((camera.centre_px[0], camera.centre_px[1], 1.0 / camera.focal_px))
    u, v = (x - k.x) * k.z, -(y - k.y) * k.z
    if lens_sample is None:
        return mi.Ray3f(origin, dr.normalize(right * u + up * v - back))
    lens = opaque((camera.lens_radius_mm, camera.focus_mm, 0.0))
    disk = mi.warp.square_to_uniform_disk_concentric(lens_sample) * lens.x
    offset = right * disk.x + up * disk.y
    focus = (right * u + up * v - back) * lens.y
    return mi.Ray3f(origin + offset, dr.normalize(focus - offset))


def _geometry(world: World, camera: PinholeCamera, samples: int) -> dict[str, np.ndarray]:
    import drjit as dr

    mi = mitsuba()
    w, h = camera.size_px
    index = dr.arange(mi.UInt32, w * h)
    px, py = mi.Float(index % w), mi.Float(index // w)
    si = world.scene.ray_intersect(_rays(camera, px, py, None))
    valid = si.is_valid()
    far = camera.origin - camera.rotation[2] * camera.focus_mm * 8
    position = np.array(dr.select(valid, si.p, mi.Point3f(*[float(c) for c in far]))).T.reshape(h, w, 3)
    normal = np.array(dr.select(valid, si.sh_frame.n, mi.Normal3f(0))).T.reshape(h, w, 3) @ camera.rotation.T
    pointers = [mi.ShapePtr(s) for s in world.scene.shapes() if s.id() in world.solid]
    grid = round(samples**0.5)
    hits = dr.zeros(mi.Float, w * h)
    for i in range(grid):
        for j in range(grid):
            ray = _rays(camera, px + ((i + 0.5) / grid - 0.5), py + ((j + 0.5) / grid - 0.5), None)
            pi = world.scene.ray_intersect_preliminary(ray)
            for pointer in pointers:
                hits += dr.select(pi.is_valid() & (pi.shape == pointer), 1.0, 0.0)
            dr.eval(hits)
    depth = -camera.seen(position)[..., 2]
    return {
        "position": position.astype(np.float32),
        "normal": normal.astype(np.float32),
        "depth_mm": depth.astype(np.float32),
        "body": np.array(hits).reshape(h, w).astype(np.float32) / grid**2,
    }


def _path_traced(
    world: World,
    shaded_by: World | None,
    camera: PinholeCamera,
    box: Box,
    samples: int,
    seed: int,
    checkpoint: Checkpoint,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    import drjit as dr

    mi = mitsuba()
    w, h = box[2] - box[0], box[3] - box[1]
    shading, glow = (shaded_by or world).scene, (shaded_by or world).glow
    a_pass = int(max(1, min(samples, LANES_A_PASS // (w * h))))
    passes = -(-samples // a_pass)
    total = np.zeros((3, h * w, 3))
    corner = mi.Vector2f(float(box[0]), float(box[1]))
    dr.make_opaque(corner)
    for number in range(passes):
        sampler = mi.load_dict({"type": "independent", "sample_count": a_pass})
        sampler.seed((seed * 1009 + number * 7919 + 1) % 2**31, w * h * a_pass)
        index = dr.arange(mi.UInt32, w * h * a_pass) // a_pass
        jitter = sampler.next_2d()
        x = mi.Float(index % w) + corner.x + jitter.x - 0.5
        y = mi.Float(index // w) + corner.y + jitter.y - 0.5
        ray = _rays(camera, x, y, sampler.next_2d() if camera.lens_radius_mm > 0 else None)
        si = world.scene.ray_intersect(ray)
        valid = si.is_valid()
        seen = dr.select(valid, si.bsdf(ray).eval_diffuse_reflectance(si), mi.Color3f(0))
        normal = dr.select(valid, si.sh_frame.n, mi.Normal3f(0))
        if shaded_by is not None:
            reach = dr.select(valid & (si.t > LIFT_MM), si.t - LIFT_MM, 0.0)
            ray = mi.Ray3f(ray.o + ray.d * reach, ray.d)
        colour = arriving(shading, sampler, ray, BOUNCES, glow)
        # A stray bright path is worth less than a clean picture: bound single samples, far above the picture's white.
        colour = dr.select(colour < BRIGHTEST_SAMPLE, colour, BRIGHTEST_SAMPLE)
        # One evaluation of everything; asked for a channel at a time, the paths would be traced again for each.
        dr.eval(colour, seen, normal)
        for k, value in enumerate((colour, seen, normal)):
            total[k] += np.stack([np.array(dr.block_sum(c, a_pass)) for c in (value.x, value.y, value.z)], 1)
        done = (number + 1) / passes
        checkpoint(done, (total[0] / ((number + 1) * a_pass)).reshape(h, w, 3).astype(np.float32))
    total /= passes * a_pass
    colour, albedo, normals = (t.reshape(h, w, 3).astype(np.float32) for t in total)
    return np.nan_to_num(colour), np.clip(albedo, 0, 1), normals @ camera.rotation.T.astype(np.float32)
