"""What the silhouette tells: separate parts, a loop's shape and ends, the height a band was seen from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.earring import kind_of
from pipeline.engines.silhouette import hoop_post, is_pair, loop_of, parts_of, territory, view_elevation_deg, worn_loop
from pipeline.errors import PlacementRefused
from tests.pipeline.engines import drawn


def test_a_pair_is_two_parts_and_every_pixel_belongs_to_one() -> None:
    piece = drawn.pair_of_studs()
    parts = parts_of(piece)
    assert len(parts) == 2
    assert parts[0].area > parts[1].area
    assert np.array_equal(parts[0].mask | parts[1].mask, piece.alpha > 0.5)
    assert not (parts[0].mask & parts[1].mask).any()


def test_links_with_small_gaps_are_one_part() -> None:
    alpha = np.zeros((400, 400), np.float32)
    for k in range(12):
        alpha[190:204, 20 + 30 * k : 47 + 30 * k] = 1
    assert len(parts_of(drawn.cut(alpha))) == 1


@given(st.integers(1, 60), st.integers(-40, 40))
@settings(max_examples=10, deadline=None)
def test_a_moved_piece_has_the_same_parts(down: int, right: int) -> None:
    piece = drawn.pair_of_studs()
    moved = drawn.cut(np.roll(piece.alpha, (down, right), (0, 1)))
    assert [p.area for p in parts_of(moved)] == [p.area for p in parts_of(piece)]


def test_a_closed_loop_is_worn_just_above_its_widest_place() -> None:
    loop = loop_of(parts_of(drawn.necklace())[0])
    assert loop.closed
    assert 300 < loop.wear_row < 392
    assert loop.half_width == pytest.approx(300, rel=0.03)
    assert loop.axis == pytest.approx(400, abs=2)
    assert loop.lowest[1] > 740


def test_an_open_chain_is_worn_at_its_ends() -> None:
    loop = loop_of(parts_of(drawn.necklace(closed=False))[0])
    assert not loop.closed
    assert loop.wear_row < 30


def test_a_bands_outline_tells_the_height_it_was_seen_from() -> None:
    assert view_elevation_deg(parts_of(drawn.low_band())[0]) == pytest.approx(30, abs=1.5)


@pytest.mark.parametrize(("piece", "kind"), [(drawn.hoop, "hoop"), (drawn.drop, "drop"), (drawn.pair_of_studs, "stud")])
def test_earrings_are_told_apart(piece, kind: str) -> None:
    assert kind_of(parts_of(piece())[0]) == kind


def test_a_hoop_enters_the_lobe_where_its_post_leaves_its_front() -> None:
    piece = drawn.hoop_with_post()
    post = hoop_post(parts_of(piece)[0])
    assert post is not None
    assert post.front_is_left
    assert post.entry == pytest.approx((300, 215), abs=14)
    other = hoop_post(parts_of(drawn.mirrored(piece))[0])
    assert other is not None
    assert not other.front_is_left
    assert other.entry[0] == pytest.approx(799 - post.entry[0], abs=2)


def test_a_plain_ring_has_no_post() -> None:
    assert hoop_post(parts_of(drawn.hoop())[0]) is None


def test_two_alike_side_by_side_are_a_pair_and_two_views_are_none() -> None:
    assert is_pair(parts_of(drawn.pair_of_studs()))
    assert not is_pair(parts_of(drawn.hoop()))
    alpha = drawn.pair_of_studs().alpha.copy()
    alpha[:, :150] = 0
    assert not is_pair(parts_of(drawn.cut(alpha)))


def test_every_pixel_belongs_to_the_part_it_lies_nearest_to() -> None:
    parts = parts_of(drawn.pair_of_studs())
    left, right = sorted(parts, key=lambda p: p.box[0])
    mine = territory([left], parts)
    assert mine[left.mask].all()
    assert not mine[right.mask].any()
    # The other's soft edge goes with it.
    assert not mine[:, right.box[0] - 20 :].any()
    assert territory(parts, parts).all()


@pytest.mark.parametrize("closed", [True, False])
def test_a_necklace_is_worn_by_the_same_loop_that_its_outline_tells(closed: bool) -> None:
    part = parts_of(drawn.necklace(closed))[0]
    assert worn_loop(part).half_width == loop_of(part).half_width


def test_a_pendant_without_its_chain_is_refused_whatever_its_size() -> None:
    with pytest.raises(PlacementRefused) as refused:
        worn_loop(parts_of(drawn.drop())[0])
    assert refused.value.code == "placement.no-loop"
    assert "on its chain" in refused.value.hint
