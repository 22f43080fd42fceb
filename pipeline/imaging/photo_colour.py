"""An upload's colours: from its own profile, or none, to linear sRGB."""

from __future__ import annotations

import struct
import zlib

import imagecodecs
import numpy as np
import tifffile
from PIL import ImageFile

from pipeline.imaging.colour import srgb_to_linear

# What a decoder may raise on bytes that are damaged or made to hurt.
DECODER_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    RuntimeError,
    OverflowError,
    MemoryError,
    ZeroDivisionError,
    struct.error,
    zlib.error,
    tifffile.TiffFileError,
)


def from_cmyk(image: ImageFile.ImageFile, profile: bytes | None, notes: list[str]) -> np.ndarray:
    """CMYK to 8-bit sRGB by its profile; without one, by the plain subtractive rule, which prints' inks only roughly follow."""
    if profile:
        try:
            pixels = _cms(np.asarray(image), profile, "cmyk", np.uint8)
            notes.append("Converted from CMYK by its colour profile.")
            return pixels
        except DECODER_ERRORS:
            notes.append("Its CMYK colour profile is damaged and was left aside.")
    notes.append("Converted from CMYK without a profile: colours may differ a little from the print.")
    return np.asarray(image.convert("RGB"))


def _cms(pixels: np.ndarray, profile: bytes, colourspace: str, dtype: type) -> np.ndarray:
    """Little CMS, relative colorimetric with black point compensation, to sRGB of `dtype`."""
    srgb = imagecodecs.cms_profile("srgb")
    intent, black_point_compensation = 1, 0x2000
    return imagecodecs.cms_transform(
        np.ascontiguousarray(pixels), profile, srgb, colorspace=colourspace, outcolorspace="rgb",
        outdtype=np.dtype(dtype), intent=intent, flags=black_point_compensation,
    )  # fmt: skip


def to_linear_srgb(pixels: np.ndarray, profile: bytes | None, notes: list[str]) -> np.ndarray:
    """Stored RGB to linear sRGB float32, through the profile where it differs from sRGB by a visible amount.

    The table look-up keeps sRGB files exact: each stored value has one linear value.
    """
    if profile:
        try:
            if not _is_srgb(profile):
                pixels = _cms(pixels, profile, "rgb", np.uint16)
                notes.append("Converted to sRGB by its colour profile.")
        except DECODER_ERRORS:
            notes.append("Its colour profile is damaged: it was read as sRGB.")
    top = int(np.iinfo(pixels.dtype).max)
    table = srgb_to_linear(np.arange(top + 1, dtype=np.float64) / top)
    return table[pixels]


def _is_srgb(profile: bytes) -> bool:
    """Whether a profile means sRGB, told by what it does to a grid of colours and not by its name."""
    steps = np.linspace(0, 65535, 9).astype(np.uint16)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(1, -1, 3)
    moved = _cms(grid, profile, "rgb", np.uint16).astype(np.float64)
    return bool(np.abs(moved - grid).max() <= 65535 * 1.5 / 255)
