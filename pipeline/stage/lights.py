"""The light rig as path-traced lights: soft squares that face the piece, and the room's even light.

Levels are metered at the piece, as a photographer meters: a light at 0 EV gives the same illuminance there however
large or far it is, so that its size and distance change only its softness and fall-off. The camera's white is 5500 K.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.errors import DirectionRefused
from pipeline.rigs import Light, LightRig

WHITE_BALANCE_K = 5500.0
# What a white surface facing one 0 EV light reads in the picture, linear.
UNIT_LEVEL = 0.62
OFF_EV = -5.95

_XYZ_TO_RGB = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)


def kelvin_rgb(temperature_k: float) -> np.ndarray:
    """Linear sRGB (3,) of a black body, balanced for 5500 K, luminance 1.

    The Planckian locus by the cubic splines of Kim et al., US patent 7024034 (as in Wikipedia's "Planckian locus"),
    1667 to 25000 K.
    """
    rgb = _planck_rgb(temperature_k) / _planck_rgb(WHITE_BALANCE_K)
    rgb = np.maximum(rgb, 0.01)
    return rgb / (rgb @ np.array([0.2126, 0.7152, 0.0722]))


def _planck_rgb(t: float) -> np.ndarray:
    if t < 4000:
        x = -0.2661239e9 / t**3 - 0.2343589e6 / t**2 + 0.8776956e3 / t + 0.179910
    else:
        x = -3.0258469e9 / t**3 + 2.1070379e6 / t**2 + 0.2226347e3 / t + 0.240390
    if t < 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif t < 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    return _XYZ_TO_RGB @ np.array([x / y, 1.0, (1 - x - y) / y])


def require_light(rig: LightRig) -> None:
    """Raises DirectionRefused where every light is off and the room is dark."""
    if all(light.ev <= OFF_EV for light in rig.lights) and rig.ambient_ev <= -7.95:
        raise DirectionRefused("rig.dark", "The rig has no light.", "Raise one of its lights or the room light.")


def toward_light(light: Light, camera_azimuth_deg: float = 0.0) -> np.ndarray:
    """Unit vector (3,) from the piece to the light; azimuths are counted from the camera's own side."""
    a, e = np.radians(light.azimuth_deg + camera_azimuth_deg), np.radians(light.elevation_deg)
    return np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])


def radiance_of(light: Light) -> np.ndarray:
    """Linear radiance (3,) of the light's surface, so that it gives UNIT_LEVEL * 2**ev at the piece."""
    disk = light.size_mm**2 / np.pi
    form_factor = disk / (disk + light.distance_mm**2)
    return UNIT_LEVEL * 2.0**light.ev / form_factor * kelvin_rgb(light.temperature_k)


def emitters(rig: LightRig, piece_at: np.ndarray, camera_azimuth_deg: float = 0.0) -> dict[str, Any]:
    """The rig as entries of a mitsuba scene, facing `piece_at` (3,) mm."""
    from pipeline.stage.renderer import mitsuba

    mi = mitsuba()
    require_light(rig)
    made: dict[str, Any] = {}
    for i, light in enumerate(rig.lights):
        if light.ev <= OFF_EV:
            continue
        toward = toward_light(light, camera_azimuth_deg)
        up = [0.0, 0.0, 1.0] if abs(toward[2]) < 0.99 else [0.0, 1.0, 0.0]
        stand = mi.ScalarTransform4f().look_at(
            [float(c) for c in piece_at + toward * light.distance_mm], [float(c) for c in piece_at], up
        )
        made[f"light_{i}"] = {
            "type": "rectangle",
            "to_world": stand @ mi.ScalarTransform4f().scale(light.size_mm / 2),
            "bsdf": {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.0}},
            "emitter": {
                "type": "area",
                "radiance": {"type": "rgb", "value": [float(c) for c in radiance_of(light)]},
            },
        }
    if rig.ambient_ev > -7.95:
        made["ambient"] = {"type": "constant", "radiance": {"type": "rgb", "value": UNIT_LEVEL * 2.0**rig.ambient_ev}}
    return made
