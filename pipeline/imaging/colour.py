"""Colour as numbers: sRGB and linear light, CIE Lab, CIEDE2000, and the colour of a light of a given temperature.

Everything here is a pure function on float32 arrays whose last axis is the colour. Linear RGB has the sRGB primaries
and white (D65), 1.0 being diffuse white. What a photo's ICC profile says is `pipeline.imaging.photo`'s business.

Sources: IEC 61966-2-1 (sRGB), CIE 15:2018 (Lab, standard observer), Sharma, Wu and Dalal 2005 (CIEDE2000),
Wyman, Sloan and Shirley 2013 (fits to the CIE 1931 observer), Lindbloom (Bradford adaptation).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

# Linear sRGB to XYZ, D65 (IEC 61966-2-1); the rows' sums are the white point.
RGB_TO_XYZ = np.array(
    [[0.4123908, 0.3575843, 0.1804808], [0.2126390, 0.7151687, 0.0721923], [0.0193308, 0.1191948, 0.9505322]]
)
XYZ_TO_RGB = np.linalg.inv(RGB_TO_XYZ)
WHITE_XYZ = RGB_TO_XYZ.sum(axis=1)
LUMINANCE = RGB_TO_XYZ[1].astype(np.float32)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def srgb_to_linear(srgb: ArrayLike) -> np.ndarray:
    """Display-encoded sRGB, 0..1 floats, to linear light. Values outside 0..1 keep their sign and go on smoothly."""
    c = np.asarray(srgb, dtype=np.float32)
    size = np.abs(c)
    high = ((np.maximum(size, 0.04045) + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(size <= 0.04045, c / np.float32(12.92), np.copysign(high, c)).astype(np.float32)


def linear_to_srgb(linear: ArrayLike) -> np.ndarray:
    """Linear light to display-encoded sRGB; the inverse of `srgb_to_linear`. Nothing is clipped."""
    c = np.asarray(linear, dtype=np.float32)
    size = np.abs(c)
    high = np.float32(1.055) * np.maximum(size, 0.0031308) ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(size <= 0.0031308, c * np.float32(12.92), np.copysign(high, c)).astype(np.float32)


def linear_to_srgb8(linear: ArrayLike) -> np.ndarray:
    """Linear light to 8-bit sRGB (uint8), clipped to 0..1 and rounded to the nearest step."""
    return np.rint(np.clip(linear_to_srgb(linear), 0.0, 1.0) * 255.0).astype(np.uint8)


def luminance(linear: ArrayLike) -> np.ndarray:
    """Relative luminance Y of linear RGB ``(..., 3)``, 1.0 for white."""
    return np.asarray(linear, dtype=np.float32) @ LUMINANCE


def xyz_to_lab(xyz: ArrayLike) -> np.ndarray:
    """XYZ under D65 (Y = 1 for white) to CIE L*a*b*, ``(..., 3)``."""
    ratio = (np.asarray(xyz, dtype=np.float32) / WHITE_XYZ.astype(np.float32)).astype(np.float32)
    delta = 6.0 / 29.0
    f = np.where(ratio > delta**3, np.cbrt(np.maximum(ratio, 0.0)), ratio / (3 * delta**2) + 4.0 / 29.0)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1).astype(np.float32)


def linear_to_lab(linear: ArrayLike) -> np.ndarray:
    """Linear sRGB ``(..., 3)`` to CIE L*a*b* under D65: L 0..100, a and b about -128..127."""
    return xyz_to_lab(np.asarray(linear, dtype=np.float32) @ RGB_TO_XYZ.T.astype(np.float32))


def ciede2000(lab1: ArrayLike, lab2: ArrayLike) -> np.ndarray:
    """The CIEDE2000 colour difference of two Lab arrays that broadcast, with kL = kC = kH = 1; ``(...)`` float64.

    Computed in float64: the formula's hue terms cancel badly near the neutral axis.
    """
    one, two = np.asarray(lab1, dtype=np.float64), np.asarray(lab2, dtype=np.float64)
    L1, a1, b1 = one[..., 0], one[..., 1], one[..., 2]
    L2, a2, b2 = two[..., 0], two[..., 1], two[..., 2]
    c_mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(c_mean7 / (c_mean7 + 25.0**7)))
    a1, a2 = a1 * stretch, a2 * stretch
    C1, C2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1 = np.degrees(np.arctan2(b1, a1)) % 360
    h2 = np.degrees(np.arctan2(b2, a2)) % 360

    neutral = C1 * C2 == 0
    turn = (h2 - h1 + 180) % 360 - 180
    turn = np.where(neutral, 0.0, turn)
    dL, dC = L2 - L1, C2 - C1
    dH = 2 * np.sqrt(C1 * C2) * np.sin(np.radians(turn) / 2)

    L, C = (L1 + L2) / 2, (C1 + C2) / 2
    # Opposite hues, of which the published table has two, must not tip over by a rounding.
    far = np.abs(h1 - h2) > 180 + 1e-9
    h = np.where(far, (h1 + h2 + np.where(h1 + h2 < 360, 360.0, -360.0)) / 2, (h1 + h2) / 2)
    h = np.where(neutral, h1 + h2, h)
    t = (
        1
        - 0.17 * np.cos(np.radians(h - 30))
        + 0.24 * np.cos(np.radians(2 * h))
        + 0.32 * np.cos(np.radians(3 * h + 6))
        - 0.20 * np.cos(np.radians(4 * h - 63))
    )
    sL = 1 + 0.015 * (L - 50) ** 2 / np.sqrt(20 + (L - 50) ** 2)
    sC = 1 + 0.045 * C
    sH = 1 + 0.015 * C * t
    rotation = -2 * np.sqrt(C**7 / (C**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    l_term, c_term, h_term = dL / sL, dC / sC, dH / sH
    return np.sqrt(np.maximum(l_term**2 + c_term**2 + h_term**2 + rotation * c_term * h_term, 0.0))


def kelvin_to_rgb(temperature_k: float, white_k: float = 5500.0) -> np.ndarray:
    """The linear RGB multiplier ``(3,)`` of a light at `temperature_k`, seen by a camera balanced for `white_k`.

    A Planckian radiator, 1000 to 40,000 K, adapted from the camera's white to sRGB's by Bradford's matrix. Its luminance
    is 1, so that a change of temperature is no change of level; at `white_k` it is exactly neutral. Colours outside
    the sRGB gamut (below about 1900 K) are clipped at 0. Raises ValueError for a temperature out of range or not finite.
    """
    if not (np.isfinite(temperature_k) and 1000.0 <= temperature_k <= 40_000.0):
        raise ValueError("a colour temperature must lie between 1000 and 40,000 K")
    light, white = _planck_xyz(temperature_k), _planck_xyz(white_k)
    gain = (BRADFORD @ WHITE_XYZ) / (BRADFORD @ white)
    rgb = np.maximum(XYZ_TO_RGB @ (np.linalg.inv(BRADFORD) @ (gain * (BRADFORD @ light))), 0.0)
    return (rgb / (rgb @ RGB_TO_XYZ[1])).astype(np.float32)


def _planck_xyz(temperature_k: float) -> np.ndarray:
    """XYZ ``(3,)``, Y = 1, of a black body, by summing its spectrum over the CIE 1931 observer."""
    nm = np.arange(380.0, 781.0, 2.0)
    metres = nm * 1e-9
    spectrum = metres**-5 / np.expm1(1.438776877e-2 / (metres * temperature_k))

    def lobe(mean: float, left: float, right: float) -> np.ndarray:
        return np.exp(-0.5 * ((nm - mean) / np.where(nm < mean, left, right)) ** 2)

    x = 1.056 * lobe(599.8, 37.9, 31.0) + 0.362 * lobe(442.0, 16.0, 26.7) - 0.065 * lobe(501.1, 20.4, 26.2)
    y = 0.821 * lobe(568.8, 46.9, 40.5) + 0.286 * lobe(530.9, 16.3, 31.1)
    z = 1.217 * lobe(437.0, 11.8, 36.0) + 0.681 * lobe(459.0, 26.0, 13.8)
    xyz = np.array([x, y, z]) @ spectrum
    return xyz / xyz[1]
