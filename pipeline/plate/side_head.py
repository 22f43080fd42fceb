"""A head seen from the side: found by the face detectors where no face's mesh fits any more.

Nothing is read from it: its ear's lobe and its scale are a person's two clicks. But what it is must be known, for a head
on its neck has the outline of a fist on its wrist, and is neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pipeline.plate.detection import FAR_FACES, NEAR_FACES, Detection, detections, overlap
from pipeline.plate.face_anchors import BY_HAND
from pipeline.plate.landmarks import Face, Hand

# A detector's points: the nose's tip, and the ears' openings, the person's right one first.
NOSE, EARS = 2, (4, 5)
# One detector's score, or the least that two who see it at one place may have.
ONE_SEES, BOTH_SEE, SAME_HEAD = 0.6, 0.3, 0.25
# A head fills this much of the plate's shorter side, if an ear on it is to be seen.
LEAST_WIDE = 0.12
# A hand whose points lie in a head's box by this share is no hand.
IN_THE_HEAD = 0.5


@dataclass(frozen=True)
class SideHead:
    """A head from the side: `box` (left, top, right, bottom) in plate pixels, and which `ear` the camera sees."""

    box: np.ndarray
    ear: Literal["left", "right"]

    def holds(self, hand: Hand) -> bool:
        """Whether what was taken for a hand is this head."""
        margin = 0.35 * (self.box[2:] - self.box[:2])
        at = hand.points[:, :2]
        inside = (at > self.box[:2] - margin).all(1) & (at < self.box[2:] + margin).all(1)
        return float(inside.mean()) > IN_THE_HEAD


def side_head(srgb: np.ndarray, seen: list[Face]) -> SideHead | None:
    """The largest head in an sRGB image (H, W, 3) 0..1 that shows no whole face; None where `seen` has all there are."""
    far, near = (detections(srgb, replace(net, least_score=BOTH_SEE)) for net in (FAR_FACES, NEAR_FACES))
    least = LEAST_WIDE * min(srgb.shape[:2])

    def believed(d: Detection, others: list[Detection]) -> bool:
        return d.score > ONE_SEES or any(overlap(d.box, other.box) > SAME_HEAD for other in others)

    heads = [
        d
        for mine, others in ((far, near), (near, far))
        for d in mine
        if d.box[2] - d.box[0] > least and believed(d, others) and all(overlap(d.box, face.box) < 0.1 for face in seen)
    ]
    if not heads:
        return None
    largest = max(heads, key=lambda d: float(d.box[2] - d.box[0]))
    nose, ears = largest.points[NOSE, 0], largest.points[list(EARS), 0]
    # Who looks to the picture's left shows their left ear.
    return SideHead(largest.box, "left" if nose < ears.mean() else "right")


def doubts_of(head: SideHead) -> dict[str, str]:
    """Why a head from the side gives no anchors, by name, and what to do instead."""
    other = "right" if head.ear == "left" else "left"
    return {
        f"{head.ear}-ear": "the head is seen from the side, where neither lobe nor scale is read: measure it by hand, "
        f"{BY_HAND}",
        f"{other}-ear": "the head hides it",
        "neck": "the head is seen from the side: a neck is read from the front, or measured by hand",
    }
