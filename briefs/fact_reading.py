"""The one place where briefs asks the picture half what a photo shows feature by feature, and holds a confirmation to it.

Heavy, so imported when asked: reading belongs to a worker; checking a confirmation is light and done in the request.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.errors import Invalid

if TYPE_CHECKING:
    from pipeline.fingerprint.model import Fingerprint


@dataclass(frozen=True)
class FactsAnswer:
    """What a worker read: the fingerprint as data and its counts in words; `failure` says why there is none."""

    data: dict[str, Any] = field(default_factory=dict)
    words: str = ""
    confidence: float = 0.0
    failure: str = ""


@dataclass(frozen=True)
class CheckedFacts:
    """A confirmation that fits its reading: as it is kept, its identity, its counts in words, and what was corrected."""

    data: dict[str, Any]
    sha256: str
    words: str
    corrected: dict[str, int]


def read_facts(content: bytes, alpha_png: bytes, category: str, width_mm: float) -> FactsAnswer:
    """Reads a photo with the alpha that it was cut by: about three seconds, for a worker."""
    import numpy as np
    from PIL import Image

    from pipeline.errors import PictureError
    from pipeline.fingerprint.reading import fingerprint_of
    from pipeline.imaging.photo import read_photo
    from pipeline.imaging.piece import CutPiece

    try:
        photo = read_photo(content)
    except PictureError as error:
        return FactsAnswer(failure=str(error))
    with Image.open(io.BytesIO(alpha_png)) as image:
        alpha = np.asarray(image.convert("L"), np.float32) / 255
    rows, columns = np.nonzero(alpha > 0.5)
    if alpha.shape != photo.rgb.shape[:2] or not len(rows):
        return FactsAnswer(failure="The cut doesn't belong to this photo. Have the photo checked again.")
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    piece = CutPiece(photo.rgb, photo.rgb, alpha, np.zeros(3, np.float32), box, photo.sha256)
    fingerprint = fingerprint_of(piece, category, width_mm)
    return FactsAnswer(fingerprint.model_dump(mode="json"), fingerprint.words, fingerprint.confidence)


def fingerprint_from(data: dict[str, Any]) -> Fingerprint:
    """The Fingerprint kept as `data`."""
    from pipeline.fingerprint.model import Fingerprint

    return Fingerprint.model_validate(data)


def checked_facts(data: Any, fingerprint: dict[str, Any]) -> CheckedFacts:
    """A confirmation held against the reading it is of. Raises Invalid with the reason where it doesn't fit."""
    from dataclasses import asdict

    from pipeline.errors import PictureError
    from pipeline.fingerprint.confirming import confirmed_by, corrections, read_confirmation

    read = fingerprint_from(fingerprint)
    try:
        confirmation = read_confirmation(data, read)
    except PictureError as error:
        raise Invalid(error.code, error.message, error.hint) from error
    words = confirmed_by(read, confirmation).words
    return CheckedFacts(
        confirmation.model_dump(mode="json"), confirmation.sha256(), words, asdict(corrections(read, confirmation))
    )
