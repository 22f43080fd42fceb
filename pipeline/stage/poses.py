"""The library of poses: every named pose, the categories it suits and the anchor a piece takes there by itself.

Adding a pose is one entry in `poses_bust` or `poses_hand`; the desk, the API and the messages read it from here.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.direction import CATEGORIES, Category
from pipeline.errors import DirectionRefused
from pipeline.stage.poses_bust import BUST_POSES
from pipeline.stage.poses_hand import HAND_POSES
from pipeline.stage.stance import NamedPose


def _library() -> dict[str, NamedPose]:
    every = (*BUST_POSES, *HAND_POSES)
    names = [pose.name for pose in every]
    if len(set(names)) != len(names):
        raise ValueError("two poses of the library share a name")
    return {pose.name: pose for pose in every}


def poses_for(category: str) -> list[NamedPose]:
    """The poses that suit pieces of this category, in the library's order."""
    return [pose for pose in POSES.values() if category in pose.categories]


def first_pose_for(category: Category) -> str:
    """The pose that a new shot of this category begins with."""
    return poses_for(category)[0].name


def pose_named(name: str, categories: Iterable[str] = CATEGORIES) -> NamedPose:
    """The pose of this name that suits one of `categories`. Raises DirectionRefused, which lists those that do."""
    wanted = tuple(categories)
    pose = POSES.get(name)
    suited = sorted({p.name for category in wanted for p in poses_for(category)})
    hint = f"Choose one of: {', '.join(suited)}."
    if pose is None:
        raise DirectionRefused("pose.unknown", f"There is no pose named “{name}”.", hint)
    if not set(pose.categories) & set(wanted):
        raise DirectionRefused("pose.unsuited", f"The pose “{name}” shows no place for a {' or '.join(wanted)}.", hint)
    return pose


POSES: dict[str, NamedPose] = _library()
