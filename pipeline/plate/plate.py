"""The plate itself: a photograph of a real person, read and refused by the same rules as a piece's photo, and by its own."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.errors import PhotoRefused
from pipeline.imaging.photo import read_photo

# Less than this on its shorter side, and a finger is a few pixels wide.
MIN_SHORT_SIDE_PX = 600


@dataclass(frozen=True)
class Plate:
    """A plate as read: `rgb` (H, W, 3) float32 linear sRGB 0..1, upright; `sha256` of the file's bytes; `notes` in words."""

    rgb: np.ndarray
    sha256: str
    notes: tuple[str, ...] = ()

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]


def read_plate(source: str | Path | bytes) -> Plate:
    """The Plate in a file or in its bytes.

    Raises PhotoRefused: every code of `pipeline.imaging.photo.read_photo`, and ``plate.too_small``, ``plate.cut_out``.
    """
    try:
        photo = read_photo(source)
    except PhotoRefused as error:
        if error.code == "photo.too_small":
            with Image.open(BytesIO(source) if isinstance(source, bytes) else source) as opened:
                raise _too_small(f"This plate is {opened.width} x {opened.height} px.") from error
        raise
    if min(photo.width, photo.height) < MIN_SHORT_SIDE_PX:
        raise _too_small(f"This plate is {photo.width} x {photo.height} px.")
    if photo.alpha is not None and float((photo.alpha < 0.5).mean()) > 0.02:
        raise PhotoRefused(
            "plate.cut_out",
            "This plate has transparent areas: there is nothing there that light and shadow could fall on.",
            "Upload the photograph with its own background.",
        )
    return Plate(photo.rgb, photo.sha256, tuple(photo.notes))


def _too_small(found: str) -> PhotoRefused:
    return PhotoRefused(
        "plate.too_small",
        f"{found} A plate needs at least {MIN_SHORT_SIDE_PX} px on its shorter side for a piece to be seen on it.",
        "Upload the photograph in its full size; 2000 px or more is good.",
    )
