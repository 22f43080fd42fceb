"""The world round the piece: backdrops, plinths, slabs and a sculpture's stand, as entries of a mitsuba scene."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.direction import Set
from pipeline.stage.lights import UNIT_LEVEL
from pipeline.stage.materials import image_texture
from pipeline.stage.meshes import shape
from pipeline.stage.renderer import mitsuba

BACKDROP_HALF_MM = 1500.0


def backdrop_colour(ground: Set) -> np.ndarray:
    """Linear RGB (3,) of the backdrop: `tone` is OKLab lightness, `hue_deg` and `chroma` its OKLCh hue and chroma (Ottosson 2020)."""
    hue, c = np.radians(ground.hue_deg), 0.12 * ground.chroma
    a, b = c * np.cos(hue), c * np.sin(hue)
    lms = np.array(
        [
            0.3963377774 * a + 0.2158037573 * b,
            -0.1055613458 * a - 0.0638541728 * b,
            -0.0894841775 * a - 1.2914855480 * b,
        ]
    )
    lms = (lms + ground.tone) ** 3
    M = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    return np.clip(M @ lms, 0.0005, 1.0)


def backdrop(ground: Set, behind: np.ndarray, facing: np.ndarray) -> dict[str, Any]:
    """A wall through `behind` (3,) whose normal is `facing` (3,), in the set's colour and shape of light.

    The wall is lit for itself, as a studio lights its backdrop apart from the subject: part of its level comes from a
    light of its own (which gives the gradient, or the panes of a window), part from the rig.
    """
    mi = mitsuba()
    colour = backdrop_colour(ground)
    n = 512
    y, x = np.mgrid[0:n, 0:n] / (n - 1) * 2 - 1
    if ground.backdrop == "gradient":
        pool = 0.30 + 1.15 * np.exp(-(((x + 0.10) / 0.30) ** 2 + ((y - 0.04) / 0.34) ** 2))
    elif ground.backdrop == "window":
        pool = 0.34 + 0.9 * _window(x, y)
    else:
        pool = np.full((n, n), 0.75)
    glow = (pool[..., None] * colour * 0.72 * UNIT_LEVEL / 0.62).astype(np.float32)
    up = [0.0, 0.0, 1.0]
    place = mi.ScalarTransform4f().look_at([float(c) for c in behind], [float(c) for c in behind + facing], up)
    return {
        "backdrop": {
            "type": "rectangle",
            "to_world": place @ mi.ScalarTransform4f().scale(BACKDROP_HALF_MM),
            "bsdf": {"type": "diffuse", "reflectance": {"type": "rgb", "value": [float(c) for c in colour * 0.35]}},
        },
        "glow of backdrop": image_texture(glow),
    }


def _window(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slanting sunlight through four panes, its edges softened by distance, 0..1 over x, y in -1..1."""
    u, v = x * 0.94 - y * 0.34 + 0.06, y * 0.94 + x * 0.20

    def slab(t: np.ndarray, centre: float, half: float, soft: float = 0.035) -> np.ndarray:
        return 1 / (1 + np.exp((np.abs(t - centre) - half) / soft * 2))

    columns = slab(u, -0.17, 0.145) + slab(u, 0.17, 0.145)
    rows = slab(v, -0.24, 0.20) + slab(v, 0.22, 0.20)
    return np.clip(columns * rows, 0, 1)


def stand(foot: np.ndarray, radius_mm: float = 17.0) -> dict[str, Any]:
    """The discreet turned column that carries a bust, from inside its underside at `foot` (3,) downwards."""
    # No roughconductor: compiling its constant Fresnel term ends the process (LLVM 19 to 22 on x86).
    metal = {
        "type": "principled",
        "base_color": {"type": "rgb", "value": [0.16, 0.13, 0.10]},
        "metallic": 1.0,
        "roughness": 0.32,
        "specular": 0.5,
    }
    # Radius and height of the turned profile, from the top: a collar under the sculpture, a groove, the column.
    profile = np.array([(0.0, 40), (1.7, 40), (1.7, -12), (1.62, -14), (1.1, -16), (1.0, -19), (1.0, -900)]) * [
        radius_mm,
        1,
    ]
    around = np.linspace(0, 2 * np.pi, 65)[:-1]
    ring = np.stack([np.cos(around), np.sin(around)], 1)
    vertices = np.concatenate([np.column_stack([ring * r, np.full(64, z)]) for r, z in profile]) + foot
    i, j = np.meshgrid(np.arange(len(profile) - 1), np.arange(64), indexing="ij")
    a, b = (i * 64 + j).ravel(), (i * 64 + (j + 1) % 64).ravel()
    faces = np.stack([a, a + 64, b, b, a + 64, b + 64], 1).reshape(-1, 3)
    return {"stand": shape("stand", vertices, faces, {"type": "twosided", "inner": metal})}
