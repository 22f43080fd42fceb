"""How a hand holds itself: one Direction's pose resolved against the library, held to the joints' limits, and turned into
joint rotations for a given rest skeleton.

Angles are clinical (see `stance.HandStance`): they are measured from the flat, stretched hand and not from whatever pose
the body model rests in, so a limit is a limit on every body. Limits are the ranges of motion of the American Academy of
Orthopaedic Surgeons as Norkin & White, Measurement of Joint Motion (5th ed., 2016) list them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.direction import Pose
from pipeline.errors import DirectionRefused
from pipeline.stage.poses import pose_named
from pipeline.stage.stance import FINGERS, LONG_FINGERS, Finger, HandStance

# (least, greatest) flexion of knuckle, middle and end joint; the thumb's are base, knuckle and tip.
LONG_FINGER_LIMITS = (("knuckle", -30.0, 90.0), ("middle joint", 0.0, 100.0), ("end joint", -5.0, 80.0))
THUMB_LIMITS = (("base joint", -15.0, 40.0), ("knuckle", 0.0, 55.0), ("tip joint", -10.0, 80.0))
SPREAD_LIMITS: dict[Finger, tuple[float, float]] = {
    "index": (-15.0, 28.0),
    "middle": (-20.0, 20.0),
    "ring": (-15.0, 25.0),
    "little": (-15.0, 40.0),
}
THUMB_OUT_LIMITS = (0.0, 65.0)
THUMB_ACROSS_LIMITS = (0.0, 65.0)
WRIST_BEND_LIMITS = (-70.0, 80.0)
WRIST_ASIDE_LIMITS = (-20.0, 30.0)
# How one slider's curl is shared by a finger's joints, as fingers close in grasping.
CURL_SHARES = (0.7, 1.0, 0.6)
# How one slider's spread is shared: the outer fingers go further.
SPREAD_SHARES: dict[Finger, float] = {"index": 1.0, "middle": 0.0, "ring": 0.9, "little": 1.8}
# The library's number of a finger in the body model's bone names.
BONE_NUMBER: dict[Finger, int] = {"thumb": 1, "index": 2, "middle": 3, "ring": 4, "little": 5}


@dataclass(frozen=True)
class HandSkeleton:
    """A left hand at rest: joints in mm. `joints[finger]` (4, 3): knuckle, middle joint, end joint, tip; `wrist`, `elbow` (3,)."""

    joints: dict[Finger, np.ndarray]
    wrist: np.ndarray
    elbow: np.ndarray

    @property
    def frame(self) -> np.ndarray:
        """(3, 3) rows: along the hand to the fingers, across it to the little finger, out of its back."""
        along = _unit(self.joints["middle"][0] - self.wrist)
        across = _square(self.joints["little"][0] - self.joints["index"][0], along)
        return np.stack([along, across, np.cross(along, across)])


def hand_stance(pose: Pose, categories: tuple[str, ...]) -> HandStance:
    """The named pose with the Direction's own turns on top.

    Raises DirectionRefused for a name that no piece of `categories` is worn in, and for a joint past its limit, which it names.
    """
    named = pose_named(pose.name, categories).held
    assert isinstance(named, HandStance)
    flexion: dict[Finger, tuple[float, float, float]] = {}
    for finger in FINGERS:
        a, b, c = named.flexion.get(finger, (0.0, 0.0, 0.0))
        curl = pose.finger_curl_deg if finger != "thumb" else 0.0
        flexion[finger] = (a + CURL_SHARES[0] * curl, b + CURL_SHARES[1] * curl, c + CURL_SHARES[2] * curl)
    spread: dict[Finger, float] = {
        finger: named.spread.get(finger, 0.0) + SPREAD_SHARES[finger] * pose.finger_spread_deg
        for finger in LONG_FINGERS
    }
    resolved = replace(
        named,
        flexion=flexion,
        spread=spread,
        thumb_out_deg=named.thumb_out_deg + pose.thumb_out_deg,
        wrist_bend_deg=named.wrist_bend_deg + pose.wrist_bend_deg,
        wrist_aside_deg=named.wrist_aside_deg + pose.wrist_aside_deg,
    )
    _hold_to_limits(resolved, pose.name)
    return resolved


def _hold_to_limits(held: HandStance, name: str) -> None:
    asked: list[tuple[str, float, float, float]] = []
    for finger in FINGERS:
        limits = THUMB_LIMITS if finger == "thumb" else LONG_FINGER_LIMITS
        words = "thumb" if finger == "thumb" else f"{finger} finger"
        for (joint, low, high), angle in zip(limits, held.flexion[finger], strict=True):
            asked.append((f"the {words}'s {joint} would bend", angle, low, high))
        if finger != "thumb":
            asked.append((f"the {words} would spread", held.spread[finger], *SPREAD_LIMITS[finger]))
    asked += [
        ("the thumb would stand out", held.thumb_out_deg, *THUMB_OUT_LIMITS),
        ("the thumb would lie across the palm", held.thumb_across_deg, *THUMB_ACROSS_LIMITS),
        ("the wrist would bend", held.wrist_bend_deg, *WRIST_BEND_LIMITS),
        ("the wrist would turn aside", held.wrist_aside_deg, *WRIST_ASIDE_LIMITS),
    ]
    for words, angle, low, high in asked:
        if not low <= angle <= high:
            limit = high if angle > high else low
            raise DirectionRefused(
                "pose.joint-limit",
                f"{words[:1].upper()}{words[1:]} {angle:.0f}°; a hand allows {limit:.0f}°.",
                f"“{name}” brings angles of its own: turn that slider back towards 0, or choose another pose.",
            )


def hand_rotations(held: HandStance, rest: HandSkeleton) -> dict[str, np.ndarray]:
    """Rotation (3, 3) for each bone of the left hand that moves, about the rest pose's world axes.

    A child's rotation acts before its parent's, so each is built as if everything above it were still at rest.
    """
    along, across, back = rest.frame
    rotations: dict[str, np.ndarray] = {}
    forearm = _unit(rest.wrist - rest.elbow)
    side = _square(across, forearm)
    rotations["wrist.L"] = turning(
        along, _aimed(forearm, side, np.cross(forearm, side), held.wrist_aside_deg, held.wrist_bend_deg)
    )
    for finger in LONG_FINGERS:
        knuckle, middle, end, tip = rest.joints[finger]
        first, second, third = _unit(middle - knuckle), _unit(end - middle), _unit(tip - end)
        outward = -1.0 if finger in ("index", "middle") else 1.0
        bend = held.flexion[finger]
        number = BONE_NUMBER[finger]
        target = _aimed(along, across, back, outward * held.spread[finger], bend[0])
        rotations[f"finger{number}-1.L"] = turning(first, target)
        # The finger's own hinge: fingers at rest are a little bent, in the plane they bend in.
        hinge = _hinge(first, second, third, across)
        rotations[f"finger{number}-2.L"] = about_axis(hinge, bend[1] - _angle(first, second, hinge))
        rotations[f"finger{number}-3.L"] = about_axis(hinge, bend[2] - _angle(second, third, hinge))
    base, knuckle, end, tip = rest.joints["thumb"]
    first, second, third = _unit(knuckle - base), _unit(end - knuckle), _unit(tip - end)
    target = _aimed(along, across, back, -held.thumb_out_deg, held.thumb_across_deg)
    rotations["finger1-1.L"] = turning(first, target)
    # The thumb closes across the palm, towards the little finger's base.
    closing = _square(0.85 * across - 0.5 * back, first)
    hinge = np.cross(first, closing)
    bend = held.flexion["thumb"]
    rotations["finger1-2.L"] = about_axis(hinge, 0.5 * bend[0] + bend[1] - _angle(first, second, hinge))
    rotations["finger1-3.L"] = about_axis(hinge, bend[2] - _angle(second, third, hinge))
    return rotations


def about_axis(axis: np.ndarray, angle_deg: float) -> np.ndarray:
    """A right-handed rotation (3, 3) about a unit axis (Rodrigues)."""
    K = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0.0]])
    a = np.radians(angle_deg)
    turned: np.ndarray = np.eye(3) + np.sin(a) * K + (1 - np.cos(a)) * (K @ K)
    return turned


def turning(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The least rotation (3, 3) that brings one unit vector onto another; they may not be opposite."""
    axis = np.cross(start, end)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-9:
        return np.eye(3)
    return about_axis(axis / sine, float(np.degrees(np.arctan2(sine, start @ end))))


