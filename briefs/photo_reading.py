"""The one place where briefs asks the picture half: what is this upload, and what does the photo show?

The picture half is heavy, so it is imported when it is asked, never with the site. A request asks for the header
alone; decoding, matte and verdict belong to a worker.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.base import File

from studio.errors import Invalid

if TYPE_CHECKING:
    import numpy as np

THUMBNAIL_PX = 720
CUTOUT_PX = 1600
CUTOUT_MARGIN = 0.04  # of the piece's longer side, so that the cut edge can be seen standing free

SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "BMP": ".bmp", "GIF": ".gif"}
CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
}


@dataclass(frozen=True)
class Upload:
    """What an uploaded picture's header says: its size in pixels as it will be shown, and the suffix of its format."""

    width_px: int
    height_px: int
    suffix: str


@dataclass(frozen=True)
class PhotoAnswer:
    """What a worker found out about a photo. Files are encoded bytes, or empty where there are none.

    `findings` are ``{"code", "level": "ok" | "warn" | "refuse", "message"}``, the worst first.
    """

    usable: bool
    findings: list[dict[str, str]]
    alpha_png: bytes = b""
    cutout_webp: bytes = b""
    thumbnail_webp: bytes = b""
    notes: list[str] = field(default_factory=list)


def refuse_heavy(size_bytes: int) -> None:
    """Raises Invalid for an upload over the limit; asked before any of it is read."""
    if size_bytes > settings.UPLOAD_MAX_BYTES:
        raise Invalid(
            "photo.too_heavy",
            f"The file has {size_bytes / 1e6:.0f} MB; Loupe takes up to {settings.UPLOAD_MAX_BYTES / 1e6:.0f} MB.",
            "Save it as a JPEG of high quality, or crop it to the piece, and upload it again.",
        )


def read_upload(file: File) -> Upload:
    """The Upload in a file, from its header. Raises Invalid with the reason where it is no picture to work from."""
    from pipeline.errors import PictureError
    from pipeline.imaging.photo import read_header

    refuse_heavy(file.size or 0)
    file.seek(0)
    try:
        header = read_header(file.read())
    except PictureError as error:
        raise Invalid(error.code, error.message, error.hint) from error
    finally:
        file.seek(0)
    return Upload(header.width, header.height, SUFFIXES[header.format])


def checked_strokes(data: Any, width_px: int, height_px: int) -> dict[str, Any]:
    """Strokes as they are kept, for a photo of that size. Raises Invalid with the reason where they can't be painted."""
    from pipeline.errors import PictureError
    from pipeline.imaging.strokes import fit_to, read_strokes

    try:
        return fit_to(read_strokes(data), width_px, height_px).model_dump(mode="json")
    except PictureError as error:
        raise Invalid(error.code, error.message, error.hint) from error


def examine_photo(
    content: bytes, category: str, width_mm: float, strokes: dict[str, Any] | None = None, mask: bytes = b""
) -> PhotoAnswer:
    """Reads, cuts and judges a photo: seconds of work, for a worker. Never raises for what a client may upload.

    `strokes` and `mask` (a picture file) refine the cut by hand.
    """
    from pipeline.errors import PictureError
    from pipeline.imaging.assist import read_mask
    from pipeline.imaging.matte import cut_piece
    from pipeline.imaging.photo import read_photo
    from pipeline.imaging.strokes import read_strokes
    from pipeline.imaging.verdict import judge_photo

    try:
        photo = read_photo(content)
    except PictureError as error:
        return PhotoAnswer(False, [{"code": error.code, "level": "refuse", "message": str(error)}])
    piece: Any
    try:
        by_hand: dict[str, Any] = {}
        if strokes:
            by_hand["strokes"] = read_strokes(strokes)
        if mask:
            by_hand["mask"] = read_mask(mask, photo.width, photo.height)
        piece = cut_piece(photo, **by_hand)
    except PictureError as error:
        piece = error
    verdict = judge_photo(photo, piece, category, width_mm)
    findings = [{"code": f.code, "level": f.level, "message": f.message} for f in verdict.findings]
    thumbnail = _thumbnail(photo.rgb, photo.alpha)
    if isinstance(piece, PictureError):
        return PhotoAnswer(False, findings, thumbnail_webp=thumbnail, notes=photo.notes)
    return PhotoAnswer(
        verdict.usable,
        findings,
        alpha_png=_alpha_png(piece.alpha),
        cutout_webp=_cutout(piece.foreground, piece.alpha, piece.box),
        thumbnail_webp=thumbnail,
        notes=photo.notes,
    )


def _thumbnail(rgb: np.ndarray, alpha: np.ndarray | None) -> bytes:
    import numpy as np
    from PIL import Image

    from pipeline.imaging.colour import linear_to_srgb8

    shown = rgb if alpha is None else rgb * alpha[..., None] + (1 - alpha[..., None])
    image = Image.fromarray(linear_to_srgb8(np.clip(shown, 0, 1)))
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS, reducing_gap=3)
    return _webp(image)


def _alpha_png(alpha: np.ndarray) -> bytes:
    import numpy as np
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.round(np.clip(alpha, 0, 1) * 255).astype(np.uint8), "L").save(buffer, "PNG")
    return buffer.getvalue()


def _cutout(foreground: np.ndarray, alpha: np.ndarray, box: tuple[int, int, int, int]) -> bytes:
    """The cut piece on transparent ground, cropped to it with a small margin."""
    import numpy as np
    from PIL import Image

    from pipeline.imaging.colour import linear_to_srgb8

    height, width = alpha.shape
    left, top, right, bottom = box
    margin = round(max(right - left, bottom - top) * CUTOUT_MARGIN) + 2
    window = np.s_[
        max(top - margin, 0) : min(bottom + margin, height), max(left - margin, 0) : min(right + margin, width)
    ]
    cover = np.clip(alpha[window], 0, 1)
    rgba = np.dstack([linear_to_srgb8(np.clip(foreground[window], 0, 1)), np.round(cover * 255).astype(np.uint8)])
    image = Image.fromarray(rgba, "RGBA")
    # Pillow scales RGBA premultiplied, so the ground's colour doesn't bleed into the rim.
    image.thumbnail((CUTOUT_PX, CUTOUT_PX), Image.Resampling.LANCZOS)
    return _webp(image)


def _webp(image: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=90, method=4)
    return buffer.getvalue()


def reference_thumbnail(content: bytes) -> bytes:
    """A small upright preview (WebP) of a reference picture. Raises Invalid where it can't be read to its end."""
    from PIL import Image, ImageOps

    from pipeline.imaging.photo_colour import DECODER_ERRORS

    try:
        image: Any = Image.open(io.BytesIO(content))
        image.draft(
            "RGB", (THUMBNAIL_PX * 2, THUMBNAIL_PX * 2)
        )  # a JPEG is decoded at an eighth or a quarter of its size
        image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        image = ImageOps.exif_transpose(image)
        return _webp(image.convert("RGBA" if "A" in image.getbands() else "RGB"))
    except DECODER_ERRORS as error:
        raise Invalid(
            "photo.truncated",
            "The file begins as a picture, but it can't be read to its end: it is damaged or was cut off on its way.",
            "Open it on your computer to see whether it is whole, then upload it again.",
        ) from error
