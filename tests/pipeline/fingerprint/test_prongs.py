"""Prongs from maps: their tips told by kind and size, the stones that they touch, and how a stone is held."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.fingerprint.model import Ellipse, Prong, Stone
from pipeline.fingerprint.prongs import find_tips, held, holding, outline_distance, touched
from tests.pipeline.fingerprint.drawn import maps


def stone(name: str, x: float, y: float, long: float, short: float, angle: float = 0) -> Stone:
    return Stone(
        id=name,
        outline=Ellipse(centre_px=(x, y), axes_px=(long, short), angle_deg=angle),
        centre=(0, 0),
        size_mm=None,
        colour="clear",
        group="",
        confidence=1,
        resolvable=True,
    )


def prong(name: str, x: float, y: float, tip: str, stones: tuple[str, ...], sure: float = 0.9) -> Prong:
    return Prong(
        id=name, tip=tip, centre_px=(x, y), centre=(0, 0), size_px=8, stones=stones, confidence=sure, resolvable=True
    )


@pytest.mark.parametrize("size", [5.0, 9.0, 24.0])
def test_tips_are_told_by_kind_place_and_size(size):
    true = [(30.3, 40.8, size, "claw"), (90.0, 41.5, size, "ball"), (60.6, 90.1, size, "claw")]
    found = find_tips(maps([(60, 60, 40, 40, 0)], (120, 120), true))
    assert sorted(t.tip for t in found) == ["ball", "claw", "claw"]
    for x, y, _, kind in true:
        tip = min(found, key=lambda t: np.hypot(t.x - x, t.y - y))
        assert np.hypot(tip.x - x, tip.y - y) < 0.8
        assert tip.size == pytest.approx(size, rel=0.15)
        assert tip.tip == kind


def test_tips_of_a_reduced_picture_are_in_the_whole_ones_pixels():
    (tip,) = find_tips(maps([], (120, 120), [(30, 40, 10, "claw")]), 2.0)
    assert (tip.x, tip.y) == pytest.approx((60.5, 80.5), abs=1)
    assert tip.size == pytest.approx(20, rel=0.1)


def test_the_distance_to_an_outline():
    one = stone("a", 50, 50, 40, 20, 90)
    assert outline_distance(one, (50, 70)) == pytest.approx(0)
    assert outline_distance(one, (64, 50)) == pytest.approx(4)
    assert outline_distance(one, (50, 60)) == pytest.approx(-10)
    assert outline_distance(one, (50, 50)) == -10


def test_a_shared_bead_touches_both_its_stones_and_no_third():
    stones = [stone("a", 20, 20, 20, 20), stone("b", 41, 20, 20, 20), stone("c", 80, 20, 20, 20)]
    assert set(touched((30.5, 12), 6, stones)) == {"a", "b"}
    assert touched((30.5, 60), 6, stones) == ()


def test_a_stone_is_held_by_the_commonest_of_its_tips_or_by_metal_round_it():
    one = stone("a", 0, 0, 20, 20)
    claws = [prong("1", 0, 10, "claw", ("a",)), prong("2", 0, -10, "claw", ("a",)), prong("3", 9, 0, "ball", ("a",))]
    assert held(one, claws, 0.1)[0] == "claw"
    assert held(one, [], 0.9) == ("bezel", 0.9)
    assert held(one, claws[:1], 0.2) == (None, 0.0)


def test_prongs_are_given_to_the_stones_as_a_person_corrected_them():
    one = prong("1", 30, 20, "ball", ("gone",))
    assert holding([one], [stone("stone-001", 20, 20, 20, 20)])[0].stones == ("stone-001",)
