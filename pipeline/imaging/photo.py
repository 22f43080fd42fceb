"""A client's upload, read safely: what comes out is linear sRGB at full precision, or a refusal in plain words.

Everything is checked from the file's header before a pixel is decoded, so that a hostile or broken file costs neither
memory nor time. Colour profiles are honoured, rotation flags applied, 16 bits a channel kept. Whether the photo is a
*good* one is `pipeline.imaging.verdict`'s question; what its piece is, `pipeline.imaging.matte`'s.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageFile

from pipeline.errors import PhotoRefused
from pipeline.imaging.photo_colour import DECODER_ERRORS, from_cmyk, to_linear_srgb

MAX_BYTES = 50 * 1024 * 1024
MAX_SIDE_PX = 12_000
MAX_PIXELS = 80_000_000
MIN_SHORT_SIDE_PX = 300

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
# Phones store a second picture (depth, gain map) inside a JPEG; Pillow then says MPO. The first picture is the photo.
STILL_IN_A_SERIES = ("MPO",)
MODES = (
    "1",
    "L",
    "LA",
    "La",
    "P",
    "PA",
    "RGB",
    "RGBA",
    "RGBX",
    "RGBa",
    "CMYK",
    "YCbCr",
    "LAB",
    "I;16",
    "I;16B",
    "I;16L",
)

EXPORT_HINT = "Export it as JPEG, PNG or TIFF and upload it again."


@dataclass(frozen=True)
class Photo:
    """A decoded photograph, upright. Arrays are float32.

    - `rgb`: (H, W, 3) linear sRGB, 0..1.
    - `alpha`: (H, W) 0..1 where the file carried a real transparency, else None.
    - `sha256`: of the file's bytes, in hex. `format`: the file's, as in `FORMATS`.
    - `bits`: a channel, in the file. `notes`: what was done on the way in, in plain words.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None
    sha256: str
    width: int
    height: int
    format: str
    bits: int = 8
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Header:
    """What a picture file says of itself before a pixel is decoded: size in pixels, upright, and its format."""

    width: int
    height: int
    format: str


def read_header(source: str | Path | bytes) -> Header:
    """The Header of a file that may well be a photograph: everything `read_photo` refuses without decoding is refused.

    Raises PhotoRefused, as `read_photo` does; damage behind the header is not seen.
    """
    content = _bytes_of(source)
    _refuse_by_first_bytes(content)
    image = _open(content)
    _check_header(image)
    width, height = image.size[::-1] if _orientation(image) >= 5 else image.size
    return Header(width, height, "JPEG" if image.format in STILL_IN_A_SERIES else str(image.format))


def read_photo(source: str | Path | bytes) -> Photo:
    """The Photo in a file or in its bytes.

    Raises PhotoRefused; its codes are ``photo.`` and one of ``missing, empty, too_heavy, svg, heic, pdf, not_an_image,
    format, too_large, too_small, animated, pages, depth, truncated, transparent``.
    """
    content = _bytes_of(source)
    _refuse_by_first_bytes(content)
    image = _open(content)
    _check_header(image)
    orientation = _orientation(image)
    notes: list[str] = []
    try:
        pixels, bits, profile = _decode(content, image, notes)
    except PhotoRefused:
        raise
    except DECODER_ERRORS as error:
        raise PhotoRefused(
            "photo.truncated",
            "The file begins as a picture, but it can't be read to its end: it is damaged or was cut off on its way.",
            "Open it on your computer to see whether it is whole, then upload it again.",
        ) from error
    if orientation != 1:
        pixels = _upright(pixels, orientation)
        notes.append("Turned upright as its camera noted.")
    alpha = _real_alpha(pixels[..., 3], notes) if pixels.shape[2] == 4 else None
    rgb = to_linear_srgb(pixels[..., :3], profile, notes)
    height, width = rgb.shape[:2]
    return Photo(
        rgb=rgb,
        alpha=alpha,
        sha256=hashlib.sha256(content).hexdigest(),
        width=width,
        height=height,
        format="JPEG" if image.format in STILL_IN_A_SERIES else str(image.format),
        bits=bits,
        notes=notes,
    )


