"""A necklace on a plate: over the shoulders where their outline is, round the neck, behind it, under the hair.

Its photo shows it laid flat from the front, so it hangs as it was photographed, its sides leant in a little by the recorded
warp. Its wearing row comes to lie where the body's outline is on either side, and each strand goes behind there. A plate
on which a strand finds no outline to go behind is refused: a chain never ends in the air.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.direction import Placement
from pipeline.engines.drape import bend_of
from pipeline.engines.exposure import laid_at
from pipeline.engines.plate_canvas import Canvas, Fit
from pipeline.engines.plate_strands import OVER_MM, Side, ends_of, in_front, over_the_outline, strands_of
from pipeline.engines.silhouette import parts_of, worn_loop
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.plate.anchor import Anchor
from pipeline.plate.face_scale import yaw_deg
from pipeline.plate.landmarks import CHIN
from pipeline.plate.reading import PlateReading

NECK_EASE = 1.02
# A body seen further round than this shows no front for a necklace from the front; one within the second wears it well.
TURNED_DEG, FACING_DEG = 45.0, 15.0
# Heads turned by less than this are no reason why a chain finds no outline.
HEAD_TURNED_DEG = 20.0
# The loop is moved sideways by up to so many of the neck's own errors, and so many mm, for both sides to cross alike.
AS_FAR, MOST_MOVED_MM, STEP_MM = 2.0, 14.0, 1.0
# Both sides of a worn loop cross the shoulders about equally high.
LEVEL_MM = 9.0
# A chain leans in by this much at most (radians) where it climbs over the shoulders.
STEEPEST = 0.3
# A chain may go behind neck, jaw or hair up to this far above the chin; further up it would hang from the face.
OVER_CHIN_MM = 15.0
# A crossing nearer to the neck's axis than this, in parts of its width, lies over the neck itself.
BESIDE_NECK = 0.36
# The wearing row, and an open loop's ends with it, comes to lie this far behind the outline.
BEHIND_MM = 3.0
# Gaps in the skin's own region up to this wide are light and tendons, and no outline.
CLOSED_MM = 3.0


def neck_fit(
    piece: CutPiece,
    anchor: Anchor,
    mm_per_px: float,
    reading: PlateReading,
    hair: np.ndarray,
    head: np.ndarray,
    placement: Placement,
) -> Fit:
    """The loop's wearing row where the body's outline is as wide: there it passes over the shoulders' ridge.

    `hair` and `head` (H, W) 0..1 are the plate's. Raises PlacementRefused for a loop that this neck can't wear.
    """
    parts = parts_of(piece)
    part = parts[0]
    _refuse_turned(reading)
    loop = worn_loop(part)
    half_mm = loop.half_width * mm_per_px
    if 2 * half_mm < anchor.width_mm * (NECK_EASE - anchor.scale_error):
        raise PlacementRefused(
            "placement.too-small",
            f"A loop {2 * half_mm:.0f} mm wide doesn't go round this neck, which is {anchor.width_mm:.0f} mm.",
            "Check the piece's full width in mm, or choose another plate.",
        )
    bend = bend_of(part, loop, mm_per_px, placement.drape, STEEPEST)
    strands = strands_of(part, loop)
    aside = [(bend.bent(at) if bend else at)[:, 0] - loop.axis for at in ends_of(part, loop, strands)]
    row, middle = _ridge(anchor, aside[0] * mm_per_px, aside[1] * mm_per_px, reading, hair, head)
    drop = (loop.lowest[1] - loop.wear_row) * mm_per_px * anchor.px_per_mm
    missing_mm = (row + drop - (reading.size_px[1] - 1)) / anchor.px_per_mm
    if missing_mm > 0:
        raise PlacementRefused(
            "plate.cropped",
            f"The plate ends {max(missing_mm, 1):.0f} mm above the necklace's lowest point.",
            "Choose a plate that shows more of the chest, or a shorter necklace.",
        )
    notes = _turned_note(reading)
    if len(parts) > 1:
        notes.append(f"The photo shows {len(parts)} separate parts; the largest is worn, the others are left out.")

    def hidden(canvas: Canvas, drawn: np.ndarray) -> np.ndarray:
        body = _closed(np.maximum(canvas.skin, canvas.person * (1 - canvas.hair)) * (1 - canvas.head), canvas.px_per_mm)
        crossed: dict[Side, int] = {}
        for strand in strands:
            worn = bend.bent(strand.points) if bend else strand.points
            path = worn @ canvas.matrix[:2, :2].T + canvas.matrix[:2, 2]
            at = over_the_outline(path, body, canvas.px_per_mm)
            if at is None or _before_the_neck(path[at], anchor, canvas):
                raise _in_the_air(strand.side, reading)
            crossed[strand.side] = at
        laid = laid_at(canvas.matrix, (body.shape[1], body.shape[0]))
        if canvas.drape is not None:
            laid = laid + canvas.drape
        return (1 - body * in_front(laid, strands, crossed, loop.axis, OVER_MM / mm_per_px)).astype(np.float32)

    return Fit(
        anchor=anchor,
        part=part,
        photo_point=np.array([loop.axis, loop.wear_row]),
        plate_point=np.array([middle, row]),
        turn_deg=0.0,
        px_per_mm=anchor.px_per_mm,
        box=(float(part.box[0]), loop.wear_row, float(part.box[2]), float(part.box[3])),
        hidden=hidden,
        lift_mm=(0.2, 0.5),
        thickness_mm=1.4,
        notes=notes,
        bend=bend,
    )


def _refuse_turned(reading: PlateReading) -> None:
    turn = abs(reading.torso.turn_deg) if reading.torso else 0.0
    if turn <= TURNED_DEG:
        return
    raise PlacementRefused(
        "plate.view-unsuited",
        f"The body on this plate is turned about {min(turn, 90):.0f}°, and the necklace was photographed from the front: "
        "it would look turned the wrong way.",
        f"The nearest fit is a plate whose chest faces the camera within {FACING_DEG:.0f}°; the maquette takes the photo's own "
        "view.",
    )


def _turned_note(reading: PlateReading) -> list[str]:
    turn = abs(reading.torso.turn_deg) if reading.torso else 0.0
    if turn <= FACING_DEG:
        return []
    return [
        f"The chest seems turned about {turn:.0f}°, give or take 20°: past {FACING_DEG:.0f}° a necklace photographed from the "
        "front begins to look flat."
    ]


def _in_the_air(side: Side, reading: PlateReading) -> PlacementRefused:
    # The picture's left is the person's right.
    words = "right" if side == "left" else "left"
    turn = abs(yaw_deg(reading.faces[0])) if reading.faces else 0.0
    why = (
        f"The head is turned {turn:.0f}° and the necklace was photographed from the front"
        if turn > HEAD_TURNED_DEG
        else "No outline of neck or shoulder lies where the necklace would go over it"
    )
    return PlacementRefused(
        "plate.view-unsuited",
        f"{why}: on the person's {words} the chain would end in the air.",
        f"The nearest fit is a plate whose neck faces the camera within {FACING_DEG:.0f}° and shows both shoulders; "
        "or check the piece's full width in mm, or move it down.",
    )


def _before_the_neck(at: np.ndarray, anchor: Anchor, canvas: Canvas) -> bool:
    """Whether a crossing (2,) in picture px lies over the neck itself: there is nothing there for a chain to go behind."""
    along = np.array(anchor.axis)
    axis = canvas.point + along * ((at[1] - canvas.point[1]) / max(along[1], 0.3))
    return bool(abs(at[0] - axis[0]) < BESIDE_NECK * anchor.width_mm * canvas.px_per_mm)


def _closed(body: np.ndarray, px_per_mm: float) -> np.ndarray:
    side = 2 * max(round(CLOSED_MM * px_per_mm / 2), 1) + 1
    return cv2.morphologyEx(body.astype(np.float32), cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))


def _ridge(
    anchor: Anchor,
    left_mm: np.ndarray,
    right_mm: np.ndarray,
    reading: PlateReading,
    hair: np.ndarray,
    head: np.ndarray,
) -> tuple[float, float]:
    """The row at which the loop goes over the shoulders, and the column of its middle there; `left_mm` (negative) and
    `right_mm` are how far from that lies what has to be behind the outline.

    Followed up from the chest on either side, the body ends at the shoulder's outline, under hair or under the jaw. The
    loop's middle is the neck's, moved within its error so that both sides cross about equally high; the higher crossing
    is taken, for on the other side the body hides what is above its own.
    """
    skin, k = reading.skin, anchor.px_per_mm
    height = skin.mask.shape[0]
    chin_row = float(reading.faces[0].points[CHIN, 1]) if reading.faces else anchor.point[1] - 0.4 * anchor.width_px
    chin_row -= OVER_CHIN_MM * k
    body = _closed(np.maximum(skin.mask, skin.person * (1 - hair)) * (1 - head), k)
    low = int(min(anchor.point[1] + anchor.width_px, height - 2.0))
    about = anchor.point[0] + anchor.axis[0] / max(anchor.axis[1], 0.3) * (0.4 * anchor.width_px)
    reach = min(AS_FAR * anchor.point_error_mm, MOST_MOVED_MM)
    best: tuple[float, float, float] | None = None
    alone: dict[Side, bool] = {"left": False, "right": False}
    for moved in np.arange(-np.floor(reach / STEP_MM), reach / STEP_MM + 1e-6) * STEP_MM:
        middle = about + moved * k
        left, right = (_crossing(body, middle + aside * k, low, chin_row) for aside in (left_mm, right_mm))
        alone["left"] |= left is not None
        alone["right"] |= right is not None
        if left is None or right is None:
            continue
        cost = (moved / anchor.point_error_mm) ** 2 + ((left - right) / k / LEVEL_MM) ** 2
        if best is None or cost < best[0]:
            best = cost, min(left, right), float(middle)
    if best is None:
        raise _in_the_air("right" if alone["left"] else "left", reading)
    return best[1] - BEHIND_MM * k, best[2]


def _crossing(body: np.ndarray, columns: np.ndarray, low: int, chin_row: float) -> float | None:
    """The row above which none of the columns holds body, followed up from row `low`; None where one does up to the chin.

    A column outside the plate has its crossing as low as can be: the frame cuts the chain there, and nothing is hidden.
    """
    rows = [float(low)]
    for x in np.round(columns).astype(int):
        inside = body[: low + 1, x] > 0.5 if 0 <= x < body.shape[1] else np.zeros(1, bool)
        if not inside.any():
            continue
        gone = np.nonzero(~inside[: int(np.nonzero(inside)[0][-1]) + 1])[0]
        if not len(gone) or gone[-1] < chin_row:
            return None
        rows.append(float(gone[-1]))
    return min(rows)
