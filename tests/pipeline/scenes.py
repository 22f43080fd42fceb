"""A drawn piece, its photo, and a scene with a known transform: what the lock and the first QA are tested on."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from pipeline.engines.protocol import Scene
from pipeline.imaging.colour import srgb_to_linear
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo
from pipeline.imaging.piece import CutPiece

PHOTO_SIZE = (700, 640)  # height, width
OVER = 3


@lru_cache(maxsize=4)
def photo_png(seed: int = 3, stones: int = 9) -> bytes:
    """A ring on white as a PNG file: a textured band and `stones` faceted stones with catchlights."""
    height, width = PHOTO_SIZE
    rng = np.random.default_rng(seed)
    canvas = np.full((height * OVER, width * OVER, 3), 246, np.uint8)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(x * OVER), round(y * OVER)

    centre = (width / 2, height / 2 + 40)
    for radius in np.arange(150, 192, 0.5):
        t = (radius - 150) / 42
        shade = 0.35 + 0.55 * np.exp(-(((t - 0.35) / 0.18) ** 2)) + 0.12 * np.sin(t * 19)
        colour = tuple(int(c * shade) for c in (250, 205, 120))
        cv2.circle(canvas, at(*centre), int(radius * OVER), colour, 2 * OVER, cv2.LINE_AA)
    for k in range(120):  # engraving, so that the band has texture along its length
        angle = 2 * np.pi * k / 120 + rng.uniform(-0.01, 0.01)
        a = (centre[0] + 158 * np.cos(angle), centre[1] + 158 * np.sin(angle))
        b = (
            centre[0] + (166 + 16 * rng.random()) * np.cos(angle),
            centre[1] + (166 + 16 * rng.random()) * np.sin(angle),
        )
        cv2.line(canvas, at(*a), at(*b), (96, 70, 30), OVER, cv2.LINE_AA)
    for k in range(stones):
        angle = np.pi * (1.5 + 0.11 * (k - (stones - 1) / 2))
        x, y = centre[0] + 178 * np.cos(angle), centre[1] + 178 * np.sin(angle)
        cv2.circle(canvas, at(x, y), 27 * OVER, (120, 92, 44), -1, cv2.LINE_AA)
        for f in range(10):
            turn = 2 * np.pi * f / 10 + rng.uniform(-0.1, 0.1)
            corners = [at(x, y)] + [at(x + 24 * np.cos(turn + d), y + 24 * np.sin(turn + d)) for d in (0, 0.63)]
            tone = int(rng.uniform(50, 225))
            cv2.fillPoly(canvas, [np.array(corners)], (tone, min(255, tone + 12), min(255, tone + 24)), cv2.LINE_AA)
        cv2.circle(canvas, at(x - 7, y - 8), 3 * OVER, (238, 240, 242), -1, cv2.LINE_AA)
    small = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = np.clip(small + rng.normal(0, 0.8, small.shape), 0, 255)
    out = BytesIO()
    Image.fromarray(np.rint(small).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


@lru_cache(maxsize=4)
def ring(seed: int = 3, stones: int = 9) -> CutPiece:
    """The cut piece of `photo_png`."""
    return cut_piece(read_photo(photo_png(seed, stones)))


def similarity(scale: float, turn_deg: float, x: float, y: float, about: tuple[float, float]) -> np.ndarray:
    """(3, 3): `about`, in the photo, goes to (x, y), scaled and turned."""
    a = np.radians(turn_deg)
    matrix = np.eye(3)
    matrix[:2, :2] = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    matrix[:2, 2] = np.array([x, y]) - matrix[:2, :2] @ np.array(about)
    return matrix


def scene(
    piece: CutPiece,
    scale: float = 0.7,
    turn_deg: float = 6.0,
    size: tuple[int, int] = (640, 512),
    level: float = 1.0,
    **changes: object,
) -> Scene:
    """A scene whose transform is known: ground with a gradient, uneven warm light of mean `level`, the piece centred."""
    height, width = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    ground = (0.18 + 0.25 * y / height)[..., None] * np.array([1.0, 0.92, 0.85], np.float32)
    light = (level * (0.85 + 0.3 * x / width))[..., None] * np.array([1.06, 1.0, 0.93], np.float32)
    about = ((piece.box[0] + piece.box[2]) / 2, (piece.box[1] + piece.box[3]) / 2)
    made = Scene(
        ground=ground.astype(np.float32),
        shadow=np.ones((height, width, 3), np.float32),
        matrix=similarity(scale, turn_deg, width / 2 + 3.3, height / 2 - 5.7, about),
        visible=np.ones((height, width), np.float32),
        light=light.astype(np.float32),
        depth_mm=np.full((height, width), 500, np.float32),
        normals=np.dstack([np.zeros((height, width, 2)), np.ones((height, width))]).astype(np.float32),
        px_per_mm=12.0,
        versions={"scene": "drawn 1"},
    )
    return replace(made, **changes)


def linear_of(path: object) -> np.ndarray:
    """A picture file's pixels, linear (H, W, 3)."""
    return srgb_to_linear(np.asarray(Image.open(path).convert("RGB"), np.float32) / 255)  # type: ignore[arg-type]
