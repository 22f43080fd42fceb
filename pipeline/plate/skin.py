"""The skin region of a plate: the second sign that every landmark needs, and all there is on a close-up without one.

A broad chroma gate that holds for skins of every tone proposes, smoothness and a person-segmentation model object, and
a graph cut on colour decides; landmarks that lie on a hand or face seed it. Worked out at a reduced size.

Sources: Chai and Ngan, "Face segmentation using skin-color map" (1999) for the gate; Rother et al., "GrabCut" (2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.plate.detection import OrientedBox, crop
from pipeline.plate.models import model

WORK_PX = 512
CR_RANGE, CB_RANGE = (134.0, 180.0), (75.0, 130.0)
DARKEST_LUMA = 28.0
# What has more fine contrast than this (sRGB steps of 255) is print, cloth or hair.
ROUGH = 11.0


@dataclass(frozen=True)
class SkinRegion:
    """`mask` (H, W) float32 0..1 at the plate's size; `person` (H, W) float32 0..1, the body with hair and clothes.

    `share` is the skin's share of the plate, `person_seen` whether the person model found anybody.
    """

    mask: np.ndarray
    person: np.ndarray
    share: float
    person_seen: bool

    def at(self, point: np.ndarray, reach: float = 2.0) -> float:
        """How much of a small patch round a point (2,) is skin, 0..1; 0 outside the plate."""
        h, w = self.mask.shape
        x, y = round(float(point[0])), round(float(point[1]))
        if not (0 <= x < w and 0 <= y < h):
            return 0.0
        r = max(round(reach), 1)
        return float(self.mask[max(y - r, 0) : y + r + 1, max(x - r, 0) : x + r + 1].mean())


def skin_region(srgb: np.ndarray, seeds: list[np.ndarray]) -> SkinRegion:
    """The SkinRegion of an sRGB image (H, W, 3) 0..1. `seeds`: polylines (n, 2) in pixels that run over skin."""
    height, width = srgb.shape[:2]
    step = min(WORK_PX / max(height, width), 1.0)
    size = (max(round(width * step), 1), max(round(height * step), 1))
    small = cv2.resize(srgb, size, interpolation=cv2.INTER_AREA)
    person = person_cover(srgb, size)
    person_seen = float((person > 0.6).mean()) > 0.02
    gate, seeded = likely_skin(small, [line * step for line in seeds])
    if person_seen:
        gate &= (person > 0.25) | seeded
    mask = _cut(small, gate, seeded).astype(np.float32)
    full = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    if step < 1:
        full = _sharpened(full, np.asarray(srgb), step)
    whole = cv2.resize(person, (width, height), interpolation=cv2.INTER_LINEAR)
    return SkinRegion(full, np.maximum(whole, full), float(mask.mean()), person_seen)


def likely_skin(srgb: np.ndarray, lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Where an sRGB image (h, w, 3) 0..1 may show skin by colour and smoothness alone (h, w) bool, and where of that the
    polylines (n, 2) run that are known to lie over skin: with such, only what is like them stays."""
    gate = _gate(srgb)
    seeded = np.zeros(gate.shape, bool)
    if lines:
        drawn = np.zeros(gate.shape, np.uint8)
        thick = max(round(0.006 * max(gate.shape)), 1)
        for line in lines:
            cv2.polylines(drawn, [np.round(line).astype(np.int32)], False, (255,), thick)
        seeded = (drawn > 0) & gate
        gate &= _like(srgb, seeded) if seeded.sum() > 20 else True
    return gate, seeded


def _gate(srgb: np.ndarray) -> np.ndarray:
    """Where the chroma may be skin's, and the surface is smooth enough (h, w)."""
    eight = (np.clip(srgb, 0, 1) * 255).astype(np.uint8)
    luma, cr, cb = cv2.split(cv2.cvtColor(eight, cv2.COLOR_RGB2YCrCb))
    smooth = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), 1.2)
    rough = np.sqrt(cv2.GaussianBlur((luma - smooth) ** 2, (0, 0), 2.5))
    inside = (cr >= CR_RANGE[0]) & (cr <= CR_RANGE[1]) & (cb >= CB_RANGE[0]) & (cb <= CB_RANGE[1])
    inside &= (luma >= DARKEST_LUMA) & (rough < ROUGH)
    return cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0


