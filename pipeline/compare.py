"""Comparing any picture, from any tool, with the piece's product photo: what `loupe compare` does.

A picture that still lies beside its own layers/ is judged by them; any other has its piece found by registration and
its relight estimated.
"""

from __future__ import annotations

import json
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from PIL import Image

from pipeline.fingerprint.model import Fingerprint
from pipeline.fingerprint.reading import fingerprint_of
from pipeline.folder import folder_in_one_piece
from pipeline.imaging.colour import linear_to_srgb8
from pipeline.imaging.cut_file import CUT_FILE, read_cut
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import Photo, read_photo
from pipeline.imaging.piece import CutPiece
from pipeline.qa.evidence import Evidence
from pipeline.qa.gather import evidence_from_layers, evidence_from_picture, sha256_of, unreadable
from pipeline.qa.inspect import inspect
from pipeline.qa.report import write_report

# Where the category isn't said, both chains and bands are looked for: a bracelet may be either.
ANY_CATEGORY = "bracelet"


def compare(reference: Path, picture: Path, out_dir: Path, category: str | None = None) -> dict[str, Any]:
    """Judge `picture` against the product photo `reference`; write the report into `out_dir` and return it.

    `category` tells the reader of the fingerprint what to look for; without it everything is.

    Raises PhotoRefused for either file, MatteRefused for a reference whose piece can't be cut out, and PictureError
    where the picture's own layers are broken.
    """
    seconds: dict[str, float] = {}
    start = time.perf_counter()
    photo = read_photo(reference)
    piece = recorded_cut(photo, picture) or cut_piece(photo)
    seconds["matte"] = time.perf_counter() - start
    start = time.perf_counter()
    fingerprint = fingerprint_of(piece, category or ANY_CATEGORY)
    seconds["fingerprint"] = time.perf_counter() - start
    start = time.perf_counter()
    evidence = gather(piece, picture, fingerprint)
    seconds["registration"] = time.perf_counter() - start
    start = time.perf_counter()
    inspection = inspect(evidence)
    seconds["qa"] = time.perf_counter() - start
    seconds["total"] = sum(seconds.values())
    notes = [
        "Judged by the layers that lie beside the picture."
        if evidence.layers_known
        else "Judged by registration: the picture came without layers, so its relight is estimated."
    ]
    try:
        versions = {"loupe": version("loupe")}
    except PackageNotFoundError:
        versions = {"loupe": "unknown"}
    with folder_in_one_piece(Path(out_dir)) as folder:
        preview = Image.fromarray(linear_to_srgb8(evidence.picture))
        preview.thumbnail((1280, 1280), Image.Resampling.LANCZOS)
        preview.save(folder / "preview.jpg", quality=88)
        return write_report(folder, evidence, inspection, {"preview": "preview.jpg"}, seconds, versions, notes)


def gather(piece: CutPiece, picture: Path, fingerprint: Fingerprint | None = None) -> Evidence:
    """Evidence on `picture`, by its layers where they lie beside it and are those of this picture and photo."""
    layers = picture.parent / "layers"
    if _belongs(layers, piece.sha256, picture):
        return evidence_from_layers(piece, picture, layers, fingerprint)
    photo = read_photo(picture)
    return evidence_from_picture(piece, np.ascontiguousarray(photo.rgb), photo.sha256, fingerprint)


def recorded_cut(photo: Photo, picture: Path) -> CutPiece | None:
    """The cut that the picture was made from, where its own layers keep it; a later matte would cut otherwise.

    Raises PictureError (``layers.broken``) where they name one that can't be read.
    """
    layers = picture.parent / "layers"
    if not _belongs(layers, photo.sha256, picture) or not (layers / CUT_FILE).exists():
        return None
    try:
        return read_cut(photo, layers / CUT_FILE)
    except (OSError, KeyError, ValueError, TypeError, IndexError, BadZipFile) as error:
        raise unreadable(f"The cut in {layers / CUT_FILE}", error) from error


def _belongs(layers: Path, photo_sha256: str, picture: Path) -> bool:
    try:
        recorded = json.loads((layers / "matrix.json").read_text())
        return bool(recorded["picture_sha256"] == sha256_of(picture) and recorded["photo_sha256"] == photo_sha256)
    except (OSError, ValueError, KeyError, TypeError):
        return False
