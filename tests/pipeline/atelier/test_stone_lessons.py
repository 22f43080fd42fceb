"""What the network is taught, read back: a crop's targets hold its stones, wherever and however it was cut."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.atelier.counts.count_calibration import fit
from pipeline.atelier.counts.stone_lessons import CROP_PX, Crop, Lesson, drawn_crop, ellipse_numbers, lessons, moments
from pipeline.fingerprint.net import CUTS, Maps
from pipeline.fingerprint.stones import find_stones


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> list[Lesson]:
    """The sample pieces alone: no seeds."""
    return lessons([])


def as_maps(crop: Crop) -> Maps:
    """The targets as if the network had told them."""
    side = CROP_PX // 2
    cuts = np.full((len(CUTS), side, side), 1 / len(CUTS), np.float32)
    return Maps(crop.fine[0], crop.fine[1], crop.fine[2:], crop.ellipse, np.zeros((side, side), np.float32), cuts)


def test_the_stones_taught_are_the_stones_read_back(taught):
    told, read = 0, 0
    for seed in range(24):
        crop = drawn_crop(taught[seed % len(taught)], np.random.default_rng(seed))
        assert crop.planes.shape == (4, CROP_PX, CROP_PX)
        assert np.abs(crop.planes).max() <= 0.5 + 1e-6
        # Each stone's own numbers tell it from its neighbours; of one that the crop's edge cuts the middle is missing.
        own = crop.ellipse_weight > 0.6
        told += len(set(map(tuple, np.round(crop.ellipse[2:, own], 4).T)))
        inside = [s for s in find_stones(as_maps(crop)) if min(s.x, s.y) > 2 and max(s.x, s.y) < CROP_PX - 3]
        read += len(inside)
    assert told > 100
    assert read == pytest.approx(told, rel=0.1)


def test_an_ellipse_is_told_by_its_moments():
    t = np.arange(200) * np.pi / 100
    a = np.radians(25)
    x, y = 30 * np.cos(t), 12 * np.sin(t)
    middle, spread = moments(np.stack([50 + x * np.cos(a) - y * np.sin(a), 40 + x * np.sin(a) + y * np.cos(a)], -1))
    size, cos, sin = ellipse_numbers(spread)
    assert middle == pytest.approx([50, 40], abs=0.05)
    assert 20 * np.exp(size) == pytest.approx(np.sqrt(60 * 24), rel=0.01)
    assert np.hypot(cos, sin) == pytest.approx(np.log(60 / 24), rel=0.01)
    assert np.degrees(np.arctan2(sin, cos)) / 2 == pytest.approx(25, abs=0.5)


def test_a_logistic_model_learns_the_shares_that_it_is_shown():
    rng = np.random.default_rng(2)
    x = rng.normal(0, 2, (4000, 2))
    likely = 1 / (1 + np.exp(-(1.2 * x[:, 0] - 0.7 * x[:, 1] + 0.4)))
    weights = fit(x, (rng.random(4000) < likely).astype(float), (0, 0))
    assert weights == pytest.approx([1.2, -0.7, 0.4], abs=0.15)


def test_a_measure_that_may_only_speak_for_a_stone_never_speaks_against_it():
    rng = np.random.default_rng(3)
    x = rng.normal(0, 1, (400, 2))
    true = (x[:, 0] + rng.normal(0, 1, 400) < 0).astype(float)
    free, held = fit(x, true, (0, 0)), fit(x, true, (1, 1))
    assert free[0] < -0.5
    assert held[0] == 0
