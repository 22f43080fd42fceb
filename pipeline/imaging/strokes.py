"""Keep and drop strokes: what a person paints over a photo to tell the matte what it can't see for itself.

A stroke is a line of points with a round brush, in the photo's own pixels: (0, 0) is the top left pixel's outer corner,
(width, height) the bottom right's. Strokes are data: they are read from JSON, checked against the photo that they were
painted on, hashed, and painted again the same way wherever a cut is recalled. What they mean for the piece's outline is
`pipeline.imaging.assist`'s business.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import MatteRefused

MAX_STROKES = 400
MAX_POINTS = 4000
MAX_RADIUS_PX = 2000.0
MAX_JSON_BYTES = 4 * 1024 * 1024
SUBPIXEL_BITS = 3  # strokes are painted to an eighth of a pixel
# Within this share of its radius a stroke is meant; further out its brush may well touch what it isn't meant for.
CORE = 0.5
# Where both kinds are meant: brushes may brush against each other, but not paint the same place.
MAX_CONTRADICTION_PX = 4

Point = tuple[float, float]


class Stroke(BaseModel):
    """One line of a round brush: `points` as (x, y) and `radius_px`, in photo pixels. A single point is a dab."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Literal["keep", "drop"]
    radius_px: Annotated[float, Field(ge=0.5, le=MAX_RADIUS_PX)]
    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=MAX_POINTS)]


class Strokes(BaseModel):
    """All strokes over one photo, whose (width, height) in pixels is `photo_size`: they fit no other size."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    version: Literal[1] = 1
    photo_size: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]
    strokes: Annotated[tuple[Stroke, ...], Field(min_length=1, max_length=MAX_STROKES)]

    def as_json(self) -> str:
        """The one JSON text of these strokes: equal strokes give equal text."""
        return json.dumps(self.model_dump(mode="json"), separators=(",", ":"), sort_keys=True)

    def sha256(self) -> str:
        """The strokes' identity, in hex."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()


def read_strokes(source: str | bytes | Path | dict[str, Any] | Strokes) -> Strokes:
    """The Strokes in a file, a JSON text or its parsed value.

    Raises MatteRefused: ``strokes.missing``, ``strokes.too_heavy``, ``strokes.unreadable``, ``strokes.invalid`` (a NaN, an
    unknown field, a brush of no size), ``strokes.outside`` (a point that lies off the photo).
    """
    if isinstance(source, Strokes):
        strokes = source
    else:
        strokes = _checked(source if isinstance(source, dict) else _parsed(source))
    _refuse_outside(strokes)
    return strokes


def stroke_of_line(kind: str, line: str) -> Stroke:
    """The Stroke that ``RADIUS:X,Y,X,Y`` says, in photo pixels. Raises MatteRefused ``strokes.invalid``."""
    radius, _, rest = line.partition(":")
    try:
        numbers = [float(word) for word in rest.replace(" ", ",").split(",") if word]
        points = tuple(zip(numbers[0::2], numbers[1::2], strict=True))
        return Stroke.model_validate({"kind": kind, "radius_px": float(radius), "points": points})
    except (ValueError, ValidationError) as error:
        raise MatteRefused(
            "strokes.invalid",
            f"The stroke {line!r} can't be read.",
            "Write it as RADIUS:X,Y,X,Y in photo pixels, for example 6:120,80,140,95.",
        ) from error


def _parsed(source: str | bytes | Path) -> Any:
    if isinstance(source, Path):
        if not source.is_file():
            raise MatteRefused("strokes.missing", f"There is no file {source}.", "Check the name.")
        size = source.stat().st_size
        content: str | bytes = source.read_bytes() if size <= MAX_JSON_BYTES else b""
    else:
        content, size = source, len(source)
    if size > MAX_JSON_BYTES:
        raise MatteRefused(
            "strokes.too_heavy",
            f"The strokes take {size / 2**20:.0f} MB; up to {MAX_JSON_BYTES // 2**20} are read.",
            "Paint with a larger brush, or upload the mask as a PNG.",
        )
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise MatteRefused(
            "strokes.unreadable", "The strokes are no JSON, or not all of it arrived.", "Paint them again."
        ) from error


