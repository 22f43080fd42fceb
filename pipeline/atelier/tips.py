"""Where a prong's tip stands in the photo: what of it rises over the girdle of a stone that it holds.

A prong's whole silhouette runs down to the metal; what a jeweller counts, and what a picture may lose, is its tip.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.atelier.camera import Camera
from pipeline.atelier.pieces import Part, Piece


@dataclass(frozen=True)
class TipSeen:
    """A tip in the photo, px: the middle of its silhouette, its narrow side, and the share of it that nothing hides."""

    centre: tuple[float, float]
    size_px: float
    visible_share: float


def tip_seen(prong: Part, piece: Piece, camera: Camera, first: np.ndarray, samples: int) -> TipSeen | None:
    """The prong's tip; None for a prong with no stone to hold.

    `first`: the index of the part that each ray meets, (H, W) on a grid of `samples` rays a pixel side.
    """
    place = _held_place(prong, piece)
    if place is None:
        return None
    vertices = prong.mesh.vertices
    height = (vertices - place[:3, 3]) @ place[:3, 2]
    over = vertices[height >= min(0.0, float(np.quantile(height, 0.7)))]
    hull = cv2.convexHull(camera.project(over)[:, :2].astype(np.float32))[:, 0]
    middle = cv2.moments(hull)
    if middle["m00"] <= 0:
        return None
    centre = (middle["m10"] / middle["m00"], middle["m01"] / middle["m00"])
    low = np.floor((hull.min(0) + 0.5) * samples).astype(int)
    high = np.ceil((hull.max(0) + 0.5) * samples).astype(int) + 1
    mask = np.zeros((high - low)[::-1], np.uint8)
    cv2.fillConvexPoly(mask, np.rint((hull + 0.5) * samples - 0.5 - low).astype(np.int32), (1,))
    window = np.full(mask.shape, -2, np.int32)
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(high, first.shape[::-1])
    if x1 > x0 and y1 > y0:
        window[y0 - low[1] : y1 - low[1], x0 - low[0] : x1 - low[0]] = first[y0:y1, x0:x1]
    own = next(k for k, part in enumerate(piece.parts) if part.id == prong.id)
    share = float((window[mask > 0] == own).mean())
    return TipSeen(centre, float(min(cv2.minAreaRect(hull)[1])), share)


def _held_place(prong: Part, piece: Piece) -> np.ndarray | None:
    """Where the stone stands that the prong holds, or that is nearest to its end."""
    stones = [s for s in piece.of("stone") if s.place is not None]
    held = [s for s in stones if s.id in prong.holds] or stones
    at = prong.mesh.vertices.mean(0)
    places = [s.place for s in held if s.place is not None]
    return min(places, key=lambda p: float(np.linalg.norm(p[:3, 3] - at)), default=None)
