"""A fingerprint as files: what `loupe fingerprint` writes."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from pipeline.fingerprint.model import Fingerprint
from pipeline.fingerprint.overlay import draw_overlay
from pipeline.fingerprint.reading import read_fingerprint
from pipeline.folder import folder_in_one_piece
from pipeline.imaging.profile import srgb_profile


def write_fingerprint(photo: Path | bytes, category: str, out_dir: Path, width_mm: float | None = None) -> Fingerprint:
    """Write fingerprint.json and overlay.png into `out_dir`, whole or not at all; returns the fingerprint.

    Raises PhotoRefused and MatteRefused, and then leaves `out_dir` as it was.
    """
    piece, found = read_fingerprint(photo, category, width_mm)
    overlay = Image.fromarray(draw_overlay(piece, found))
    with folder_in_one_piece(Path(out_dir)) as folder:
        overlay.save(folder / "overlay.png", icc_profile=srgb_profile())
        (folder / "fingerprint.json").write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return found
