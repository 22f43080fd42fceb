"""The gate: every check, in order, on one body of evidence."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pipeline.qa import similarity
from pipeline.qa.check import Check, CheckResult, Verdict, worst
from pipeline.qa.clipping import Clipping
from pipeline.qa.evidence import Evidence
from pipeline.qa.frame import Frame
from pipeline.qa.origin import OriginPixels, OriginReference
from pipeline.qa.registered import Registration
from pipeline.qa.size import Resolution, Resolvability
from pipeline.qa.thresholds import REGISTRATION_PX

# Gate order: provenance, registration, piece, placement, picture.
CHECKS: tuple[Check, ...] = (
    OriginReference(),
    OriginPixels(),
    Registration(),
    Resolvability(),
    similarity.INTERIOR,
    similarity.LOWEST_TILE,
    similarity.BOUNDARY,
    similarity.RAW,
    Clipping(),
    Frame(),
    Resolution(),
)
# What compares pixel with pixel means nothing until the reference lies on the picture.
NEEDS_REGISTRATION = frozenset({"ssim.interior", "ssim.lowest-tile", "ssim.boundary", "ssim.raw", "clipping", "frame"})


@dataclass(frozen=True)
class Inspection:
    """What all checks found. `verdict` is the worst of the mandatory ones; `seconds` by check id."""

    verdict: Verdict
    results: tuple[CheckResult, ...]
    seconds: dict[str, float]
    versions: dict[str, str]


def inspect(evidence: Evidence, checks: tuple[Check, ...] = CHECKS) -> Inspection:
    """Run `checks` on `evidence`. A check that needs a registration which isn't there is not verifiable, aloud."""
    results: list[CheckResult] = []
    seconds: dict[str, float] = {}
    apart = evidence.mapping is None or (evidence.residual_px is not None and evidence.residual_px > REGISTRATION_PX)
    apart = apart or (evidence.residual_px is None and not evidence.layers_known)
    for check in checks:
        start = time.perf_counter()
        if apart and check.id in NEEDS_REGISTRATION:
            why = "The reference can't be laid closely enough on the picture to compare them pixel by pixel."
            if evidence.mapping is None:
                why = "The piece wasn't found in the picture, so there is nothing to compare."
            results.append(CheckResult(check.id, "not verifiable", why))
        else:
            results.append(check.run(evidence))
        seconds[check.id] = time.perf_counter() - start
    mandatory = {check.id for check in checks if check.mandatory}
    verdict = worst([result.verdict for result in results if result.id in mandatory])
    return Inspection(verdict, tuple(results), seconds, {check.id: check.version for check in checks})


def title_of(check_id: str) -> str:
    """A check's title for people; its id where no such check is built in."""
    return next((check.title for check in CHECKS if check.id == check_id), check_id)


def is_mandatory(check_id: str) -> bool:
    """Whether a built-in check decides the report's verdict."""
    return next((check.mandatory for check in CHECKS if check.id == check_id), True)
