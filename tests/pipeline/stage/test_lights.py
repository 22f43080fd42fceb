"""The rig: a dark one is refused, levels are metered at the piece, temperatures tint the way lamps do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DirectionRefused
from pipeline.rigs import RIGS, Light, LightRig
from pipeline.stage.lights import UNIT_LEVEL, kelvin_rgb, lamps, level_of, require_light, toward_light, unit_radiance


def test_a_rig_with_every_light_off_is_refused() -> None:
    dark = LightRig.model_construct(name="dark", lights=(Light(ev=-6),), ambient_ev=-8.0)
    with pytest.raises(DirectionRefused) as refused:
        require_light(dark)
    assert refused.value.code == "rig.dark"


@pytest.mark.parametrize("name", sorted(RIGS))
def test_every_named_rig_lights_the_piece_from_somewhere_and_is_refused_with_its_lights_off(name: str) -> None:
    rig = RIGS[name]
    require_light(rig)
    *lights, room = (float(np.array(lamp.level) @ [0.2126, 0.7152, 0.0722]) for lamp in lamps(rig, np.zeros(3)))
    assert 0.5 <= max(lights) <= 4, "its key lies within an EV or two of the unit light"
    assert max(lights) > 2 * room, "the piece has a lit and a shaded side"
    off = rig.model_copy(
        update={"lights": tuple(light.model_copy(update={"ev": -6.0}) for light in rig.lights), "ambient_ev": -8.0}
    )
    with pytest.raises(DirectionRefused) as refused:
        require_light(off)
    assert refused.value.code == "rig.dark"


@given(st.floats(150, 6000), st.floats(10, 3000))
def test_size_and_distance_leave_the_level_at_the_piece(distance: float, size: float) -> None:
    disk = size**2 / np.pi
    assert np.isclose(unit_radiance(size, distance) * disk / (disk + distance**2), UNIT_LEVEL)


@given(st.floats(-5, 6), st.floats(2000, 12000))
def test_level_and_colour_are_no_part_of_what_is_rendered(ev: float, kelvin: float) -> None:
    light = Light(ev=ev, temperature_k=kelvin)
    (lamp, room), (neutral, _) = (lamps(LightRig(lights=(one,)), np.zeros(3)) for one in (light, Light()))
    assert lamp.key == neutral.key != room.key
    assert np.allclose(lamp.level, level_of(light))
    assert np.isclose(np.array(lamp.level) @ [0.2126, 0.7152, 0.0722], 2**ev)


@given(st.floats(95, 180), st.floats(-20, 60), st.floats(150, 6000), st.floats(10, 3000))
def test_a_light_behind_the_wall_comes_in_before_it_as_large_as_it_was_seen(
    azimuth: float, elevation: float, distance: float, size: float
) -> None:
    light = Light(azimuth_deg=azimuth, elevation_deg=elevation, distance_mm=distance, size_mm=size)
    rig = LightRig(lights=(light,))
    inside, free = (lamps(rig, np.zeros(3), wall_behind_mm=wall)[0] for wall in (500.0, None))
    assert inside.centre[1] <= 500
    assert inside.radiance == pytest.approx(free.radiance, rel=1e-6)
    near, far = (np.linalg.norm(lamp.across) / np.linalg.norm(lamp.centre) for lamp in (inside, free))
    assert np.isclose(near, far)
    assert np.allclose(np.cross(inside.centre, free.centre), 0, atol=1e-3 * distance)


def test_the_cameras_white_is_5500_k_and_lamps_below_it_are_warm() -> None:
    assert np.allclose(kelvin_rgb(5500), 1.0)
    warm, cool = kelvin_rgb(3000), kelvin_rgb(9000)
    assert warm[0] > 1 > warm[2]
    assert cool[0] < 1 < cool[2]
    for rgb in (warm, cool):
        assert np.isclose(rgb @ [0.2126, 0.7152, 0.0722], 1.0)


def test_a_light_at_the_cameras_right_stands_there() -> None:
    toward = toward_light(Light(azimuth_deg=90, elevation_deg=0))
    assert np.allclose(toward, [1, 0, 0], atol=1e-9)
