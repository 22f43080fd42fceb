"""The library's hands and wrists. Angles as `stance.HandStance` has them; limits are held in `hand_pose`."""

from __future__ import annotations

from pipeline.direction import Category
from pipeline.stage.stance import Finger, HandStance, NamedPose

_RING: tuple[Category, ...] = ("ring",)
_WRIST: tuple[Category, ...] = ("bracelet", "watch")


def _fingers(
    index: tuple[float, float, float],
    middle: tuple[float, float, float],
    ring: tuple[float, float, float],
    little: tuple[float, float, float],
    thumb: tuple[float, float, float] = (10, 15, 15),
) -> dict[Finger, tuple[float, float, float]]:
    return {"thumb": thumb, "index": index, "middle": middle, "ring": ring, "little": little}


_APART: dict[Finger, float] = {"index": 6, "ring": 5, "little": 12}
_FANNED: dict[Finger, float] = {"index": 14, "ring": 12, "little": 24}

HAND_POSES: tuple[NamedPose, ...] = (
    NamedPose(
        "hand-relaxed",
        "Hand relaxed",
        _RING,
        HandStance(_fingers((12, 20, 10), (20, 26, 14), (22, 28, 16), (24, 28, 16)), _APART, wrist_bend_deg=8),
        "left-ring-proximal",
    ),
    NamedPose(
        "hand-raised",
        "Hand raised",
        _RING,
        HandStance(_fingers((6, 10, 6), (8, 12, 8), (9, 14, 8), (8, 16, 8)), _APART, tips="near"),
        "left-ring-proximal",
    ),
    NamedPose(
        "hand-on-stone",
        "Hand on a slab",
        _RING,
        HandStance(_fingers((6, 12, 8), (6, 12, 8), (6, 12, 8), (6, 12, 8)), _APART, wrist_bend_deg=-6, support="slab"),
        "left-ring-proximal",
    ),
    NamedPose(
        "fingers-fanned",
        "Fingers fanned",
        _RING,
        HandStance(_fingers((0, 8, 4), (2, 8, 4), (2, 8, 4), (0, 8, 4)), _FANNED, thumb_out_deg=42, tips="near"),
        "left-ring-proximal",
    ),
    NamedPose(
        "fingers-curled",
        "Fingers curled",
        _RING,
        HandStance(_fingers((34, 62, 34), (40, 66, 36), (42, 68, 36), (40, 62, 34)), _APART, wrist_bend_deg=-12),
        "left-ring-proximal",
    ),
    NamedPose(
        "index-raised",
        "Index raised",
        _RING,
        HandStance(_fingers((2, 8, 5), (48, 62, 34), (56, 68, 36), (54, 62, 34)), {"index": 4}, tips="near"),
        "left-index-proximal",
    ),
    NamedPose(
        "little-lifted",
        "Little finger lifted",
        _RING,
        HandStance(
            _fingers((22, 34, 16), (28, 40, 20), (20, 30, 16), (2, 14, 8)), {"index": 4, "ring": 6, "little": 14}
        ),
        "left-ring-proximal",
    ),
    NamedPose(
        "ballet",
        "Ballet hand",
        _RING,
        HandStance(
            _fingers((4, 14, 8), (26, 24, 12), (20, 24, 12), (6, 16, 8)),
            {"index": 10, "ring": 6, "little": 12},
            thumb_across_deg=28,
            wrist_bend_deg=14,
        ),
        "left-ring-proximal",
    ),
    NamedPose(
        "hand-cupped",
        "Hand cupped",
        _RING,
        HandStance(_fingers((30, 26, 14), (32, 28, 16), (32, 30, 16), (30, 30, 16)), _APART, tips="near"),
        "left-ring-proximal",
    ),
    NamedPose(
        "pinch",
        "Thumb meets index",
        _RING,
        HandStance(
            _fingers((46, 48, 22), (24, 28, 14), (14, 22, 12), (4, 16, 8), (20, 20, 20)),
            {"index": 0, "ring": 6, "little": 14},
            thumb_out_deg=34,
            thumb_across_deg=48,
        ),
        "left-ring-proximal",
    ),
    NamedPose(
        "hands-crossed",
        "Hand over hand",
        _RING,
        HandStance(
            _fingers((14, 14, 8), (16, 14, 8), (16, 14, 8), (14, 14, 8)), _APART, wrist_bend_deg=4, support="hand"
        ),
        "left-ring-proximal",
    ),
    NamedPose(
        "wrist-fallen",
        "Wrist falling",
        _WRIST,
        HandStance(_fingers((14, 20, 12), (20, 26, 14), (22, 28, 16), (22, 28, 16)), _APART, wrist_bend_deg=14),
        "left-wrist",
    ),
    NamedPose(
        "wrist-raised",
        "Wrist raised",
        _WRIST,
        HandStance(_fingers((8, 16, 8), (14, 22, 12), (16, 24, 12), (12, 20, 10)), _APART, tips="near"),
        "left-wrist",
    ),
    NamedPose(
        "wrist-on-stone",
        "Wrist on a slab",
        _WRIST,
        HandStance(
            _fingers((10, 18, 10), (12, 20, 12), (12, 20, 12), (10, 18, 10)), _APART, wrist_bend_deg=-4, support="slab"
        ),
        "left-wrist",
    ),
    NamedPose(
        "wrist-soft-fist",
        "Wrist with a soft fist",
        _WRIST,
        HandStance(
            _fingers((58, 74, 40), (62, 78, 42), (64, 78, 42), (62, 72, 40), (30, 30, 30)),
            {},
            thumb_out_deg=18,
            thumb_across_deg=36,
            tips="near",
        ),
        "left-wrist",
    ),
    NamedPose(
        "wrist-turned-aside",
        "Wrist turned aside",
        _WRIST,
        HandStance(
            _fingers((6, 16, 8), (18, 24, 12), (20, 26, 14), (8, 18, 10)), _APART, wrist_bend_deg=10, wrist_aside_deg=16
        ),
        "left-wrist",
    ),
    NamedPose(
        "wrists-crossed",
        "Wrist over wrist",
        _WRIST,
        HandStance(
            _fingers((12, 18, 10), (14, 20, 12), (14, 20, 12), (12, 18, 10)), _APART, wrist_bend_deg=8, support="hand"
        ),
        "left-wrist",
    ),
)
