"""What happens to a picture and not to its piece: links blurred to a rope, catchlights lost, smeared or moved, texture that
an autoencoder dreamt anew, a mirror image. Done to the photograph's pixels, seeded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

Box = tuple[float, float, float, float]
# A catchlight: this bright in sRGB, at least so many pixels, at most this share of the piece.
BRIGHT = 0.93
MIN_PX, MAX_SHARE = 5, 0.02


@dataclass(frozen=True)
class Painted:
    """A picture with a defect. `srgb8`: (H, W, 3) uint8; `box`: (left, top, right, bottom) in photo pixels; `feature_px`:
    the narrow side of the smallest thing that changed."""

    srgb8: np.ndarray
    box: Box
    feature_px: float
    words: str
    amount: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PaintedDefect:
    """As `Defect`, of a photograph (H, W, 3) uint8, its coverage (H, W) and its truth's features."""

    id: str
    check: str
    words: str
    paint: Callable[[np.ndarray, np.ndarray, list[dict[str, Any]], np.random.Generator], Painted | None]


def _rope(
    photo: np.ndarray, alpha: np.ndarray, features: list[dict[str, Any]], rng: np.random.Generator
) -> Painted | None:
    """Four to eight links in a row lose their gaps: each pixel is the mean of a link's length along the chain."""
    links = [f for f in features if f["kind"] == "link"]
    if len(links) < 12:
        return None
    count = min(int(rng.integers(4, 9)), len(links) // 3)
    first = int(rng.integers(len(links) - count))
    run = links[first : first + count]
    centres = np.array([f["centre"] for f in run])
    pitch = float(np.median(np.hypot(*np.diff(centres, axis=0).T)))
    mask = np.zeros(alpha.shape, np.uint8)
    cv2.polylines(mask, [np.rint(centres).astype(np.int32)], False, (1,), max(3, round(1.5 * pitch)))
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5)
    # The chain's direction at each pixel: that of the nearest step between links.
    ys, xs = np.nonzero(soft > 0.01)
    middles, steps = (centres[1:] + centres[:-1]) / 2, np.diff(centres, axis=0)
    nearest = np.argmin(((np.stack([xs, ys], -1)[:, None] - middles) ** 2).sum(-1), axis=1)
    along = steps[nearest] / np.linalg.norm(steps[nearest], axis=1, keepdims=True)
    picture = photo.astype(np.float32)
    total = np.zeros((len(xs), 3), np.float32)
    offsets = np.linspace(-pitch, pitch, 25)
    for offset in offsets:
        at_x, at_y = (xs + offset * along[:, 0]).astype(np.float32), (ys + offset * along[:, 1]).astype(np.float32)
        total += cv2.remap(picture, at_x[None], at_y[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
    weight = soft[ys, xs][:, None]
    picture[ys, xs] = picture[ys, xs] * (1 - weight) + total / len(offsets) * weight
    left, top = centres.min(0) - 0.75 * pitch
    right, bottom = centres.max(0) + 0.75 * pitch
    gap = 0.3 * pitch
    return Painted(_rounded(picture), (left, top, right, bottom), gap, f"{count} links are blurred to a rope")


def _catchlight(photo: np.ndarray, alpha: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Box] | None:
    """A catchlight's mask (H, W) uint8 and box, by lot among those on opaque piece that stand out from what is round them."""
    luma = photo.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32) / 255
    bright = ((luma > BRIGHT) & (alpha > 0.98)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bright, connectivity=8)
    opaque = float((alpha > 0.5).sum())
    good = []
    for k in range(1, count):
        left, top, width, height, area = (int(v) for v in stats[k])
        if not MIN_PX <= area <= MAX_SHARE * opaque:
            continue
        near = np.s_[max(0, top - 6) : top + height + 6, max(0, left - 6) : left + width + 6]
        blob = (labels[near] == k).astype(np.uint8)
        outer, inner = cv2.dilate(blob, np.ones((9, 9), np.uint8)), cv2.dilate(blob, np.ones((5, 5), np.uint8))
        ring = (outer > inner) & (alpha[near] > 0.98)
        if ring.sum() > 8 and float(np.median(luma[near][ring])) < 0.8:
            good.append((k, (float(left), float(top), float(left + width), float(top + height))))
    if not good:
        return None
    number, box = good[int(rng.integers(len(good)))]
    return (labels == number).astype(np.uint8), box


def _gone(photo: np.ndarray, blob: np.ndarray) -> np.ndarray:
    return cv2.inpaint(photo, cv2.dilate(blob, np.ones((7, 7), np.uint8)), 4, cv2.INPAINT_TELEA)


def _narrow(blob: np.ndarray) -> float:
    ys, xs = np.nonzero(blob)
    return float(min(cv2.minAreaRect(np.stack([xs, ys], -1).astype(np.float32))[1])) + 1


def _light_removed(
    photo: np.ndarray, alpha: np.ndarray, features: list[dict[str, Any]], rng: np.random.Generator
) -> Painted | None:
    found = _catchlight(photo, alpha, rng)
    if found is None:
        return None
    blob, box = found
    return Painted(_gone(photo, blob), box, _narrow(blob), "a catchlight is gone")


def _light_smeared(
    photo: np.ndarray, alpha: np.ndarray, features: list[dict[str, Any]], rng: np.random.Generator
) -> Painted | None:
    found = _catchlight(photo, alpha, rng)
    if found is None:
        return None
    blob, box = found
    reach = max(box[2] - box[0], box[3] - box[1])
    soft = cv2.GaussianBlur(blob.astype(np.float32), (0, 0), 0.7 * reach)
    weight = np.clip(
        3 * cv2.GaussianBlur(cv2.dilate(blob, np.ones((3, 3), np.uint8)).astype(np.float32), (0, 0), 0.5 * reach), 0, 1
    )
    dull = cv2.GaussianBlur(_gone(photo, blob).astype(np.float32), (0, 0), 0.8)
    glow = dull + (255 - dull) * np.clip(soft[..., None], 0, 1)
    keep = (weight * (alpha > 0.9))[..., None]
    picture = photo * (1 - keep) + glow * keep
    pad = 0.7 * reach
    wide = (box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad)
    return Painted(_rounded(picture), wide, _narrow(blob), "a catchlight is smeared")


def _light_moved(
    photo: np.ndarray, alpha: np.ndarray, features: list[dict[str, Any]], rng: np.random.Generator
) -> Painted | None:
    found = _catchlight(photo, alpha, rng)
    if found is None:
        return None
    blob, box = found
    reach = max(box[2] - box[0], box[3] - box[1])
    wide = cv2.dilate(blob, np.ones((3, 3), np.uint8)).astype(np.float32)
    bare = _gone(photo, blob).astype(np.float32)
    for _ in range(24):
        turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(1.5, 2.5) * reach + 2
        move = np.array([[1, 0, far * np.cos(turn)], [0, 1, far * np.sin(turn)]])
        size = (alpha.shape[1], alpha.shape[0])
        there = cv2.warpAffine(wide, move, size)
        if there.sum() < 0.95 * wide.sum() or float((there * (alpha > 0.95)).sum()) < 0.95 * float(there.sum()):
            continue
        lit = cv2.warpAffine(photo, move, size, flags=cv2.INTER_LINEAR).astype(np.float32)
        cover = cv2.GaussianBlur(there, (0, 0), 0.7)[..., None]
        ys, xs = np.nonzero((there > 0.5) | (wide > 0.5))
        both = (float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))
        return Painted(
            _rounded(bare * (1 - cover) + lit * cover),
            both,
            _narrow(blob),
            f"a catchlight lies {far:.0f} px off its place",
            {"px": round(float(far), 1)},
        )
    return None


