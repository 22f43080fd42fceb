"""Colours in a jeweller's words: stones by hue, metals by their diffuse tone."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from pipeline.fingerprint.model import Metal, StoneColour

# CIELAB hue angles (degrees) at which one stone colour ends and the next begins, from pink on.
_HUES: tuple[tuple[float, StoneColour], ...] = (
    (48, "red"),
    (72, "orange"),
    (105, "yellow"),
    (200, "green"),
    (296, "blue"),
    (335, "violet"),
    (360, "red"),
)
# Below this chroma a stone has no colour of its own: its facets show the room.
COLOURLESS = 17.0
BLACK_L = 26.0
# A pearl's fine detail in L: facets show ten times as much.
PEARL_DETAIL = 1.6
# Metals: below this chroma white, below this hue rose, else yellow (ISO 8654's 5N lies at about 55°, 3N at about 80°).
WHITE_CHROMA = 13.0
ROSE_HUE = 66.0
DARK_L = 32.0


def stone_colour(lab: np.ndarray, detail: np.ndarray, metal_lab: np.ndarray | None) -> StoneColour:
    """The colour of a stone from its core's pixels (N, 3) Lab and their fine detail (N,), in L. A pearl has none. Clear stones mirror the metal round them: chroma that
    is the metal's own hue, and weaker, is no colour of the stone's."""
    lightness = lab[:, 0]
    middle = np.median(lab, 0)
    ab = middle[1:]
    chroma = float(np.hypot(*ab))
    if metal_lab is not None and np.hypot(*metal_lab[1:]) > WHITE_CHROMA and chroma < 1.1 * np.hypot(*metal_lab[1:]):
        along = ab @ metal_lab[1:] / (np.hypot(*metal_lab[1:]) * max(chroma, 1e-6))
        if along > 0.9:
            chroma = 0.0
    if chroma < COLOURLESS:
        if np.percentile(lightness, 70) < BLACK_L + 8 and middle[0] < BLACK_L:
            return "black"
        smooth = np.percentile(detail, 75) < PEARL_DETAIL
        return "pearl" if smooth and middle[0] > 60 and len(lab) > 80 else "clear"
    hue = float(np.degrees(np.arctan2(ab[1], ab[0])) % 360)
    return next(name for limit, name in _HUES if hue < limit or limit == 360)


def agreed(colours: Sequence[StoneColour], sizes: Sequence[float]) -> list[StoneColour]:
    """Colours with the odd one out of many alike taken back: a clear stone that shows but one light looks like a pearl,
    one in shadow black. True colours (red, blue ...) stand."""
    out = list(colours)
    for k, colour in enumerate(colours):
        alike = [colours[j] for j in range(len(colours)) if j != k and 0.75 < sizes[j] / sizes[k] < 1.34]
        if colour not in ("clear", "pearl", "black") or len(alike) < 3:
            continue
        commonest = max(dict.fromkeys(alike), key=alike.count)
        if alike.count(commonest) >= 0.7 * len(alike) and commonest in ("clear", "pearl", "black"):
            out[k] = commonest
    return out


def metals(lab: np.ndarray) -> tuple[Metal, ...]:
    """The metals in these pixels (N, 3) Lab (metal only, no stones), the commoner first; at most two."""
    diffuse = lab[(lab[:, 0] > 12) & (lab[:, 0] < 94)]
    if len(diffuse) < 50:
        return ()
    rng = np.random.default_rng(5)
    if len(diffuse) > 20000:
        diffuse = diffuse[rng.choice(len(diffuse), 20000, replace=False)]
    points = np.ascontiguousarray(diffuse[:, 1:], np.float32)
    cv2.setRNGSeed(5)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.3)
    _, label, centres = cv2.kmeans(points, 2, None, stop, 3, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    label = label.ravel()
    if _one_alloy(centres[0], centres[1]):
        label[:] = 0
    named: dict[str, list[np.ndarray]] = {}
    for k in np.unique(label):
        part = diffuse[label == k]
        named.setdefault(_metal_name(np.median(part, 0)), []).append(part)
    found = []
    for name, parts in named.items():
        part = np.concatenate(parts)
        share = len(part) / len(diffuse)
        middle = np.median(part, 0)
        if share < 0.12:
            continue
        sure = min(abs(np.hypot(*middle[1:]) - WHITE_CHROMA) / 8, 1.0) * min(len(part) / 400, 1.0)
        lab_out = (round(float(middle[0]), 2), round(float(middle[1]), 2), round(float(middle[2]), 2))
        found.append(Metal(name=name, lab=lab_out, share=round(share, 3), confidence=round(0.4 + 0.6 * sure, 3)))  # type: ignore[arg-type]
    return tuple(sorted(found, key=lambda m: -m.share))


def _one_alloy(one: np.ndarray, two: np.ndarray) -> bool:
    """Whether two (a, b) are one metal's light and shade: near each other, or strong colours of one hue."""
    if np.hypot(*(one - two)) < 16:
        return True
    chroma = (float(np.hypot(*one)), float(np.hypot(*two)))
    between = np.degrees(np.arccos(np.clip(one @ two / max(chroma[0] * chroma[1], 1e-6), -1, 1)))
    return bool(min(chroma) > WHITE_CHROMA and between < 20)


def _metal_name(lab: np.ndarray) -> str:
    if np.hypot(*lab[1:]) < WHITE_CHROMA:
        return "dark metal" if lab[0] < DARK_L else "white metal"
    hue = float(np.degrees(np.arctan2(lab[2], lab[1])) % 360)
    return "rose gold" if hue < ROSE_HUE or hue > 300 else "yellow gold"
