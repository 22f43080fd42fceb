"""Stones from maps: parted where they touch, measured as they are, completed where a row expects it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.fingerprint.stones import find_stones
from tests.pipeline.fingerprint.drawn import maps


@given(
    count=st.integers(1, 7),
    size=st.floats(11, 26),
    aspect=st.floats(0.55, 1.0),
    angle=st.floats(-89, 90),
)
@settings(max_examples=15, deadline=None)
def test_touching_stones_of_a_row_are_told_apart_and_measured(count, size, aspect, angle):
    stones = [(20 + size * (k + 0.5), 40.0, size, size * aspect, angle) for k in range(count)]
    found = find_stones(*maps(stones, (80, 240)))
    assert len(found) == count
    for stone in found:
        true = min(stones, key=lambda s: abs(s[0] - stone.x))
        assert np.hypot(stone.x - true[0], stone.y - true[1]) < 1
        assert stone.long == pytest.approx(true[2], rel=0.15, abs=1.2)
        assert stone.short == pytest.approx(true[3], rel=0.2, abs=1)


def test_a_ring_of_small_stones_round_a_large_one():
    t = np.arange(16) * np.pi / 8
    halo = [(100 + 50 * np.cos(a), 100 + 50 * np.sin(a), 18.0, 17.0, 0.0) for a in t]
    found = find_stones(*maps([(100, 100, 70, 66, 20), *halo], (200, 200)))
    assert len(found) == 17
    assert found[0].long == pytest.approx(70, rel=0.05)


def test_no_stones_in_empty_maps():
    empty = np.zeros((60, 60), np.float32)
    assert find_stones(empty, empty) == []


def test_a_faint_core_counts_only_where_its_row_expects_it():
    row = [(20 + 16 * k, 30.0, 15.0, 15.0, 0.0) for k in range(9)]
    body, core = maps(row, (60, 220))
    core[:, 76:92] *= 0.35  # the fifth stone's core is faint
    assert len(find_stones(body, core)) == 9
    alone, faint = maps([row[0]], (60, 220))
    assert find_stones(alone, faint * 0.35) == []
