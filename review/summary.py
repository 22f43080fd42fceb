"""A QA report in one plain sentence, and its checks as short rows: what the review page and the API show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

TONES = {"pass": "ok", "warn": "warn", "fail": "bad", "not verifiable": "bad", "not applicable": "quiet"}
MARKS = {"pass": "✓", "warn": "!", "fail": "✕", "not verifiable": "?", "not applicable": "–"}
OPENINGS = {
    "pass": "The piece is the piece in the photo",
    "warn": "The piece is kept, with something to look at",
    "fail": "This picture doesn't hold to the photo",
    "not verifiable": "It can't be verified that this is the photographed piece",
}
# Worst first; what is not applicable says nothing about the picture.
_ORDER = ("fail", "not verifiable", "warn", "pass")
_LEDGER_WORDS = {"stones": "stones", "prongs": "prongs", "links": "links", "catchlights": "highlights"}


@dataclass(frozen=True)
class CheckRow:
    """One check in short. `figures` is the value with its unit and line, or empty."""

    id: str
    title: str
    verdict: str
    tone: str
    mark: str
    figures: str
    reason: str


@dataclass(frozen=True)
class Summary:
    """The report for people: `sentence` says what it comes to; `tone` is the badge's."""

    verdict: str
    tone: str
    mark: str
    sentence: str
    passed: int
    counted: int
    rows: tuple[CheckRow, ...]


def summarize(report: dict[str, Any] | None, verdict: str) -> Summary:
    """What `report` (report.json's content) comes to. A report without checks is said to be one, never a pass."""
    checks = [c for c in (report or {}).get("checks", []) if isinstance(c, dict)]
    rows = tuple(_row(c) for c in checks)
    counted = [c for c in checks if c.get("verdict") != "not applicable"]
    passed = sum(c.get("verdict") == "pass" for c in counted)
    if not counted:
        return Summary(verdict, "quiet", MARKS["not applicable"], "No check of this picture is recorded.", 0, 0, rows)
    parts = _counts((report or {}).get("ledger") or {}, counted) + _highlights(checks)
    opening = OPENINGS.get(verdict, OPENINGS["not verifiable"])
    worst = _worst_reason(counted) if verdict != "pass" else ""
    tail = f"{passed} of {len(counted)} checks pass"
    body = "; ".join([*parts, tail])
    sentence = f"{opening}. {worst} {body[:1].upper()}{body[1:]}." if worst else f"{opening}: {body}."
    return Summary(verdict, TONES.get(verdict, "bad"), MARKS.get(verdict, "?"), sentence, passed, len(counted), rows)


def _counts(ledger: dict[str, Any], checks: list[dict[str, Any]]) -> list[str]:
    """The features in sight, counted; those of a check that didn't pass are told by its reason."""
    told = {c.get("id") for c in checks if c.get("verdict") not in ("pass", None)}
    parts = []
    for feature, words in _LEDGER_WORDS.items():
        entry = ledger.get(feature)
        if not isinstance(entry, dict) or not entry.get("expected") or feature in told:
            continue
        added = sum(row.get("verdict") == "added" for row in entry.get("rows") or [])
        hidden = entry.get("hidden") or 0
        in_sight = entry["expected"] - hidden - (entry.get("unclear") or 0)
        kept = (entry.get("found") or 0) - added
        where = " in sight" if hidden else ""
        parts.append(f"all {in_sight} {words}{where}" if kept == in_sight else f"{kept} of {in_sight} {words}{where}")
    return parts


def _highlights(checks: list[dict[str, Any]]) -> list[str]:
    by_id = {c.get("id"): c for c in checks}
    parts = []
    pixels = by_id.get("origin.pixels")
    if pixels and pixels.get("value") is not None:
        parts.append(f"{_down(pixels['value'] * 100, 1)} % of its pixels are the photo's")
    structure = by_id.get("ssim.interior")
    if structure and structure.get("value") is not None:
        parts.append(f"structure {_down(structure['value'], 4)}")
    return parts


def _down(value: float, digits: int) -> str:
    """Rounded down, so that what is nearly all is never told as all: 0.99997 reads 0.9999, and 1 reads 1."""
    step = 10**digits
    return f"{math.floor(value * step + 1e-9) / step:g}"


def _worst_reason(checks: list[dict[str, Any]]) -> str:
    for verdict in _ORDER[:3]:
        mandatory_first = sorted(checks, key=lambda c: not c.get("mandatory", True))
        for check in mandatory_first:
            if check.get("verdict") == verdict and check.get("reason"):
                return str(check["reason"]).rstrip(".") + "."
    return ""


def _row(check: dict[str, Any]) -> CheckRow:
    verdict = str(check.get("verdict", "not verifiable"))
    figures = _figures(check.get("value"), check.get("unit"))
    line = _figures(check.get("threshold"), check.get("unit"))
    return CheckRow(
        id=str(check.get("id", "")),
        title=str(check.get("title") or check.get("id", "")),
        verdict=verdict,
        tone=TONES.get(verdict, "bad"),
        mark=MARKS.get(verdict, "?"),
        figures=f"{figures} (line {line})" if figures and line else figures,
        reason=str(check.get("reason", "")),
    )


def _figures(value: Any, unit: Any) -> str:
    if not isinstance(value, int | float):
        return ""
    if unit == "share":
        return f"{_down(value * 100, 2)} %"
    if unit == "SSIM":
        return _down(value, 4)
    return f"{value:.3g} {unit or ''}".strip() if abs(value) < 100 else f"{value:.0f} {unit or ''}".strip()
