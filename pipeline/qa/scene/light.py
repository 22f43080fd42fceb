"""One light: what falls on the person comes from where the piece's shadow says that it does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence
from pipeline.qa.model.marks import GOOD, ODD, Print, beside, printed
from pipeline.qa.model.skin_light import SkinLight, skin_light
from pipeline.qa.scene.cast_shadow import CastShadow, cast_shadow

RESTS_ON = "16 rendered heads and 8 rendered hands under known lights, and one finished plate; not yet calibrated"
APART_DEG = 45.0
# Less of a lean, of light or shadow, has no direction to speak of; and a light's that is read no closer than that.
LEAST_STRENGTH, LEAST_LEAN, LEAST_SURE_DEG = 0.15, 0.1, 35.0


@dataclass(frozen=True)
class Light:
    """The angle in the picture between the light on face and hands (first-order spherical harmonics fitted to the skin over the
    normals of mesh and fingers) and the light that casts the piece's recorded shadow. More than 45 degrees beyond the reading's
    own error warns; it never decides. Pictures without layers record no shadow, and flat light has no direction."""

    id: str = "light"
    title: str = "Piece and person share one light"
    version: str = "2"
    mandatory: bool = False
    group: Group = "model"
    needs: tuple[Need, ...] = ("layers", "piece", "person")

    def run(self, evidence: Evidence) -> CheckResult:
        person, recorded, coverage = evidence.person, evidence.recorded, evidence.coverage
        assert person is not None
        assert coverage is not None
        shadow = None if recorded is None else cast_shadow(1 - recorded.shadow.mean(-1), coverage)
        if shadow is None or shadow.lean < LEAST_LEAN:
            why = "The piece's shadow falls to no side, so it doesn't tell where its light comes from."
            return CheckResult(self.id, "not applicable", why)
        if not (person.faces or person.hands):
            return CheckResult(
                self.id, "not applicable", "Neither a face nor a whole hand shows where the person's light comes from."
            )
        light = skin_light(person)
        if light is None or light.strength < LEAST_STRENGTH or light.error_deg > LEAST_SURE_DEG:
            why = "The light on the person is too even, or too little skin is seen, for its direction to be told."
            return CheckResult(self.id, "not verifiable", why)
        apart = abs((light.azimuth_deg - shadow.azimuth_deg - 180 + 180) % 360 - 180)
        verdict: Verdict = "warn" if apart > APART_DEG + light.error_deg else "pass"
        words = (
            f"The light on the {light.from_words} comes from {where(light.azimuth_deg)}, as the piece's shadow says."
        )
        if verdict == "warn":
            words = (
                f"The light on the {light.from_words} comes from {where(light.azimuth_deg)}, the piece's shadow is cast from "
                f"{where(shadow.azimuth_deg + 180)}: {apart:.0f}° apart."
            )
        return CheckResult(
            self.id,
            verdict,
            words,
            value=apart,
            threshold=APART_DEG,
            unit="°",
            score=float(np.clip(100 - 50 * apart / (APART_DEG + light.error_deg), 0, 100)),
            overlay=beside([_print(evidence, light, shadow)]) if verdict == "warn" else None,
            details={
                "skin_deg": round(light.azimuth_deg, 1),
                "skin_error_deg": round(light.error_deg, 1),
                "strength": round(light.strength, 3),
                "shadow_deg": round(shadow.azimuth_deg, 1),
                "lean": round(shadow.lean, 3),
            },
            rests_on=RESTS_ON,
            statistics={"light.apart": apart},
        )


def where(azimuth_deg: float) -> str:
    """A direction in the picture in words."""
    names = (
        "the right",
        "the upper right",
        "above",
        "the upper left",
        "the left",
        "the lower left",
        "below",
        "the lower right",
    )
    return names[round(azimuth_deg / 45) % 8]


def _print(evidence: Evidence, light: SkinLight, shadow: CastShadow) -> Print:
    person = evidence.person
    assert person is not None
    piece = shadow.at * person.step
    span = max(float(np.linalg.norm(light.at - piece)), 0.12 * max(person.srgb.shape[:2]))
    made = printed(evidence, person, np.concatenate([np.stack([light.at, piece]) + d for d in (-span / 2, span / 2)]))
    for at, azimuth, tone in ((light.at, light.azimuth_deg, GOOD), (piece, shadow.azimuth_deg + 180, ODD)):
        toward = np.array([np.cos(np.radians(azimuth)), -np.sin(np.radians(azimuth))])
        made.line(np.stack([at + 0.5 * span * toward, at]), tone, 4)
        made.dot(at + 0.5 * span * toward, tone, 8)
    return made