def _chroma(srgb: np.ndarray) -> np.ndarray:
    """(h, w, 3): Lab's a and b, and a tenth of L: skin keeps its chroma from light to shade better than its level."""
    lab = cv2.cvtColor(srgb.astype(np.float32), cv2.COLOR_RGB2LAB)
    return np.concatenate([lab[..., 1:], lab[..., :1] * 0.1], -1)


def _like(srgb: np.ndarray, seeded: np.ndarray) -> np.ndarray:
    """Where the colour is near what lies under the seeds (h, w): within their spread, at most."""
    colours = _chroma(srgb)
    under = colours[seeded]
    middle = np.median(under, axis=0)
    near = under[np.linalg.norm(under - middle, axis=1) < 22]
    spread = np.cov(near.T) + np.diag([6.0, 6.0, 1.5])
    off = colours - near.mean(0)
    distance = np.einsum("...i,ij,...j->...", off, np.linalg.inv(spread), off)
    return distance < 11.3


def _cut(srgb: np.ndarray, gate: np.ndarray, seeded: np.ndarray) -> np.ndarray:
    """A graph cut between the gate and the rest, the largest regions kept (h, w)."""
    if gate.mean() < 0.004:
        return np.zeros(gate.shape, bool)
    core = cv2.erode(gate.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    far = cv2.dilate(gate.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    trimap = np.full(gate.shape, cv2.GC_PR_BGD, np.uint8)
    trimap[gate] = cv2.GC_PR_FGD
    trimap[far] = cv2.GC_BGD
    trimap[seeded & core] = cv2.GC_FGD
    if not (trimap == cv2.GC_BGD).any() or not gate.any():
        return gate
    lab = cv2.cvtColor(srgb.astype(np.float32), cv2.COLOR_RGB2LAB)
    shown = np.clip(np.stack([lab[..., 0] * 1.6, lab[..., 1] * 3 + 90, lab[..., 2] * 3 + 60], -1), 0, 255)
    cv2.setRNGSeed(1)
    cv2.grabCut(
        shown.astype(np.uint8),
        trimap,
        None,
        np.zeros((1, 65)),
        np.zeros((1, 65)),
        3,
        cv2.GC_INIT_WITH_MASK,  # type: ignore[call-overload]
    )
    found = ((trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)).astype(np.uint8)
    found = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas):
        return found > 0
    kept = [i + 1 for i, area in enumerate(areas) if area >= max(0.12 * areas.max(), 40)]
    kept += [int(label) for label in np.unique(labels[seeded]) if label > 0]
    return np.isin(labels, kept)


def _sharpened(coarse: np.ndarray, srgb: np.ndarray, step: float) -> np.ndarray:
    """The enlarged mask drawn to the plate's own edges (guided filter, He et al. 2013)."""
    radius = max(round(1.5 / step), 2)
    size = (2 * radius + 1, 2 * radius + 1)
    grey = cv2.cvtColor(srgb.astype(np.float32), cv2.COLOR_RGB2LAB)
    mask = coarse.astype(np.float32)
    guide = ((grey[..., 1] + grey[..., 2]) / 60 + grey[..., 0] / 100).astype(np.float32)
    mean_g, mean_m = (cv2.blur(plane, size) for plane in (guide, mask))
    variance = cv2.blur(guide * guide, size) - mean_g**2
    slope = (cv2.blur(guide * mask, size) - mean_g * mean_m) / (variance + 1e-3)
    level = mean_m - slope * mean_g
    drawn = cv2.blur(slope, size) * guide + cv2.blur(level, size)
    return np.clip((drawn - 0.5) * 2 + 0.5, 0, 1).astype(np.float32)


def person_cover(srgb: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The person model's 0..1 answer at `size` (w, h)."""
    net = model("selfie_segmentation")
    height, width = srgb.shape[:2]
    whole = OrientedBox(np.array([width / 2, height / 2]), float(max(height, width)), 0.0)
    answer = net.run(crop(srgb, whole, net.side))[0].reshape(net.side, net.side)
    back = cv2.resize(answer.astype(np.float32), (max(height, width),) * 2, interpolation=cv2.INTER_LINEAR)
    top, left = (max(height, width) - height) // 2, (max(height, width) - width) // 2
    return cv2.resize(back[top : top + height, left : left + width], size, interpolation=cv2.INTER_AREA)
