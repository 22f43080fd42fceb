"""The light rig as data: lights by hand, and the rigs that have a name.

Azimuths and elevations as in `pipeline.direction`; levels are in EV against a light that gives the picture's mid-tones.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from pipeline.dials import Degrees, Ev, Part, number


class Light(Part):
    """One light: a soft rectangle that faces the piece. `ev` is its level against the rig's unit light."""

    name: str = Field(default="key", min_length=1, max_length=40)
    azimuth_deg: Degrees = 45.0
    elevation_deg: Annotated[float, number(-30, 90, "°", 1, 30, "Height")] = 35.0
    distance_mm: Annotated[float, number(150, 6000, "mm", 10, 1200, "Distance")] = 1200.0
    size_mm: Annotated[float, number(10, 3000, "mm", 10, 600, "Size")] = 600.0
    temperature_k: Annotated[float, number(2000, 12000, "K", 50, 5500, "Colour temperature")] = 5500.0
    ev: Ev = 0.0


class LightRig(Part):
    """A named rig and its lights. A rig whose lights are all off is refused."""

    name: str = Field(default="soft clamshell", max_length=60)
    lights: tuple[Light, ...] = Field(min_length=1, max_length=8)
    ambient_ev: Annotated[float, number(-8, 2, "EV", 0.1, -2, "Room light")] = -2.5

    @model_validator(mode="after")
    def _names_differ(self) -> LightRig:
        names = [light.name for light in self.lights]
        if len(set(names)) != len(names):
            raise ValueError("each light needs a name of its own")
        if all(light.ev <= -5.95 for light in self.lights) and self.ambient_ev <= -7.95:
            raise ValueError("the rig has no light: raise one of its lights")
        return self


RIGS: dict[str, LightRig] = {
    "soft clamshell": LightRig(
        name="soft clamshell",
        lights=(
            Light(
                name="key",
                azimuth_deg=-42,
                elevation_deg=48,
                distance_mm=1200,
                size_mm=620,
                temperature_k=5200,
                ev=0.6,
            ),
            Light(
                name="fill",
                azimuth_deg=26,
                elevation_deg=-12,
                distance_mm=1200,
                size_mm=900,
                temperature_k=5800,
                ev=-2.5,
            ),
            Light(
                name="rim", azimuth_deg=142, elevation_deg=34, distance_mm=1300, size_mm=420, temperature_k=6400, ev=0.3
            ),
        ),
        ambient_ev=-3.3,
    ),
    "table top": LightRig(
        name="table top",
        lights=(
            Light(
                name="back",
                azimuth_deg=-136,
                elevation_deg=44,
                distance_mm=900,
                size_mm=340,
                temperature_k=5200,
                ev=1.1,
            ),
            Light(
                name="side",
                azimuth_deg=-64,
                elevation_deg=32,
                distance_mm=1000,
                size_mm=480,
                temperature_k=5300,
                ev=0.3,
            ),
            Light(
                name="front",
                azimuth_deg=34,
                elevation_deg=24,
                distance_mm=1200,
                size_mm=900,
                temperature_k=5800,
                ev=-1.8,
            ),
        ),
        ambient_ev=-3.0,
    ),
    # One round, rather hard source close beside the lens, for a head seen from its side.
    "beauty dish": LightRig(
        name="beauty dish",
        lights=(
            Light(
                name="dish",
                azimuth_deg=-14,
                elevation_deg=40,
                distance_mm=1100,
                size_mm=440,
                temperature_k=5300,
                ev=0.55,
            ),
            Light(
                name="fill", azimuth_deg=64, elevation_deg=4, distance_mm=1300, size_mm=900, temperature_k=5800, ev=-2.2
            ),
            Light(
                name="rim", azimuth_deg=146, elevation_deg=30, distance_mm=1300, size_mm=420, temperature_k=6300, ev=0.2
            ),
        ),
        ambient_ev=-3.2,
    ),
    "rembrandt": LightRig(
        name="rembrandt",
        lights=(
            Light(
                name="key", azimuth_deg=-48, elevation_deg=44, distance_mm=1300, size_mm=450, temperature_k=5000, ev=0.9
            ),
            Light(
                name="rim",
                azimuth_deg=140,
                elevation_deg=28,
                distance_mm=1500,
                size_mm=400,
                temperature_k=6000,
                ev=-0.2,
            ),
        ),
        ambient_ev=-3.2,
    ),
    "hard sun": LightRig(
        name="hard sun",
        lights=(
            Light(
                name="sun", azimuth_deg=-40, elevation_deg=48, distance_mm=4000, size_mm=120, temperature_k=5200, ev=0.6
            ),
        ),
        ambient_ev=-2.0,
    ),
    "window": LightRig(
        name="window",
        lights=(
            Light(
                name="window",
                azimuth_deg=-72,
                elevation_deg=22,
                distance_mm=1500,
                size_mm=1300,
                temperature_k=5700,
                ev=0.55,
            ),
            Light(
                name="bounce",
                azimuth_deg=60,
                elevation_deg=10,
                distance_mm=1600,
                size_mm=1000,
                temperature_k=5000,
                ev=-2.2,
            ),
        ),
        ambient_ev=-3.0,
    ),
    "jeweller's tent": LightRig(
        name="jeweller's tent",
        lights=(
            Light(
                name="top", azimuth_deg=0, elevation_deg=80, distance_mm=900, size_mm=1200, temperature_k=5500, ev=0.1
            ),
            Light(
                name="left",
                azimuth_deg=-70,
                elevation_deg=25,
                distance_mm=900,
                size_mm=900,
                temperature_k=5500,
                ev=0.0,
            ),
            Light(
                name="right",
                azimuth_deg=70,
                elevation_deg=25,
                distance_mm=900,
                size_mm=900,
                temperature_k=5500,
                ev=-0.6,
            ),
        ),
        ambient_ev=-2.0,
    ),
    "rim": LightRig(
        name="rim",
        lights=(
            Light(
                name="left rim",
                azimuth_deg=-125,
                elevation_deg=25,
                distance_mm=1300,
                size_mm=500,
                temperature_k=6000,
                ev=1.5,
            ),
            Light(
                name="right rim",
                azimuth_deg=125,
                elevation_deg=25,
                distance_mm=1300,
                size_mm=500,
                temperature_k=6000,
                ev=1.2,
            ),
            Light(
                name="front",
                azimuth_deg=-15,
                elevation_deg=35,
                distance_mm=1500,
                size_mm=800,
                temperature_k=5400,
                ev=-0.6,
            ),
        ),
        ambient_ev=-3.4,
    ),
}
