"""Drawn settings: the same for the same seed, their stones where they are said to be, and what is hidden told."""

from __future__ import annotations

import numpy as np

from pipeline.atelier.counts.drawn_settings import drawn_setting
from pipeline.atelier.counts.stone_layouts import drawn_layout
from pipeline.atelier.counts.stone_lessons import CROP_PX, setting_crop
from pipeline.fingerprint.net import TIPS

SIDE = 96


def test_a_draw_is_repeatable_and_in_range():
    for seed in range(10):
        one, again = (drawn_setting(SIDE, np.random.default_rng(seed)) for _ in range(2))
        assert one.rgb.shape == (SIDE, SIDE, 3)
        assert np.array_equal(one.rgb, again.rgb)
        for layer in (one.rgb, one.alpha):
            assert layer.dtype == np.float32
            assert 0 <= layer.min() <= layer.max() <= 1
        assert all(0 <= s.share <= 1 for s in one.stones)
        assert one.tips.shape[1] == 5
        assert set(one.tips[:, 3].astype(int)) <= set(range(len(TIPS)))


def test_stones_lie_on_the_piece_and_look_other_than_their_ground():
    shown = 0
    for seed in range(20):
        setting = drawn_setting(SIDE, np.random.default_rng(seed))
        for stone in setting.stones:
            x, y = stone.outline.mean(0)
            if 2 < x < SIDE - 3 and 2 < y < SIDE - 3 and stone.share > 0.6:
                shown += 1
                assert setting.alpha[round(y), round(x)] > 0.5
    assert shown > 40


def test_what_prongs_or_nearer_stones_hide_is_not_seen():
    shares = [s.share for seed in range(40) for s in drawn_setting(SIDE, np.random.default_rng(seed)).stones]
    assert min(shares) < 0.6
    assert np.median(shares) > 0.8


def test_layouts_are_of_many_kinds_and_their_stones_dont_lie_on_each_other():
    layouts = [drawn_layout(np.random.default_rng(seed)) for seed in range(60)]
    assert len({layout.body for layout in layouts}) == 5
    assert {t.tip for layout in layouts for t in layout.tips} == set(TIPS)
    counts = [len(layout.stones) for layout in layouts]
    assert min(counts) <= 1
    assert max(counts) > 20
    for layout in layouts:
        at = np.array([s.at for s in layout.stones])
        if len(at) > 1:
            away = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + 1e9 * np.eye(len(at))
            assert away.min() > 0.2


def test_a_lesson_teaches_the_stones_that_were_drawn():
    taught = 0
    for seed in range(16):
        crop = setting_crop(np.random.default_rng(seed))
        assert crop.planes.shape == (4, CROP_PX, CROP_PX)
        # Nearness is nothing off the stones, and what is taught as an ellipse lies on one.
        assert not crop.fine[1][crop.fine[0] == 0].any()
        assert (crop.fine[0, ::2, ::2][crop.ellipse_weight > 0] == 1).all()
        taught += len(set(map(tuple, np.round(crop.ellipse[2:, crop.ellipse_weight > 0.6], 4).T)))
    assert taught > 20
