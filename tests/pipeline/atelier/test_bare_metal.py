"""Drawn metal: the same for the same seed, in range, on the picture, and of many kinds."""

from __future__ import annotations

import numpy as np

from pipeline.atelier.counts.bare_metal import bare_metal
from pipeline.atelier.counts.stone_lessons import CROP_PX, bare_crop


def test_a_draw_is_repeatable_and_in_range():
    for seed in range(12):
        rgb, alpha = bare_metal(96, np.random.default_rng(seed))
        again, _ = bare_metal(96, np.random.default_rng(seed))
        assert rgb.shape == (96, 96, 3)
        assert alpha.shape == (96, 96)
        assert np.array_equal(rgb, again)
        for layer in (rgb, alpha):
            assert layer.dtype == np.float32
            assert 0 <= layer.min() <= layer.max() <= 1


def test_draws_differ_and_mostly_show_metal_with_relief():
    drawn = [bare_metal(96, np.random.default_rng(seed)) for seed in range(24)]
    covered = [alpha > 0.9 for _, alpha in drawn]
    shown = [k for k, mask in enumerate(covered) if mask.sum() > 100]
    assert len(shown) > 18
    contrast = [float(drawn[k][0][covered[k]].std()) for k in shown]
    assert np.median(contrast) > 0.1
    assert len({round(c, 3) for c in contrast}) > 15


def test_a_bare_lesson_teaches_neither_stone_nor_prong():
    crop = bare_crop(np.random.default_rng(4))
    assert crop.planes.shape == (4, CROP_PX, CROP_PX)
    assert not crop.fine.any()
    assert crop.fine_weight.all()
    assert not crop.ellipse_weight.any()
    assert (crop.cut == -1).all()
    assert (crop.bezel == -1).all()
