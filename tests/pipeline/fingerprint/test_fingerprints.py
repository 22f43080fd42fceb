"""The whole way from a photo to its fingerprint: the sample pieces' counts, places and words, the files and the command."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from pipeline.atelier.samples import SAMPLES, sample_photo, sample_truth
from pipeline.command import main
from pipeline.fingerprint.model import Fingerprint
from pipeline.fingerprint.reading import read_fingerprint


def half_size(name: str) -> bytes:
    """The sample's photo at half its size, as PNG."""
    with Image.open(sample_photo(name)) as image:
        small = image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def ring() -> Fingerprint:
    _, found = read_fingerprint(half_size("halo-ring"), "ring", SAMPLES["halo-ring"].width_mm)
    return found


@pytest.fixture(scope="module")
def drops() -> Fingerprint:
    _, found = read_fingerprint(half_size("sapphire-drops"), "earring", SAMPLES["sapphire-drops"].width_mm)
    return found


def test_the_two_sapphires_are_the_largest_stones_blue_and_in_their_places(drops):
    truth = [f for f in sample_truth("sapphire-drops")["features"] if f["material"] == "sapphire"]
    largest = drops.stones[:2]
    assert {stone.colour for stone in largest} == {"blue"}
    for stone in largest:
        true = min(truth, key=lambda f: abs(f["centre"][0] / 2 - stone.outline.centre_px[0]))
        assert np.hypot(*(np.array(stone.outline.centre_px) - np.array(true["centre"]) / 2)) < 12


def test_places_are_piece_space_and_sizes_millimetres(drops):
    left, top, right, bottom = drops.box
    mm = SAMPLES["sapphire-drops"].width_mm / (right - left)
    for stone in drops.stones:
        x, y = stone.outline.centre_px
        assert stone.centre[0] == pytest.approx((x - (left + right - 1) / 2) / (right - left), abs=1e-3)
        assert stone.centre[1] == pytest.approx(-(y - (top + bottom - 1) / 2) / (right - left), abs=1e-3)
        assert stone.size_mm == pytest.approx([axis * mm for axis in stone.outline.axes_px], abs=2e-3)
        assert stone.resolvable == (stone.outline.axes_px[1] >= 8)


def test_what_cant_be_told_apart_is_said_and_takes_from_the_confidence(ring):
    assert ring.unparted <= 0.25 or "can't be told apart" in ring.words
    assert ring.confidence <= 1 - ring.unparted


def test_the_ring_has_its_band_its_metals_and_its_outline(ring):
    assert ring.band is not None
    assert len(ring.band.width_px) == 180
    assert ring.band.median_mm == pytest.approx(2.0, abs=0.8)
    assert "yellow gold" in {metal.name for metal in ring.metals}
    assert ring.silhouette.holes >= 1
    assert ring.links is None
    assert ring.catchlights


def test_a_fingerprint_survives_its_json(ring):
    assert Fingerprint.model_validate_json(ring.model_dump_json()) == ring


def test_the_command_writes_json_and_overlay_and_says_the_counts(tmp_path, capsys):
    out = tmp_path / "found"
    small = tmp_path / "ring.png"
    small.write_bytes(half_size("halo-ring"))
    assert main(["fingerprint", str(small), "--category", "ring", "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    found = Fingerprint.model_validate_json((out / "fingerprint.json").read_text())
    assert said["words"] == found.words
    assert said["stones"] == len(found.stones)
    with Image.open(out / "overlay.png") as overlay:
        assert max(overlay.size) >= 1000
    # Written by us: a second run may replace it.
    assert main(["fingerprint", str(small), "--category", "ring", "--out", str(out)]) == 0


def test_what_is_no_photo_is_refused_and_nothing_written(tmp_path, capsys):
    bad = tmp_path / "notes.jpg"
    bad.write_text("not a picture")
    assert main(["fingerprint", str(bad), "--category", "ring", "--out", str(tmp_path / "out"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "photo.not_an_image"
    assert not (tmp_path / "out").exists()
