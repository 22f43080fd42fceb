"""Colour: is the metal the same alloy and the stone the same stone?

Compared on pixels that are diffuse and unclipped in both pictures, at equal lightness, after the light's own colour is taken
out. In Loupe's pictures that colour is recorded. In any other it has to be told from the piece's: a light is warmer or cooler
along the black body's line, by LIGHT_K at most, and falls on stones and metal alike; what such a light doesn't explain is a
change of the piece. A piece of one metal alone, warmer by no more than that, can't be told from a warmer light, and the
report says which light was assumed. CIEDE2000 (Sharma, Wu, Dalal, 2005); families of gold after ISO 8654.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from pipeline.fingerprint.colours import ROSE_HUE, WHITE_CHROMA
from pipeline.imaging.colour import ciede2000, kelvin_to_rgb, linear_to_lab, luminance, srgb_to_linear
from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Row, Verdict
from pipeline.qa.evidence import Evidence
from pipeline.qa.features import Slot, listed, slots, where_in_words
from pipeline.qa.thresholds import line

NEUTRAL_K = 5500.0
# A light from a camera balanced otherwise, in K about NEUTRAL_K; tried in steps.
LIGHT_K, STEP_K = 700, 50
# What is darker or lighter (L) is noise or clipped; colours are averaged over this many px, facets and noise with them.
DARKEST_L, LIGHTEST_L = 14.0, 92.0
BLUR_PX = 1.5
# Stones narrower than this in the picture show no colour of their own, and fewer pixels than this no metal's.
LEAST_STONE_PX, LEAST_PIXELS = 7.0, 150
# A part of the metal (white, coloured) smaller than this share isn't judged apart.
LEAST_SHARE = 0.12
# A family has flipped where the colour went beyond its border by this much (chroma, or degrees of hue).
BEYOND_CHROMA, BEYOND_HUE = 3.0, 5.0


@dataclass(frozen=True)
class Colours:
    """Lab of reference and picture over the crop (h, w, 3) under one neutral light, where they can be compared (`usable`),
    where the bare metal is, and the stones' slots. `light_k`: how much warmer (below 0) or cooler the light was taken for."""

    reference: np.ndarray
    picture: np.ndarray
    usable: np.ndarray
    metal: np.ndarray
    stones: list[Slot | None]
    light_k: int


@lru_cache(maxsize=1)
def _lights() -> tuple[tuple[int, np.ndarray], ...]:
    """(K about neutral, linear gain (3,)) of each light that is tried."""
    return tuple((k, kelvin_to_rgb(NEUTRAL_K + k)) for k in range(-LIGHT_K, LIGHT_K + 1, STEP_K))


_last: list[tuple[Evidence, Colours]] = []


def colours(evidence: Evidence) -> Colours:
    """Both pictures' colours under one light. The same evidence isn't worked out twice in a row."""
    if not (_last and _last[0][0] is evidence):
        _last[:] = [(evidence, _colours(evidence))]
    return _last[0][1]


