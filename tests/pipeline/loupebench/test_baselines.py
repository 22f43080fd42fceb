"""Baselines: equal to the packages where there are any, and local where they say that they are."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from pipeline.loupebench.baselines import LUMA, installed


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:160, 0:200]
    grey = 0.5 + 0.25 * np.sin(x / 7.0) * np.cos(y / 5.0)
    reference = np.clip(grey[..., None] * [1.0, 0.9, 0.7] + rng.normal(0, 0.01, (160, 200, 3)), 0, 1).astype(np.float32)
    picture = np.clip(reference + rng.normal(0, 0.02, reference.shape), 0, 1).astype(np.float32)
    matte = (np.hypot(x - 100, y - 80) < 70).astype(np.float32)
    return reference, picture, matte


def test_psnr_and_ssim_are_scikit_images(pair):
    reference, picture, matte = pair
    methods = installed()
    assert -methods["psnr"](reference, picture, matte).score == pytest.approx(
        peak_signal_noise_ratio(reference, picture, data_range=1), abs=1e-3
    )
    one, two = (np.asarray(p @ LUMA, np.float64) for p in (reference, picture))
    ours = 1 - methods["ssim"](reference, picture, matte).score
    theirs = structural_similarity(
        one, two, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0, full=True
    )[1]
    assert ours == pytest.approx(float(theirs.mean()), abs=2e-3)


@pytest.mark.parametrize("name", installed())
def test_the_same_picture_is_the_most_alike(name, pair):
    reference, picture, matte = pair
    score = installed()[name]
    assert score(reference, reference, matte).score < score(reference, picture, matte).score


@pytest.mark.parametrize("name", [n for n in installed() if "local" in n or "shift" in n])
def test_a_local_method_points_to_the_change(name, pair):
    reference, picture, matte = pair
    painted = picture.copy()
    painted[100:110, 90:100] = [0.1, 0.1, 0.9]
    found = installed()[name](reference, painted, matte)
    assert found.heat is not None
    y, x = np.unravel_index(int(np.argmax(found.heat)), found.heat.shape)
    assert abs(y - 104.5) < 8
    assert abs(x - 94.5) < 8


def test_a_shift_of_a_pixel_is_no_change_to_the_tolerant_one(pair):
    reference, _, matte = pair
    moved = np.roll(reference, 1, axis=1)
    methods = installed()
    tolerant = methods["l1-shift-sigma1.5"](reference, moved, matte).score
    assert tolerant < 0.3 * float(np.abs(moved - reference).mean(-1)[matte > 0.5].max())
