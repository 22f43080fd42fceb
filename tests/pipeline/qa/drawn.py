"""Pictures for the checks' tests: a drawn ring and a drawn chain, changed in one thing or in none, under what must pass.

What the ring holds is known from how it was drawn, so that no test here hangs on how well a photo is read.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image

from pipeline.fingerprint.model import Ellipse, Fingerprint, Prong, Stone
from pipeline.fingerprint.reading import fingerprint_of
from pipeline.imaging.colour import kelvin_to_rgb, linear_to_srgb, srgb_to_linear
from pipeline.imaging.lock import lay
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.resample import Mapping
from pipeline.qa.evidence import Evidence
from pipeline.qa.gather import evidence_of
from tests.pipeline.fingerprint.drawn import chain
from tests.pipeline.scenes import PHOTO_SIZE, ring, similarity

SIZE = (900, 800)
STONE_PX = 54.0
Change = Callable[[CutPiece], CutPiece]

# What a picture must be let pass with: each alone, and all together. `ev`, `kelvin` of light and camera, `relight` EV from one
# side of the piece to the other, `shadow` the share of light a soft shadow takes, `noise` encoded, `shift` px off the mapping.
NUISANCES: dict[str, dict[str, object]] = {
    "nothing": {},
    "brighter": {"ev": 0.45},
    "darker": {"ev": -0.5},
    "warmer": {"kelvin": -600},
    "cooler": {"kelvin": 600},
    "lit from a side": {"relight": 0.35},
    "smaller": {"scale": 0.5},
    "turned": {"turn": -23.0},
    "compressed": {"jpeg": 80},
    "noisy": {"noise": 0.012},
    "shifted": {"shift": (0.45, -0.38)},
    "half in a soft shadow": {"shadow": 0.3},
    "all together": {
        "ev": -0.3,
        "kelvin": 450,
        "relight": 0.2,
        "scale": 0.72,
        "turn": 11.0,
        "jpeg": 85,
        "noise": 0.008,
        "shift": (0.3, 0.3),
        "shadow": 0.2,
    },
}


def stone_at(k: int, stones: int = 9) -> tuple[float, float]:
    """The middle of the drawn ring's k-th stone, photo pixels."""
    height, width = PHOTO_SIZE
    angle = np.pi * (1.5 + 0.11 * (k - (stones - 1) / 2))
    return width / 2 + 178 * np.cos(angle), height / 2 + 40 + 178 * np.sin(angle)


@lru_cache(maxsize=1)
def ring_fingerprint() -> Fingerprint:
    """The drawn ring's fingerprint, its nine stones as they were drawn."""
    read = fingerprint_of(ring(), "ring")
    stones = tuple(
        Stone(
            id=f"stone-{k + 1:03d}",
            outline=Ellipse(centre_px=stone_at(k), axes_px=(STONE_PX, STONE_PX), angle_deg=0),
            centre=(0, 0),
            size_mm=None,
            colour="clear",
            group="group-1",
            confidence=1,
            resolvable=True,
        )
        for k in range(9)
    )
    return read.model_copy(update={"stones": stones, "prongs": (), "unparted": 0.0, "confidence": 1.0})


def pictured(
    piece: CutPiece,
    reference: CutPiece,
    fingerprint: Fingerprint | None,
    *,
    scale: float = 0.9,
    turn: float = 4.0,
    ev: float = 0.0,
    kelvin: float = 0.0,
    relight: float = 0.0,
    shadow: float = 0.0,
    noise: float = 0.0,
    jpeg: int = 0,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Evidence:
    """`piece` drawn into a picture, and the evidence on it for somebody who has `reference`."""
    height, width = SIZE
    about = ((piece.box[0] + piece.box[2]) / 2, (piece.box[1] + piece.box[3]) / 2)
    matrix = similarity(scale, turn, width / 2 + 0.37, height / 2 - 0.21, about)
    moved = matrix.copy()
    moved[:2, 2] += shift
    laid = lay(piece, Mapping(moved, SIZE))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across = np.clip((x - width / 2) / (piece.width_px * scale / 2), -1.5, 1.5)
    light = np.exp2(relight * across) * (1 - shadow * np.clip((across - 0.1) / 0.6, 0, 1))
    ground = (0.3 + 0.25 * y / height)[..., None] * np.array([1.0, 0.8, 0.68], np.float32)
    over = laid.alpha[..., None]
    lit = (laid.colour * light[..., None] * over + ground * (1 - over)) * 2.0**ev
    if kelvin:
        lit = lit * kelvin_to_rgb(5500 + kelvin)
    encoded = np.clip(linear_to_srgb(np.clip(lit, 0, 1)), 0, 1)
    if noise:
        encoded = np.clip(encoded + np.random.default_rng(5).normal(0, noise, encoded.shape), 0, 1)
    image = Image.fromarray(np.rint(encoded * 255).astype(np.uint8))
    if jpeg:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=jpeg)
        image = Image.open(io.BytesIO(file.getvalue())).convert("RGB")
    picture = srgb_to_linear(np.asarray(image, np.float32) / 255)
    return evidence_of(reference, picture, Mapping(matrix, SIZE), fingerprint)


