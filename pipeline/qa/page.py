"""report.html: one self-contained page that anybody can open; the verdict first, then the pictures, then the ledger and the checks."""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import Any

from pipeline.qa.figures import figure
from pipeline.qa.page_ledger import choices, entries_of, ledger, marks, places, rules
from pipeline.qa.page_style import STYLE

VERDICT_WORDS = {
    "pass": "The piece in the picture is the piece that was photographed.",
    "warn": "The piece is kept; something should be looked at before this goes out.",
    "fail": "This picture doesn't hold to its reference: it should not go out.",
    "not verifiable": "It can't be verified that this is the photographed piece. That is no pass.",
    "not applicable": "Nothing here could be checked.",
}
WORST_FIRST = ("fail", "not verifiable", "warn", "pass", "not applicable")
MARKS = {"pass": "✓", "warn": "!", "fail": "✕", "not verifiable": "?", "not applicable": "–"}


def report_page(report: dict[str, Any], folder: Path) -> str:
    """The HTML of `report`, every picture of it that lies in `folder` carried inside."""
    verdict = str(report["verdict"])
    counted = [c for c in report["checks"] if c["verdict"] != "not applicable"]
    passed = sum(c["verdict"] == "pass" for c in counted)
    entries = entries_of(report)
    pair = "".join(
        _view(report["images"].get(name), folder, caption, marks(entries))
        for name, caption in (
            ("reference", "The photo, laid where the piece is"),
            ("piece", "The piece in the picture"),
        )
    )
    whole = _figure(report["images"].get("preview"), folder, "The whole picture")
    notes = "".join(f"<p class='note'>{html.escape(note)}</p>" for note in report.get("notes", []))
    hint = "<p>Click a place, or a line of the ledger, to look closer in both pictures.</p>" if pair else ""
    unsure = "".join(
        f"<li><b>{html.escape(c['title'])}</b>: {html.escape(c['reason'])}</li>"
        for c in counted
        if c["verdict"] == "not verifiable"
    )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Report: {html.escape(verdict)}</title><style>{STYLE}{rules(entries)}</style>
<main>
<h1><span class="{_class(verdict)}">{MARKS[verdict]} {verdict.capitalize()}.</span> {VERDICT_WORDS[verdict]}</h1>
{_why(counted, verdict)}
<p>{passed} of {len(counted)} checks pass.</p>{notes}
{choices(entries)}
<div class="pair">{pair}</div>{hint}
{f"<h2>What couldn't be verified</h2><ul>{unsure}</ul>" if unsure else ""}
<h2>Ledger</h2>
{ledger(report, entries)}
<h2>Checks</h2>
{"".join(_check(check, folder) for check in sorted(report["checks"], key=lambda c: WORST_FIRST.index(c["verdict"])))}
{f"<h2>Picture</h2>{whole}" if whole else ""}
<h2>Made with</h2>
{_table(report["versions"])}
</main></html>
"""


def _why(checks: list[dict[str, Any]], verdict: str) -> str:
    """The reasons of the checks that decide a verdict that is no pass."""
    if verdict == "pass":
        return ""
    said = [html.escape(c["reason"]) for c in checks if c["verdict"] == verdict and c["mandatory"]][:3]
    return "".join(f"<p>{reason}</p>" for reason in said)


def _view(name: str | None, folder: Path, caption: str, over: str) -> str:
    """A picture of the window with the features' frames on it, that can be looked into."""
    if not name or not (folder / name).is_file():
        return ""
    data = base64.b64encode((folder / name).read_bytes()).decode()
    return (
        f"<figure><div class='view'><div class='sheet'><img src='data:image/png;base64,{data}' alt='{html.escape(caption)}'>"
        f"{over}{places()}</div><label class='whole' for='z-0'>Whole piece</label></div>"
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _check(check: dict[str, Any], folder: Path) -> str:
    verdict = str(check["verdict"])
    value = html.escape(figure(check["value"], check["unit"]))
    threshold = (
        f" <small>line {html.escape(figure(check['threshold'], check['unit']))}</small>"
        if check["threshold"] is not None
        else ""
    )
    overlay = _figure(check["overlay"], folder, "Where it was found") if check["overlay"] else ""
    opened = " open" if verdict in ("fail", "not verifiable") else ""
    aside = "" if check["mandatory"] else " · for information"
    if check["score"] is not None:
        aside += f" · score {check['score']:.0f} of 100, 50 being the line"
    if check["p_value"] is not None:
        aside += f" · p {check['p_value']:.3g}"
    if check["rests_on"]:
        aside += f" · the line rests on {html.escape(check['rests_on'])}"
    return (
        f"<details{opened}><summary><span class='{_class(verdict)}'>{MARKS[verdict]}</span>"
        f"<span><b>{html.escape(check['title'])}</b><small>{html.escape(check['reason'])}</small></span>"
        f"<span class='value'>{value}{threshold}</span></summary><div>"
        f"<p class='{_class(verdict)}'>{verdict}{aside}</p>{overlay}{_table(check['details'])}</div></details>"
    )


def _table(values: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(str(k).replace('_', ' '))}</th><td>{html.escape(_words(v))}</td></tr>"
        for k, v in values.items()
        if v is not None
    )
    return f"<table>{rows}</table>" if rows else ""


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_words(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_words(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _figure(name: str | None, folder: Path, caption: str) -> str:
    if not name or not (folder / name).is_file():
        return ""
    kind = "jpeg" if name.endswith((".jpg", ".jpeg")) else "png"
    data = base64.b64encode((folder / name).read_bytes()).decode()
    return (
        f"<figure><img src='data:image/{kind};base64,{data}' alt='{html.escape(caption)}'>"
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _class(verdict: str) -> str:
    return verdict.replace(" ", "-")
