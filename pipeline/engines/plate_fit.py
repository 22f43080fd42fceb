"""How a piece is worn on a plate's anchor: what lies where, at what turn and scale, and what the body hides of it.

Each category has its own module; here is which anchor is taken, and how a strap laid open is worn.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from scipy import ndimage

from pipeline.direction import Direction
from pipeline.engines.plate_band import band_fit, view_of
from pipeline.engines.plate_canvas import Canvas, Fit, box_of
from pipeline.engines.plate_ear import BOTH_EARS, ear_fit
from pipeline.engines.plate_necklace import neck_fit
from pipeline.engines.protocol import PieceFacts
from pipeline.engines.silhouette import PiecePart, parts_of
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.plate.along import moved_along
from pipeline.plate.anchor import WORN_ON, Anchor
from pipeline.plate.hair import hair_region
from pipeline.plate.jaw import head_region
from pipeline.plate.limb import across
from pipeline.plate.reading import PlateReading

LEAST_CONFIDENCE = 0.25
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
        hair, head = hair_region(lab(), reading.faces, reading.skin), head_region(lab(), reading.faces)
        return neck_fit(piece, anchors[0], mm_per_px, reading, hair, head, direction.placement)
    parts = parts_of(piece)
    if facts.category == "earring":
        return ear_fit(parts, anchors, mm_per_px, asked)
    view = view_of(parts[0], facts)
    if view is None:
        return _strap_fit(parts[0], anchors[0], mm_per_px)
    return band_fit(parts[0], view, anchors, facts, mm_per_px)


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
