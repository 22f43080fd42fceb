"""What a check is: a small object with an id, a version and its needs, that looks at evidence and says what it found.

The protocol, for whoever adds a check or calibrates one:

    evidence = evidence_of(piece, picture, mapping, fingerprint)      # pipeline.qa.gather; arrays only, no files
    result = check.run(evidence)                                      # CheckResult
    result.value, result.threshold, result.statistics                 # the raw statistic, its line, and its further ones

`value` is the statistic that is held against `threshold`; `statistics` holds every raw number by name (the value among
them) that a calibration may want, whatever the verdict: `{"structure.core": 0.21, "structure.edge": 0.35}`. The names are
those of `pipeline.qa.thresholds`, which is where a line, its direction and the data set that it rests on are written.
`needs` says what the evidence must hold before `run` may be called; `pipeline.qa.inspect.answer` looks after that, and says
aloud what a missing need means: not verifiable, or not applicable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from pipeline.qa.evidence import Evidence

Verdict = Literal["pass", "warn", "fail", "not verifiable", "not applicable"]
# From best to worst. What can't be verified ranks below a warning: nobody may take it for a pass.
SEVERITY: tuple[Verdict, ...] = ("not applicable", "pass", "warn", "not verifiable", "fail")
Group = Literal["origin", "registration", "piece", "placement", "model", "picture", "channel"]
# `piece`: it was found. `registration`: the reference lies closely enough on it to compare pixels. `layers`: Loupe's own.
# The others: the fingerprint, and that it has one of these; `person`: the picture shows a real one.
Need = Literal["piece", "registration", "layers", "fingerprint", "stones", "prongs", "links", "band", "person"]
Kept = Literal["kept", "changed", "lost", "added", "hidden", "not verifiable"]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Row:
    """A row of the ledger: one feature. `feature`: `stones`, `prongs`, `links` or `catchlights`.

    `box`: (left, top, right, bottom) in the picture's pixels, right and bottom exclusive. `words`: what was found, plainly;
    `score` 0..1: how much of it is as it was; `details`: further numbers.
    """

    feature: str
    id: str
    verdict: Kept
    box: Box
    words: str
    score: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        score = None if self.score is None else round(float(self.score), 4)
        box = [int(v) for v in self.box]
        return {"id": self.id, "verdict": self.verdict, "box": box, "words": self.words, "score": score, **self.details}


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    `value` and `threshold` are numbers in `unit`, or None where the finding is no number; `reason` is one or two plain
    sentences; `score` 0..100, 50 being the line; `p_value`: how likely a clean picture is to look at least this bad, where
    the calibration tells; `rests_on`: the data set that the threshold rests on. `overlay` is an sRGB picture (h, w, 3) uint8
    of where it was found, or None; `rows` of the ledger; `statistics`: raw numbers by their threshold's name.
    """

    id: str
    verdict: Verdict
    reason: str
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    overlay: np.ndarray | None = None
    details: dict[str, Any] = field(default_factory=dict)
    score: float | None = None
    p_value: float | None = None
    rests_on: str = ""
    rows: tuple[Row, ...] = ()
    statistics: dict[str, float] = field(default_factory=dict)


class Check(Protocol):
    """One check. `mandatory` checks decide the report's verdict; the others inform."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def mandatory(self) -> bool: ...
    @property
    def group(self) -> Group: ...
    @property
    def needs(self) -> tuple[Need, ...]: ...

    def run(self, evidence: Evidence) -> CheckResult: ...


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of `verdicts`; where nothing applied, nothing was verified."""
    found: Verdict = max(verdicts, key=SEVERITY.index, default="not applicable")
    return "not verifiable" if found == "not applicable" else found