def _mush(
    photo: np.ndarray, alpha: np.ndarray, features: list[dict[str, Any]], rng: np.random.Generator
) -> Painted | None:
    """An autoencoder's round trip, as a fixed lossy transform: what is coarser than about 4 px stays; the finer texture comes
    back weaker and displaced by a smooth field of a pixel or two, its colour only at a quarter of the resolution."""
    height, width = alpha.shape
    ycc = cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    coarse = cv2.GaussianBlur(ycc, (0, 0), 2.0)
    fine = ycc - coarse
    field_xy = [cv2.GaussianBlur(rng.normal(size=(height, width)).astype(np.float32), (0, 0), 5.0) for _ in range(2)]
    dx, dy = (1.6 * f / float(f.std()) for f in field_xy)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    dreamt = cv2.remap(fine[..., 0], x + dx, y + dy, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    out = np.dstack([coarse[..., 0] + 0.8 * dreamt, cv2.GaussianBlur(ycc[..., 1:], (0, 0), 3.0)])
    made = cv2.cvtColor(_rounded(out), cv2.COLOR_YCrCb2RGB).astype(np.float32)
    cover = cv2.dilate(alpha, np.ones((5, 5), np.uint8))[..., None]
    ys, xs = np.nonzero(alpha > 0.5)
    box = (float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))
    # What is told apart at all in its texture is about this small.
    return Painted(_rounded(photo * (1 - cover) + made * cover), box, 4.0, "the texture is made up anew")


def _mirrored(
    photo: np.ndarray, alpha: np.ndarray, features: list[dict[str, Any]], rng: np.random.Generator
) -> Painted | None:
    ys, xs = np.nonzero(alpha > 0.5)
    width = alpha.shape[1]
    box = (float(width - xs.max() - 1), float(ys.min()), float(width - xs.min()), float(ys.max() + 1))
    # Piece and its mirror image, laid over each other: what is its own mirror image can't be told, and isn't wrong.
    shift = round((box[0] + box[2]) / 2 - (xs.min() + xs.max() + 1) / 2)
    flipped = np.roll(photo[:, ::-1], -shift, axis=1)
    if float(np.abs(flipped.astype(float) - photo)[alpha > 0.5].mean()) < 12:
        return None
    small = min(xs.max() - xs.min(), ys.max() - ys.min())
    return Painted(np.ascontiguousarray(flipped), box, float(small), "the piece is its own mirror image")


def _rounded(picture: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(picture, 0, 255)).astype(np.uint8)


PAINTED_DEFECTS = (
    PaintedDefect("links-rope", "links", "Links are blurred to a rope", _rope),
    PaintedDefect("catchlight-removed", "catchlights", "A catchlight is gone", _light_removed),
    PaintedDefect("catchlight-smeared", "catchlights", "A catchlight is smeared", _light_smeared),
    PaintedDefect("catchlight-moved", "catchlights", "A catchlight lies elsewhere", _light_moved),
    PaintedDefect("mush", "structure", "The texture is made up anew, as an autoencoder does", _mush),
    PaintedDefect("mirrored", "registration", "The piece is mirrored", _mirrored),
)
