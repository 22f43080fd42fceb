"""The ledger on report.html: what is wrong stands open before what is kept, and every row points into both pictures."""

from __future__ import annotations

import re

from pipeline.qa.ledger import ledger as booked
from pipeline.qa.page_ledger import choices, entries_of, ledger, rules


def report(kept: int, lost: int) -> dict:
    rows = [
        {"id": f"stone-{k:03d}", "verdict": "kept" if k < kept else "lost", "box": [10 * k, 5, 10 * k + 8, 13], "words": f"stone {k}", "score": 1.0}
        for k in range(kept + lost)
    ]  # fmt: skip
    return {"window": [0, 0, 400, 40], "ledger": booked({"stones": rows})}


def test_what_is_wrong_stands_open_and_what_is_kept_is_folded_beneath():
    told = report(kept=30, lost=2)
    page = ledger(told, entries_of(told))
    opened, folded = page.split("<details><summary>", 1)
    assert re.findall(r"Stone \d+", opened) == ["Stone 30", "Stone 31"]
    assert len(re.findall(r"Stone \d+", folded)) == 30
    assert "30 kept as they were" in folded


def test_a_piece_that_is_kept_whole_is_one_folded_line():
    told = report(kept=30, lost=0)
    page = ledger(told, entries_of(told))
    assert page.count("<details") == 1
    assert "<details open" not in page


def test_every_row_has_a_button_that_zooms_both_pictures_to_it():
    told = report(kept=15, lost=1)
    entries = entries_of(told)
    labels = set(re.findall(r"for='(r-\d+)'", ledger(told, entries)))
    assert labels == {f"r-{k}" for k in range(1, 17)}
    assert labels <= set(re.findall(r"id='(r-\d+)'", choices(entries)))
    assert labels == set(re.findall(r"#(r-\d+):checked\){--z", rules(entries)))
