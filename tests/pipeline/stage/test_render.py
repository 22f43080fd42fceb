"""Rendering at a tiny size: true shadows under an unseen caster, light that adds up, the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from pipeline.errors import Cancelled
from pipeline.rigs import Light, LightRig
from pipeline.stage import render
from pipeline.stage.camera import PinholeCamera, camera_on
from pipeline.stage.lights import UNIT_LEVEL, lamps
from pipeline.stage.materials import sculpture_material
from pipeline.stage.meshes import shape, turned, vertex_normals
from pipeline.stage.render import World, _rays, geometry, light_parts, mixed
from pipeline.stage.renderer import mitsuba
from pipeline.stage.shadow import draped_caster, light_on_parts, shadow_parts, with_caster

SIZE = (64, 48)
WHITE = {"type": "twosided", "inner": {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.8}}}


def picture(world: World, camera: PinholeCamera, **asked: Any) -> np.ndarray:
    """The mix of the view's light parts."""
    return mixed(light_parts(world, camera, **asked))


def from_above() -> PinholeCamera:
    """Straight down on the origin, 1 px a mm."""
    return camera_on(
        np.zeros(3),
        azimuth_deg=0,
        elevation_deg=90,
        focal_length_mm=85,
        px_per_mm=1.0,
        size_px=SIZE,
        target_px=(31.5, 23.5),
    )


def side_light(**changes: object) -> Light:
    """A small light at the left, half-way up."""
    return Light(**{"azimuth_deg": -90, "elevation_deg": 45, "distance_mm": 424, "size_mm": 30, "ev": 0.5, **changes})


def table(*lights: Light, room_ev: float = -1.6) -> World:
    """A white table at z = 0 under these lights (default: a small one at its left) and an even room."""

    def build() -> dict[str, object]:
        corners = np.array([[-400, -400, 0], [400, -400, 0], [400, 400, 0], [-400, 400, 0]], float)
        return {"table": shape("table", corners, np.array([[0, 1, 2], [0, 2, 3]]), WHITE)}

    rig = LightRig(lights=lights or (side_light(),), ambient_ev=room_ev)
    return World(build, "table", ("table",), lamps(rig, np.zeros(3)))


def plate() -> tuple[np.ndarray, World]:
    """A plate in the middle of the picture, lying on the table: its mask, and the table with it."""
    camera, world = from_above(), table()
    view = geometry(world, camera)
    mask = np.zeros(SIZE[::-1], bool)
    mask[18:30, 26:38] = True
    caster = draped_caster(mask, view.position.astype(float), view.normal @ camera.rotation, camera.px_per_mm)
    return mask, with_caster(world, caster, WHITE, "plate")


def test_geometry_is_metric() -> None:
    camera = from_above()
    view = geometry(table(), camera)
    assert np.allclose(view.depth_mm, camera.focus_mm, rtol=1e-4)
    step = np.linalg.norm(np.diff(view.position[24], axis=0), axis=-1)
    assert np.allclose(step, 1.0, rtol=0.005)
    assert np.allclose(view.normal, [0, 0, 1], atol=1e-4)
    assert (view.body == 1).all()


def test_an_even_room_lights_a_white_table_evenly() -> None:
    dim = picture(table(side_light(ev=-6), room_ev=-0.5), from_above(), samples=32, seed=1)
    assert np.median(dim) == pytest.approx(0.8 * UNIT_LEVEL * 2**-0.5, rel=0.01)


def test_a_light_gives_its_level_by_the_cosine_of_its_height() -> None:
    lit = picture(table(side_light(temperature_k=5500), room_ev=-8), from_above(), samples=64, seed=1)
    assert lit[22:26, 30:34].mean() == pytest.approx(0.8 * UNIT_LEVEL * 2**0.5 * np.sin(np.pi / 4), rel=0.02)


def test_the_shadow_falls_away_from_the_light_and_the_caster_is_not_seen() -> None:
    mask, cast = plate()
    parts = shadow_parts(table(), cast, from_above(), (0, 0, *SIZE), samples=64, seed=3, checkpoint=lambda *_: None)
    factor = parts.factor()
    beside_light, away = factor[20:28, 20:24].mean(), factor[20:28, 39:42].mean()
    assert away < 0.9 < beside_light
    assert factor[2:6, 2:10].mean() == pytest.approx(1, abs=0.03)
    lit = picture(table(), from_above(), samples=32, seed=3, shaded_by=table())
    assert factor[mask].mean() < 0.5
    assert np.isfinite(lit).all()


def test_light_on_the_piece_is_even_where_the_light_is() -> None:
    mask, cast = plate()
    field = light_on_parts(cast, from_above(), mask, samples=64, seed=5, sigma_px=8).field()
    assert field.shape == (*mask.shape, 3)
    assert np.allclose(field[mask], 1.0, atol=0.15)


