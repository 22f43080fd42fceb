"""One resample: exact where nothing is scaled, faithful where it is, and never mixing in what lies beyond."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.imaging.resample import Mapping, keys_kernel, reduced_by, resample
from tests.pipeline.scenes import similarity


def smooth_photo(height: int = 120, width: int = 140) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (0.5 + 0.25 * np.sin(x / 9) * np.cos(y / 7) + 0.1 * np.sin((x + y) / 5)).astype(np.float32)


def whole(mapping: Mapping) -> tuple[int, int, int, int]:
    return 0, 0, mapping.shape[1], mapping.shape[0]


def test_a_whole_pixel_shift_at_scale_one_keeps_every_pixel():
    photo = np.random.default_rng(1).random((60, 50)).astype(np.float32)
    mapping = Mapping(similarity(1, 0, 7, 4, (0, 0)), (80, 80))
    drawn = resample(photo, mapping, (7, 4, 57, 64))
    np.testing.assert_allclose(drawn, photo, atol=2e-6)


def test_a_turn_and_back_returns_the_photo():
    photo = smooth_photo()
    there = Mapping(similarity(1, 23, 110, 110, (70, 60)), (220, 220))
    turned = resample(photo, there, whole(there))
    back = Mapping(np.linalg.inv(there.matrix), photo.shape)
    again = resample(turned, back, whole(back))
    inner = np.s_[20:-20, 20:-20]
    assert np.abs(again - photo)[inner].max() < 2e-3


@pytest.mark.parametrize("scale", [0.35, 0.5, 0.71, 0.93])
def test_drawing_smaller_keeps_a_smooth_photo_and_drops_what_is_too_fine(scale: float):
    x = np.mgrid[0:200, 0:200].astype(np.float64)[1]
    coarse = 0.5 + 0.3 * np.sin(x / 14)
    fine = 0.2 * np.sin(np.pi * 0.95 * x)  # nearly the photo's finest pattern: at any smaller scale it would alias
    mapping = Mapping(similarity(scale, 0, 0, 0, (0, 0)), (int(190 * scale), int(190 * scale)))
    drawn = resample((coarse + fine).astype(np.float32), mapping, whole(mapping))
    px, _ = mapping.photo_xy(whole(mapping))
    inner = np.s_[8:-8, 8:-8]
    error = np.abs(drawn - (0.5 + 0.3 * np.sin(px / 14)))[inner]
    assert error.max() < (0.06 if scale < 0.9 else 0.25)
    assert error.mean() < (0.03 if scale < 0.9 else 0.15)


@pytest.mark.parametrize("scale", [0.3, 0.5, 0.8, 1.0, 1.7])
def test_the_low_pass_keeps_level_and_is_the_identity_from_scale_one(scale: float):
    kernel = keys_kernel(scale)
    assert kernel.sum() == pytest.approx(1)
    assert len(kernel) % 2 == 1
    if scale >= 1:
        np.testing.assert_allclose(kernel, [0, 1, 0] if len(kernel) == 3 else [1], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(
    scale=st.floats(0.35, 1.0),
    turn=st.floats(-40, 40),
    x=st.floats(60, 90),
    y=st.floats(60, 90),
)
def test_a_flat_photo_stays_flat_under_any_placement(scale: float, turn: float, x: float, y: float):
    photo = np.full((90, 90), 0.37, np.float32)
    mapping = Mapping(similarity(scale, turn, x, y, (45, 45)), (150, 150))
    drawn = resample(photo, mapping, mapping.window((5, 5, 85, 85)))
    np.testing.assert_allclose(drawn, 0.37, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(0.35, 2), turn=st.floats(-180, 180), x=st.floats(-50, 250), y=st.floats(-50, 250))
def test_picture_and_photo_positions_are_each_others_inverse(scale: float, turn: float, x: float, y: float):
    mapping = Mapping(similarity(scale, turn, x, y, (40, 30)), (60, 70))
    px, py = mapping.photo_xy(whole(mapping))
    back = mapping.picture_xy(np.column_stack([px.ravel(), py.ravel()]))
    yy, xx = np.mgrid[0:60, 0:70]
    np.testing.assert_allclose(back, np.column_stack([xx.ravel(), yy.ravel()]), atol=1e-6)


def test_a_drape_moves_what_is_read_and_is_found_by_the_window():
    photo = smooth_photo()
    offset = np.zeros((160, 160, 2), np.float32)
    offset[..., 0] = 3.25
    plain = Mapping(similarity(1, 0, 10, 10, (0, 0)), (160, 160))
    draped = Mapping(plain.matrix, plain.shape, offset)
    shifted = Mapping(similarity(1, 0, 10 - 3.25, 10, (0, 0)), (160, 160))
    window = (30, 30, 110, 110)
    np.testing.assert_allclose(resample(photo, draped, window), resample(photo, shifted, window), atol=1e-5)
    left, top, right, bottom = draped.window((20, 20, 40, 40), pad_px=0)
    assert (left, top) == (27, 30)
    assert (right, bottom) == (47, 50)


def test_a_homography_is_filtered_for_the_scale_at_each_place():
    matrix = similarity(0.8, 0, 10, 10, (0, 0))
    matrix[2, 0] = 0.004
    mapping = Mapping(matrix, (120, 120))
    window = mapping.window((0, 0, 140, 120), pad_px=0)
    scale = mapping.scale(window)
    assert scale.max() / scale.min() > 1.3
    drawn = resample(np.full((120, 140), 0.6, np.float32), mapping, window)
    np.testing.assert_allclose(drawn, 0.6, atol=1e-4)


def test_a_piece_beside_the_picture_has_an_empty_window():
    left, top, right, bottom = Mapping(similarity(1, 0, 900, 900, (0, 0)), (100, 100)).window((0, 0, 50, 50))
    assert right - left == 0 or bottom - top == 0


@pytest.mark.parametrize("factor", [2, 4])
def test_a_reduced_photo_is_read_at_the_same_places(factor: int):
    photo = np.stack([smooth_photo(123, 141)] * 2, -1)
    mapping = Mapping(similarity(0.1, 12, 5, 4, (0, 0)), (14, 16))
    direct = resample(photo, mapping, whole(mapping))
    reduced = resample(reduced_by(photo, factor), mapping.of_reduced(factor), whole(mapping))
    px, py = mapping.photo_xy(whole(mapping))
    inner = (px > 25) & (px < 115) & (py > 25) & (py < 97)
    assert inner.sum() > 20
    assert np.abs(direct - reduced)[inner].max() < 0.02
