"""Gathering evidence: reading a finished picture and its layers back from their files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from pipeline.errors import PictureError
from pipeline.imaging.colour import srgb_to_linear
from pipeline.imaging.lock import lay
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.resample import Mapping
from pipeline.imaging.residual import residual_px
from pipeline.qa.evidence import Evidence, luma


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def evidence_from_layers(piece: CutPiece, picture_file: Path, layers: Path) -> Evidence:
    """Evidence on a picture that Loupe made, from its file, its layers/ folder and the cut photo alone.

    Raises PictureError (``layers.broken``) where a layer is missing or doesn't fit the picture.
    """
    try:
        recorded: dict[str, Any] = json.loads((layers / "matrix.json").read_text())
        picture = srgb_to_linear(np.asarray(Image.open(picture_file).convert("RGB"), np.float32) / 255)
        visible = np.asarray(Image.open(layers / "visible.png").convert("L"), np.float32) / 255
        gain = np.load(layers / "gain.npy", allow_pickle=False).astype(np.float32)
        drape = np.load(layers / "drape.npy", allow_pickle=False).astype(np.float32) if recorded["drape"] else None
        matrix = np.array(recorded["matrix"], np.float64)
        expected = {"photo": str(recorded["photo_sha256"]), "picture": str(recorded["picture_sha256"])}
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise PictureError(
            "layers.broken",
            f"The layers in {layers} can't be read ({error}).",
            "Place the piece again, or move the picture away from its layers to have it judged without them.",
        ) from error
    height, width = picture.shape[:2]
    if visible.shape != (height, width) or gain.shape != (height, width, 3) or matrix.shape != (3, 3):
        raise PictureError("layers.broken", f"The layers in {layers} don't have the picture's size.", "Place it again.")
    mapping = Mapping(matrix, (height, width), drape)
    laid = lay(piece, mapping)
    evidence = Evidence(
        picture=picture,
        piece=piece,
        mapping=mapping,
        laid=laid,
        coverage=visible,
        gain=gain,
        layers_known=True,
        hashes={"photo": piece.sha256, "picture": sha256_of(picture_file)},
        expected=expected,
    )
    return measured(evidence)


def measured(evidence: Evidence) -> Evidence:
    """The same evidence with the residual shift between laid reference and picture measured."""
    assert evidence.laid is not None
    left, top, right, bottom = evidence.window
    inside = np.s_[top:bottom, left:right]
    mask = cv2.erode(evidence.interior[inside].astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    if mask.sum() < 0.3 * evidence.interior.sum():
        mask = evidence.interior[inside]
    reference, picture = luma(evidence.laid.reference[inside]), luma(evidence.ungained[inside])
    shift = residual_px(reference, picture, mask)
    return Evidence(**{**_fields(evidence), "residual_px": shift})


def _fields(evidence: Evidence) -> dict[str, Any]:
    return {name: getattr(evidence, name) for name in Evidence.__dataclass_fields__}
