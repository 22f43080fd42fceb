"""Anchors that a face leads to: the ears and the neck, at the scale that `face_scale` reads and `seen_behind` moves there.

Sources: Farkas, "Anthropometry of the Head and Face" (1994), for the ear's height and place.
"""

from __future__ import annotations

import numpy as np

from pipeline.plate.anchor import Anchor, unit, xy
from pipeline.plate.ear import lobe_of
from pipeline.plate.face_scale import face_scale, head_frame, seen_behind, yaw_deg
from pipeline.plate.landmarks import CHIN, Face
from pipeline.plate.limb import Section, across, section
from pipeline.plate.rulers import NECK_WIDTH, Scale
from pipeline.plate.skin import SkinRegion
from pipeline.plate.torso import Torso

EAR_HEIGHT_MM = 61.0
# From the line of the eyes to the neck's axis and to the ears, and from the head's middle to an ear, in mm.
NECK_BEHIND_EYES_MM, EAR_BEHIND_EYES_MM, EAR_ASIDE_MM = 80.0, 78.0, 72.0
# The chin stands this far before the neck's axis.
CHIN_BEFORE_NECK_MM = 88.0
# How well a neck's axis is read from its own outline, from the middle between the shoulders, and from the face alone, in mm.
BY_OUTLINE_MM, BY_SHOULDERS_MM, BY_FACE_MM = 2.0, 7.0, 20.0
# Shoulders further than this from where the face puts the neck are another body's, in mm.
SHOULDERS_WITHIN_MM = 60.0
# How an ear is measured.
BY_HAND = "by the ear's topmost and its lowest point and its height in mm (about 62)"
# An ear that lies further round than this is hidden by the face.
HIDDEN_EAR_DEG = 12.0


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


def face_anchors(
    face: Face, lab: np.ndarray, skin: SkinRegion, torso: Torso | None = None
) -> tuple[list[Anchor], dict[str, str]]:
    """The ears and the neck that a second sign confirms, and why others were not believed, by name."""
    scale = face_scale(face)
    if isinstance(scale, str):
        far = "right" if yaw_deg(face) > 0 else "left"
        hidden = abs(yaw_deg(face)) > HIDDEN_EAR_DEG
        ears = {f"{side}-ear": f"{scale}, {BY_HAND}" for side in ("left", "right")}
        return [], ears | {"neck": scale} | ({f"{far}-ear": "the face hides it"} if hidden else {})
    found: list[Anchor] = []
    doubts: dict[str, str] = {}
    for side in ("left", "right"):
        answer = _ear(face, side, scale, lab, skin)
        if isinstance(answer, Anchor):
            found.append(answer)
        else:
            doubts[f"{side}-ear"] = answer
    answer = _neck(face, scale, lab, skin, torso)
    if isinstance(answer, Anchor):
        found.append(answer)
    else:
        doubts["neck"] = answer
    return found, doubts


def _ear(face: Face, side: str, at_eyes: Scale, lab: np.ndarray, skin: SkinRegion) -> Anchor | str:
    yaw = yaw_deg(face)
    sign = 1.0 if side == "left" else -1.0
    if sign * yaw < -HIDDEN_EAR_DEG:
        return "the face hides it"
    turn = np.radians(sign * yaw)
    height, width = skin.mask.shape
    scale = seen_behind(at_eyes, EAR_BEHIND_EYES_MM * np.cos(turn) - EAR_ASIDE_MM * np.sin(turn), (width, height))
    lobe = lobe_of(face, side, scale.px_per_mm, lab, skin)
    point, down = lobe.piercing, unit(head_frame(face)[1][:2])
    tall = EAR_HEIGHT_MM * scale.px_per_mm
    if not (0.15 * tall <= point[0] < width - 0.15 * tall and 0.3 * tall <= point[1] < height - 0.2 * tall):
        return "it is cut by the plate's edge"
    near = skin.at(point, 0.05 * tall)
    if near < 0.4:
        return "no skin was found where the face's landmarks put its lobe: hair may cover it"
    signs = ["face landmarks", "iris" if "iris" in scale.source else "eyes", "skin"]
    confidence = face.presence * near * float(np.clip(1.05 - 0.5 * scale.error / 0.08, 0.3, 1))
    return Anchor(
        name=f"{side}-ear",
        part="ear",
        point=xy(point),
        axis=xy(down),
        edges=(xy(point - down * 0.86 * tall), xy(point + down * 0.14 * tall)),
        width_px=tall,
        width_mm=EAR_HEIGHT_MM,
        px_per_mm=scale.px_per_mm,
        tilt_deg=90.0 - abs(yaw),
        scale_from=scale.source,
        scale_error=scale.error,
        confirmed_by=tuple(signs + ["the lobe's edge"] if lobe.edge else signs),
        confidence=float(np.clip(confidence * (1.0 if lobe.edge else 0.8), 0, 1)),
        point_error_mm=lobe.error_mm,
    )


def _neck(face: Face, at_eyes: Scale, lab: np.ndarray, skin: SkinRegion, torso: Torso | None) -> Anchor | str:
    scale = seen_behind(at_eyes, NECK_BEHIND_EYES_MM, (skin.mask.shape[1], skin.mask.shape[0]))
    px_per_mm = scale.px_per_mm
    chin = face.points[CHIN, :2]
    # Necks hang: whatever the head does, they go down the picture, a little with the head's own tilt.
    axis = unit(np.array([0.0, 1.0]) + 0.25 * unit(head_frame(face)[1][:2]))
    half = NECK_WIDTH.mm * px_per_mm / 2
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
    signs = ["face landmarks", "iris" if "iris" in scale.source else "eyes", "skin"]
    believed = [c for c in sections if c.signs == ("outline", "outline") and 0.6 < c.width / (2 * half) < 1.27]
    if believed:
        slimmest, error_mm = min(believed, key=lambda cut: cut.width), BY_OUTLINE_MM
        signs.append("outline")
    else:
        # Hair or the jaw hides an edge: the neck stands over the middle between its shoulders, or where the face puts it.
        middle, side, error_mm = start + axis * 34 * px_per_mm, across(axis) * half, BY_FACE_MM
        if torso is not None and abs(torso.middle[0] - middle[0]) < SHOULDERS_WITHIN_MM * px_per_mm:
            middle[0], error_mm = torso.middle[0], BY_SHOULDERS_MM
            signs.append("shoulders")
        elif about := [c.middle[0] for c in sections if 0.6 < c.width / (2 * half) < 2.0]:
            middle[0] = float(np.median(about))
        slimmest = Section(middle - side, middle + side, ("guess", "guess"))
    agree = float(np.exp(-0.5 * (np.log(slimmest.width / NECK_WIDTH.mm / px_per_mm) / 0.25) ** 2))
    return Anchor(
        name="neck",
        part="neck",
        point=xy(slimmest.middle),
        axis=xy(axis),
        edges=(xy(slimmest.left), xy(slimmest.right)),
        width_px=slimmest.width,
        width_mm=slimmest.width / px_per_mm,
        px_per_mm=px_per_mm,
        tilt_deg=0.0,
        scale_from=scale.source,
        scale_error=scale.error,
        confirmed_by=tuple(signs),
        confidence=float(
            np.clip(face.presence * np.mean(bare) * (0.5 + 0.5 * agree) * (1 if believed else 0.55), 0, 1)
        ),
        point_error_mm=error_mm,
    )
