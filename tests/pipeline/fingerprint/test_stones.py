"""Stones from maps: parted where they touch, measured as they are, and none where pixels don't agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.fingerprint.stones import candidates, find_stones
from tests.pipeline.fingerprint.drawn import maps


@given(
    count=st.integers(1, 9),
    size=st.floats(8, 26),
    aspect=st.floats(0.55, 1.0),
    angle=st.floats(-89, 90),
)
@settings(max_examples=15, deadline=None)
def test_touching_stones_of_a_row_are_told_apart_and_measured(count, size, aspect, angle):
    stones = [(20 + size * (k + 0.5), 40.0, size, size * aspect, angle) for k in range(count)]
    found = find_stones(maps(stones, (80, 280)))
    assert len(found) == count
    for stone in found:
        true = min(stones, key=lambda s: abs(s[0] - stone.x))
        assert np.hypot(stone.x - true[0], stone.y - true[1]) < 1
        assert stone.long == pytest.approx(true[2], rel=0.1, abs=0.5)
        assert stone.short == pytest.approx(true[3], rel=0.1, abs=0.5)
        if aspect < 0.7:  # what is nearly round has no angle
            assert abs((stone.angle - angle + 90) % 180 - 90) < 10


@given(size=st.floats(8, 20), turn=st.floats(0, 60))
@settings(max_examples=10, deadline=None)
def test_a_cluster_as_close_as_stones_can_lie(size, turn):
    a = np.radians(turn + 60 * np.arange(6))
    stones = [(100.0, 100.0, size, size, 0.0)] + [
        (100 + size * np.cos(t), 100 + size * np.sin(t), size, size, 0.0) for t in a
    ]
    assert len(find_stones(maps(stones, (200, 200)))) == 7


def test_a_ring_of_small_stones_round_a_large_one():
    t = np.arange(16) * np.pi / 8
    halo = [(100 + 50 * np.cos(a), 100 + 50 * np.sin(a), 18.0, 17.0, 0.0) for a in t]
    found = find_stones(maps([(100, 100, 70, 66, 20), *halo], (200, 200)))
    assert len(found) == 17
    assert found[0].long == pytest.approx(70, rel=0.05)


def test_no_stones_in_empty_maps():
    assert find_stones(maps([], (60, 60))) == []


def test_a_hill_whose_pixels_vote_elsewhere_is_less_sure():
    one = maps([(40, 40, 24, 24, 0)], (80, 80))
    astray = one.ellipse.copy()
    rng = np.random.default_rng(4)
    astray[:2] += rng.normal(0, 0.6, astray[:2].shape)
    sure, unsure = candidates(one)[0], candidates(replace(one, ellipse=astray))[0]
    assert unsure.votes < 0.5 < sure.votes
    assert unsure.sure < sure.sure
