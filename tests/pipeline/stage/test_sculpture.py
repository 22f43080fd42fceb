"""The sculpture: poses and their limits, clean cuts, and meshes that are the same each time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.direction import Body, Pose
from pipeline.errors import DirectionRefused
from pipeline.stage import body
from pipeline.stage.body import sculpture
from pipeline.stage.cache import ArrayCache, content_key
from pipeline.stage.pose import about, joint_rotations, stance
from pipeline.stage.poses import poses_for
from pipeline.stage.sculpt import cut


def test_an_unknown_pose_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(DirectionRefused) as refused:
        stance(Pose(name="somersault"))
    assert "profile" in str(refused.value)
    assert "three-quarter-left" in str(refused.value)


def test_a_neck_turns_no_further_than_a_neck_does() -> None:
    with pytest.raises(DirectionRefused) as refused:
        stance(Pose(name="profile", head_turn_deg=40))
    assert refused.value.code == "pose.joint-limit"


@pytest.mark.parametrize("name", [pose.name for pose in poses_for("earring")])
def test_every_named_pose_is_within_its_limits(name: str) -> None:
    for R in joint_rotations(stance(Pose(name=name))).values():
        assert np.allclose(R @ R.T, np.eye(3))


def test_the_shares_of_the_neck_make_the_whole_turn() -> None:
    R = np.eye(3)
    rotations = joint_rotations(stance(Pose(name="front", head_turn_deg=24)))
    for bone in ("neck01", "neck02", "neck03", "head"):
        R = R @ rotations[bone]
    assert np.allclose(R, about("z", 24), atol=1e-9)


@given(st.floats(-0.9, 0.9))
def test_a_cut_leaves_what_lies_inside_and_a_border_on_the_line(level: float) -> None:
    vertices = np.array([[x, y, 0.0] for y in range(5) for x in range(5)]) - [2, 2, 0]
    faces = np.array(
        [
            f
            for y in range(4)
            for x in range(4)
            for f in ([5 * y + x, 5 * y + x + 1, 5 * y + x + 5], [5 * y + x + 1, 5 * y + x + 6, 5 * y + x + 5])
        ]
    )
    v, f, border = cut(vertices, faces, vertices[:, 0] - level)
    assert v[:, 0].min() >= level - 1e-9
    a, b, c = (v[f[:, k]] for k in range(3))
    area = np.abs(np.cross(b - a, c - a)[:, 2]).sum() / 2
    assert np.isclose(area, 4 * (2 - level))
    assert np.allclose(v[border.ravel(), 0], level)


def test_a_bust_ends_above_the_waist_at_its_rim_and_is_kept_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    held = stance(Pose())
    made = sculpture(Body(), held, "bust", 150)
    pit = made.landmarks["pit"]
    assert np.isclose(pit[2] - made.vertices[:, 2].min(), 150, atol=3)
    assert np.abs(made.vertices[:, 0]).max() < body.HALF_SHOULDERS_MM + 1
    # A kept mesh needs no body model at all.
    monkeypatch.setattr(body, "posed_body", None)
    again = sculpture(Body(), held, "bust", 150)
    assert again.key == made.key
    assert np.array_equal(again.vertices, made.vertices)
    assert np.array_equal(again.faces, made.faces)


def test_the_same_body_is_made_twice_alike() -> None:
    held = stance(Pose(name="three-quarter-left"))
    first = sculpture(Body(), held, "ear")
    body._meshes.folder.joinpath(f"{first.key}.npz").unlink()
    assert np.array_equal(sculpture(Body(), held, "ear").vertices, first.vertices)


def test_lobes_are_on_both_sides_and_the_turned_head_brings_one_forward() -> None:
    straight = sculpture(Body(), stance(Pose()), "bust").landmarks
    assert straight["left-lobe"][0] > 50
    assert straight["right-lobe"][0] < -50
    assert np.allclose(straight["left-lobe"][1:], straight["right-lobe"][1:], atol=2)
    turned = sculpture(Body(), stance(Pose(name="three-quarter-right")), "ear").landmarks
    assert turned["left-lobe"][1] > turned["right-lobe"][1]


def test_a_damaged_file_in_the_cache_counts_as_absent() -> None:
    cache = ArrayCache("damaged")
    key = content_key("anything", 1)
    cache.write(key, {"a": np.arange(4)})
    path = cache.folder / f"{key}.npz"
    path.write_bytes(path.read_bytes()[:40])
    assert cache.read(key) is None
    assert not path.exists()


def test_a_full_cache_drops_what_was_used_longest_ago() -> None:
    cache = ArrayCache("bounded", limit_bytes=25_000)
    for n in range(4):
        cache.write(str(n), {"a": np.full(1000, n, np.float64)})
        if n == 2:
            import os

            os.utime(cache.folder / "0.npz", (10**10, 10**10))
    left = {path.stem for path in cache.folder.glob("*.npz")}
    assert "0" in left
    assert "1" not in left
