"""The bench itself: rendered pairs of known truth, kept rows, refused seeds, and an entered method in its table."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pipeline.command import main
from pipeline.errors import PictureError
from pipeline.loupebench.bench import FULL, Plan, bench, calibrated
from pipeline.loupebench.judging import entry
from pipeline.loupebench.kept import kept_row
from pipeline.loupebench.pairs import Pair, show

PIECE = ("solitaire-6", 3)


def brightness(reference, picture, matte):
    """A method as a stranger would enter it: how far the mean level moved."""
    return float(abs(reference[matte > 0.5].mean() - picture[matte > 0.5].mean()))


def unlikeness_map(reference, picture, matte):
    return np.abs(reference - picture).mean(-1)


def test_thresholds_are_never_drawn_from_test_seeds(tmp_path):
    with pytest.raises(PictureError) as refused:
        calibrated(FULL, tmp_path, print)
    assert refused.value.code == "bench.test_seeds"


def test_a_method_is_named_or_refused():
    assert entry(f"{__name__}:brightness").score(np.zeros((4, 4, 3)), np.ones((4, 4, 3)), np.ones((4, 4))).score == 1
    found = entry(f"{__name__}:unlikeness_map").score(np.zeros((4, 4, 3)), np.ones((4, 4, 3)), np.ones((4, 4)))
    assert found.heat is not None
    for wrong in ("nowhere:score", f"{__name__}:missing", "no-colon"):
        with pytest.raises(PictureError):
            entry(wrong)


def test_with_nothing_rendered_the_command_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LOUPE_CACHE_DIR", str(tmp_path / "cache"))
    assert main(["bench", "--out", str(tmp_path / "out"), "--no-render", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bench.nothing"
    assert main(["bench", "--out", str(tmp_path / "out"), "--seeds", "some", "--json"]) == 2


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_small_run_makes_its_table_and_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv("LOUPE_CACHE_DIR", str(tmp_path / "cache"))
    name, seed = PIECE
    plan = Plan((seed,), (name,), each=1, clean_draws=1)
    found = bench(plan, tmp_path / "out", lambda words: None, methods=(f"{__name__}:brightness",), workers=1)
    assert found["pieces"] == 1
    assert found["whole"]
    words = (tmp_path / "out" / "table.md").read_text()
    assert "brightness" in words
    assert "mirrored" in words
    rows = [json.loads(line) for line in (tmp_path / "out" / "rows.jsonl").read_text().splitlines()]
    assert len(rows) == found["pairs"]
    clean = Pair(name, seed, None, "none", False)
    assert kept_row(clean, (entry(f"{__name__}:brightness"),))
    shown = show(clean)
    assert shown is not None
    assert np.allclose(shown.given, np.eye(3))
    again = bench(plan, tmp_path / "again", lambda words: pytest.fail(f"{words} again"), workers=1, rendering=False)
    assert again["recall"] == {
        light: {d: {k: v for k, v in of.items() if "brightness" not in k} for d, of in by.items()}
        for light, by in found["recall"].items()
    }
