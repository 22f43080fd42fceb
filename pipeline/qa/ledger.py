"""The ledger: one row a stone, prong, link and catchlight.

The rows come from the checks that went through the piece's fingerprint feature by feature. Where none did, the list is empty
and its counts are null, which reads as "nothing was counted", never as "none are there".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

FEATURES = ("stones", "prongs", "links", "catchlights")
SEEN = ("kept", "changed", "added")


def ledger(rows: Mapping[str, Sequence[dict[str, Any]]] | None = None) -> dict[str, Any]:
    """``{feature: {"expected", "found", "rows"}}`` for every kind of feature; `rows` as `{id, verdict, box, ...}`.

    `expected` counts the rows that aren't ``added``; `found` those that were seen in the picture: kept, changed or added.
    What is ``hidden`` by the body, or ``not verifiable``, is neither found nor lost, and counted apart. Raises ValueError for a kind
    of feature that the ledger doesn't have.
    """
    rows = rows or {}
    if unknown := set(rows) - set(FEATURES):
        raise ValueError(f"the ledger has no {', '.join(sorted(unknown))}")
    book: dict[str, Any] = {}
    for feature in FEATURES:
        entries = rows.get(feature)
        counted = entries is not None
        book[feature] = {
            "expected": sum(r["verdict"] != "added" for r in entries) if entries is not None else None,
            "found": sum(r["verdict"] in SEEN for r in entries) if entries is not None else None,
            "hidden": sum(r["verdict"] == "hidden" for r in entries) if entries is not None else None,
            "unclear": sum(r["verdict"] == "not verifiable" for r in entries) if entries is not None else None,
            "rows": list(entries) if entries is not None else [],
        }
        assert counted or not book[feature]["rows"]
    return book
