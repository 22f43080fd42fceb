"""Anchors from the skin's outline alone: close-ups of a neck or a wrist, on which no face or hand is seen.

The largest region's two edges and axis are all there is, so these are offered with less confidence, and their scale is
an average adult's unless a person types one. A finger alone looks like a wrist alone: it asks for two clicks.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.plate.anchor import Anchor, unit, xy
from pipeline.plate.limb import Section, main_axis, section
from pipeline.plate.rulers import NECK_WIDTH, WRIST_WIDTH, Length, Ruler, joined
from pipeline.plate.skin import SkinRegion

LEAST_SHARE = 0.06
# How well a width is read from two outlines.
EDGES_READ = 0.02
# A limb is at least this much longer than wide where it lies in the frame.
LEAST_LENGTH = 1.15
# A neck widens to the shoulders by this much or more, a limb's edges run nearly parallel.
NECK_FLARE = 1.45
# and above it to the jaw, where the frame shows it.
JAW_FLARE = 1.08


def outline_anchors(lab: np.ndarray, skin: SkinRegion) -> tuple[list[Anchor], dict[str, str]]:
    """A neck or a wrist, where the region has the shape of one; else why not."""
    region = _largest(skin.mask)
    if region.mean() < LEAST_SHARE:
        return [], {"outline": "no region of bare skin is large enough to be a body part"}
    neck = _neck(lab, region)
    if neck is not None:
        return [neck], {}
    limb = _limb(lab, region)
    if limb is not None:
        return [limb], {}
    return [], {"outline": "the skin's outline has neither the shape of a neck nor of a limb with two edges"}


def _largest(mask: np.ndarray) -> np.ndarray:
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8))
    if count < 2:
        return np.zeros(mask.shape, np.float32)
    best = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return np.where(labels == best, mask, 0).astype(np.float32)


def _neck(lab: np.ndarray, region: np.ndarray) -> Anchor | None:
    """The slimmest of the region's rows between a wider one above or the frame's top, and shoulders below."""
    height, width = region.shape
    solid = region > 0.5
    rows = np.arange(int(0.04 * height), int(0.9 * height), max(height // 160, 1))
    left = np.array([solid[r].argmax() if solid[r].any() else 0 for r in rows])
    right = np.array([width - 1 - solid[r, ::-1].argmax() if solid[r].any() else 0 for r in rows])
    widths = (right - left).astype(float)
    filled = np.array([solid[r, a : b + 1].mean() if b > a else 0 for r, a, b in zip(rows, left, right, strict=True)])
    good = (widths > 0.12 * width) & (filled > 0.8) & (left > 1) & (right < width - 2)
    # A neck goes on above its slimmest place: to a wider jaw, or out of the frame. What ends there is a crown or a fingertip.
    widest_above = np.maximum.accumulate(widths)
    good &= (widest_above > JAW_FLARE * widths) | bool(solid[: rows[0] + 1].any())
    if good.sum() < 8:
        return None
    candidates = np.nonzero(good)[0]
    i = int(candidates[widths[candidates].argmin()])
    below = widths[i:]
    if below.max() < NECK_FLARE * widths[i] or rows[i] > 0.75 * height:
        return None
    # Symmetric shoulders: both sides open out, which a bent arm's don't.
    j = i + int((below >= NECK_FLARE * widths[i]).argmax())
    opens = np.array([left[i] - left[j], right[j] - right[i]]) / widths[i]
    if opens.min() < 0.08:
        return None
    axis = np.array([0.0, 1.0])
    point = np.array([(left[i] + right[i]) / 2, rows[i]], float)
    cut = section(lab, region, point, axis, widths[i] / 2)
    if cut.signs != ("outline", "outline"):
        return None
    return _anchor("neck", "neck", cut, axis, NECK_WIDTH, 0.55)


def _limb(lab: np.ndarray, region: np.ndarray) -> Anchor | None:
    """The place along the region's axis where both edges lie in the frame and run nearly parallel, the slimmest first."""
    height, width = region.shape
    middle, axis, longer = main_axis(region)
    if longer < LEAST_LENGTH:
        return None
    half = float(np.sqrt(region.sum() / longer)) / 2
    options: list[tuple[float, Section]] = []
    for step in np.arange(-2.4, 2.5, 0.2):
        at = middle + axis * step * half
        if not (0 <= at[0] < width and 0 <= at[1] < height) or region[int(at[1]), int(at[0])] < 0.5:
            continue
        cut = section(lab, region, at, axis, half, loose=2.4)
        ahead = section(lab, region, cut.middle + axis * 0.4 * half, axis, half, loose=2.4)
        if cut.signs == ahead.signs == ("outline", "outline"):
            taper = abs(np.log(max(ahead.width, 1) / max(cut.width, 1)))
            if taper < 0.22:
                options.append((cut.width * (1 + taper), cut))
    if not options:
        return None
    cut = min(options, key=lambda option: option[0])[1]
    if cut.width < 0.08 * min(height, width):
        return None
    # Outwards is where the region goes on longer before it ends: the hand; where both reach the frame, either serves.
    if _reach(region, cut.middle, axis) < _reach(region, cut.middle, -axis):
        axis = -axis
    turned = section(lab, region, cut.middle, axis, cut.width / 2)
    return _anchor("wrist", "wrist", turned, axis, WRIST_WIDTH, 0.5)


def _reach(region: np.ndarray, start: np.ndarray, axis: np.ndarray) -> float:
    h, w = region.shape
    distance = 0.0
    while True:
        x, y = start + axis * distance
        if not (0 <= x < w and 0 <= y < h) or region[int(y), int(x)] < 0.5:
            return distance
        distance += 4.0


def _anchor(name: str, part: str, cut: Section, axis: np.ndarray, width: Length, confidence: float) -> Anchor:
    scale = joined([Ruler(width, cut.width, EDGES_READ)])
    return Anchor(
        name=name,
        part=part,  # type: ignore[arg-type]
        point=xy(cut.middle),
        axis=xy(unit(axis)),
        edges=(xy(cut.left), xy(cut.right)),
        width_px=cut.width,
        width_mm=width.mm,
        px_per_mm=scale.px_per_mm,
        tilt_deg=0.0,
        scale_from=f"{scale.source} of adults",
        scale_error=scale.error,
        confirmed_by=("skin", "outline"),
        confidence=confidence,
    )
