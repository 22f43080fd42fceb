"""Live light: what a picture's lamps each give, so that whoever has it can mix the light anew without rendering.

The mix, on the server and in a browser, with ``level = 2**ev * rgb(temperature)`` for each lamp (1 for the set):

    ground = sum(level * ground_part)
    shadow = clip((sum(level * shaded_part) + 0.002) / (sum(level * lit_part) + 0.002), 0, 6) * shadow_rest
    light  = sum(level * piece_part) / median over the piece of its luminance, * light_rest

What follows is the lock's: shadow to the power of its strength, exposure, vignette, tone curve; and the bounded relight
gain from the light. `docs/live-light.md` says the same for readers of the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from pipeline.stage.render import Part
from pipeline.stage.shadow import LightOnPiece, ShadowParts

LIVE_VERSION = 1
# Textures for a browser are made this large at most; the server's own mix is at the picture's full size.
LONGEST_PX = 640


@dataclass(frozen=True)
class LiveLight:
    """A scene's light by lamps: its ground at full size, its shadow at half, the light on the piece on a coarse grid."""

    ground: list[Part]
    shadow: ShadowParts
    piece: LightOnPiece


def encoded(live: LiveLight, shadow: np.ndarray, light: np.ndarray) -> tuple[dict[str, Any], bytes]:
    """The manifest and the bytes of all textures: half floats, little-endian, row by row from the top, RGB.

    `shadow` and `light` (H, W, 3) are the scene's own; what they hold besides the mix (a contact shadow, a shoulder that
    turns away) goes into ``shadow_rest`` and ``light_rest``, which no lamp changes.
    """
    height, width = live.ground[0].frame.shape[:2]
    scale = min(1.0, LONGEST_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    half = (max(1, size[0] // 2), max(1, size[1] // 2))
    file = _TextureFile()
    parts = []
    for k, part in enumerate(live.ground):
        entry: dict[str, Any] = {"name": part.name, "kind": part.kind, "level": [float(v) for v in part.level]}
        entry["ground"] = file.add(part.frame, size)
        entry["lit"] = file.add(_over_frame(live.shadow.lit[k], live.shadow), half)
        entry["shaded"] = file.add(_over_frame(live.shadow.shaded[k], live.shadow), half)
        if k < len(live.piece.parts):
            entry["piece"] = file.add(live.piece.parts[k].frame, None)
        parts.append(entry)
    manifest = {
        "live_version": LIVE_VERSION,
        "encoding": "float16, little-endian, rows from the top, RGB; offsets in bytes",
        "picture_size": [width, height],
        "parts": parts,
        "shadow_rest": file.add(shadow / np.maximum(live.shadow.factor(), 1e-3), half),
        "light_rest": file.add(light / np.maximum(live.piece.field(), 1e-3), half),
        "piece_weight": file.add(np.repeat(live.piece.weight[..., None], 3, -1), None),
        "bytes": len(file.data),
    }
    return manifest, bytes(file.data)


def decoded(manifest: Mapping[str, Any], data: bytes, entry: Mapping[str, Any]) -> np.ndarray:
    """One texture (h, w, 3) float32 of the file `data`, by its `entry` in the manifest."""
    width, height = entry["size"]
    flat = np.frombuffer(data, "<f2", count=width * height * 3, offset=entry["offset"])
    return flat.reshape(height, width, 3).astype(np.float32)


def mixed_ground(
    manifest: Mapping[str, Any], data: bytes, levels: Sequence[Sequence[float]] | None = None
) -> np.ndarray:
    """The shaded ground (h, w, 3) linear at the textures' size, by `levels` (n, 3) or the manifest's own."""
    parts = manifest["parts"]
    levels = [part["level"] for part in parts] if levels is None else levels

    def total(name: str) -> np.ndarray:
        frames = [decoded(manifest, data, part[name]) for part in parts]
        result: np.ndarray = sum(
            (frame * np.array(level, np.float32) for frame, level in zip(frames, levels, strict=True)),
            np.zeros_like(frames[0]),
        )
        return result

    ground = total("ground")
    shadow = np.clip((total("shaded") + 0.002) / (total("lit") + 0.002), 0, 6)
    shadow *= decoded(manifest, data, manifest["shadow_rest"])
    height, width = ground.shape[:2]
    return ground * cv2.resize(shadow, (width, height), interpolation=cv2.INTER_LINEAR)


class _TextureFile:
    """Textures one after the other, each at a multiple of 4 bytes."""

    def __init__(self) -> None:
        self.data = bytearray()

    def add(self, frame: np.ndarray, size: tuple[int, int] | None) -> dict[str, Any]:
        """`frame` (h, w, 3), area-averaged to `size` (width, height) where one is given; averages keep sums."""
        texture: Any = frame.astype(np.float32)
        if size is not None and size != texture.shape[1::-1]:
            texture = cv2.resize(texture, size, interpolation=cv2.INTER_AREA)
        texture = np.clip(texture, 0, 65504).astype("<f2")
        self.data += b"\0" * (-len(self.data) % 4)
        entry = {"offset": len(self.data), "size": [texture.shape[1], texture.shape[0]]}
        self.data += texture.tobytes()
        return entry


def _over_frame(part: Part, shadow: ShadowParts) -> np.ndarray:
    """A shadow's part over the whole coarse view; outside the shadow's box it is 1, with and without the piece."""
    left, top, right, bottom = shadow.inner
    whole = np.ones((shadow.coarse_px[1], shadow.coarse_px[0], 3), np.float32)
    whole[top:bottom, left:right] = part.frame
    return whole
