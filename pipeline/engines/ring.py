"""A ring on a finger: the finger that fits it, made to the ring's own size, in the view that its photo shows.

A display hand is made to its ring: the hand is drawn so large that the finger fills the ring, as long as that is a hand's
size. Which finger, follows from the pose; where that one would need a giant's or a child's hand, a neighbour takes it.
"""

from __future__ import annotations

import numpy as np

from pipeline.direction import Direction
from pipeline.engines.limb import Band, brought_up, lit, put_on
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.engines.silhouette import parts_of
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.view import band_view
from pipeline.stage.hand import HandSculpture, Side, hand_sculpture
from pipeline.stage.hand_pose import hand_stance
from pipeline.stage.poses import pose_named

# A hand is made at this much of its build's size at most, so that it stays an adult's.
SMALLEST_HAND, LARGEST_HAND = 0.84, 1.22
# The finger is a trace wider than the ring's opening: skin fills it.
SNUG = 1.01
# Steeper than this over its plane, the camera would look down the finger from its tip.
STEEPEST_TILT_DEG = 50.0
# Inside diameters that rings are made in, from a child's to the largest (ISO 8653 sizes 41 to 76, with room).
INSIDE_MM = (12.0, 25.5)
NEXT_BEST = ("ring-proximal", "middle-proximal", "index-proximal", "little-proximal")
# A picture of a finger shows some of the hand round it, however small the ring.
NARROWEST_FRAME_MM = 30.0


def worn(piece: CutPiece, facts: PieceFacts, direction: Direction, progress: Progress) -> Scene:
    """The ring on its finger.

    Raises PlacementRefused for a view or a size that no finger could wear, DirectionRefused for the pose.
    """
    parts = parts_of(piece)
    band = Band.of(band_view(parts[0].mask), facts.width_mm / piece.width_px)
    _check_view(band)
    held = hand_stance(direction.pose, ("ring",))
    direction, turned = brought_up(direction, band, held)
    side, place = _asked(direction)
    hand = hand_sculpture(direction.body, held, side)
    free = direction.placement.anchor == "auto"
    place, scale = fitted(hand, place, band, free)
    worn_on = put_on(
        piece, parts[0], band, hand, place, held, scale, direction, direction.size_px()[0] / NARROWEST_FRAME_MM
    )
    progress.report("stage", 0.15)
    scene = lit(worn_on, piece, direction, progress)
    finger = place.split("-")[0]
    words = finger if finger == "thumb" else f"{finger} finger"
    scene.notes.append(
        f"Inside {2 * band.inner_mm:.1f} mm wide, worn on the {side} {words}; the hand is made at {scale:.0%} of its build."
    )
    scene.notes += turned
    if band.view.confidence < 0.5:
        scene.notes.append(
            "The photo doesn't say clearly which arc of the ring is near; check that the right one shows."
        )
    if len(parts) > 1:
        scene.notes.append(f"The photo shows {len(parts)} separate parts; the largest is worn.")
    return scene


def _asked(direction: Direction) -> tuple[Side, str]:
    anchor = direction.placement.anchor
    if anchor == "auto":
        anchor = pose_named(direction.pose.name, ("ring",)).anchor  # type: ignore[assignment]
    side, _, place = anchor.partition("-")
    if side not in ("left", "right") or place in ("wrist", "ear") or not place:
        raise PlacementRefused(
            "placement.anchor", f"A ring isn't worn at “{anchor}”.", "Choose a finger's phalanx, or “auto”."
        )
    return ("left" if side == "left" else "right"), place


def _check_view(band: Band) -> None:
    if band.view.tilt_deg > STEEPEST_TILT_DEG:
        raise PlacementRefused(
            "view.through-the-hole",
            f"The photo looks through the ring ({band.view.tilt_deg:.0f}° over its plane): a finger in it would point at the camera.",
            "Choose the engine “still”, or send a photo taken from lower, about 20° over the ring's plane.",
        )
    low, high = INSIDE_MM
    inside = 2 * band.inner_mm
    if inside > high:
        raise PlacementRefused(
            "placement.too-large",
            f"Inside, the ring would be {inside:.1f} mm wide: bigger than any finger ({high:.1f} mm).",
            "Check the width in mm: it is that of the whole piece as it lies in the photo.",
        )
    if inside < low:
        raise PlacementRefused(
            "placement.too-small",
            f"Inside, the ring would be {inside:.1f} mm wide: smaller than any finger ({low:.1f} mm).",
            "Check the width in mm: it is that of the whole piece as it lies in the photo.",
        )


def fitted(hand: HandSculpture, place: str, band: Band, free: bool) -> tuple[str, float]:
    """The place that wears the ring and the scale at which its finger fills it. Raises PlacementRefused where none does."""

    def scale_at(where: str) -> float:
        return band.inner_mm * SNUG / hand.station(where).half_width_mm

    wanted = scale_at(place)
    if SMALLEST_HAND <= wanted <= LARGEST_HAND:
        return place, wanted
    if free:
        scales = {where: scale_at(where) for where in NEXT_BEST}
        best = min(scales, key=lambda where: abs(np.log(scales[where])))
        if SMALLEST_HAND <= scales[best] <= LARGEST_HAND:
            return best, scales[best]
    width = 2 * hand.station(place).half_width_mm
    words, code = ("bigger", "too-large") if wanted > 1 else ("smaller", "too-small")
    raise PlacementRefused(
        f"placement.{code}",
        f"Inside, the ring is {2 * band.inner_mm:.1f} mm wide: {words} than this {place.replace('-', ' ')} "
        f"({width * SMALLEST_HAND:.1f} to {width * LARGEST_HAND:.1f} mm).",
        "Check the width in mm; or choose another finger, “auto”, or another build of body.",
    )
