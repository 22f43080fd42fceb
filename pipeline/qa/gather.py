"""Gathering evidence: reading a finished picture and its layers back from their files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from pipeline.errors import PictureError
from pipeline.fingerprint.confirming import Confirmation, confirmed_by
from pipeline.fingerprint.model import Fingerprint
from pipeline.imaging.colour import srgb_to_linear
from pipeline.imaging.cut_file import CUT_FILE
from pipeline.imaging.lock import lay
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.registration import find_piece
from pipeline.imaging.resample import Mapping
from pipeline.imaging.residual import residual_px, tile_shifts
from pipeline.qa.behind import without_hidden
from pipeline.qa.evidence import Evidence, Recorded, luma
from pipeline.qa.outline_shift import outline_shift
from pipeline.qa.relit import estimated_gain
from pipeline.qa.same_light import same_light
from pipeline.qa.thresholds import REGISTRATION_PX

FACTS_FILE = "facts.json"
# Closer than this no second laying is worth its time; with fewer tiles than this an affine would follow their noise.
CLOSE_PX = 0.12
LEAST_TILES = 10


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def evidence_of(
    piece: CutPiece, picture: np.ndarray, mapping: Mapping, fingerprint: Fingerprint | None = None
) -> Evidence:
    """Evidence on a picture (H, W, 3), float32 linear, on which `piece` is known to lie by `mapping`, to a pixel or so; its
    relight is estimated, and the mapping moved by the shift that remains: by what is inside the piece, or, where its light was
    moved, by its outline. No files: what a calibration calls."""
    first = _laid_on(piece, picture, mapping, fingerprint)
    found = _by_inside(first, mapping)
    if same_light(found):
        return found
    outlined = _by_outline(first, mapping)
    if outlined is not None:
        return outlined
    # Too little outline to tell by: what is inside has to do, where it agrees on a place at all.
    return replace(found, relit=found.residual_px is not None and found.residual_px <= REGISTRATION_PX)


def _by_inside(found: Evidence, mapping: Mapping) -> Evidence:
    """The evidence with the mapping moved as what is inside the piece says, where that brings it nearer."""
    if found.residual_px is None or found.residual_px < CLOSE_PX:
        return found
    moved = _nearer(found, mapping)
    if moved is None:
        return found
    again = _laid_on(found.piece, found.picture, moved, found.fingerprint)
    return again if again.residual_px is not None and again.residual_px < found.residual_px else found


def _by_outline(evidence: Evidence, mapping: Mapping) -> Evidence | None:
    """The evidence with the mapping moved as the piece's outline says, and what is left then; None where it doesn't say."""
    off = outline_shift(evidence)
    if off is None:
        return None
    step = np.eye(3)
    step[:2, 2] = off.by
    moved = replace(mapping, matrix=step @ np.asarray(mapping.matrix, np.float64))
    again = _laid_on(evidence.piece, evidence.picture, moved, evidence.fingerprint)
    nearer = _by_inside(again, moved)
    if same_light(nearer):
        return nearer
    left = outline_shift(again)
    # How far its points disagree says how well they tell, all together: by a fifth of it, as neighbours err alike.
    return None if left is None else replace(again, residual_px=left.px + 0.2 * left.spread_px, relit=True)


def _laid_on(piece: CutPiece, picture: np.ndarray, mapping: Mapping, fingerprint: Fingerprint | None) -> Evidence:
    laid = lay(piece, mapping)
    return measured(
        Evidence(
            picture=picture,
            piece=piece,
            mapping=mapping,
            laid=laid,
            coverage=laid.alpha,
            gain=estimated_gain(laid, picture),
            hashes={"photo": piece.sha256},
            fingerprint=fingerprint,
        )
    )


def _nearer(evidence: Evidence, mapping: Mapping) -> Mapping | None:
    """`mapping` after the affine (with few tiles: the shift) that best explains the tiles' shifts; None where there are none."""
    assert evidence.laid is not None
    left, top, right, bottom = evidence.window
    inside = np.s_[top:bottom, left:right]
    one, two = luma(evidence.laid.reference[inside]), luma(evidence.ungained[inside])
    shifts = tile_shifts(one, two, evidence.interior[inside])
    shifts = shifts[np.isfinite(shifts).all(1)]
    if not len(shifts):
        return None
    at, by = shifts[:, :2] + (left, top), shifts[:, 2:]
    step = np.eye(3)
    near = np.hypot(*(by - np.median(by, 0)).T) < 0.75
    if near.sum() >= LEAST_TILES:
        terms = np.column_stack([at[near] - at[near].mean(0), np.ones(near.sum())])
        solved = np.linalg.lstsq(terms, by[near], rcond=None)[0]
        step[:2, :2] += solved[:2].T
        step[:2, 2] = solved[2] - solved[:2].T @ at[near].mean(0)
    else:
        step[:2, 2] = np.median(by, 0)
    return replace(mapping, matrix=step @ np.asarray(mapping.matrix, np.float64))


