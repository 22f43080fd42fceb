"""How a head holds itself: one Direction's pose resolved against the library, and its joint rotations.

Every pose of a bust or an ear study is a head turn, tilt and nod and the turn of the whole sculpture to the camera; the
Direction's own turns are added on top and held inside the neck's range of motion (Youdas et al. 1992, Physical Therapy 72: about 70 degrees
of rotation, 40 of lateral flexion and 50 of flexion for an adult), kept below it so that no pose looks strained.

Directions of turning: turn, to the camera's right; tilt, the crown to the camera's right; nod, the chin down.
"""

from __future__ import annotations

import numpy as np

from pipeline.direction import Pose
from pipeline.errors import DirectionRefused
from pipeline.stage.poses import pose_named
from pipeline.stage.stance import Stance

TURN_LIMIT_DEG = 62.0
TILT_LIMIT_DEG = 28.0
NOD_LIMIT_DEG = 32.0
# How the neck's three bones and the head share a rotation; they sum to one.
NECK_SHARES = {"neck01": 0.2, "neck02": 0.25, "neck03": 0.25, "head": 0.3}
# The body's rest pose holds its arms away; lowered, the shoulders slope as a standing person's do.
ARM_LOWER_DEG = 26.0
CLAVICLE_LENGTH_MM = 130.0


def stance(pose: Pose) -> Stance:
    """The named pose with the Direction's own turns on top. Raises DirectionRefused for an unknown or unsuited name, or a joint past its limit."""
    named = pose_named(pose.name, ("necklace", "earring")).held
    assert isinstance(named, Stance)
    resolved = Stance(
        turn_deg=named.turn_deg + pose.head_turn_deg,
        tilt_deg=named.tilt_deg + pose.head_tilt_deg,
        nod_deg=named.nod_deg + pose.head_nod_deg,
        view_deg=named.view_deg,
        shoulder_drop_mm=pose.shoulder_drop_mm,
    )
    for words, value, limit in (
        ("turn", resolved.turn_deg, TURN_LIMIT_DEG),
        ("tilt", resolved.tilt_deg, TILT_LIMIT_DEG),
        ("nod", resolved.nod_deg, NOD_LIMIT_DEG),
    ):
        if abs(value) > limit:
            raise DirectionRefused(
                "pose.joint-limit",
                f"The head's {words} would be {value:.0f}°; a neck allows {limit:.0f}°.",
                f"“{pose.name}” brings {getattr(named, words + '_deg'):.0f}° of its own: lower the head {words} or choose another pose.",
            )
    return resolved


def joint_rotations(held: Stance) -> dict[str, np.ndarray]:
    """Rotation (3, 3) for each bone that moves, about the rest pose's world axes (x left, y back, z up)."""
    rotations: dict[str, np.ndarray] = {}
    for bone, share in NECK_SHARES.items():
        rotations[bone] = (
            about("z", held.turn_deg * share) @ about("x", held.nod_deg * share) @ about("y", held.tilt_deg * share)
        )
    drop_deg = float(np.degrees(np.arcsin(np.clip(held.shoulder_drop_mm / CLAVICLE_LENGTH_MM, -0.2, 0.2))))
    for side, sign in (("L", 1.0), ("R", -1.0)):
        rotations[f"clavicle.{side}"] = about("y", sign * drop_deg)
        rotations[f"upperarm01.{side}"] = about("y", sign * (ARM_LOWER_DEG - drop_deg))
    return rotations


def about(axis: str, angle_deg: float) -> np.ndarray:
    """A right-handed rotation (3, 3) about one world axis."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    R = np.eye(3)
    R[i, i] = R[j, j] = c
    R[i, j], R[j, i] = -s, s
    return R
