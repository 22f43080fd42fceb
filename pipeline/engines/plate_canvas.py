"""What a piece is fitted into on a plate, and what such a fit says: shared by the categories' own modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pipeline.engines.drape import Bend, apart
from pipeline.engines.silhouette import PiecePart
from pipeline.plate.anchor import Anchor
from pipeline.plate.limb import across
from pipeline.plate.surface import Surface


@dataclass(frozen=True)
class Canvas:
    """The picture that a piece is fitted into: `matrix` (3, 3) from photo to picture, `to_picture` (3, 3) from the plate.

    `point` (2,) is where the anchor lies; `skin`, `person`, `hair` and `head` (the face with its jaw) are (H, W) 0..1;
    `px_per_mm` its scale; `drape` (H, W, 2) the recorded warp, or None.
    """

    matrix: np.ndarray
    to_picture: np.ndarray
    point: np.ndarray
    skin: np.ndarray
    person: np.ndarray
    hair: np.ndarray
    surface: Surface
    px_per_mm: float
    head: np.ndarray
    drape: np.ndarray | None = None

    def rows_from(self, plate_row: float) -> np.ndarray:
        """How far below a row of the plate each picture row lies (H, 1), in plate pixels."""
        rows = np.arange(self.skin.shape[0], dtype=np.float64)[:, None]
        return (rows - self.to_picture[1, 2]) / self.to_picture[1, 1] - plate_row

    def columns_from(self, plate_column: float) -> np.ndarray:
        """How far right of a column of the plate each picture column lies (1, W), in plate pixels."""
        columns = np.arange(self.skin.shape[1], dtype=np.float64)[None]
        return (columns - self.to_picture[0, 2]) / self.to_picture[0, 0] - plate_column

    def beside(self, anchor: Anchor, reach: float) -> np.ndarray:
        """1 within `reach` half widths of a limb's axis (H, W), beyond its edges too; soft by a pixel or two."""
        sideways = across(np.array(anchor.axis)) / (0.5 * anchor.width_px)
        u = self.columns_from(anchor.point[0]) * sideways[0] + self.rows_from(anchor.point[1]) * sideways[1]
        return np.clip((reach - np.abs(u)) * 12, 0, 1)

    def photo_xy(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each picture pixel lies in the photo (H, W) each."""
        y, x = np.mgrid[0 : self.skin.shape[0], 0 : self.skin.shape[1]].astype(np.float64)
        inverse = np.linalg.inv(self.matrix)
        return (
            inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2],
            inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2],
        )


@dataclass(frozen=True)
class Second:
    """The other piece of a pair: its part of the photo, whose `photo_point` (2,) comes to lie on `plate_point` (2,)."""

    part: PiecePart
    photo_point: np.ndarray
    plate_point: np.ndarray


@dataclass(frozen=True)
class Fit:
    """`photo_point` (2,) comes to lie on `plate_point` (2,), turned by `turn_deg` (clockwise in the picture).

    `px_per_mm` is the plate's scale at the piece; `box` the photo's part that is shown; `hidden` gives what the body
    hides (H, W) 0..1 on a canvas; `lift_mm` the piece's lower side over the skin at its top and its foot; `bend` how a
    loop's sides are leant.
    """

    anchor: Anchor
    part: PiecePart
    photo_point: np.ndarray
    plate_point: np.ndarray
    turn_deg: float
    px_per_mm: float
    box: tuple[float, float, float, float]
    hidden: Callable[[Canvas, np.ndarray], np.ndarray]
    lift_mm: tuple[float, float]
    thickness_mm: float
    notes: list[str] = field(default_factory=list)
    second: Second | None = None
    bend: Bend | None = None

    @property
    def parts(self) -> list[PiecePart]:
        """The photo's parts that are worn."""
        return [self.part, self.second.part] if self.second else [self.part]

    @property
    def mask(self) -> np.ndarray:
        """The photo's pixels (h, w) that are worn."""
        return self.part.mask | self.second.part.mask if self.second else self.part.mask

    def drape(self, matrix: np.ndarray, to_picture: np.ndarray, size_px: tuple[int, int]) -> np.ndarray | None:
        """The warp (H, W, 2) that leans a loop's sides in, or sets a pair's second piece down at its own place; or None."""
        if self.bend is not None:
            return self.bend.offsets(matrix, size_px)
        if self.second is None:
            return None
        k, shift = to_picture[0, 0], matrix[:2, :2] @ self.photo_point + matrix[:2, 2]
        there = shift + k * (self.second.plate_point - self.plate_point)
        laid = np.linalg.inv(matrix[:2, :2]) @ (there - matrix[:2, 2])
        gap = (self.part.box[2], self.second.part.box[0])
        return apart(matrix, size_px, gap, self.second.photo_point - laid)


def box_of(part: PiecePart) -> tuple[float, float, float, float]:
    """The part's box in photo pixels (left, top, right, bottom)."""
    return tuple(float(v) for v in part.box)  # type: ignore[return-value]
