"""What sizes of a picture tell together: what they agree on is surer, and a cluster is its stones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.fingerprint.agreement import agreed, nested, seconded
from pipeline.fingerprint.stones import Found, candidates, told_stones
from tests.pipeline.fingerprint.drawn import maps

STONE = (60.0, 50.0, 30.0, 24.0, 20.0)


def told_at(factor: float, stones: list[tuple[float, float, float, float, float]]) -> list[Found]:
    """What a picture of 120 by 100 px at `factor` of its size tells of its stones, in its own pixels."""
    small = [
        ((x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5, long * factor, short * factor, angle)
        for x, y, long, short, angle in stones
    ]
    height, width = (2 * round(side * factor / 2) for side in (100, 120))
    return [s.scaled(1 / factor) for s in told_stones(maps(small, (height, width)))]


def test_a_stone_told_at_every_size_is_one_stone_and_surer_than_one_told_once():
    levels = [told_at(factor, [STONE]) for factor in (1.0, 0.63, 0.4)]
    together, alone = agreed(levels), agreed([levels[0], [], []])
    assert len(together) == 1
    assert together[0].sure > alone[0].sure
    assert (together[0].x, together[0].y) == (pytest.approx(60, abs=1), pytest.approx(50, abs=1))
    assert together[0].long == pytest.approx(30, rel=0.08)
    assert together[0].short == pytest.approx(24, rel=0.08)


def test_what_another_size_says_seconds_only_the_same_stone():
    beside = (90.0, 50.0, 30.0, 24.0, 20.0)
    told = seconded([told_at(1.0, [STONE]), told_at(0.63, [STONE]), told_at(0.4, [beside])])
    of_first = [others for stone, others in told if abs(stone.x - 60) < 2]
    assert of_first
    for others in of_first:
        assert max(others) > 0.5
        assert min(others) == 0
    assert all(max(others) == 0 for stone, others in told if abs(stone.x - 90) < 3)


def test_small_stones_that_fill_a_large_one_are_a_cluster_few_in_it_are_its_facets():
    grid = [(40 + 20 * k, 40 + 20 * n, 20, 20, 0) for k in range(3) for n in range(3)]
    small = [replace(s, sure=0.9) for s in candidates(maps(grid, (120, 120)))]
    large = [replace(s, sure=0.9) for s in candidates(maps([(60, 60, 66, 66, 0)], (120, 120)))]
    assert sorted(s.size for s in nested([*small, *large])) == pytest.approx([20] * 9, rel=0.1)
    assert nested([*small[:1], *large]) == large
    # One that is plainly surer than what is seen in it is one stone.
    unsure = [replace(s, sure=0.6) for s in small]
    assert nested([*unsure, *large]) == large


def test_nothing_agrees_on_nothing():
    assert agreed([[], []]) == []
    assert seconded([]) == []


def test_ten_stones_told_at_three_sizes_are_ten():
    ring = [(60 + 35 * np.cos(a), 50 + 35 * np.sin(a), 20.0, 18.0, 0.0) for a in np.arange(10) * 2 * np.pi / 10]
    found = [s for s in agreed([told_at(f, ring) for f in (1.0, 0.8, 0.63)]) if s.sure >= 0.5]
    assert len(found) == 10
