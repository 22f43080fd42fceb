"""The library's heads: busts for necklaces, ear studies for earrings. Angles as `stance.Stance` has them."""

from __future__ import annotations

from pipeline.stage.stance import NamedPose, Stance

BUST_POSES: tuple[NamedPose, ...] = (
    NamedPose("front", "Front", ("necklace", "earring"), Stance(view_deg=34.0)),
    NamedPose(
        "three-quarter-left",
        "Three-quarter left",
        ("necklace", "earring"),
        Stance(turn_deg=-26.0, tilt_deg=2.0, nod_deg=-2.0, view_deg=26.0),
    ),
    NamedPose(
        "three-quarter-right",
        "Three-quarter right",
        ("necklace", "earring"),
        Stance(turn_deg=26.0, tilt_deg=-2.0, nod_deg=-2.0, view_deg=26.0),
    ),
    NamedPose("profile", "Profile", ("necklace", "earring"), Stance(turn_deg=48.0, nod_deg=-3.0)),
    NamedPose("chin-up", "Chin up", ("necklace", "earring"), Stance(turn_deg=10.0, nod_deg=-14.0, view_deg=10.0)),
    NamedPose(
        "look-down",
        "Look down",
        ("necklace", "earring"),
        Stance(turn_deg=-12.0, tilt_deg=-4.0, nod_deg=13.0, view_deg=12.0),
    ),
    NamedPose(
        "head-tilt",
        "Head tilt",
        ("necklace", "earring"),
        Stance(turn_deg=14.0, tilt_deg=9.0, nod_deg=-4.0, view_deg=14.0),
    ),
)
