"""Skin: made smooth as plastic, or under a glow, it is seen; grain, compression, a softer lens and other light are not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import skimage.data

from pipeline.qa.check import CheckResult
from pipeline.qa.inspect import answer
from pipeline.qa.model.skin import Skin
from tests.pipeline.qa.people import NUISANCES, hand, portrait, shown


def head() -> np.ndarray:
    return portrait()[0]


def astronaut() -> np.ndarray:
    """A portrait in the public domain (NASA), which scikit-image ships."""
    return skimage.data.astronaut().astype(np.float32) / 255


def said(picture: np.ndarray) -> CheckResult:
    return answer(Skin(), shown(picture))


def smoothed(picture: np.ndarray) -> np.ndarray:
    """Edges kept, texture gone: what a beauty filter does, and a generator's decoder."""
    return cv2.bilateralFilter(picture, 0, 0.1, 0.006 * max(picture.shape))


def blurred(picture: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), 0.0035 * max(picture.shape))


def glowing(picture: np.ndarray, by: float = 0.5) -> np.ndarray:
    """A blurred copy laid over the picture, as `screen` lays it."""
    copy = cv2.GaussianBlur(picture, (0, 0), 0.02 * max(picture.shape))
    return (1 - (1 - picture) * (1 - by * copy)).astype(np.float32)


def softer(picture: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


@pytest.mark.parametrize("damage", [smoothed, blurred])
@pytest.mark.parametrize(("picture", "whose"), [(head, "face"), (lambda: hand()[0], "left hand")])
def test_skin_without_texture_is_told_from_skin(picture: Callable[[], np.ndarray], whose: str, damage):
    found = said(damage(picture()))
    assert found.verdict == "warn"
    assert f"The skin of the {whose} has hardly any texture" in found.reason
    assert found.score is not None
    assert found.score < 50
    assert found.overlay is not None


@pytest.mark.parametrize("nuisance", [np.copy, softer, *NUISANCES])
@pytest.mark.parametrize("picture", [head, lambda: hand()[0]])
def test_what_a_camera_or_a_file_does_is_no_plastic(picture: Callable[[], np.ndarray], nuisance):
    found = said(nuisance(picture()))
    assert found.verdict == "pass"
    assert found.value is not None
    assert found.threshold is not None
    assert found.value > found.threshold


def test_a_glow_over_a_portrait_is_seen():
    found = said(glowing(astronaut()))
    assert found.verdict == "warn"
    assert "A glow lies on the picture" in found.reason
    assert "plastic" not in found.reason


def test_a_portrait_without_a_glow_that_is_too_small_for_pores_is_not_judged():
    found = said(astronaut())
    assert found.verdict == "not verifiable"
    assert "px a millimetre" in found.reason
    assert found.statistics["skin.glow"] < 0.02


def test_its_lines_decide_no_verdict_yet():
    assert Skin().mandatory is False
    assert "not yet calibrated" in said(head()).rests_on