def _bytes_of(source: str | Path | bytes) -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        size, content = len(source), None
    else:
        path = Path(source)
        if not path.is_file():
            raise PhotoRefused("photo.missing", f"There is no file {path}.", "Check the name.")
        size, content = path.stat().st_size, path
    if size == 0:
        raise PhotoRefused("photo.empty", "The file is empty.", "Upload it again.")
    if size > MAX_BYTES:
        raise PhotoRefused(
            "photo.too_heavy",
            f"The file has {size / 2**20:.0f} MB; Loupe takes photos up to {MAX_BYTES // 2**20} MB.",
            "Save it as a JPEG of high quality, or crop it to the piece.",
        )
    if content is None:
        return bytes(source)  # type: ignore[arg-type]
    with content.open("rb") as file:
        return file.read(MAX_BYTES)


def _refuse_by_first_bytes(content: bytes) -> None:
    """Kinds that people do upload, and whose name in the message helps them more than "not an image"."""
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) and b"<svg" in content[:65536].lower():
        raise PhotoRefused("photo.svg", "This is an SVG drawing, not a photograph.", "Upload the photo of the piece.")
    if content[4:8] == b"ftyp" and content[8:12] in (
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis",
    ):  # fmt: skip
        raise PhotoRefused(
            "photo.heic",
            "This is a HEIC or AVIF photo, a phone's own format, which Loupe does not read.",
            "On an iPhone choose Settings, Camera, Formats, Most Compatible; or export the photo as JPEG.",
        )
    if head.startswith(b"%pdf"):
        raise PhotoRefused("photo.pdf", "This is a PDF, not a photograph.", EXPORT_HINT)


