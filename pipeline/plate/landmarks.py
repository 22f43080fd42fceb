"""Hands and faces on a plate: their landmarks as models see them. Nothing here is believed yet; `reading` confirms it.

A hand always gives 21 points and a face 468, whatever is really there: presence scores and skin decide later.
Sources: Zhang et al., "MediaPipe Hands" (2020); Kartynnik et al., "Real-time Facial Surface Geometry" (2019).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.plate.detection import FAR_FACES, NEAR_FACES, PALMS, Detection, OrientedBox, crop, detections, overlap
from pipeline.plate.iris import Iris, read_iris
from pipeline.plate.models import model

LEAST_PRESENCE = 0.5
# Further looks at a hand: turned by so many degrees, framed so much wider.
LOOKS = ((-14.0, 1.0), (14.0, 1.0), (-6.0, 1.15), (6.0, 0.92))
FACE_LOOKS = ((-9.0, 1.12), (9.0, 0.94))
# Hand points: 0 the wrist; then four a finger from the knuckle (thumb: its root) to the tip.
WRIST = 0
KNUCKLES = {"thumb": 2, "index": 5, "middle": 9, "ring": 13, "little": 17}
# The knuckles' row and the wrist: what turns least with the fingers, and what the next look is framed by.
PALM_POINTS = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)
# Face mesh points. Left and right are the person's own.
CHIN, FOREHEAD = 152, 10
TRAGUS = {"right": 234, "left": 454}
JAW = {"right": 172, "left": 397}
LOBE = {"right": 177, "left": 401}
EYE_CORNERS = {"right": (33, 133), "left": (263, 362)}


@dataclass(frozen=True)
class Hand:
    """`points` (21, 3) in plate pixels (z towards the camera is negative, on the scale of x), `metric` (21, 3) in mm
    in the hand's own frame turned as the picture is, `right` whether it is a right hand, `presence` 0..1.
    `wobble` (21,): how far each point moves from one look at the hand to the next, in pixels."""

    points: np.ndarray
    metric: np.ndarray
    right: bool
    presence: float
    wobble: np.ndarray

    @property
    def unsteadiness(self) -> float:
        """How far its points move from look to look, in parts of its size: about .01 for a hand that is plainly there."""
        return float(self.wobble.mean() / np.ptp(self.points[:, :2], axis=0).max())

    def scaled(self, by: float) -> Hand:
        """The hand in a picture `by` times as large."""
        return Hand(self.points * by, self.metric, self.right, self.presence, self.wobble * by)


@dataclass(frozen=True)
class Face:
    """`points` (468, 3) in plate pixels (z as a hand's), `presence` 0..1, `irises` by side."""

    points: np.ndarray
    presence: float
    irises: dict[str, Iris]

    @property
    def box(self) -> np.ndarray:
        return np.concatenate([self.points[:, :2].min(0), self.points[:, :2].max(0)])

    def scaled(self, by: float) -> Face:
        """The face in a picture `by` times as large."""
        return Face(self.points * by, self.presence, {side: iris.scaled(by) for side, iris in self.irises.items()})


def hands(srgb: np.ndarray) -> list[Hand]:
    """The hands in an sRGB image (H, W, 3) 0..1, surest first."""
    found: list[Hand] = []
    for palm in _palms(srgb):
        box = _palm_box(palm)
        seen = _hand(srgb, box)
        if seen is not None:
            # A second look, framed by the first one's landmarks, is steadier than the detector's own box.
            again = _hand(srgb, _hand_box(seen))
            seen = again if again is not None and again.presence >= 0.8 * seen.presence else seen
        if seen is not None and not any(_same_hand(seen, other) for other in found):
            found.append(_looked_at_again(srgb, seen))
    return sorted(found, key=lambda h: -h.presence)


def faces(srgb: np.ndarray) -> list[Face]:
    """The faces in an sRGB image (H, W, 3) 0..1, largest first."""
    found: list[Face] = []
    for detection in sorted(
        detections(srgb, FAR_FACES) + detections(srgb, NEAR_FACES), key=lambda d: -float(d.box[2] - d.box[0])
    ):
        face = _face(srgb, _face_box(detection))
        if face is not None and not any(overlap(face.box, other.box) > 0.2 for other in found):
            found.append(face)
    return sorted(found, key=lambda f: -float(f.box[2] - f.box[0]))


def _palms(srgb: np.ndarray) -> list[Detection]:
    """Palms in the whole picture, in it with a border (a hand that fills the frame), and in its overlapping parts."""
    height, width = srgb.shape[:2]
    found = detections(srgb, PALMS)
    pad = int(0.35 * max(height, width))
    padded = np.pad(srgb, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    found += [_moved(d, -pad, -pad) for d in detections(padded, PALMS)]
    if not found:
        part_h, part_w = int(0.62 * height), int(0.62 * width)
        for top in (0, height - part_h):
            for left in (0, width - part_w):
                part = srgb[top : top + part_h, left : left + part_w]
                found += [_moved(d, left, top) for d in detections(part, PALMS)]
    found.sort(key=lambda d: -d.score)
    kept: list[Detection] = []
    for one in found:
        if not any(overlap(one.box, other.box) > 0.3 for other in kept):
            kept.append(one)
    return kept[:6]


def _moved(d: Detection, right: float, down: float) -> Detection:
    shift = np.array([right, down], float)
    return Detection(d.box + np.tile(shift, 2), d.points + shift, d.score)


def _upright(vector: np.ndarray) -> float:
    """The angle that a box is turned by so that `vector` (2,) points straight up in it."""
    return float(np.arctan2(vector[0], -vector[1]))


def _framed(centre: np.ndarray, side: float, angle: float, scale: float, up: float) -> OrientedBox:
    c, s = np.cos(angle), np.sin(angle)
    return OrientedBox(centre + np.array([s, -c]) * up * side, side * scale, angle)


def _palm_box(palm: Detection) -> OrientedBox:
    angle = _upright(palm.points[2] - palm.points[0])
    centre = (palm.box[:2] + palm.box[2:]) / 2
    return _framed(centre, float((palm.box[2:] - palm.box[:2]).max()), angle, 2.6, 0.5)


def _hand_box(hand: Hand) -> OrientedBox:
    at = hand.points[:, :2]
    fore = (at[5] + at[13]) / 2
    angle = _upright((fore + at[9]) / 2 - at[WRIST])
    c, s = np.cos(angle), np.sin(angle)
    palm = at[list(PALM_POINTS)]
    middle = (palm.min(0) + palm.max(0)) / 2
    turned = (palm - middle) @ np.array([[c, -s], [s, c]])
    low, high = turned.min(0), turned.max(0)
    centre = middle + np.array([[c, -s], [s, c]]) @ ((low + high) / 2)
    return _framed(centre, float((high - low).max()), angle, 2.0, 0.1)


def _hand(srgb: np.ndarray, box: OrientedBox) -> Hand | None:
    net = model("hand_landmark_full")
    flat, presence, right, world = net.run(crop(srgb, box, net.side))
    score = float(presence.reshape(-1)[0])
    if score < LEAST_PRESENCE:
        return None
    local = flat.reshape(21, 3)
    M = box.matrix(net.side)
    at = local[:, :2] @ M[:, :2].T + M[:, 2]
    scale = box.side / net.side
    c, s = np.cos(box.angle), np.sin(box.angle)
    metric = world.reshape(21, 3) * 1000
    metric[:, :2] = metric[:, :2] @ np.array([[c, -s], [s, c]]).T
    points = np.column_stack([at, local[:, 2] * scale])
    return Hand(points, metric, bool(right.reshape(-1)[0] > 0.5), score, np.zeros(21))


def _looked_at_again(srgb: np.ndarray, seen: Hand) -> Hand:
    """The median of several looks that are framed a little differently; what is really there stays where it is."""
    box = _hand_box(seen)
    looks = [seen]
    for turn, scale in LOOKS:
        look = _hand(srgb, OrientedBox(box.centre, box.side * scale, box.angle + float(np.radians(turn))))
        if look is not None and look.right == seen.right and look.presence >= 0.7 * seen.presence:
            looks.append(look)
    points = np.median([look.points for look in looks], axis=0)
    metric = np.median([look.metric for look in looks], axis=0)
    off = np.array([np.linalg.norm(look.points[:, :2] - points[:, :2], axis=1) for look in looks])
    return Hand(points, metric, seen.right, seen.presence, np.sqrt((off**2).mean(0)))


def _same_hand(a: Hand, b: Hand) -> bool:
    size = float(np.ptp(b.points[:, :2], axis=0).max())
    return float(np.linalg.norm(a.points[:, :2] - b.points[:, :2], axis=1).mean()) < 0.25 * size


def _face_box(detection: Detection) -> OrientedBox:
    right, left = detection.points[0], detection.points[1]
    angle = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    centre = (detection.box[:2] + detection.box[2:]) / 2
    return OrientedBox(centre, float((detection.box[2:] - detection.box[:2]).max()) * 1.5, angle)


def _face(srgb: np.ndarray, box: OrientedBox) -> Face | None:
    seen = _mesh(srgb, box)
    if seen is None:
        return None
    points, _ = seen
    right, left = points[EYE_CORNERS["right"][0]], points[EYE_CORNERS["left"][0]]
    angle = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    again = _mesh(srgb, OrientedBox((low + high) / 2, float((high - low).max()) * 1.5, angle))
    points, presence = again if again is not None else seen
    irises = {
        side: read_iris(srgb, points[outer, :2], points[inner, :2], angle, mirrored=side == "left")
        for side, (outer, inner) in EYE_CORNERS.items()
    }
    return Face(points, presence, irises)


def face_unsteadiness(srgb: np.ndarray, face: Face) -> float:
    """How far a face's points move between looks that are framed a little differently, in parts of its width: about .01 for
    one that is plainly there. `srgb` (H, W, 3) 0..1 is the image that it was found in."""
    right, left = face.points[EYE_CORNERS["right"][0]], face.points[EYE_CORNERS["left"][0]]
    angle = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    low, high = face.box[:2], face.box[2:]
    off = []
    for turn, scale in FACE_LOOKS:
        look = _mesh(
            srgb,
            OrientedBox((low + high) / 2, float((high - low).max()) * 1.5 * scale, angle + float(np.radians(turn))),
        )
        if look is None:
            return 1.0
        off.append(np.linalg.norm(look[0][:, :2] - face.points[:, :2], axis=1).mean())
    return float(np.mean(off) / (high - low).max())


def _mesh(srgb: np.ndarray, box: OrientedBox) -> tuple[np.ndarray, float] | None:
    net = model("face_landmark")
    flat, flag = net.run(crop(srgb, box, net.side))
    presence = float(1 / (1 + np.exp(-flag.reshape(-1)[0])))
    if presence < LEAST_PRESENCE:
        return None
    local = flat.reshape(468, 3)
    M = box.matrix(net.side)
    at = local[:, :2] @ M[:, :2].T + M[:, 2]
    return np.column_stack([at, local[:, 2] * (box.side / net.side)]), presence
