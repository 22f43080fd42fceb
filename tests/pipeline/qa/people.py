"""People for the checks of the model: hands and heads rendered from the parametric body, as evidence on a picture."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image

from pipeline.imaging.colour import srgb_to_linear
from pipeline.plate.landmarks import Hand, hands
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
