"""How much alike a face's two halves are in their fine detail: skin, lashes, brows.

Every living face differs between left and right in what is as fine as pores and single hairs, however regular its
features are. A face that doesn't was mirrored.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.fft import irfft2, rfft2

from pipeline.plate.face_scale import head_frame
from pipeline.plate.landmarks import CHIN, EYE_CORNERS, FOREHEAD, Face
from pipeline.qa.person import Person

VIEW_PX = 288
# The halves are compared in detail of these sizes, as Gaussians' sigmas in view pixels.
FINE, COARSE = 0.8, 3.0
# The face's oval, as the mesh goes round it.
OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
# The line from forehead to chin of a head held upright leans by this in the mesh.
UPRIGHT_DEG = 11.0
# How far, in view pixels, the mirror image is moved to fit best, and how much of the face must then lie on it.
DOWN, ASIDE, LEAST_SHARE = 3, 20, 0.5


def halves_alike(person: Person, face: Face) -> float | None:
    """The correlation -1..1 of a face's fine detail with its mirror image's; None where too little of it is seen."""
    top, bottom = face.points[FOREHEAD, :2], face.points[CHIN, :2]
    high = float(np.linalg.norm(bottom - top))
    scale = VIEW_PX / (1.25 * high)
    if scale > 1.6:
        return None
    right, left = (face.points[EYE_CORNERS[side][0], :2] for side in ("right", "left"))
    angle = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    middle = (top + bottom) / 2
    c, s = np.cos(angle) * scale, np.sin(angle) * scale
    turn = np.array([[c, s], [-s, c]])
    matrix = np.column_stack([turn, np.array([VIEW_PX / 2, VIEW_PX / 2]) - turn @ middle])
    grey = person.srgb.mean(-1)
    if scale < 1:
        grey = cv2.GaussianBlur(grey, (0, 0), 0.45 / scale)
    view = cv2.warpAffine(grey, matrix, (VIEW_PX, VIEW_PX), flags=cv2.INTER_LINEAR, borderValue=(-1.0,))
    covered = cv2.warpAffine(person.piece, matrix, (VIEW_PX, VIEW_PX))
    oval = face.points[list(OVAL), :2] @ matrix[:, :2].T + matrix[:, 2]
    inside = np.zeros((VIEW_PX, VIEW_PX), np.uint8)
    cv2.fillPoly(inside, [np.round(oval).astype(np.int32)], (255,))
    mask = cv2.erode((inside > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    mask &= (view >= 0) & (covered < 0.1)
    detail = cv2.GaussianBlur(view, (0, 0), FINE) - cv2.GaussianBlur(view, (0, 0), COARSE)
    # Every place counts alike, wherever the light falls.
    detail = detail / (np.sqrt(cv2.GaussianBlur(detail**2, (0, 0), 8.0)) + 0.004)
    return _correlated_with_mirror(detail * mask, mask.astype(np.float32))


def _correlated_with_mirror(detail: np.ndarray, mask: np.ndarray) -> float | None:
    """The highest correlation of `detail` (n, n), nought outside of `mask`, with its mirror image, over small moves of the
    axis; by Fourier transforms, for all moves at once. None where the two never overlap enough."""
    size = 2 * VIEW_PX

    def against(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """The sum of products of `one` and the mirrored `other` at each move (down, aside)."""
        product = rfft2(one, (size, size)) * np.conj(rfft2(other[:, ::-1], (size, size)))
        moves = irfft2(product, (size, size))
        down, aside = np.arange(-DOWN, DOWN + 1), np.arange(-ASIDE, ASIDE + 1)
        result: np.ndarray = moves[np.ix_(down % size, aside % size)]
        return result

    count = against(mask, mask)
    power = np.sqrt(np.maximum(against(detail**2, mask) * against(mask, detail**2), 1e-12))
    enough = count >= LEAST_SHARE * mask.sum()
    return float((against(detail, detail) / power)[enough].max()) if enough.any() else None


def turns_deg(face: Face) -> tuple[float, float, float]:
    """Yaw (positive shows the left side), pitch (positive looks down) and roll (positive clockwise), in degrees."""
    left, down, _ = head_frame(face)
    yaw = float(np.degrees(np.arctan2(-left[2], left[0])))
    pitch = float(np.degrees(np.arctan2(down[2], down[1]))) - UPRIGHT_DEG
    roll = float(np.degrees(np.arctan2(left[1], left[0])))
    return yaw, pitch, roll
