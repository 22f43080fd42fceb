"""Hands: a finger too many, one too few and one that bends aside are seen; another pose, skin, size or camera is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.qa.check import CheckResult
from pipeline.qa.evidence import Evidence, Recorded
from pipeline.qa.inspect import answer
from pipeline.qa.model.hands import Hands
from tests.pipeline.qa import damaged
from tests.pipeline.qa.people import NUISANCES, hand, shown

SKINS = ("tan", "dark")


def said(picture: np.ndarray) -> CheckResult:
    return answer(Hands(), shown(picture))


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("finger", ["index", "ring"])
def test_a_finger_painted_out_is_missed_by_its_name(skin, finger):
    picture, seen, ground = hand(skin=skin)
    found = said(damaged.finger_painted_out(picture, seen, finger, ground))
    assert (found.verdict, found.value, found.unit) == ("warn", 4, "fingers")
    assert f"The left hand shows four fingers: its {finger} finger is missing" in found.reason
    assert found.overlay is not None


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize(("finger", "turn_deg"), [("ring", 20.0), ("middle", -9.0)])
def test_a_sixth_finger_is_counted_beside_the_others_and_between_them(skin, finger, turn_deg):
    picture, seen, ground = hand(skin=skin)
    turned = turn_deg if seen.right is False else -turn_deg
    found = said(damaged.finger_added(picture, seen, finger, turned, ground))
    assert (found.verdict, found.value) == ("warn", 6)
    assert found.reason == "The left hand shows six fingers."


@pytest.mark.parametrize("skin", SKINS)
def test_a_finger_bent_aside_at_its_hinge_is_seen(skin):
    picture, seen, ground = hand(skin=skin)
    found = said(damaged.finger_bent_aside(picture, seen, "ring", 50.0, ground))
    assert found.verdict == "warn"
    assert "bent" in found.reason


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("pose", ["fingers-fanned", "hand-relaxed"])
def test_whole_hands_of_any_skin_and_pose_show_five_fingers(skin, pose):
    found = said(hand(pose, skin)[0])
    assert (found.verdict, found.value) == ("pass", 5)
    assert found.reason == "The left hand shows five fingers."


@pytest.mark.parametrize("nuisance", NUISANCES)
def test_what_a_camera_or_a_file_does_changes_no_count(nuisance):
    found = said(nuisance(hand()[0]))
    assert (found.verdict, found.value) == ("pass", 5)


def test_a_hand_that_the_frame_cuts_is_not_counted():
    picture, seen, _ = hand()
    top = round(float(seen.points[10, 1]))
    found = said(np.ascontiguousarray(picture[top:]))
    assert found.verdict in ("not verifiable", "not applicable")
    assert found.value is None


def test_before_a_ground_of_skins_colour_an_outline_counts_nothing():
    picture, seen, ground = hand()
    skin = picture[tuple(np.round(seen.points[9, 1::-1]).astype(int))]
    over = np.clip((np.linalg.norm(picture - ground, axis=-1, keepdims=True) - 0.06) / 0.06, 0, 1)
    found = said((picture * over + 0.96 * skin * (1 - over)).astype(np.float32))
    assert found.verdict == "not verifiable"
    assert found.value is None


def test_a_sculpture_of_a_hand_is_no_person():
    picture = hand()[0]
    grey = np.repeat((picture @ np.array([0.3, 0.59, 0.11], np.float32))[..., None], 3, 2)
    assert said(grey).verdict == "not verifiable"
    assert "colour of skin" in said(grey).reason


@pytest.mark.parametrize("engine", ["maquette", "still"])
def test_loupes_own_sculptures_and_still_lifes_have_no_hands_to_judge(engine):
    picture = hand()[0]
    flat = np.zeros(picture.shape[:2], np.float32)
    recorded = Recorded("ring", 21.0, 10.0, picture, np.ones_like(picture), flat, engine=engine)
    evidence: Evidence = replace(shown(picture), layers_known=True, recorded=recorded)
    assert answer(Hands(), evidence).verdict == "not applicable"


def test_a_picture_without_a_person_has_no_hands_to_judge():
    ground = hand()[2]
    assert said(ground.astype(np.float32)).verdict == "not applicable"
