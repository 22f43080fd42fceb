"""The checks on the piece in its scene: each sees the defect that it is there for, and lets pass what is none."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.qa.evidence import Evidence
from pipeline.qa.inspect import answer
from pipeline.qa.scene.contact import Contact
from pipeline.qa.scene.grain import Grain
from pipeline.qa.scene.occlusion import Occlusion
from pipeline.qa.scene.seam import Seam
from tests.pipeline.qa.drawn import of_ring
from tests.pipeline.qa.placed import jpeg, noisy, placed, repainted

Change = Callable[[Evidence], Evidence]
CHECKS = (Seam(), Contact(), Occlusion(), Grain())


def piece_detail(evidence: Evidence, by: float) -> Evidence:
    """The piece's fine detail times 1 + `by`: denoised below 0, sharpened above."""
    assert evidence.coverage is not None
    encoded = linear_to_srgb(np.clip(evidence.picture, 0, 1)).astype(np.float32)
    fine = encoded - cv2.GaussianBlur(encoded, (0, 0), 1.0)
    changed = srgb_to_linear(np.clip(encoded + by * fine, 0, 1))
    return repainted(evidence, np.where((evidence.coverage > 0.95)[..., None], changed, evidence.picture))


def rim(by: float) -> Change:
    def painted(evidence: Evidence) -> Evidence:
        assert evidence.coverage is not None
        edge = (evidence.coverage > 0.02) & (evidence.coverage < 0.98)
        return repainted(evidence, evidence.picture * np.where(edge, by, 1.0)[..., None])

    return painted


def halo(evidence: Evidence) -> Evidence:
    assert evidence.coverage is not None
    glow = cv2.GaussianBlur((evidence.coverage > 0.5).astype(np.float32), (0, 0), 3.0) * (1 - evidence.coverage)
    return repainted(evidence, evidence.picture + 0.1 * glow[..., None])


def unhidden(evidence: Evidence) -> Evidence:
    """The band drawn over the finger that should hide it."""
    assert evidence.laid is not None
    assert evidence.recorded is not None
    over = evidence.laid.alpha[..., None]
    return repainted(evidence, evidence.laid.colour * over + evidence.recorded.ground * (1 - over))


def covered(evidence: Evidence) -> Evidence:
    """A fingertip drawn over a part of the band that should be seen."""
    assert evidence.recorded is not None
    over = np.zeros(evidence.picture.shape[:2], bool)
    over[:, 330:] = True
    return repainted(evidence, np.where(over[..., None], evidence.recorded.ground, evidence.picture))


@pytest.mark.parametrize("how", ["worn", "lying", "standing", "hanging"])
@pytest.mark.parametrize(
    "nuisance",
    [lambda e: e, lambda e: jpeg(e, 90), lambda e: noisy(e, 0.004)],
    ids=["untouched", "compressed", "noisy"],
)
def test_an_honest_picture_raises_no_word(how: str, nuisance: Change):
    evidence = nuisance(placed(how))
    assert {c.id: v for c in CHECKS if (v := answer(c, evidence).verdict) not in ("pass", "not applicable")} == {}


@pytest.mark.parametrize(("change", "words"), [(rim(0.75), "dark rim"), (rim(1.4), "bright rim"), (halo, "bright rim")])
def test_a_rim_or_a_halo_is_seen_and_told_which(change: Change, words: str):
    result = answer(Seam(), change(placed()))
    assert result.verdict == "fail"
    assert words in result.reason
    assert result.overlay is not None


@pytest.mark.parametrize("how", ["worn", "lying"])
@pytest.mark.parametrize("gone", [(0.0, -3.0), (3.0, 0.0), (0.0, 3.0), (-2.2, -2.2)])
def test_a_piece_three_millimetres_off_its_shadow_floats(how: str, gone: tuple[float, float]):
    result = answer(Contact(), placed(how, gone))
    assert result.verdict == "fail"
    assert result.value == pytest.approx(float(np.hypot(*gone)), abs=0.8)


@pytest.mark.parametrize("gone", [-3.0, 3.0])
def test_a_standing_piece_off_its_foot_floats_or_sinks(gone: float):
    assert answer(Contact(), placed("standing", (0.0, gone))).verdict == "fail"


def test_a_shadow_a_little_to_one_side_is_no_gap():
    assert answer(Contact(), placed("lying", (0.4, -0.5))).verdict == "pass"


def test_what_hangs_in_the_air_is_not_said_to_float():
    assert answer(Contact(), placed("hanging")).verdict == "not applicable"


@pytest.mark.parametrize(("change", "words"), [(unhidden, "behind the body"), (covered, "before the body")])
def test_the_wrong_one_in_front_is_seen(change: Change, words: str):
    result = answer(Occlusion(), change(placed()))
    assert result.verdict == "fail"
    assert words in result.reason


def test_where_nothing_hides_the_piece_there_is_no_order():
    assert answer(Occlusion(), placed("lying")).verdict == "not applicable"


@pytest.mark.parametrize(("by", "words"), [(-0.8, "smoothed"), (1.2, "sharpened")])
def test_a_piece_that_lost_or_won_fine_detail_is_told(by: float, words: str):
    result = answer(Grain(), piece_detail(placed(), by))
    assert result.verdict == "warn"
    assert words in result.reason


def test_grain_on_the_whole_picture_is_not_the_pieces():
    assert answer(Grain(), noisy(placed(), 0.01)).verdict == "pass"


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_a_picture_without_layers_is_not_judged_by_them(check: Seam):
    assert answer(check, of_ring()).verdict == "not applicable"
