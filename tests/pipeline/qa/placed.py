"""A ring that lies on, stands on, or is worn by something drawn: evidence as the layers of such a picture would give it.

The picture is composed as the lock does; `gone_mm` moves the piece away from its shadow afterwards, as a defect does.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np

from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.imaging.lock import LaidPiece, lay
from pipeline.imaging.resample import Mapping
from pipeline.qa.evidence import Evidence, Recorded
from tests.pipeline.scenes import ring, similarity

SIZE = (620, 520)
PX_PER_MM = 12.0


def rounded(linear: np.ndarray) -> np.ndarray:
    """As an 8-bit file gives it back."""
    encoded = np.rint(np.clip(linear_to_srgb(np.clip(linear, 0, 1)), 0, 1) * 255) / 255
    return srgb_to_linear(encoded.astype(np.float32))


@lru_cache(maxsize=1)
def _laid() -> tuple[Mapping, LaidPiece]:
    piece = ring()
    about = ((piece.box[0] + piece.box[2]) / 2, (piece.box[1] + piece.box[3]) / 2)
    mapping = Mapping(similarity(0.7, 5.0, SIZE[1] / 2 + 0.3, SIZE[0] / 2 - 0.2, about), SIZE)
    return mapping, lay(piece, mapping)


def placed(how: str = "worn", gone_mm: tuple[float, float] = (0.0, 0.0), grain: float = 0.0) -> Evidence:
    """`how`: worn (a finger hides its lower half), lying, standing or hanging. `grain`: encoded noise of the ground."""
    mapping, laid = _laid()
    height, width = SIZE
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    ground = (0.35 + 0.2 * y / height)[..., None] * np.array([1.0, 0.78, 0.66], np.float32)
    if grain:
        noise = np.random.default_rng(4).normal(0, grain, (height, width, 1)).astype(np.float32)
        ground = srgb_to_linear(np.clip(linear_to_srgb(ground) + noise, 0, 1))
    hidden = np.zeros(SIZE, np.float32)
    if how in ("worn", "hanging"):
        hidden = np.clip((y - 400) / 2, 0, 1).astype(np.float32)
    near = cv2.GaussianBlur(cv2.dilate(laid.alpha, np.ones((9, 9))), (0, 0), 7.0)
    if how in ("worn", "lying"):
        taken = np.clip(1.25 * near, 0, 0.97)
    elif how == "standing":
        ys, xs = np.nonzero(laid.alpha > 0.5)
        foot = float(xs[ys >= ys.max() - 2].mean())
        taken = 0.9 * np.exp(-(((x - foot) / 70) ** 2) - ((y - ys.max()) / 14) ** 2)
    else:
        taken = np.zeros(SIZE)
    shadow = np.repeat((1 - taken)[..., None], 3, 2).astype(np.float32)
    gain = np.where(laid.alpha[..., None] > 0, 1 + 0.15 * (x / width - 0.5)[..., None], 1) * np.ones(3)
    gain = gain.astype(np.float32)
    if gone_mm != (0.0, 0.0):
        matrix = np.array([[1, 0, gone_mm[0] * PX_PER_MM], [0, 1, gone_mm[1] * PX_PER_MM]], np.float32)
        size = (width, height)
        alpha, colour, reference = (cv2.warpAffine(a, matrix, size) for a in (laid.alpha, laid.colour, laid.reference))
        core = cv2.warpAffine(laid.core.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST).astype(bool)
        left, top, right, bottom = laid.window
        dx, dy = round(float(matrix[0, 2])), round(float(matrix[1, 2]))
        window = (max(left + dx, 0), max(top + dy, 0), min(right + dx, width), min(bottom + dy, height))
        laid = replace(laid, alpha=alpha, colour=colour, reference=reference, core=core, window=window)
    coverage = laid.alpha * (1 - hidden)
    over = coverage[..., None]
    beside = rounded(ground * shadow)
    picture = rounded(np.clip(laid.colour * gain, 0, 1) * over + ground * shadow * (1 - over))
    return Evidence(
        picture=picture,
        piece=ring(),
        mapping=mapping,
        laid=laid,
        coverage=coverage.astype(np.float32),
        gain=gain,
        layers_known=True,
        recorded=Recorded("ring", 21.0, PX_PER_MM, beside, shadow, hidden),
    )


def repainted(evidence: Evidence, linear: np.ndarray) -> Evidence:
    """The same evidence on another picture (H, W, 3)."""
    return replace(evidence, picture=rounded(linear))


def jpeg(evidence: Evidence, quality: int) -> Evidence:
    """The picture after a compression."""
    encoded = np.rint(linear_to_srgb(np.clip(evidence.picture, 0, 1)) * 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", encoded[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    return replace(evidence, picture=srgb_to_linear(back.astype(np.float32) / 255))


def noisy(evidence: Evidence, by: float) -> Evidence:
    """The whole picture with noise of `by`, encoded."""
    encoded = linear_to_srgb(np.clip(evidence.picture, 0, 1))
    strewn = encoded + np.random.default_rng(9).normal(0, by, encoded.shape).astype(np.float32)
    return repainted(evidence, srgb_to_linear(np.clip(strewn, 0, 1)))
