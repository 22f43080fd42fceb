"""Links counted along a chain's line, whichever way they lie; nothing counted where nothing repeats."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.fingerprint.links import count_links
from tests.pipeline.fingerprint.drawn import chain

BARE = np.zeros((520, 520), bool)


@pytest.mark.parametrize("count", [40, 57, 72])
def test_links_that_lean_one_way_are_counted(count):
    alpha, grey = chain(count, 0.97 * 1440 / count)
    links = count_links(alpha, grey, BARE)
    assert links is not None
    assert abs(links.count - count) <= 1
    assert links.resolvable


@pytest.mark.parametrize("count", [40, 56])
def test_links_that_lie_in_turn_to_either_side_are_each_counted(count):
    alpha, grey = chain(count, 0.97 * 1440 / count, alternating=True)
    links = count_links(alpha, grey, BARE)
    assert links is not None
    assert abs(links.count - count) <= 2


def test_a_smooth_hoop_has_no_links():
    alpha = np.zeros((520, 520), np.float32)
    cv2.circle(alpha, (260, 260), 200, 1.0, 12, cv2.LINE_AA)
    grey = alpha * np.linspace(0.3, 0.9, 520, dtype=np.float32)
    assert count_links(alpha, grey, BARE) is None


def test_a_broad_piece_is_no_chain():
    alpha = np.zeros((520, 520), np.float32)
    alpha[100:420, 100:420] = 1
    assert count_links(alpha, alpha, BARE) is None