def _open(content: bytes) -> ImageFile.ImageFile:
    """Reads the header alone: Pillow allocates no pixels before `load`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except Image.UnidentifiedImageError as error:
        raise _unidentified(content) from error
    except DECODER_ERRORS as error:
        raise PhotoRefused(
            "photo.truncated", "The file's beginning is damaged, so it can't be read.", EXPORT_HINT
        ) from error


def _unidentified(content: bytes) -> PhotoRefused:
    """Why no decoder took the file, by its first bytes."""
    if content.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")) and _is_whole_tiff(content):
        return _wrong_depth()
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"II*\0", b"MM\0*", b"GIF8")):
        return PhotoRefused("photo.truncated", "The file's beginning is damaged, so it can't be read.", EXPORT_HINT)
    return PhotoRefused(
        "photo.not_an_image", "This file is no picture that Loupe can read, whatever its name says.", EXPORT_HINT
    )


def _is_whole_tiff(content: bytes) -> bool:
    try:
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            return len(file.pages) > 0
    except DECODER_ERRORS:
        return False


def _too_large(width: int = 0, height: int = 0) -> PhotoRefused:
    said = f"The photo has {width:,} × {height:,} pixels; " if width else "The photo has far too many pixels; "
    return PhotoRefused(
        "photo.too_large",
        f"{said}Loupe takes up to {MAX_SIDE_PX:,} on a side and {MAX_PIXELS // 1_000_000} million in all.",
        "Crop it to the piece, or scale it down.",
    )


def _check_header(image: ImageFile.ImageFile) -> None:
    width, height = image.size
    if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
        raise _too_large(width, height)
    if min(width, height) < MIN_SHORT_SIDE_PX:
        raise PhotoRefused(
            "photo.too_small",
            f"The photo has {width} × {height} pixels; its shorter side must have at least {MIN_SHORT_SIDE_PX}.",
            "Upload the original from the camera or the retoucher, not a thumbnail.",
        )
    if image.format in STILL_IN_A_SERIES:
        return
    try:
        frames = int(getattr(image, "n_frames", 1))
    except DECODER_ERRORS:
        frames = 1  # damaged behind the first frame: decoding will say so
    if frames > 1 and image.format == "TIFF":
        raise PhotoRefused(
            "photo.pages", f"This TIFF has {frames} pages, and Loupe can't tell which is the photo.", "Save one page."
        )
    if frames > 1:
        raise PhotoRefused(
            "photo.animated", f"This is an animation of {frames} frames, not a photograph.", "Upload one still photo."
        )


def _orientation(image: ImageFile.ImageFile) -> int:
    """The EXIF orientation, 1..8; 1 where there is none or it is damaged."""
    try:
        value = int(image.getexif().get(0x0112, 1))
    except DECODER_ERRORS:
        return 1
    return value if 1 <= value <= 8 else 1


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turns and mirrors ``(H, W, C)`` as EXIF's orientation asks."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _decode(content: bytes, image: ImageFile.ImageFile, notes: list[str]) -> tuple[np.ndarray, int, bytes | None]:
    """Pixels (H, W, 3 or 4) as stored, not yet upright, uint8 or uint16; bits a channel; the RGB profile that they are in."""
    profile = image.info.get("icc_profile") or None
    if image.format == "PNG" and content[24] == 16:
        return _as_rgb(imagecodecs.png_decode(content), notes), 16, profile
    if image.format == "TIFF":
        deep = _deep_tiff(content)
        if deep is not None:
            return _as_rgb(deep, notes), 16, profile
    if image.mode not in MODES:
        raise _wrong_depth()
    if image.mode == "CMYK":
        return from_cmyk(image, profile, notes), 8, None
    if image.mode.startswith("I;16"):
        return _as_rgb(np.asarray(image).astype(np.uint16), notes), 16, profile
    stored_grey = image.mode in ("1", "L", "LA", "La")
    if image.mode == "LAB":
        profile = None
    clear = image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info
    if image.format == "TIFF":
        # Pillow turns a TIFF upright by itself while loading; undone here, so that one rule below turns every format.
        image.tag_v2.pop(0x0112, None)  # type: ignore[attr-defined]
        image.getexif().pop(0x0112, None)
    pixels = np.asarray(image.convert("RGBA" if clear else "RGB"))
    if stored_grey:
        notes.append("The photo is black and white.")
        profile = None  # a grey profile can't be read as an RGB one; its curve is close to sRGB's
    return pixels, 8, profile


def _wrong_depth() -> PhotoRefused:
    return PhotoRefused(
        "photo.depth", "The picture's pixels are stored in a scientific or HDR form that has no agreed look.",
        "Export it with 8 or 16 bits a channel.",
    )  # fmt: skip


def _deep_tiff(content: bytes) -> np.ndarray | None:
    """The pixels of a 16-bit grey or RGB TIFF, which Pillow would cut to 8 bits; None where Pillow does it well."""
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page: Any = file.pages[0]
        if page.bitspersample == 8 or page.bitspersample == 1:
            return None
        if page.dtype != np.uint16 or page.photometric.name not in ("RGB", "MINISBLACK", "MINISWHITE"):
            raise _wrong_depth()
        if page.samplesperpixel > 4 or page.imagedepth > 1 or page.size > MAX_PIXELS * 4:
            raise _wrong_depth()
        pixels = page.asarray()
        if page.samplesperpixel > 1 and page.planarconfig.name == "SEPARATE":
            pixels = np.moveaxis(pixels, 0, -1)
        return np.iinfo(np.uint16).max - pixels if page.photometric.name == "MINISWHITE" else pixels


def _as_rgb(pixels: np.ndarray, notes: list[str]) -> np.ndarray:
    """Grey (H, W), grey with alpha, RGB or RGBA to (H, W, 3 or 4)."""
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.shape[2] in (1, 2):
        notes.append("The photo is black and white.")
        pixels = np.concatenate([pixels[..., :1]] * 3 + [pixels[..., 1:]], axis=2)
    return pixels


def _real_alpha(stored: np.ndarray, notes: list[str]) -> np.ndarray | None:
    """The file's transparency where it says something; None where all of it is opaque."""
    alpha = (stored.astype(np.float32) / np.float32(np.iinfo(stored.dtype).max)).astype(np.float32)
    clear, opaque = float((alpha < 0.5).mean()), float((alpha > 0.5).mean())
    if opaque < 1e-5:
        raise PhotoRefused(
            "photo.transparent", "The picture is wholly transparent.", "Export it again with its piece visible."
        )
    if clear < 1e-3:
        return None
    notes.append("Its own transparency is used as the matte.")
    return alpha