def _checked(value: Any) -> Strokes:
    try:
        return Strokes.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise MatteRefused(
            "strokes.invalid",
            f"The strokes can't be used: {where}: {first['msg']}.",
            'A stroke has a kind, "keep" or "drop", a radius_px of 0.5 or more, and points as [x, y] in photo pixels.',
        ) from error


def _refuse_outside(strokes: Strokes) -> None:
    width, height = strokes.photo_size
    for number, stroke in enumerate(strokes.strokes, 1):
        for x, y in stroke.points:
            if not (0 <= x <= width and 0 <= y <= height):
                raise MatteRefused(
                    "strokes.outside",
                    f"Stroke {number} has a point at {x:g}, {y:g}, which lies outside the photo of {width} x {height} pixels.",
                    "Keep strokes within the photo.",
                )


def fit_to(strokes: Strokes, width: int, height: int) -> Strokes:
    """`strokes`, checked for a photo of that size. Raises MatteRefused ``strokes.other_photo`` and as `read_strokes` does."""
    if strokes.photo_size != (width, height):
        painted = f"{strokes.photo_size[0]} x {strokes.photo_size[1]}"
        raise MatteRefused(
            "strokes.other_photo",
            f"The strokes were painted on a photo of {painted} pixels; this one has {width} x {height}.",
            "Paint them on this photo.",
        )
    _refuse_outside(strokes)
    return strokes


class Painted(NamedTuple):
    """What strokes paint, each bool (H, W): all that their brushes sweep, and the sure middle (`*_core`) of that."""

    keep: np.ndarray
    drop: np.ndarray
    keep_core: np.ndarray
    drop_core: np.ndarray


def painted(strokes: Strokes, shape: tuple[int, int], scale: float = 1.0) -> Painted:
    """The pixels that are Painted on a photo of that shape, which is reduced by `scale`; none is both kept and dropped.

    Raises MatteRefused ``strokes.contradictory`` where the middles of a keep and a drop stroke lie on the same place.
    """
    keep, drop = _swept(strokes, "keep", 1.0, shape, scale), _swept(strokes, "drop", 1.0, shape, scale)
    keep_core, drop_core = _swept(strokes, "keep", CORE, shape, scale), _swept(strokes, "drop", CORE, shape, scale)
    contradiction = keep_core & drop_core
    if int(contradiction.sum()) > MAX_CONTRADICTION_PX:
        rows, cols = np.nonzero(contradiction)
        raise MatteRefused(
            "strokes.contradictory",
            f"A keep and a drop stroke are painted over the same place, around {cols.mean() / scale:.0f}, {rows.mean() / scale:.0f}.",
            "Take one of them back.",
        )
    keep_core &= ~drop_core
    # Outside both middles nobody has said which it is: the outline decides there.
    both = keep & drop
    return Painted(
        keep=(keep & ~both & ~drop_core) | keep_core,
        drop=(drop & ~both & ~keep_core) | drop_core,
        keep_core=keep_core,
        drop_core=drop_core,
    )


def _swept(strokes: Strokes, kind: str, share: float, shape: tuple[int, int], scale: float) -> np.ndarray:
    """What the brushes of that kind sweep at `share` of their radius, at least the pixels that the lines run through."""
    mask = np.zeros(shape, np.uint8)
    one = 1 << SUBPIXEL_BITS
    for stroke in strokes.strokes:
        if stroke.kind != kind:
            continue
        radius = stroke.radius_px * share * scale
        centres = np.rint((np.array(stroke.points, np.float64) * scale - 0.5) * one).astype(np.int32)
        if len(centres) > 1:
            width = max(1, round(2 * radius))
            cv2.polylines(mask, [centres.reshape(-1, 1, 2)], False, [1], width, cv2.LINE_8, SUBPIXEL_BITS)
        for x, y in centres.tolist():
            cv2.circle(mask, (x, y), max(1, round(radius * one)), [1], cv2.FILLED, cv2.LINE_8, SUBPIXEL_BITS)
            row, col = round(y / one), round(x / one)
            mask[min(max(row, 0), shape[0] - 1), min(max(col, 0), shape[1] - 1)] = 1
    return mask.astype(bool)
