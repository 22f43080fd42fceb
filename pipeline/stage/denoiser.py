"""Denoising a view's light parts with Intel Open Image Denoise, all guided by the same albedo and normals.

The library's own convenience keeps its last filters with all their memory: 1.8 GB for 5 megapixels, long after the
render. Here a filter lives as long as its view, and is asked to work within a bound: it then goes over the picture in
tiles that overlap by as far as it sees, so that no seam shows.

The guides are freed of their own noise first, and the network is told so. A guide that it has to doubt lets noise through
where little light is scattered among much that is even: the rims of porcelain glittered, and what lay out of focus stayed
grainy. Told that a guide is clean while it isn't, it prints the guide's grain instead.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

MEMORY_MB = 700


class Denoiser:
    """Denoises linear RGB pictures (h, w, 3) of one view, whose noisy `albedo` 0..1 and `normal` -1..1 (h, w, 3) guide it.

    `fast` takes the smaller of the library's networks and the guides as they are: half the time, for previews and for
    what is soft anyway.
    """

    def __init__(self, albedo: np.ndarray, normal: np.ndarray, fast: bool = False) -> None:
        import mitsuba_oidn as oidn

        guides = {"albedo": _plain(albedo), "normal": _plain(normal)}
        if not fast:
            guides = {name: _prefiltered(name, guide) for name, guide in guides.items()}
        # The filter reads and writes these arrays where they lie: they live as long as it does.
        self._images = {**guides, "output": np.empty(albedo.shape, np.float32)}
        self._filter = _filter(self._images, oidn.Quality.Fast if fast else oidn.Quality.Balanced)
        self._filter.hdr = True
        # At its own scale: metered to each picture's mean, a part of a view would come out otherwise than in the whole.
        self._filter.input_scale = 1.0
        self._filter.clean_aux = not fast

    def __call__(self, colour: np.ndarray) -> np.ndarray:
        """`colour` (h, w, 3) without its noise, float32, nowhere below 0; valid until the next call."""
        noisy = _plain(colour)
        self._filter.set_image("color", noisy)
        self._filter.execute()
        output = self._images["output"]
        return np.maximum(output, 0.0, out=output)


def _prefiltered(name: str, guide: np.ndarray) -> np.ndarray:
    """A guide, ``albedo`` or ``normal``, without its noise: textures keep their edges, defocused ones their softness."""
    import mitsuba_oidn as oidn

    clean = np.empty(guide.shape, np.float32)
    _filter({name: guide, "output": clean}, oidn.Quality.Fast).execute()
    return clean


def _filter(images: dict[str, np.ndarray], quality: Any) -> Any:
    made = _device().new_filter("RT")
    for name, image in images.items():
        made.set_image(name, image)
    made.quality = quality
    made.max_memory_mb = MEMORY_MB
    return made


@lru_cache(maxsize=1)
def _device() -> Any:
    import mitsuba_oidn as oidn

    # The processor's, wherever the renderer runs: pictures lie in its memory, and one device makes one picture.
    device = oidn.Device(oidn.DeviceType.CPU)
    device.commit()
    return device


def _plain(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(image, np.float32)
