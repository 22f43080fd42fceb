"""A closed watch or bangle seen straight from its front: where its strip runs, how long it is, and what is no strip."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import PlacementRefused
from pipeline.imaging.front import USUAL_THICKNESS, front_view, has_opening
from tests.pipeline.imaging.drawn_bands import band

TO_THE_RIGHT = np.array([1.0, 0.0])
LONG, WIDE, CASE = 520.0, 120.0, 150.0


def watch(turn_deg: float, crown: bool = True) -> np.ndarray:
    """A strap LONG x WIDE about the picture's middle with a round case of radius CASE, turned counter-clockwise."""
    a = np.radians(turn_deg)
    R = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    drawn = np.zeros((800, 800), np.uint8)

    def block(x: float, y: float, w: float, h: float) -> None:
        corners = np.array([[x - w, y - h], [x + w, y - h], [x + w, y + h], [x - w, y + h]]) / 1.0
        cv2.fillPoly(drawn, [np.round(corners @ R.T + 400).astype(np.int32)], [1])

    block(0, 0, WIDE / 2, LONG / 2)
    cv2.circle(drawn, (400, 400), int(CASE), (1,), -1)
    if crown:
        block(CASE + 8, 0, 14, 16)
    return drawn > 0


@settings(max_examples=25, deadline=None)
@given(st.floats(-80, 80))
def test_the_strip_is_found_however_it_is_turned(turn_deg: float) -> None:
    view = front_view(watch(turn_deg), TO_THE_RIGHT)
    a = np.radians(turn_deg)
    across = np.array([np.cos(a), -np.sin(a)])
    assert abs(view.near @ across) > np.cos(np.radians(7))
    assert view.near[0] > 0
    assert view.from_front
    assert view.tilt_deg == 0
    assert 2 * view.inner_px == pytest.approx(LONG * (1 - USUAL_THICKNESS), rel=0.05)
    assert np.linalg.norm(view.centre - 400) < 0.03 * LONG


def test_a_crown_moves_nothing() -> None:
    with_crown, without = front_view(watch(0), TO_THE_RIGHT), front_view(watch(0, crown=False), TO_THE_RIGHT)
    assert with_crown.centre == pytest.approx(without.centre, abs=1.5)
    assert with_crown.near == pytest.approx(TO_THE_RIGHT)


def test_what_is_no_strip_is_refused() -> None:
    disc = np.zeros((400, 400), np.uint8)
    cv2.circle(disc, (200, 200), 150, (1,), -1)
    for mask in (disc > 0, np.zeros((50, 50), bool), band(30, 0, head_deg=None, width_share=0.05).mask):
        with pytest.raises(PlacementRefused) as refused:
            front_view(mask, TO_THE_RIGHT)
        assert refused.value.code == "view.no-front"


def test_an_opening_is_more_than_gaps_between_links() -> None:
    assert has_opening(band(30, 0, head_deg=None).mask)
    gapped = watch(0)
    gapped[398:402, 300:500] = False
    assert not has_opening(watch(0))
    assert not has_opening(gapped)
