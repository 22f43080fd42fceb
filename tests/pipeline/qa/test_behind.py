"""A worn piece in a picture from anywhere: what lies behind the body is told from what is missing, and never passes as seen."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from PIL import Image

from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.imaging.lock import lay
from pipeline.imaging.resample import Mapping
from pipeline.qa.evidence import Evidence
from pipeline.qa.gather import evidence_from_picture
from pipeline.qa.inspect import answer
from pipeline.qa.piece.structure import Structure
from pipeline.qa.seen import Seen
from tests.pipeline.qa.drawn import stone_at, without_stone
from tests.pipeline.qa.people import hand
from tests.pipeline.scenes import ring, similarity


@lru_cache(maxsize=1)
def bare_hand() -> np.ndarray:
    """A rendered hand (H, W, 3) linear, large enough that a ring of some hundred pixels lies on its back."""
    srgb8 = np.rint(hand()[0] * 255).astype(np.uint8)
    size = (int(srgb8.shape[1] * 900 / srgb8.shape[0]), 900)
    return srgb_to_linear(np.asarray(Image.fromarray(srgb8).resize(size, Image.Resampling.BICUBIC), np.float32) / 255)


def worn(
    hidden_below: float | None, ground: np.ndarray | None = None, stone: int | None = None
) -> tuple[Evidence, np.ndarray]:
    """Evidence on a picture of the drawn ring on the hand, what lies below a share of its height hidden; and that part."""
    picture = (bare_hand() if ground is None else ground).copy()
    height, width = picture.shape[:2]
    piece = ring() if stone is None else without_stone(stone)(ring())
    about = ((piece.box[0] + piece.box[2]) / 2, (piece.box[1] + piece.box[3]) / 2)
    middle = skin_middle()
    mapping = Mapping(similarity(0.5, 6.0, *middle, about), (height, width))
    laid = lay(piece, mapping)
    over = laid.alpha.copy()
    rows = np.flatnonzero((over > 0.5).any(1))
    if hidden_below is not None:
        over[round(rows[0] + hidden_below * (rows[-1] - rows[0])) :] = 0
    shown = laid.colour * over[..., None] + picture * (1 - over[..., None])
    stored = np.rint(np.clip(linear_to_srgb(shown), 0, 1) * 255) / 255
    evidence = evidence_from_picture(ring(), srgb_to_linear(stored.astype(np.float32)), "")
    assert evidence.laid is not None, evidence.not_found
    return evidence, laid.alpha - over


def skin_middle() -> tuple[float, float]:
    """The middle of the hand's back in the picture: of its landmarks between wrist and knuckles."""
    landmarks = hand()[1]
    points = np.asarray(landmarks.points)[[0, 5, 9, 13, 17], :2]
    x, y = points.mean(0) * 900 / hand()[0].shape[0]
    return float(x), float(y)


def test_a_ring_whose_far_side_goes_behind_the_hand_is_held_to_what_is_seen():
    evidence, hidden = worn(0.6)
    assert evidence.coverage is not None
    assert evidence.laid is not None
    taken = evidence.laid.alpha - evidence.coverage
    assert taken[hidden > 0.5].mean() > 0.9, "nearly all that is hidden is found"
    assert taken.sum() < 1.3 * hidden.sum(), "and not much more"
    result = answer(Seen(), evidence)
    assert result.verdict == "warn", "what wasn't seen is said aloud"
    assert "at the bottom" in result.reason
    assert answer(Structure(), evidence).verdict == "pass"


def test_a_lost_stone_is_missing_and_not_behind():
    evidence, _ = worn(None, stone=4)
    x, y = stone_at(4)
    assert evidence.mapping is not None
    assert evidence.coverage is not None
    column, row = (round(float(v)) for v in evidence.mapping.picture_xy(np.array([[x, y]]))[0])
    assert evidence.coverage[row, column] > 0.9
    assert answer(Structure(), evidence).verdict == "fail"


def test_half_a_ring_on_a_plain_ground_is_half_a_ring():
    tone = np.median(bare_hand()[400:500, 300:400].reshape(-1, 3), 0).astype(np.float32)
    evidence, _ = worn(0.6, ground=np.broadcast_to(tone, bare_hand().shape))
    assert answer(Seen(), evidence).verdict == "pass"
    assert answer(Structure(), evidence).verdict == "fail"


def test_a_whole_ring_is_wholly_seen():
    evidence, _ = worn(None)
    assert answer(Seen(), evidence).value == pytest.approx(1.0, abs=0.01)
    assert answer(Structure(), evidence).verdict == "pass"
