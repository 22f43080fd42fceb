"""Cutting a piece out of its photo, as files: what `loupe matte` writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipeline.folder import folder_in_one_piece
from pipeline.imaging.assist import read_mask
from pipeline.imaging.colour import linear_to_srgb, linear_to_srgb8
from pipeline.imaging.matte import VERSION, cut_piece
from pipeline.imaging.photo import read_photo
from pipeline.imaging.profile import srgb_profile
from pipeline.imaging.strokes import Strokes, read_strokes, stroke_of_line

SCHEMA_VERSION = "1"
# A dark neutral ground: a rim of the photo's white shows on it at once.
DARK_LINEAR = 0.03


def write_matte(
    photo: Path | bytes,
    out_dir: Path,
    strokes: str | bytes | Path | dict[str, Any] | Strokes | None = None,
    lines: Sequence[tuple[str, str]] = (),
    alpha: Path | bytes | None = None,
) -> dict[str, Any]:
    """Write matte.png (the piece with true alpha), alpha.png, on-dark.png and matte.json; returns matte.json's content.

    `strokes`, further ones as written on a command line (`stroke_of_line`), and `alpha` (a picture file whose transparency or greys are the mask) refine the cut; strokes are written
    beside it as strokes.json, so that it can be made again.

    Raises PhotoRefused and MatteRefused, and then leaves `out_dir` as it was.
    """
    read = read_photo(photo)
    drawn = None if strokes is None else read_strokes(strokes)
    if lines:
        painted = (*(drawn.strokes if drawn else ()), *(stroke_of_line(kind, line) for kind, line in lines))
        drawn = read_strokes({"photo_size": (read.width, read.height), "strokes": [s.model_dump() for s in painted]})
    mask = None if alpha is None else read_mask(alpha, read.width, read.height)
    piece = cut_piece(read, strokes=drawn, mask=mask)
    alpha8 = np.rint(piece.alpha * 255).astype(np.uint8)
    colour = np.where(piece.alpha[..., None] >= 0.995, piece.rgb, piece.foreground)
    srgb8 = linear_to_srgb8(colour) * (alpha8[..., None] > 0)
    on_dark = colour * piece.alpha[..., None] + DARK_LINEAR * (1 - piece.alpha[..., None])
    found = {
        "schema_version": SCHEMA_VERSION,
        "photo_sha256": piece.sha256,
        "cut_sha256": piece.cut_sha256,
        "matte_version": VERSION,
        "strokes_sha256": drawn.sha256() if drawn else None,
        "mask_sha256": mask.sha256 if mask else None,
        "photo_size": [read.width, read.height],
        "box": list(piece.box),
        "width_px": piece.width_px,
        "height_px": piece.height_px,
        "coverage": round(float(piece.alpha.mean()), 6),
        "ground_srgb": [round(float(v), 4) for v in linear_to_srgb(piece.ground)],
        "notes": list(read.notes),
        "files": ["matte.png", "alpha.png", "on-dark.png", *(["strokes.json"] if drawn else [])],
    }
    with folder_in_one_piece(Path(out_dir)) as folder:
        profile = srgb_profile()
        Image.fromarray(np.dstack([srgb8, alpha8]), "RGBA").save(folder / "matte.png", icc_profile=profile)
        Image.fromarray(alpha8).save(folder / "alpha.png")
        Image.fromarray(linear_to_srgb8(on_dark)).save(folder / "on-dark.png", icc_profile=profile)
        if drawn:
            (folder / "strokes.json").write_text(drawn.as_json() + "\n", encoding="utf-8")
        (folder / "matte.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found
