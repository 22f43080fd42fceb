"""Groups by size, layouts, and the counts in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fingerprint.arrangement import by_size, layout_of
from pipeline.fingerprint.model import Group, Links
from pipeline.fingerprint.words import count_words, group_words


@given(st.lists(st.floats(2, 200), min_size=1, max_size=40))
def test_every_stone_is_in_one_group_and_groups_go_down_in_size(sizes):
    groups = by_size(sizes)
    assert sorted(k for group in groups for k in group) == list(range(len(sizes)))
    lowest = [min(sizes[k] for k in group) for group in groups]
    highest = [max(sizes[k] for k in group) for group in groups]
    assert all(low >= high for low, high in zip(lowest, highest[1:], strict=False))


@given(st.integers(6, 30), st.floats(0.3, 1.0), st.floats(0, np.pi))
def test_stones_round_a_tilted_circle_are_a_ring(count, aspect, turn):
    t = np.arange(count) * 2 * np.pi / count
    points = 100 * np.stack([np.cos(t), aspect * np.sin(t)], -1)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert layout_of(points @ spin.T, 60 * np.pi / count) == "ring"


def test_rows_clusters_pairs_and_single_stones():
    row = np.stack([np.arange(8) * 10.0, 3 * np.sin(np.arange(8) / 3)], -1)
    assert layout_of(row, 9) == "row"
    y, x = np.mgrid[0:4, 0:4]
    assert layout_of(np.stack([x.ravel(), y.ravel()], -1) * 10.0, 9) == "cluster"
    assert layout_of(row[:2], 9) == "pair"
    assert layout_of(row[:1], 9) == "single"


def group(number: int, count: int, size: float, words: str, colour: str = "clear") -> Group:
    return Group(
        id=f"group-{number}", count=count, colour=colour, size_px=size, size_mm=None, layout="ring", words=words
    )


def test_counts_are_said_as_a_person_would():
    small, large = group_words(18, 0, 2, "clear", 1), group_words(9, 1, 2, "clear", 1)
    groups = [group(1, 18, 20, small), group(2, 9, 40, large)]
    assert count_words(groups, [], None) == "27 stones: 18 small and 9 larger"
    blue = [
        group(1, 18, 20, group_words(18, 0, 2, "clear", 2)),
        group(2, 1, 40, group_words(1, 1, 2, "blue", 2), "blue"),
    ]
    assert count_words(blue, [], None) == "19 stones: 18 small clear and 1 larger blue"
    assert count_words([group(1, 1, 40, "1")], [], None) == "1 stone"
    assert count_words([], [], None) == "no stones"
    assert count_words(groups, [], None, 0.4).endswith("there are more stones that can't be told apart in this photo")


@pytest.mark.parametrize(("confidence", "said"), [(0.9, "no stones; 75 links"), (0.3, "no stones; about 75 links")])
def test_unsure_links_are_said_to_be_about(confidence, said):
    links = Links(count=75, pitch_px=20, length_px=1500, confidence=confidence, resolvable=True)
    assert count_words([], [], links) == said
