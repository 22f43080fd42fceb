"""A constant step speaks for a faint stone where sure ones foretell it, and for nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fingerprint.regular import encouraged, foretold
from pipeline.fingerprint.stones import Found, candidates
from tests.pipeline.fingerprint.drawn import maps

A_STONE = candidates(maps([(40, 40, 20, 20, 0)], (80, 80)))[0]


def row(sure: list[float], step: float = 22.0, bend: float = 0.0) -> list[Found]:
    """Stones at a constant step along a line that bends by `bend` radians a step, as sure as said."""
    heading, at, out = 0.0, np.array([100.0, 100.0]), []
    for s in sure:
        out.append(replace(A_STONE, x=float(at[0]), y=float(at[1]), sure=s))
        at = at + step * np.array([np.cos(heading), np.sin(heading)])
        heading += bend
    return out


def surest(found: list[Found], like: Found) -> float:
    return next(s.sure for s in found if (s.x, s.y) == (like.x, like.y))


@pytest.mark.parametrize("bend", [0.0, 0.3])
def test_a_faint_stone_between_sure_ones_and_one_at_a_rows_end_are_surer(bend):
    stones = row([0.9, 0.9, 0.4, 0.9, 0.9, 0.4], bend=bend)
    found = encouraged(stones)
    assert surest(found, stones[2]) > 0.5
    assert surest(found, stones[5]) > 0.4


def test_an_odd_one_out_and_one_of_another_size_are_left_as_they_are():
    stones = row([0.9, 0.9, 0.9])
    beside = replace(A_STONE, x=122.0, y=131.0, sure=0.4)
    small = replace(A_STONE, x=166.0, y=100.0, sure=0.4, long=10.0, short=10.0)
    found = encouraged([*stones, beside, small])
    assert surest(found, beside) == 0.4
    assert surest(found, small) == 0.4


def test_faint_ones_in_a_row_dont_speak_for_each_other():
    stones = row([0.4] * 8)
    assert encouraged(stones) == stones


@given(st.lists(st.floats(0.01, 0.99), max_size=12), st.floats(15, 60), st.floats(-0.5, 0.5))
def test_no_stone_becomes_less_sure(sure, step, bend):
    stones = row(sure, step, bend)
    found = encouraged(stones)
    assert len(found) == len(stones)
    for stone in stones:
        assert surest(found, stone) >= stone.sure - 1e-9
        told = foretold(stone, np.array([(s.x, s.y, s.size, s.sure) for s in stones]).reshape(-1, 4))
        assert 0 <= told <= 1