def test_the_same_inputs_give_the_same_bytes(stage_cache: Path) -> None:
    def rendered() -> bytes:
        return picture(table(), from_above(), samples=8, seed=11).tobytes()

    first = rendered()
    for kept in stage_cache.joinpath("renders").glob("*.npz"):
        kept.unlink()
    assert rendered() == first
    assert picture(table(), from_above(), samples=8, seed=12).tobytes() != first


def test_a_cancelled_render_stops_and_keeps_nothing(stage_cache: Path) -> None:
    def stop(done: float, so_far: np.ndarray | None) -> None:
        raise Cancelled

    before = set(stage_cache.joinpath("renders").glob("*"))
    with pytest.raises(Cancelled):
        picture(table(), from_above(), samples=8, seed=99, checkpoint=stop)
    assert set(stage_cache.joinpath("renders").glob("*")) == before


def test_own_transport_agrees_with_the_renderers_path_tracer() -> None:
    """The sum of the lamps against a full render of a scene whose lights are the renderer's own emitters."""
    import drjit as dr

    world, camera = cornered(), from_above()
    ours = picture(world, camera, samples=256, seed=3, denoise=False)
    mi = mitsuba()
    emitters: dict[str, object] = {}
    for lamp in world.lamps:
        value = {"type": "rgb", "value": [lamp.radiance * c for c in lamp.level]}
        if lamp.kind == "room":
            emitters["room"] = {"type": "constant", "radiance": value}
            continue
        M = np.eye(4)
        facing = np.cross(lamp.across, lamp.upward)
        M[:3] = np.stack([lamp.across, lamp.upward, facing / np.linalg.norm(facing), lamp.centre], 1)
        emitters[lamp.name] = {
            "type": "rectangle",
            "to_world": mi.ScalarTransform4f(M),
            "bsdf": {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.0}},
            "emitter": {"type": "area", "radiance": value},
        }
    scene = mi.load_dict({"type": "scene", **world.build(), **emitters})
    h, w = ours.shape[:2]
    x, y = (mi.Float(np.ravel(a).astype(np.float32)) for a in np.meshgrid(np.arange(w), np.arange(h)))
    spread = mi.load_dict({"type": "independent"})
    total = np.zeros_like(ours)
    for number in range(8):
        spread.seed(number, h * w * 32)
        lane = dr.arange(mi.UInt32, h * w * 32) // 32
        jitter = spread.next_2d() - 0.5
        ray = _rays(camera, dr.gather(mi.Float, x, lane) + jitter.x, dr.gather(mi.Float, y, lane) + jitter.y, None)
        path = mi.load_dict({"type": "path", "max_depth": 5, "rr_depth": 50})
        colour, _, _ = path.sample(scene, spread, mi.RayDifferential3f(ray))
        dr.eval(colour)
        total += np.stack([np.array(dr.block_sum(c, 32)) for c in (colour.x, colour.y, colour.z)], -1).reshape(h, w, 3)
    theirs = total / 256
    assert ours.mean() == pytest.approx(theirs.mean(), rel=0.01)
    assert np.abs(ours.mean((0, 1)) / theirs.mean((0, 1)) - 1).max() < 0.01
    # Pixel by pixel as well, where noise leaves anything to see: by blocks of 8 x 8.
    blocks = [p.reshape(h // 8, 8, w // 8, 8, 3).mean((1, 3)) for p in (ours, theirs)]
    assert np.abs(blocks[0] / blocks[1] - 1).mean() < 0.01


def cornered() -> World:
    """A table with a glossy block on it, so that light bounces, under two coloured lights and a room."""
    plain = table()

    def build() -> dict[str, object]:
        gloss = {"type": "principled", "base_color": {"type": "rgb", "value": [0.6, 0.3, 0.2]}, "roughness": 0.4}
        corners = np.array([[x, y, z] for x in (4, 16) for y in (-8, 8) for z in (0, 14)], float)
        quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (1, 5, 7, 3))
        faces = np.array([f for a, b, c, d in quads for f in ((a, b, c), (a, c, d))])
        return {**plain.build(), "block": shape("block", corners, faces, {"type": "twosided", "inner": gloss})}

    key = side_light(name="key", temperature_k=4000)
    fill = Light(name="fill", azimuth_deg=60, elevation_deg=50, distance_mm=900, size_mm=300, temperature_k=8000, ev=-1)
    rig = LightRig(lights=(key, fill), ambient_ev=-2)
    return World(build, "table and block", ("table",), lamps(rig, np.zeros(3)))


def test_a_picture_is_the_sum_of_its_lamps_whichever_were_rendered_together(stage_cache: Path) -> None:
    """Rendered alone, in company, or from the cache, a lamp gives the same bytes; and the sum is the picture."""
    world, camera = cornered(), from_above()
    together = light_parts(world, camera, samples=8, seed=21)
    for kept in stage_cache.joinpath("renders").glob("*.npz"):
        kept.unlink()
    alone = [
        light_parts(replace(world, lamps=(lamp,)), camera, samples=8, seed=21)[0].frame
        for lamp in reversed(world.lamps)
    ][::-1]
    for part, frame in zip(together, alone, strict=True):
        assert part.frame.tobytes() == frame.tobytes()
    assert mixed(together).tobytes() == picture(world, camera, samples=8, seed=21).tobytes()


def test_a_changed_level_renders_nothing_and_a_moved_lamp_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = from_above()
    first = side_light(name="first")
    picture(table(first, side_light(name="second", azimuth_deg=90)), camera, samples=8, seed=5)
    rendered: list[str] = []
    traced = render._path_traced
    monkeypatch.setattr(
        render,
        "_path_traced",
        lambda task, *rest: rendered.extend(lamp.name for lamp in task.lamps) or traced(task, *rest),
    )
    louder = table(
        side_light(name="first", ev=2, temperature_k=3000), side_light(name="second", azimuth_deg=90), room_ev=0
    )
    picture(louder, camera, samples=8, seed=5)
    assert rendered == []
    picture(table(first, side_light(name="second", azimuth_deg=80)), camera, samples=8, seed=5)
    assert rendered == ["second"]


def test_a_part_of_the_view_is_that_part_of_the_whole() -> None:
    world, camera = cornered(), from_above()
    whole = picture(world, camera, samples=8, seed=2, denoise=False)
    part = picture(world, camera, samples=8, seed=2, denoise=False, box=(16, 8, 40, 32))
    assert part.tobytes() == np.ascontiguousarray(whole[8:32, 16:40]).tobytes()


def test_an_outline_is_antialiased_already_at_eight_samples() -> None:
    """A table whose edge lies 0.3 of the way into a column of pixels: each shows that much to half a sample, and all alike."""
    plain = table()

    def build() -> dict[str, object]:
        corners = np.array([[-400, -400, 0], [0.3, -400, 0], [0.3, 400, 0], [-400, 400, 0]], float)
        return {"edge": shape("edge", corners, np.array([[0, 1, 2], [0, 2, 3]]), WHITE)}

    world = World(build, "an edge", ("edge",), plain.lamps[:1])
    seen = picture(world, from_above(), samples=8, seed=4, denoise=False)[..., 1]
    column = seen[8:40, 30:33] / np.median(seen[8:40, 20:28])
    assert np.allclose(column[:, :2], 1, atol=0.15)
    assert column[:, 2].mean() == pytest.approx(0.3, abs=0.065)
    assert column[:, 2].std() < 0.07


def test_outlines_get_more_samples_and_parts_of_a_view_the_same() -> None:
    """The block's outline against the table: nearer to what many samples show than the same samples everywhere."""
    world, camera = cornered(), from_above()
    truth = picture(world, camera, samples=512, seed=9, denoise=False)
    plain = picture(world, camera, samples=8, seed=9, fast=True)
    fine = picture(world, camera, samples=8, seed=9)
    rim = np.zeros(SIZE[::-1], bool)
    rim[14:33, 33:50] = True
    rim[17:30, 37:46] = False
    assert np.abs(fine - truth)[rim].mean() < np.abs(plain - truth)[rim].mean()
    part = picture(world, camera, samples=8, seed=9, box=(16, 8, 56, 40))
    # But for the denoiser, which sees less of the neighbourhood.
    assert np.abs(part[8:-8, 8:-8] - fine[16:32, 24:48]).mean() < 0.003


def test_the_rim_of_glossy_porcelain_does_not_glitter() -> None:
    """Few bright samples among many even ones: what the denoiser leaves of them from pixel to pixel can't be seen."""
    plain = table(side_light(elevation_deg=70, size_mm=200, ev=1.5))
    turn = np.linspace(0, np.pi, 64)
    outline = np.stack([np.maximum(18 * np.sin(turn), 0.01), 18 * np.cos(turn)], 1)
    vertices, faces, _, _ = turned(outline, 128)

    def build() -> dict[str, object]:
        porcelain = sculpture_material("porcelain", 0.14)
        ball = shape("ball", vertices + [0, 0, 4], faces, porcelain, normals=vertex_normals(vertices, faces))
        return {**plain.build(), "ball": ball}

    world = World(build, "a ball", ("ball",), plain.lamps)
    camera = camera_on(
        np.zeros(3),
        azimuth_deg=0,
        elevation_deg=90,
        focal_length_mm=85,
        px_per_mm=5.0,
        size_px=(240, 200),
        target_px=(119.5, 99.5),
    )
    seen = picture(world, camera, samples=8, seed=1)
    y, x = np.mgrid[:200, :240]
    from_middle = np.hypot(x - 119.5, y - 99.5) / 90
    rim = (from_middle > 0.9) & (from_middle < 0.98)
    glitter = np.abs(seen - ndimage.median_filter(seen, (3, 3, 1)))[rim].mean()
    assert glitter < 0.002 * seen[rim].mean()
