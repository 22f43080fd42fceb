"""What a piece's silhouette tells about how it was photographed: its parts, a necklace's loop, a band's view.

All measures are in photo pixels until a scale in mm is given. Nothing here knows bodies or sets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pipeline.errors import PlacementRefused
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


# The largest circle in a loop has at least this part of the loop's half width as its radius.
LEAST_ROOM = 0.4


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


def worn_loop(part: PiecePart) -> Loop:
    """`loop_of` a necklace that is to be worn. Raises PlacementRefused for one that no neck fits into, whatever its size:
    a pendant without its chain, which encloses no room that is wide against itself."""
    loop = loop_of(part)
    columns = np.arange(part.mask.shape[1])[None]
    inside = (columns > loop.left[:, None]) & (columns < loop.right[:, None])
    room = inside & ~part.mask[loop.rows[0] : loop.rows[-1] + 1]
    # The photo's edge closes an open loop; above a closed one there is nothing.
    widest = ndimage.distance_transform_edt(np.pad(room, ((int(loop.closed), 1), (1, 1)))).max()
    if widest < LEAST_ROOM * loop.half_width:
        raise PlacementRefused(
            "placement.no-loop",
            "Nothing in the photo goes round a neck: it shows a pendant without its chain.",
            "Upload a photo of it on its chain, laid flat or hanging, or use the engine “still”.",
        )
    return loop


def view_elevation_deg(part: PiecePart) -> float:
    """How far above its own plane a round band or bracelet was photographed: asin of its outline's aspect, degrees."""
    return float(np.degrees(np.arcsin(np.clip(part.height / max(part.width, 1), 0.0, 1.0))))


def territory(mine: list[PiecePart], parts: list[PiecePart]) -> np.ndarray:
    """The photo pixels (H, W) bool that lie nearer to one of `mine` than to any other of `parts`, their soft edges with them."""
    own = np.logical_or.reduce([part.mask for part in mine])
    theirs = [part.mask for part in parts if all(part is not m for m in mine)]
    if not theirs:
        return np.ones_like(own)
    return ndimage.distance_transform_edt(~own) <= ndimage.distance_transform_edt(~np.logical_or.reduce(theirs))


@dataclass(frozen=True)
class HoopPost:
    """Where a hoop enters the lobe: the entry point (x, y) in photo px, and whether the hoop's front lies left of it."""

    entry: tuple[float, float]
    front_is_left: bool


def hoop_post(part: PiecePart) -> HoopPost | None:
    """The post of a hoop seen from the side: the thin pin in its upper part that crosses from its front to its catch.

    None for a hoop without one (a plain sleeper, or one seen with its post hidden).
    """
    left, top, right, bottom = part.box
    mask = part.mask[top:bottom, left:right]
    inside = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    ridge = mask & (inside >= ndimage.maximum_filter(inside, size=3))
    usual = float(np.median(inside[ridge & (inside > 1)])) if (ridge & (inside > 1)).any() else 0.0
    if usual <= 0:
        return None
    # What a disc of the hoop's own thickness can't enter is pin or tip; the pin joins two larger things.
    radius = max(0.62 * usual, 1.5)
    stout = ndimage.distance_transform_edt(~(inside > radius)) <= radius + 0.8
    upper = np.arange(mask.shape[0])[:, None] < 0.45 * mask.shape[0]
    thin, count = ndimage.label(mask & ~stout & upper)
    bodies, _ = ndimage.label(mask & stout)
    best: tuple[float, HoopPost] | None = None
    for k in range(1, count + 1):
        rows, columns = np.nonzero(thin == k)
        length = columns.max() - columns.min() + 1
        if length < max(0.05 * mask.shape[1], 3) or length < 1.2 * (rows.max() - rows.min() + 1):
            continue
        ends = {}
        for name, column in (("left", columns.min()), ("right", columns.max())):
            near = np.s_[max(rows.min() - 2, 0) : rows.max() + 3, max(column - 2, 0) : column + 3]
            touched = np.unique(bodies[near])
            ends[name] = max((int((bodies == b).sum()) for b in touched if b), default=0)
        if not max(ends.values()):
            continue
        front_is_left = ends["left"] >= ends["right"]
        column = columns.min() if front_is_left else columns.max()
        row = float(rows[np.abs(columns - column) <= 2].mean())
        found = HoopPost((float(column + left), row + top), front_is_left)
        if best is None or length > best[0]:
            best = (float(length), found)
    return best[1] if best else None


def is_pair(parts: list[PiecePart]) -> bool:
    """Whether the two largest parts are a pair side by side: equal in size and stature, and not one above the other."""
    if len(parts) < 2:
        return False
    a, b = parts[:2]

    def alike(x: float, y: float, within: float) -> bool:
        return min(x, y) >= within * max(x, y)

    apart = a.box[2] <= b.box[0] or b.box[2] <= a.box[0]
    return apart and alike(a.area, b.area, 0.7) and alike(a.width, b.width, 0.8) and alike(a.height, b.height, 0.8)
