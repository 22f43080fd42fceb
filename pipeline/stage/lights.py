"""The light rig as lamps: soft squares that face the piece, and the room's even light.

A lamp is rendered alone, neutral and at unit level; a picture is the sum of its lamps' renders, each times its level.
Where a lamp stands and how large it is decides its render, and so the render's key; EV and colour temperature are its
level alone, and cost nothing to change.

Levels are metered at the piece, as a photographer meters: a light at 0 EV gives the same illuminance there however
large or far it is, so that its size and distance change only its softness and fall-off. The camera's white is 5500 K.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.errors import DirectionRefused
from pipeline.rigs import Light, LightRig
from pipeline.stage.cache import content_key

WHITE_BALANCE_K = 5500.0
# What a white surface facing one 0 EV light reads in the picture, linear.
UNIT_LEVEL = 0.62
OFF_EV = -5.95
ROOM_OFF_EV = -7.95
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
# Linear RGB is held to this at least, where a black body's colour leaves the sRGB gamut.
LEAST_CHANNEL = 0.01
# A lamp keeps this share of the way to a wall behind the piece.
BEFORE_WALL = 0.95

_XYZ_TO_RGB = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Lamp:
    """One part of the light, as it is rendered: alone, neutral, at unit level.

    - `kind`: ``light`` for one of the rig's lights, ``room`` for light from everywhere.
    - `centre`, `across`, `upward`: of a light's square in world mm, the latter from its centre to its edges' middles;
      it shines along ``across x upward``. All zero for the room.
    - `radiance`: linear, that its surface (or the room) gives off at unit level.
    - `level`: linear RGB (3,), what its render is multiplied by in the picture.
    """

    name: str
    kind: Literal["light", "room"]
    centre: Vector
    across: Vector
    upward: Vector
    radiance: float
    level: Vector

    @property
    def key(self) -> str:
        """What the lamp's render depends on: everything but name and level."""
        numbers = [*self.centre, *self.across, *self.upward, self.radiance]
        return content_key("lamp", self.kind, [round(n, 4) for n in numbers])


def lamps(
    rig: LightRig, piece_at: np.ndarray, camera_azimuth_deg: float = 0.0, wall_behind_mm: float | None = None
) -> tuple[Lamp, ...]:
    """The rig's lamps that are on, facing `piece_at` (3,) mm. Raises DirectionRefused for a rig without light.

    A light that would stand behind the wall `wall_behind_mm` beyond the piece comes in before it along its own
    direction and shrinks as it comes: seen from the piece it is as large, as soft and as bright as before.
    """
    require_light(rig)
    found = [
        _lamp(light, np.asarray(piece_at, float), camera_azimuth_deg, wall_behind_mm)
        for light in rig.lights
        if light.ev > OFF_EV
    ]
    if rig.ambient_ev > ROOM_OFF_EV:
        nowhere = (0.0, 0.0, 0.0)
        level = float(2.0**rig.ambient_ev)
        found.append(Lamp("room", "room", nowhere, nowhere, nowhere, UNIT_LEVEL, (level, level, level)))
    return tuple(found)


def level_of(light: Light) -> np.ndarray:
    """Linear RGB (3,) by which the light's render is multiplied: ``2**ev`` times the colour of its temperature."""
    return 2.0**light.ev * kelvin_rgb(light.temperature_k)


def kelvin_rgb(temperature_k: float) -> np.ndarray:
    """Linear sRGB (3,) of a black body, balanced for 5500 K, luminance 1.

    The Planckian locus by the cubic splines of Kim et al., US patent 7024034 (as in Wikipedia's "Planckian locus"),
    1667 to 25000 K.
    """
    rgb = _planck_rgb(temperature_k) / _planck_rgb(WHITE_BALANCE_K)
    rgb = np.maximum(rgb, LEAST_CHANNEL)
    return rgb / (rgb @ LUMINANCE)


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
    if all(light.ev <= OFF_EV for light in rig.lights) and rig.ambient_ev <= ROOM_OFF_EV:
        raise DirectionRefused("rig.dark", "The rig has no light.", "Raise one of its lights or the room light.")


def toward_light(light: Light, camera_azimuth_deg: float = 0.0) -> np.ndarray:
    """Unit vector (3,) from the piece to the light; azimuths are counted from the camera's own side."""
    a, e = np.radians(light.azimuth_deg + camera_azimuth_deg), np.radians(light.elevation_deg)
    return np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])


def unit_radiance(size_mm: float, distance_mm: float) -> float:
    """Radiance of a light's surface at 0 EV, so that it gives UNIT_LEVEL at the piece."""
    disk = size_mm**2 / np.pi
    return float(UNIT_LEVEL * (disk + distance_mm**2) / disk)


def _lamp(light: Light, piece_at: np.ndarray, azimuth_deg: float, wall_mm: float | None) -> Lamp:
    toward = toward_light(light, azimuth_deg)
    distance, size = light.distance_mm, light.size_mm
    if wall_mm is not None:
        behind = -np.cos(np.radians(light.azimuth_deg)) * np.cos(np.radians(light.elevation_deg)) * distance
        reach = behind + size / 2
        if behind > 0 and reach > BEFORE_WALL * wall_mm:
            nearer = BEFORE_WALL * wall_mm / reach
            distance, size = distance * nearer, size * nearer
    up = np.array([0.0, 0.0, 1.0]) if abs(toward[2]) < 0.99 else np.array([0.0, 1.0, 0.0])
    across = np.cross(toward, up)
    across *= size / 2 / np.linalg.norm(across)
    upward = np.cross(across, toward)

    def plain(v: np.ndarray) -> Vector:
        return float(v[0]), float(v[1]), float(v[2])

    return Lamp(
        light.name,
        "light",
        plain(piece_at + toward * distance),
        plain(across),
        plain(upward),
        unit_radiance(size, distance),
        plain(level_of(light)),
    )
