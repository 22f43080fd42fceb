"""Anchors on a hand: where each finger wears a ring, and where the wrist wears a bracelet or a watch.

The hand model's own millimetres are an average hand's: they give proportions. The true scale comes from two priors that
err independently, how long hands are and how wide fingers and wrists are, each with its spread over adults.

Sources: hand length and wrist breadth, Pheasant and Haslegrave, "Bodyspace" (2006); finger breadths from the inside
diameters of the common ring sizes (ISO 8653: US 6 is 16.5 mm; women 5 to 8, men 8 to 11).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.plate.anchor import FINGERS, Anchor, unit, xy
from pipeline.plate.landmarks import KNUCKLES, WRIST, Hand
from pipeline.plate.limb import Section, section
from pipeline.plate.skin import SkinRegion

HAND_LENGTH_MM, HAND_LENGTH_SPREAD = 182.0, 0.085
# Breadths where a ring sits, seen from the back of the hand: a little more than the ring's inside diameter.
FINGER_BREADTH_MM = {"thumb": 20.0, "index": 18.3, "middle": 18.4, "ring": 17.3, "little": 14.9}
BREADTH_SPREAD = 0.06
SCALE_FROM = "hand length and breadths of adults"
WRIST_BREADTH_MM = 55.0
# A ring sits past the web between the fingers: this far from the knuckle to the next joint.
RING_AT = 0.64
BRACELET_ABOVE_WRIST_MM = 28.0
LEAST_SKIN = 0.5
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
    return float((metric * seen).sum() / (metric**2).sum()) * length / HAND_LENGTH_MM


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
            doubts[f"{side}-{name}"] = answer
    believed = []
    for anchor in _rescaled(found, rough):
        ratio = anchor.width_mm / _breadth(anchor)
        if LEAST_BREADTH < ratio < LARGEST_BREADTH:
            believed.append(anchor)
        else:
            doubts[anchor.name] = (
                f"what lies there is {ratio:.1f} times as wide as it should be: something else hides it"
            )
    return believed, doubts


def _rescaled(found: list[Anchor], by_length: float) -> list[Anchor]:
    """The hand's anchors at one scale: its length's and its breadths', whose median no single misread edge can pull."""
    if not found:
        return []
    ratios = [np.log(a.width_px / _breadth(a)) for a in found if a.name.split("-")[-1] != "thumb"]
    if not ratios:
        return found
    by_width = float(np.exp(np.median(ratios)))
    px_per_mm, error = _blend(by_length, by_width)
    return [
        replace(a, px_per_mm=px_per_mm, width_mm=a.width_px / px_per_mm, scale_error=error, scale_from=SCALE_FROM)
        for a in found
    ]


def _breadth(anchor: Anchor) -> float:
    return FINGER_BREADTH_MM.get(anchor.name.split("-")[-1], WRIST_BREADTH_MM)


def _finger(hand: Hand, finger: str, side: str, rough: float, lab: np.ndarray, skin: SkinRegion) -> Anchor | str:
    k = KNUCKLES[finger]
    knuckle, joint = hand.points[k, :2], hand.points[k + 1, :2]
    breadth = FINGER_BREADTH_MM[finger]
    half = breadth * rough / 2
    point = knuckle + RING_AT * (joint - knuckle)
    if not _inside(point, skin, 1.5 * half):
        return "it is cut by the plate's edge"
    on_skin = float(np.mean([skin.at(knuckle + t * (joint - knuckle), half / 2) for t in (0.4, RING_AT, 0.75, 1.0)]))
    if on_skin < LEAST_SKIN:
        return "no skin was found where the hand's landmarks lie"
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
    return _anchor(f"{side}-{finger}", "finger", cut, axis, rough, tilt, signs, confidence)


def _wrist(hand: Hand, side: str, rough: float, lab: np.ndarray, skin: SkinRegion) -> Anchor | str:
    at = hand.points[:, :2]
    knuckles = at[[5, 9, 13, 17]].mean(0)
    axis = unit(knuckles - at[WRIST])
    half = WRIST_BREADTH_MM * rough / 2
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
    signs = ["hand landmarks", "skin", *sorted({s for s in cut.signs if s in ("outline", "crease")})]
    agree = float(np.exp(-0.5 * (np.log(cut.width / (WRIST_BREADTH_MM * rough)) / 0.2) ** 2))
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


def _blend(by_length: float, by_width: float) -> tuple[float, float]:
    """The two scales joined by their spreads, and the relative error: theirs, or more where they contradict each other."""
    a, b = HAND_LENGTH_SPREAD**-2, BREADTH_SPREAD**-2
    joined = float(np.exp((a * np.log(by_length) + b * np.log(by_width)) / (a + b)))
    return joined, float(max((a + b) ** -0.5, 0.35 * abs(np.log(by_length / by_width))))


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
        scale_from=SCALE_FROM,
        scale_error=HAND_LENGTH_SPREAD,
        confirmed_by=tuple(signs),
        confidence=float(np.clip(confidence, 0, 1)),
    )
