"""Light carried along paths: what each lamp alone sends along given rays, by path tracing with next-event estimation.

One path serves all lamps: at every surface each lamp is aimed at by itself, and what a path meets is put down to the
lamp that it met. No lamp's result depends on which others are asked for, so one may be rendered later than the rest.
Lamps light and are mirrored; they stand in nobody's way, and the camera doesn't see them.

The estimator is the usual one (Veach 1997, chapters 9 and 10: light and surface sampling, joined by the balance of
their squared densities) with a fixed number of bounces and no roulette: studio scenes are shallow, and LLVM 19 can't
compile the roulette of the renderer's own integrator on processors with AVX-512.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import drjit as dr
import numpy as np
from scipy.stats import qmc

from pipeline.stage.lights import Lamp
from pipeline.stage.renderer import mitsuba

# The camera's and the first surface's numbers are spread evenly over a pixel's samples: pairs by Roberts' R2 sequence (2018),
# a single one by the golden ratio; all but the place within the pixel are turned by a shift of the pixel's own, and taken
# in an order of its own within every eight samples, so that no two of them run alike.
R2 = (0.7548776662466927, 0.5698402909980532)
GOLDEN = 0.6180339887498949
PLACES = 256


@lru_cache(maxsize=1)
def _places() -> tuple[np.ndarray, np.ndarray]:
    """Where in a pixel its samples lie, x and y (PLACES,): a Sobol sequence, whose every eight fill eight rows and columns."""
    places = qmc.Sobol(2, scramble=False).random(PLACES) + 1 / 16
    return tuple(np.ascontiguousarray(places[:, k] % 1, np.float32) for k in (0, 1))  # type: ignore[return-value]


@dataclass
class Draws:
    """A path's random numbers: `pixel` (2) and `lens` (2) for the camera, `light` (2), `lobe` and `way` (2) for the
    first surface, and the stream that gives all further ones."""

    pixel: Any
    lens: Any
    light: Any
    lobe: Any
    way: Any
    stream: Any


def draws(pixel: Any, sample: Any, seed: int) -> Draws:
    """The random numbers of path `sample` (array) of `pixel` (array): the same wherever and in whatever order they run."""
    mi = mitsuba()
    seed_now = dr.opaque(mi.UInt32, seed % 2**32)
    a, b = mi.sample_tea_32(pixel, seed_now)
    own = mi.PCG32(initstate=mi.UInt64(a) << 32 | mi.UInt64(b))

    def spread(*steps: float) -> list[Any]:
        index = mi.Float(sample ^ (own.next_uint32() & 7))
        turned = [own.next_float32() + index * step for step in steps]
        return [value - dr.floor(value) for value in turned]

    # Within the pixel every pixel is sampled at the same places: an outline's coverage then goes along it in even steps,
    # where places of each pixel's own would fray it, and the denoiser keep the fraying as detail.
    place = sample % PLACES
    pixel_pair = mi.Point2f(*[dr.gather(mi.Float, mi.Float(axis), place) for axis in _places()])
    lens, light, way = (mi.Point2f(*spread(*R2)) for _ in range(3))
    lobe = spread(GOLDEN)[0]
    c, d = mi.sample_tea_32(pixel, sample ^ b)
    stream = mi.PCG32(initstate=mi.UInt64(c) << 32 | mi.UInt64(d), initseq=mi.UInt64(pixel))
    return Draws(pixel_pair, lens, light, lobe, way, stream)


class _Square:
    """A lamp's square in the renderer's numbers, kept out of the compiled code, so that another rig needs no new one."""

    def __init__(self, lamp: Lamp) -> None:
        mi = mitsuba()
        across, upward = np.array(lamp.across), np.array(lamp.upward)
        half = np.linalg.norm(across), np.linalg.norm(upward)
        facing = np.cross(across, upward) / (half[0] * half[1])
        self.area = dr.opaque(mi.Float, float(4 * half[0] * half[1]))
        self.radiance = dr.opaque(mi.Float, lamp.radiance)
        self.centre = mi.Point3f(*lamp.centre)
        self.across, self.upward = mi.Vector3f(*lamp.across), mi.Vector3f(*lamp.upward)
        self.facing = mi.Vector3f(*[float(c) for c in facing])
        dr.make_opaque(self.centre, self.across, self.upward, self.facing)

    def point(self, u: Any) -> Any:
        return self.centre + self.across * (2 * u.x - 1) + self.upward * (2 * u.y - 1)

    def density(self, direction: Any, distance: Any) -> Any:
        """Of aiming along `direction` (unit, towards the lamp), by solid angle; 0 from behind."""
        cosine = -dr.dot(direction, self.facing)
        return dr.select(cosine > 1e-5, distance * distance / (self.area * dr.maximum(cosine, 1e-5)), 0.0)

    def met(self, ray: Any, before: Any) -> tuple[Any, Any]:
        """Whether the ray meets the lit side at less than `before`, and the density of having aimed there."""
        cosine = -dr.dot(ray.d, self.facing)
        distance = dr.dot(ray.o - self.centre, self.facing) / dr.maximum(cosine, 1e-5)
        at = ray.o + ray.d * distance - self.centre
        x, y = dr.dot(at, self.across), dr.dot(at, self.upward)
        within = (dr.abs(x) <= dr.squared_norm(self.across)) & (dr.abs(y) <= dr.squared_norm(self.upward))
        hit = (cosine > 1e-5) & (distance > 0) & (distance < before) & within
        return hit, self.density(ray.d, distance)


def arriving(
    scene: Any,
    path: Draws,
    ray: Any,
    bounces: int,
    lamps: Sequence[Lamp],
    glow: Callable[[Any, Any], Any] | None = None,
) -> list[Any]:
    """Linear RGB along each of the renderer's rays from each lamp, after at most `bounces` surfaces; glow comes last.

    `glow(surface, active)` is what a surface gives off of itself, as a large dim picture does. It is found by chance
    and never aimed at: sampling a textured emitter is another kernel that LLVM can't compile (a clamped float turned
    into an index), and dim light over a large surface needs no aiming. The room is found by chance as well.
    """
    mi = mitsuba()
    context = mi.BSDFContext()
    squares = [_Square(lamp) if lamp.kind == "light" else None for lamp in lamps]
    radiances = [dr.opaque(mi.Float, lamp.radiance) for lamp in lamps]
    parts = len(lamps) + (glow is not None)

    def step(
        ray: Any, totals: list[Any], carried: Any, depth: Any, density: Any, sharp: Any, active: Any, stream: Any
    ) -> tuple[Any, ...]:
        si = scene.ray_intersect(ray, ray_flags=mi.RayFlags.All, coherent=False, active=active)
        valid = si.is_valid()
        first = depth == 0
        totals = list(totals)
        # Light met along the ray, weighed against finding it by aiming from the surface before.
        for k, square in enumerate(squares):
            if square is None:
                totals[k] += dr.select(active & ~valid, carried * radiances[k], 0.0)
                continue
            hit, by_aim = square.met(ray, dr.select(valid, si.t, dr.inf))
            share = dr.select(sharp, 1.0, _share(density, by_aim))
            totals[k] += dr.select(active & hit & ~first, carried * (square.radiance * share), 0.0)
        if glow is not None:
            totals[-1] += dr.select(active, carried * glow(si, active), 0.0)

        active = active & valid & (depth < bounces)
        bsdf = si.bsdf(ray)
        smooth = active & mi.has_flag(bsdf.flags(), mi.BSDFFlags.Smooth)
        u = dr.select(first, path.light, mi.Point2f(stream.next_float32(), stream.next_float32()))
        for k, square in enumerate(squares):
            if square is None:
                continue
            away = square.point(u) - si.p
            distance = dr.norm(away)
            toward = away / distance
            by_aim = square.density(toward, distance)
            aimed = smooth & (by_aim > 0)
            value, by_surface = bsdf.eval_pdf(context, si, si.to_local(toward), aimed)
            aimed &= dr.max(value) > 0
            aimed &= ~scene.ray_test(si.spawn_ray_to(si.p + away), aimed)
            weight = square.radiance * _share(by_aim, by_surface) / dr.maximum(by_aim, 1e-20)
            totals[k] += dr.select(aimed, carried * value * weight, 0.0)

        lobe = dr.select(first, path.lobe, stream.next_float32())
        way = dr.select(first, path.way, mi.Point2f(stream.next_float32(), stream.next_float32()))
        sample, weight = bsdf.sample(context, si, lobe, way, active)
        ray = si.spawn_ray(si.to_world(sample.wo))
        carried = carried * weight
        active = active & (dr.max(carried) > 1e-4)
        sharp = mi.has_flag(sample.sampled_type, mi.BSDFFlags.Delta)
        return ray, totals, carried, depth + 1, sample.pdf, sharp, active, stream

    state = dr.while_loop(
        state=(
            mi.Ray3f(ray),
            [mi.Color3f(0) for _ in range(parts)],
            mi.Color3f(1),
            mi.UInt32(0),
            mi.Float(1),
            mi.Bool(True),
            mi.Bool(True),
            path.stream,
        ),
        cond=lambda *s: s[6],
        body=step,
        labels=("ray", "totals", "carried", "depth", "density", "sharp", "active", "stream"),
    )
    return list(state[1])


def _share(density: Any, other: Any) -> Any:
    """The power heuristic's weight of a sample that one strategy made with `density` and another would with `other`."""
    squared = density * density
    weight = squared / (squared + other * other)
    return dr.select(dr.isfinite(weight), weight, 0.0)
