"""The gate: every check, in order, on one body of evidence."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pipeline.errors import PictureError
from pipeline.qa import similarity
from pipeline.qa.channel import Channel
from pipeline.qa.check import Check, CheckResult, Row, Verdict, worst
from pipeline.qa.clipping import Clipping
from pipeline.qa.evidence import Evidence
from pipeline.qa.frame import Frame
from pipeline.qa.model.face import FaceCheck
from pipeline.qa.model.hands import Hands
from pipeline.qa.model.posture import Posture
from pipeline.qa.model.skin import Skin
from pipeline.qa.moved_light import under_moved_light
from pipeline.qa.origin import OriginPixels, OriginReference
from pipeline.qa.piece.catchlights import Catchlights
from pipeline.qa.piece.changes import Changes
from pipeline.qa.piece.colour import MetalColour, StoneColour
from pipeline.qa.piece.links import Links
from pipeline.qa.piece.nearmiss import NearMiss
from pipeline.qa.piece.outline import BandWidth, Silhouette
from pipeline.qa.piece.prongs import Prongs
from pipeline.qa.piece.stones import Stones
from pipeline.qa.piece.structure import Structure
from pipeline.qa.registered import Registration
from pipeline.qa.scale import Scale
from pipeline.qa.scene.contact import Contact
from pipeline.qa.scene.grain import Grain
from pipeline.qa.scene.light import Light
from pipeline.qa.scene.occlusion import Occlusion
from pipeline.qa.scene.seam import Seam
from pipeline.qa.seen import Seen
from pipeline.qa.size import Resolution, Resolvability
from pipeline.qa.thresholds import REGISTRATION_PX

# Gate order: provenance, registration, piece, placement, model, picture, channel.
CHECKS: tuple[Check, ...] = (
    OriginReference(),
    OriginPixels(),
    Registration(),
    Resolvability(),
    Structure(),
    Changes(),
    Stones(),
    Prongs(),
    Links(),
    BandWidth(),
    Silhouette(),
    Catchlights(),
    MetalColour(),
    StoneColour(),
    NearMiss(),
    similarity.INTERIOR,
    similarity.LOWEST_TILE,
    similarity.BOUNDARY,
    similarity.RAW,
    Clipping(),
    Scale(),
    Frame(),
    Seen(),
    Contact(),
    Occlusion(),
    Seam(),
    Light(),
    Hands(),
    FaceCheck(),
    Skin(),
    Posture(),
    Grain(),
    Resolution(),
    Channel(),
)
# What a piece must have for a check to say anything of it.
FEATURES = {
    "stones": "The piece has no stones that could be read from its photo.",
    "prongs": "No prongs could be read from the piece's photo.",
    "links": "The piece has no chain whose links could be read from its photo.",
    "band": "The piece has no round band that could be read from its photo.",
}


@dataclass(frozen=True)
class Inspection:
    """What all checks found. `verdict` is the worst of the mandatory ones; `seconds` by check id."""

    verdict: Verdict
    results: tuple[CheckResult, ...]
    seconds: dict[str, float]
    versions: dict[str, str]

    @property
    def rows(self) -> dict[str, list[Row]]:
        """The ledger's rows by feature; a feature that no check counted is missing."""
        found: dict[str, list[Row]] = {}
        for row in (row for result in self.results for row in result.rows):
            found.setdefault(row.feature, []).append(row)
        return found


def inspect(evidence: Evidence, checks: tuple[Check, ...] = CHECKS) -> Inspection:
    """Run `checks` on `evidence`. A check that needs a registration which isn't there is not verifiable, aloud."""
    results: list[CheckResult] = []
    seconds: dict[str, float] = {}
    for check in checks:
        start = time.perf_counter()
        results.append(answer(check, evidence))
        seconds[check.id] = time.perf_counter() - start
    mandatory = {check.id for check in checks if check.mandatory}
    verdict = worst([result.verdict for result in results if result.id in mandatory])
    return Inspection(verdict, tuple(results), seconds, {check.id: check.version for check in checks})


def answer(check: Check, evidence: Evidence) -> CheckResult:
    """What one check says of `evidence`: its own result, or what it means that one of its needs isn't met."""
    found = unmet(check, evidence) or check.run(evidence)
    return under_moved_light(found) if evidence.relit and check.group == "piece" else found


def unmet(check: Check, evidence: Evidence) -> CheckResult | None:
    """What a check's first unmet need means; None where all are met."""
    for need in check.needs:
        verdict, why = _need(need, evidence)
        if why:
            return CheckResult(check.id, verdict, why)
    return None


def _need(need: str, evidence: Evidence) -> tuple[Verdict, str]:
    """The verdict and the reason that an unmet need gives; an empty reason where it is met."""
    if need == "layers":
        why = (
            "" if evidence.layers_known else "This picture came without Loupe's layers, so this can't be read from it."
        )
        return "not applicable", why
    if need == "piece":
        found = evidence.mapping is not None and evidence.coverage is not None
        return (
            "not verifiable",
            "" if found else "The piece wasn't found in the picture, so there is nothing to compare.",
        )
    if need == "registration":
        return _need("piece", evidence) if evidence.mapping is None else ("not verifiable", _apart(evidence))
    if need == "person":
        return _person(evidence)
    if evidence.fingerprint is None:
        return "not applicable", "The piece's features weren't read for this picture, so it wasn't held to them."
    if need == "fingerprint":
        return "pass", ""
    return "not applicable", "" if getattr(evidence.fingerprint, need, None) else FEATURES[need]


def _person(evidence: Evidence) -> tuple[Verdict, str]:
    """Whether the picture shows a person who can be judged, and why not."""
    try:
        person = evidence.person
    except PictureError as error:
        return "not verifiable", str(error)
    if person is None:
        return "not applicable", "The picture shows a sculpture or a still life, and no real person."
    if not person.seen and not (evidence.recorded is not None and evidence.recorded.engine == "plate"):
        return "not applicable", "No person was made out in the picture."
    if not person.living:
        return "not verifiable", "What looks like a person hasn't the colour of skin: a sculpture, or a grey picture."
    return "pass", ""


def _apart(evidence: Evidence) -> str:
    """Why pixels can't be compared one by one; empty where they can."""
    apart = evidence.residual_px is not None and evidence.residual_px > REGISTRATION_PX
    apart = apart or (evidence.residual_px is None and not evidence.layers_known)
    return "The reference can't be laid closely enough on the picture to compare them pixel by pixel." if apart else ""


def title_of(check_id: str) -> str:
    """A check's title for people; its id where no such check is built in."""
    return next((check.title for check in CHECKS if check.id == check_id), check_id)


def group_of(check_id: str) -> str:
    """What a check belongs to; `picture` where no such check is built in."""
    return next((check.group for check in CHECKS if check.id == check_id), "picture")


def is_mandatory(check_id: str) -> bool:
    """Whether a built-in check decides the report's verdict."""
    return next((check.mandatory for check in CHECKS if check.id == check_id), True)
