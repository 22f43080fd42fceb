"""People for the checks of the model: hands and heads rendered from the parametric body, as evidence on a picture."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from pipeline.direction import Pose
from pipeline.imaging.colour import srgb_to_linear
from pipeline.plate.landmarks import Face, Hand, faces, hands
from pipeline.qa.evidence import Evidence
from tests.pipeline.plate import rendered
from tests.pipeline.scenes import ring


def pixels(png: bytes) -> np.ndarray:
    """A PNG's pixels (H, W, 3) float32 sRGB 0..1."""
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"), np.float32) / 255


def shown(srgb: np.ndarray, **more: object) -> Evidence:
    """Evidence on a picture that shows a person, and no piece."""
    return Evidence(picture=srgb_to_linear(np.clip(srgb, 0, 1).astype(np.float32)), piece=ring(), **more)  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def hand(pose: str = "fingers-fanned", skin: str = "tan") -> tuple[np.ndarray, Hand, np.ndarray]:
    """A rendered hand (H, W, 3), its landmarks, and the ground behind it."""
    look = rendered.Look(skin)
    picture = pixels(rendered.hand(pose, "left", look=look).png)
    rim = np.concatenate([picture[:, :20], picture[:, -20:]], 1)
    return picture, hands(picture)[0], np.repeat(np.median(rim, 1, keepdims=True), picture.shape[1], 1)


@lru_cache(maxsize=4)
def portrait(skin: str = "tan", azimuth_deg: float = 0.0, pose: Pose = rendered.STRAIGHT) -> tuple[np.ndarray, Face]:
    """A rendered head and shoulders (H, W, 3) and its face's landmarks."""
    picture = pixels(rendered.head(azimuth_deg, pose=pose, look=rendered.Look(skin)).png)
    return picture, faces(picture)[0]


def smaller(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)


def compressed(picture: np.ndarray) -> np.ndarray:
    data = cv2.imencode(".jpg", (picture[..., ::-1] * 255).round(), [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255


def mirrored(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture[:, ::-1])


def darker(picture: np.ndarray) -> np.ndarray:
    return picture * 0.75


def noisy(picture: np.ndarray) -> np.ndarray:
    strewn = picture + np.random.default_rng(3).normal(0, 0.015, picture.shape)
    return np.clip(strewn, 0, 1).astype(np.float32)


# What a camera or a file does to a picture, and no check of a person may take for a fault.
NUISANCES = (smaller, compressed, mirrored, darker, noisy)
