"""An anchor moved along its finger or arm: to another place of the same limb, with the edges that it has there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.plate.anchor import Anchor, unit, xy
from pipeline.plate.limb import section
from pipeline.plate.skin import SkinRegion

# How far a limb's width may change on the way: more, and another part was run into.
NARROWER, WIDER = 0.72, 1.35
LEAST_SKIN = 0.5


def moved_along(anchor: Anchor, along_mm: float, lab: np.ndarray, skin: SkinRegion) -> Anchor | str:
    """The anchor `along_mm` towards the fingertips (negative: the body), or why there is none, in words.

    `lab` (H, W, 3) is the plate in CIE Lab; the limb is followed in steps, each from the middle of the one before.
    """
    point, axis, half = np.array(anchor.point), np.array(anchor.axis), anchor.width_px / 2
    steps = max(int(np.ceil(abs(along_mm) / 3.0)), 1)
    cut = None
    for _ in range(steps):
        ahead = point + axis * along_mm / steps * anchor.px_per_mm
        if skin.at(ahead, 0.3 * half) < LEAST_SKIN:
            return "the skin ends before that"
        cut = section(lab, skin.mask, ahead, axis, half)
        if "frame" in cut.signs or not NARROWER < cut.width / anchor.width_px < WIDER:
            return "the limb ends before that, or meets another part"
        if "outline" not in cut.signs:
            return "there it lies among other parts, with no outline of its own"
        turned = unit((cut.middle - point) * np.sign(along_mm))
        # A joint may bend the limb a little on the way.
        axis = unit(0.7 * axis + 0.3 * turned) if turned @ axis > 0.9 else axis
        point, half = cut.middle, cut.width / 2
    assert cut is not None
    return replace(
        anchor,
        point=xy(cut.middle),
        axis=xy(axis),
        edges=(xy(cut.left), xy(cut.right)),
        width_px=cut.width,
        width_mm=cut.width / anchor.px_per_mm,
    )
