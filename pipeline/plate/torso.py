"""The shoulders under a head: where a body model sees them, and how far it sees them turned.

A face turns over its neck, and a jaw or hair hides the neck's own edges: then the middle between the shoulders is what
tells where a necklace hangs. Source: Bazarevsky et al., "BlazePose: On-device Real-time Body Pose Tracking" (2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.plate.detection import Detector, OrientedBox, crop, detections
from pipeline.plate.models import model

BODIES = Detector("pose_detection", (8, 8, 16, 16, *(32,) * 6), -1.0, 0.5)
LEAST_PRESENCE = 0.5
# A portrait holds its body upright; what a detector sees lying in it is a mistake.
MOST_LEANING_DEG = 40.0
# Points of the body model, the person's own left and right.
EARS = {"left": 7, "right": 8}
SHOULDERS = {"left": 11, "right": 12}
# A body frame's side over the distance from the hips' middle to the point that the detector gives for the whole body.
FRAME = 2.5


@dataclass(frozen=True)
class Torso:
    """`shoulders` and `ears` by side, (2,) in plate pixels, also where the frame cuts them or the head hides them.

    `turn_deg`: how far the body seems turned, positive showing its left side more. It follows the head in part, and is
    good to about 20 degrees: it tells a body from the side from one from the front.
    """

    shoulders: dict[str, np.ndarray]
    ears: dict[str, np.ndarray]
    turn_deg: float

    @property
    def middle(self) -> np.ndarray:
        """Between the shoulders (2,)."""
        return (self.shoulders["left"] + self.shoulders["right"]) / 2

    def scaled(self, by: float) -> Torso:
        """The torso in a picture `by` times as large."""
        return Torso(
            {side: at * by for side, at in self.shoulders.items()},
            {side: at * by for side, at in self.ears.items()},
            self.turn_deg,
        )


def torso_of(srgb: np.ndarray) -> Torso | None:
    """The most certain body in an sRGB image (H, W, 3) 0..1, or None where none stands upright in it."""
    for body in detections(srgb, BODIES):
        hips, whole = body.points[0], body.points[1]
        up = whole - hips
        angle = float(np.arctan2(up[0], -up[1]))
        if abs(np.degrees(angle)) > MOST_LEANING_DEG:
            continue
        found = _seen(srgb, OrientedBox(hips, FRAME * float(np.linalg.norm(up)), angle))
        if found is not None:
            return found
    return None


def _seen(srgb: np.ndarray, box: OrientedBox) -> Torso | None:
    net = model("pose_landmark_full")
    flat, presence, _, _, world = net.run(crop(srgb, box, net.side))
    if float(presence.reshape(-1)[0]) < LEAST_PRESENCE:
        return None
    M = box.matrix(net.side)
    at = flat.reshape(39, 5)[:, :2] @ M[:, :2].T + M[:, 2]
    metric = world.reshape(39, 3)
    across = metric[SHOULDERS["left"]] - metric[SHOULDERS["right"]]
    turn = float(np.degrees(np.arctan2(-across[2], np.hypot(across[0], across[1]) * np.sign(across[0] or 1.0))))
    return Torso({s: at[i] for s, i in SHOULDERS.items()}, {s: at[i] for s, i in EARS.items()}, turn)
