"""Anchors on a hand: where each finger wears a ring, and where the wrist wears a bracelet or a watch.

The hand model's own millimetres are an average hand's: they give proportions. The true scale comes from `rulers`: how
long hands are, how wide palms, fingers and wrists. Large people are larger in all of them, so a hand alone tells its scale
to about 6 % and no better: the reading says so, and a ring that fits, a typed size or two clicks tell more.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from pipeline.direction import worn_at
from pipeline.plate.anchor import FINGERS, Anchor, unit, xy
from pipeline.plate.landmarks import KNUCKLES, WRIST, Hand
from pipeline.plate.limb import Section, section
from pipeline.plate.rulers import FINGER_WIDTHS, HAND_LENGTH, PALM_WIDTH, WRIST_WIDTH, Length, Ruler, Scale, joined
from pipeline.plate.skin import SkinRegion

# A ring sits past the web between the fingers: this far from the knuckle to the next joint.
RING_AT = 0.64
# The fingertips, without the thumb's.
TIPS = (8, 12, 16, 20)
BRACELET_ABOVE_WRIST_MM = 28.0
LEAST_SKIN = 0.5
# Landmarks that move by more than this from look to look, in parts of a finger's half width, mark nothing.
UNSTEADY = 0.9
# How well a hand's length is read from its landmarks, and a width from two edges.
LENGTH_READ, EDGES_READ = 0.04, 0.02
# A ruler further than this (in log) from the middle of a hand's rulers was misread.
ODD_ONE_OUT = 0.25
# A wrist lies a little deeper than the hand that its scale is read from: it is seen so much smaller, give or take as much.
WRIST_DEEPER = 0.02
# A part whose width is this far from what the rest of the hand says is another part, or lies under one.
LEAST_BREADTH, LARGEST_BREADTH = 0.7, 1.34


def finger_lines(hand: Hand) -> list[np.ndarray]:
    """Polylines (n, 2) that run over the hand's skin: its bones."""
    at = hand.points[:, :2]
    lines = [at[[k, k + 1, k + 2]] for k in KNUCKLES.values()]
    return [*lines, at[[WRIST, KNUCKLES["middle"]]], at[[WRIST, KNUCKLES["little"]]], at[[WRIST, KNUCKLES["index"]]]]


def hand_px_per_mm(hand: Hand) -> float:
    """The plate's scale at the hand if it is of average length, by fitting the model's millimetres to the picture."""
    chain = hand.metric[[WRIST, 9, 10, 11, 12]]
    length = float(np.linalg.norm(np.diff(chain, axis=0), axis=1).sum())
    metric = hand.metric[:, :2] - hand.metric[:, :2].mean(0)
    seen = hand.points[:, :2] - hand.points[:, :2].mean(0)
    return float((metric * seen).sum() / (metric**2).sum()) * length / HAND_LENGTH.mm


def hand_anchors(hand: Hand, lab: np.ndarray, skin: SkinRegion) -> tuple[list[Anchor], dict[str, str]]:
    """The hand's anchors that a second sign confirms, and why others were not believed, by name."""
    side = "right" if hand.right else "left"
    rough = hand_px_per_mm(hand)
    found: list[Anchor] = []
    doubts: dict[str, str] = {}
    for name in (*FINGERS, "wrist"):
        answer = (
            _wrist(hand, side, rough, lab, skin) if name == "wrist" else _finger(hand, name, side, rough, lab, skin)
        )
        if isinstance(answer, Anchor):
            found.append(answer)
        else:
            doubts[worn_at(f"{side}-{name}")] = answer
    scale = _scale(found, rough, _palm_px(hand, rough, lab, skin))
    believed = []
    for anchor in found:
        moved = scale.moved(1 - WRIST_DEEPER, WRIST_DEEPER) if anchor.part == "wrist" else scale
        anchor = _at_scale(anchor, moved)
        ratio = anchor.width_mm / _length(anchor).mm
        if LEAST_BREADTH < ratio < LARGEST_BREADTH:
            believed.append(anchor)
        else:
            doubts[anchor.name] = (
                f"what lies there is {ratio:.1f} times as wide as it should be: something else hides it"
            )
    return believed, doubts


