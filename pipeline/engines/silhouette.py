"""What a piece's silhouette tells about how it was photographed: its parts, a necklace's loop, a band's view.

All measures are in photo pixels until a scale in mm is given. Nothing here knows bodies or sets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pipeline.imaging.piece import CutPiece

# Links and gaps of a chain up to this share of the piece's longer side belong to one part.
BRIDGE = 0.012
# A part smaller than this share of the largest one's area is a fragment of it and stays with its nearest part.
FRAGMENT = 0.05


@dataclass(frozen=True)
class PiecePart:
    """One separate object of the photo: its mask (H, W), its box (left, top, right, bottom; exclusive) and area in px."""

    mask: np.ndarray
    box: tuple[int, int, int, int]
    area: int

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


def parts_of(piece: CutPiece) -> list[PiecePart]:
    """The separate objects in the photo, largest first; every pixel of the piece belongs to exactly one."""
    solid = piece.alpha > 0.5
    reach = max(int(BRIDGE * max(piece.width_px, piece.height_px)), 1)
    near = ndimage.distance_transform_edt(~solid) <= reach
    labels, count = ndimage.label(near)
    areas = ndimage.sum_labels(solid, labels, range(1, count + 1)) if count else np.array([])
    kept = [i + 1 for i in np.argsort(-areas) if areas[i] >= FRAGMENT * areas.max()]
    if len(kept) < count:
        # Fragments join the part they lie nearest to.
        core = np.where(np.isin(labels, kept), labels, 0)
        nearest = ndimage.distance_transform_edt(core == 0, return_distances=False, return_indices=True)
        labels = np.where(near, core[nearest[0], nearest[1]], 0)
    found = []
    for label in kept:
        mask = solid & (labels == label)
        rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        found.append(PiecePart(mask, box, int(mask.sum())))
    return found


@dataclass(frozen=True)
class Loop:
    """A necklace as photographed flat, in photo pixels.

    `rows` (n,) run from the top down; `left`, `right` (n,) are the outline's outermost columns there, smoothed.
    `closed` says that its clasp is in the photo; an open loop's ends leave the photo. `wear_row` is the row that
    comes to lie on the ridge of the shoulders, `axis` the column of symmetry there, `lowest` (x, y) the lowest point.
    """

    rows: np.ndarray
    left: np.ndarray
    right: np.ndarray
    closed: bool
    wear_row: float
    axis: float
    lowest: tuple[float, float]

    @property
    def half_width(self) -> float:
        """Half the loop's width at `wear_row`."""
        i = int(np.clip(round(self.wear_row - self.rows[0]), 0, len(self.rows) - 1))
        return float(self.right[i] - self.left[i]) / 2


def loop_of(part: PiecePart) -> Loop:
    """Read a necklace's loop from its mask: outer outline, lowest point, widest place, and whether it closes."""
    top, bottom = part.box[1], part.box[3]
    rows = np.arange(top, bottom)
    band = part.mask[top:bottom]
    filled = band.any(1)
    left = np.where(filled, band.argmax(1), np.nan)
    right = np.where(filled, band.shape[1] - 1 - band[:, ::-1].argmax(1), np.nan)
    left, right = (np.interp(rows, rows[filled], side[filled]) for side in (left, right))
    sigma = max(0.012 * part.height, 1.0)
    left, right = ndimage.gaussian_filter1d(left, sigma), ndimage.gaussian_filter1d(right, sigma)
    width = right - left
    closed = top > 2
    if closed:
        # Above the widest place a worn loop already turns in to the nape; a little above it, it crosses the ridge.
        widest = int(width.argmax())
        above = np.nonzero(width[: widest + 1] < 0.985 * width[widest])[0]
        wear = int(above[-1]) if len(above) else 0
    else:
        wear = min(int(0.02 * part.height) + 1, len(rows) - 1)
    low_columns = np.nonzero(part.mask[bottom - 1])[0]
    return Loop(
        rows,
        left,
        right,
        closed,
        float(rows[wear]),
        float(left[wear] + right[wear]) / 2,
        (float(low_columns.mean()), float(bottom - 1)),
    )


def view_elevation_deg(part: PiecePart) -> float:
    """How far above its own plane a round band or bracelet was photographed: asin of its outline's aspect, degrees."""
    return float(np.degrees(np.arcsin(np.clip(part.height / max(part.width, 1), 0.0, 1.0))))
