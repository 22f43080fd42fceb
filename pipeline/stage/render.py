"""Path tracing by whole arrays of camera rays: geometry, and what each lamp alone gives the picture.

The stage shoots its own camera rays. That lets a ray find its surface in one world and be shaded in another, in which
a shadow caster hangs between surface and camera: the ray starts just before the surface, beneath the caster, so the
shading holds the caster's true path-traced shadow and reflection while the caster itself is never seen.

A picture is a sum: each lamp of the world rendered alone, neutral and at unit level, times the lamp's level. The parts
are kept by what each depends on, as half floats, denoised one by one; so a change of level or colour renders nothing,
a moved lamp renders itself alone, and whoever has the parts can mix the picture again, in a browser too.

A path's random numbers follow from the seed, its pixel and its number alone, so the same inputs give the same picture,
whatever part of it is rendered and in whatever order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pipeline.stage.cache import GIGABYTE, ArrayCache, content_key
from pipeline.stage.camera import PinholeCamera
from pipeline.stage.denoiser import Denoiser
from pipeline.stage.lights import Lamp
from pipeline.stage.renderer import mitsuba
from pipeline.stage.transport import Draws, arriving, draws
from pipeline.stage.world import World, pointer_to

RENDER_VERSION = 6
BOUNCES = 4
# Rays start this far before their surface when another world shades them.
LIFT_MM = 0.02
BRIGHTEST_SAMPLE = 20.0
LANES_A_PASS = 3_000_000
# Pictures with more pixels than this give the renderer's working memory back.
LARGE_PX = 2_000_000
# A pixel whose samples' mean normal is shorter than this lies on an outline or a crease, and gets this many samples more.
ONE_WAY = 0.98
OUTLINE_SAMPLES = 24

_renders = ArrayCache("renders", 4 * GIGABYTE)

Checkpoint = Callable[[float, np.ndarray | None], None]


def _nothing(done: float, so_far: np.ndarray | None) -> None:
    """The checkpoint of a render that nobody watches."""


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


@dataclass(frozen=True)
class Part:
    """One lamp's share of a picture: `frame` (h, w, 3) float16, linear, and the `level` (3,) it is multiplied by.

    `kind` is ``light`` or ``room`` as the lamp's, or ``set`` for what backdrops give off of themselves (level 1).
    """

    name: str
    kind: Literal["light", "room", "set"]
    frame: np.ndarray
    level: tuple[float, float, float]


def mixed(parts: Sequence[Part]) -> np.ndarray:
    """The picture (h, w, 3) float32 of its parts: the sum of each frame times its level, in the parts' order."""
    total = np.zeros(parts[0].frame.shape, np.float32)
    for part in parts:
        total += part.frame.astype(np.float32) * np.array(part.level, np.float32)
    return total


def light_parts(
    world: World,
    camera: PinholeCamera,
    *,
    samples: int,
    seed: int,
    box: Box | None = None,
    shaded_by: World | None = None,
    denoise: bool = True,
    fast: bool = False,
    checkpoint: Checkpoint = _nothing,
) -> list[Part]:
    """`box` (left, top, right, bottom; default all) of the camera's view by each of the world's lamps; the set's own
    glow comes last, where it has one.

    Without `denoise` the parts are as traced; with it, pixels on outlines get more samples first. `fast` is for previews:
    the smaller denoiser, and no more samples for outlines.

    With `shaded_by`, rays find their surface in `world` and are shaded, from just before it, in that other world; the
    lamps are `world`'s. `checkpoint(done, so_far)` is called between passes with the noisy picture so far; it may raise
    to stop, and then nothing is kept.
    """
    box = box or (0, 0, *camera.size_px)
    shading = shaded_by or world
    common = ["light", RENDER_VERSION, world.key, shading.key, _camera_key(camera), list(box), samples, seed]
    common += ["raw" if not denoise else "fast" if fast else "fine"]
    keys = [content_key(*common, lamp.key) for lamp in world.lamps] + [content_key(*common, "set")]
    frames: dict[str, np.ndarray] = {}
    for key in keys:
        if (kept := _renders.read(key)) is not None:
            frames[key] = kept["frame"]
    wanted = [lamp for lamp, key in zip(world.lamps, keys, strict=False) if key not in frames]
    glow = None if keys[-1] in frames else shading.glow
    if wanted or glow is not None:
        known = sum(
            (frames[key].astype(np.float32) * np.array(lamp.level, np.float32) for lamp, key in zip(world.lamps, keys, strict=False)
             if key in frames),
            np.zeros((1, 1, 3), np.float32),
        )  # fmt: skip
        levels = [lamp.level for lamp in wanted] + [(1.0, 1.0, 1.0)] * (glow is not None)
        task = _Task(world, shading, camera, box, samples, seed, tuple(wanted), glow, denoise and not fast)
        rendered, albedo, normal = _path_traced(task, levels, known, checkpoint)
        denoiser = Denoiser(albedo, normal, fast) if denoise else None
        made = [key for key in keys[: len(keys) - (glow is None)] if key not in frames]
        for key in made:
            # Each frame goes as soon as it is rounded: a final picture's are large.
            noisy = rendered.pop(0)
            frames[key] = (denoiser(noisy) if denoiser else noisy).astype(np.float16)
            del noisy
        del denoiser, albedo, normal
        # All or none: whoever cancels between them finds nothing half done.
        for key in made:
            _renders.write(key, {"frame": frames[key]})
    if keys[-1] not in frames:
        frames[keys[-1]] = np.zeros((0, 0, 3), np.float16)
        _renders.write(keys[-1], {"frame": frames[keys[-1]]})
    parts = [Part(lamp.name, lamp.kind, frames[key], lamp.level) for lamp, key in zip(world.lamps, keys, strict=False)]
    if frames[keys[-1]].size:
        parts.append(Part("set", "set", frames[keys[-1]], (1.0, 1.0, 1.0)))
    return parts


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
    pointers = [pointer_to(s) for s in world.scene.shapes() if s.id() in world.solid]
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


