"""Skin: has it a grain of pores, creases and mottling, or is it plastic; and does nothing glow?"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.imaging.colour import srgb_to_linear
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import LUMA, Evidence
from pipeline.qa.model.glow import glow_of
from pipeline.qa.model.marks import ODD, Print, beside, printed
from pipeline.qa.model.patches import Patch, skin_patches
from pipeline.qa.person import Person

RESTS_ON = (
    "3 photographed and 7 rendered people under 7 nuisances, smoothed twice; 5 photographs for glow; not yet calibrated"
)
# Skin is looked at in so many pixels a millimetre; a picture with fewer than the other shows none of its texture.
NORMAL_PX_PER_MM, LEAST_PX_PER_MM = 2.0, 1.5
# The band of 2 to 8 px, as the difference of two Gaussians, and the block that its energy is averaged over, in mm.
BAND, BLOCK_MM = (0.7, 2.2), 8.0
# Encoded levels between which an 8-bit file can hold a texture of a few thousandths.
LEVELS = (0.2, 0.97)
# Contrast of the calmest quarter. Faces: photographed .0087, rendered .0046 and more, smoothed at most .0022. Hands, whose
# tendons and creases stay: photographed .009 and .015, rendered .0064 and more, smoothed at most .0042.
PLASTIC = {"face": 0.0035, "hand": 0.0045}
# Photographs reach .005; a copy blurred by 2 % of the picture and laid over it at a half reads .07 to .11.
GLOWING = 0.04
LEAST_MM2 = 150.0
NOT_SEEN = "No face or hand was made out whose skin could be looked at."


@dataclass(frozen=True)
class Texture:
    """The skin of one patch: `contrast` of its calmest quarter in the band, in parts of its level, or None with `why`;
    `gloss`: the whitest twentieth's white share, in parts of the level (told, not judged)."""

    patch: Patch
    contrast: float | None
    why: str = ""
    gloss: float | None = None

    @property
    def line(self) -> float:
        """The contrast below which this part's skin is too smooth."""
        return PLASTIC["face" if self.patch.name == "face" else "hand"]

    @property
    def margin(self) -> float:
        """The contrast in parts of the line; infinite where none was read."""
        return np.inf if self.contrast is None else self.contrast / self.line


@dataclass(frozen=True)
class Skin:
    """The contrast of skin's texture on faces and hands, 2 to 8 px at 2 px a millimetre, in its calmest quarter: below 0.35 %
    of its level on a face, 0.45 % on a hand, it was smoothed or made up. And a glow: whether the dark side of sharp edges is lifted beside them, all over
    the picture. Its lines rest on few pictures yet: it warns and doesn't decide."""

    id: str = "skin"
    title: str = "Skin is skin: no plastic, no glow"
    version: str = "1"
    mandatory: bool = False
    group: Group = "model"
    needs: tuple[Need, ...] = ("person",)

    def run(self, evidence: Evidence) -> CheckResult:
        person = evidence.person
        assert person is not None
        found = [texture_of(person, patch) for patch in skin_patches(person)]
        if not found:
            return CheckResult(self.id, "not verifiable", NOT_SEEN)
        read = [one for one in found if one.contrast is not None]
        plainest = min(read, key=lambda one: one.margin, default=None)
        contrast = None if plainest is None else plainest.contrast
        glow = glow_of((person.srgb @ LUMA).astype(np.float32))
        plastic = [one for one in read if one.margin < 1]
        glows = glow is not None and glow > GLOWING
        verdict: Verdict = "warn" if plastic or glows else "pass" if read else "not verifiable"
        return CheckResult(
            self.id,
            verdict,
            _words(found, plastic, glow if glows else None),
            value=contrast,
            threshold=None if plainest is None else plainest.line,
            unit="of its level" if contrast is not None else "",
            score=_score(None if plainest is None else plainest.margin, glow),
            overlay=beside([_print(evidence, person, one.patch) for one in plastic]),
            details={"glow": glow, "skin": {one.patch.name: _told(one) for one in found}},
            rests_on=RESTS_ON,
            statistics={
                **({} if contrast is None else {"skin.texture": contrast}),
                **({} if glow is None else {"skin.glow": glow}),
            },
        )


