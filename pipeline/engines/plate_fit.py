"""How a piece is worn on a plate's anchor: what lies where, at what turn and scale, and what the body hides of it.

The photo decides the view and the plate is what it is, so the two must meet: a band is worn where the finger or wrist is
seen from about the height that the photo looked down on the band from. Where they don't, the piece is refused and the
nearest fit is named; it is never turned in depth.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from scipy import ndimage

from pipeline.direction import Direction
from pipeline.engines.plate_canvas import Canvas, Fit, box_of
from pipeline.engines.plate_ear import BOTH_EARS, ear_fit
from pipeline.engines.plate_necklace import neck_fit
from pipeline.engines.protocol import PieceFacts
from pipeline.engines.silhouette import PiecePart, parts_of
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.view import BandView, band_view
from pipeline.plate.along import moved_along
from pipeline.plate.anchor import WORN_ON, Anchor
from pipeline.plate.hair import hair_region
from pipeline.plate.limb import across
from pipeline.plate.reading import PlateReading

# Landmarks tell a limb's tilt to about 15 degrees; up to the first difference nobody sees it, past the second all do.
TILT_SEEN_DEG, TILT_REFUSED_DEG = 26.0, 42.0
# A worn ring is as wide inside as the finger, give or take flesh; a plate's own scale is trusted to two errors.
SNUG = 1.04
# A bracelet that goes on is at least as wide inside as the wrist where it rests, flesh giving way a little.
GOES_ON = 1.0
RING_SLACK, BANGLE_SLACK = (0.84, 1.2), (0.9, 1.55)
LEAST_CONFIDENCE = 0.25
# Of a snug ring's far arc this much is seen past the finger's edge, in parts of the ellipse's half minor axis; and the
# finger's own neighbourhood in which that holds, in its half widths.
TURN_SEEN, ROUND_THE_EDGE = 0.10, 1.3
STRAP_MM = 1.2


def fitted(
    piece: CutPiece, facts: PieceFacts, reading: PlateReading, direction: Direction, lab: Callable[[], np.ndarray]
) -> Fit:
    """The piece's fit on the anchor that the Direction asks for, or on the one that suits it best. `lab` answers the
    plate in CIE Lab, for a piece that is to sit elsewhere along its limb.

    Raises PlacementRefused with the reason and the nearest fit.
    """
    asked = direction.plate.anchor if direction.plate else "auto"
    anchors = _candidates(reading, facts, asked)
    if direction.placement.along_mm and anchors[0].part in ("finger", "wrist"):
        anchors = _moved(anchors, direction.placement.along_mm, reading, lab())
    mm_per_px = facts.width_mm / piece.width_px
    if facts.category == "necklace":
        return neck_fit(
            piece, anchors[0], mm_per_px, reading, hair_region(lab(), reading.faces, reading.skin), direction.placement
        )
    parts = parts_of(piece)
    if facts.category == "earring":
        return ear_fit(parts, anchors, mm_per_px, asked)
    view = _view(parts[0], facts)
    if view is None:
        return _strap_fit(parts[0], anchors[0], mm_per_px)
    return _band_fit(parts[0], view, anchors, facts, mm_per_px)


def _candidates(reading: PlateReading, facts: PieceFacts, asked: str) -> list[Anchor]:
    part = WORN_ON[facts.category]
    suited = [a for a in reading.anchors_for(facts.category) if a.confidence >= LEAST_CONFIDENCE]
    if asked == BOTH_EARS and part == "ear":
        missing = [name for name in ("left-ear", "right-ear") if all(a.name != name for a in suited)]
        if missing:
            raise PlacementRefused(
                "plate.anchor-missing",
                f"The {missing[0].replace('-', ' ')} is not on this plate: "
                f"{reading.doubts.get(missing[0], 'nothing shows it surely enough')}.",
                "Choose one ear, or a plate that looks at the camera with both lobes bare.",
            )
        return suited
    if asked != "auto":
        named = reading.named(asked)
        if named is None or named.confidence < LEAST_CONFIDENCE:
            why = reading.doubts.get(asked, "nothing on the plate shows it surely enough")
            others = ", ".join(a.name for a in suited)
            raise PlacementRefused(
                "plate.anchor-missing",
                f"The anchor {asked} is not on this plate: {why}.",
                f"Choose one of: {others}." if others else f"Measure the {part} by hand, or choose another plate.",
            )
        if named.part != part:
            raise PlacementRefused(
                "plate.anchor-unsuited",
                f"A {facts.category} is not worn on the {named.part} ({asked}).",
                f"Choose one of: {', '.join(a.name for a in suited)}." if suited else f"It needs a {part}.",
            )
        return [named]
    if not suited:
        reasons = [f"{name}: {why}" for name, why in sorted(reading.doubts.items()) if part in name or part == "finger"]
        shown = sorted({a.part for a in reading.anchors})
        raise PlacementRefused(
            "plate.no-anchor",
            f"No {part} was found on this plate for the {facts.category}"
            + (f" ({'; '.join(reasons[:3])})." if reasons else f"; it shows: {', '.join(shown) or 'none'}."),
            f"Choose a plate that shows a bare {part}, or measure the {part} on this one by hand.",
        )
    return suited


def _moved(anchors: list[Anchor], along_mm: float, reading: PlateReading, lab: np.ndarray) -> list[Anchor]:
    """The anchors further along their limbs; those left out whose limb ends before."""
    answers = {a.name: moved_along(a, along_mm, lab, reading.skin) for a in anchors}
    found = [a for a in answers.values() if isinstance(a, Anchor)]
    if not found:
        name, why = next((n, w) for n, w in answers.items() if isinstance(w, str))
        raise PlacementRefused(
            "placement.off-body",
            f"The piece can't sit {abs(along_mm):g} mm {'further out' if along_mm > 0 else 'further back'} on the {name}: {why}.",
            "Move it back towards the anchor.",
        )
    return found


def _view(part: PiecePart, facts: PieceFacts) -> BandView | None:
    """The band's view; None for what was photographed laid open in a line, as straps are."""
    try:
        return band_view(part.mask)
    except PlacementRefused:
        if facts.category == "ring":
            raise
        return None


