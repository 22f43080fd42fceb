"""The QA gate: what lets a draft pass its internal check without a person who answers for it.

A report that passes, or passes with something to look at, opens the gate. A brand, or a brief, may ask for more: checks
that must pass without a warning. It can only tighten: what the report stops stays stopped. Rules are read anew each
time, so a gate that is tightened holds for every draft that hasn't passed it yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from review.models import Draft

# What a QA report may say without a person having to answer for it.
PASSING_VERDICTS = frozenset({"pass", "warn"})
# What a check that must pass may say: a check that doesn't apply has nothing to hold.
HELD = frozenset({"pass", "not applicable"})


@dataclass(frozen=True)
class Stop:
    """A check that the brand's or the brief's gate asks to pass, and that didn't."""

    check: str
    title: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class Ruling:
    """What the gate says of a report. `verdict`: the report's own; `stops`: what the rules beyond it hold up."""

    verdict: str
    stops: tuple[Stop, ...]

    @property
    def opens(self) -> bool:
        return self.verdict in PASSING_VERDICTS and not self.stops

    @property
    def why(self) -> str:
        """Why it is closed, in a sentence that ends with what to do; empty where it is open."""
        if self.verdict == "fail":
            return "The QA report says fail: override it with a reason, or direct the shot again."
        if self.verdict not in PASSING_VERDICTS:
            return "The QA report could not verify the piece, and that is no pass: override it with a reason, or direct again."
        if not self.stops:
            return ""
        first, more = self.stops[0], len(self.stops) - 1
        others = f" and {more} more" if more else ""
        return (
            f"The client's gate asks that “{first.title}” passes{others}, and it says {first.verdict}: "
            "direct the shot again, or override it with a reason."
        )


def rule(report: dict[str, Any] | None, verdict: str, must_pass: Iterable[str]) -> Ruling:
    """Holds a report (report.json's content) to the checks that must pass. One that the report lacks is no pass."""
    checks = {c.get("id"): c for c in (report or {}).get("checks", []) if isinstance(c, dict)}
    stops = []
    for name in dict.fromkeys(must_pass):
        check = checks.get(name)
        said = str(check.get("verdict", "not verifiable")) if check else "nothing"
        if said not in HELD:
            told = check or {}
            stops.append(Stop(name, str(told.get("title") or name), said, str(told.get("reason", ""))))
    return Ruling(verdict, tuple(stops))


def ruling_on(draft: Draft) -> Ruling:
    """The gate on this draft, by the rules that stand now. Reads the brief's and its brand's rules."""
    from review.models import GatePolicy

    must_pass = GatePolicy.objects.checks_for(draft.shot.brief)
    return rule(draft.generation.report, draft.generation.verdict, must_pass)
