"""A band's photographed view is read back from its silhouette: ellipse, tilt, near arc, opening, head."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import pipeline
from pipeline.errors import PlacementRefused
from pipeline.imaging.view import band_view
from tests.pipeline.imaging.drawn_bands import band

PHOTOS = Path("../shared/photos")


@settings(max_examples=25, deadline=None)
@given(
    tilt=st.floats(17, 55),
    turn=st.floats(-180, 180),
    inner=st.floats(0.84, 0.93),
    width=st.floats(0.06, 0.13),
    head=st.floats(-30, 30),
)
def test_the_view_of_a_drawn_band_is_read_back(
    tilt: float, turn: float, inner: float, width: float, head: float
) -> None:
    drawn = band(tilt, turn, inner_share=inner, width_share=width, head_deg=head, head_share=0.26)
    view = band_view(drawn.mask)
    assert np.linalg.norm(view.centre - drawn.centre) < 0.02 * drawn.mean_px
    assert view.major_px == pytest.approx(drawn.mean_px, rel=0.04)
    assert view.tilt_deg == pytest.approx(tilt, abs=1)
    assert view.near @ drawn.near > np.cos(np.radians(1))
    assert view.inner_px == pytest.approx(drawn.inner_px, rel=0.09)
    # The drawing counts the head's angle to the picture's right where the near arc is below: the view, to its left.
    assert view.head_deg == pytest.approx(-head, abs=14)
    assert view.confidence > 0.5


@settings(max_examples=10, deadline=None)
@given(tilt=st.floats(14, 45), turn=st.floats(-20, 20))
def test_a_plain_band_that_lies_level_has_its_lower_arc_near(tilt: float, turn: float) -> None:
    view = band_view(band(tilt, turn, head_deg=None).mask)
    assert view.near[1] > 0


@settings(max_examples=10, deadline=None)
@given(scale=st.floats(0.3, 1.6), right=st.integers(0, 90), down=st.integers(0, 90))
def test_the_view_follows_a_larger_or_moved_photo(scale: float, right: int, down: int) -> None:
    drawn = band(24, 10)
    first = band_view(drawn.mask)
    small = cv2.resize(drawn.mask.astype(np.float32), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) > 0.5
    moved = band_view(np.pad(small, ((down, 5), (right, 5))))
    expected = (first.centre + 0.5) * scale - 0.5 + [right, down]
    assert np.linalg.norm(moved.centre - expected) < 0.02 * first.major_px * scale
    assert moved.major_px == pytest.approx(first.major_px * scale, rel=0.02)
    assert moved.tilt_deg == pytest.approx(first.tilt_deg, abs=1.5)


def test_a_standing_ring_has_its_head_before_it_and_its_opening_in_millimetres() -> None:
    """The sample photograph's truth says its ring's size; perspective takes a few percent off."""
    photos = Path(pipeline.__file__).parent / "atelier" / "photos"
    truth = json.loads((photos / "halo-ring.json").read_text())
    with Image.open(photos / "halo-ring.alpha.png") as alpha:
        mask = np.asarray(alpha.convert("L")) > 127
    view = band_view(mask)
    mm_per_px = truth["width_mm"] / (truth["box"][2] - truth["box"][0])
    assert 2 * view.inner_px * mm_per_px == pytest.approx(truth["spec"]["inner_mm"], rel=0.05)
    stone = np.array(truth["features"][0]["centre"])
    assert cv2.pointPolygonTest(view.head.astype(np.float32), stone.tolist(), False) > 0
    assert (stone - view.centre) @ view.near > 0


def test_the_same_matte_gives_the_same_view_to_the_bit() -> None:
    mask = band(20, 30).mask
    first, second = band_view(mask), band_view(mask)
    assert first.tilt_deg == second.tilt_deg
    assert np.array_equal(first.centre, second.centre)
    assert np.array_equal(first.inner, second.inner)


def test_the_head_stands_inside_its_outline_and_the_far_arc_does_not() -> None:
    drawn = band(20, 0)
    view = band_view(drawn.mask)
    outline = view.head.astype(np.float32)
    head = view.centre + view.near * view.minor_px
    far = view.centre - view.near * view.minor_px
    assert cv2.pointPolygonTest(outline, head.tolist(), False) > 0
    assert cv2.pointPolygonTest(outline, far.tolist(), False) < 0


def test_links_with_gaps_are_one_round() -> None:
    drawn = band(40, 0, head_deg=None, width_share=0.1)
    mask = drawn.mask.copy()
    rows, columns = np.indices(mask.shape)
    angle = np.degrees(np.arctan2(rows - drawn.centre[1], columns - drawn.centre[0]))
    mask &= (angle % 12) > 1.0
    assert band_view(mask).tilt_deg == pytest.approx(40, abs=3)


def test_a_band_from_its_side_is_refused_with_what_to_do() -> None:
    with pytest.raises(PlacementRefused) as refused:
        band_view(band(0.5, 0, head_deg=None).mask)
    assert refused.value.code in ("view.side", "view.no-round")
    assert "still" in refused.value.hint
    assert "20°" in refused.value.hint


@pytest.mark.parametrize("shape", ["disc", "strip", "open", "nothing"])
def test_what_is_no_closed_round_is_refused(shape: str) -> None:
    mask = np.zeros((400, 600), np.uint8)
    if shape == "disc":
        cv2.circle(mask, (300, 200), 150, 1, -1)
    elif shape == "strip":
        cv2.rectangle(mask, (40, 180), (560, 215), 1, -1)
    elif shape == "open":
        cv2.ellipse(mask, (300, 200), (220, 90), 0, 10, 190, 1, 14)
    with pytest.raises(PlacementRefused) as refused:
        band_view(mask.astype(bool))
    assert refused.value.code in ("view.no-round", "view.side")


@pytest.mark.slow
@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the shared product photos are not here")
@pytest.mark.parametrize(("pattern", "count"), [("ring-*.jpg", 3), ("bracelet-*.jpg", 3)], ids=["rings", "bracelets"])
def test_real_photos_have_a_view(pattern: str, count: int) -> None:
    from pipeline.engines.silhouette import parts_of
    from pipeline.imaging.matte import cut_piece
    from pipeline.imaging.photo import read_photo

    photos = sorted(PHOTOS.glob(pattern))
    assert len(photos) >= count
    for photo in photos:
        view = band_view(parts_of(cut_piece(read_photo(photo)))[0].mask)
        assert view.cover > 0.85
        assert 0.75 < view.inner_px / view.major_px < 1
        assert view.confidence > 0.5