def _colours(evidence: Evidence) -> Colours:
    assert evidence.laid is not None
    assert evidence.gain is not None
    assert evidence.fingerprint is not None
    crop = evidence.crop
    height, width = crop.coverage.shape
    inside = np.s_[crop.top : crop.top + height, crop.left : crop.left + width]
    gain, own = evidence.gain[inside], evidence.laid.colour[inside]
    # Clipped alike: what a brighter light blew in the picture is blown in the reference.
    lit = own * (gain if evidence.layers_known else luminance(gain)[..., None])
    shown = srgb_to_linear(crop.picture)
    clipped = (np.maximum(lit, own).max(-1) > 0.97) | (shown.max(-1) > 0.97)
    inner = crop.interior & ~cv2.dilate(clipped.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    level = (gain if evidence.layers_known else luminance(gain)[..., None]).clip(1e-3)
    one = cv2.GaussianBlur(np.minimum(lit, 1) / level, (0, 0), BLUR_PX)
    two = cv2.GaussianBlur(shown / level, (0, 0), BLUR_PX)
    placed = slots(evidence, [s.outline for s in evidence.fingerprint.stones])
    metal, stone = inner.copy(), np.zeros_like(inner)
    for slot in placed:
        if slot is not None:
            metal &= ~slot.mask((height, width), crop.left, crop.top, 1.15)
            stone |= slot.mask((height, width), crop.left, crop.top, 0.7)
    light_k, light = (0, np.ones(3)) if evidence.layers_known else _light(one, two, metal, stone & inner)
    before, after = linear_to_lab(one), linear_to_lab(two / light.astype(np.float32))
    tone = (before[..., 0] > DARKEST_L) & (before[..., 0] < LIGHTEST_L) & (after[..., 0] > DARKEST_L)
    return Colours(before, after, inner & tone & (after[..., 0] < LIGHTEST_L), metal, placed, light_k)


def _light(one: np.ndarray, two: np.ndarray, metal: np.ndarray, stone: np.ndarray) -> tuple[int, np.ndarray]:
    """The light that explains the colours of metal and of stones best, each by its median."""
    rng = np.random.default_rng(3)
    parts = []
    for mask in (metal, stone):
        at = np.flatnonzero(mask)
        if len(at) >= LEAST_PIXELS:
            at = rng.choice(at, min(len(at), 4000), replace=False)
            parts.append((one.reshape(-1, 3)[at], two.reshape(-1, 3)[at]))
    best = (np.inf, 0, np.ones(3))
    for kelvin, light in _lights():
        misfit = sum(float(np.median(_apart(linear_to_lab(a), linear_to_lab(b / light)))) for a, b in parts)
        # Of two that explain alike the more neutral one.
        misfit += 1e-4 * abs(kelvin)
        if misfit < best[0]:
            best = (misfit, kelvin, light)
    return best[1], best[2]


def _apart(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """CIEDE2000 at equal lightness, (...)."""
    level = (one[..., :1] + two[..., :1]) / 2
    return ciede2000(np.concatenate([level, one[..., 1:]], -1), np.concatenate([level, two[..., 1:]], -1))


def _hue(ab: np.ndarray) -> float:
    return float(np.degrees(np.arctan2(ab[1], ab[0])) % 360)


def _light_words(kelvin: int) -> str:
    if not kelvin:
        return ""
    return f" The light was taken to be {abs(kelvin)} K {'warmer' if kelvin < 0 else 'cooler'} than the photo's."


@dataclass(frozen=True)
class MetalColour:
    """CIEDE2000 between the metal's colours in photo and picture, at equal lightness, on diffuse and unclipped pixels after the
    light's colour is taken out; white and coloured metal apart. The family (white, yellow, rose: ISO 8654) may not flip."""

    id: str = "colour.metal"
    title: str = "The same alloy"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration", "fingerprint")

    def run(self, evidence: Evidence) -> CheckResult:
        found = colours(evidence)
        limit = line("colour.metal", evidence.setting)
        mask = found.metal & found.usable
        if mask.sum() < LEAST_PIXELS:
            reason = f"Only {int(mask.sum())} pixels of bare, diffuse metal can be compared: too few."
            if evidence.layers_known:
                # Every pixel's origin and the relight on it are recorded and held by origin.pixels: it is no unknown picture.
                reason += " What holds it here is where its pixels come from, and the recorded relight."
                return CheckResult(self.id, "warn", reason, threshold=limit.value, unit="ΔE00")
            return CheckResult(self.id, "not verifiable", reason, threshold=limit.value, unit="ΔE00")
        before, after = found.reference[mask], found.picture[mask]
        coloured = np.hypot(before[:, 1], before[:, 2]) >= WHITE_CHROMA
        worst = (-1.0, np.zeros(3), np.zeros(3))
        for part in (coloured, ~coloured):
            if part.mean() < LEAST_SHARE or part.sum() < LEAST_PIXELS:
                continue
            one, two = np.median(before[part], 0), np.median(after[part], 0)
            away = float(_apart(one, two))
            if away > worst[0]:
                worst = (away, one, two)
        value, one, two = worst
        was, now = family(one), family(two)
        flipped = was != now and value > limit.value / 2 and _beyond(two, was)
        turned = (_hue(two[1:]) - _hue(one[1:]) + 180) % 360 - 180
        verdict: Verdict = "fail" if flipped or not limit.holds(value) else "pass"
        light = _light_words(found.light_k)
        if flipped:
            words = f"The metal was {was} and is now {now} (ΔE00 {value:.1f}).{light}"
        elif verdict == "fail":
            words = f"The metal's colour is off by ΔE00 {value:.1f}: its hue turned by {turned:.0f}°.{light}"
        else:
            words = f"The metal's colour agrees to ΔE00 {value:.1f}: {was}.{light}"
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value,
            threshold=limit.value,
            unit="ΔE00",
            details={
                "family": [was, now],
                "lab_photo": [round(float(v), 2) for v in one],
                "lab_picture": [round(float(v), 2) for v in two],
                "hue_turned_deg": turned,
                "light_k": found.light_k,
                "pixels": int(mask.sum()),
            },
            score=0.0 if flipped else limit.score(value),
            p_value=limit.p_value(value),
            rests_on=limit.rests_on,
            statistics={"colour.metal": value},
        )


def family(lab: np.ndarray) -> str:
    """The family of a metal's diffuse colour (3,) Lab, in the trade's words."""
    if np.hypot(lab[1], lab[2]) < WHITE_CHROMA:
        return "white metal"
    hue = _hue(lab[1:])
    return "rose gold" if hue < ROSE_HUE or hue > 300 else "yellow gold"


def _beyond(lab: np.ndarray, was: str) -> bool:
    """Whether a colour lies clearly beyond the border of the family it was in."""
    chroma, hue = float(np.hypot(lab[1], lab[2])), _hue(lab[1:])
    if was == "white metal":
        return chroma > WHITE_CHROMA + BEYOND_CHROMA
    if chroma < WHITE_CHROMA - BEYOND_CHROMA:
        return True
    off = (hue - ROSE_HUE + 180) % 360 - 180
    return off > BEYOND_HUE if was == "rose gold" else off < -BEYOND_HUE


@dataclass(frozen=True)
class StoneColour:
    """CIEDE2000 between each stone's colour in photo and picture, at equal lightness, by the median of its core, after the light's
    colour is taken out: the worst stone. A white stone so stays neutral."""

    id: str = "colour.stone"
    title: str = "The stones keep their colour"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration", "stones")

    def run(self, evidence: Evidence) -> CheckResult:
        assert evidence.fingerprint is not None
        found, crop = colours(evidence), evidence.crop
        limit = line("colour.stone", evidence.setting)
        shape = (crop.coverage.shape[0], crop.coverage.shape[1])
        judged: list[tuple[float, str, Row]] = []
        for stone, slot in zip(evidence.fingerprint.stones, found.stones, strict=True):
            if slot is None or min(slot.axes) < LEAST_STONE_PX:
                continue
            core = slot.mask(shape, crop.left, crop.top, 0.7) & found.usable
            if core.sum() < 12:
                continue
            one, two = np.median(found.reference[core], 0), np.median(found.picture[core], 0)
            away = float(_apart(one, two))
            where = where_in_words(slot.centre, evidence.window)
            gained = np.hypot(*two[1:]) - np.hypot(*one[1:])
            how = "tinted" if stone.colour in ("clear", "pearl") and gained > 0 else "of another colour"
            words = f"the stone {where} is {how} (ΔE00 {away:.1f})"
            judged.append((away, words, Row("stones", stone.id, "changed", slot.box(evidence, 1.15), words)))
        if not judged:
            reason = "No stone is large and diffuse enough in this picture for its colour to be compared."
            return CheckResult(self.id, "not applicable", reason, threshold=limit.value, unit="ΔE00")
        judged.sort(key=lambda j: -j[0])
        value = judged[0][0]
        off = [j for j in judged if not limit.holds(j[0])]
        verdict: Verdict = "fail" if off else "pass"
        light = _light_words(found.light_k)
        words = (
            f"{len(off)} of {len(judged)} stones changed colour: {listed([j[1] for j in off])}.{light}"
            if off
            else f"All {len(judged)} stones that can be compared keep their colour, to ΔE00 {value:.1f}.{light}"
        )
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value,
            threshold=limit.value,
            unit="ΔE00",
            overlay=overlay.boxed(evidence, [(j[2].box, "changed") for j in off]) if off else None,
            details={
                "judged": len(judged),
                "light_k": found.light_k,
                "median": float(np.median([j[0] for j in judged])),
            },
            score=limit.score(value),
            p_value=limit.p_value(value),
            rests_on=limit.rests_on,
            statistics={"colour.stone": value},
        )
