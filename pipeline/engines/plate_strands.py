"""A necklace's two strands on a plate: followed up from its lowest point to where each goes over the body's outline.

Whatever of a strand comes after that is behind the neck, however the picture goes on there. A strand that never gets to
an outline would end in the air: `over_the_outline` says so, and the necklace is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from pipeline.engines.silhouette import Loop, PiecePart

Side = Literal["left", "right"]
# A strand is followed from this share of the loop's drop, below which it hangs across.
FROM_DROP = 0.7
# Above the wearing row a closed loop turns in to its clasp: it is followed this share of its drop further, and no more.
PAST_WEAR = 0.1
# A gap in the body this long is its outline; a shorter one is a lock of hair or a misread spot that the strand passes.
GAP_MM = 9.0
# How far above its crossing a strand is still drawn, so that the outline itself decides where it ends.
OVER_MM = 4.0
# An open loop's end is read over so many rows of the photo.
EDGE_ROWS = 3


@dataclass(frozen=True)
class Strand:
    """One strand of a loop, by the `side` of the photo it lies on: its middle `points` (n, 2) in photo px, upwards."""

    side: Side
    points: np.ndarray


def strands_of(part: PiecePart, loop: Loop) -> tuple[Strand, Strand]:
    """The loop's left and right strands, from its flanks up to its ends or a little past the wearing row."""
    drop = loop.lowest[1] - loop.wear_row
    first = loop.wear_row + FROM_DROP * drop
    last = loop.wear_row - PAST_WEAR * drop if loop.closed else float(loop.rows[0])
    kept = (loop.rows <= first) & (loop.rows >= last)
    rows = loop.rows[kept]
    band = part.mask[rows]
    filled = band.any(1)
    made = []
    for side, edge in (("left", loop.left), ("right", loop.right)):
        runs = band if side == "left" else band[:, ::-1]
        start = runs.argmax(1)
        # The outermost run of each row is the strand: where it ends, its thickness ends.
        beyond = (~runs) & (np.arange(runs.shape[1])[None] > start[:, None])
        thick = np.where(beyond.any(1), beyond.argmax(1), runs.shape[1]) - start
        half = float(np.median(thick[filled])) / 2 if filled.any() else 0.0
        middle = edge[kept] + (half if side == "left" else -half)
        made.append(Strand(side, np.stack([middle, rows], 1).astype(np.float64)[::-1]))  # type: ignore[arg-type]
    return made[0], made[1]


def ends_of(part: PiecePart, loop: Loop, strands: tuple[Strand, Strand]) -> tuple[np.ndarray, np.ndarray]:
    """What of either strand has to lie behind the outline, as points (n, 2) in photo px.

    Of a loop that closes it is the strand's middle at the wearing row: the outline may cut what is there. An open loop's
    end was cut by its photo: nothing of that edge may be seen.
    """
    if loop.closed:
        left, right = (s.points[np.abs(s.points[:, 1] - loop.wear_row).argmin()][None] for s in strands)
        return left, right
    row = int(loop.rows[0]) + EDGE_ROWS
    columns = np.nonzero(part.mask[int(loop.rows[0]) : row + 1].any(0))[0]
    ends = []
    for mine in (columns[columns < loop.axis], columns[columns >= loop.axis]):
        across = np.unique([mine.min(), round(float(mine.mean())), mine.max()]) if len(mine) else np.array([loop.axis])
        ends.append(np.stack([across, np.full(len(across), row)], 1).astype(np.float64))
    return ends[0], ends[1]


def over_the_outline(path: np.ndarray, body: np.ndarray, px_per_mm: float) -> int | None:
    """Which point of `path` (n, 2), in picture px and upwards, is the last on the body (H, W) 0..1 before its outline.

    None where the path ends on the body. What lies outside the picture is no body.
    """
    on = ndimage.map_coordinates(body, path.T[::-1], order=1, mode="constant", cval=0.0) > 0.5
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]) / px_per_mm
    if not on.any():
        return 0
    left = int(on.argmax())
    while True:
        off = np.nonzero(~on[left:])[0]
        if not len(off):
            return None
        out = left + int(off[0])
        back = np.nonzero(on[out:])[0]
        if not len(back) or along[out + int(back[0])] - along[out] > GAP_MM:
            return out - 1
        left = out + int(back[0])


def in_front(
    photo_xy: np.ndarray, strands: tuple[Strand, Strand], crossed: dict[Side, int], axis: float, over_px: float
) -> np.ndarray:
    """1 (H, W) where a picture shows the loop before its strands' crossings, 0 for what comes after.

    `photo_xy` (H, W, 2) is where each pixel lies in the photo; `axis` the column between the strands; `over_px` the
    photo px by which a strand is drawn past its crossing.
    """
    x, row = photo_xy[..., 0], photo_xy[..., 1]
    front = np.ones(row.shape, np.float32)
    for strand in strands:
        mine = x < axis if strand.side == "left" else x >= axis
        top = strand.points[crossed[strand.side], 1] - over_px
        front[mine & (row < top)] = 0
    return front
