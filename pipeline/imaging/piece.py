"""The piece, cut from its photo: what every later step starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CutPiece:
    """A photo and its matte, at the photo's own resolution. All arrays are float32.

    - `rgb`: (H, W, 3) linear sRGB of the photo as taken, nothing removed.
    - `foreground`: (H, W, 3) linear sRGB with the ground's colour taken out of the edges (decontaminated).
    - `alpha`: (H, W) 0..1, the true coverage; holes are 0.
    - `ground`: (3,) linear sRGB, the photo's ground colour.
    - `box`: (left, top, right, bottom) in pixels, the bounding box of alpha > 0.5, right and bottom exclusive.
    - `sha256`: of the photo file's bytes.
    - `cut_sha256`: of all that the cut follows from (the photo, the matte's version, strokes, mask): the same again
      gives the same cut.
    """

    rgb: np.ndarray
    foreground: np.ndarray
    alpha: np.ndarray
    ground: np.ndarray
    box: tuple[int, int, int, int]
    sha256: str
    cut_sha256: str = ""

    @property
    def width_px(self) -> int:
        """Width of the piece in photo pixels."""
        return self.box[2] - self.box[0]

    @property
    def height_px(self) -> int:
        """Height of the piece in photo pixels."""
        return self.box[3] - self.box[1]
