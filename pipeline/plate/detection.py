"""Finding palms and faces: single-shot detectors over a grid of anchors, and oriented boxes cut out of the picture.

Coordinates are pixels of the image given. Sources: Bazarevsky et al., "BlazeFace" (2019); Zhang et al., "MediaPipe
Hands" (2020), and the models' published cards for grids, box coding and the boxes' proportions.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.plate.models import model

SAME_OBJECT = 0.3


@dataclass(frozen=True)
class Detector:
    """A detector: its grid strides (one entry an anchor at each cell), its input's range, and its least score."""

    name: str
    strides: tuple[int, ...]
    low: float
    least_score: float


PALMS = Detector("palm_detection_full", (8, 8, 16, 16, 16, 16, 16, 16), 0.0, 0.5)
NEAR_FACES = Detector("face_detection_short_range", (8, 8, 16, 16, 16, 16, 16, 16), -1.0, 0.5)
FAR_FACES = Detector("face_detection_full_range_sparse", (4,), -1.0, 0.6)


@dataclass(frozen=True)
class Detection:
    """`box` (left, top, right, bottom), `points` (k, 2) in pixels, `score` 0..1."""

    box: np.ndarray
    points: np.ndarray
    score: float


@dataclass(frozen=True)
class OrientedBox:
    """A square to look into: `centre` (2,), `side` in pixels, turned by `angle` radians clockwise in the picture."""

    centre: np.ndarray
    side: float
    angle: float

    def matrix(self, pixels: int) -> np.ndarray:
        """The affine (2, 3) from a crop of `pixels` squared to the picture."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        R = np.array([[c, -s], [s, c]]) * (self.side / pixels)
        shift = self.centre - R @ np.array([pixels / 2, pixels / 2])
        return np.concatenate([R, shift[:, None]], 1)


def crop(srgb: np.ndarray, box: OrientedBox, pixels: int) -> np.ndarray:
    """The box's content (pixels, pixels, 3) of an sRGB image (H, W, 3) 0..1; what lies outside the picture is black."""
    shrink = box.side / pixels
    if shrink > 2:
        # Area means first, so that a strongly reduced crop doesn't alias.
        step = 1 / (shrink / 1.5)
        small = cv2.resize(srgb, None, fx=step, fy=step, interpolation=cv2.INTER_AREA)
        return crop(small, OrientedBox(box.centre * step, box.side * step, box.angle), pixels)
    return cv2.warpAffine(
        srgb, box.matrix(pixels), (pixels, pixels), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=(0, 0, 0)
    )


def detections(srgb: np.ndarray, detector: Detector) -> list[Detection]:
    """What the detector finds in an sRGB image (H, W, 3) 0..1, best first, overlapping finds merged."""
    net = model(detector.name)
    height, width = srgb.shape[:2]
    whole = OrientedBox(np.array([width / 2, height / 2]), float(max(height, width)), 0.0)
    boxes, logits = net.run(crop(srgb, whole, net.side) * (1 - detector.low) + detector.low)
    scores = 1 / (1 + np.exp(-np.clip(logits.reshape(-1), -100, 100)))
    good = scores >= detector.least_score
    if not good.any():
        return []
    raw = boxes[good].copy()
    centres = _grid(detector.strides, net.side)[good]
    raw[:, :2] += centres * net.side
    raw[:, 4:] += np.tile(centres * net.side, (raw.shape[1] - 4) // 2)
    at = raw.reshape(len(raw), -1, 2)
    to_picture = whole.matrix(net.side)
    scale, shift = to_picture[0, 0], to_picture[:, 2]
    corners = np.concatenate([at[:, 0] - at[:, 1] / 2, at[:, 0] + at[:, 1] / 2], 1)
    found = [
        Detection(corners[i] * scale + np.tile(shift, 2), at[i, 2:] * scale + shift, float(s))
        for i, s in enumerate(scores[good])
    ]
    return _merged(found)


def _grid(strides: tuple[int, ...], side: int) -> np.ndarray:
    """Anchor centres (n, 2) in 0..1: cell by cell, all anchors of one stride together."""
    centres = []
    for stride in dict.fromkeys(strides):
        n = side // stride
        y, x = np.mgrid[0:n, 0:n]
        cells = (np.stack([x.ravel(), y.ravel()], 1) + 0.5) / n
        centres.append(np.repeat(cells, strides.count(stride), axis=0))
    return np.concatenate(centres)


def _merged(found: list[Detection]) -> list[Detection]:
    """Finds of one object averaged by their scores."""
    left = sorted(found, key=lambda d: -d.score)
    kept = []
    while left:
        same = [d for d in left if overlap(left[0].box, d.box) > SAME_OBJECT]
        weights = np.array([d.score for d in same])
        weights /= weights.sum()
        kept.append(
            Detection(
                sum(w * d.box for w, d in zip(weights, same, strict=True)),
                sum(w * d.points for w, d in zip(weights, same, strict=True)),
                left[0].score,
            )
        )
        taken = {id(d) for d in same}
        left = [d for d in left if id(d) not in taken]
    return kept


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes (left, top, right, bottom)."""
    size = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    if (size <= 0).any():
        return 0.0
    both = float(size.prod())
    return both / float((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both)
