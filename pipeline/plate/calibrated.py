"""A Calibration, made by hand on a plate, as an Anchor: it stands instead of whatever was found there.

The rest of the same hand or head follows its scale: one place measured tells how large the person is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.direction import Calibration
from pipeline.errors import PlacementRefused
from pipeline.plate.anchor import Anchor, BodyPart, part_of, unit, xy
from pipeline.plate.limb import across

# Two clicks are good to about a pixel and a half each, a typed width to about two in a hundred.
CLICK_PX, TYPED_ERROR = 1.5, 0.02
# Where an ear is pierced, as a share of its height from its lowest point.
PIERCING_UP = 0.11
BELIEVABLE_MM: dict[BodyPart, tuple[float, float]] = {
    "finger": (9.0, 32.0),
    "wrist": (30.0, 95.0),
    "neck": (70.0, 200.0),
    "ear": (35.0, 90.0),
}


# How well one place's scale serves another of the same hand or head, which lies at another depth.
SAME_HAND, SAME_HEAD = 0.02, 0.03


def measured(found: Sequence[Anchor], calibrations: Sequence[Calibration], size_px: tuple[int, int]) -> list[Anchor]:
    """The anchors `found` on a plate with what was measured by hand in front of them, which the others of a body follow.

    Raises PlacementRefused for a calibration that can't be right.
    """
    by_name = {anchor.name: anchor for anchor in found}
    made = [calibrated_anchor(c, size_px, by_name.get(c.anchor)) for c in calibrations]
    rest = [a for a in found if all(a.name != m.name for m in made)]
    return [*made, *(_following(a, made, by_name) for a in rest)]


def _following(anchor: Anchor, made: Sequence[Anchor], found: dict[str, Anchor]) -> Anchor:
    kin = [m for m in made if _body(m.name) is not None and _body(m.name) == _body(anchor.name)]
    if not kin:
        return anchor
    ruler = min(kin, key=lambda m: m.scale_error)
    # Where the same place was read too, the two places' depths are told apart as they were read.
    deeper = anchor.px_per_mm / found[ruler.name].px_per_mm if ruler.name in found else 1.0
    px_per_mm = ruler.px_per_mm * deeper
    error = float(np.hypot(ruler.scale_error, SAME_HAND if anchor.part in ("finger", "wrist") else SAME_HEAD))
    if error >= anchor.scale_error:
        return anchor
    return replace(
        anchor,
        px_per_mm=px_per_mm,
        width_mm=anchor.width_px / px_per_mm,
        scale_from=f"what was measured by hand at {ruler.name}",
        scale_error=error,
    )


def _body(name: str) -> str | None:
    """The hand or the head that an anchor is of; None for one whose side isn't known."""
    if part_of(name) in ("ear", "neck"):
        return "head"
    side, _, rest = name.partition("-")
    return side if rest else None


def calibrated_anchor(calibration: Calibration, size_px: tuple[int, int], found: Anchor | None) -> Anchor:
    """The anchor that a person measured. `found` is what was read there, for a direction or tilt the person left out.

    Raises PlacementRefused for points outside the plate, a name that is no anchor's, and a width no body part has.
    """
    part = part_of(calibration.anchor)
    if part is None:
        raise PlacementRefused(
            "plate.anchor-unknown",
            f"“{calibration.anchor}” is no place that a piece is worn.",
            "Name a finger, a wrist, an ear or the neck, such as left-ring-proximal, right-wrist, left-ear or neck.",
        )
    points = [*calibration.edges, *(calibration.axis or ())]
    width, height = size_px
    if any(not (-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5) for x, y in points):
        raise PlacementRefused(
            "plate.calibration-outside",
            f"The calibration of {calibration.anchor} has a point outside the plate, which is {width} x {height} px.",
            "Set its points on the plate, in the upright picture's own pixels.",
        )
    low, high = BELIEVABLE_MM[part]
    if not low <= calibration.width_mm <= high:
        measure = "height" if part == "ear" else "width"
        raise PlacementRefused(
            "plate.calibration-size",
            f"A {part} {calibration.width_mm:g} mm in {measure} is none that a person has ({low:g} to {high:g} mm).",
            "Type the real distance between the two points, in millimetres.",
        )
    a, b = (np.array(p, float) for p in calibration.edges)
    axis = _axis(calibration, part, a, b, found)
    if part == "ear":
        top, low_end = (a, b) if a[1] <= b[1] else (b, a)
        edges, point = (top, low_end), low_end + (top - low_end) * PIERCING_UP
    else:
        left, right = (a, b) if (b - a) @ across(axis) > 0 else (b, a)
        edges, point = (left, right), (a + b) / 2
    # A width is measured across: edge points set a little askew lie further apart than the part is wide.
    width_px = float(np.linalg.norm(b - a)) if part == "ear" else abs(float((b - a) @ across(axis)))
    if width_px < 0.5 * float(np.linalg.norm(b - a)):
        raise PlacementRefused(
            "plate.calibration-askew",
            f"The calibration of {calibration.anchor} has its axis running along the line between its edges.",
            "Set the edge points across the body part and the axis points along it.",
        )
    return Anchor(
        name=calibration.anchor,
        part=part,
        point=xy(point),
        axis=xy(axis),
        edges=(xy(edges[0]), xy(edges[1])),
        width_px=width_px,
        width_mm=calibration.width_mm,
        px_per_mm=width_px / calibration.width_mm,
        tilt_deg=calibration.tilt_deg if calibration.tilt_deg is not None else (found.tilt_deg if found else 0.0),
        scale_from="measured by hand",
        scale_error=float(np.hypot(TYPED_ERROR, CLICK_PX / width_px)),
        confirmed_by=("calibration",),
        confidence=1.0,
    )


def _axis(calibration: Calibration, part: BodyPart, a: np.ndarray, b: np.ndarray, found: Anchor | None) -> np.ndarray:
    if calibration.axis:
        start, end = (np.array(p, float) for p in calibration.axis)
        return unit(end - start)
    if part == "ear":
        return unit(b - a) if b[1] >= a[1] else unit(a - b)
    upright = unit(across(unit(b - a)))
    if found is not None:
        return upright if upright @ np.array(found.axis) >= 0 else -upright
    # Necks run down the picture; a limb of unknown direction is taken to come up from below.
    points_down = upright[1] > 0
    return upright if points_down == (part == "neck") else -upright
