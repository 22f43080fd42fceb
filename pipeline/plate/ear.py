"""An ear's lobe: predicted from the face's mesh, then read from its own lower edge.

A mesh ends before the ears. Where the lobe hangs behind its last points is anatomy's mean, good to about 3 mm; the lobe's
own round lower edge, where it is seen, is good to about one. That edge is sought as the lower half of an ellipse that the
picture's colour steps across all along; the bowl above it has such an edge too, but brightens outwards on the same skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.plate.anchor import unit
from pipeline.plate.face_scale import head_frame
from pipeline.plate.landmarks import Face
from pipeline.plate.skin import SkinRegion

# The mesh's last point before each ear, and from there to the lobe's piercing in the head's frame: out, down, back, in mm.
# Measured over rendered heads of adults.
BEFORE_LOBE = {"right": 93, "left": 323}
PIERCING_FROM_MESH_MM = np.array([7.2, 8.4, 22.9])
PREDICTED_ERROR_MM, READ_ERROR_MM = 3.5, 1.5
# How far from its prediction a lobe is sought, and in what steps; the prediction's weight as a Gaussian of this sigma.
REACH_MM, STEP_MM, TRUST_MM = 9.0, 0.5, 3.2
HIGHEST_MM = 0.0
# Half the lobe's width and its height below its middle.
HALF_WIDTHS_MM, DEPTHS_MM = (3.5, 5.0, 6.5), (5.0, 6.5, 8.0)
# Angles along the lower edge, from the side over the lowest point to the other side.
ARC = np.radians([-5, 8, 20, 35, 50, 65, 80, 95, 110, 125, 140, 155, 168])
# A lobe is pierced above its lowest point, and a little outside the middle of the round that its lower edge seems to be of.
PIERCED_ABOVE_LOWEST_MM, PIERCED_OUTSIDE_MM = 8.8, 1.5
# Colour steps past this many Lab units a mm count no more; one that only brightens outwards counts little.
STRONGEST, BRIGHTENING = 12.0, 0.3
# The edge stands out when it is this many times as strong as what lies around.
STANDS_OUT = 2.0
LEAST_SKIN = 0.4


@dataclass(frozen=True)
class Lobe:
    """Where the lobe is pierced (2,) in plate pixels, the error of that in mm, and whether its own edge was seen."""

    piercing: np.ndarray
    error_mm: float
    edge: bool


def lobe_of(face: Face, side: str, px_per_mm: float, lab: np.ndarray, skin: SkinRegion) -> Lobe:
    """The lobe of one `side` of a face, at the ear's scale, in a plate's CIE Lab (H, W, 3).

    An edge whose lobe would lie on no skin (a strand of hair, a collar) is none.
    """
    sign = 1.0 if side == "left" else -1.0
    frame = head_frame(face)
    offset = (PIERCING_FROM_MESH_MM * np.array([sign, 1, 1]) @ frame)[:2] * px_per_mm
    predicted = face.points[BEFORE_LOBE[side], :2] + offset
    down = unit(frame[1][:2])
    outward = sign * np.array([down[1], -down[0]])
    found = _edge(lab, predicted, outward, down, px_per_mm)
    if found is not None:
        aside, lowest = found
        at = (aside + PIERCED_OUTSIDE_MM) * outward + (lowest - PIERCED_ABOVE_LOWEST_MM) * down
        read = predicted + at * px_per_mm
        if skin.at(read, 3 * px_per_mm) > LEAST_SKIN:
            return Lobe(read, READ_ERROR_MM, True)
    return Lobe(predicted, PREDICTED_ERROR_MM, False)


def _edge(
    lab: np.ndarray, predicted: np.ndarray, outward: np.ndarray, down: np.ndarray, px_per_mm: float
) -> tuple[float, float] | None:
    """How far the lobe's middle lies outside the prediction, and its lowest point below it, in mm; None where no edge
    stands out."""
    reach = round((REACH_MM + max(DEPTHS_MM) + 3) * px_per_mm)
    left, top = round(float(predicted[0])) - reach, round(float(predicted[1])) - reach
    height, width = lab.shape[:2]
    rows = np.clip(np.arange(top, top + 2 * reach), 0, height - 1)
    columns = np.clip(np.arange(left, left + 2 * reach), 0, width - 1)
    calm = cv2.GaussianBlur(lab[np.ix_(rows, columns)].astype(np.float32), (0, 0), max(0.45 * px_per_mm, 0.8))
    slopes = [np.ascontiguousarray(np.gradient(calm, axis=k)) * np.float32(px_per_mm) for k in (1, 0)]
    steps = np.arange(-REACH_MM, REACH_MM + 0.01, STEP_MM)
    # What is round like a lobe well above the prediction is the ear's bowl.
    out, low = np.meshgrid(steps, steps[steps >= -HIGHEST_MM])
    middle = predicted - [left, top]
    strengths, lowest = [], []
    for half in HALF_WIDTHS_MM:
        for depth in DEPTHS_MM:
            u, v = half * np.cos(ARC), depth * np.sin(ARC)
            across = np.stack([np.cos(ARC) / half, np.sin(ARC) / depth], 1)
            across /= np.linalg.norm(across, axis=1, keepdims=True)
            normal = across @ np.stack([outward, down])
            at = (out[..., None, None] + u[:, None]) * outward + (low[..., None, None] + v[:, None]) * down
            strengths.append(_strength(slopes, middle + at * px_per_mm, normal))
            lowest.append(depth)
    every = np.stack(strengths)
    best = every.max(0)
    believed = 2 * np.log(best + 0.3) - 0.5 * (out**2 + low**2) / TRUST_MM**2
    i = np.unravel_index(int(believed.argmax()), believed.shape)
    if best[i] < STANDS_OUT * float(np.median(best)):
        return None
    return float(out[i]), float(low[i]) + lowest[int(every[:, i[0], i[1]].argmax())]


def _strength(slopes: list[np.ndarray], at: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """How strongly colour steps across arcs (n, m) whose points are `at` (n, m, k, 2) with normals (k, 2)."""
    n, m, k = at.shape[:3]
    xs = np.ascontiguousarray(at[..., 0].reshape(n, m * k), np.float32)
    ys = np.ascontiguousarray(at[..., 1].reshape(n, m * k), np.float32)
    sx, sy = (cv2.remap(s, xs, ys, cv2.INTER_LINEAR).reshape(n, m, k, 3) for s in slopes)
    step = (sx * normal[:, :1] + sy * normal[:, 1:]) * np.array([1.0, 1.5, 1.0], np.float32)
    same_skin = np.hypot(step[..., 1], step[..., 2]) < 0.6 * np.abs(step[..., 0])
    step[..., 0] *= np.where((step[..., 0] > 0) & same_skin, BRIGHTENING, 1.0)
    along = np.minimum(np.linalg.norm(step, axis=-1), STRONGEST)
    # Weak stretches tell more than strong ones: an edge goes all along.
    return np.asarray(0.5 * np.sort(along, axis=-1)[..., 2:6].mean(-1) + 0.5 * along.mean(-1))
