"""Bodies that no body can be: a head shrunk or pushed aside, a neck drawn out, a wrist bent too far. Warps of a picture.

A picture is (H, W, 3) float32 sRGB 0..1; landmarks are those of `pipeline.plate.landmarks`, in its pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.plate.landmarks import CHIN, FOREHEAD, WRIST, Face, Hand


def _warped(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The picture drawn from (x, y) (H, W) of itself."""
    place = x.astype(np.float32), y.astype(np.float32)
    return cv2.remap(picture, *place, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _grid(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    return x, y


def px_per_mm(face: Face) -> float:
    """A face is 166 mm high."""
    return float(np.linalg.norm(face.points[CHIN] - face.points[FOREHEAD])) / 166


def head_of_another_size(picture: np.ndarray, face: Face, by: float) -> np.ndarray:
    """All above the chin `by` times as large."""
    x, y = _grid(picture)
    cx, cy = face.points[CHIN, 0], face.points[CHIN, 1] + 8 * px_per_mm(face)
    k = 1 + np.clip((cy - y) / 10, 0, 1) * (1 / by - 1)
    return _warped(picture, cx + (x - cx) * k, cy + (y - cy) * k)


def neck_drawn_out(picture: np.ndarray, face: Face, by_mm: float) -> np.ndarray:
    """The head lifted by `by_mm`, the neck under it stretched."""
    x, y = _grid(picture)
    s = px_per_mm(face)
    chin, lift, held = face.points[CHIN, 1] + 12 * s, by_mm * s, 20 * s
    stretched = chin + (y - (chin - lift)) * held / (held + lift)
    return _warped(picture, x, np.where(y < chin - lift, y + lift, np.where(y < chin + held, stretched, y)))


def head_pushed_aside(picture: np.ndarray, face: Face, by_mm: float) -> np.ndarray:
    """The head moved to the right by `by_mm`, the neck drawn after it."""
    x, y = _grid(picture)
    s = px_per_mm(face)
    share = np.clip((face.points[CHIN, 1] + 45 * s - y) / (40 * s), 0, 1)
    return _warped(picture, x - share * by_mm * s, y)


def wrist_bent(picture: np.ndarray, hand: Hand, by_deg: float) -> np.ndarray:
    """The hand turned about its wrist in the picture's plane, clockwise for `by_deg` above 0; the arm stays."""
    x, y = _grid(picture)
    wx, wy = hand.points[WRIST, :2]
    along = hand.points[[5, 9, 13, 17], :2].mean(0) - (wx, wy)
    long = float(np.linalg.norm(along))
    ahead = ((x - wx) * along[0] + (y - wy) * along[1]) / long**2
    a = np.radians(by_deg) * np.clip(ahead / 0.25 + 0.5, 0, 1)
    turned_x = wx + (x - wx) * np.cos(a) + (y - wy) * np.sin(a)
    return _warped(picture, turned_x, wy - (x - wx) * np.sin(a) + (y - wy) * np.cos(a))
