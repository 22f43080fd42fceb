"""A face as a ruler: the head's frame in the picture, and the scale at the eyes, from irises, pupils, eyes and face.

An iris is 11.7 mm wide in everybody, so it weighs most where its edges are seen. It turns with the gaze, which the place
of the iris between the eye's corners tells, and looks narrower by its cosine. Ears and neck lie behind the eyes and are
seen a little smaller: by as much as the camera's distance makes it, which a plate tells only roughly.
"""

from __future__ import annotations

import numpy as np

from pipeline.plate.anchor import unit
from pipeline.plate.landmarks import CHIN, EYE_CORNERS, FOREHEAD, Face
from pipeline.plate.rulers import EYES_SPAN, FACE_HEIGHT, IRIS_WIDTH, PUPIL_DISTANCE, Ruler, Scale, contradict, joined

# Past this the mesh is a guess about half a face.
TURNED_AWAY_DEG = 55.0
LEAST_IRIS_PX = 4.0
# Iris and eyes that differ by more than this many of their joint errors are not one face's.
CONTRADICTION = 3.0
# From the eyeball's middle: to the pupil's plane, and to the line through the eye's corners.
PUPIL_BEFORE_MM, CORNERS_BEFORE_MM = 10.5, 7.0
GAZE_ERROR_RAD = 0.12
# Past this turn (a sine) the further eye is half hidden by the nose's root, and its iris tells nothing.
FAR_EYE = 0.3
# Portraits are taken with about 85 mm on a 36 mm frame; how far that varies, as a relative error.
DISTANCE_PER_FRAME, DISTANCE_SPREAD = 2.4, 0.3


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


def face_scale(face: Face) -> Scale | str:
    """The scale at the eyes; a reason in words where the face tells none."""
    turned = abs(np.sin(np.radians(yaw_deg(face))))
    if abs(yaw_deg(face)) > TURNED_AWAY_DEG:
        return "the face is turned too far to read a scale from: measure it by hand"
    corners = face.points[[EYE_CORNERS["right"][0], EYE_CORNERS["left"][0]]]
    # A mesh's depth is the model's guess: the more of a length lies in depth, the less it is worth.
    eyes = Ruler(EYES_SPAN, float(np.linalg.norm(corners[1] - corners[0])), 0.02 + 0.07 * turned, "eyes")
    rulers = [eyes, Ruler(FACE_HEIGHT, float(np.linalg.norm(face.points[CHIN] - face.points[FOREHEAD])), 0.03)]
    iris = _iris(face, rulers[0].px_per_mm)
    if iris is not None:
        if contradict(iris, eyes, CONTRADICTION):
            return "the face's iris and eyes contradict each other: measure it by hand"
        rulers.insert(0, iris)
    if iris is not None and turned < FAR_EYE:
        pupils = face.irises["left"].centre - face.irises["right"].centre
        across = float(np.linalg.norm(pupils)) / np.sqrt(1 - turned**2)
        rulers.insert(1, Ruler(PUPIL_DISTANCE, across, 0.02 + 0.1 * turned, "eyes"))
    return joined(rulers)


def _iris(face: Face, px_per_mm: float) -> Ruler | None:
    """The irises as one ruler, each widened by what its gaze narrows it; None where they are too small to be read."""
    forward, yaw = -head_frame(face)[2], yaw_deg(face)
    near = ("left" if yaw > 0 else "right",) if abs(np.sin(np.radians(yaw))) > FAR_EYE else ("left", "right")
    widths, errors = [], []
    for side in near:
        outer, inner = EYE_CORNERS[side]
        iris = face.irises[side]
        aside = iris.centre[0] - face.points[[outer, inner], 0].mean()
        gaze = np.clip((aside / px_per_mm + CORNERS_BEFORE_MM * forward[0]) / PUPIL_BEFORE_MM, -0.85, 0.85)
        straight = float(np.sqrt(1 - gaze**2))
        widths.append(iris.width_px / straight)
        errors.append(float(np.hypot(iris.error, GAZE_ERROR_RAD * abs(gaze) / straight)))
    if max(widths) < LEAST_IRIS_PX:
        return None
    weights = np.array(errors) ** -2.0
    width = float(np.exp(weights @ np.log(widths) / weights.sum()))
    # Two readings by one model err alike in part: their mean is no better than the better of the two.
    apart = abs(float(np.log(widths[0] / widths[-1]))) / 2
    return Ruler(IRIS_WIDTH, width, float(np.hypot(min(errors), 0.5 * apart)))


def seen_behind(at_eyes: Scale, behind_mm: float, size_px: tuple[int, int]) -> Scale:
    """The scale `behind_mm` further from the camera than the eyes (negative: nearer), in a plate of `size_px`."""
    share = behind_mm / (max(size_px) / at_eyes.px_per_mm * DISTANCE_PER_FRAME)
    return at_eyes.moved(1 / (1 + share), DISTANCE_SPREAD * abs(share))
