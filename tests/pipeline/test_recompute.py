"""The lock's claim recomputed from photo and layers by numpy alone: no line of the lock's own code takes part.

The claim: the draft's core pixels are the photo's, read once
through matrix.json by a quintic B-spline after Keys' low-pass, in linear light, times gain.npy.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.pipeline.scenes import photo_png
from tests.pipeline.test_make import make


def linear(srgb8: np.ndarray) -> np.ndarray:
    c = srgb8 / 255.0
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def srgb(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)


def low_passed(photo: np.ndarray, scale: float) -> np.ndarray:
    """Keys' cubic (1981), stretched for drawing at `scale` < 1, along both axes."""
    stretch = max(1.0, 1 / scale)
    reach = int(np.ceil(2 * stretch)) - 1
    t = np.abs(np.arange(-reach, reach + 1)) / stretch
    near, far = 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    kernel = np.where(t <= 1, near, np.where(t < 2, far, 0))
    kernel /= kernel.sum()
    for axis in (0, 1):
        pad = [(reach, reach) if a == axis else (0, 0) for a in range(3)]
        wide = np.pad(photo, pad, mode="edge")
        size = photo.shape[axis]
        photo = sum(k * np.take(wide, np.arange(n, n + size), axis) for n, k in enumerate(kernel))
    return photo


def quintic(distance: np.ndarray) -> np.ndarray:
    """The quintic B-spline (Unser 1999)."""
    t = np.abs(distance)
    inner = 66 - 60 * t**2 + 30 * t**4 - 10 * t**5
    middle = 51 + 75 * t - 210 * t**2 + 150 * t**3 - 45 * t**4 + 5 * t**5
    return np.where(t < 1, inner, np.where(t < 2, middle, np.where(t < 3, (3 - t) ** 5, 0))) / 120


def coefficients(samples: np.ndarray) -> np.ndarray:
    """The spline's coefficients of samples that go on as their mirror image: divided out in the Fourier domain."""
    for axis in (0, 1):
        n = samples.shape[axis]
        mirror = np.concatenate([samples, np.take(samples, np.arange(n - 2, 0, -1), axis)], axis)
        omega = 2 * np.pi * np.fft.rfftfreq(2 * n - 2)
        response = (66 + 52 * np.cos(omega) + 2 * np.cos(2 * omega)) / 120
        shape = [-1 if a == axis else 1 for a in range(3)]
        divided = np.fft.rfft(mirror, axis=axis) / response.reshape(shape)
        samples = np.take(np.fft.irfft(divided, 2 * n - 2, axis=axis), np.arange(n), axis)
    return samples


def read_at(spline: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    total = np.zeros((len(x), 3))
    for j in range(-2, 4):
        for i in range(-2, 4):
            weight = quintic(x - (x0 + i)) * quintic(y - (y0 + j))
            total += weight[:, None] * spline[y0 + j, x0 + i]
    return total


def eroded(mask: np.ndarray, times: int) -> np.ndarray:
    for _ in range(times):
        p = np.pad(mask, 1)
        mask = mask & p[:-2, 1:-1] & p[2:, 1:-1] & p[1:-1, :-2] & p[1:-1, 2:]
    return mask


def test_photo_times_gain_through_the_matrix_is_the_draft(tmp_path: Path) -> None:
    folder = make(tmp_path / "made").folder
    layers, photo_file = folder / "layers", tmp_path / "photo.png"
    photo_file.write_bytes(photo_png())
    matrix = np.array(json.loads((layers / "matrix.json").read_text())["matrix"])
    photo, draft = (
        linear(np.asarray(Image.open(f).convert("RGB"), np.float64)) for f in (photo_file, folder / "draft.png")
    )
    visible, gain = np.asarray(Image.open(layers / "visible.png")), np.load(layers / "gain.npy").astype(np.float64)

    deep = eroded(visible == 255, 8)
    rows, columns = np.nonzero(deep)
    at = np.linalg.inv(matrix) @ np.stack([columns, rows, np.ones_like(rows)])
    scale = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    drawn = read_at(coefficients(low_passed(photo, scale)), at[0] / at[2], at[1] / at[2])
    claimed = srgb(np.clip(drawn * gain[deep], 0, 1))
    steps = np.abs(claimed - srgb(draft[deep])).max(-1) * 255
    assert deep.sum() > 5000
    assert np.mean(steps <= 1) >= 0.999
    assert steps.mean() == pytest.approx(0.25, abs=0.2)


def test_shadow_reflection_and_occlusion_lie_apart(tmp_path: Path) -> None:
    layers = make(tmp_path / "made").layers
    shadow, reflection = (np.load(layers / f"{name}.npy") for name in ("shadow", "reflection"))
    occlusion = np.asarray(Image.open(layers / "occlusion.png"))
    assert shadow.shape == reflection.shape == (*occlusion.shape, 3)
    assert shadow.min() >= 0
    assert shadow.max() <= 1
    assert reflection.min() >= 0
    assert not ((shadow < 1) & (reflection > 0)).any()