def texture_of(person: Person, patch: Patch) -> Texture:
    """What a patch of skin shows, or why it shows nothing."""
    if patch.px_per_mm < LEAST_PX_PER_MM:
        return Texture(patch, None, f"it is seen at {patch.px_per_mm:.1f} px a millimetre")
    by = NORMAL_PX_PER_MM / patch.px_per_mm
    small = cv2.resize(person.srgb, None, fx=by, fy=by, interpolation=cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC)
    held = cv2.resize(patch.mask.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA) > 0.99
    luma = small @ LUMA
    held &= (luma > LEVELS[0]) & (luma < LEVELS[1])
    contrast = _calmest(luma, held)
    if contrast is None:
        return Texture(patch, None, "too little of it is seen, bare and lit")
    return Texture(patch, contrast, gloss=_gloss(small, held))


def _calmest(luma: np.ndarray, held: np.ndarray) -> float | None:
    """The band's contrast in the calmest quarter of `held` (h, w), where shading and creases add least to it."""
    level = np.log(np.maximum(srgb_to_linear(np.clip(luma, 0, 1).astype(np.float32)), 1e-3))
    weight = held.astype(np.float32)
    fine, coarse = (_within(level, weight, sigma) for sigma in BAND)
    side = round(BLOCK_MM * NORMAL_PX_PER_MM) | 1
    inner = cv2.erode(weight, np.ones((5, 5), np.uint8))
    share = cv2.blur(inner, (side, side))
    energy = cv2.blur(np.where(inner > 0, (fine - coarse) ** 2, 0).astype(np.float32), (side, side))
    whole = share > 0.6
    if whole.sum() < LEAST_MM2 * NORMAL_PX_PER_MM**2:
        return None
    return float(np.percentile(np.sqrt(energy[whole] / share[whole]), 25))


def _within(level: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian mean of what `weight` holds, and of nothing beside it."""
    mean: np.ndarray = cv2.GaussianBlur(level * weight, (0, 0), sigma)
    return mean / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)


def _gloss(srgb: np.ndarray, held: np.ndarray) -> float:
    """The white light among the skin's own colour, as the dichromatic model parts them (Shafer 1985): its 95th percentile."""
    seen = srgb_to_linear(srgb[held].astype(np.float32))
    own = np.median(seen, 0)
    parts = np.linalg.lstsq(np.stack([own, np.ones(3, np.float32)], 1), seen.T, rcond=None)[0]
    return float(np.percentile(parts[1], 95) / max(float(own.mean()), 1e-4))


def _words(found: list[Texture], plastic: list[Texture], glow: float | None) -> str:
    said = []
    if plastic:
        names = " and ".join(f"the {one.patch.name}" for one in plastic)
        said.append(f"The skin of {names} has hardly any texture: it looks like plastic, or was smoothed away.")
    if glow is not None:
        said.append(f"A glow lies on the picture: dark beside bright is lifted by {glow:.0%} of the step between them.")
    if said:
        return " ".join(said)
    read = [one.patch.name for one in found if one.contrast is not None]
    if read:
        return f"The skin of the {' and the '.join(read)} has a texture of its own, and nothing glows."
    return f"The skin's texture can't be told: {found[0].why}."


def _score(margin: float | None, glow: float | None) -> float | None:
    """0..100, 50 being the line; the worse of both."""
    scores = [] if margin is None else [50 * margin]
    scores += [] if glow is None else [100 - 50 * max(glow, 0) / GLOWING]
    return float(np.clip(min(scores), 0, 100)) if scores else None


def _told(one: Texture) -> dict[str, float | str]:
    if one.contrast is None:
        return {"why": one.why}
    told: dict[str, float | str] = {"contrast": round(one.contrast, 5), "px_per_mm": round(one.patch.px_per_mm, 2)}
    return told | ({} if one.gloss is None else {"gloss": round(one.gloss, 3)})


def _print(evidence: Evidence, person: Person, patch: Patch) -> Print:
    made = printed(evidence, person, patch.points)
    for outline in cv2.findContours(patch.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
        made.line(np.concatenate([outline[:, 0], outline[:1, 0]]), ODD)
    return made
