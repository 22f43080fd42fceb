"""The sculpted hand: clinical angles are the angles that come out, limits hold, the mesh is closed, places have sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.direction import CATEGORIES, Body, Pose
from pipeline.errors import DirectionRefused
from pipeline.stage import hand as hand_module
from pipeline.stage.hand import hand_sculpture
from pipeline.stage.hand_pose import LONG_FINGER_LIMITS, hand_stance
from pipeline.stage.poses import POSES, first_pose_for, pose_named, poses_for
from pipeline.stage.stance import FINGERS, LONG_FINGERS, HandStance

HANDS = [pose for pose in POSES.values() if isinstance(pose.held, HandStance)]


def angle(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))))


def test_the_library_has_a_dozen_hands_and_wrists_and_a_pose_for_every_category() -> None:
    assert len(HANDS) >= 12
    for category in CATEGORIES:
        assert first_pose_for(category) in {pose.name for pose in poses_for(category)}


@pytest.mark.parametrize("name", [pose.name for pose in HANDS])
def test_every_hand_of_the_library_is_within_its_joints_limits(name: str) -> None:
    held = hand_stance(Pose(name=name), POSES[name].categories)
    for finger in LONG_FINGERS:
        for bend, (_, low, high) in zip(held.flexion[finger], LONG_FINGER_LIMITS, strict=True):
            assert low <= bend <= high


def test_a_pose_beyond_a_joints_limit_is_refused_and_the_joint_named() -> None:
    with pytest.raises(DirectionRefused) as refused:
        hand_stance(Pose(name="fingers-curled", finger_curl_deg=55), ("ring",))
    assert refused.value.code == "pose.joint-limit"
    assert "middle joint" in refused.value.message
    assert "100°" in refused.value.message
    with pytest.raises(DirectionRefused) as refused:
        hand_stance(Pose(name="wrist-fallen", wrist_bend_deg=75), ("bracelet",))
    assert "wrist" in refused.value.message
    assert "80°" in refused.value.message


def test_a_head_pose_is_refused_for_a_ring_and_the_hands_named() -> None:
    with pytest.raises(DirectionRefused) as refused:
        pose_named("profile", ("ring",))
    assert refused.value.code == "pose.unsuited"
    assert "hand-relaxed" in refused.value.hint


@settings(max_examples=6, deadline=None)
@given(
    bends=st.tuples(st.floats(0, 80), st.floats(20, 95), st.floats(0, 70)),
    spread=st.floats(0, 12),
    wrist=st.floats(-60, 60),
)
def test_a_finger_bends_just_as_far_as_asked(bends: tuple[float, float, float], spread: float, wrist: float) -> None:
    held = HandStance(dict.fromkeys(FINGERS, bends), dict.fromkeys(FINGERS, spread), wrist_bend_deg=wrist)
    made = hand_sculpture(Body(), held, "left")
    for finger in LONG_FINGERS:
        first, second, third = np.diff(made.joints[finger], axis=0)
        assert angle(first, second) == pytest.approx(bends[1], abs=1.0)
        # The finger tip is a point of the flesh, which bends softly: a looser measure.
        assert angle(second, third) == pytest.approx(bends[2], abs=6.0)


def test_bones_keep_their_length_in_every_pose() -> None:
    lengths = []
    for pose in HANDS[:4]:
        made = hand_sculpture(Body(), hand_stance(Pose(name=pose.name), pose.categories), "left")
        lengths.append([np.linalg.norm(np.diff(made.joints[finger][:3], axis=0), axis=1) for finger in LONG_FINGERS])
    assert np.ptp(np.array(lengths), axis=0).max() < 0.05


def test_the_mesh_is_closed_and_ends_where_the_forearm_is_cut() -> None:
    made = hand_sculpture(Body(), hand_stance(Pose(name="hand-relaxed"), ("ring",)), "left")
    edges = np.concatenate([made.faces[:, [0, 1]], made.faces[:, [1, 2]], made.faces[:, [2, 0]]])
    _, times = np.unique(np.sort(edges, 1), axis=0, return_counts=True)
    assert (times == 2).all()
    beyond = (made.vertices - made.end) @ made.end_axis
    assert beyond.max() == pytest.approx(hand_module.ROUNDING_MM, abs=0.5)
    assert (made.end - made.wrist) @ made.end_axis > hand_module.FOREARM_MM


def test_the_right_hand_is_the_left_one_mirrored() -> None:
    held = hand_stance(Pose(name="hand-raised"), ("ring",))
    left, right = hand_sculpture(Body(), held, "left"), hand_sculpture(Body(), held, "right")
    assert np.array_equal(left.vertices * np.float32([-1, 1, 1]), right.vertices)
    assert left.station("ring-proximal").half_width_mm == pytest.approx(right.station("ring-proximal").half_width_mm)
    assert right.station("ring-proximal").axis @ right.station("ring-proximal").back == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("build", [{}, {"gender": 0.1, "weight": 0.7}, {"age": 0.9, "muscle": 0.2}])
def test_places_have_the_sizes_of_fingers_and_wrists(build: dict[str, float]) -> None:
    made = hand_sculpture(Body(**build), hand_stance(Pose(name="hand-raised"), ("ring",)), "left")
    for finger in LONG_FINGERS:
        widths = [2 * made.station(f"{finger}-{phalanx}").half_width_mm for phalanx in ("proximal", "middle", "distal")]
        assert 11 < widths[1] < 26
        assert widths[2] < widths[0]
    assert 42 < 2 * made.station("wrist").half_width_mm < 72
    moved = made.station("ring-proximal", 4.0).centre - made.station("ring-proximal").centre
    assert moved @ made.station("ring-proximal").axis == pytest.approx(4, abs=0.5)


def test_a_kept_hand_needs_no_body_model(monkeypatch: pytest.MonkeyPatch) -> None:
    held = hand_stance(Pose(name="ballet"), ("ring",))
    first = hand_sculpture(Body(), held, "left")
    monkeypatch.setattr(hand_module, "posed_body", None)
    assert np.array_equal(hand_sculpture(Body(), held, "left").vertices, first.vertices)