def _scale(found: list[Anchor], by_length: float, palm_px: float | None) -> Scale:
    """The hand's scale from all of its rulers. Widths that no hand has beside its length are left out: one misread edge
    pulls nothing."""
    rulers = [Ruler(HAND_LENGTH, HAND_LENGTH.mm * by_length, LENGTH_READ)]
    if palm_px is not None:
        rulers.append(Ruler(PALM_WIDTH, palm_px, EDGES_READ))
    for anchor in found:
        # A thumb is seen from any side, and is no ruler.
        if anchor.name.split("-")[1] != "thumb":
            kin = "fingers" if anchor.part == "finger" else ""
            rulers.append(Ruler(_length(anchor), anchor.width_px, EDGES_READ, kin))
    middle = float(np.median(np.log([r.px_per_mm for r in rulers])))
    return joined([r for r in rulers if abs(np.log(r.px_per_mm) - middle) < ODD_ONE_OUT])


def _palm_px(hand: Hand, rough: float, lab: np.ndarray, skin: SkinRegion) -> float | None:
    """The palm's width behind the knuckles, where both of its edges are outlines; None where the thumb lies along it."""
    at = hand.points[:, :2]
    knuckles = at[[5, 9, 13, 17]].mean(0)
    axis = unit(knuckles - at[WRIST])
    half = PALM_WIDTH.mm * rough / 2
    cut = section(lab, skin.mask, knuckles - 0.12 * (knuckles - at[WRIST]), axis, half, loose=1.5)
    return cut.width if cut.signs == ("outline", "outline") and 0.75 < cut.width / (2 * half) < 1.3 else None


def _at_scale(anchor: Anchor, scale: Scale) -> Anchor:
    return replace(
        anchor,
        px_per_mm=scale.px_per_mm,
        width_mm=anchor.width_px / scale.px_per_mm,
        scale_error=scale.error,
        scale_from=f"{scale.source} of adults",
    )


def _length(anchor: Anchor) -> Length:
    return FINGER_WIDTHS.get(anchor.name.split("-")[1], WRIST_WIDTH)


def _finger(hand: Hand, finger: str, side: str, rough: float, lab: np.ndarray, skin: SkinRegion) -> Anchor | str:
    k = KNUCKLES[finger]
    knuckle, joint = hand.points[k, :2], hand.points[k + 1, :2]
    breadth = FINGER_WIDTHS[finger].mm
    half = breadth * rough / 2
    point = knuckle + RING_AT * (joint - knuckle)
    if not _inside(point, skin, 1.5 * half):
        return "it is cut by the plate's edge"
    on_skin = float(np.mean([skin.at(knuckle + t * (joint - knuckle), half / 2) for t in (0.4, RING_AT, 0.75, 1.0)]))
    if on_skin < LEAST_SKIN:
        return "no skin was found where the hand's landmarks lie"
    if float(hand.wobble[[k, k + 1]].max()) > UNSTEADY * half:
        return "the hand's landmarks put it elsewhere at each look: it is hidden, or misread"
    if finger == "thumb" and _over_the_hand(hand, point, half):
        return "its landmarks lie over the hand: it is hidden behind, or misread"
    bone = hand.metric[k + 1] - hand.metric[k]
    tilt = float(np.degrees(np.arcsin(np.clip(-bone[2] / max(float(np.linalg.norm(bone)), 1e-6), -1, 1))))
    axis = unit(joint - knuckle)
    if float(np.linalg.norm(joint - knuckle)) < 0.6 * half:
        return "it points almost straight at the camera"
    axis, cut = _settled(point, axis, half, lab, skin, (-0.35, 0.0, 0.45, 0.9))
    if cut is None:
        return "its edges could not be told from what lies beside it"
    signs = ["hand landmarks", "skin", *sorted({s for s in cut.signs if s in ("outline", "crease")})]
    edges_seen = sum(s == "outline" for s in cut.signs) + 0.7 * sum(s == "crease" for s in cut.signs)
    agree = float(np.exp(-0.5 * (np.log(cut.width / (breadth * rough)) / 0.18) ** 2))
    confidence = hand.presence * on_skin * (0.35 + 0.325 * edges_seen) * (0.4 + 0.6 * agree)
    return _anchor(f"{side}-{finger}-proximal", "finger", cut, axis, rough, tilt, signs, confidence)


def _over_the_hand(hand: Hand, point: np.ndarray, half: float) -> bool:
    """Whether a point lies on the palm or on another finger's first phalanx: a thumb that is really seen stands beside."""
    at = hand.points[:, :2]
    palm = np.round(at[[WRIST, 5, 9, 13, 17]]).astype(np.float32)
    if cv2.pointPolygonTest(palm, (float(point[0]), float(point[1])), True) > -0.3 * half:
        return True
    for k in (5, 9, 13, 17):
        start, along = at[k], at[k + 1] - at[k]
        t = float(np.clip((point - start) @ along / max(float(along @ along), 1e-6), 0, 1))
        if float(np.linalg.norm(point - start - t * along)) < 0.7 * half:
            return True
    return False


