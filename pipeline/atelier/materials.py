"""Metals and stones as light meets them.

Metals are given by the colour of their mirror at normal incidence (linear sRGB; alloys of ISO 8654 3N and 5N, and
rhodium-plated white gold) and turned into index and extinction by Gulbrandsen, "Artist Friendly Metallic Fresnel",
JCGT 3(4), 2014, at its least index, whose edge goes to white as a noble metal's does. Stones are dielectrics with their true index; the index for each of the three primaries follows the
stone's dispersion (B–G interval: diamond .044, corundum .018, beryl .014). A coloured stone tints light at each passage
of its surface, which stands for its body colour without a volume to march through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.imaging.colour import WHITE_XYZ, XYZ_TO_RGB, ciede2000, linear_to_lab

METALS: dict[str, tuple[float, float, float]] = {
    "yellow gold": (0.95, 0.68, 0.28),
    "rose gold": (0.95, 0.64, 0.46),
    "white gold": (0.80, 0.79, 0.765),
}
ROUGHNESS: dict[str, float] = {"yellow gold": 0.06, "rose gold": 0.06, "white gold": 0.05}


@dataclass(frozen=True)
class Stone:
    """Indices at about 610, 545 and 465 nm, and the share of each primary that a surface lets through."""

    ior: tuple[float, float, float]
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)


STONES: dict[str, Stone] = {
    "diamond": Stone((2.410, 2.421, 2.440)),
    "sapphire": Stone((1.766, 1.771, 1.778), (0.30, 0.46, 0.90)),
    "ruby": Stone((1.766, 1.771, 1.778), (0.93, 0.28, 0.36)),
    "emerald": Stone((1.577, 1.581, 1.587), (0.34, 0.87, 0.52)),
    "black diamond": Stone((2.410, 2.421, 2.440), (0.05, 0.05, 0.055)),
}

# White stones with a body colour that the trade would grade: what a picture must not do to a white one.
TINTED: dict[str, Stone] = {
    "yellowish diamond": Stone((2.410, 2.421, 2.440), (0.985, 0.945, 0.80)),
    "bluish diamond": Stone((2.410, 2.421, 2.440), (0.86, 0.94, 0.99)),
    "pinkish diamond": Stone((2.410, 2.421, 2.440), (0.985, 0.87, 0.91)),
}

# What light doesn't pass: body colour (linear sRGB) under a clear, glossy skin of index 1.53 (nacre, resin).
OPAQUE: dict[str, tuple[float, float, float]] = {"pearl": (0.80, 0.77, 0.72)}
# Lacquered dials of watches: flat, so shaded as they are cut.
DIALS: dict[str, tuple[float, float, float]] = {
    "white dial": (0.78, 0.775, 0.755),
    "blue dial": (0.012, 0.040, 0.105),
    "black dial": (0.014, 0.014, 0.015),
}
# How far off an alloy's true colour a picture may put it: CIEDE2000 of the mirror's own colour.
OFF_BY = (3, 6, 9)
WAYS = ("warmer", "cooler")


def off_colour(metal: str, delta_e: int, way: str) -> str:
    """The name of a metal as a wrong picture shows it, `delta_e` (of OFF_BY) away in hue to one of WAYS, or for white gold in tint."""
    return f"{metal}, {delta_e} dE {way}"


def _off_colours() -> dict[str, tuple[float, float, float]]:
    """Every metal, at its own lightness, turned about the neutral axis; white gold, which has no hue to turn, moved
    along b*. The step is found by bisection, for CIEDE2000 knows no inverse."""
    found = {}
    for metal, mirror in METALS.items():
        lab = linear_to_lab(np.array(mirror)).astype(float)
        across = np.array([0.0, 0.0, 1.0])
        if np.hypot(lab[1], lab[2]) > 10:
            across = np.array([0.0, lab[2], -lab[1]]) / np.hypot(lab[1], lab[2])
        for delta_e in OFF_BY:
            for way in WAYS:
                sign = 1.0 if way == "warmer" else -1.0
                low, high = 0.0, 60.0
                for _ in range(40):  # of what a mirror can be: no primary comes back whole
                    middle = (low + high) / 2
                    colour = np.clip(_from_lab(lab + sign * middle * across), 0.02, 0.985)
                    near = float(ciede2000(lab, linear_to_lab(colour))) < delta_e
                    low, high = (middle, high) if near else (low, middle)
                found[off_colour(metal, delta_e, way)] = (float(colour[0]), float(colour[1]), float(colour[2]))
    return found


def _from_lab(lab: np.ndarray) -> np.ndarray:
    """CIE L*a*b* under D65 to linear sRGB (3,)."""
    y = (lab[0] + 16) / 116
    f = np.array([y + lab[1] / 500, y, y - lab[2] / 200])
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * WHITE_XYZ
    return np.asarray(XYZ_TO_RGB @ xyz)


OFF_COLOUR = _off_colours()
# Round forms, shaded as such; stones are shaded facet by facet.
SMOOTH = frozenset(METALS) | frozenset(OFF_COLOUR) | frozenset(OPAQUE)


def _index_and_extinction(mirror: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = (1 - mirror) / (1 + mirror)
    k = np.sqrt(((n + 1) ** 2 * mirror - (n - 1) ** 2) / (1 - mirror))
    return n, k


def surface(material: str, channel: int) -> dict[str, Any]:
    """Mitsuba's description of a metal or a stone for colour channel 0, 1 or 2."""
    if material in METALS or material in OFF_COLOUR:
        n, k = _index_and_extinction(np.array(METALS.get(material) or OFF_COLOUR[material]))
        return {
            "type": "roughconductor",
            "distribution": "ggx",
            "alpha": ROUGHNESS[material.split(",")[0]],
            "eta": {"type": "rgb", "value": n.tolist()},
            "k": {"type": "rgb", "value": k.tolist()},
        }
    if material in OPAQUE or material in DIALS:
        return {
            "type": "roughplastic",
            "distribution": "ggx",
            "alpha": 0.09,
            "int_ior": 1.53,
            "nonlinear": True,
            "diffuse_reflectance": {"type": "rgb", "value": list((OPAQUE | DIALS)[material])},
        }
    stone = STONES.get(material) or TINTED[material]
    return {
        "type": "dielectric",
        "int_ior": stone.ior[channel],
        "ext_ior": 1.0,
        "specular_transmittance": {"type": "rgb", "value": list(stone.tint)},
    }
