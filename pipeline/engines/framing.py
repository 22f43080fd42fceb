"""How close the camera comes: by the share of the frame that is asked for, held to what the photo's pixels can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.direction import LONG_SIDE_PX, Direction

# The piece is drawn at this share of the photo's own pixels, so that every stone can be seen and verified.
LEAST_SCALE, FULL_SCALE = 0.35, 1.0


@dataclass(frozen=True)
class Framing:
    """The picture's scale `px_per_mm` at the piece, and what there is to say about it."""

    px_per_mm: float
    notes: list[str]


def framed(
    width_mm: float, height_mm: float, mm_per_photo_px: float, direction: Direction, closest: float = np.inf
) -> Framing:
    """The scale at which what shows of the piece (`width_mm` x `height_mm`) fills the frame as the Direction asks.

    Previews and finals are framed as the draft is, whose scale is held to 0.35..1.0 of the photo's pixels. `closest`
    bounds the scale (px per mm) for other reasons of the picture's.
    """
    width, height = direction.size_px()
    fill = direction.camera.fill
    per_mm = min(fill * width / width_mm, fill * height / height_mm, closest)
    scale = per_mm * LONG_SIDE_PX["draft"] / max(width, height) * mm_per_photo_px
    held = float(np.clip(scale, LEAST_SCALE, FULL_SCALE))
    if held == scale:
        return Framing(per_mm, [])
    per_mm *= held / scale
    words = (
        "no closer than its photo's own pixels" if scale > FULL_SCALE else "close enough that every stone can be seen"
    )
    return Framing(
        per_mm, [f"The piece is drawn {words}; it fills {per_mm * width_mm / width:.0%} of the picture's width."]
    )
