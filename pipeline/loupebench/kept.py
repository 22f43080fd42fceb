"""What methods said of pairs, kept by hash: a pair judged once isn't judged again until the pair or the method changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.atelier.family_photos import cache_root, write_whole
from pipeline.loupebench.judging import VERSION, Entry, judged, versions
from pipeline.loupebench.pairs import Pair, show


def row_file(pair: Pair) -> Path:
    key = pair.key()
    return cache_root() / "bench" / key[:2] / f"{key}.json"


def kept_row(pair: Pair, entries: tuple[Entry, ...] = ()) -> dict[str, Any] | None:
    """The pair's row if it is kept and every method's part of it is of today's method."""
    try:
        row: dict[str, Any] = json.loads(row_file(pair).read_text())
    except (OSError, ValueError):
        return None
    held = row.get("of", {})
    return row if row.get("version") == VERSION and versions(entries).items() <= held.items() else None


def row(pair: Pair, entries: tuple[Entry, ...] = ()) -> dict[str, Any]:
    """What every method says of the pair; only those whose source changed are asked again. `{}` where the pair shows nothing:
    the piece has nothing for its defect, or a photograph isn't rendered."""
    kept = kept_row(pair, entries)
    if kept is not None:
        return kept
    shown = show(pair)
    if shown is None:
        return {}
    now = versions(entries)
    try:
        old: dict[str, Any] = json.loads(row_file(pair).read_text())
    except (OSError, ValueError):
        old = {}
    if old.get("version") != VERSION:
        old = {}
    fresh = {name for name, version in old.get("of", {}).items() if now.get(name) == version}
    # A check reads evidence that others' modules gather: with any check's source changed, all checks are asked again.
    checks = {name for name in now if name in old.get("checks", {})}
    if not checks <= fresh:
        fresh -= checks
    new = judged(shown, entries, frozenset(set(now) - fresh))
    new["checks"] = {k: v for k, v in old.get("checks", {}).items() if k in fresh} | new["checks"]
    new["methods"] = {k: v for k, v in old.get("methods", {}).items() if k in now} | new["methods"]
    new |= {"version": VERSION, "of": now}
    file = row_file(pair)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, json.dumps(new, separators=(",", ":")).encode())
    return new
