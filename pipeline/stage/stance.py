"""How a sculpture holds itself, as plain numbers: the head's stance, the hand's, and a pose of the library. Angles in degrees.

Nothing here knows a body model; `pose` and `hand_pose` turn these into joint rotations and hold them to their limits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pipeline.direction import Category

Finger = Literal["thumb", "index", "middle", "ring", "little"]
FINGERS: tuple[Finger, ...] = ("thumb", "index", "middle", "ring", "little")
LONG_FINGERS: tuple[Finger, ...] = ("index", "middle", "ring", "little")


@dataclass(frozen=True)
class Stance:
    """A bust's or head's pose. `view_deg` turns an ear study's camera from full profile to the front."""

    turn_deg: float = 0.0
    tilt_deg: float = 0.0
    nod_deg: float = 0.0
    view_deg: float = 0.0
    shoulder_drop_mm: float = 0.0


@dataclass(frozen=True)
class HandStance:
    """A hand's pose, in clinical angles: 0 is the flat, closed, stretched hand in line with its forearm.

    - `flexion`: for each finger its three joints from the knuckle out, positive towards the palm (thumb: base, knuckle, tip).
    - `spread`: for each long finger, positive away from the middle finger; the middle finger's own towards the index.
    - `thumb_out_deg`: how far the thumb stands away from the palm's edge; `thumb_across_deg`: how far it lies under the palm.
    - `wrist_bend_deg`: positive towards the palm; `wrist_aside_deg`: positive towards the little finger.
    - `tips`: whether the finger tips (or the hand, for what sits on the wrist) point towards the camera's side of the
      piece or away from it; where the photo's view lets either be.
    - `support`: what the hand lies on: nothing, a slab of the set's surface, or the other hand's back.
    """

    flexion: dict[Finger, tuple[float, float, float]] = field(default_factory=dict)
    spread: dict[Finger, float] = field(default_factory=dict)
    thumb_out_deg: float = 38.0
    thumb_across_deg: float = 12.0
    wrist_bend_deg: float = 0.0
    wrist_aside_deg: float = 0.0
    tips: Literal["near", "far"] = "far"
    support: Literal["none", "slab", "hand"] = "none"


@dataclass(frozen=True)
class NamedPose:
    """One pose: its `name` in Directions, its `title` for people, the `categories` it suits, and how it is held.

    `anchor` is where the piece goes when the Direction's placement says "auto": a name of `pipeline.direction.Anchor`
    (for a pose whose anchor follows from the piece, "auto").
    """

    name: str
    title: str
    categories: tuple[Category, ...]
    held: Stance | HandStance
    anchor: str = "auto"
