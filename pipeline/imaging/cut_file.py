"""A cut kept beside its picture, so that what the picture claims can be held to the same cut for ever.

A later matte cuts the same photo a little otherwise, and strokes are drawn once; so layers/ holds the cut itself, exactly.
`cut.npz` holds it over a window of the photo: `window` (left, top, right, bottom) in pixels; `alpha` (h, w) float32; and where the
ground's colour was taken out, `rows` and `columns` (N,) within the window with `colour` (N, 3) float32 linear. All
other pixels are the photo's own, and so is every pixel that is wholly piece, whatever the file says.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.imaging.photo import Photo
from pipeline.imaging.piece import CutPiece

CUT_FILE = "cut.npz"


def write_cut(piece: CutPiece, file: Path) -> None:
    """Writes the piece's cut; the same cut gives the same bytes."""
    changed = (piece.foreground != piece.rgb).any(-1)
    rows, columns = np.nonzero(changed | (piece.alpha > 0))
    top, bottom = (int(rows.min()), int(rows.max()) + 1) if len(rows) else (0, 0)
    left, right = (int(columns.min()), int(columns.max()) + 1) if len(columns) else (0, 0)
    inside = np.s_[top:bottom, left:right]
    at = np.nonzero(changed[inside])
    np.savez_compressed(
        file,
        window=np.array([left, top, right, bottom], np.int32),
        alpha=piece.alpha[inside].astype(np.float32),
        rows=at[0].astype(np.int32),
        columns=at[1].astype(np.int32),
        colour=piece.foreground[inside][at].astype(np.float32),
        ground=np.asarray(piece.ground, np.float32),
        recipe=np.array(piece.cut_sha256),
    )


def read_cut(photo: Photo, file: Path) -> CutPiece:
    """The cut of `photo` that `file` holds. Raises OSError, KeyError or ValueError for a file that isn't one of this photo."""
    with np.load(file, allow_pickle=False) as held:
        left, top, right, bottom = (int(v) for v in held["window"])
        height, width = photo.rgb.shape[:2]
        part, ground = held["alpha"], held["ground"]
        rows, columns, colour, recipe = held["rows"], held["columns"], held["colour"], str(held["recipe"])
    if not (0 <= left < right <= width and 0 <= top < bottom <= height) or part.shape != (bottom - top, right - left):
        raise ValueError("the cut doesn't fit its photo")
    if not (rows.shape == columns.shape == colour.shape[:1] and colour.shape[1:] == (3,) and ground.shape == (3,)):
        raise ValueError("the cut's colours don't fit their places")
    if not (np.isfinite(part).all() and part.min() >= 0 and part.max() <= 1 and np.isfinite(colour).all()):
        raise ValueError("the cut holds values that are no coverage")
    if len(rows) and (rows.min() < 0 or columns.min() < 0):
        raise ValueError("the cut's colours lie outside of it")
    alpha = np.zeros((height, width), np.float32)
    alpha[top:bottom, left:right] = part
    whole = part[rows, columns] >= 1
    foreground = photo.rgb.copy()
    foreground[top + rows[~whole], left + columns[~whole]] = colour[~whole]
    solid = np.nonzero(alpha > 0.5)
    if not len(solid[0]):
        raise ValueError("the cut holds no piece")
    box = (int(solid[1].min()), int(solid[0].min()), int(solid[1].max()) + 1, int(solid[0].max()) + 1)
    return CutPiece(photo.rgb, foreground, alpha, ground, box, photo.sha256, recipe)