@dataclass(frozen=True)
class _Task:
    """What `_path_traced` renders: the view of `world` in `box`, as `shading` shades it, by `lamps` and by `glow`;
    `outlines` says that pixels on outlines get more samples."""

    world: World
    shading: World
    camera: PinholeCamera
    box: Box
    samples: int
    seed: int
    lamps: tuple[Lamp, ...]
    glow: Callable[[Any, Any], Any] | None
    outlines: bool


def _path_traced(
    task: _Task, levels: Sequence[tuple[float, float, float]], known: np.ndarray, checkpoint: Checkpoint
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """A frame (h, w, 3) a lamp (and one for the glow), the first surface's albedo, and its normal in camera space.

    Frames build up band by band and sample by sample; `known` (h, w, 3) is what other lamps already give.
    """
    left, top, right, bottom = task.box
    width, height = right - left, bottom - top
    rows = max(1, min(height, LANES_A_PASS // width))
    bands = [(y, min(y + rows, bottom)) for y in range(top, bottom, rows)]
    a_pass = int(max(1, min(task.samples, LANES_A_PASS // (width * rows))))
    passes = -(-task.samples // a_pass)
    total = [np.zeros((height, width, 3), np.float32) for _ in range(len(levels) + 2)]
    for number in range(passes):
        first, count = number * a_pass, min(a_pass, task.samples - number * a_pass)
        for place, (upper, lower) in enumerate(bands):
            y, x = np.mgrid[upper:lower, left:right].astype(np.uint32)
            for whole, sums in zip(total, _pass(task, x.ravel(), y.ravel(), first, count), strict=True):
                whole[upper - top : lower - top] += sums.reshape(lower - upper, width, 3)
            done = (number + (place + 1) / len(bands)) / passes
            checkpoint(done, _so_far(total, levels, first + count, known))
    for whole in total:
        whole /= task.samples
    if task.outlines:
        _refine_outlines(task, total, checkpoint)
    for whole in total:
        np.nan_to_num(whole, copy=False)
    if width * height > LARGE_PX:
        _give_back_memory()
    normal, albedo = total.pop() @ task.camera.rotation.T.astype(np.float32), total.pop()
    return total, np.clip(albedo, 0, 1, out=albedo), normal


def _give_back_memory() -> None:
    """The renderer keeps what its passes worked in for the next; after a final picture that is worth more elsewhere."""
    import drjit as dr

    dr.flush_malloc_cache()


def _so_far(
    total: list[np.ndarray], levels: Sequence[tuple[float, float, float]], samples: int, known: np.ndarray
) -> np.ndarray:
    """The noisy picture (h, w, 3) of sums over `samples` and of what is `known`, at every so many pixels if it is large."""
    step = max(1, max(total[0].shape[:2]) // 640)
    picture = known[::step, ::step].astype(np.float32) if known.size > 3 else np.zeros((1, 1, 3), np.float32)
    for frame, level in zip(total, levels, strict=False):
        picture = picture + frame[::step, ::step] * (np.array(level, np.float32) / samples)
    return picture


def _refine_outlines(task: _Task, total: list[np.ndarray], checkpoint: Checkpoint) -> None:
    """More samples, in place, for the pixels whose samples saw surfaces that face different ways.

    On an outline eight samples give nine steps of coverage, which the denoiser takes for the outline's form. Whether a
    pixel is on one is told from the pixel alone, so that a part of a view is refined as in the whole.
    """
    length = np.linalg.norm(total[-1], axis=-1)
    y, x = np.nonzero((length < ONE_WAY) & (length > 0))
    left, top = task.box[:2]
    a_pass = max(1, LANES_A_PASS // OUTLINE_SAMPLES)
    share = OUTLINE_SAMPLES / (task.samples + OUTLINE_SAMPLES)
    for start in range(0, len(x), a_pass):
        column, row = x[start : start + a_pass], y[start : start + a_pass]
        asked = (column + left).astype(np.uint32), (row + top).astype(np.uint32)
        for whole, sums in zip(total, _pass(task, *asked, task.samples, OUTLINE_SAMPLES), strict=True):
            whole[row, column] = whole[row, column] * (1 - share) + sums * (share / OUTLINE_SAMPLES)
        checkpoint(1.0, None)


def _grained(si: Any, ray: Any, camera: PinholeCamera) -> Any:
    """The surface's albedo with the relief of its bump map in it: as a raking light from the camera's upper left shows it.

    The denoiser keeps what its guides show and smooths the rest; normals know nothing of a bump map, so without this
    plaster's grain and a weave's threads go with the noise (at 8 samples 0.39 of their energy stayed, with it 0.95).
    """
    import drjit as dr

    mi = mitsuba()
    right, up, back = camera.rotation
    raking = mi.Vector3f(*[float(c) for c in 0.5 * back - 0.7 * right + 0.5 * up])
    dr.make_opaque(raking)
    bsdf = si.bsdf(ray)
    albedo = bsdf.eval_diffuse_reflectance(si)
    lit = dr.mean(bsdf.eval(mi.BSDFContext(), si, si.to_local(dr.normalize(raking)), si.is_valid()))
    return albedo * (0.3 + 0.7 * dr.minimum(dr.pi * lit, 1.0) / dr.maximum(dr.mean(albedo), 1e-3))


def _pass(task: _Task, x: np.ndarray, y: np.ndarray, first: int, count: int) -> list[np.ndarray]:
    """Sums (n, 3) over samples `first` to `first + count` of pixels `x`, `y` (n,) uint32: a lamp each, albedo, world normal."""
    import drjit as dr

    mi = mitsuba()
    lane = dr.arange(mi.UInt32, len(x) * count)
    each = dr.opaque(mi.UInt32, count)
    cell, sample = lane // each, lane % each + dr.opaque(mi.UInt32, first)
    column, row = dr.gather(mi.UInt32, mi.UInt32(x), cell), dr.gather(mi.UInt32, mi.UInt32(y), cell)
    path: Draws = draws(row * dr.opaque(mi.UInt32, task.camera.size_px[0]) + column, sample, task.seed)
    at_x, at_y = mi.Float(column) + path.pixel.x - 0.5, mi.Float(row) + path.pixel.y - 0.5
    ray = _rays(task.camera, at_x, at_y, path.lens if task.camera.lens_radius_mm > 0 else None)
    si = task.world.scene.ray_intersect(ray)
    valid = si.is_valid()
    albedo = dr.select(valid, _grained(si, ray, task.camera), mi.Color3f(0))
    normal = dr.select(valid, si.sh_frame.n, mi.Normal3f(0))
    if task.shading is not task.world:
        reach = dr.select(valid & (si.t > LIFT_MM), si.t - LIFT_MM, 0.0)
        ray = mi.Ray3f(ray.o + ray.d * reach, ray.d)
    colours = arriving(task.shading.scene, path, ray, BOUNCES, task.lamps, task.glow)
    # A stray bright path is worth less than a clean picture: bound single samples, far above the picture's white.
    colours = [dr.select(c < BRIGHTEST_SAMPLE, c, BRIGHTEST_SAMPLE) for c in colours]
    # One evaluation of everything; asked for a channel at a time, the paths would be traced again for each.
    values = [*colours, albedo, normal]
    dr.eval(values)
    sums = [[dr.block_sum(c, count) for c in (v.x, v.y, v.z)] for v in values]
    return [np.stack([np.array(c) for c in s], -1) for s in sums]
