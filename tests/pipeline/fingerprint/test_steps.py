"""A step followed along a strip: counted as it changes, asked nowhere that nothing repeats."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.fingerprint.steps import ROWS, followed

PER_PX = 2


def strip(steps_px: np.ndarray, seed: int = 0) -> np.ndarray:
    """A strip of one pattern after another, each stretched to its step, px."""
    rng = np.random.default_rng(seed)
    pattern = rng.normal(0, 1, (24, 10))
    pattern = pattern - pattern.mean(0)
    parts = []
    for step in steps_px:
        rows = round(step * PER_PX)
        at = np.arange(rows) / rows * 24
        parts.append(pattern[np.floor(at).astype(int)])
    return np.concatenate(parts)


@example(step=9.0, count=21, seed=0)
@example(step=26.5, count=36, seed=0)
@example(step=30.5, count=45, seed=1)
@given(step=st.floats(9, 40), count=st.integers(20, 60), seed=st.integers(0, 5))
@settings(max_examples=12, deadline=None)
def test_a_constant_step_is_found_and_counted(step, count, seed):
    found = followed(strip(np.full(count, step), seed), PER_PX, closed=True)
    assert found is not None
    assert np.median(found.length_px) == pytest.approx(round(step * PER_PX) / PER_PX, rel=0.03)
    assert abs(found.count - count) <= max(0.03 * count, 1), "within 3 %, or a link"
    assert found.share > 0.95


def test_steps_that_grow_shorter_as_the_chain_turns_away_are_each_counted():
    steps = 22 + 7 * np.cos(np.linspace(0, 4 * np.pi, 60))
    found = followed(strip(steps), PER_PX, closed=True)
    assert found is not None
    assert found.count == pytest.approx(60, rel=0.03)
    assert found.length_px.max() / found.length_px.min() > 1.5


def test_what_doesnt_repeat_is_left_out_of_the_count():
    rng = np.random.default_rng(3)
    clasp = rng.normal(0, 1, (200, 10))
    found = followed(np.concatenate([strip(np.full(30, 20.0)), clasp]), PER_PX, closed=False)
    assert found is not None
    assert found.count == pytest.approx(30, abs=2)
    assert found.share < 0.95


def test_a_strip_at_even_steps_is_the_same_each_time():
    found = followed(strip(np.full(30, 20.0)), PER_PX, closed=True)
    assert found is not None
    even = found.even(strip(np.full(30, 20.0)))
    steps = even[: len(even) // ROWS * ROWS].reshape(-1, ROWS, 10)
    alike = [np.corrcoef(one.ravel(), two.ravel())[0, 1] for one, two in pairwise(steps)]
    assert np.median(alike) > 0.8


def test_noise_and_what_is_too_short_have_no_step():
    noise = followed(np.random.default_rng(1).normal(0, 1, (1200, 10)), PER_PX, closed=True)
    assert noise is None or noise.repeats < 0.3
    assert followed(strip(np.full(3, 6.0)), PER_PX, closed=False) is None
