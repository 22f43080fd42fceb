"""A ring or a bracelet on a plate: round its finger or wrist, before it with the near arc, behind it with the far one.

The photo decides the view and the plate is what it is, so the two must meet: a band is worn where the finger or wrist is
seen from about the height that the photo looked down on the band from. Where they don't, the piece is refused and the
nearest fit is named; it is never turned in depth.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from pipeline.engines.plate_canvas import Canvas, Fit, box_of
from pipeline.engines.protocol import PieceFacts
from pipeline.engines.silhouette import PiecePart
from pipeline.errors import PlacementRefused
from pipeline.imaging.view import BandView, band_view
from pipeline.plate.anchor import Anchor
from pipeline.plate.limb import across

# Landmarks tell a limb's tilt to about 15 degrees; up to the first difference nobody sees it, past the second all do.
TILT_SEEN_DEG, TILT_REFUSED_DEG = 26.0, 42.0
# A bracelet shows its whole near arc, bare and long: how far that may bulge along the arm beyond what the arm's own tilt
# would show, in parts of its half width.
BULGE_REFUSED = 0.42
# A worn ring is as wide inside as the finger, give or take flesh; a plate's own scale is trusted to two errors.
SNUG = 1.04
# A finger that a ring misfits by this much (in log) is as little suited as one that landmarks hardly show.
MISFIT = 0.15
# A bracelet that goes on is at least as wide inside as the wrist where it rests, flesh giving way a little.
GOES_ON = 1.0
RING_SLACK, BANGLE_SLACK = (0.84, 1.2), (0.9, 1.55)
# Of a snug ring's far arc this much is seen past the finger's edge, in parts of the ellipse's half minor axis; and the
# finger's own neighbourhood in which that holds, in its half widths.
TURN_SEEN, ROUND_THE_EDGE = 0.10, 1.3

# What lies further than this outside the round and is this long is no part of it: a safety chain. One that hangs this
# near to the vertical looks as it should.
BESIDE_MM, LOOSE_MM, PLUMB_DEG = 3.0, 8.0, 30.0


def view_of(part: PiecePart, facts: PieceFacts) -> BandView | None:
    """The band's view; None for what was photographed laid open in a line, as straps are."""
    try:
        return band_view(part.mask)
    except PlacementRefused:
        if facts.category == "ring":
            raise
        return None


