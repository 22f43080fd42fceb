"""Large stones that the votes break up: a pear's or marquise's mirrored facets each look like a stone of its own.

What tells them from stones that touch is the outline of all together: one stone's is convex and closed, that of several is
scalloped or long. And stones that touch are each surer than facets are.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from scipy import ndimage

from pipeline.fingerprint.net import Maps
from pipeline.fingerprint.stones import COUNTED, Found

# A body is looked at from this narrow side on, px; its area in its convex hull's, how much longer than wide a stone is cut,
# and how stony it is all over.
LEAST_PX, CONVEX, LONGEST, STONY = 22.0, 0.92, 2.4, 0.85
# Parts as sure as this on the whole, or more than so many, are stones that touch; one part as large as this, in length, is
# the stone itself.
TOUCHING, MOST_FACETS, ITSELF = 0.95, 5, 0.8
# The way in which a body's outline leaves its moments' ellipse: a pear's least, a cross's or a crescent's more.
ELLIPTIC = 0.08


def whole(maps: Maps, found: Sequence[Found], scale: float = 1.0) -> list[Found]:
    """The candidates of a picture with those that are facets of one stone replaced by that stone, the surest first. The maps
    are of the picture at `scale` times its size."""
    out = list(found)
    labels, _ = ndimage.label(maps.stone > 0.5)
    for label, box in enumerate(ndimage.find_objects(labels), 1):
        if min(s.stop - s.start for s in box) < LEAST_PX:
            continue
        stone = _as_one(labels[box] == label, maps, box)
        if stone is None:
            continue
        parts = [s for s in out if _within(s.scaled(scale), labels, label)]
        sure = [s for s in parts if s.sure >= COUNTED]
        if any(s.long * scale > ITSELF * stone.long for s in sure):
            continue
        if len(sure) <= MOST_FACETS and (not sure or np.mean([s.sure for s in sure]) < TOUCHING):
            out = [s for s in out if s not in parts]
            out.append(stone.scaled(1 / scale))
    return sorted(out, key=lambda s: -s.sure)


def _within(stone: Found, labels: np.ndarray, label: int) -> bool:
    y, x = (int(np.clip(round(v), 0, most - 1)) for v, most in zip((stone.y, stone.x), labels.shape, strict=True))
    return bool(labels[y, x] == label)


def _as_one(mask: np.ndarray, maps: Maps, box: tuple[slice, slice]) -> Found | None:
    """The body as one stone where its outline is one stone's: `mask` (h, w) in `box` of the maps."""
    mask = ndimage.binary_fill_holes(mask)
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(max(outlines, key=len))
    drawn = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(drawn, [hull], (1,))
    convex = float(mask.sum() / max(drawn.sum(), 1))
    body = float(maps.stone[box][mask].mean())
    if convex < CONVEX or body < STONY:
        return None
    ys, xs = np.nonzero(mask)
    values, vectors = np.linalg.eigh(np.cov(np.stack([xs, ys])))
    short, long = 4 * np.sqrt(values)
    angle = (float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))) + 90) % 180 - 90
    if short < LEAST_PX or long > LONGEST * short or abs(np.pi / 4 * long * short / mask.sum() - 1) > ELLIPTIC:
        return None
    cells = np.s_[box[0].start // 2 : -(-box[0].stop // 2), box[1].start // 2 : -(-box[1].stop // 2)]
    cuts = maps.cuts[:, *cells].mean((1, 2))
    x, y = float(xs.mean()) + box[1].start, float(ys.mean()) + box[0].start
    peak = float(maps.near[int(y), int(x)])
    told = tuple(float(c) for c in cuts / max(float(cuts.sum()), 1e-6))
    bezel = float(maps.bezel[cells].mean())
    return Found(x, y, float(long), float(short), angle, peak, 0.0, body, 0.0, bezel, told, sure=body * convex)
