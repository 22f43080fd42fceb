"""The plate's light is read as it was set: direction, hardness, grain and blur of pictures made with known ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.engines.plate_shadow import glow_on_skin, shadow_on_skin
from pipeline.imaging.colour import srgb_to_linear
from pipeline.plate.anchor import unit
from pipeline.plate.light import blur_of, grain_of, read_light
from pipeline.plate.surface import Surface


def ball(size: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """A ball's normals (h, w, 3), x right, y up, z to the camera, and its mask."""
    y, x = np.mgrid[1 : -1 : complex(size), -1 : 1 : complex(size)] / 0.9
    r2 = x * x + y * y
    normals = np.stack([x, y, np.sqrt(np.clip(1 - r2, 0, 1))], -1)
    mask = (r2 < 1).astype(np.float32)
    normals[r2 >= 1] = (0, 0, 1)
    return normals.astype(np.float32), mask


@pytest.mark.parametrize("toward", [(-0.6, 0.4, 0.7), (0.7, 0.2, 0.5), (0.1, 0.8, 0.5), (-0.3, -0.2, 0.9)])
def test_the_direction_is_found_on_a_lit_ball(toward: tuple[float, float, float]) -> None:
    normals, mask = ball()
    direction = unit(np.array(toward))
    level = 0.4 + 0.5 * normals @ direction
    rgb = np.clip(level[..., None] * [0.5, 0.28, 0.2] * mask[..., None] + (1 - mask[..., None]) * 0.1, 0, 1)
    light = read_light(rgb.astype(np.float32), mask, normals, ())
    assert np.degrees(np.arccos(np.clip(light.direction @ direction, -1, 1))) < 12
    assert light.ambient + light.directed == pytest.approx(1)


def test_a_harder_light_reads_harder() -> None:
    normals, mask = ball()
    spreads = []
    for b in (0.1, 0.3, 0.6):
        level = (1 - b) + b * normals @ unit(np.array([-0.5, 0.5, 0.7]))
        rgb = np.clip(level[..., None] * [0.5, 0.28, 0.2] * mask[..., None], 0, 1).astype(np.float32)
        spreads.append(read_light(rgb, mask, normals, ()).spread_deg)
    assert spreads == sorted(spreads, reverse=True)


@pytest.mark.parametrize("sigma", [0.004, 0.012, 0.03])
def test_grain_is_measured_over_tones_that_slope(sigma: float) -> None:
    ramp = np.linspace(0.3, 0.7, 600)[None, :, None] * np.ones((500, 1, 3))
    noise = np.random.default_rng(2).normal(0, sigma, (500, 600, 1))
    assert grain_of(srgb_to_linear(ramp + noise)) == pytest.approx(sigma, rel=0.2)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
def test_blur_is_measured_on_edges(sigma: float) -> None:
    step = np.where(np.arange(400)[None] < 200, 0.2, 0.75) * np.ones((300, 1))
    soft = cv2.GaussianBlur(step.astype(np.float32), (0, 0), sigma)
    rgb = srgb_to_linear(np.repeat(soft[..., None], 3, -1))
    assert blur_of(rgb) == pytest.approx(sigma, rel=0.25)


def test_a_shadow_is_soft_below_one_and_only_near() -> None:
    normals = np.zeros((300, 300, 3), np.float32)
    normals[..., 2] = 1
    ones = np.ones((300, 300), np.float32)
    surface = Surface(np.zeros((300, 300), np.float32), normals, ones, ones)
    mask = np.zeros((300, 300), np.float32)
    mask[140:160, 60:240] = 1
    light = read_light(np.full((300, 300, 3), 0.4, np.float32), ones, normals, ())
    shadow = shadow_on_skin(mask, 0 * mask, 2.0, surface, light, 10.0, 1)
    assert 0.1 < shadow[162:166, 100:200].mean() < 0.95
    assert np.allclose(shadow[:60], 1, atol=0.01)
    assert shadow.max() <= 1 + 1e-6
    # Skin's red rim: red is spread furthest, so right beside the piece it is the lightest.
    beside = shadow[161:163, 100:200].mean((0, 1))
    assert beside[0] > beside[2]
    glow = glow_on_skin(mask, np.array([0.8, 0.56, 0.22]), surface, light, 10.0)
    assert glow.min() >= 1.0
    assert glow.max() < 1.12
