"""Rendering at a tiny size: true shadows under an unseen caster, light that adds up, the same bytes each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import Cancelled
from pipeline.stage.camera import PinholeCamera, camera_on
from pipeline.stage.meshes import shape
from pipeline.stage.render import World, geometry, picture
from pipeline.stage.renderer import mitsuba
from pipeline.stage.shadow import draped_caster, light_on, shadow_of, with_caster

SIZE = (64, 48)
WHITE = {"type": "twosided", "inner": {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.8}}}


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


def table(light_x: float = -300.0, room: float = 0.2) -> World:
    """A white table at z = 0 with a small light at its left and an even room."""

    def build() -> dict[str, object]:
        mi = mitsuba()
        corners = np.array([[-400, -400, 0], [400, -400, 0], [400, 400, 0], [-400, 400, 0]], float)
        place = mi.ScalarTransform4f().look_at([light_x, 0, 300], [0, 0, 0], [0, 1, 0])
        return {
            "table": shape("table", corners, np.array([[0, 1, 2], [0, 2, 3]]), WHITE),
            "light": {
                "type": "rectangle",
                "to_world": place @ mi.ScalarTransform4f().scale(15),
                "emitter": {"type": "area", "radiance": {"type": "rgb", "value": 300.0}},
            },
            "room": {"type": "constant", "radiance": {"type": "rgb", "value": room}},
        }

    return World(build, f"table {light_x} {room}", solid=("table",))


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
    dim = picture(table(room=0.5, light_x=-3e6), from_above(), samples=32, seed=1)
    assert abs(float(np.median(dim)) - 0.4) < 0.02


def test_the_shadow_falls_away_from_the_light_and_the_caster_is_not_seen() -> None:
    mask, cast = plate()
    factor = shadow_of(table(), cast, from_above(), (0, 0, *SIZE), samples=64, seed=3, checkpoint=lambda *_: None)
    beside_light, away = factor[20:28, 20:24].mean(), factor[20:28, 39:42].mean()
    assert away < 0.9 < beside_light
    assert factor[2:6, 2:10].mean() == pytest.approx(1, abs=0.03)
    lit = picture(table(), from_above(), samples=32, seed=3, shaded_by=table())
    assert factor[mask].mean() < 0.5
    assert np.isfinite(lit).all()


def test_light_on_the_piece_is_even_where_the_light_is() -> None:
    mask, cast = plate()
    field = light_on(cast, from_above(), mask, samples=64, seed=5, sigma_px=8)
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
    import drjit as dr

    from pipeline.stage.transport import arriving

    mi = mitsuba()
    scene = table().scene
    ray = mi.Ray3f(mi.Point3f(10, 0, 200), mi.Vector3f(0, 0, -1))
    count = 60_000
    sampler = mi.load_dict({"type": "independent"})
    sampler.seed(4, count)
    ours = dr.mean(arriving(scene, sampler, dr.gather(mi.Ray3f, ray, dr.zeros(mi.UInt32, count)), 4).y)
    sampler.seed(5, count)
    path = mi.load_dict({"type": "path", "max_depth": 5, "rr_depth": 50})
    theirs, _, _ = path.sample(
        scene, sampler, mi.RayDifferential3f(dr.gather(mi.Ray3f, ray, dr.zeros(mi.UInt32, count)))
    )
    assert np.isclose(float(np.array(ours).item()), float(np.array(dr.mean(theirs.y)).item()), rtol=0.03)
