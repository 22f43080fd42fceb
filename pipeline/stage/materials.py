"""What sculptures and sets are made of, as mitsuba BSDF dictionaries over the textures of `textures.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.stage import textures
from pipeline.stage.renderer import mitsuba

# Bump maps take heights in mm over a tile of this edge; sculptures are wrapped in tiles of it.
TILE_MM = 157.0


def image_texture(pixels: np.ndarray, repeat: float = 1.0) -> dict[str, Any]:
    """A tile (n, n) or (n, n, 3), linear, as a raw mitsuba texture, laid `repeat` times along u and v."""
    mi = mitsuba()
    data = pixels if pixels.ndim == 3 else pixels[..., None]
    return {
        "type": "bitmap",
        "bitmap": mi.Bitmap(np.ascontiguousarray(data, np.float32)),
        "raw": True,
        "wrap_mode": "repeat",
        "to_uv": mi.ScalarTransform3f().scale([repeat, repeat]),
    }


def bumped(bsdf: dict[str, Any], height: np.ndarray, scale: float, repeat: float = 1.0) -> dict[str, Any]:
    """The BSDF under a height map (n, n) whose values times `scale` are in the surface's own length unit."""
    return {"type": "bumpmap", "height": image_texture(height, repeat), "scale": scale, "nested": bsdf}


def sculpture_material(name: str, relief: float = 1.0) -> dict[str, Any]:
    """The BSDF of a sculpture wrapped in TILE_MM tiles: porcelain, plaster, travertine, bronze or lacquer.

    `relief` scales the height of its grain: seen close, a sculptor's surface is finished finer.
    """
    if name == "porcelain":
        _, height = textures.plaster(512)
        glaze = {
            "type": "principled",
            "base_color": {"type": "rgb", "value": [0.80, 0.785, 0.755]},
            "roughness": 0.34,
            "specular": 0.5,
            "clearcoat": 0.8,
            "clearcoat_gloss": 0.93,
        }
        return bumped(glaze, height, 0.12 * relief)
    if name == "travertine":
        colour, height = textures.travertine()
        base = {"type": "principled", "base_color": image_texture(colour, 0.5), "roughness": 0.55, "specular": 0.35}
        return bumped(base, height, 0.8 * relief, 0.5)
    if name == "bronze":
        rough, height = textures.patina()
        base = {
            "type": "principled",
            "base_color": {"type": "rgb", "value": [0.36, 0.225, 0.125]},
            "metallic": 1.0,
            "roughness": image_texture(rough),
            "specular": 0.5,
        }
        return bumped(base, height, relief)
    if name == "lacquer":
        _, height = textures.patina(512)
        base = {
            "type": "principled",
            "base_color": {"type": "rgb", "value": [0.016, 0.015, 0.016]},
            "roughness": 0.22,
            "specular": 0.5,
            "clearcoat": 1.0,
            "clearcoat_gloss": 0.97,
        }
        return bumped(base, height, 0.5 * relief)
    colour, height = textures.plaster()
    base = {"type": "principled", "base_color": image_texture(colour), "roughness": 0.72, "specular": 0.18}
    # Cast and rubbed down, as display busts are: its grain is seen and doesn't speak.
    return bumped(base, height, 0.55 * relief)


def surface_material(name: str, tile_mm: float) -> dict[str, Any]:
    """The BSDF of a still life's surface whose UV tile is `tile_mm` wide: stone, plaster, linen, velvet, lacquer, mirror."""
    if name == "plaster":
        colour, height = textures.plaster()
        return bumped({"type": "diffuse", "reflectance": image_texture(colour)}, height, 1.4)
    if name == "linen":
        colour, height = textures.linen()
        return bumped({"type": "diffuse", "reflectance": image_texture(colour)}, height, 0.0035 * tile_mm)
    if name == "velvet":
        pile = textures.noise(1024, 61, 1.2, low=8) * 0.5 + textures.noise(1024, 62, 2.4) * 0.5
        colour = textures.between((0.010, 0.014, 0.032), (0.030, 0.038, 0.075), 0.5 + 0.25 * pile)
        base = {
            "type": "principled",
            "base_color": image_texture(colour),
            "roughness": 0.95,
            "specular": 0.05,
            "sheen": 1.0,
            "sheen_tint": 0.6,
        }
        return bumped(base, pile, 0.0008 * tile_mm)
    if name == "lacquer":
        return {
            "type": "principled",
            "base_color": {"type": "rgb", "value": [0.018, 0.017, 0.019]},
            "roughness": 0.12,
            "specular": 0.6,
            "clearcoat": 1.0,
            "clearcoat_gloss": 0.98,
        }
    if name == "mirror":
        return {
            "type": "principled",
            "base_color": {"type": "rgb", "value": [0.80, 0.80, 0.80]},
            "metallic": 1.0,
            "roughness": 0.045,
            "specular": 0.5,
        }
    colour, height = textures.stone()
    base = {"type": "principled", "base_color": image_texture(colour), "roughness": 0.5, "specular": 0.35}
    return bumped(base, height, 1.0)
