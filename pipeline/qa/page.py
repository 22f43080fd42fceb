"""report.html: one self-contained page that anybody can open; the verdict first, then the pictures, then the checks."""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import Any

VERDICT_WORDS = {
    "pass": "The piece in the picture is the piece that was photographed.",
    "warn": "The piece is kept; something should be looked at before this goes out.",
    "fail": "This picture doesn't hold to its reference: it should not go out.",
    "not verifiable": "It can't be verified that this is the photographed piece. That is no pass.",
    "not applicable": "Nothing here could be checked.",
}
MARKS = {"pass": "✓", "warn": "!", "fail": "✕", "not verifiable": "?", "not applicable": "–"}

STYLE = """
:root{color-scheme:dark;--g0:#161617;--g1:#1e1e20;--g2:#2b2b2e;--g3:#46464a;--g4:#8e8e94;--g5:#c9c9cd;--g6:#f2f2f3;
--pass:#7fc49a;--warn:#e0b060;--fail:#ec8276}
*{box-sizing:border-box}body{margin:0;background:var(--g0);color:var(--g5);
font:15px/1.55 Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1180px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;line-height:1.3;font-weight:600;color:var(--g6);margin:0 0 4px}
h2{font-size:14px;font-weight:600;color:var(--g4);margin:40px 0 12px}
.pass{color:var(--pass)}.warn{color:var(--warn)}.fail,.not-verifiable{color:var(--fail)}.not-applicable{color:var(--g4)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:12px}figure{margin:0;min-width:0}
figure img{display:block;width:100%;max-height:72vh;object-fit:contain;background:var(--g1)}
figcaption{color:var(--g4);font-size:13px;padding-top:6px}
details{border-top:1px solid var(--g2)}details:last-of-type{border-bottom:1px solid var(--g2)}
summary{display:grid;grid-template-columns:22px minmax(0,1fr) auto;gap:8px;padding:10px 4px;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}summary:focus-visible{outline:2px solid #7aa7ff;outline-offset:-2px}
summary b{font-weight:500;color:var(--g6)}summary small{display:block;color:var(--g4);font-size:13px}
.value{text-align:right;white-space:nowrap;color:var(--g5)}.value small{color:var(--g4)}
details>div{padding:0 4px 16px 34px}details img{max-width:100%;display:block;margin-top:8px}
table{border-collapse:collapse;font-size:13px}td,th{text-align:left;padding:3px 16px 3px 0;vertical-align:top;
overflow-wrap:anywhere;font-weight:400}th{color:var(--g4)}
@media (max-width:640px){.pair{grid-template-columns:1fr}.value small{display:none}}
@media print{:root{color-scheme:light;--g0:#fff;--g1:#f4f4f4;--g2:#ddd;--g4:#666;--g5:#222;--g6:#000;--pass:#1c6b3c;
--warn:#8a5a00;--fail:#a3271b}}
"""


def report_page(report: dict[str, Any], folder: Path) -> str:
    """The HTML of `report`, every picture of it that lies in `folder` carried inside."""
    verdict = str(report["verdict"])
    passed = sum(c["verdict"] == "pass" for c in report["checks"])
    counted = sum(c["verdict"] != "not applicable" for c in report["checks"])
    checks = "\n".join(_check(check, folder) for check in report["checks"])
    pair = "".join(
        _figure(report["images"].get(name), folder, caption)
        for name, caption in (
            ("reference", "The photo, laid where the piece is"),
            ("piece", "The piece in the picture"),
        )
    )
    whole = _figure(report["images"].get("preview"), folder, "The whole picture")
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in report.get("notes", []))
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Report: {html.escape(verdict)}</title><style>{STYLE}</style>
<main>
<h1><span class="{_class(verdict)}">{MARKS[verdict]} {verdict.capitalize()}.</span> {VERDICT_WORDS[verdict]}</h1>
<p>{passed} of {counted} checks pass.</p>{notes}
<div class="pair">{pair}</div>
<h2>Checks</h2>
{checks}
<h2>Ledger</h2>
{_ledger(report["ledger"])}
{f"<h2>Picture</h2>{whole}" if whole else ""}
<h2>Made with</h2>
{_table(report["versions"])}
</main></html>
"""


def _check(check: dict[str, Any], folder: Path) -> str:
    verdict = str(check["verdict"])
    value = _figures(check["value"], check["unit"])
    threshold = (
        f" <small>line {_figures(check['threshold'], check['unit'])}</small>" if check["threshold"] is not None else ""
    )
    overlay = _figure(check["overlay"], folder, "Where: the brighter, the more it differs") if check["overlay"] else ""
    opened = " open" if verdict in ("fail", "not verifiable") else ""
    aside = "" if check["mandatory"] else " · for information"
    return (
        f"<details{opened}><summary><span class='{_class(verdict)}'>{MARKS[verdict]}</span>"
        f"<span><b>{html.escape(check['title'])}</b><small>{html.escape(check['reason'])}</small></span>"
        f"<span class='value'>{value}{threshold}</span></summary><div>"
        f"<p class='{_class(verdict)}'>{verdict}{aside}</p>{overlay}{_table(check['details'])}</div></details>"
    )


def _ledger(book: dict[str, Any]) -> str:
    rows = []
    for feature, entry in book.items():
        if entry["expected"] is None:
            rows.append(f"<tr><th>{feature}</th><td>not counted: the piece has no fingerprint yet</td></tr>")
        else:
            rows.append(f"<tr><th>{feature}</th><td>{entry['found']} of {entry['expected']}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


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


def _figures(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "share":
        return f"{value:.1%}"
    if unit == "SSIM":
        return f"{value:.4f}"
    if unit == "px":
        return f"{value:.0f} px" if value >= 100 else f"{value:.2f} px"
    return f"{value:.3g} {html.escape(unit)}".strip()


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
