"""The recorded warp: a bent loop keeps its links' size, stays invertible, and leans in; a pair is set apart unbent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.drape import MOST_STRETCH, apart, bend_of
from pipeline.engines.exposure import laid_at
from pipeline.engines.silhouette import loop_of, parts_of
from pipeline.imaging.resample import Mapping
from tests.pipeline.engines import drawn

CLOSED, OPEN = parts_of(drawn.necklace())[0], parts_of(drawn.necklace(closed=False))[0]
SIZE = (420, 520)


def placed(scale: float, right: float = 0.0, turn_deg: float = 0.0) -> np.ndarray:
    c, s = scale * np.cos(np.radians(turn_deg)), scale * np.sin(np.radians(turn_deg))
    return np.array([[c, s, 30.0 + right], [-s, c, 40.0], [0, 0, 1.0]])


def jacobian(laid: np.ndarray) -> np.ndarray:
    """Photo px per picture px (H, W, 2, 2) of a map's positions (H, W, 2)."""
    down, along = np.gradient(laid, axis=(0, 1))
    return np.stack([along, down], -1)


@given(
    closed=st.booleans(),
    width_mm=st.floats(100, 260),
    amount=st.floats(0.05, 1),
    scale=st.floats(0.4, 0.6),
    turn_deg=st.floats(-8, 8),
)
@settings(max_examples=25, deadline=None)
def test_a_bent_loop_keeps_its_links_size_and_stays_invertible(closed, width_mm, amount, scale, turn_deg):
    part = CLOSED if closed else OPEN
    loop = loop_of(part)
    bend = bend_of(part, loop, width_mm / 600, amount)
    assert bend is not None
    matrix = placed(scale, turn_deg=turn_deg)
    laid = laid_at(matrix, SIZE) + bend.offsets(matrix, SIZE)
    J = jacobian(laid)
    assert (np.linalg.det(J) > 0).all(), "somewhere the map turns over"
    # What shows of the piece: from the ridge down.
    x, y = (np.clip(np.rint(laid[..., k]).astype(int), 0, part.mask.shape[1 - k] - 1) for k in (0, 1))
    worn = part.mask[y, x] & (laid[..., 1] >= loop.wear_row) & (laid[..., 0] >= 0) & (laid[..., 0] < part.mask.shape[1])
    stretch = np.linalg.svd(J[worn], compute_uv=False) * scale
    assert worn.sum() > 500
    assert stretch.max() < 1 + MOST_STRETCH + 0.004
    assert stretch.min() > 1 - MOST_STRETCH - 0.004


def test_a_bent_loop_leans_in_at_the_ridge_and_is_unmoved_below_its_bend():
    loop = loop_of(OPEN)
    bend = bend_of(OPEN, loop, 160 / 600, 1.0)
    assert bend is not None
    assert bend.inward_px * 160 / 600 > 4
    below = np.array([[107.0, 420.0], [693.0, 420.0], [400.0, 680.0]])
    assert np.allclose(bend.straight(below), below)
    # The left strand's middle at the ridge lies further right in the picture than in the photo.
    row = loop.wear_row + 2
    crossing = bend.straight(np.array([[107.0 + bend.inward_px, row]]))[0]
    assert crossing[0] == pytest.approx(107, abs=1.5)


def test_no_drape_is_no_warp_and_a_broad_piece_is_hardly_bent():
    loop = loop_of(OPEN)
    assert bend_of(OPEN, loop, 160 / 600, 0.0) is None
    slim = bend_of(OPEN, loop, 160 / 600, 1.0)
    alpha = drawn.necklace(closed=False).alpha.copy()
    alpha[60:120, 60:170] = 1
    broad_part = parts_of(drawn.cut(alpha))[0]
    broad = bend_of(broad_part, loop_of(broad_part), 160 / 600, 1.0)
    assert slim is not None
    assert broad is not None
    assert broad.inward_px < 0.5 * slim.inward_px


@given(st.floats(0.15, 0.5), st.floats(-40, 40), st.floats(40, 200))
@settings(max_examples=20, deadline=None)
def test_a_pair_is_set_apart_with_nothing_of_it_bent(scale, down, further):
    matrix = placed(scale)
    moved = np.array([-further, down])
    laid = laid_at(matrix, SIZE) + apart(matrix, SIZE, (321.0, 467.0), moved)
    J = jacobian(laid)
    assert (np.linalg.det(J) > 0).all()
    for low, high in ((-np.inf, 321.0), (467.0, np.inf)):
        here = (laid[..., 0] > low) & (laid[..., 0] < high)
        # The pixel beside the gap takes half its difference from within it.
        here[:, 1:-1] &= here[:, 2:] & here[:, :-2]
        if here.any():
            assert np.allclose(np.linalg.svd(J[here], compute_uv=False), 1 / scale, rtol=2e-3)
    mapping = Mapping(matrix, SIZE[::-1], apart(matrix, SIZE, (321.0, 467.0), moved))
    assert mapping.drape is not None


@given(
    closed=st.booleans(),
    width_mm=st.floats(100, 260),
    amount=st.floats(0.05, 1),
    share=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
@settings(max_examples=40, deadline=None)
def test_where_a_point_of_the_photo_comes_to_lie_is_the_inverse_of_the_warp(closed, width_mm, amount, share):
    part = CLOSED if closed else OPEN
    loop = loop_of(part)
    bend = bend_of(part, loop, width_mm / 600, amount)
    assert bend is not None
    low, high = np.array([part.box[0], loop.wear_row]), np.array([part.box[2], part.box[3]], float)
    at = low + np.array(share) * (high - low)
    assert np.allclose(bend.straight(bend.bent(at)), at, atol=0.02)