def _aimed(along: np.ndarray, across: np.ndarray, back: np.ndarray, aside_deg: float, bend_deg: float) -> np.ndarray:
    """The direction that lies `aside_deg` from `along` towards `across`, then bent `bend_deg` away from `back`."""
    s, b = np.radians(aside_deg), np.radians(bend_deg)
    level = along * np.cos(s) + across * np.sin(s)
    aimed: np.ndarray = level * np.cos(b) - back * np.sin(b)
    return aimed


def _hinge(first: np.ndarray, second: np.ndarray, third: np.ndarray, fallback: np.ndarray) -> np.ndarray:
    axis = np.cross(first, second) + np.cross(second, third)
    level = _square(fallback, first)
    # A finger that rests almost straight says little about its plane: the hand's own width steadies it.
    return _unit(axis + 0.15 * level) if axis @ level > 0 else level


def _angle(start: np.ndarray, end: np.ndarray, axis: np.ndarray) -> float:
    """The angle from one vector to another as turned about `axis`, in degrees."""
    a, b = _square(start, axis), _square(end, axis)
    return float(np.degrees(np.arctan2(np.cross(a, b) @ axis, a @ b)))


def _unit(v: np.ndarray) -> np.ndarray:
    unit: np.ndarray = v / np.linalg.norm(v)
    return unit


def _square(v: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """The unit vector of `v` with its part along the unit `axis` taken out."""
    return _unit(v - axis * (v @ axis))
