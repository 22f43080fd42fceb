"""The loupe command: exit codes, --json, refusals that say what to do, and a help that loads nothing heavy."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.command import main
from pipeline.direction import first_direction
from tests.pipeline.scenes import photo_png

HEAVY = ("torch", "mitsuba", "anny", "cv2", "scipy", "numpy", "pymatting", "django", "pydantic")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "ring.png"
    path.write_bytes(photo_png())
    return path


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    """Runs a command that must end in exit 2; returns the error that --json answers with."""
    assert main([*map(str, arguments), "--json"]) == 2
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    error = json.loads(said.out)["error"]
    assert error["message"] in said.err
    return error


def test_help_loads_nothing_heavy_and_names_every_command():
    code = (
        "import sys\nfrom pipeline.command import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print('LOADED', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout
    for command in ("matte", "place", "compare"):
        assert command in done.stdout


def test_matte_writes_the_piece_with_its_alpha(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    assert main(["matte", str(photo), "--out", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((out / "matte.json").read_text())
    matte = np.asarray(Image.open(out / "matte.png"))
    assert matte.shape == (700, 640, 4)
    assert found["width_px"] == pytest.approx(404, abs=8)
    assert matte[400, 320, 3] == 0  # the ring's hole
    assert matte[212, 320, 3] == 255  # the top stone


def test_compare_answers_with_exit_one_when_the_gate_fails(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    Image.new("RGB", (900, 700), (120, 118, 110)).save(tmp_path / "empty.png")
    code = main(
        [
            "compare",
            str(photo),
            str(tmp_path / "empty.png"),
            "--out",
            str(tmp_path / "out"),
            "--category",
            "ring",
            "--json",
        ]
    )
    found = json.loads(capsys.readouterr().out)
    assert code == 1
    assert found["verdict"] == "not verifiable"
    assert (tmp_path / "out" / "report.html").is_file()


@pytest.mark.parametrize("width", ["0", "10000", "-3", "nan"])
def test_an_impossible_width_is_refused_in_words(photo: Path, tmp_path: Path, capsys, width: str):
    error = refused(capsys, "place", photo, "--category", "ring", f"--width-mm={width}", "--out", tmp_path / "out")
    assert error["code"] == "placement.size"
    assert "1 and 1000 mm" in error["message"]
    assert not (tmp_path / "out").exists()


def test_bad_arguments_follow_json_and_exit_two(capsys: pytest.CaptureFixture[str]):
    error = refused(capsys, "place", "photo.jpg", "--category", "crown", "--width-mm", 20, "--out", "x")
    assert error["code"] == "arguments"
    assert main(["place"]) == 2
    assert "--help" in capsys.readouterr().err


def test_a_missing_photo_and_a_text_file_named_jpg_are_refused(tmp_path: Path, capsys):
    for_ring = ("--category", "ring", "--width-mm", 20, "--out", tmp_path / "out")
    assert refused(capsys, "place", tmp_path / "none.jpg", *for_ring)["code"] == "photo.missing"
    (tmp_path / "text.jpg").write_text("no picture at all")
    assert refused(capsys, "matte", tmp_path / "text.jpg", "--out", tmp_path / "out")["code"].startswith("photo.")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "content", ["{", '{"version": 1, "colour": "red"}', '{"finish": {"grain": NaN}}', '{"camera": {"fill": 7}}']
)
def test_a_direction_that_cannot_be_read_is_refused(photo: Path, tmp_path: Path, capsys, content: str):
    (tmp_path / "direction.json").write_text(content)
    error = refused(
        capsys,
        *("place", photo, "--category", "ring", "--width-mm", 20),
        *("--direction", tmp_path / "direction.json", "--out", tmp_path / "out"),
    )
    assert error["code"] == "direction.invalid"


def test_a_folder_with_other_files_is_not_replaced_unless_forced(photo: Path, tmp_path: Path, capsys):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    error = refused(capsys, "matte", photo, "--out", out)
    assert error["code"] == "out.not_empty"
    assert "--force" in error["hint"]
    assert (out / "thesis.txt").read_text() == "years of work"
    assert main(["matte", str(photo), "--out", str(out), "--force"]) == 0
    assert main(["matte", str(photo), "--out", str(out)]) == 0  # ours now, so it may be replaced


def test_a_file_in_the_way_is_refused(photo: Path, capsys):
    assert refused(capsys, "matte", photo, "--out", photo)["code"] == "out.not_a_folder"


@pytest.mark.slow
@pytest.mark.parametrize("category", ["ring"])
def test_place_makes_a_picture_whose_gate_passes(photo: Path, tmp_path: Path, capsys, category: str):
    # The drawn ring is seen straight through its hole, as no finger wears it.
    direction = first_direction(category, "still").model_copy(update={"quality": "preview"})
    (tmp_path / "direction.json").write_text(direction.model_dump_json())
    code = main(
        [
            *("place", str(photo), "--category", category, "--width-mm", "21"),
            *("--direction", str(tmp_path / "direction.json"), "--out", str(tmp_path / "out"), "--json"),
        ]
    )
    found = json.loads(capsys.readouterr().out)
    value = {check["id"]: check["value"] for check in found["checks"]}
    assert code == 0
    assert value["ssim.interior"] >= 0.99
    assert Path(found["draft"]).is_file()
