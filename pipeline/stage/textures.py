"""Procedural surfaces, made here from numbers: plaster's grain, travertine's layers, woven linen, speckled stone.

Every texture is a seamless square tile, float32, `(n, n)` heights or `(n, n, 3)` linear RGB, the same for the same
arguments. Seamless, because noise shaped in the Fourier domain is periodic by nature. The last tile of each kind is kept,
and so is not to be written to.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

Tile = np.ndarray


def noise(n: int, seed: int, exponent: float, stretch: tuple[float, float] = (1.0, 1.0), low: float = 1.0) -> Tile:
    """Noise with power falling as frequency**-exponent, mean 0 and deviation 1, (n, n).

    `stretch` (x, y) draws its features out along an axis; frequencies below `low` cycles a tile are left out.
    """
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.standard_normal((n, n)))
    fy = np.fft.fftfreq(n)[:, None] * n * stretch[1]
    fx = np.fft.rfftfreq(n)[None] * n * stretch[0]
    f = np.sqrt(fx**2 + fy**2)
    gain = np.where(f < low, 0.0, np.maximum(f, 1e-6) ** (-exponent / 2))
    field = np.fft.irfft2(spectrum * gain, s=(n, n))
    return ((field - field.mean()) / field.std()).astype(np.float32)


def between(a: tuple[float, ...], b: tuple[float, ...], t: Tile) -> Tile:
    """A linear blend (n, n, 3) of two linear RGB colours by t (n, n) in 0..1."""
    t = np.clip(t, 0, 1)[..., None]
    return (np.asarray(a) * (1 - t) + np.asarray(b) * t).astype(np.float32)


@lru_cache(maxsize=1)
def plaster(n: int = 1024) -> tuple[Tile, Tile]:
    """Cast plaster: colour barely mottled, height in mm (brushed grain and fine pits) over a 157 mm tile."""
    cloud = noise(n, 11, 2.6)
    colour = between((0.71, 0.66, 0.595), (0.82, 0.775, 0.71), 0.5 + 0.24 * cloud)
    pits = np.clip(noise(n, 13, 1.2, low=60) - 2.3, 0, None)
    height = 0.022 * noise(n, 12, 1.7, low=30) + 0.07 * noise(n, 14, 3.0, low=3) - 0.13 * pits
    colour *= (1 - 0.18 * np.clip(pits, 0, 1))[..., None]
    return colour, height.astype(np.float32)


@lru_cache(maxsize=1)
def travertine(n: int = 2048) -> tuple[Tile, Tile]:
    """Travertine: wavy cream and honey layers with open pores along them; colour, height in mm."""
    y = np.arange(n)[:, None] / n
    bend = 0.05 * noise(n, 21, 3.4, (1.0, 1.6))
    cloud = noise(n, 22, 2.6, (2.5, 1.0), low=2)
    phase = (y + bend) * 2 * np.pi
    bands = 0.5 * np.sin(phase * 4) + 0.3 * np.sin(phase * 11 + 1.3) + 0.2 * np.sin(phase * 23 + 0.7)
    tone = 0.55 + 0.13 * bands + 0.13 * cloud + 0.03 * noise(n, 23, 1.2, low=30)
    # Pores open in rows along the layers, long and ragged.
    rows = np.clip(0.5 + 0.9 * bands + 0.5 * noise(n, 26, 2.8), 0, 1)
    pores = np.clip(1.6 * (noise(n, 24, 1.7, (3.0, 1.0), low=36) - 2.1 + 0.9 * rows), 0, 1)
    colour = between((0.56, 0.44, 0.33), (0.80, 0.72, 0.62), tone)
    colour *= (1 - 0.6 * pores)[..., None]
    return colour, (0.02 * noise(n, 25, 1.6, low=24) - 0.7 * pores).astype(np.float32)


@lru_cache(maxsize=1)
def stone(n: int = 1024) -> tuple[Tile, Tile]:
    """A honed warm limestone: faint clouds, fossil-like flecks, hairline veins, fine grain; colour, height in mm."""
    cloud, grain = noise(n, 31, 2.4, low=2), noise(n, 32, 0.7, low=90)
    flecks = np.clip(noise(n, 35, 1.4, (1.0, 2.2), low=26) - 1.1, 0, 1.5)
    colour = between((0.47, 0.425, 0.365), (0.66, 0.615, 0.545), 0.5 + 0.13 * cloud + 0.05 * grain)
    colour += 0.055 * flecks[..., None] * np.array([1.0, 0.97, 0.9])
    veins = np.exp(-((noise(n, 33, 2.9) / 0.022) ** 2)) * np.clip(0.5 + noise(n, 36, 3.0), 0, 1)
    colour *= (1 - 0.16 * veins)[..., None]
    pits = np.clip(noise(n, 37, 1.1, low=50) - 2.5, 0, 1)
    colour *= (1 - 0.35 * pits)[..., None]
    return colour.astype(np.float32), (0.008 * grain + 0.012 * noise(n, 34, 2.4, low=6) - 0.12 * pits).astype(
        np.float32
    )


@lru_cache(maxsize=1)
def linen(n: int = 1024, threads: int = 84) -> tuple[Tile, Tile]:
    """Plain-woven linen with uneven threads; colour, height in threads' thickness (0..1)."""
    x = np.arange(n)[None] / n * threads
    y = np.arange(n)[:, None] / n * threads
    x = x + 0.22 * noise(n, 41, 2.4, (1.0, 10.0))
    y = y + 0.22 * noise(n, 42, 2.4, (10.0, 1.0))
    over = np.where((np.floor(x) + np.floor(y)) % 2 == 0, 1.0, -1.0)
    warp = np.abs(np.sin(np.pi * x)) * (0.62 + 0.38 * over * np.cos(np.pi * (y % 1 - 0.5)))
    weft = np.abs(np.sin(np.pi * y)) * (0.62 - 0.38 * over * np.cos(np.pi * (x % 1 - 0.5)))
    height = np.maximum(warp, weft)
    slub = 0.5 * noise(n, 43, 1.6, (12.0, 1.0)) + 0.5 * noise(n, 44, 1.6, (1.0, 12.0))
    colour = between((0.40, 0.36, 0.305), (0.74, 0.69, 0.61), 0.34 + 0.42 * height + 0.12 * slub)
    return colour, height.astype(np.float32)


@lru_cache(maxsize=1)
def patina(n: int = 1024) -> tuple[Tile, Tile]:
    """Roughness (n, n) and height in mm of hand-finished bronze."""
    rough = np.clip(0.30 + 0.05 * noise(n, 51, 2.4) + 0.015 * noise(n, 52, 1.0, low=30), 0.15, 0.6)
    return rough.astype(np.float32), (0.012 * noise(n, 53, 1.8, low=20)).astype(np.float32)
