"""A moved light is told from the photo's own, the piece is then found by its outline, and no check vouches for more than it can see."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.imaging.piece import CutPiece
from pipeline.qa import thresholds
from pipeline.qa.check import CheckResult, Row
from pipeline.qa.inspect import inspect
from pipeline.qa.moved_light import under_moved_light
from pipeline.qa.outline_shift import outline_shift
from pipeline.qa.same_light import SAME_LIGHT, agreement
from pipeline.qa.thresholds import line
from tests.pipeline.qa.drawn import NUISANCES, mush, of_ring, pictured, ring_fingerprint, without_stone
from tests.pipeline.scenes import ring


def relit(piece: CutPiece, seed: int = 2) -> CutPiece:
    """The piece under a lamp that stands elsewhere: bright and dark lie in other places of it, its outline where it was."""
    rng = np.random.default_rng(seed)
    height, width = piece.alpha.shape
    field = cv2.resize(rng.normal(0, 1, (height // 12, width // 12)).astype(np.float32), (width, height))
    light = np.exp2(1.1 * field)[..., None]

    def lit(linear: np.ndarray) -> np.ndarray:
        encoded = np.clip(linear_to_srgb(np.clip(linear * light, 0, 1)), 0, 1)
        return srgb_to_linear(encoded).astype(np.float32)

    return replace(piece, rgb=lit(piece.rgb), foreground=lit(piece.foreground))


@pytest.mark.parametrize("nuisance", NUISANCES)
def test_exposure_colour_and_a_smooth_falloff_are_no_moved_light(nuisance: str):
    evidence = of_ring(**NUISANCES[nuisance])
    told = agreement(evidence)
    assert told is not None
    assert told > SAME_LIGHT
    assert evidence.setting == "measured"


@pytest.mark.parametrize("change", [mush, without_stone(4)], ids=["mush", "stone missing"])
def test_a_defect_is_no_moved_light(change):
    assert not of_ring(change, **NUISANCES["all together"]).relit


@pytest.mark.parametrize("nuisance", ["nothing", "shifted", "smaller", "all together"])
def test_under_a_moved_light_the_piece_is_found_by_its_outline(nuisance: str):
    given = NUISANCES[nuisance]
    evidence = pictured(relit(ring()), ring(), ring_fingerprint(), **given)  # type: ignore[arg-type]
    assert evidence.setting == "relit"
    assert evidence.residual_px is not None
    assert evidence.residual_px < thresholds.REGISTRATION_PX
    true = pictured(ring(), ring(), ring_fingerprint(), **given)  # type: ignore[arg-type]
    assert evidence.mapping is not None
    assert true.mapping is not None
    corners = np.array([[ring().box[0], ring().box[1]], [ring().box[2], ring().box[3]]], np.float64)
    away = evidence.mapping.picture_xy(corners) - true.mapping.picture_xy(corners)
    assert np.hypot(*away.T).max() < 0.5


def test_the_outline_tells_a_shift_and_its_direction():
    still = of_ring()
    found = outline_shift(still)
    assert found is not None
    assert found.px < 0.1
    assert found.share > 0.5


def test_under_a_moved_light_nothing_is_called_lost_and_nothing_unproved_passes(monkeypatch, tmp_path):
    monkeypatch.setattr(thresholds, "CALIBRATED", tmp_path / "none.json")
    thresholds._calibrated.cache_clear()
    found = inspect(pictured(relit(ring()), ring(), ring_fingerprint()))
    thresholds._calibrated.cache_clear()
    inside = {
        r.id: r for r in found.results if r.id in ("structure", "stones", "ssim.interior", "nearmiss", "silhouette")
    }
    assert {r.verdict for r in inside.values()} == {"not verifiable"}
    assert all("light on the piece was moved" in r.reason for r in inside.values())
    assert not [row for row in found.rows.get("stones", []) if row.verdict in ("lost", "changed", "added")]
    assert found.verdict == "not verifiable"
    registration = next(r for r in found.results if r.id == "registration")
    assert registration.verdict == "pass"
    assert "light on it was moved" in registration.reason


def calibrated(power: float | None):
    drawn = line("stones.agreement", "measured")
    return lambda name, setting: replace(drawn, value=0.3, false_alarms=0.005, power=power, rests_on="a trial")


@pytest.mark.parametrize(
    ("said", "agreement_found", "power", "verdict"),
    [
        ("fail", 0.5, 0.95, "pass"),
        ("fail", 0.5, 0.6, "not verifiable"),
        ("pass", 0.5, None, "not verifiable"),
        ("pass", 0.2, 0.6, "fail"),
        ("fail", 0.2, None, "fail"),
    ],
)
def test_a_moved_light_has_lines_of_its_own_and_a_pass_needs_power(monkeypatch, said, agreement_found, power, verdict):
    monkeypatch.setattr("pipeline.qa.moved_light.line", calibrated(power))
    lost = Row("stones", "stone-001", "lost", (0, 0, 4, 4), "the stone is missing", 0.2)
    result = CheckResult("stones", said, "Words.", agreement_found, 0.75, "agreement", rows=(lost,), statistics={"stones.agreement": agreement_found})  # fmt: skip
    found = under_moved_light(result)
    assert found.verdict == verdict
    assert [row.verdict for row in found.rows] == (["lost"] if verdict == "fail" else ["not verifiable"])
