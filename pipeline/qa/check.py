"""What a check is: a small object with an id and a version that looks at the evidence and says what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from pipeline.qa.evidence import Evidence

Verdict = Literal["pass", "warn", "fail", "not verifiable", "not applicable"]
# From best to worst. What can't be verified ranks below a warning: nobody may take it for a pass.
SEVERITY: tuple[Verdict, ...] = ("not applicable", "pass", "warn", "not verifiable", "fail")


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    `value` and `threshold` are numbers in `unit`, or None where the finding is no number; `reason` is one or two plain
    sentences; `overlay` is an sRGB picture (h, w, 3) uint8 of where it was found, or None; `details` further numbers.
    """

    id: str
    verdict: Verdict
    reason: str
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    overlay: np.ndarray | None = None
    details: dict[str, Any] = field(default_factory=dict)


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

    def run(self, evidence: Evidence) -> CheckResult: ...


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of `verdicts`; where nothing applied, nothing was verified."""
    found: Verdict = max(verdicts, key=SEVERITY.index, default="not applicable")
    return "not verifiable" if found == "not applicable" else found
