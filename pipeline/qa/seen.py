"""Seen: is there as much of the piece as can be, or does something lie before it?"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.qa.check import CheckResult, Group, Need
from pipeline.qa.evidence import Evidence
from pipeline.qa.features import where_in_words

# Less than this of a piece behind the body is its own edge.
LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Seen:
    """The share of the piece, of what lies in the frame, that isn't hidden behind the body. In Loupe's own pictures that is
    recorded, and passes; in others it is told from the picture, and warns: what isn't seen can't be held to the photo."""

    id: str = "seen"
    title: str = "What lies behind the body is told"
    version: str = "1"
    mandatory: bool = True
    group: Group = "placement"
    needs: tuple[Need, ...] = ("registration",)

    def run(self, evidence: Evidence) -> CheckResult:
        assert evidence.laid is not None
        assert evidence.coverage is not None
        whole = float(evidence.laid.alpha.sum())
        hidden = (evidence.laid.alpha - evidence.coverage).clip(0, 1)
        share = 1 - float(hidden.sum()) / max(whole, 1.0)
        if 1 - share <= LEAST_SHARE:
            return CheckResult(
                self.id, "pass", "Nothing seems to lie before the piece.", value=share, unit="of the piece"
            )
        if evidence.layers_known:
            words = f"{share:.0%} of the piece is seen; the rest lies behind the body, as its layers record."
            return CheckResult(self.id, "pass", words, value=share, unit="of the piece")
        left, top, right, bottom = evidence.window
        rows, columns = hidden.sum(1), hidden.sum(0)
        middle = (
            float((columns * range(len(columns))).sum() / columns.sum()),
            float((rows * range(len(rows))).sum() / rows.sum()),
        )
        where = where_in_words(middle, (left, top, right, bottom))
        words = (
            f"{share:.0%} of the piece is seen. The rest, {where}, shows skin in its place: it seems to lie behind the body, and "
            "wasn't held to the photo. If nothing lies before it, it is missing."
        )
        return CheckResult(self.id, "warn", words, value=share, unit="of the piece")
