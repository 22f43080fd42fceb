"""The one table: recall by defect of every method in the same run, by size, with false alarms, localisation and time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.atelier.defects import DEFECTS, PAINTED, SEEN_BY
from pipeline.loupebench.figures import (
    FALSE_ALARMS,
    LIGHTS,
    SIZES,
    TOGETHER,
    Frozen,
    Judged,
    Recall,
    recall,
)

WORDS = {d.id: d.words for d in DEFECTS.values()} | {d.id: d.words for d in PAINTED.values()}


def figures(rows: Sequence[Judged], frozen: Frozen) -> dict[str, Any]:
    """Everything that the table says, as JSON: recall by light, defect and stream, by size, false alarms by circumstances."""
    streams = _streams(rows, frozen)
    recalls: dict[str, Any] = {}
    sizes: dict[str, Any] = {}
    for light in LIGHTS:
        here = [row for row in rows if row.defect and row.light == light]
        recalls[light] = {}
        for defect in SEEN_BY:
            of = [row for row in here if row.defect == defect]
            if of:
                recalls[light][defect] = {
                    "check": SEEN_BY[defect],
                    "words": WORDS[defect],
                    **{s: _json(recall(of, s, light, frozen)) for s in [*streams, f"{TOGETHER}:{SEEN_BY[defect]}"]},
                }
        recalls[light]["all defects"] = {s: _json(recall(here, s, light, frozen)) for s in streams} if here else {}
        sizes[light] = {
            f"{low:g}-{high:g} px" if np.isfinite(high) else f"from {low:g} px": {
                s: _json(recall([r for r in here if low <= (r.feature_px or 0.0) < high], s, light, frozen))
                for s in streams
            }
            for low, high in SIZES
        }
    clean = [row for row in rows if row.defect is None]
    false = {
        condition: {
            s: _json(recall([r for r in clean if r.condition == condition], s, _light(condition), frozen))
            for s in streams
        }
        for condition in sorted({row.condition for row in clean})
    }
    return {
        "pieces": len({row.piece for row in rows}),
        "pairs": len(rows),
        "calibrated_on": frozen.pairs,
        "recall": recalls,
        "by_size": sizes,
        "false_alarms": false,
        "seconds": _seconds(rows),
        "counts": _counts(rows),
    }


def _light(condition: str) -> str:
    return "relit" if "relight" in condition else "same light"


def _streams(rows: Sequence[Judged], frozen: Frozen) -> list[str]:
    """All checks together, each check, each baseline; a check's single statistics stay in the rows."""
    joint = sorted({s for light in frozen.thresholds.values() for s in light if s.startswith(f"{TOGETHER}:")})
    methods = sorted({s for row in rows for s in row.values if not s.startswith("check:")})
    return [TOGETHER, *joint, *methods]


def _json(found: Recall | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "pairs": found.pairs,
        "share": round(found.seen, 4),
        "interval": [round(found.low, 4), round(found.high, 4)],
        "pointed": None if found.pointed is None else round(found.pointed, 4),
        "unverifiable": round(found.unverifiable, 4),
    }


def _seconds(rows: Sequence[Judged]) -> dict[str, float]:
    names = sorted({name for row in rows for name in row.seconds})
    return {
        name: round(float(np.median([row.seconds[name] for row in rows if name in row.seconds])), 4) for name in names
    }


def _counts(rows: Sequence[Judged]) -> dict[str, Any]:
    """By check with a ledger: on how many pictures of clean pairs every feature was found as it is."""
    found = {}
    for check in sorted({c for row in rows for c in row.counted}):
        told = [row.counted[check] for row in rows if row.defect is None and check in row.counted]
        if told:
            exact = float(np.mean([changed == 0 for changed, _ in told]))
            found[check] = {"clean_pictures": len(told), "all_kept": round(exact, 4)}
    return found


def markdown(found: dict[str, Any], title: str, notes: Sequence[str]) -> str:
    """The table for people."""
    lines = [f"# {title}", "", f"{found['pieces']} pieces, {found['pairs']} pairs.", *notes, ""]
    for light, recalls in found["recall"].items():
        if not recalls.get("all defects"):
            continue
        methods = [s for s in recalls["all defects"] if not s.startswith(f"{TOGETHER}:")]
        lines += [
            f"## Recall, {light}, all nuisances together, at {FALSE_ALARMS:.0%} false alarms",
            "",
            "| defect | pairs | must be seen by | that check | " + " | ".join(_named(m) for m in methods) + " |",
            "|---|--:|---|--:|" + "--:|" * len(methods),
        ]
        for defect, of in recalls.items():
            own = of.get(f"{TOGETHER}:{of['check']}") if "check" in of else None
            cells = [_cell(of.get(m), with_interval=m == TOGETHER) for m in methods]
            pairs = of[TOGETHER]["pairs"]
            lines.append(f"| {defect} | {pairs} | {of.get('check', '')} | {_cell(own)} | " + " | ".join(cells) + " |")
        lines += ["", f"### By size of the smallest thing that changed, {light}", ""]
        lines += [
            "| feature | pairs | " + " | ".join(_named(m) for m in methods) + " |",
            "|---|--:|" + "--:|" * len(methods),
        ]
        for size, of in found["by_size"][light].items():
            if of.get(TOGETHER):
                cells = [_cell(of.get(m), with_interval=m == TOGETHER) for m in methods]
                lines.append(f"| {size} | {of[TOGETHER]['pairs']} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["## False alarms on clean pairs", ""]
    some: dict[str, Any] = next(iter(found["false_alarms"].values()), {})
    lines += [
        "| circumstances | pairs | " + " | ".join(_named(s) for s in some) + " |",
        "|---|--:|" + "--:|" * len(some),
    ]
    for condition, of in found["false_alarms"].items():
        lines.append(f"| {condition} | {of[TOGETHER]['pairs']} | " + " | ".join(_cell(of[s]) for s in some) + " |")
    lines += ["", "## Pointing, and what couldn't be verified", ""]
    lines += ["| | pointed into the defect's box, of those seen | not verifiable |", "|---|--:|--:|"]
    for light, recalls in found["recall"].items():
        for stream, of in (recalls.get("all defects") or {}).items():
            if of and (of["pointed"] is not None or of["unverifiable"]):
                pointed = "" if of["pointed"] is None else f"{of['pointed']:.2f}"
                lines.append(f"| {_named(stream)}, {light} | {pointed} | {of['unverifiable']:.2f} |")
    lines += ["", "## Counts, and seconds a picture", ""]
    for check, count in found["counts"].items():
        lines.append(
            f"- {check}: on {count['all_kept']:.1%} of {count['clean_pictures']} clean pictures everything is found as it is."
        )
    lines += ["", "| method | median seconds |", "|---|--:|"]
    lines += [f"| {_named(name)} | {seconds:.3f} |" for name, seconds in found["seconds"].items()]
    return "\n".join(lines) + "\n"


def _named(stream: str) -> str:
    if stream == TOGETHER:
        return "**all checks**"
    return stream.removeprefix(f"{TOGETHER}:").removeprefix("check:")


def _cell(of: dict[str, Any] | None, with_interval: bool = False) -> str:
    if of is None:
        return ""
    low, high = of["interval"]
    return f"**{of['share']:.2f}** ({low:.2f}–{high:.2f})" if with_interval else f"{of['share']:.2f}"
