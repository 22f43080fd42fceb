"""The rig: a dark one is refused, levels are metered at the piece, temperatures tint the way lamps do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DirectionRefused
from pipeline.rigs import RIGS, Light, LightRig
from pipeline.stage.lights import UNIT_LEVEL, kelvin_rgb, radiance_of, require_light, toward_light


def test_a_rig_with_every_light_off_is_refused() -> None:
    dark = LightRig.model_construct(name="dark", lights=(Light(ev=-6),), ambient_ev=-8.0)
    with pytest.raises(DirectionRefused) as refused:
        require_light(dark)
    assert refused.value.code == "rig.dark"


@pytest.mark.parametrize("name", sorted(RIGS))
def test_every_named_rig_has_light(name: str) -> None:
    require_light(RIGS[name])


@given(st.floats(150, 6000), st.floats(10, 3000), st.floats(-4, 4))
def test_size_and_distance_leave_the_level_at_the_piece(distance: float, size: float, ev: float) -> None:
    light = Light(distance_mm=distance, size_mm=size, temperature_k=5500, ev=ev)
    disk = size**2 / np.pi
    level = radiance_of(light) * disk / (disk + distance**2)
    assert np.allclose(level, UNIT_LEVEL * 2**ev, rtol=1e-6)


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