def of_ring(change: Change | None = None, **nuisance: object) -> Evidence:
    """Evidence on a picture of the drawn ring, changed by `change`."""
    piece = change(ring()) if change else ring()
    return pictured(piece, ring(), ring_fingerprint(), **nuisance)  # type: ignore[arg-type]


def repainted(piece: CutPiece, paint: Callable[[np.ndarray], np.ndarray]) -> CutPiece:
    """The piece with its encoded colours (H, W, 3) 0..1 repainted; its matte stays."""
    encoded = np.clip(linear_to_srgb(piece.rgb), 0, 1)
    painted = srgb_to_linear(np.clip(paint(encoded), 0, 1))
    changed = np.abs(painted - srgb_to_linear(encoded)).max(-1, keepdims=True) > 1e-4
    return replace(
        piece,
        rgb=np.where(changed, painted, piece.rgb).astype(np.float32),
        foreground=np.where(changed, painted, piece.foreground).astype(np.float32),
    )


def without_stone(k: int) -> Change:
    """A stone gone: its seat shows bare metal."""

    def paint(encoded: np.ndarray) -> np.ndarray:
        out = encoded.copy()
        x, y = stone_at(k)
        yy, xx = np.mgrid[0 : out.shape[0], 0 : out.shape[1]]
        seat = np.hypot(xx - x, yy - y) < 25
        out[seat] = np.array([0.55, 0.43, 0.24]) * (0.9 + 0.2 * ((xx[seat] - x) / 50)[:, None])
        return out

    return lambda piece: repainted(piece, paint)


def speck_gone(k: int) -> Change:
    """A small bright bead at a stone's side gone: what a lost prong does. About 7 px across."""

    def paint(encoded: np.ndarray) -> np.ndarray:
        out = np.array(encoded, np.float32)
        x, y = stone_at(k)
        cv2.circle(out, (round(x - 7), round(y - 8)), 4, (0.45, 0.46, 0.47), -1, cv2.LINE_AA)
        return out

    return lambda piece: repainted(piece, paint)


def smaller_stone(k: int, by: float) -> Change:
    """A stone of `by` its size in its old seat."""

    def paint(encoded: np.ndarray) -> np.ndarray:
        x, y = stone_at(k)
        yy, xx = np.mgrid[0 : encoded.shape[0], 0 : encoded.shape[1]].astype(np.float32)
        away = np.hypot(xx - x, yy - y)
        drawn = cv2.remap(np.ascontiguousarray(encoded, np.float32), (x + (xx - x) / by).astype(np.float32), (y + (yy - y) / by).astype(np.float32), cv2.INTER_LINEAR)  # fmt: skip
        out = np.where((away < 27)[..., None], np.array([0.47, 0.36, 0.17]), encoded)
        return np.where((away < 25 * by)[..., None], drawn, out)

    return lambda piece: repainted(piece, paint)


def turned_hue(degrees: float) -> Change:
    """Every colour but the stones' (which are grey) turned in hue, in Lab."""

    def paint(encoded: np.ndarray) -> np.ndarray:
        lab = cv2.cvtColor(np.ascontiguousarray(encoded, np.float32), cv2.COLOR_RGB2LAB)
        a = np.radians(degrees)
        ab = lab[..., 1:] @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]], np.float32)
        metal = np.hypot(lab[..., 1], lab[..., 2]) > 15
        lab[..., 1:] = np.where(metal[..., None], ab, lab[..., 1:])
        return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)

    return lambda piece: repainted(piece, paint)


