"""Cutting a piece out of its photo, as files: what `loupe matte` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipeline.folder import folder_in_one_piece
from pipeline.imaging.colour import linear_to_srgb, linear_to_srgb8
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo
from pipeline.imaging.profile import srgb_profile

SCHEMA_VERSION = "1"
# A dark neutral ground: a rim of the photo's white shows on it at once.
DARK_LINEAR = 0.03


def write_matte(photo: Path | bytes, out_dir: Path) -> dict[str, Any]:
    """Write matte.png (the piece with true alpha), alpha.png, on-dark.png and matte.json; returns matte.json's content.

    Raises PhotoRefused and MatteRefused, and then leaves `out_dir` as it was.
    """
    read = read_photo(photo)
    piece = cut_piece(read)
    alpha8 = np.rint(piece.alpha * 255).astype(np.uint8)
    colour = np.where(piece.alpha[..., None] >= 0.995, piece.rgb, piece.foreground)
    srgb8 = linear_to_srgb8(colour) * (alpha8[..., None] > 0)
    on_dark = colour * piece.alpha[..., None] + DARK_LINEAR * (1 - piece.alpha[..., None])
    found = {
        "schema_version": SCHEMA_VERSION,
        "photo_sha256": piece.sha256,
        "photo_size": [read.width, read.height],
        "box": list(piece.box),
        "width_px": piece.width_px,
        "height_px": piece.height_px,
        "coverage": round(float(piece.alpha.mean()), 6),
        "ground_srgb": [round(float(v), 4) for v in linear_to_srgb(piece.ground)],
        "notes": list(read.notes),
        "files": ["matte.png", "alpha.png", "on-dark.png"],
    }
    with folder_in_one_piece(Path(out_dir)) as folder:
        profile = srgb_profile()
        Image.fromarray(np.dstack([srgb8, alpha8]), "RGBA").save(folder / "matte.png", icc_profile=profile)
        Image.fromarray(alpha8).save(folder / "alpha.png")
        Image.fromarray(linear_to_srgb8(on_dark)).save(folder / "on-dark.png", icc_profile=profile)
        (folder / "matte.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found
