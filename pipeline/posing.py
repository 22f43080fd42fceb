"""Whether a Direction's pose can be held, before anything is queued: what the desk's form is told at its pose."""

from __future__ import annotations

from pipeline.direction import Direction
from pipeline.errors import DirectionRefused
from studio.errors import Invalid

HAND_CATEGORIES = ("ring", "bracelet", "watch")


def check_pose(direction: Direction, category: str) -> None:
    """Raises Invalid for a pose that bends a joint past its limit or wears no such piece; only the maquette is posed."""
    if direction.engine != "maquette":
        return
    from pipeline.stage.hand_pose import hand_stance
    from pipeline.stage.pose import stance

    try:
        if category in HAND_CATEGORIES:
            hand_stance(direction.pose, (category,))
        else:
            stance(direction.pose)
    except DirectionRefused as error:
        raise Invalid(
            error.code, f"Pose: {error.message}", f"{error.hint} Nothing was run.", errors={"pose.name": [str(error)]}
        ) from error
