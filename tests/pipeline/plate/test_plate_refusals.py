"""What can't be worn is refused by `loupe place`: exit 2, a code, and a sentence that says what to change."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.command import main
from pipeline.direction import first_direction
from tests.pipeline.plate import rendered
from tests.pipeline.plate.rendered import Truth


def gold(canvas: np.ndarray, centre: tuple[int, int], axes: tuple[int, int], thick: int) -> None:
    """A band's ellipse in uneven gold, so that it is a photograph's and no flat drawing's."""
    rng = np.random.default_rng(1)
    for k in range(360):
        tone = int(140 + 60 * np.sin(k / 9) + rng.integers(0, 25))
        colour = (tone, int(tone * 0.75), 60)
        cv2.ellipse(canvas, centre, axes, 0, k, k + 1.5, colour, thick, cv2.LINE_AA)


def pixels(truth: Truth) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(truth.png)).convert("RGB"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of pieces, and plates that can't serve them."""
    folder = tmp_path_factory.mktemp("refused")

    def save(name: str, picture: np.ndarray) -> None:
        Image.fromarray(np.ascontiguousarray(picture)).save(folder / name)

    for name, minor in (("ring.png", 100), ("ring-through.png", 322), ("ring-side.png", 12)):
        canvas = np.full((900, 900, 3), 250, np.uint8)
        gold(canvas, (450, 430), (330, minor), 30)
        save(name, canvas)
    canvas = np.full((1000, 900, 3), 250, np.uint8)
    gold(canvas, (450, 430), (330, 380), 16)
    cv2.circle(canvas, (450, 830), 40, (70, 90, 120), -1, cv2.LINE_AA)
    save("necklace.png", canvas)
    canvas = np.full((700, 500, 3), 250, np.uint8)
    gold(canvas, (250, 120), (40, 50), 16)
    gold(canvas, (250, 380), (90, 180), 26)
    save("drop.png", canvas)

    hand, head = rendered.hand(), pixels(rendered.head(0.0))
    (folder / "hand.png").write_bytes(hand.png)
    save("two-people.png", np.hstack([head, head[:, ::-1]]))
    save("no-body.png", np.random.default_rng(5).integers(0, 255, (900, 900, 3), np.uint8))
    save("small.png", pixels(hand)[::5, ::5])
    x = int(hand.pixel("left-little-proximal")[0])
    across = x < int(hand.pixel("left-middle-proximal")[0])
    save("cut-finger.png", pixels(hand)[:, x:] if across else pixels(hand)[:, :x])
    truth = rendered.head(0.0)
    save("cut-chest.png", head[: int(truth.pixel("pit")[1] + 20 * truth.px_per_mm("pit"))])
    (folder / "profile.png").write_bytes(rendered.head(90.0, 330.0, None, 80.0).png)
    return folder


def dark() -> dict[str, Any]:
    made = first_direction("ring").model_dump(mode="json")
    made["rig"] |= {"lights": [light | {"ev": -6} for light in made["rig"]["lights"]], "ambient_ev": -8}
    return made


def bent() -> dict[str, Any]:
    made = first_direction("ring").model_dump(mode="json")
    made["pose"] |= {"name": "fingers-curled", "finger_curl_deg": 60}
    return made


PLACED = [
    ("no-body.png", "ring.png", "ring", 19.4, "plate.no-body", "No hand, ear, neck or wrist was found"),
    ("two-people.png", "drop.png", "earring", 9.0, "plate.two-people", "Crop it to the person"),
    ("small.png", "ring.png", "ring", 19.4, "plate.too_small", "200 x 260 px. A plate needs at least 600 px"),
    ("cut-finger.png --anchor left-little-proximal", "ring.png", "ring", 19.4, "plate.anchor-missing", "cut by the plate's edge"),
    ("cut-chest.png", "necklace.png", "necklace", 165.0, "plate.anchor-missing|plate.no-anchor|plate.cropped", "plate"),
    ("hand.png --anchor left-ring-proximal", "ring.png", "ring", 40.0, "placement.too-large", "it would fall off"),
    ("hand.png --anchor left-ring-proximal", "ring-through.png", "ring", 19.4, "plate.view-unsuited", "The nearest fit is a photo taken from"),
    ("hand.png", "ring-side.png", "ring", 19.4, "view.side|view.no-round", "a little from above"),
    ("profile.png", "drop.png", "earring", 9.0, "plate.no-anchor", "the head is seen from the side"),
    ("profile.png --anchor left-ear", "drop.png", "earring", 9.0, "plate.anchor-missing", "measure it by hand, by the ear's topmost and its lowest point"),
]  # fmt: skip


@pytest.mark.parametrize(("plate", "photo", "category", "width_mm", "code", "words"), PLACED)
def test_a_plate_that_cant_serve_is_refused_in_a_sentence(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], plate: str, photo: str, category: str,
    width_mm: float, code: str, words: str,
) -> None:  # fmt: skip
    name, *more = plate.split()
    given = ["place", str(files / photo), "--category", category, "--width-mm", str(width_mm), "--engine", "plate"]
    asked = [*given, "--plate", str(files / name), *more, "--quality", "preview", "--out", str(tmp_path / "out")]
    assert main([*asked, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["code"] in code.split("|")
    assert words in f"{told['message']} {told.get('hint', '')}"
    assert not (tmp_path / "out").exists()
    # The same for people: one sentence or two, no trace.
    assert main(asked) == 2
    spoken = capsys.readouterr().err
    assert told["message"] in spoken
    assert "Traceback" not in spoken


@pytest.mark.parametrize(
    ("direction", "code", "words"),
    [(bent, "pose.joint-limit", "a hand allows"), (dark, "direction.invalid", "raise one of its lights")],
)
def test_a_rig_without_light_and_a_joint_past_its_limit_are_refused(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], direction: Any, code: str, words: str
) -> None:
    (tmp_path / "asked.json").write_text(json.dumps(direction()))
    asked = ["place", str(files / "ring.png"), "--category", "ring", "--width-mm", "19.4", "--quality", "preview"]
    asked += ["--direction", str(tmp_path / "asked.json"), "--out", str(tmp_path / "out"), "--json"]
    assert main(asked) == 2
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["code"] in code.split("|")
    assert words in f"{told['message']} {told.get('hint', '')}"
    assert not (tmp_path / "out").exists()
