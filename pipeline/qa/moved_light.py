"""What a check may say where the light on the piece was moved.

Facets flash elsewhere and highlights lie elsewhere there, so a difference is no finding by itself. A check is held to the lines
that were drawn on clean pairs under a moved light, and to nothing else it goes by: beyond one of them the piece has changed.
Within them it vouches for the piece only where it was shown to see most of its defects there; where it wasn't, it says so.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.qa.check import CheckResult, Row
from pipeline.qa.thresholds import UNPROVED, has_line, line

# The share of its defects that a check must have seen under a moved light before its word for a piece is taken.
ENOUGH_POWER = 0.9
MOVED = "The light on the piece was moved, so its highlights and facets lie elsewhere"


def under_moved_light(result: CheckResult) -> CheckResult:
    """A check's result on a picture whose light was moved."""
    if result.verdict in ("not applicable", "not verifiable") or (result.value is None and not result.statistics):
        return result
    lines = {name: line(name, "relit") for name in result.statistics if has_line(name, "relit")}
    proved = {name: drawn for name, drawn in lines.items() if drawn.false_alarms is not None}
    beyond = [name for name, drawn in proved.items() if not drawn.holds(result.statistics[name])]
    if beyond:
        if result.verdict == "fail":
            return result
        drawn = proved[beyond[0]]
        words = f"{MOVED}; even so this differs more than on any but one in a hundred pictures of kept pieces."
        return replace(result, verdict="fail", reason=words, rests_on=drawn.rests_on)
    power = max((drawn.power for drawn in proved.values() if drawn.power is not None), default=None)
    rows = tuple(unjudged(row) for row in result.rows if row.verdict != "added")
    rests_on = next((drawn.rests_on for drawn in proved.values()), UNPROVED)
    if power is not None and power >= ENOUGH_POWER:
        words = f"{MOVED}; what such a move leaves as it was agrees with the photo."
        return replace(result, verdict="pass", reason=words, rows=rows, overlay=None, rests_on=rests_on)
    seen = (
        "what this check compares wasn't tried there"
        if power is None
        else f"in such a light this check was shown to see {power:.0%} of its defects only"
    )
    return replace(
        result, verdict="not verifiable", reason=f"{MOVED}; {seen}.", rows=rows, overlay=None, rests_on=rests_on
    )


def unjudged(row: Row) -> Row:
    """A row of the ledger whose difference may be the light's: not verifiable, where it was called lost or changed."""
    if row.verdict not in ("lost", "changed"):
        return row
    return replace(row, verdict="not verifiable", words="under the moved light this can't be told")
