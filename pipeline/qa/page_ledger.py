"""The ledger in report.html: rows that light their feature on both pictures and zoom both to it, without a script.

Each row is a label of a radio button that stands before the pictures; rules that ask which one is chosen, or which row is
pointed at, move and mark the pictures. So the page works wherever scripts don't run, and prints.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

NAMES = {"stones": ("stone", "stones"), "prongs": ("prong", "prongs"), "links": ("link", "links"), "catchlights": ("highlight", "highlights")}  # fmt: skip
MARKS = {"kept": "✓", "changed": "!", "lost": "✕", "added": "+", "hidden": "–", "not verifiable": "?"}
# What is wrong comes first, and what is as it was folds away where there is much of it.
ORDER = ("lost", "added", "changed", "not verifiable", "hidden", "kept")
FOLDED = 12
# The pictures can also be looked into at a place: a grid of so many each way.
PLACES = 5
ZOOM = 4.0


@dataclass(frozen=True)
class Entry:
    """A row with its number on the page and its feature's place in the window, 0..1 each way, middle and size."""

    number: int
    row: dict[str, Any]
    box: tuple[float, float, float, float]

    @property
    def tone(self) -> str:
        return "unclear" if self.row["verdict"] == "not verifiable" else str(self.row["verdict"])


def entries_of(report: dict[str, Any]) -> dict[str, list[Entry]]:
    """The ledger's rows by feature, the worst first, placed in the report's window."""
    left, top, right, bottom = report["window"]
    width, height = max(right - left, 1), max(bottom - top, 1)
    found: dict[str, list[Entry]] = {}
    number = 0
    for feature, book in report["ledger"].items():
        for row in sorted(book["rows"], key=lambda r: ORDER.index(r["verdict"])):
            number += 1
            x0, y0, x1, y1 = row["box"]
            box = ((x0 - left) / width, (y0 - top) / height, (x1 - x0) / width, (y1 - y0) / height)
            found.setdefault(feature, []).append(Entry(number, row, box))
    return found


def marks(entries: dict[str, list[Entry]]) -> str:
    """The features' frames over a picture of the window: an SVG in parts of it."""
    drawn = "".join(
        f"<rect class='m{e.number} {e.tone}' x='{e.box[0]:.4f}' y='{e.box[1]:.4f}' width='{e.box[2]:.4f}' height='{e.box[3]:.4f}'/>"
        for rows in entries.values()
        for e in rows
        if e.row["box"][2] > e.row["box"][0]
    )
    return f"<svg viewBox='0 0 1 1' preserveAspectRatio='none' aria-hidden='true'>{drawn}</svg>"


def places() -> str:
    """Labels over a picture, each of which looks into both pictures there."""
    labels = "".join(f"<label for='p-{k}' title='Look closer here, in both'></label>" for k in range(PLACES**2))
    return f"<div class='places'>{labels}</div>"


def choices(entries: dict[str, list[Entry]]) -> str:
    """The radio buttons that hold where the pictures are looked into."""
    at = [
        f"<input type='radio' name='zoom' id='p-{k}' aria-label='Look closer at place {k + 1}'>"
        for k in range(PLACES**2)
    ]
    rows = [
        f"<input type='radio' name='zoom' id='r-{e.number}' aria-label='{html.escape(str(e.row['words']))}'>"
        for rows in entries.values()
        for e in rows
    ]
    return "<input type='radio' name='zoom' id='z-0' checked aria-label='The whole piece'>" + "".join(at + rows)


def rules(entries: dict[str, list[Entry]]) -> str:
    """The style rules that zoom to a place or a row, and light a row's feature while it is pointed at."""
    out = []
    for k in range(PLACES**2):
        x, y = (k % PLACES + 0.5) / PLACES, (k // PLACES + 0.5) / PLACES
        out.append(
            f"main:has(#p-{k}:checked){{--z:{ZOOM / 1.6:.1f};--x:{_origin(x, ZOOM / 1.6)};--y:{_origin(y, ZOOM / 1.6)}}}"
        )
    for e in (e for rows in entries.values() for e in rows):
        x, y = e.box[0] + e.box[2] / 2, e.box[1] + e.box[3] / 2
        zoom = min(max(0.25 / max(e.box[2], e.box[3], 1e-3), 1.5), 8.0)
        out.append(f"main:has(#r-{e.number}:checked){{--z:{zoom:.2f};--x:{_origin(x, zoom)};--y:{_origin(y, zoom)}}}")
        out.append(
            f"main:has(#l-{e.number}:hover) .m{e.number},main:has(#r-{e.number}:checked) .m{e.number}{{stroke:#fff;stroke-width:2px}}"
        )
    return "".join(out)


def _origin(at: float, zoom: float) -> str:
    """The point of a picture (in %) that must stay where it is so that zooming brings `at` to the middle, as far as it goes."""
    if zoom <= 1.001:
        return "50%"
    return f"{100 * min(max((at * zoom - 0.5) / (zoom - 1), 0), 1):.1f}%"


def ledger(report: dict[str, Any], entries: dict[str, list[Entry]]) -> str:
    """The ledger as lists, feature by feature."""
    parts = []
    for feature, book in report["ledger"].items():
        one, many = NAMES[feature]
        if book["expected"] is None:
            continue
        extra = [
            f"{book[k]} {words}" for k, words in (("hidden", "hidden"), ("unclear", "too small to judge")) if book[k]
        ]
        seen = f"{book['found']} of {book['expected']} {one if book['expected'] == 1 else many}"
        rows = entries.get(feature, [])
        kept = [e for e in rows if e.row["verdict"] == "kept"]
        beside = [e for e in rows if e.row["verdict"] != "kept"]
        folded = bool(beside) and len(kept) > FOLDED
        listed = f"<ul class='ledger'>{''.join(_row(e) for e in (beside if folded else rows))}</ul>"
        if folded:
            some = "".join(_row(e) for e in kept)
            listed += f"<details><summary><span></span>{len(kept)} kept as they were</summary><ul class='ledger'>{some}</ul></details>"
        summary = f"<summary><span></span><b>{seen}{' · ' + ', '.join(extra) if extra else ''}</b></summary>"
        wrong = any(e.row["verdict"] in ("lost", "added", "changed") for e in rows)
        opened = " open" if wrong or len(rows) <= FOLDED else ""
        parts.append(f"<details{opened}>{summary}{listed}</details>")
    uncounted = [NAMES[f][1] for f, book in report["ledger"].items() if book["expected"] is None]
    if uncounted:
        parts.append(f"<p>Not counted in this piece: {', '.join(uncounted)}.</p>")
    return "".join(parts)


def _row(entry: Entry) -> str:
    row = entry.row
    score = "" if row["score"] is None else f"<small>{row['score']:.2f}</small>"
    words = html.escape(str(row["words"]))
    return (
        f"<li id='l-{entry.number}'><label for='r-{entry.number}'><span class='{entry.tone}'>{MARKS[row['verdict']]}</span>"
        f"<span>{words[:1].upper()}{words[1:]}</span>{score}</label></li>"
    )
