"""Teaching the change network: test seeds are refused, a run goes on where it was, and what it learned is read back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.imaging.unet import load_weights
from pipeline.loupebench.changes.lessons import Lesson, keep, kept, pairs
from pipeline.loupebench.changes.training import train
from pipeline.qa.change_net import ChangeNet, changed


def lesson(seed: int, changes: bool) -> Lesson:
    """A textured disc, in one half of the lessons with a dark spot that the reference hasn't."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:140, 0:150]
    coverage = np.uint8(255 * (np.hypot(x - 75, y - 70) < 60))
    foretold = np.uint8(150 + 40 * np.sin(x / 5 + seed) + rng.normal(0, 4, x.shape))[..., None].repeat(3, -1)
    picture = np.uint8(np.clip(foretold + rng.normal(0, 4, foretold.shape), 0, 255))
    truth = np.zeros(x.shape, np.uint8)
    if changes:
        spot = np.hypot(x - 75 - rng.integers(-30, 30), y - 70 - rng.integers(-30, 30)) < 9
        picture[spot] = 20
        truth[spot] = 255
    return Lesson(foretold, picture, coverage, truth, np.zeros((*x.shape, 6), np.uint8))


def test_test_seeds_are_never_learned_from():
    with pytest.raises(ValueError, match="never learned"):
        pairs(range(999, 1001), np.random.default_rng(0), 3)


def test_a_lesson_comes_back_as_it_was_kept(tmp_path):
    taught = lesson(1, True)
    keep(taught, tmp_path, "one")
    assert all(
        np.array_equal(a, b)
        for a, b in zip(vars(taught).values(), vars(kept(tmp_path / "one.npz")).values(), strict=True)
    )


def test_a_run_that_was_cut_ends_where_a_whole_one_does(tmp_path):
    lessons = tmp_path / "lessons"
    lessons.mkdir()
    for k in range(4):
        keep(lesson(k, k % 2 == 0), lessons, f"{k:02d}")
    whole, cut, checkpoint = tmp_path / "whole.npz", tmp_path / "cut.npz", tmp_path / "state.pt"
    train(lessons, whole, 3, None, math.inf, print)
    train(lessons, cut, 3, checkpoint, -math.inf, print)  # cut after its first step
    train(lessons, cut, 3, checkpoint, math.inf, print)
    one, two = (load_weights(ChangeNet(), path).state_dict() for path in (whole, cut))
    assert all(np.allclose(one[name], two[name], atol=1e-3) for name in one)
    taught = lesson(9, True)
    maps = changed(
        *(v / np.float32(255) for v in (taught.foretold, taught.picture, taught.coverage)),
        (np.zeros((*taught.truth.shape, 3), np.float32),) * 2,
        load_weights(ChangeNet(), cut),
    )
    assert maps.shape == taught.truth.shape
    assert np.isfinite(maps).all()
