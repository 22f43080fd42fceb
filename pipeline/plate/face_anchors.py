"""Anchors that a face leads to: the ears and the neck, at a scale read from the irises, the eyes' span and the face.

An iris is 11.7 mm wide in everybody, but half hidden in an eye that looks aside; the eyes' outer corners stand 89 mm
apart and the face is 166 mm high, with wider spreads. The three are joined by their errors; where iris and eyes
disagree by more than these allow, the face is not believed. Ear and neck lie behind the eyes and are seen a
little smaller, by the distance that portraits are taken from.

Sources: Hashemi et al., "White-to-white corneal diameter" (2015), for the iris; Farkas, "Anthropometry of the Head and
Face" (1994), for the eyes' span and the ear's height.
"""

from __future__ import annotations

import numpy as np

from pipeline.plate.anchor import Anchor, unit, xy
from pipeline.plate.landmarks import CHIN, EYE_CORNERS, FOREHEAD, TRAGUS, Face
from pipeline.plate.limb import Section, across, section
from pipeline.plate.skin import SkinRegion

IRIS_MM, IRIS_SPREAD = 11.7, 0.043
EYES_MM, EYES_SPREAD = 89.0, 0.045
# From the hairline's middle to the chin, as the mesh has them.
FACE_MM, FACE_SPREAD = 166.0, 0.06
LEAST_IRIS_PX = 4.0
EAR_HEIGHT_MM = 61.0
PORTRAIT_DISTANCE_MM = 1500.0
NECK_BEHIND_EYES_MM, EAR_BEHIND_EYES_MM = 45.0, 75.0
# From the mesh's outermost point beside an ear to the lobe's piercing, in the head's own frame: out, down, back, in mm.
PIERCING_FROM_TRAGUS_MM = np.array([4.0, 29.0, 26.0])
NECK_BREADTH_MM = 113.0
# The chin stands this far before the neck's axis.
CHIN_BEFORE_NECK_MM = 88.0
# An ear that lies further round than this is hidden by the face.
HIDDEN_EAR_DEG = 12.0
# Past this the mesh is a guess about half a face.
TURNED_AWAY_DEG = 50.0
# Iris and eyes that differ by more than this many of their joint errors are not one face's.
CONTRADICTION = 2.6


def face_lines(face: Face) -> list[np.ndarray]:
    """Polylines (n, 2) that run over the face's skin: forehead, cheeks, nose, chin."""
    at = face.points[:, :2]
    return [
        at[[151, 9, 6, 4]],
        at[[116, 117, 118, 50]],
        at[[345, 346, 347, 280]],
        at[[205, 187]],
        at[[425, 411]],
        at[[200, 199]],
    ]


def face_px_per_mm(face: Face) -> tuple[float, float, str] | None:
    """The scale at the eyes, its relative error and its source; None where iris and eyes contradict each other."""
    turned = abs(np.sin(np.radians(yaw_deg(face))))
    corners = face.points[[EYE_CORNERS["right"][0], EYE_CORNERS["left"][0]]]
    by_eyes = float(np.linalg.norm(corners[1] - corners[0])) / EYES_MM
    by_height = float(np.linalg.norm(face.points[CHIN] - face.points[FOREHEAD])) / FACE_MM
    signs = [(by_eyes, float(np.hypot(EYES_SPREAD, 0.06 * turned))), (by_height, FACE_SPREAD)]
    iris = face.iris_px()
    source = "the eyes' span and the face's height"
    if iris >= LEAST_IRIS_PX:
        # Half a pixel on either side is what the rim can be read to; a turned eye's is narrowed and half under its lids.
        error = float(np.hypot(np.hypot(IRIS_SPREAD, 0.7 / iris), 0.25 * turned))
        if abs(np.log(iris / IRIS_MM / by_eyes)) > CONTRADICTION * np.hypot(error, signs[0][1]):
            return None
        signs.append((iris / IRIS_MM, error))
        source = "iris, the eyes' span and the face's height"
    weights = np.array([error**-2 for _, error in signs])
    joined = float(np.exp(weights @ np.log([value for value, _ in signs]) / weights.sum()))
    return joined, float(weights.sum() ** -0.5), source


def head_frame(face: Face) -> np.ndarray:
    """Rows: the head's left, down and back as unit vectors (3, 3) in the picture's axes (x right, y down, z away)."""
    at = face.points
    left = unit(at[EYE_CORNERS["left"][0]] - at[EYE_CORNERS["right"][0]])
    down = at[CHIN] - at[FOREHEAD]
    down = unit(down - left * (down @ left))
    return np.stack([left, down, np.cross(left, down)])


def yaw_deg(face: Face) -> float:
    """How far the face is turned: positive shows its left side more."""
    return float(np.degrees(np.arctan2(-head_frame(face)[0][2], head_frame(face)[0][0])))


def face_anchors(face: Face, lab: np.ndarray, skin: SkinRegion) -> tuple[list[Anchor], dict[str, str]]:
    """The ears and the neck that a second sign confirms, and why others were not believed, by name."""
    scale = None if abs(yaw_deg(face)) > TURNED_AWAY_DEG else face_px_per_mm(face)
    if scale is None:
        away = abs(yaw_deg(face)) > TURNED_AWAY_DEG
        why = "the face is turned too far" if away else "the face's iris and eyes contradict each other"
        why += " to read a scale from: measure it by hand"
        return [], {"left-ear": why, "right-ear": why, "neck": why}
    found: list[Anchor] = []
    doubts: dict[str, str] = {}
    for side in ("left", "right"):
        answer = _ear(face, side, scale, skin)
        if isinstance(answer, Anchor):
            found.append(answer)
        else:
            doubts[f"{side}-ear"] = answer
    answer = _neck(face, scale, lab, skin)
    if isinstance(answer, Anchor):
        found.append(answer)
    else:
        doubts["neck"] = answer
    return found, doubts


