"""The library's heads: busts for necklaces, ear studies for earrings. Angles as `stance.Stance` has them.

A bust keeps its shoulders to the camera while the head turns, so that a necklace lies as its photo shows it; an ear
study turns the camera instead (`view_deg`), from full profile towards the front, or behind the ear where it is negative.
"""

from __future__ import annotations

from pipeline.direction import Category
from pipeline.stage.stance import NamedPose, Stance

BOTH: tuple[Category, ...] = ("necklace", "earring")

BUST_POSES: tuple[NamedPose, ...] = (
    NamedPose("front", "Front", BOTH, Stance(view_deg=34.0)),
    NamedPose(
        "poised", "Poised, a little aside", BOTH, Stance(turn_deg=11.0, tilt_deg=-3.0, nod_deg=-5.0, view_deg=22.0)
    ),
    NamedPose(
        "three-quarter-left",
        "Three-quarter left",
        BOTH,
        Stance(turn_deg=-26.0, tilt_deg=2.0, nod_deg=-2.0, view_deg=26.0),
    ),
    NamedPose(
        "three-quarter-right",
        "Three-quarter right",
        BOTH,
        Stance(turn_deg=26.0, tilt_deg=-2.0, nod_deg=-2.0, view_deg=26.0),
    ),
    NamedPose("profile", "Profile", BOTH, Stance(turn_deg=48.0, nod_deg=-3.0)),
    NamedPose("profile-left", "Profile left", BOTH, Stance(turn_deg=-48.0, nod_deg=-3.0)),
    NamedPose(
        "over-the-shoulder", "Over the shoulder", BOTH, Stance(turn_deg=56.0, tilt_deg=4.0, nod_deg=4.0, view_deg=8.0)
    ),
    NamedPose("chin-up", "Chin up", BOTH, Stance(turn_deg=10.0, nod_deg=-14.0, view_deg=10.0)),
    NamedPose(
        "swan", "Long neck, chin high", BOTH, Stance(turn_deg=-22.0, tilt_deg=-7.0, nod_deg=-19.0, view_deg=14.0)
    ),
    NamedPose("chin-down", "Chin down", BOTH, Stance(nod_deg=12.0, view_deg=18.0)),
    NamedPose("look-down", "Look down aside", BOTH, Stance(turn_deg=-12.0, tilt_deg=-4.0, nod_deg=13.0, view_deg=12.0)),
    NamedPose("head-tilt", "Head tilt", BOTH, Stance(turn_deg=14.0, tilt_deg=9.0, nod_deg=-4.0, view_deg=14.0)),
    NamedPose("listening", "Listening", BOTH, Stance(turn_deg=-18.0, tilt_deg=14.0, nod_deg=2.0, view_deg=20.0)),
    NamedPose("ear-straight", "Ear, straight on", ("earring",), Stance(turn_deg=20.0)),
    NamedPose(
        "ear-from-the-front", "Ear, from the front", ("earring",), Stance(turn_deg=20.0, nod_deg=-4.0, view_deg=50.0)
    ),
    NamedPose(
        "ear-three-quarter", "Ear, three-quarter", ("earring",), Stance(turn_deg=16.0, tilt_deg=6.0, view_deg=25.0)
    ),
    NamedPose("ear-from-behind", "Ear, from behind", ("earring",), Stance(turn_deg=30.0, nod_deg=5.0, view_deg=-24.0)),
)
