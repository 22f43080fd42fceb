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

# What light doesn't pass: body colour (linear sRGB) under a clear, glossy skin of index 1.53 (nacre, resin).
OPAQUE: dict[str, tuple[float, float, float]] = {"pearl": (0.80, 0.77, 0.72)}
# Round forms, shaded as such; stones are shaded facet by facet.
SMOOTH = frozenset(METALS) | frozenset(OPAQUE)


def _index_and_extinction(mirror: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = (1 - mirror) / (1 + mirror)
    k = np.sqrt(((n + 1) ** 2 * mirror - (n - 1) ** 2) / (1 - mirror))
    return n, k


def surface(material: str, channel: int) -> dict[str, Any]:
    """Mitsuba's description of a metal or a stone for colour channel 0, 1 or 2."""
    if material in METALS:
        n, k = _index_and_extinction(np.array(METALS[material]))
        return {
            "type": "roughconductor",
            "distribution": "ggx",
            "alpha": ROUGHNESS[material],
            "eta": {"type": "rgb", "value": n.tolist()},
            "k": {"type": "rgb", "value": k.tolist()},
        }
    if material in OPAQUE:
        return {
            "type": "roughplastic",
            "distribution": "ggx",
            "alpha": 0.09,
            "int_ior": 1.53,
            "nonlinear": True,
            "diffuse_reflectance": {"type": "rgb", "value": list(OPAQUE[material])},
        }
    stone = STONES[material]
    return {
        "type": "dielectric",
        "int_ior": stone.ior[channel],
        "ext_ior": 1.0,
        "specular_transmittance": {"type": "rgb", "value": list(stone.tint)},
    }
