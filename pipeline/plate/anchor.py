"""An anchor: a place on a plate's body where a piece is worn, with its axis, its true scale, and why it is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from pipeline.direction import Anchor as AnchorName
from pipeline.direction import Category
from pipeline.plate.rulers import SURE

BodyPart = Literal["finger", "wrist", "ear", "neck"]
WORN_ON: dict[Category, BodyPart] = {
    "ring": "finger",
    "bracelet": "wrist",
    "watch": "wrist",
    "earring": "ear",
    "necklace": "neck",
}
FINGERS = ("thumb", "index", "middle", "ring", "little")
PHALANGES = ("proximal", "middle", "distal")
XY = tuple[float, float]


@dataclass(frozen=True)
class Anchor:
    """A place to wear a piece. Points are (x, y) in plate pixels, y down, the first pixel's centre at (0, 0).

    - `point`: the middle of a finger, wrist or neck on its axis; the piercing of an ear.
    - `axis`: unit (x, y) along the part: towards the fingertip, the hand, the chest; down an ear.
    - `edges`: the part's two edges across the axis at `point`, the one to the left of the axis first.
    - `width_px`, `width_mm`: between the edges. For an ear its height. `px_per_mm`: the plate's scale there.
    - `tilt_deg`: how far the part's far end comes towards the camera; for an ear, how far the face turns from profile.
    - `scale_from`: what the scale was read from; `scale_error`: its relative standard error, 0..1.
    - `confirmed_by`: the independent signs that agree on this place; never empty. `confidence`: 0..1.
    - `point_error_mm`: the standard error of `point`, in mm: across the part for a limb, any way for an ear.
    """

    name: str
    part: BodyPart
    point: XY
    axis: XY
    edges: tuple[XY, XY]
    width_px: float
    width_mm: float
    px_per_mm: float
    tilt_deg: float
    scale_from: str
    scale_error: float
    confirmed_by: tuple[str, ...]
    confidence: float
    point_error_mm: float = 1.0

    @property
    def sure(self) -> bool:
        """Whether its scale is sure enough to be drawn to; otherwise a typed size or two clicks are asked for."""
        return self.scale_error <= SURE

    def to_json(self) -> dict[str, Any]:
        """Plain data for a page or a row, numbers rounded to what they can carry."""
        rounded = {k: round(getattr(self, k), 3) for k in ("width_px", "width_mm", "px_per_mm", "tilt_deg")}
        rounded |= {k: round(getattr(self, k), 3) for k in ("scale_error", "confidence", "point_error_mm")}
        return {
            "name": self.name,
            "part": self.part,
            "point": [round(v, 2) for v in self.point],
            "axis": [round(v, 4) for v in self.axis],
            "edges": [[round(v, 2) for v in edge] for edge in self.edges],
            **rounded,
            "scale_from": self.scale_from,
            "confirmed_by": list(self.confirmed_by),
        }


def part_of(name: str) -> BodyPart | None:
    """The body part an anchor's name (`pipeline.direction.Anchor`, `finger` or `wrist`) stands for, or None."""
    if name in get_args(AnchorName) and name.endswith(PHALANGES):
        return "finger"
    last = name.rsplit("-", 1)[-1]
    return last if last in get_args(BodyPart) else None  # type: ignore[return-value]


def unit(vector: np.ndarray) -> np.ndarray:
    """The vector (2,) or (3,) at length 1; a vanishing one stays as it is."""
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-9 else vector


def xy(point: np.ndarray) -> XY:
    return float(point[0]), float(point[1])
