"""Confidence is a probability, and moves the way that doubt does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.fingerprint.confidence import BARE, confidence_of, count_confidence, stone_measures

share = st.floats(0, 1)


def by_itself(*measures: float) -> float:
    return confidence_of("stone", stone_measures(*measures))


@given(share, share, share, st.floats(0, 2), st.floats(1, 300))
def test_a_stones_confidence_is_a_probability(peak, votes, body, spread, narrow):
    assert 0 <= by_itself(peak, votes, body, spread, narrow) <= 1


@given(st.lists(share, max_size=40), share)
def test_a_counts_confidence_is_a_probability_that_unparted_stone_takes_from(sure, unparted):
    whole = count_confidence(sure, 0.0, [12.0] * len(sure))
    part = count_confidence(sure, unparted, [12.0] * len(sure))
    assert 0 <= part <= whole + 1e-9 <= 1 + 1e-9
    assert part <= 1 - unparted + 1e-9


def test_a_better_hill_with_more_votes_is_surer():
    assert by_itself(0.9, 0.95, 0.98, 0.03, 20) > by_itself(0.35, 0.4, 0.6, 0.2, 20)


def test_one_doubtful_stone_among_sure_ones_makes_the_count_doubtful():
    sure = [0.99] * 12
    assert count_confidence(sure, 0, [14.0] * 12) > count_confidence([*sure, 0.55], 0, [14.0] * 13)
    # And so does one that was left out by a hair.
    assert count_confidence(sure, 0, [14.0] * 12) > count_confidence([*sure, 0.45], 0, [14.0] * 12)


def test_nothing_that_looks_like_stone_is_surely_bare():
    assert count_confidence([], 0.0, []) == BARE
