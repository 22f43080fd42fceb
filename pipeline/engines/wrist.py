"""A bracelet, bangle or watch on the wrist, in the view that its photo shows.

The photo keeps a bracelet's round, which doesn't give to a wrist's own form; so the wrist is made to the bracelet within
human limits, fills it from side to side, and rests against its near arc. One that was laid out flat, or photographed
straight from above, can't be worn as it was photographed, and is refused. A watch seen from its front lies over the wrist.
"""

from __future__ import annotations

import numpy as np

from pipeline.direction import Direction
from pipeline.engines.limb import Band, brought_up, lit, put_on
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.engines.silhouette import PiecePart, parts_of
from pipeline.errors import PlacementRefused
from pipeline.imaging.front import front_view, has_opening
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.view import BandView, band_view
from pipeline.stage.hand import Side, hand_sculpture
from pipeline.stage.hand_pose import hand_stance
from pipeline.stage.poses import pose_named
from pipeline.stage.stance import HandStance

# The wrist is made at this much of its build's size at most.
SMALLEST_WRIST, LARGEST_WRIST = 0.86, 1.2
# How much of a bracelet's opening the wrist takes up, across: from loose to close. Loosely worn, its round would stand off.
LOOSE, CLOSE = 0.97, 1.0
STEEPEST_TILT_DEG = 52.0
# A picture of a wrist shows some of hand and arm, however small the piece.
NARROWEST_FRAME_MM = 78.0


def worn(piece: CutPiece, facts: PieceFacts, direction: Direction, progress: Progress) -> Scene:
    """The bracelet or watch on the wrist. Raises PlacementRefused for a view or size that no wrist could wear."""
    parts = parts_of(piece)
    held = hand_stance(direction.pose, (facts.category,))
    side = _asked(direction, facts)
    band = Band.of(_view(parts[0], facts, held, side), facts.width_mm / piece.width_px)
    if band.view.tilt_deg > STEEPEST_TILT_DEG:
        raise PlacementRefused(
            "view.flat",
            f"The photo shows the {facts.category} laid flat, from {band.view.tilt_deg:.0f}° over its plane: a wrist in it would point at the camera.",
            "Choose the engine “still”, which lays it on a board; or send a photo taken from lower, 15° to 45° over it.",
        )
    direction, turned = brought_up(direction, band, held)
    hand = hand_sculpture(direction.body, held, side)
    scale = _fitted(2 * hand.station("wrist").half_width_mm, band, facts)
    worn_on = put_on(
        piece, parts[0], band, hand, "wrist", held, scale, direction, direction.size_px()[0] / NARROWEST_FRAME_MM
    )
    progress.report("stage", 0.15)
    scene = lit(worn_on, piece, direction, progress)
    scene.notes.append(
        f"Inside {2 * band.inner_mm:.0f} mm wide, worn on the {side} wrist; the hand is made at {scale:.0%} of its build."
    )
    scene.notes += turned
    if band.view.confidence < 0.5:
        scene.notes.append("The photo doesn't say clearly which arc is near; check that the right one shows.")
    if len(parts) > 1:
        scene.notes.append(f"The photo shows {len(parts)} separate parts; the largest is worn.")
    return scene


def _view(part: PiecePart, facts: PieceFacts, held: HandStance, side: Side) -> BandView:
    """The piece's round, or where none shows, the strip of a watch or bangle seen from its front."""
    # A watch is worn so that its wearer reads it: a left hand points to the picture's right.
    onward = np.array([1.0 if side == "left" else -1.0, 0.0]) * (1 if held.tips == "far" else -1)
    if facts.category == "watch" and not has_opening(part.mask):
        return front_view(part.mask, onward)
    try:
        return band_view(part.mask)
    except PlacementRefused as refused:
        try:
            return front_view(part.mask, onward)
        except PlacementRefused:
            raise refused from None


def _asked(direction: Direction, facts: PieceFacts) -> Side:
    anchor = direction.placement.anchor
    if anchor == "auto":
        anchor = pose_named(direction.pose.name, (facts.category,)).anchor  # type: ignore[assignment]
    if anchor not in ("left-wrist", "right-wrist"):
        raise PlacementRefused(
            "placement.anchor",
            f"A {facts.category} isn't worn at “{anchor}”.",
            "Choose left-wrist, right-wrist or “auto”.",
        )
    return "left" if anchor == "left-wrist" else "right"


def _fitted(wrist_mm: float, band: Band, facts: PieceFacts) -> float:
    """The scale of the hand: as its build is, where the piece fits loosely or closely; else just so much off it."""
    inside = 2 * band.inner_mm
    scale = float(np.clip(1.0, LOOSE * inside / wrist_mm, CLOSE * inside / wrist_mm))
    if SMALLEST_WRIST <= scale <= LARGEST_WRIST:
        return scale
    words, code = ("bigger", "too-large") if scale > 1 else ("smaller", "too-small")
    low, high = wrist_mm * SMALLEST_WRIST / CLOSE, wrist_mm * LARGEST_WRIST / LOOSE
    raise PlacementRefused(
        f"placement.{code}",
        f"Inside, the {facts.category} is {inside:.0f} mm wide: {words} than a wrist of this build wears ({low:.0f} to {high:.0f} mm).",
        "Check the width in mm: it is that of the whole piece in the photo; or choose another build of body.",
    )