def _band_fit(part: PiecePart, view: BandView, anchors: list[Anchor], facts: PieceFacts, mm_per_px: float) -> Fit:
    anchor = min(anchors, key=lambda a: abs(abs(a.tilt_deg) - view.tilt_deg) / 30 - a.confidence)
    off = abs(abs(anchor.tilt_deg) - view.tilt_deg)
    notes: list[str] = []
    if off > TILT_REFUSED_DEG:
        raise PlacementRefused(
            "plate.view-unsuited",
            f"The photo looks {view.tilt_deg:.0f}° down on the {facts.category}, but the {anchor.name} lies at "
            f"{abs(anchor.tilt_deg):.0f}° to the camera: it would look turned the wrong way.",
            f"The nearest fit is a photo taken from about {max(abs(anchor.tilt_deg), 10):.0f}° over the band, or a plate "
            f"whose {anchor.part} points {view.tilt_deg:.0f}° towards the camera; the maquette takes the photo's own view.",
        )
    if off > TILT_SEEN_DEG:
        notes.append(
            f"The photo looks {view.tilt_deg:.0f}° down on the band and the {anchor.name} lies at "
            f"{abs(anchor.tilt_deg):.0f}°: a closer view would sit better."
        )
    inner_mm = 2 * view.inner_px * mm_per_px
    px_per_mm, more = _snug_scale(anchor, inner_mm, facts)
    # The limb's end that is nearer to the camera leaves the round over its far arc.
    outward = np.array(anchor.axis) * (1 if anchor.tilt_deg >= 0 else -1)
    photo_far = -view.near
    turn = float(np.degrees(np.arctan2(outward[1], outward[0]) - np.arctan2(photo_far[1], photo_far[0])))

    def hidden(canvas: Canvas, drawn: np.ndarray) -> np.ndarray:
        x, y = canvas.photo_xy()
        _, v = view.local(x, y)
        soft = 1.5 / max(view.minor_px, 1.0)
        far = np.clip(-v / soft * 0.5 + 0.5, 0, 1)
        if front_head:
            head = np.zeros(part.mask.shape, np.uint8)
            cv2.fillPoly(head, [np.round(view.head).astype(np.int32)], (255,))
            front = cv2.warpPerspective(head, canvas.matrix, canvas.skin.shape[::-1], flags=cv2.INTER_LINEAR) / 255
            far = far * (1 - front)
        # Past the limb's edge a snug band bends out of sight at once; only its turn is still seen there.
        turned = np.clip((-v - TURN_SEEN) / 0.08, 0, 1) * canvas.beside(anchor, ROUND_THE_EDGE)
        # Between its edges the limb is there, whatever colour lies on it: a sleeve's shade, a tattoo, another band.
        between = np.maximum(canvas.surface.limb, canvas.beside(anchor, 1.0))
        return (far * np.maximum(between, turned * snug)).astype(np.float32)

    snug = 1.0 if facts.category == "ring" else 0.0
    # A ring's head stands before its finger wherever it is; what is thick on a bracelet's far arc is its clasp, behind.
    front_head = len(view.head) >= 3
    if front_head and facts.category != "ring":
        middle = np.mean(view.head, axis=0)
        front_head = float(view.local(middle[:1], middle[1:])[1][0]) > 0
    thick = float(np.clip(view.thickness_px * mm_per_px, 0.9, 4.5))
    return Fit(
        anchor=anchor,
        part=part,
        photo_point=view.centre,
        plate_point=np.array(anchor.point),
        turn_deg=turn,
        px_per_mm=px_per_mm,
        box=box_of(part),
        hidden=hidden,
        lift_mm=(0.05, 0.05),
        thickness_mm=thick,
        notes=notes + more,
    )


