"""A necklace on a plate: over the shoulders where their outline is, round the neck, behind it, under the hair.

Its photo shows it laid flat from the front, so it hangs as it was photographed. The wearing row comes to lie where the
skin ends above either end of the loop; whatever of the loop comes back over neck or face is behind them.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from pipeline.engines.plate_canvas import Canvas, Fit
from pipeline.engines.silhouette import Loop, PiecePart, loop_of
from pipeline.errors import PlacementRefused
from pipeline.plate.anchor import Anchor
from pipeline.plate.landmarks import CHIN
from pipeline.plate.reading import PlateReading

NECK_EASE = 1.02
# A strand that hair parts from the rest is shown from this share of the rest's size on; less is a fragment in mid-air.
LEAST_STRAND = 0.12


def neck_fit(parts: list[PiecePart], anchor: Anchor, mm_per_px: float, reading: PlateReading) -> Fit:
    """The loop's wearing row where the body's outline is as wide: there it passes over the shoulders' ridge."""
    part, skin = parts[0], reading.skin.mask
    loop = loop_of(part)
    half_mm = loop.half_width * mm_per_px
    if 2 * half_mm < anchor.width_mm * (NECK_EASE - anchor.scale_error):
        raise PlacementRefused(
            "placement.too-small",
            f"A loop {2 * half_mm:.0f} mm wide doesn't go round this neck, which is {anchor.width_mm:.0f} mm.",
            "Check the piece's full width in mm, or choose another plate.",
        )
    chin_row = float(reading.faces[0].points[CHIN, 1]) if reading.faces else anchor.point[1] - 0.4 * anchor.width_px
    row, middle = _ridge(anchor, half_mm * anchor.px_per_mm, skin, chin_row)
    drop = (loop.lowest[1] - loop.wear_row) * mm_per_px * anchor.px_per_mm
    missing_mm = (row + drop - (skin.shape[0] - 1)) / anchor.px_per_mm
    if missing_mm > 0:
        raise PlacementRefused(
            "plate.cropped",
            f"The plate ends {max(missing_mm, 1):.0f} mm above the necklace's lowest point.",
            "Choose a plate that shows more of the chest, or a shorter necklace.",
        )
    box = (float(part.box[0]), loop.wear_row, float(part.box[2]), float(part.box[3]))
    notes = []
    if len(parts) > 1:
        notes.append(f"The photo shows {len(parts)} separate parts; the largest is worn, the others are left out.")

    def hidden(canvas: Canvas, drawn: np.ndarray) -> np.ndarray:
        body = np.maximum(canvas.skin, canvas.person * (1 - canvas.hair))
        front = _in_front(drawn, body * (1 - _before_nape(canvas, anchor, chin_row)), loop, canvas.matrix)
        return (1 - body * front).astype(np.float32)

    return Fit(
        anchor,
        part,
        np.array([loop.axis, loop.wear_row]),
        np.array([middle, row]),
        0.0,
        anchor.px_per_mm,
        box,
        hidden,
        (0.2, 0.5),
        1.4,
        notes,
    )


def _ridge(anchor: Anchor, half_px: float, skin: np.ndarray, chin_row: float) -> tuple[float, float]:
    """The row at which the loop goes over the shoulders, and the column of its middle there.

    Followed up from the chest on either side, the skin ends at the shoulder's outline, under hair or under the jaw. The
    higher of the two is taken: on the other side the body hides what is above its own.
    """
    height, width = skin.shape
    x, y = anchor.point
    low = min(y + 1.0 * anchor.width_px, height - 2.0)
    middle = x + anchor.axis[0] / max(anchor.axis[1], 0.3) * (0.4 * anchor.width_px)
    tops = []
    for side in (-1, 1):
        column = round(middle + side * half_px)
        if not 0 <= column < width:
            continue
        inside = skin[: int(low) + 1, column] > 0.5
        if not inside.any():
            continue
        lowest = int(np.nonzero(inside)[0][-1])
        gone = np.nonzero(~inside[: lowest + 1])[0]
        tops.append(max(float(gone[-1]) if len(gone) else 0.0, chin_row))
    return (min(tops) if tops else y + 0.35 * anchor.width_px), float(middle)


def _before_nape(canvas: Canvas, anchor: Anchor, chin_row: float) -> np.ndarray:
    """Where head and neck stand before the nape (H, W) 0..1: above the chin, and the neck's own column up from its middle."""
    k = canvas.px_per_mm / anchor.px_per_mm
    down = canvas.rows_from(anchor.point[1])
    aside = canvas.columns_from(anchor.point[0]) - anchor.axis[0] / max(anchor.axis[1], 0.3) * down
    column = (np.abs(aside) < 0.5 * anchor.width_px) & (down < 0.12 * anchor.width_px)
    head = canvas.rows_from(chin_row) < 0
    return cv2.GaussianBlur((column | head).astype(np.float32), (0, 0), max(0.6 * k, 0.6))


def _in_front(drawn: np.ndarray, body: np.ndarray, loop: Loop, matrix: np.ndarray) -> np.ndarray:
    """Coverage (H, W) 0..1 of the piece's front: what hangs together, over the body, with its lowest point."""
    reach = max(int(0.008 * max(drawn.shape)), 2)
    chain = ndimage.distance_transform_edt(drawn < 0.4) <= reach
    labels, count = ndimage.label(chain & (body > 0.5))
    if count == 0:
        return np.zeros(drawn.shape, np.float32)
    low = matrix @ np.array([*loop.lowest, 1.0])
    y, x = np.nonzero(labels)
    start = labels[y, x][int(((x - low[0]) ** 2 + (y - low[1]) ** 2).argmin())]
    # Hair and small misreadings of the skin may cut the chain: what lies below the wearing row is front all the same.
    front = labels == start
    wear = (matrix @ np.array([*(loop.axis, loop.wear_row), 1.0]))[1]
    rows = np.arange(drawn.shape[0])[:, None]
    areas = np.bincount(labels.ravel())
    large = np.nonzero(areas >= LEAST_STRAND * areas[start])[0]
    front |= np.isin(labels, large[large > 0]) & (rows > wear + 0.06 * max(drawn.shape))
    return ndimage.gaussian_filter((ndimage.distance_transform_edt(~front) <= 3).astype(np.float32), 0.7)