def evidence_from_layers(
    piece: CutPiece, picture_file: Path, layers: Path, fingerprint: Fingerprint | None = None
) -> Evidence:
    """Evidence on a picture that Loupe made, from its file, its layers/ folder and the cut photo alone.

    `piece` is as it was cut for the picture (`pipeline.compare.recorded_cut`). `fingerprint` is the photo's as read: what a
    brand confirmed lies in the layers, and it is held to that.

    Raises PictureError (``layers.broken``) where a layer is missing or doesn't fit the picture.
    """
    confirmation = confirmation_in(layers)
    try:
        recorded: dict[str, Any] = json.loads((layers / "matrix.json").read_text())
        picture = srgb_to_linear(np.asarray(Image.open(picture_file).convert("RGB"), np.float32) / 255)
        visible = np.asarray(Image.open(layers / "visible.png").convert("L"), np.float32) / 255
        gain = np.load(layers / "gain.npy", allow_pickle=False).astype(np.float32)
        drape = np.load(layers / "drape.npy", allow_pickle=False).astype(np.float32) if recorded["drape"] else None
        matrix = np.array(recorded["matrix"], np.float64)
        expected = {"photo": str(recorded["photo_sha256"]), "picture": str(recorded["picture_sha256"])}
        expected |= {"facts": str(recorded["facts_sha256"])} if "facts_sha256" in recorded else {}
        expected |= {"cut": str(recorded["cut_file_sha256"])} if "cut_file_sha256" in recorded else {}
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise unreadable(f"The layers in {layers}", error) from error
    height, width = picture.shape[:2]
    if visible.shape != (height, width) or gain.shape != (height, width, 3) or matrix.shape != (3, 3):
        raise PictureError("layers.broken", f"The layers in {layers} don't have the picture's size.", "Place it again.")
    mapping = Mapping(matrix, (height, width), drape)
    laid = lay(piece, mapping, int(recorded.get("photo_reduced", 1)))
    hashes = {"photo": piece.sha256, "picture": sha256_of(picture_file)}
    if (layers / CUT_FILE).exists():
        hashes["cut"] = sha256_of(layers / CUT_FILE)
    if confirmation is not None:
        hashes["facts"] = confirmation.sha256()
        fingerprint = confirmed_by(fingerprint, confirmation) if fingerprint is not None else None
    evidence = Evidence(
        picture=picture,
        piece=piece,
        mapping=mapping,
        laid=laid,
        coverage=visible,
        gain=gain,
        layers_known=True,
        hashes=hashes,
        expected=expected,
        fingerprint=fingerprint,
        recorded=_recorded(layers, recorded, (height, width)),
    )
    return measured(evidence)


def unreadable(what: str, error: Exception) -> PictureError:
    """The refusal (``layers.broken``) where `what` lies beside a picture can't be read."""
    return PictureError(
        "layers.broken",
        f"{what} can't be read ({error}).",
        "Place the piece again, or move the picture away from its layers to have it judged without them.",
    )


def confirmation_in(layers: Path) -> Confirmation | None:
    """What the brand confirmed of the piece, as it was written beside the picture; None where nothing was.

    Raises PictureError (``layers.broken``) where it can't be read.
    """
    try:
        return Confirmation.model_validate_json((layers / FACTS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise unreadable(f"The confirmed facts in {layers}", error) from error


def _recorded(layers: Path, told: dict[str, Any], size: tuple[int, int]) -> Recorded | None:
    """What the layers say of the placement; None where they come from a version that didn't write it."""
    try:
        ground = srgb_to_linear(np.asarray(Image.open(layers / "ground.png").convert("RGB"), np.float32) / 255)
        hidden = np.asarray(Image.open(layers / "occlusion.png").convert("L"), np.float32) / 255
        shadow = np.load(layers / "shadow.npy", allow_pickle=False).astype(np.float32)
        facts = str(told["category"]), float(told["width_mm"]), float(told["px_per_mm"])
    except (OSError, KeyError, ValueError, TypeError):
        return None
    if ground.shape[:2] != size or hidden.shape != size or shadow.shape != ground.shape:
        return None
    return Recorded(*facts, ground=ground, shadow=shadow, hidden=hidden, engine=str(told.get("engine", "")))


def evidence_from_picture(
    piece: CutPiece, picture: np.ndarray, sha256: str, fingerprint: Fingerprint | None = None
) -> Evidence:
    """Evidence on a picture (H, W, 3), float32 linear, from anywhere: the piece found, its relight estimated.

    Where it isn't found the evidence says why, and every check that needs it is not verifiable.
    """
    hashes = {"photo": piece.sha256, "picture": sha256}
    found = find_piece(piece, picture)
    if found.mapping is None:
        return Evidence(
            picture,
            piece,
            hashes=hashes,
            mirrored=found.mirrored,
            not_found=found.reason,
            fingerprint=fingerprint,
        )
    gathered = replace(evidence_of(piece, picture, found.mapping, fingerprint), hashes=hashes)
    seen = without_hidden(gathered)
    return gathered if seen is gathered else measured(seen)


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
    return replace(evidence, residual_px=shift)
