"""What may differ between a piece's photo and a picture that keeps it: size, angle, exposure, white balance, a soft shadow,
noise, JPEG, a registration a little off. Seeded, in linear light, in the order in which it happens.

The light walked round by 30 degrees is a nuisance as well; it needs a second photograph (`pipeline.atelier.retakes`).
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image

from pipeline.imaging.colour import kelvin_to_rgb, linear_to_srgb, srgb_to_linear

DAYLIGHT_K = 5500.0
SHIFT_PX = 0.6


@dataclass(frozen=True)
class Nuisance:
    """One picture's circumstances; the defaults change nothing.

    `scale` in picture pixels a photo pixel, `turn_deg` counter-clockwise; `exposure_ev` in stops; `white_k` what the
    camera was balanced for, in kelvin off daylight; `shadow`: share of the light that a soft shadow takes, and where
    (shares of the photo) and how wide; `noise`: standard deviation in sRGB at mid grey; `jpeg` quality, 0 for none;
    `shift_px`: how far, in picture pixels, the registration that is handed to a method lies off.
    """

    scale: float = 1.0
    turn_deg: float = 0.0
    exposure_ev: float = 0.0
    white_k: float = 0.0
    shadow: float = 0.0
    shadow_at: tuple[float, float, float] = (0.5, 0.5, 0.3)
    noise: float = 0.0
    jpeg: int = 0
    shift_px: tuple[float, float] = (0.0, 0.0)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


# Each nuisance alone, and all of them together.
KINDS = ("none", "scale", "rotation", "exposure", "white-balance", "shadow", "noise", "jpeg", "shift", "all")


def drawn(kind: str, rng: np.random.Generator) -> Nuisance:
    """A draw of this kind of circumstances, one of KINDS. Raises ValueError for another."""
    if kind not in KINDS:
        raise ValueError(f"there is no nuisance {kind}")
    every = kind == "all"
    # Every kind draws everything: "all" is the sum of what the single kinds would have drawn.
    scale = float(np.exp(rng.uniform(np.log(0.35), 0)))
    turn = float(rng.uniform(-30, 30))
    ev = float(rng.uniform(-0.5, 0.5))
    white = float(rng.uniform(-600, 600))
    shadow = (
        float(rng.uniform(0.15, 0.4)),
        *(float(v) for v in rng.uniform(0.25, 0.75, 2)),
        float(rng.uniform(0.2, 0.5)),
    )
    noise = float(rng.uniform(0.002, 0.012))
    jpeg = int(rng.integers(80, 96))
    far, way = SHIFT_PX * float(np.sqrt(rng.random())), float(rng.uniform(0, 2 * np.pi))
    return Nuisance(
        scale=round(scale, 4) if every or kind == "scale" else 1.0,
        turn_deg=round(turn, 2) if every or kind == "rotation" else 0.0,
        exposure_ev=round(ev, 3) if every or kind == "exposure" else 0.0,
        white_k=round(white, 1) if every or kind == "white-balance" else 0.0,
        shadow=round(shadow[0], 3) if every or kind == "shadow" else 0.0,
        shadow_at=(round(shadow[1], 3), round(shadow[2], 3), round(shadow[3], 3)),
        noise=round(noise, 5) if every or kind == "noise" else 0.0,
        jpeg=jpeg if every or kind == "jpeg" else 0,
        shift_px=(round(far * np.cos(way), 3), round(far * np.sin(way), 3)) if every or kind == "shift" else (0.0, 0.0),
    )


@dataclass(frozen=True)
class Taken:
    """A picture (H, W, 3) uint8 sRGB. `matrix` (3, 3): from photo pixels to picture pixels as it truly is; `given`: as a
    method is told, `shift_px` off."""

    srgb8: np.ndarray
    matrix: np.ndarray
    given: np.ndarray


def taken(photo: np.ndarray, nuisance: Nuisance, rng: np.random.Generator) -> Taken:
    """The photograph (H, W, 3) uint8 sRGB as a picture under these circumstances; `rng` for its noise."""
    height, width = photo.shape[:2]
    light = srgb_to_linear(photo.astype(np.float32) / 255)
    if nuisance.shadow:
        light = light * (1 - nuisance.shadow * _shade(height, width, *nuisance.shadow_at))[..., None]
    gain = np.float32(2.0**nuisance.exposure_ev) * kelvin_to_rgb(DAYLIGHT_K + nuisance.white_k, DAYLIGHT_K)
    matrix, size = frame(width, height, nuisance.scale, nuisance.turn_deg)
    picture = _warped(light * gain, matrix, size)
    srgb = linear_to_srgb(np.clip(picture, 0, 1))
    if nuisance.noise:
        # As a sensor's: more in the light than in the dark, before the encoding; a third of it in colour.
        grey = rng.normal(size=srgb.shape[:2])[..., None] + 0.35 * rng.normal(size=srgb.shape)
        srgb = srgb + nuisance.noise * grey * np.sqrt(0.4 + 1.2 * np.clip(srgb, 0, 1))
    srgb8 = np.rint(np.clip(srgb, 0, 1) * 255).astype(np.uint8)
    if nuisance.jpeg:
        file = io.BytesIO()
        Image.fromarray(srgb8).save(file, "JPEG", quality=nuisance.jpeg)
        srgb8 = np.asarray(Image.open(file))
    given = np.array([[1, 0, nuisance.shift_px[0]], [0, 1, nuisance.shift_px[1]], [0, 0, 1.0]]) @ matrix
    return Taken(srgb8, matrix, given)


def frame(width: int, height: int, scale: float, turn_deg: float) -> tuple[np.ndarray, tuple[int, int]]:
    """The matrix (3, 3) that scales and turns a photo about its middle, and the (width, height) that holds it all."""
    a = np.radians(turn_deg)
    turn = scale * np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    size = np.ceil(np.abs(turn) @ [width, height] - 1e-6).astype(int)
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = (size - 1) / 2 - turn @ np.array([(width - 1) / 2, (height - 1) / 2])
    return matrix, (int(size[0]), int(size[1]))


def _warped(light: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Drawn as other tools do, not as the lock does: a Gaussian against aliasing, then a bicubic; the ground goes on."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    if scale < 1:
        light = cv2.GaussianBlur(light, (0, 0), 0.45 * np.sqrt(1 / scale**2 - 1) + 1e-3)
    if np.allclose(matrix, np.eye(3)):
        return light
    return cv2.warpAffine(light, matrix[:2], size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _shade(height: int, width: int, x: float, y: float, reach: float) -> np.ndarray:
    """A soft shadow's depth (H, W), 1 in its middle: a Gaussian, `reach` of the photo wide."""
    xs, ys = np.arange(width) / width - x, np.arange(height) / height - y
    result: np.ndarray = np.exp(-(ys[:, None] ** 2 + xs[None] ** 2) / (2 * reach**2)).astype(np.float32)
    return result
