"""Faces: an iris pressed oval, lights that don't agree and a mirrored half are seen; turning, tilting and cameras aren't faults."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

from pipeline.direction import Pose
from pipeline.plate.landmarks import faces
from pipeline.qa.check import CheckResult
from pipeline.qa.inspect import answer
from pipeline.qa.model.face import FaceCheck
from tests.pipeline.qa import damaged
from tests.pipeline.qa.people import NUISANCES, hand, portrait, shown

SKINS = ("tan", "dark")
UPPER_LEFT = (-0.3, -0.35)


def said(picture: np.ndarray) -> CheckResult:
    return answer(FaceCheck(), shown(picture))


def lit(picture: np.ndarray, left: tuple[float, float] | None, right: tuple[float, float] | None) -> np.ndarray:
    face = faces(picture)[0]
    for side, at in (("left", left), ("right", right)):
        picture = damaged.catchlight_drawn(picture, face, side, at) if at else picture
    return picture


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_an_iris_pressed_oval_is_seen_and_named(skin, side):
    picture, face = portrait(skin)
    found = said(damaged.iris_made_oval(picture, face, side, 0.7))
    assert found.verdict == "warn"
    assert f"The {side} eye's iris" in found.reason
    assert found.overlay is not None


@pytest.mark.parametrize("skin", SKINS)
def test_eyes_that_mirror_their_lights_in_different_places_are_seen(skin):
    found = said(lit(portrait(skin)[0], UPPER_LEFT, (0.4, 0.1)))
    assert (found.verdict, found.unit) == ("warn", "iris radii")
    assert "different places" in found.reason


def test_an_eye_that_mirrors_no_light_where_the_other_does_is_named():
    found = said(lit(portrait()[0], UPPER_LEFT, None))
    assert found.verdict == "warn"
    assert "The right eye mirrors no light" in found.reason


@pytest.mark.parametrize("skin", SKINS)
def test_a_face_mirrored_about_its_axis_is_too_perfect(skin):
    picture, face = portrait(skin)
    found = said(damaged.mirrored_into_symmetry(picture, face))
    assert found.verdict == "warn"
    assert "mirror images of each other" in found.reason


@pytest.mark.parametrize("skin", SKINS)
def test_a_face_of_any_skin_passes_with_its_lights_in_both_eyes(skin):
    found = said(lit(portrait(skin)[0], UPPER_LEFT, UPPER_LEFT))
    assert found.verdict == "pass"
    assert {"face.iris.left", "face.iris.pair", "face.catchlights", "face.halves"} <= set(found.statistics)


@pytest.mark.parametrize("nuisance", NUISANCES)
def test_what_a_camera_or_a_file_does_is_no_fault_of_a_face(nuisance):
    assert said(nuisance(lit(portrait()[0], UPPER_LEFT, UPPER_LEFT))).verdict == "pass"


@pytest.mark.parametrize("pose", [Pose(head_nod_deg=5, head_tilt_deg=5), Pose(head_turn_deg=15)])
def test_a_head_that_nods_tilts_or_turns_is_no_fault(pose):
    assert said(portrait(pose=pose)[0]).verdict == "pass"


def test_ofiqs_measures_fall_with_what_they_are_named_for():
    straight, turned = (said(portrait(azimuth_deg=a)[0]).details["ofiq"] for a in (0.0, 35.0))
    assert straight["HeadPoseYaw"] >= 98 > 80 > turned["HeadPoseYaw"]
    assert straight["EyesOpen"] > 90
    assert straight["MouthClosed"] > 90
    assert straight["SingleFacePresent"] == 100
    assert all(isinstance(v, int) and 0 <= v <= 100 for v in straight.values())


def test_a_small_photographed_face_is_told_to_be_too_small():
    found = said(astronaut().astype(np.float32) / 255)
    assert found.verdict == "not verifiable"
    assert "irises are too small" in found.reason


def test_a_picture_of_a_hand_has_no_face_to_judge():
    assert said(hand()[0]).verdict == "not applicable"