def band_fit(part: PiecePart, view: BandView, anchors: list[Anchor], facts: PieceFacts, mm_per_px: float) -> Fit:
    """The band on whichever of the anchors suits its view best. Raises PlacementRefused where none does, or for its size."""
    inner_mm = 2 * view.inner_px * mm_per_px

    def unsuited(a: Anchor) -> float:
        fits = abs(float(np.log(inner_mm / (SNUG * a.width_mm)))) / MISFIT if facts.category == "ring" else 0.0
        return abs(abs(a.tilt_deg) - view.tilt_deg) / 30 - a.confidence + fits

    anchor = min(anchors, key=unsuited)
    off = abs(abs(anchor.tilt_deg) - view.tilt_deg)
    bulge = abs(np.sin(np.radians(view.tilt_deg)) - np.sin(np.radians(abs(anchor.tilt_deg))))
    notes: list[str] = []
    if off > TILT_REFUSED_DEG or (facts.category != "ring" and bulge > BULGE_REFUSED):
        raise PlacementRefused(
            "plate.view-unsuited",
            f"The photo looks {view.tilt_deg:.0f}° down on the {facts.category}, but the {anchor.name} lies at "
            f"{abs(anchor.tilt_deg):.0f}° to the camera: it would look turned the wrong way.",
            f"The nearest fit is a photo taken from {_highest(anchor, facts):.0f}° over the band or less, or a plate "
            f"whose {anchor.part} points {view.tilt_deg:.0f}° towards the camera; the maquette takes the photo's own view.",
        )
    if off > TILT_SEEN_DEG:
        notes.append(
            f"The photo looks {view.tilt_deg:.0f}° down on the band and the {anchor.name} lies at "
            f"{abs(anchor.tilt_deg):.0f}°: a closer view would sit better."
        )
    px_per_mm, more = _snug_scale(anchor, inner_mm, facts)
    plate_point = _at_rest(anchor, inner_mm, px_per_mm) if facts.category != "ring" else np.array(anchor.point)
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
    more += _stands_off(part, view, turn, mm_per_px, facts)
    thick = float(np.clip(view.thickness_px * mm_per_px, 0.9, 4.5))
    return Fit(
        anchor=anchor,
        part=part,
        photo_point=view.centre,
        plate_point=plate_point,
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


def _highest(anchor: Anchor, facts: PieceFacts) -> float:
    """The steepest view, in degrees over the band, that this limb still wears."""
    tilt = abs(anchor.tilt_deg)
    if facts.category == "ring":
        return min(tilt + TILT_REFUSED_DEG, 90.0)
    bulge = float(np.degrees(np.arcsin(min(np.sin(np.radians(tilt)) + BULGE_REFUSED, 1.0))))
    return min(tilt + TILT_REFUSED_DEG, bulge)


def _stands_off(part: PiecePart, view: BandView, turn_deg: float, mm_per_px: float, facts: PieceFacts) -> list[str]:
    """What to say of a chain that hung or lay beside the round in the photo, where it doesn't hang down on the plate.

    It stays as it was photographed: turning it alone would tear it from the round.
    """
    y, x = np.nonzero(part.mask)
    u, v = view.local(x, y)
    angle = np.arctan2(v, u)
    on_line = view.centre + (
        np.cos(angle)[:, None] * view.across * view.major_px + np.sin(angle)[:, None] * view.near * view.minor_px
    )
    outside = np.hypot(u, v) > 1
    away = np.where(outside, np.hypot(x - on_line[:, 0], y - on_line[:, 1]), 0.0)
    if len(view.head) >= 3:
        head = np.zeros(part.mask.shape, np.uint8)
        cv2.fillPoly(head, [np.round(view.head).astype(np.int32)], (1,))
        away = np.where(head[y, x] > 0, 0.0, away)
    beside = np.zeros(part.mask.shape, bool)
    far = away > max(1.5 * view.thickness_px, BESIDE_MM / mm_per_px)
    beside[y[far], x[far]] = True
    labels, count = ndimage.label(beside, np.ones((3, 3)))
    if not count:
        return []
    largest = labels == 1 + int(np.argmax(ndimage.sum_labels(beside, labels, range(1, count + 1))))
    rows, columns = np.nonzero(largest)
    points = np.stack([columns, rows], 1).astype(np.float64)
    if float(np.ptp(points, axis=0).max()) * mm_per_px < LOOSE_MM:
        return []
    root = points[np.argmin(np.hypot(*(points - view.centre).T))]
    hangs = points.mean(0) - root
    turn = np.radians(turn_deg)
    across, down = (
        np.cos(turn) * hangs[0] - np.sin(turn) * hangs[1],
        np.sin(turn) * hangs[0] + np.cos(turn) * hangs[1],
    )
    off = float(np.degrees(np.arccos(np.clip(down / max(np.hypot(across, down), 1e-6), -1, 1))))
    if off < PLUMB_DEG:
        return []
    return [
        f"A loose end of the {facts.category} stands {off:.0f}° off the vertical: it stays as it was photographed. "
        "Photograph it hanging or tucked away, or choose a plate on which the arm lies the other way."
    ]


def _at_rest(anchor: Anchor, inner_mm: float, px_per_mm: float) -> np.ndarray:
    """Where the middle of a rigid round lies (2,): one that is wider than the arm hangs from it and touches its upper edge."""
    point = np.array(anchor.point)
    gap_px = inner_mm * px_per_mm - anchor.width_px
    if gap_px <= 0:
        return point
    sideways = across(np.array(anchor.axis))
    down = sideways if sideways[1] >= 0 else -sideways
    return np.asarray(point + down * gap_px / 2)
