"""Colour against its published tables, and by round trip."""

import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from pipeline.imaging.colour import (
    LUMINANCE,
    ciede2000,
    kelvin_to_rgb,
    linear_to_lab,
    linear_to_srgb,
    linear_to_srgb8,
    srgb_to_linear,
)

# Sharma, Wu and Dalal 2005, table 1: L1 a1 b1 L2 a2 b2 and the difference to four places.
SHARMA = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


@pytest.mark.parametrize("row", SHARMA.strip().splitlines())
def test_ciede2000_agrees_with_the_published_table(row):
    values = [float(v) for v in row.split()]
    assert round(float(ciede2000(values[:3], values[3:6])), 4) == pytest.approx(values[6], abs=1.01e-4)
    assert ciede2000(values[:3], values[3:6]) == pytest.approx(ciede2000(values[3:6], values[:3]), abs=1e-9)


@given(arrays(np.float32, (7, 3), elements=st.floats(0, 1, width=32)))
def test_srgb_and_linear_light_are_each_others_inverse(colours):
    assert np.allclose(linear_to_srgb(srgb_to_linear(colours)), colours, atol=2e-6)


def test_every_8_bit_value_comes_back():
    steps = np.arange(256)
    assert (linear_to_srgb8(srgb_to_linear(steps / 255)) == steps).all()


def test_lab_of_known_colours():
    assert linear_to_lab([1, 1, 1]) == pytest.approx([100, 0, 0], abs=0.01)
    assert linear_to_lab([0, 0, 0]) == pytest.approx([0, 0, 0], abs=0.01)
    assert linear_to_lab([1, 0, 0]) == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    assert linear_to_lab([0, 0, 1]) == pytest.approx([32.30, 79.19, -107.86], abs=0.05)


def test_a_light_at_the_cameras_white_is_neutral():
    for kelvin in (3200, 5500, 6500):
        assert kelvin_to_rgb(kelvin, white_k=kelvin) == pytest.approx([1, 1, 1], abs=1e-4)


@given(st.floats(1000, 40_000), st.floats(2500, 10_000))
def test_a_change_of_temperature_is_no_change_of_level(kelvin, white):
    rgb = kelvin_to_rgb(kelvin, white)
    assert float(rgb @ LUMINANCE) == pytest.approx(1, abs=1e-4)
    assert (rgb >= 0).all()


def test_warm_lights_are_redder_and_cool_ones_bluer():
    ratios = [kelvin_to_rgb(k)[0] / kelvin_to_rgb(k)[2] for k in range(2000, 12_000, 500)]
    assert all(a > b for a, b in itertools.pairwise(ratios))


@pytest.mark.parametrize("kelvin", [0, -1, 999, float("nan"), float("inf")])
def test_a_temperature_that_no_light_has_is_refused(kelvin):
    with pytest.raises(ValueError, match="temperature"):
        kelvin_to_rgb(kelvin)