def _snug_scale(anchor: Anchor, inner_mm: float, facts: PieceFacts) -> tuple[float, list[str]]:
    """The plate's scale at a band. A ring that fits is the better ruler, as long as it agrees with the plate's own."""
    low, high = RING_SLACK if facts.category == "ring" else BANGLE_SLACK
    ratio = inner_mm / anchor.width_mm
    doubt = 1 + 2 * anchor.scale_error
    if not low / doubt <= ratio <= high * doubt:
        small = ratio < low
        raise PlacementRefused(
            "placement.too-small" if small else "placement.too-large",
            f"The {facts.category} is {inner_mm:.1f} mm wide inside and the {anchor.name} {anchor.width_mm:.1f} mm: "
            f"it would {'not go on' if small else 'fall off'}.",
            "Check the piece's full width in mm; or measure the body part on the plate by hand if its scale is wrong"
            f" (it was taken from {anchor.scale_from}).",
        )
    if "measured by hand" in anchor.scale_from:
        return anchor.px_per_mm, []
    if facts.category != "ring":
        goes_on = anchor.width_px / (inner_mm * GOES_ON)
        if goes_on <= anchor.px_per_mm:
            return anchor.px_per_mm, []
        return goes_on, [
            f"The {facts.category} is {inner_mm:.0f} mm wide inside and goes on this wrist, so the plate's scale is taken to "
            f"be {goes_on / anchor.px_per_mm - 1:.0%} larger than it reads by itself."
        ]
    worn = anchor.width_px / (inner_mm * SNUG)
    if abs(np.log(worn / anchor.px_per_mm)) > max(2.5 * anchor.scale_error, 0.15):
        return anchor.px_per_mm, []
    return worn, [
        f"The plate's scale at {anchor.name} is taken from the ring itself, {inner_mm:.1f} mm inside, which fits it;"
        f" the plate's own differs by {abs(worn / anchor.px_per_mm - 1):.0%}."
    ]


def _strap_fit(part: PiecePart, anchor: Anchor, mm_per_px: float) -> Fit:
    """A watch or a bracelet laid open: straight across the wrist, and round it where the wrist's outline ends."""
    y, x = np.nonzero(part.mask)
    points = np.stack([x, y], 1).astype(np.float64)
    middle = points.mean(0)
    _, vectors = np.linalg.eigh(np.cov((points - middle).T))
    along = vectors[:, 1]
    length = float(np.ptp((points - middle) @ along)) * mm_per_px
    if length < 0.9 * anchor.width_mm:
        raise PlacementRefused(
            "plate.view-unsuited",
            f"The piece is {length:.0f} mm long in its photo and the {anchor.name} {anchor.width_mm:.0f} mm wide: "
            "its ends would lie on the skin.",
            "Use a photo of the closed piece seen from the front, or one of the whole strap.",
        )
    # Its upper end in the photo goes to the side that needs the lesser turn.
    wrist = across(np.array(anchor.axis))
    along = along if along @ wrist >= 0 else -along
    turn = float(np.degrees(np.arctan2(wrist[1], wrist[0]) - np.arctan2(along[1], along[0])))

    def hidden(canvas: Canvas, drawn: np.ndarray) -> np.ndarray:
        # The strap has a thickness: that much of it is seen past the wrist's own outline, where it turns away.
        wide = 2 * max(round(STRAP_MM * canvas.px_per_mm), 1) + 1
        return 1 - cv2.dilate(canvas.surface.limb, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide)))

    dial = ndimage.distance_transform_edt(part.mask)
    centre = np.array(np.unravel_index(int(dial.argmax()), dial.shape)[::-1], float)
    return Fit(
        anchor, part, centre, np.array(anchor.point), turn, anchor.px_per_mm, box_of(part), hidden, (0.1, 0.1), 3.0
    )
