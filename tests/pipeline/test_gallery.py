"""The gallery's sheet: what it shows of a folder of photos, what was refused, and what a short run left for the next."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.gallery import ENGINES, atelier_entries, entries_in, make_gallery


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two photos without a piece in them, a plate, and a file that is none of these."""
    blank = Image.fromarray(np.full((300, 300, 3), 246, np.uint8))
    for name in ("ring-blank.png", "necklaces-blank.jpg", "model-blank.jpg", "notes.png"):
        blank.save(tmp_path / name)
    (tmp_path / "sizes.json").write_text('{"ring-blank.png": 18.5}')
    return tmp_path


def test_a_photos_name_says_its_category_and_sizes_its_width(photos: Path) -> None:
    found = entries_in(photos)
    assert [(e.file.name, e.category, e.width_mm) for e in found] == [
        ("necklaces-blank.jpg", "necklace", 150.0),
        ("ring-blank.png", "ring", 18.5),
    ]


def test_what_is_refused_is_shown_with_its_reason(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (row,) = make_gallery(entries_in(photos)[1:], [], "preview", out)
    assert [c.engine for c in row] == list(ENGINES)
    assert all(c.refused and not c.waiting for c in row)
    page = (out / "index.html").read_text()
    assert page.count("Refused. ") == 3
    assert "There is no plate here" in page
    assert Image.open(out / "sheet.png").size[0] > 4 * 400


def test_a_run_that_is_out_of_time_leaves_the_rest_for_the_next(tmp_path: Path) -> None:
    rows = make_gallery(atelier_entries()[:1], [], "preview", tmp_path, minutes=-1)
    assert all(c.waiting and not c.refused for row in rows for c in row)
    assert (tmp_path / "index.html").read_text().count("Not made yet") == 3
    assert not [f for f in tmp_path.iterdir() if f.is_dir()]
