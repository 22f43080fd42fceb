"""A hand laid upright in a square of fixed size: its skin, its outline's tips, and what of it no landmark explains.

The landmark model gives five fingers whatever is there. What it can't know is what it left over: skin beside its bones
that has a finger's length, and an outline with more tips, or fewer, than its fingers have.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from pipeline.plate.detection import OrientedBox, crop
from pipeline.plate.hand_anchors import finger_lines
from pipeline.plate.landmarks import KNUCKLES, WRIST, Hand
from pipeline.plate.skin import likely_skin
from pipeline.qa.person import Person

VIEW_PX = 384
# The view is this much larger than the landmarks' own extent, so that a finger beside them lies in it.
WIDER = 1.45
# A finger's width in parts of the distance between the knuckles of index and little finger (62 of 16 to 17 mm), and that
# distance in parts of the palm's length, where the hand is seen from its side.
FINGER, ACROSS = 0.21, 0.62
# Bones explain skin this far beside them, and the palm's corners that far, in finger widths.
BESIDE_BONE, BESIDE_PALM = 0.72, 1.2
# A tip stands out of the outline by this, in finger widths, and lies that far off the palm.
STANDS_OUT, OFF_PALM = 0.3, 0.9


@dataclass(frozen=True)
class Leftover:
    """A patch of skin that no bone explains: `long` and `wide` in finger widths, `box` in view pixels."""

    long: float
    wide: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class HandView:
    """`points` (21, 2) in view pixels, `finger_px` a finger's width there; `skin` (n, n) bool, the piece taken for skin.

    `on_skin`: how much of what the bones run over has skin's colour, 0..1. `within`: (n, n) bool, what the picture holds.
    """

    hand: Hand
    box: OrientedBox
    points: np.ndarray
    finger_px: float
    skin: np.ndarray
    on_skin: float
    within: np.ndarray

    def chain(self, finger: str) -> np.ndarray:
        """The four points (4, 2) of a finger, knuckle to tip (a thumb's from its root)."""
        k = KNUCKLES[finger]
        return self.points[k - 1 : k + 3] if finger == "thumb" else self.points[k : k + 4]

    def seen_share(self, finger: str) -> float:
        """How much of a finger's bones lies on skin, 0..1."""
        return self._share(finger, self.skin)

    def framed_share(self, finger: str) -> float:
        """How much of a finger's bones lies within the picture, 0..1."""
        return self._share(finger, self.within)

    def _share(self, finger: str, mask: np.ndarray) -> float:
        bones = self.chain(finger)
        t = np.linspace(0.1, 0.9, 7)[:, None]
        at = np.concatenate([bones[i] + (bones[i + 1] - bones[i]) * t for i in range(3)])
        x, y = np.clip(np.round(at).astype(int), 0, VIEW_PX - 1).T
        return float(mask[y, x].mean())

    @cached_property
    def palm(self) -> np.ndarray:
        """The palm's hull (n, 1, 2) int32."""
        return cv2.convexHull(np.round(self.points[[0, 1, 2, 5, 9, 13, 17]]).astype(np.int32))

    @cached_property
    def explained(self) -> np.ndarray:
        """(n, n) bool: what bones, palm and forearm explain."""
        f = self.finger_px
        drawn = np.zeros((VIEW_PX, VIEW_PX), np.uint8)
        thick = round(2 * BESIDE_BONE * f) + 2
        for finger in KNUCKLES:
            bones = self.chain(finger)
            last = bones[3] - bones[2]
            beyond = bones[3] + last / max(float(np.linalg.norm(last)), 1e-6) * 0.3 * f
            cv2.polylines(drawn, [np.round(np.vstack([bones, beyond])).astype(np.int32)], False, (255,), thick)
        cv2.fillConvexPoly(drawn, self.palm, (255,))
        cv2.polylines(drawn, [self.palm], True, (255,), round(2 * BESIDE_PALM * f))
        wrist = float(self.points[WRIST, 1])
        drawn[int(np.clip(wrist - 2.5 * f, 0, VIEW_PX)) :] = 255
        return drawn > 0

    @cached_property
    def ground_like_skin(self) -> float:
        """How much of what lies further than a finger from the hand has its skin's colour, 0..1: where much does, the hand's
        outline isn't known."""
        f = self.finger_px
        far = cv2.distanceTransform((~self.explained).astype(np.uint8), cv2.DIST_L2, 5) > 1.1 * f
        far &= self.within
        return float(self.skin[far].mean()) if far.sum() > 4 * f * f else 0.0

    @cached_property
    def leftovers(self) -> list[Leftover]:
        """Patches of skin that no bone and no palm explain, longest first; the forearm is none."""
        f = self.finger_px
        left: np.ndarray = (self.skin & ~self.explained).astype(np.uint8)
        r = max(round(0.22 * f), 1)
        left = cv2.morphologyEx(left, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1,) * 2))
        found = []
        contours, _ = cv2.findContours(left, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            _, sides, _ = cv2.minAreaRect(contour)
            x, y, w, h = cv2.boundingRect(contour)
            found.append(Leftover(max(sides) / f, min(sides) / f, (x, y, x + w, y + h)))
        return sorted(found, key=lambda one: -one.long)

    @cached_property
    def tips(self) -> np.ndarray:
        """The outline's tips (k, 2): where it stands out from the palm's middle, forearm and frame left out."""
        contours, _ = cv2.findContours(self.skin.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if not contours:
            return np.zeros((0, 2))
        outline = max(contours, key=cv2.contourArea)[:, 0].astype(np.float64)
        f, middle = self.finger_px, self.points[[0, 5, 9, 13, 17]].mean(0)
        reach = np.linalg.norm(outline - middle, axis=1)
        start = int(reach.argmin())
        outline, reach = np.roll(outline, -start, 0), np.roll(reach, -start)
        peaks = _standing_out(gaussian_filter1d(reach, 2.0, mode="wrap"), STANDS_OUT * f)
        hull = self.palm.astype(np.float32)
        kept = [
            at
            for at in outline[peaks]
            if at[1] < self.points[WRIST, 1] - f
            and self.within[round(at[1]), round(at[0])]
            and -cv2.pointPolygonTest(hull, (float(at[0]), float(at[1])), True) > OFF_PALM * f
        ]
        return np.array(kept).reshape(-1, 2)

    def in_person(self, at: np.ndarray) -> np.ndarray:
        """View pixels (..., 2) in the person's pixels."""
        M = self.box.matrix(VIEW_PX)
        result: np.ndarray = at @ M[:, :2].T + M[:, 2]
        return result


def _standing_out(height: np.ndarray, by: float) -> list[int]:
    """The indices at which a profile (n,), lowest at its ends, is highest between two valleys that each lie `by` lower."""
    found: list[int] = []
    top, low = 0, 0
    rising = True
    for i, value in enumerate(height):
        if rising:
            if value > height[top]:
                top = i
            elif height[top] - value >= by:
                found.append(top)
                rising, low = False, i
        elif value < height[low]:
            low = i
        elif value - height[low] >= by:
            rising, top = True, i
    return found


def hand_view(person: Person, hand: Hand) -> HandView:
    """`hand` of `person`, its fingers up."""
    at = hand.points[:, :2]
    up = at[KNUCKLES["middle"]] - at[WRIST]
    angle = float(np.arctan2(up[0], -up[1]))
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    local = (at - at.mean(0)) @ turn
    low, high = local.min(0), local.max(0)
    box = OrientedBox(at.mean(0) + turn @ ((low + high) / 2), float((high - low).max()) * WIDER, angle)
    inverse = cv2.invertAffineTransform(box.matrix(VIEW_PX))
    points = at @ inverse[:, :2].T + inverse[:, 2]
    image = crop(person.srgb, box, VIEW_PX)
    within = crop(np.ones((*person.srgb.shape[:2], 3), np.float32), box, VIEW_PX)[..., 0] > 0.5
    worn = crop(np.repeat(person.piece[..., None], 3, -1), box, VIEW_PX)[..., 0] > 0.3
    shift = Hand(np.column_stack([points, np.zeros(21)]), hand.metric, hand.right, hand.presence, hand.wobble)
    lines = finger_lines(shift)
    like, seeded = likely_skin(image, lines)
    drawn = np.zeros(like.shape, np.uint8)
    for line in lines:
        cv2.polylines(drawn, [np.round(line).astype(np.int32)], False, (255,), 2)
    along = (drawn > 0) & within & ~worn
    # A ring is no gap in its finger.
    skin = cv2.morphologyEx((like | worn).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    across = max(float(np.linalg.norm(points[5] - points[17])), ACROSS * float(np.linalg.norm(points[9] - points[0])))
    on_skin = float(seeded[along].mean()) if along.any() else 0.0
    return HandView(hand, box, points, FINGER * across, skin, on_skin, within)
