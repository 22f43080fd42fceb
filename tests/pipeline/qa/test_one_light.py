"""One light: a shadow that falls against the light on the skin is seen; light that is even, or no shadow, is not judged."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipeline.imaging.resample import Mapping
from pipeline.plate.landmarks import Hand
from pipeline.qa.check import CheckResult
from pipeline.qa.evidence import Evidence, Recorded
from pipeline.qa.inspect import answer
from pipeline.qa.model.skin_light import skin_light
from pipeline.qa.person import Person
from pipeline.qa.scene.light import LEAST_SURE_DEG, Light
from tests.pipeline.plate import rendered
from tests.pipeline.qa.people import NUISANCES, hand, pixels, portrait, shown

# The rendered heads and hands are lit from the upper left.
LIT_FROM_DEG = float(np.degrees(np.arctan2(rendered.UPPER_LEFT[1], rendered.UPPER_LEFT[0])))


def worn(picture: np.ndarray, from_deg: float | None) -> Evidence:
    """A round piece low in the picture, whose shadow is cast by a light from `from_deg`; None: there is no shadow."""
    height, width = picture.shape[:2]
    middle, radius = (width // 2, round(0.93 * height)), round(0.03 * height)
    piece = np.zeros((height, width), np.float32)
    cv2.circle(piece, middle, radius, (1.0,), -1)
    taken = np.zeros_like(piece)
    if from_deg is not None:
        away = np.radians(from_deg + 180)
        at = round(middle[0] + 0.5 * radius * np.cos(away)), round(middle[1] - 0.5 * radius * np.sin(away))
        cv2.circle(taken, at, radius, (0.7,), -1)
        taken = cv2.GaussianBlur(taken, (0, 0), 0.2 * radius)
    shadow = np.repeat(1 - taken[..., None], 3, 2)
    recorded = Recorded("necklace", 30.0, 2.0, picture, shadow, np.zeros_like(piece), engine="plate")
    mapping = Mapping(np.eye(3), (height, width))
    return replace(shown(picture), mapping=mapping, coverage=piece, layers_known=True, recorded=recorded)


def said(picture: np.ndarray, from_deg: float | None) -> CheckResult:
    return answer(Light(), worn(picture, from_deg))


@pytest.mark.parametrize("skin", ["tan", "dark"])
@pytest.mark.parametrize("off_deg", [110.0, -120.0, 180.0])
def test_a_shadow_against_the_light_on_the_face_is_seen(skin, off_deg):
    found = said(portrait(skin)[0], LIT_FROM_DEG + off_deg)
    assert (found.verdict, found.unit) == ("warn", "°")
    assert found.value > 80
    assert "The light on the face comes from the upper left" in found.reason
    assert found.overlay is not None


@pytest.mark.parametrize("skin", ["tan", "dark"])
@pytest.mark.parametrize("off_deg", [0.0, 25.0, -25.0])
def test_a_shadow_that_falls_about_where_the_light_says_passes(skin, off_deg):
    found = said(portrait(skin)[0], LIT_FROM_DEG + off_deg)
    assert found.verdict == "pass"


def test_the_light_is_read_from_a_hand_as_well():
    picture = hand()[0]
    assert said(picture, LIT_FROM_DEG).verdict == "pass"
    against = said(picture, LIT_FROM_DEG + 180)
    assert against.verdict == "warn"
    assert "on the hand" in against.reason


@pytest.mark.parametrize("nuisance", [n for n in NUISANCES if n.__name__ != "mirrored"])
def test_what_a_camera_or_a_file_does_turns_no_light(nuisance):
    assert said(nuisance(portrait()[0]), LIT_FROM_DEG).verdict == "pass"


def test_even_light_has_no_direction_to_hold_a_shadow_to():
    look = rendered.Look(toward=(0.0, 0.0, 1.0), directed=0.2)
    found = said(pixels(rendered.head(0.0, look=look).png), 90.0)
    assert found.verdict == "not verifiable"
    assert "too even" in found.reason


def test_without_a_shadow_or_without_layers_nothing_is_held_to_the_light():
    assert said(portrait()[0], None).verdict == "not applicable"
    assert answer(Light(), shown(portrait()[0])).verdict == "not applicable"


def side_by_side(lean: float) -> Person:
    """A drawn hand whose five fingers all point up, lit from the left; `lean` (a slope) is how far they fan, all alike."""
    points = np.zeros((21, 3))
    picture = np.full((700, 700, 3), (0.62, 0.7, 0.78), np.float32)
    across = (np.mgrid[0:700, 0:700][1] - 350.0) / 350
    points[0, :2] = (350, 690)
    for n, k in enumerate((1, 5, 9, 13, 17)):
        x, fan = 130.0 + 110 * n, lean * (n - 2)
        points[k : k + 4, :2] = [(x + fan * d, 560 - d) for d in (0, 130, 260, 390)]
        for d in range(0, 391, 2):
            u = np.clip((across[560 - d] * 350 + 350 - x - fan * d) / 34, -1.0, 1.0)
            lit = 0.45 + 0.4 * np.maximum(-0.7 * u + 0.7 * np.sqrt(1 - u**2), 0)
            skin = np.array([0.9, 0.62, 0.5], np.float32) * lit[:, None]
            picture[560 - d : 562 - d] = np.where((np.abs(u) < 1)[:, None], skin, picture[560 - d])
    seen = Hand(points, points.copy(), True, 0.99, np.zeros(21))
    return Person(picture, 1.0, np.zeros((700, 700), np.float32), (seen,), (), None)


def test_fingers_that_lie_side_by_side_do_not_tell_the_light_along_them():
    fanned, parallel = (skin_light(side_by_side(lean)) for lean in (0.15, 0.002))
    assert fanned is not None
    assert parallel is not None
    assert abs((fanned.azimuth_deg % 360) - 180) < 20
    assert fanned.error_deg < LEAST_SURE_DEG
    assert parallel.error_deg > LEAST_SURE_DEG
