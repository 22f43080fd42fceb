"""Product photos with exactly known coverage: the atelier's path-traced pieces laid on grounds of other colours.

Each sample's own colour is unmixed from its photograph by its exact alpha, and then photographed anew by formula: on a plain
ground with a gradient of light, over a soft cast shadow, a contact shadow and a faint mirror image of itself, all in
linear light; with a camera's noise, as a JPEG of quality 90.
"""

from __future__ import annotations

import io
from functools import cache

import cv2
import numpy as np
from drawn_pieces import Drawn
from PIL import Image

from pipeline.atelier.samples import sample_alpha, sample_photo
from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.imaging.photo import Photo, read_photo

GROUNDS = {
    "white": (1.0, 1.0, 1.0),
    "off-white": (0.965, 0.965, 0.96),
    "grey": (0.62, 0.62, 0.62),
    "blush": (0.90, 0.78, 0.75),
    "teal": (0.16, 0.38, 0.40),
    "black": (0.045, 0.045, 0.045),
}
SAMPLES = ("halo-ring", "flower-necklace", "sapphire-drops")
SKIN = srgb_to_linear(np.array([0.78, 0.60, 0.50]))
BLACK = np.zeros(3, np.float32)


@cache
def sample(name: str, long_side_px: int = 900) -> Drawn:
    """A sample's own colour and coverage, reduced so that its coverage stays exact."""
    photo, alpha = read_photo(sample_photo(name)), sample_alpha(name)
    clear = (cv2.erode((alpha == 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0).astype(np.float32)
    counted = cv2.GaussianBlur(clear, (0, 0), 6)
    ground = cv2.GaussianBlur(photo.rgb * clear[..., None], (0, 0), 6) / np.maximum(counted, 1e-4)[..., None]
    a = alpha[..., None]
    own = np.where(a > 0, np.clip((photo.rgb - (1 - a) * ground) / np.maximum(a, 0.08), 0, 1), 0)
    factor = long_side_px / max(alpha.shape)
    size = (round(alpha.shape[1] * factor), round(alpha.shape[0] * factor))
    small = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    weighted = cv2.resize((own * a).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return Drawn(weighted / np.maximum(small, 1e-4)[..., None], small)


def product_photo(
    drawn: Drawn,
    ground: str,
    cast: float = 0.3,
    contact: float = 0.35,
    mirror: float = 0.05,
    gradient: float = 0.08,
    noise: float = 0.003,
    quality: int = 90,
    seed: int = 0,
) -> Photo:
    """The Photo of `drawn` on a ground of `GROUNDS`: `cast` and `contact` are how much light the shadows take, `mirror`
    how much of the piece the ground reflects, `gradient` the fall of light across the frame, `noise` sRGB 0..1."""
    height, width = drawn.alpha.shape
    alpha = drawn.alpha[..., None]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    fall = 1 - gradient * np.hypot(x / width - 0.4, y / height - 0.35) ** 2 * 2
    back = srgb_to_linear(np.array(GROUNDS[ground])) * fall[..., None]
    soft = cv2.GaussianBlur(_moved(drawn.alpha, 0.012 * width, 0.03 * height), (0, 0), 0.016 * width)
    close = cv2.GaussianBlur(_moved(drawn.alpha, 1, 4), (0, 0), 3)
    back = back * (1 - cast * soft[..., None]) * (1 - contact * close[..., None])
    bottom = int(np.flatnonzero((drawn.alpha > 0.5).any(axis=1))[-1])
    flip = np.clip(2 * bottom + 2 - np.arange(height), 0, height - 1)
    seen = np.where(np.arange(height) > bottom, mirror, 0)[:, None, None]
    share = cv2.GaussianBlur(drawn.alpha[flip], (0, 0), 1.5)[..., None] * seen
    image = cv2.GaussianBlur((drawn.rgb * alpha)[flip].astype(np.float32), (0, 0), 1.5) * seen
    back = back * (1 - share) + image
    mixed = linear_to_srgb(drawn.rgb * alpha + back * (1 - alpha))
    mixed = mixed + np.random.default_rng(seed).normal(0, noise, mixed.shape)
    stored = np.rint(np.clip(mixed, 0, 1) * 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(stored).save(file, "JPEG", quality=quality, subsampling=0)
    return read_photo(file.getvalue())


def _moved(alpha: np.ndarray, right: float, down: float) -> np.ndarray:
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return cv2.warpAffine(alpha, matrix, alpha.shape[::-1])


def edge_band(alpha: np.ndarray) -> np.ndarray:
    """Where an edge is in doubt: within two pixels of a pixel that the piece covers in part, bool (H, W)."""
    near = np.ones((5, 5), np.uint8)
    return (cv2.dilate((alpha > 0).astype(np.uint8), near) > 0) & ~(cv2.erode((alpha >= 1).astype(np.uint8), near) > 0)


def rim_error(foreground: np.ndarray, alpha: np.ndarray, drawn: Drawn, behind: np.ndarray) -> float:
    """Mean error in the edge band, of display-encoded 0..1, of the cut piece laid on `behind` (linear) against the true one."""
    a, true = alpha[..., None], drawn.alpha[..., None]
    laid = linear_to_srgb(np.clip(foreground * a + behind * (1 - a), 0, 1))
    meant = linear_to_srgb(np.clip(drawn.rgb * true + behind * (1 - true), 0, 1))
    return float(np.abs(laid - meant).mean(axis=2)[edge_band(drawn.alpha)].mean())
