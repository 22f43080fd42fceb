"""Masked SSIM equals the published SSIM where the mask is full, and sees nothing outside of the mask."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from pipeline.qa.masked_ssim import halved, masked_ssim


def pair(seed: int, noise: float, size: tuple[int, int] = (90, 110)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    one = 0.5 + 0.3 * np.sin(x / 6 + seed) * np.cos(y / 9)
    return one, np.clip(one + noise * rng.standard_normal(size), 0, 1)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), noise=st.floats(0.001, 0.3))
def test_with_a_full_mask_it_is_scikit_images(seed: int, noise: float):
    one, two = pair(seed, noise)
    _, published = structural_similarity(
        one, two, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0, full=True
    )
    ours = masked_ssim(one, two, np.ones(one.shape, bool)).map
    inner = np.s_[5:-5, 5:-5]  # where the window lies wholly inside, as in scikit-image's own mean
    np.testing.assert_allclose(ours[inner], published[inner], atol=1e-6)


def test_what_lies_outside_the_mask_changes_no_score():
    one, two = pair(1, 0.05)
    mask = np.zeros(one.shape, bool)
    mask[20:60, 30:80] = True
    clean = masked_ssim(one, two, mask)
    spoiled = masked_ssim(np.where(mask, one, 0.9), np.where(mask, two, 0.1), mask)
    np.testing.assert_array_equal(clean.map[mask], spoiled.map[mask])
    assert np.isnan(clean.map[~mask]).all()
    assert clean.mean == spoiled.mean


def test_equal_pictures_score_one_and_inverse_ones_less_than_none():
    one, _ = pair(2, 0)
    mask = np.ones(one.shape, bool)
    assert masked_ssim(one, one, mask).mean == pytest.approx(1)
    assert masked_ssim(one, 1 - one, mask).mean < 0


def test_the_lowest_tile_is_where_the_change_is():
    one, _ = pair(3, 0, (256, 256))
    two = one.copy()
    two[140:156, 60:76] = two[140:156, 60:76].mean()
    found = masked_ssim(one, two, np.ones(one.shape, bool))
    left, top, right, bottom = found.tile_box
    assert left <= 68 < right
    assert top <= 148 < bottom
    assert found.lowest_tile < 0.9 < found.mean


def test_an_empty_mask_scores_nothing():
    one, two = pair(4, 0.1)
    found = masked_ssim(one, two, np.zeros(one.shape, bool))
    assert np.isnan(found.mean)
    assert np.isnan(found.lowest_tile)
    assert found.pixels == 0


def test_halving_averages_masked_pixels_only():
    picture, mask = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[True, False], [True, False]])
    mean, half = halved(picture, mask)
    assert mean[0, 0] == pytest.approx(1)
    assert half[0, 0]