def _ear(face: Face, side: str, scale: tuple[float, float, str], skin: SkinRegion) -> Anchor | str:
    at_eyes, error, source = scale
    frame, yaw = head_frame(face), yaw_deg(face)
    sign = 1.0 if side == "left" else -1.0
    if sign * yaw < -HIDDEN_EAR_DEG:
        return "the face hides it"
    px_per_mm = at_eyes * (1 - EAR_BEHIND_EYES_MM * (1 - np.sin(np.radians(max(sign * yaw, 0)))) / PORTRAIT_DISTANCE_MM)
    offset = PIERCING_FROM_TRAGUS_MM * np.array([sign, 1, 1]) @ frame
    point = (face.points[TRAGUS[side]] + offset * px_per_mm)[:2]
    down = unit(frame[1][:2])
    height = EAR_HEIGHT_MM * px_per_mm
    h, w = skin.mask.shape
    if not (0.15 * height <= point[0] < w - 0.15 * height and 0.3 * height <= point[1] < h - 0.2 * height):
        return "it is cut by the plate's edge"
    near = skin.at(point, 0.05 * height)
    if near < 0.4:
        return "no skin was found where the face's landmarks put its lobe: hair may cover it"
    edges = (xy(point - down * 0.86 * height), xy(point + down * 0.14 * height))
    turn = 90.0 - abs(yaw)
    confidence = face.presence * near * float(np.clip(1.05 - 0.5 * error / 0.08, 0.3, 1))
    return Anchor(
        name=f"{side}-ear",
        part="ear",
        point=xy(point),
        axis=xy(down),
        edges=edges,
        width_px=height,
        width_mm=EAR_HEIGHT_MM,
        px_per_mm=float(px_per_mm),
        tilt_deg=float(turn),
        scale_from=source,
        scale_error=float(np.hypot(error, 0.02)),
        confirmed_by=("face landmarks", "iris" if "iris" in source else "eyes", "skin"),
        confidence=float(np.clip(confidence, 0, 1)),
    )


def _neck(face: Face, scale: tuple[float, float, str], lab: np.ndarray, skin: SkinRegion) -> Anchor | str:
    at_eyes, error, source = scale
    px_per_mm = at_eyes * (1 - NECK_BEHIND_EYES_MM / PORTRAIT_DISTANCE_MM)
    chin = face.points[CHIN, :2]
    # Necks hang: whatever the head does, they go down the picture, a little with the head's own tilt.
    axis = unit(np.array([0.0, 1.0]) + 0.25 * unit(head_frame(face)[1][:2]))
    half = NECK_BREADTH_MM * px_per_mm / 2
    # The face turns over the neck, whose axis lies well behind the chin.
    start = chin + np.array([head_frame(face)[2][0], 0.0]) * CHIN_BEFORE_NECK_MM * px_per_mm
    height = skin.mask.shape[0]
    if start[1] + 60 * px_per_mm > height:
        return "it is cut by the plate's edge"
    sections: list[Section] = []
    bare = []
    for down in range(-6, 66, 6):
        at = start + axis * down * px_per_mm
        if at[1] > height - 2:
            break
        bare.append(skin.at(at, 4 * px_per_mm))
        if bare[-1] < 0.5:
            continue
        cut = section(lab, skin.mask, at, axis, half, loose=2.6)
        if "guess" not in cut.signs:
            sections.append(cut)
    if np.mean(bare) < 0.5:
        return "no bare neck was found under the chin: hair or clothes cover it"
    signs = ["face landmarks", "iris" if "iris" in source else "eyes", "skin"]
    believed = [c for c in sections if c.signs == ("outline", "outline") and 0.6 < c.width / (2 * half) < 1.27]
    if believed:
        slimmest = min(believed, key=lambda cut: cut.width)
        signs.append("outline")
    else:
        # Hair or a turned shoulder hides an edge: the face alone says where its neck is, and the skin that it is bare.
        about = [c.middle[0] for c in sections if 0.6 < c.width / (2 * half) < 2.0]
        middle, side = start + axis * 34 * px_per_mm, across(axis) * half
        middle[0] = float(np.median(about)) if about else middle[0]
        slimmest = Section(middle - side, middle + side, ("guess", "guess"))
    agree = float(np.exp(-0.5 * (np.log(slimmest.width / NECK_BREADTH_MM / px_per_mm) / 0.25) ** 2))
    return Anchor(
        name="neck",
        part="neck",
        point=xy(slimmest.middle),
        axis=xy(axis),
        edges=(xy(slimmest.left), xy(slimmest.right)),
        width_px=slimmest.width,
        width_mm=slimmest.width / px_per_mm,
        px_per_mm=float(px_per_mm),
        tilt_deg=0.0,
        scale_from=source,
        scale_error=float(np.hypot(error, 0.03)),
        confirmed_by=tuple(signs),
        confidence=float(
            np.clip(face.presence * np.mean(bare) * (0.5 + 0.5 * agree) * (1 if believed else 0.55), 0, 1)
        ),
    )
