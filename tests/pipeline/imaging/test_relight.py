"""The relight gain is smooth, bounded, and never drives what the photo resolves into clipping."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.direction import Finish
from pipeline.imaging.colour import kelvin_to_rgb, luminance
from pipeline.imaging.relight import relight_gain, smooth_within, tint_bound_ev


def disk(size: int = 120) -> np.ndarray:
    y, x = np.mgrid[0:size, 0:size]
    return (np.hypot(x - size / 2, y - size / 2) < size * 0.4).astype(np.float32)


def grey(level: float, size: int = 120) -> np.ndarray:
    return np.full((size, size, 3), level, np.float32)


def test_neutral_light_changes_nothing():
    gain = relight_gain(grey(1.0), grey(0.4), disk(), Finish())
    np.testing.assert_allclose(gain, 1, atol=2e-3)


@settings(max_examples=30, deadline=None)
@given(
    rgb=st.tuples(*[st.floats(0.001, 50)] * 3),
    bound=st.floats(0, 0.6),
    relight=st.floats(0, 1),
    exposure=st.floats(-2, 2),
)
def test_no_light_passes_the_bounds(rgb: tuple[float, float, float], bound: float, relight: float, exposure: float):
    finish = Finish(relight_max_ev=bound, relight=relight, exposure_ev=exposure)
    light = grey(1.0) * np.array(rgb, np.float32)
    gain_ev = np.log2(relight_gain(light, grey(0.2), disk(), finish))
    warm, green = tint_bound_ev()
    assert np.abs(gain_ev.mean(-1)).max() <= bound * relight + 1e-4
    assert np.abs(gain_ev[..., 0] - gain_ev[..., 2]).max() <= warm * relight + 1e-4
    assert np.abs(gain_ev[..., 1] - (gain_ev[..., 0] + gain_ev[..., 2]) / 2).max() <= green * relight + 1e-4


def test_the_widest_tint_is_that_of_400_k():
    warm, _ = tint_bound_ev()
    red, _, blue = np.log2(kelvin_to_rgb(5900.0))
    assert warm == pytest.approx(abs(red - blue), rel=0.02)


def test_relight_zero_is_the_photo_as_taken():
    gain = relight_gain(grey(3.0), grey(0.4), disk(), Finish(relight=0))
    np.testing.assert_array_equal(gain, 1)


def test_a_hard_edge_of_light_becomes_a_smooth_gain():
    light = grey(1.0)
    light[:, 60:] = 3.0
    gain = luminance(relight_gain(light, grey(0.2), disk(), Finish(relight_max_ev=0.6)))
    # A step of 0.6 EV through a Gaussian of 8 px can't be steeper than its centre slope.
    assert np.abs(np.diff(gain, axis=1)).max() < 0.05


def test_light_beside_the_piece_does_not_leak_into_it():
    light = grey(1.0)
    light[disk() == 0] = 40.0
    gain = relight_gain(light, grey(0.2), disk(), Finish())
    np.testing.assert_allclose(gain[disk() > 0], 1, atol=0.02)


def test_bright_metal_is_not_driven_into_clipping_but_may_darken():
    bright = grey(0.9)
    up = relight_gain(grey(4.0), bright, disk(), Finish(relight_max_ev=0.6))
    down = relight_gain(grey(0.3), bright, disk(), Finish(relight_max_ev=0.6))
    assert (bright * up)[disk() > 0].max() <= 1.001
    assert down[disk() > 0].max() < 0.75


def test_smoothing_inside_a_mask_ignores_the_outside():
    values = np.where(disk() > 0, 0.5, 99.0).astype(np.float32)
    inside = smooth_within(values, disk(), 8.0)[disk() > 0]
    np.testing.assert_allclose(inside, 0.5, atol=0.01)
