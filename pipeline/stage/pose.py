"""How the sculpture holds itself: the library of named poses, and the joint rotations of one Direction's pose.

Every pose is a head turn, tilt and nod and the turn of the whole sculpture to the camera; the Direction's own turns
are added on top and held inside the neck's range of motion (Youdas et al. 1992, Physical Therapy 72: about 70 degrees
of rotation, 40 of lateral flexion and 50 of flexion for an adult), kept below it so that no pose looks strained.

Directions of turning: turn, to the camera's right; tilt, the crown to the camera's right; nod, the chin down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.direction import Pose
from pipeline.errors import DirectionRefused

TURN_LIMIT_DEG = 62.0
TILT_LIMIT_DEG = 28.0
NOD_LIMIT_DEG = 32.0
# How the neck's three bones and the head share a rotation; they sum to one.
NECK_SHARES = {"neck01": 0.2, "neck02": 0.25, "neck03": 0.25, "head": 0.3}
# The body's rest pose holds its arms away; lowered, the shoulders slope as a standing person's do.
ARM_LOWER_DEG = 26.0
CLAVICLE_LENGTH_MM = 130.0


@dataclass(frozen=True)
class Stance:
    """A resolved pose. Angles in degrees; `view_deg` turns an ear study's camera from full profile to the front."""

    turn_deg: float = 0.0
    tilt_deg: float = 0.0
    nod_deg: float = 0.0
    view_deg: float = 0.0
    shoulder_drop_mm: float = 0.0


POSES: dict[str, Stance] = {
    "front": Stance(view_deg=34.0),
    "three-quarter-left": Stance(turn_deg=-26.0, tilt_deg=2.0, nod_deg=-2.0, view_deg=26.0),
    "three-quarter-right": Stance(turn_deg=26.0, tilt_deg=-2.0, nod_deg=-2.0, view_deg=26.0),
    "profile": Stance(turn_deg=48.0, nod_deg=-3.0),
    "chin-up": Stance(turn_deg=10.0, nod_deg=-14.0, view_deg=10.0),
    "look-down": Stance(turn_deg=-12.0, tilt_deg=-4.0, nod_deg=13.0, view_deg=12.0),
    "head-tilt": Stance(turn_deg=14.0, tilt_deg=9.0, nod_deg=-4.0, view_deg=14.0),
}


def stance(pose: Pose) -> Stance:
    """The named pose with the Direction's own turns on top. Raises DirectionRefused for an unknown name or a joint past its limit."""
    named = POSES.get(pose.name)
    if named is None:
        names = ", ".join(sorted(POSES))
        raise DirectionRefused("pose.unknown", f"There is no pose named “{pose.name}”.", f"Choose one of: {names}.")
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
