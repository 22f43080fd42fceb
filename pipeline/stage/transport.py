"""Light carried along paths: radiance that arrives along given rays, by path tracing with next-event estimation.

The estimator is the usual one (Veach 1997, chapters 9 and 10: light and surface sampling, joined by the balance of
their squared densities) with a fixed number of bounces and no roulette: studio scenes are shallow, and LLVM 19 can't
compile the roulette of the renderer's own integrator on processors with AVX-512.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import drjit as dr

from pipeline.stage.renderer import mitsuba


def arriving(scene: Any, sampler: Any, ray: Any, bounces: int, glow: Callable[[Any, Any], Any] | None = None) -> Any:
    """Linear RGB along each of the renderer's rays, light seen directly included, after at most `bounces` surfaces.

    `glow(surface, active)` is what a surface gives off of itself, as a large dim picture does. It is found by chance
    and never aimed at: sampling a textured emitter is another kernel that LLVM can't compile (a clamped float turned
    into an index), and dim light over a large surface needs no aiming.
    """
    mi = mitsuba()
    context = mi.BSDFContext()

    def step(
        ray: Any,
        total: Any,
        carried: Any,
        depth: Any,
        last: Any,
        last_density: Any,
        last_sharp: Any,
        active: Any,
        sampler: Any,
    ) -> tuple[Any, ...]:
        si = scene.ray_intersect(ray, ray_flags=mi.RayFlags.All, coherent=False, active=active)
        # Light met along the ray, weighed against finding it by light sampling from the surface before.
        met = mi.DirectionSample3f(scene, si, last)
        by_light = dr.select(last_sharp, 0.0, scene.pdf_emitter_direction(last, met, active & ~last_sharp))
        total = total + carried * _share(last_density, by_light) * met.emitter.eval(si, active)

        if glow is not None:
            total = total + carried * glow(si, active)

        active = active & si.is_valid() & (depth < bounces)
        bsdf = si.bsdf(ray)
        smooth = active & mi.has_flag(bsdf.flags(), mi.BSDFFlags.Smooth)
        toward, light = scene.sample_emitter_direction(si, sampler.next_2d(), True, smooth)
        smooth = smooth & (toward.pdf > 0)
        out = si.to_local(toward.d)
        value, density, sample, weight = bsdf.eval_pdf_sample(
            context, si, out, sampler.next_1d(), sampler.next_2d(), active
        )
        share = dr.select(toward.delta, 1.0, _share(toward.pdf, density))
        total = total + dr.select(smooth, carried * value * light * share, 0.0)

        ray = si.spawn_ray(si.to_world(sample.wo))
        carried = carried * weight
        active = active & (dr.max(carried) > 1e-4)
        sharp = mi.has_flag(sample.sampled_type, mi.BSDFFlags.Delta)
        return ray, total, carried, depth + 1, si, sample.pdf, sharp, active, sampler

    state = dr.while_loop(
        state=(
            mi.Ray3f(ray),
            mi.Color3f(0),
            mi.Color3f(1),
            mi.UInt32(0),
            dr.zeros(mi.SurfaceInteraction3f),
            mi.Float(1),
            mi.Bool(True),
            mi.Bool(True),
            sampler,
        ),
        cond=lambda *s: s[7],
        body=step,
        labels=("ray", "total", "carried", "depth", "last", "last_density", "last_sharp", "active", "sampler"),
    )
    return state[1]


def _share(density: Any, other: Any) -> Any:
    """The power heuristic's weight of a sample that one strategy made with `density` and another would with `other`."""
    squared = density * density
    weight = squared / (squared + other * other)
    return dr.select(dr.isfinite(weight), weight, 0.0)
