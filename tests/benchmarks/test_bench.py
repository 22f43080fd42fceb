"""The bench's own judgement: a multiple that grew is seen whatever the machine's speed, and so is a lost promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.gallery import Cell, Entry, entries_in, plates_in, write_sheet
from tests.benchmarks.__main__ import SLOWER, plot, table
from tests.benchmarks.yardstick import yardstick_s


def figures(cpu_s: float, yardstick: float, peak_mb: int = 900) -> dict[str, object]:
    taken = {"draft, cold process": {"wall_s": cpu_s, "cpu_s": cpu_s}}
    return {"seconds": taken, "yardstick_s": yardstick, "peak_mb": {"cold": peak_mb}, "same_bytes_twice": True}


def test_a_slower_machine_is_no_regression_and_slower_code_is() -> None:
    kept = {"draft, cold process": 100.0}
    assert table(figures(10, 0.1), kept, [])[1]
    assert table(figures(40, 0.4), kept, [])[1]
    words, good = table(figures(10 * SLOWER * 1.01, 0.1), kept, [])
    assert not good
    assert "slower than kept" in words


def test_too_much_memory_or_too_little_fidelity_is_no_pass() -> None:
    assert not table(figures(10, 0.1, peak_mb=5000), {}, [])[1]
    cell = Cell(
        Entry(Path("ring-a.jpg"), "ring", 20),
        "still",
        Path("x"),
        verdict="pass",
        seconds=9,
        values={"ssim.interior": 0.9},
    )
    words, good = table(figures(10, 0.1), {}, [cell])
    assert not good
    assert "0.9000 **!**" in words


def test_the_plot_marks_each_promise(tmp_path: Path) -> None:
    plot(figures(12, 0.1), tmp_path / "seconds.svg")
    assert "12.00 s" in (tmp_path / "seconds.svg").read_text()


def test_the_yardstick_is_steady() -> None:
    first, second = yardstick_s(3), yardstick_s(3)
    assert 0 < first < 2
    assert first == pytest.approx(second, rel=0.6)


def test_photos_tell_their_category_and_refusals_are_shown(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("ring-a.jpg", "earrings-b.png", "model-c.jpg", "notes.txt"):
        if name.endswith(("jpg", "png")):
            Image.new("RGB", (60, 80), "white").save(tmp_path / name)
    (tmp_path / "sizes.json").write_text('{"ring-a.jpg": 17.5}')
    found = entries_in(tmp_path)
    assert [(e.category, e.width_mm) for e in found] == [("earring", 32.0), ("ring", 17.5)]
    assert [p.name for p in plates_in(tmp_path)] == ["model-c.jpg"]
    write_sheet([[Cell(e, "plate", tmp_path / "none", "No body <here>.")] for e in found], tmp_path)
    assert "No body &lt;here&gt;." in (tmp_path / "index.html").read_text()
    assert (tmp_path / "sheet.png").stat().st_size > 1000
