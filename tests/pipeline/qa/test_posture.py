"""Posture: heads and wrists that no body holds so are seen; any way that people do hold themselves is not."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from pipeline.direction import Pose
from pipeline.qa.check import CheckResult
from pipeline.qa.inspect import answer
from pipeline.qa.model.posture import Posture
from tests.pipeline.qa import displaced
from tests.pipeline.qa.people import hand, portrait, shown


def said(picture: np.ndarray) -> CheckResult:
    return answer(Posture(), shown(picture))


@pytest.mark.parametrize("azimuth_deg", [0.0, 25.0])
@pytest.mark.parametrize(
    ("displace", "by", "words"),
    [
        (displaced.head_of_another_size, 0.42, "The head is too small for its body"),
        (displaced.neck_drawn_out, 110.0, "The neck is"),
        (displaced.head_pushed_aside, 115.0, "beside the middle of its shoulders"),
    ],
)
def test_a_head_that_no_neck_holds_so_is_seen(azimuth_deg, displace, by, words):
    picture, face = portrait(azimuth_deg=azimuth_deg)
    found = said(displace(picture, face, by))
    assert found.verdict == "warn"
    assert words in found.reason
    assert found.value is not None
    assert found.value > 1
    assert found.overlay is not None


@pytest.mark.parametrize("azimuth_deg", [0.0, 25.0])
@pytest.mark.parametrize(
    ("displace", "by"),
    [(displaced.head_of_another_size, 0.9), (displaced.neck_drawn_out, 20.0), (displaced.head_pushed_aside, 25.0)],
)
def test_as_far_as_people_differ_from_each_other_nothing_is_said(azimuth_deg, displace, by):
    picture, face = portrait(azimuth_deg=azimuth_deg)
    assert said(displace(picture, face, by)).verdict == "pass"


@pytest.mark.parametrize(
    ("azimuth_deg", "pose"),
    [(0.0, Pose(head_turn_deg=30)), (0.0, Pose(head_nod_deg=15)), (-30.0, Pose(head_turn_deg=-25, head_tilt_deg=15)), (30.0, Pose())],
)  # fmt: skip
def test_a_head_that_is_turned_tilted_or_bowed_is_a_head(azimuth_deg, pose):
    found = said(portrait(azimuth_deg=azimuth_deg, pose=pose)[0])
    assert found.verdict == "pass", found.reason


def test_a_frame_narrower_than_shoulders_makes_no_neck_long():
    picture, face = portrait()
    left, _, right, _ = face.box
    narrow = np.ascontiguousarray(picture[:, round(left - 25) : round(right + 25)])
    assert said(narrow).verdict == "pass"


def test_a_portrait_in_a_space_suit_is_held_as_people_hold_themselves():
    found = said(skimage.data.astronaut().astype(np.float32) / 255)
    assert found.verdict == "pass"
    assert found.reason == "Head and neck are held as people hold theirs."


@pytest.mark.parametrize("skin", ["tan", "dark"])
@pytest.mark.parametrize(("by_deg", "side"), [(-75.0, "little finger"), (65.0, "thumb")])
def test_a_wrist_bent_further_than_wrists_go_is_measured(skin, by_deg, side):
    picture, seen, _ = hand(skin=skin)
    found = said(displaced.wrist_bent(picture, seen, by_deg))
    assert found.verdict == "warn"
    assert f"towards the {side}" in found.reason
    measured = float(found.reason.split("bent ")[1].split("°")[0])
    assert measured == pytest.approx(abs(by_deg), abs=10)


@pytest.mark.parametrize("by_deg", [-25.0, 0.0, 20.0])
def test_a_wrist_bent_as_wrists_do_passes(by_deg):
    picture, seen, _ = hand()
    found = said(displaced.wrist_bent(picture, seen, by_deg))
    assert found.verdict == "pass"
    assert found.reason == "The wrist is held as people hold theirs."


def test_where_no_joint_is_seen_none_is_judged():
    picture, seen, _ = hand()
    knuckles = round(float(seen.points[0, 1]))
    found = said(picture[:knuckles])
    assert found.verdict == "not applicable"
