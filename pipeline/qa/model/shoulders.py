"""A head's neck and shoulders as their outline shows them: how wide the body is at each depth under the chin.

A body model won't do here: where a head is too small for its shoulders, or its neck too long, it tells what it has learned
and not what is there. The outline of the person knows no people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.plate.face_scale import yaw_deg
from pipeline.plate.landmarks import CHIN, FOREHEAD, Face
from pipeline.plate.rulers import FACE_HEIGHT
from pipeline.plate.skin import person_cover
from pipeline.qa.person import Person

SIDE_PX = 512
# Rows of so many mm, from under the chin down, and as far as shoulders are looked for.
FIRST_MM, STEP_MM, LAST_MM = 10.0, 5.0, 260.0
# A run of body this wide is shoulders and no neck any more, one that is wider than that is not one body's, and one that begins
# further beside the chin than that is something else.
SHOULDERS_MM, NOT_ONE_MM, BESIDE_MM = 260.0, 1000.0, 80.0
# How far the chin goes aside over the shoulders when head and body turn, in mm a degree.
ASIDE_A_DEGREE = 2.1


@dataclass(frozen=True)
class Shoulders:
    """Lengths in mm at the face's scale.

    - `neck`: from the chin down to where the body is as wide as shoulders, or as the frame; `neck_ends` whether that was seen, else it is
      at least as long. `wide`: the body's greatest width, as far as it is seen. `aside`: how far the middle of the shoulders
      lies beside the chin, beyond what the head's turn makes; None where the frame cuts them.
    - `column` (3, 2), `row` (2, 2): chin to shoulders, and the shoulders' ends, in the person's pixels.
    """

    neck: float
    neck_ends: bool
    wide: float
    aside: float | None
    column: np.ndarray
    row: np.ndarray


@dataclass(frozen=True)
class _Run:
    down: float
    left: float
    right: float
    whole: bool


def shoulders_under(person: Person, face: Face) -> Shoulders | None:
    """What is seen of neck and shoulders under a face; None where the frame or something else leaves too little."""
    height, width = person.srgb.shape[:2]
    by = SIDE_PX / max(height, width)
    size = round(width * by), round(height * by)
    body = person_cover(person.srgb, size) > 0.5
    scale = float(np.linalg.norm(face.points[CHIN] - face.points[FOREHEAD])) / FACE_HEIGHT.mm * by
    chin = face.points[CHIN, :2] * by
    runs = [run for down in np.arange(FIRST_MM, LAST_MM, STEP_MM) if (run := _run(body, chin, scale, float(down)))]
    if len(runs) < 4 or max(run.right - run.left for run in runs) > NOT_ONE_MM:
        return None
    shouldered = [run for run in runs if run.right - run.left >= SHOULDERS_MM]
    widest = max(runs, key=lambda run: run.right - run.left)
    whole = [run for run in runs if run.whole]
    aside = None
    if whole and shouldered:
        at = max(whole, key=lambda run: run.right - run.left)
        aside = (at.left + at.right) / 2 - ASIDE_A_DEGREE * yaw_deg(face)
    # What the frame cuts is no neck any more, however near the frame is.
    ends = next((run for run in runs if run.right - run.left >= SHOULDERS_MM or not run.whole), None)
    neck = (ends or runs[-1]).down

    def person_px(right_mm: float, down_mm: float) -> np.ndarray:
        return (chin + np.array([right_mm, down_mm]) * scale) / by

    return Shoulders(
        neck=neck,
        neck_ends=ends is not None,
        wide=widest.right - widest.left,
        aside=aside,
        column=np.stack(
            [person_px(0, 0), person_px(0, neck), person_px((widest.left + widest.right) / 2, widest.down)]
        ),
        row=np.stack([person_px(widest.left, widest.down), person_px(widest.right, widest.down)]),
    )


def _run(body: np.ndarray, chin: np.ndarray, scale: float, down_mm: float) -> _Run | None:
    """The run of body (h, w) bool nearest under the chin, `down_mm` below it; None below the frame or beside nothing."""
    y = round(float(chin[1] + down_mm * scale))
    if not 0 <= y < body.shape[0] - 1:
        return None
    edges = np.flatnonzero(np.diff(np.concatenate([[0], body[y].astype(np.int8), [0]])))
    if not len(edges):
        return None
    starts, ends = edges[::2], edges[1::2]
    off = np.maximum(np.maximum(starts - chin[0], chin[0] - (ends - 1)), 0)
    nearest = int(off.argmin())
    if off[nearest] > BESIDE_MM * scale:
        return None
    start, end = int(starts[nearest]), int(ends[nearest])
    whole = start > 1 and end < body.shape[1] - 1
    return _Run(down_mm, float(start - chin[0]) / scale, float(end - chin[0]) / scale, whole)
