"""A face's measures under the names and on the 0 to 100 scale of ISO/IEC 29794-5 and its reference implementation, OFIQ.

Those are made for passports: a turned head or a smile is no fault in a jewelry picture. They stand beside the check of the
face as what they are. The native measures and their curves are the standard's; the landmarks are this project's.
"""

from __future__ import annotations

import numpy as np

from pipeline.plate.landmarks import CHIN, EYE_CORNERS, Face
from pipeline.qa.model.eyes import OPENINGS
from pipeline.qa.model.symmetry import turns_deg
from pipeline.qa.person import Person

# The inner lips' upper and lower points, in pairs.
LIPS = ((82, 87), (13, 14), (312, 317))


def measures(person: Person, face: Face) -> dict[str, int]:
    """The measures by OFIQ's names, 0 to 100, higher being better for recognition."""
    yaw, pitch, roll = turns_deg(face)
    at = face.points[:, :2]
    eyes = {side: at[list(corners)].mean(0) for side, corners in EYE_CORNERS.items()}
    # T: from the middle between the eyes to the chin.
    t = max(float(np.linalg.norm((eyes["left"] + eyes["right"]) / 2 - at[CHIN])), 1e-6)
    opening = min(_opening(at[list(OPENINGS[side])]) for side in ("left", "right")) / t
    mouth = max(float(np.linalg.norm(at[a] - at[b])) for a, b in LIPS) / t
    between = float(np.linalg.norm(eyes["left"] - eyes["right"])) / person.step
    between /= max(float(np.cos(np.radians(yaw))), 0.1)
    areas = sorted((float(np.prod(one.box[2:] - one.box[:2])) for one in person.faces), reverse=True)
    return {
        "EyesOpen": round(100 * _sigmoid(opening, 0.02, 0.01)),
        "MouthClosed": round(100 * (1 - _sigmoid(mouth, 0.2, 0.06))),
        "HeadPoseYaw": _facing(yaw),
        "HeadPosePitch": _facing(pitch),
        "HeadPoseRoll": _facing(roll),
        "InterEyeDistance": round(100 * _sigmoid(between, 70.0, 20.0)),
        "SingleFacePresent": round(100 * (1 - areas[1] / areas[0])) if len(areas) > 1 else 100,
    }


def _opening(outline: np.ndarray) -> float:
    return max(float(np.linalg.norm(outline[i] - outline[16 - i])) for i in range(2, 7))


def _sigmoid(value: float, middle: float, width: float) -> float:
    return float(1 / (1 + np.exp(np.clip((middle - value) / width, -60, 60))))


def _facing(degrees: float) -> int:
    return round(100 * max(float(np.cos(np.radians(degrees))), 0.0) ** 2)