def _wrist(hand: Hand, side: str, rough: float, lab: np.ndarray, skin: SkinRegion) -> Anchor | str:
    at = hand.points[:, :2]
    knuckles = at[[5, 9, 13, 17]].mean(0)
    axis = unit(knuckles - at[WRIST])
    half = WRIST_WIDTH.mm * rough / 2
    point = at[WRIST] - axis * BRACELET_ABOVE_WRIST_MM * rough
    if not _inside(point, skin, 0.75 * half):
        return "it is cut by the plate's edge"
    on_skin = float(np.mean([skin.at(point + axis * d * half, half / 4) for d in (-0.4, 0.0, 0.6)]))
    if on_skin < LEAST_SKIN:
        return "no skin was found where the hand's landmarks put it: a sleeve may cover it"
    axis, cut = _settled(point, axis, half, lab, skin, (-0.5, -0.2, 0.1, 0.35))
    if cut is None or "outline" not in cut.signs:
        return "its two edges could not be found"
    palm = hand.metric[9] - hand.metric[WRIST]
    tilt = float(np.degrees(np.arcsin(np.clip(-palm[2] / max(float(np.linalg.norm(palm)), 1e-6), -1, 1)))) / 2
    # Of a hand whose fingers the frame cuts the model guesses the depth: such an arm is taken to lie as most are taken.
    if sum(_inside(at[k], skin, 0.0) for k in TIPS) < len(TIPS) - 1:
        tilt = 0.0
    signs = ["hand landmarks", "skin", *sorted({s for s in cut.signs if s in ("outline", "crease")})]
    agree = float(np.exp(-0.5 * (np.log(cut.width / (WRIST_WIDTH.mm * rough)) / 0.2) ** 2))
    confidence = hand.presence * on_skin * (0.4 + 0.6 * agree) * (1.0 if cut.signs == ("outline", "outline") else 0.7)
    return _anchor(f"{side}-wrist", "wrist", cut, axis, rough, tilt, signs, confidence)


def _settled(
    point: np.ndarray, axis: np.ndarray, half: float, lab: np.ndarray, skin: SkinRegion, steps: tuple[float, ...]
) -> tuple[np.ndarray, Section | None]:
    """The axis as the middles of several sections along it have it, and the section at `point` across that axis."""
    middles = []
    for step in steps:
        cut = section(lab, skin.mask, point + axis * step * half * 2, axis, half)
        if "guess" not in cut.signs and 0.55 < cut.width / (2 * half) < 1.7:
            middles.append((step, cut.middle))
    if len(middles) >= 3:
        s = np.array([m[0] for m in middles])
        line = np.polyfit(s, np.array([m[1] for m in middles]), 1)
        seen = unit(line[0])
        if seen @ axis > np.cos(np.radians(20)):
            axis = unit(0.5 * axis + 0.5 * seen)
    cut = section(lab, skin.mask, point, axis, half)
    # Once more from the middle that was found, whose half width is now known better.
    cut = section(lab, skin.mask, cut.middle, axis, float(np.clip(cut.width / 2, 0.7 * half, 1.4 * half)))
    believable = 0.55 < cut.width / (2 * half) < 1.8 and cut.signs.count("guess") + cut.signs.count("frame") < 2
    return axis, cut if believable else None


def _inside(point: np.ndarray, skin: SkinRegion, margin: float) -> bool:
    h, w = skin.mask.shape
    return bool(margin <= point[0] < w - margin and margin <= point[1] < h - margin)


def _anchor(
    name: str,
    part: str,
    cut: Section,
    axis: np.ndarray,
    px_per_mm: float,
    tilt: float,
    signs: list[str],
    confidence: float,
) -> Anchor:
    return Anchor(
        name=name,
        part=part,  # type: ignore[arg-type]
        point=xy(cut.middle),
        axis=xy(axis),
        edges=(xy(cut.left), xy(cut.right)),
        width_px=cut.width,
        width_mm=cut.width / px_per_mm,
        px_per_mm=px_per_mm,
        tilt_deg=tilt,
        scale_from=HAND_LENGTH.words,
        scale_error=HAND_LENGTH.size,
        confirmed_by=tuple(signs),
        confidence=float(np.clip(confidence, 0, 1)),
    )
