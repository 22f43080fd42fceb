"""Links counted along a chain's line, whichever way they lie; nothing counted where nothing repeats."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.fingerprint.links import LinksRead, count_links
from tests.pipeline.fingerprint.drawn import chain

BARE = np.zeros((520, 520), bool)


@pytest.mark.parametrize("count", [40, 57, 72])
def test_links_that_lean_one_way_are_counted(count):
    alpha, grey = chain(count, 0.97 * 1440 / count)
    links = count_links(alpha, grey, BARE).links
    assert links is not None
    assert abs(links.count - count) <= 1
    assert links.resolvable


@pytest.mark.parametrize("count", [40, 56])
def test_links_that_lie_in_turn_to_either_side_are_each_counted(count):
    alpha, grey = chain(count, 0.97 * 1440 / count, alternating=True)
    links = count_links(alpha, grey, BARE).links
    assert links is not None
    assert abs(links.count - count) <= 2


def test_a_smooth_hoop_has_no_links():
    alpha = np.zeros((520, 520), np.float32)
    cv2.circle(alpha, (260, 260), 200, 1.0, 12, cv2.LINE_AA)
    grey = alpha * np.linspace(0.3, 0.9, 520, dtype=np.float32)
    assert count_links(alpha, grey, BARE) == LinksRead()


def test_a_broad_piece_is_no_chain():
    alpha = np.zeros((520, 520), np.float32)
    alpha[100:420, 100:420] = 1
    assert count_links(alpha, alpha, BARE) == LinksRead()


def test_beads_much_finer_than_the_band_they_are_on_are_no_links_and_that_is_said():
    alpha, grey = (np.zeros((520, 520), np.float32) for _ in range(2))
    cv2.circle(alpha, (260, 260), 200, 1.0, 40, cv2.LINE_AA)
    cv2.circle(grey, (260, 260), 200, 0.5, 40, cv2.LINE_AA)
    for k in range(180):
        a = 2 * np.pi * k / 180
        for away in (188, 200, 212):
            at = (260 + away * np.cos(a), 260 + away * np.sin(a))
            cv2.circle(grey, tuple(round(16 * v) for v in at), 40, 0.9, -1, cv2.LINE_AA, 4)
    read = count_links(alpha, grey, BARE)
    assert read.links is None
    assert read.unread is not None
    assert "finer" in read.unread


def test_a_chain_set_with_stones_all_along_is_counted_by_its_stones():
    alpha, grey = chain(40, 34.0)
    stones = alpha > 0
    stones = cv2.dilate(stones.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    read = count_links(alpha, grey, stones)
    assert read.links is None
    assert "stones" in str(read.unread)
