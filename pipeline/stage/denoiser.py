"""Denoising a view's light parts with Intel Open Image Denoise, all guided by the same albedo and normals.

The library's own convenience keeps its last filters with all their memory: 1.8 GB for 5 megapixels, long after the
render. Here a filter lives as long as its view, and is asked to work within a bound: it then goes over the picture in
tiles that overlap by as far as it sees, so that no seam shows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

MEMORY_MB = 700


class Denoiser:
    """Denoises linear RGB pictures (h, w, 3) of one view, whose noisy `albedo` 0..1 and `normal` -1..1 (h, w, 3) guide it.

    `fast` takes the smaller of the library's networks: half the time, for previews and for what is soft anyway.
    """

    def __init__(self, albedo: np.ndarray, normal: np.ndarray, fast: bool = False) -> None:
        import mitsuba_oidn as oidn

        self._filter = _device().new_filter("RT")
        self._images = {
            "albedo": _plain(albedo),
            "normal": _plain(normal),
            "output": np.empty(albedo.shape, np.float32),
        }
        for name, image in self._images.items():
            self._filter.set_image(name, image)
        self._filter.hdr = True
        # At its own scale: metered to each picture's mean, a part of a view would come out otherwise than in the whole.
        self._filter.input_scale = 1.0
        self._filter.quality = oidn.Quality.Fast if fast else oidn.Quality.High
        self._filter.max_memory_mb = MEMORY_MB

    def __call__(self, colour: np.ndarray) -> np.ndarray:
        """`colour` (h, w, 3) without its noise, float32, nowhere below 0; valid until the next call."""
        noisy = _plain(colour)
        self._filter.set_image("color", noisy)
        self._filter.execute()
        output = self._images["output"]
        return np.maximum(output, 0.0, out=output)


@lru_cache(maxsize=1)
def _device() -> Any:
    import mitsuba_oidn as oidn

    # The processor's, wherever the renderer runs: pictures lie in its memory, and one device makes one picture.
    device = oidn.Device(oidn.DeviceType.CPU)
    device.commit()
    return device


def _plain(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(image, np.float32)
