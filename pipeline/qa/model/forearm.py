"""The forearm behind a hand: which way it runs, by its own two edges, and how far the wrist is bent from it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pipeline.plate.anchor import unit
from pipeline.plate.hand_anchors import hand_px_per_mm
from pipeline.plate.landmarks import KNUCKLES, WRIST, Hand
from pipeline.plate.limb import across, lab_of, section
from pipeline.plate.rulers import WRIST_WIDTH
from pipeline.qa.person import Person

# Sections of the arm begin behind the wrist, and follow one another by so much, in mm; fewer than so many show no axis.
BEGIN_MM, STEP_MM, MOST, FEWEST = 25.0, 8.0, 12, 4
# How wide an arm may be there, in parts of a wrist's width, and how wide the sections are sought for.
NARROWEST, WIDEST, LOOSE = 0.6, 1.7, 1.6
# The row of knuckles over the palm's length, from which on a hand shows its flat: 0.65 where it is seen squarely.
FLAT = 0.5
# The arm is looked for so far from the hand's own line, and so far from the wrist.
FAN_DEG, LOOKED_MM = np.arange(-100.0, 101.0, 5.0), np.arange(25.0, 86.0, 6.0)
FINGERS = ("index", "middle", "ring", "little")


@dataclass(frozen=True)
class Bend:
    """How a wrist is bent as the picture shows it: `deg` 0..180, `towards` the ``thumb`` or the ``little finger``; `flat`:
    whether palm or back face the camera, so that it is bent to a side and not flexed. `line` (3, 2): arm, wrist, knuckles."""

    side: str
    deg: float
    towards: str
    flat: bool
    line: np.ndarray


def wrist_bend(person: Person, hand: Hand) -> Bend | None:
    """The bend of a hand's wrist; None where too little of its forearm is seen, bare and between two edges."""
    at, scale = hand.points[:, :2], hand_px_per_mm(hand)
    knuckles = at[[KNUCKLES[finger] for finger in FINGERS]].mean(0)
    along = unit(knuckles - at[WRIST])
    middles = _middles(person, at[WRIST], along, scale)
    if len(middles) < FEWEST:
        return None
    slope = np.polyfit(np.arange(len(middles)), np.array(middles), 1)[0]
    forearm = -unit(slope)
    turned = float(np.degrees(np.arctan2(forearm[0] * along[1] - forearm[1] * along[0], forearm @ along)))
    thumb = at[KNUCKLES["thumb"]] - at[WRIST]
    to_thumb = np.sign(along[0] * thumb[1] - along[1] * thumb[0])
    row = float(np.linalg.norm(at[KNUCKLES["index"]] - at[KNUCKLES["little"]]))
    return Bend(
        side="right" if hand.right else "left",
        deg=abs(turned),
        towards="thumb" if turned * to_thumb > 0 else "little finger",
        flat=row > FLAT * float(np.linalg.norm(at[KNUCKLES["middle"]] - at[WRIST])),
        line=np.array([middles[-1], at[WRIST], knuckles]),
    )


def _middles(person: Person, wrist: np.ndarray, along: np.ndarray, scale: float) -> list[np.ndarray]:
    """The middles of the arm's sections, from the wrist backwards, followed where the arm goes."""
    lab, skin = lab_of(person.srgb), person.skin.astype(np.float32)
    height, width = skin.shape
    half = WRIST_WIDTH.mm / 2 * scale
    backwards = _armward(skin, wrist, -along, scale, half)
    if backwards is None:
        return []
    axis, point = -backwards, wrist + backwards * BEGIN_MM * scale
    found: list[np.ndarray] = []
    for _ in range(MOST):
        if not (0 <= point[0] < width and 0 <= point[1] < height):
            break
        cut = section(lab, skin, point, axis, half, LOOSE)
        if cut.signs != ("outline", "outline"):
            point = point - axis * STEP_MM * scale
            continue
        if not NARROWEST < cut.width / (2 * half) < WIDEST:
            break
        found.append(cut.middle)
        if len(found) >= 3:
            seen = unit(found[-3] - found[-1])
            axis = unit(axis + seen) if seen @ axis > 0.5 else axis
        point = cut.middle - axis * STEP_MM * scale
    return found


def _armward(skin: np.ndarray, wrist: np.ndarray, straight: np.ndarray, scale: float, half: float) -> np.ndarray | None:
    """The direction (2,) from a wrist along which skin (h, w) lies deepest, near `straight`; None where there is none."""
    depth = np.minimum(cv2.distanceTransform((skin > 0.5).astype(np.uint8), cv2.DIST_L2, 5), half)
    turned = np.radians(FAN_DEG)
    ways = np.cos(turned)[:, None] * straight + np.sin(turned)[:, None] * across(straight)
    at = wrist + ways[:, None] * (LOOKED_MM * scale)[None, :, None]
    read = ndimage.map_coordinates(depth, [at[..., 1], at[..., 0]], order=1, mode="constant", cval=0.0)
    # Where two ways are as deep, the straighter is the arm.
    found = read.mean(1) * (1 - 0.2 * (FAN_DEG / 100) ** 2)
    best = int(found.argmax())
    return ways[best] if found[best] > 0.35 * half else None
