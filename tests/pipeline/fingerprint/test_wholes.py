"""Facets of one large stone brought together, and stones that touch left as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.fingerprint.net import Maps
from pipeline.fingerprint.stones import Found, candidates
from pipeline.fingerprint.wholes import whole
from tests.pipeline.fingerprint.drawn import maps


def facets(sure: float) -> list[Found]:
    """Four candidates within a stone of 80 by 56 px at (100, 100)."""
    found = candidates(
        maps([(100, 80, 30, 30, 0), (100, 120, 30, 30, 0), (85, 100, 24, 24, 0), (115, 100, 24, 24, 0)], (200, 200))
    )
    return [replace(s, sure=sure) for s in found]


def one() -> Maps:
    return maps([(100, 100, 80, 56, 90)], (200, 200))


def test_facets_of_one_stone_are_that_stone():
    found = whole(one(), facets(0.85))
    assert len(found) == 1
    assert (found[0].x, found[0].y) == (pytest.approx(100, abs=1), pytest.approx(100, abs=1))
    assert found[0].long == pytest.approx(80, rel=0.05)
    assert found[0].short == pytest.approx(56, rel=0.05)
    assert found[0].sure > 0.8


def test_parts_as_sure_as_stones_are_stay():
    assert len(whole(one(), facets(0.97))) == 4


def test_the_stone_itself_stays_as_it_was_found():
    found = candidates(one())
    assert whole(one(), found) == found


def test_a_row_and_a_flower_of_touching_stones_are_left_alone():
    row = maps([(40 + 30 * k, 100, 30, 30, 0) for k in range(3)], (200, 200))
    t = np.radians(60 * np.arange(6))
    flower = maps(
        [(100, 100, 40, 40, 0), *[(100 + 40 * np.cos(a), 100 + 40 * np.sin(a), 40, 40, 0) for a in t]], (200, 200)
    )
    for told, count in ((row, 3), (flower, 7)):
        found = [replace(s, sure=0.8) for s in candidates(told)]
        assert len(found) == count
        assert len(whole(told, found)) == count


def test_in_a_reduced_picture_it_is_found_at_the_pictures_size():
    large = [s.scaled(2) for s in facets(0.85)]
    found = whole(one(), large, 0.5)
    assert len(found) == 1
    assert found[0].long == pytest.approx(160, rel=0.05)
    assert found[0].x == pytest.approx(200.5, abs=2)
