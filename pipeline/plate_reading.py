"""What the site asks the picture half about a plate: a worker's reading of its file, and a measurement's answer.

The landmark models are heavy, so they are loaded when a plate is read, never with the site.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pipeline.direction import Calibration, worn_at
from pipeline.errors import PictureError
from studio.errors import Invalid

if TYPE_CHECKING:
    import numpy as np

# As `pipeline.plate.plate.MIN_SHORT_SIDE_PX`, without loading what reads pictures; a test holds the two together.
LEAST_PX = 600
PREVIEW_PX = 2000
THUMBNAIL_PX = 640
# Every place that may be measured on a plate, by body part, as `pipeline.plate` names them.
_FINGERS = ("thumb", "index", "middle", "ring", "little")
PLACES: dict[str, tuple[str, ...]] = {
    "Left hand": (*(f"left-{finger}-proximal" for finger in _FINGERS), "left-wrist"),
    "Right hand": (*(f"right-{finger}-proximal" for finger in _FINGERS), "right-wrist"),
    "Head and neck": ("left-ear", "right-ear", "neck"),
    "Which hand can't be told": ("finger", "wrist"),
}
WORDS = {"finger": "A finger", "wrist": "A wrist", "neck": "Neck", "both-ears": "Both ears"}


@dataclass(frozen=True)
class PlateAnswer:
    """What a worker read. `refusal` in words where the plate can't serve; pictures are encoded bytes, or empty."""

    reading: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""
    preview_webp: bytes = b""
    thumbnail_webp: bytes = b""


def examine_plate(content: bytes) -> PlateAnswer:
    """Reads a plate's file: seconds of work, for a worker. Never raises for what people may upload.

    A plate on which no body is found is kept: it may be measured by hand. One with two people on it is refused.
    """
    from pipeline.plate import find_anchors, read_plate

    try:
        plate = read_plate(content)
    except PictureError as error:
        return PlateAnswer(refusal=str(error))
    pictures: dict[str, Any] = {
        "preview_webp": _webp(plate.rgb, PREVIEW_PX),
        "thumbnail_webp": _webp(plate.rgb, THUMBNAIL_PX),
    }
    try:
        return PlateAnswer(reading=find_anchors(plate).to_json(), **pictures)
    except PictureError as error:
        if error.code != "plate.no-body":
            return PlateAnswer(refusal=str(error), **pictures)
        return PlateAnswer(reading={"anchors": [], "doubts": {}, "notes": [str(error)]}, **pictures)


def checked_calibration(data: dict[str, Any]) -> Calibration:
    """A Calibration from what was typed and clicked. Raises Invalid whose `errors` name the fields at fault."""
    try:
        return Calibration.model_validate(data)
    except ValidationError as error:
        errors: dict[str, list[str]] = {}
        for fault in error.errors():
            name = str(fault["loc"][0]) if fault["loc"] else "edges"
            limits = fault.get("ctx", {})
            words = {
                "greater_than_equal": f"must be {limits.get('ge')} or more.",
                "less_than_equal": f"must be {limits.get('le')} or less.",
                "value_error": f"{limits.get('error')}.",
            }.get(fault["type"], "must be a number." if name != "anchor" else "choose a place.")
            errors.setdefault(name, []).append(words)
        told = "; ".join(f"{_FIELD_WORDS.get(name, name)}: {messages[0]}" for name, messages in errors.items())
        raise Invalid(
            "plate.calibration", f"This can't be taken as measured. {told}", "Nothing was saved.", errors=errors
        ) from error


_FIELD_WORDS = {"edges": "The two points", "width_mm": "Distance in mm", "tilt_deg": "Tilt", "anchor": "Place"}


def anchors_with(
    calibrations: list[dict[str, Any]], size_px: tuple[int, int], found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The anchors, as data, that were `found`, with what was measured in front of them; the rest of a hand or a head
    follows what was measured on it. Raises Invalid with the reason for a measurement that can't be right."""
    if not calibrations:
        return found
    from pipeline.plate.anchor import Anchor
    from pipeline.plate.calibrated import measured

    read = [
        Anchor(**{**a, **{k: tuple(a[k]) for k in ("point", "axis", "confirmed_by")}, "edges": tuple(map(tuple, a["edges"]))})
        for a in found
    ]  # fmt: skip
    try:
        return [a.to_json() for a in measured(read, [checked_calibration(c) for c in calibrations], size_px)]
    except PictureError as error:
        raise Invalid(error.code, error.message, error.hint, errors={"width_mm": [error.message]}) from error


def place_in_words(name: str) -> str:
    """``left-ring-proximal`` as "Left ring finger": a plate's rings are worn near the hand unless the name says otherwise."""
    if name in WORDS:
        return WORDS[name]
    side, _, part = worn_at(name).partition("-")
    part, _, phalanx = part.partition("-")
    finger = part if part in ("wrist", "ear", "ears", "thumb") else f"{part} finger"
    where = {"middle": ", in the middle", "distal": ", near the tip"}.get(phalanx, "")
    return f"{side} {finger}{where}".capitalize()


def _webp(rgb: np.ndarray, long_side: int) -> bytes:
    from PIL import Image

    from pipeline.imaging.colour import linear_to_srgb8

    image = Image.fromarray(linear_to_srgb8(rgb))
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=88, method=4)
    return buffer.getvalue()
