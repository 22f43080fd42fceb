"""`loupe place --engine plate`: a photo and a plate in, a picture out that names its plate and can be made again."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.command import main
from pipeline.plate import find_anchors, read_plate
from tests.pipeline.plate import rendered


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ring's photo on white and a plate of a hand, as files."""
    folder = tmp_path_factory.mktemp("plate")
    canvas = np.full((900, 900, 3), 250, np.uint8)
    rng = np.random.default_rng(1)
    for k in range(360):
        tone = int(140 + 60 * np.sin(k / 9) + rng.integers(0, 25))
        cv2.ellipse(canvas, (450, 430), (330, 100), 0, k, k + 1.5, (tone, int(tone * 0.75), 60), 30, cv2.LINE_AA)
    cv2.circle(canvas, (450, 530), 62, (70, 90, 120), -1, cv2.LINE_AA)
    for k in range(8):
        at = (450 + int(34 * np.cos(k * 0.785)), 530 + int(34 * np.sin(k * 0.785)))
        cv2.circle(canvas, at, 12, (190 + 8 * k % 50, 210, 225), -1, cv2.LINE_AA)
    Image.fromarray(canvas).save(folder / "ring.png")
    (folder / "hand.png").write_bytes(rendered.hand().png)
    return folder


def place(files: Path, out: Path, *more: str) -> int:
    given = ["place", str(files / "ring.png"), "--category", "ring", "--width-mm", "19.4", "--engine", "plate"]
    return main([*given, "--quality", "preview", "--out", str(out), "--json", *more])


def test_a_picture_names_its_plate_and_is_made_again_from_its_direction(files: Path, tmp_path: Path) -> None:
    plate = ["--plate", str(files / "hand.png")]
    assert place(files, tmp_path / "one", *plate, "--anchor", "left-ring-proximal") in (0, 1)
    direction = json.loads((tmp_path / "one/direction.json").read_text())
    assert direction["plate"] == {
        "sha256": read_plate(files / "hand.png").sha256,
        "anchor": "left-ring-proximal",
        "calibrations": [],
    }
    again = ["--direction", str(tmp_path / "one/direction.json"), *plate]
    assert place(files, tmp_path / "two", *again) in (0, 1)
    assert (tmp_path / "one/draft.png").read_bytes() == (tmp_path / "two/draft.png").read_bytes()
    report = json.loads((tmp_path / "one/report.json").read_text())
    checks = {c["id"]: c["verdict"] for c in report["checks"]}
    assert checks["origin.pixels"] == "pass"


def test_a_calibration_from_a_file_goes_into_the_direction(files: Path, tmp_path: Path) -> None:
    found = find_anchors(read_plate(files / "hand.png")).named("left-middle-proximal")
    assert found is not None
    measured = {"anchor": "left-middle-proximal", "edges": found.edges, "width_mm": 17.6, "tilt_deg": 14}
    (tmp_path / "measured.json").write_text(json.dumps(measured))
    more = ["--plate", str(files / "hand.png"), "--calibration", str(tmp_path / "measured.json")]
    assert place(files, tmp_path / "out", *more, "--anchor", "left-middle-proximal") in (0, 1)
    direction = json.loads((tmp_path / "out/direction.json").read_text())
    assert direction["plate"]["calibrations"][0]["width_mm"] == 17.6


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ([], "plate.missing"),
        (["--plate", "no-such.png"], "photo.missing"),
        (["--plate", "{files}/hand.png", "--anchor", "neck"], "plate.anchor-missing"),
        (["--plate", "{files}/hand.png", "--calibration", "no-such.json"], "calibration.missing"),
        (["--plate", "{files}/hand.png", "--calibration", "{files}/hand.png"], "calibration.invalid"),
        (["--plate", "{files}/hand.png", "--anchor", "Left Ring"], "direction.invalid"),
        (["--plate", "{files}/hand.png", "--engine", "still"], "plate.unused"),
    ],
)
def test_what_cant_be_done_is_said_and_nothing_is_written(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], code: str
) -> None:
    assert place(files, tmp_path / "out", *[m.format(files=files) for m in more]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code
    assert not (tmp_path / "out").exists()