def tinted_stone(k: int) -> Change:
    """A white stone that has turned yellow."""

    def paint(encoded: np.ndarray) -> np.ndarray:
        x, y = stone_at(k)
        yy, xx = np.mgrid[0 : encoded.shape[0], 0 : encoded.shape[1]]
        stone = (np.hypot(xx - x, yy - y) < 24)[..., None]
        return np.where(stone, encoded * np.array([1.0, 0.94, 0.68]), encoded)

    return lambda piece: repainted(piece, paint)


def mush(piece: CutPiece) -> CutPiece:
    """Texture turned to mush, as an autoencoder does."""
    soft = cv2.GaussianBlur(piece.rgb, (0, 0), 2.0)
    return replace(piece, rgb=soft, foreground=cv2.GaussianBlur(piece.foreground, (0, 0), 2.0))


def wider_band(by_px: float) -> Change:
    """The band grown outwards and inwards by `by_px` / 2 each, the head left as it is."""

    def change(piece: CutPiece) -> CutPiece:
        height, width = PHOTO_SIZE
        yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
        cx, cy = width / 2, height / 2 + 40
        radius = np.hypot(xx - cx, yy - cy)
        # The band's middle stays, its edges at 150 and 192 go apart, evenly between.
        share = np.clip((radius - 171) / (21 + by_px / 2), -1.6, 1.6)
        bare = np.clip((yy - (cy - 60)) / 40, 0, 1)
        there = np.where(np.abs(share) < 1.5, 171 + share * 21, radius)
        scale = (1 + bare * (there / np.maximum(radius, 1) - 1)).astype(np.float32)
        x, y = (cx + (xx - cx) * scale).astype(np.float32), (cy + (yy - cy) * scale).astype(np.float32)
        rgb, alpha, fore = (cv2.remap(v, x, y, cv2.INTER_CUBIC) for v in (piece.rgb, piece.alpha, piece.foreground))
        return replace(piece, rgb=rgb, foreground=fore, alpha=np.clip(alpha, 0, 1))

    return change


@lru_cache(maxsize=4)
def chain_piece(count: int = 48, merged: bool = False) -> CutPiece:
    """A drawn golden chain as a cut piece; `merged`: a few of its links run into each other."""
    alpha, grey = chain(48, 0.97 * 1440 / 48, size=560) if count == 48 else chain(count, 0.97 * 1440 / 48, size=560)
    if merged:
        yy, xx = np.mgrid[0:560, 0:560].astype(np.float32)
        place = np.exp(-(((xx - 405) ** 2 + (yy - 385) ** 2) / (2 * 22.0**2)))[..., None]
        soft = cv2.GaussianBlur(np.dstack([alpha, grey]), (0, 0), 5)
        mixed = np.dstack([alpha, grey]) * (1 - place) + np.maximum(soft * 1.5, 0) * place
        alpha, grey = np.clip(mixed[..., 0], 0, 1), np.clip(mixed[..., 1], 0, 1)
    colour = srgb_to_linear(
        np.clip(grey / np.maximum(alpha, 0.2), 0, 1)[..., None] * np.array([1.0, 0.84, 0.5], np.float32)
    )
    rows, columns = np.nonzero(alpha.max(1) > 0.5)[0], np.nonzero(alpha.max(0) > 0.5)[0]
    over = alpha[..., None]
    return CutPiece(
        rgb=(colour * over + (1 - over)).astype(np.float32),
        foreground=colour.astype(np.float32),
        alpha=alpha.astype(np.float32),
        ground=np.ones(3, np.float32),
        box=(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1),
        sha256="0" * 64,
    )


def prongs_at(points: list[tuple[float, float]], size_px: float = 8.0) -> tuple[Prong, ...]:
    """Prongs' tips at photo positions."""
    return tuple(
        Prong(id=f"prong-{k + 1:03d}", tip="claw", centre_px=p, centre=(0, 0), size_px=size_px, stones=(), confidence=1, resolvable=True)
        for k, p in enumerate(points)
    )  # fmt: skip
