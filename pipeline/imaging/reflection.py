"""The piece's mirror image in a glossy ground, told from the piece: it is no part of the matte.

A reflection is fainter than what it mirrors, lies below it, and repeats it upside down. Only what does all three is taken
for one: a faint part of the piece itself is no picture of what stands above it.
"""

from __future__ import annotations

import cv2
import numpy as np

FAINT = 0.45  # of the piece's usual distance to its ground: a reflection stays below
LIKENESS = 0.5  # correlation with the mirrored piece
MIN_REGION_PX = 60
LINE_SEARCH_PX = 14  # how far from the piece's lowest point the line it stands on may lie


def mirror_image(piece: np.ndarray, off: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """What of `piece`, bool (H, W), is its reflection in the ground; `off` (H, W, 3) and `distance` are Lab to the ground."""
    none = np.zeros_like(piece)
    if not piece.any():
        return none
    strong = piece & (distance > FAINT * float(np.percentile(distance[piece], 80)))
    strong = cv2.morphologyEx(strong.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)
    # In each column, what lies below the lowest thing that is surely piece; columns without one take their neighbours'.
    wide = cv2.dilate(strong.astype(np.uint8), np.ones((1, 9), np.uint8)).astype(bool)
    below = piece & ~np.flip(np.logical_or.accumulate(np.flip(wide, 0), axis=0), 0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(below.astype(np.uint8), connectivity=8)
    if count == 1 or not strong.any():
        return none
    soft = cv2.GaussianBlur(off, (0, 0), 2.0)
    lines = _standing_lines(strong)
    found = none.copy()
    for index in range(1, count):
        if stats[index, cv2.CC_STAT_AREA] >= MIN_REGION_PX:
            region = labels == index
            if _likeness(region, piece & ~below, soft, lines) > LIKENESS:
                found |= region
    return found


def _standing_lines(strong: np.ndarray) -> range:
    lowest = int(np.flatnonzero(strong.sum(axis=1) >= 2)[-1]) if (strong.sum(axis=1) >= 2).any() else 0
    return range(max(0, lowest - LINE_SEARCH_PX), min(strong.shape[0], lowest + LINE_SEARCH_PX + 1))


def _likeness(region: np.ndarray, above: np.ndarray, off: np.ndarray, lines: range) -> float:
    """The best correlation of `region` and its surroundings with the piece mirrored at one of `lines`."""
    near = cv2.dilate(region.astype(np.uint8), np.ones((13, 13), np.uint8)).astype(bool)
    rows, cols = np.nonzero(near)
    seen = np.abs(off[rows, cols]).sum(axis=1)
    best = 0.0
    for line in lines:
        mirrored = 2 * line + 1 - rows
        use = (mirrored >= 0) & (rows > line) & ~above[rows, cols]
        if use.sum() < max(MIN_REGION_PX, 0.5 * len(rows)):
            continue
        source = np.abs(off[mirrored[use], cols[use]]).sum(axis=1) * above[mirrored[use], cols[use]]
        here = seen[use]
        if source.std() > 1e-6 and here.std() > 1e-6:
            best = max(best, float(np.corrcoef(source, here)[0, 1]))
    return best
