"""Making a picture: a whole folder or none, the same bytes for the same inputs, and layers that prove the lock."""

import json
import shutil
from io import BytesIO
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from pipeline.direction import first_direction, read_direction
from pipeline.engines.protocol import PieceFacts, Progress
from pipeline.errors import Cancelled, PictureError, PlacementRefused
from pipeline.fingerprint.confirming import Confirmation, ConfirmedStone
from pipeline.fingerprint.model import Ellipse
from pipeline.imaging.colour import linear_to_srgb
from pipeline.imaging.resample import Mapping, resample
from pipeline.make import MadePicture, finish_picture, make_picture
from pipeline.qa.gather import evidence_from_layers, sha256_of
from pipeline.qa.inspect import inspect
from pipeline.qa.report import report_sha256
from tests.pipeline.scenes import linear_of, photo_png, ring, scene

FACTS = PieceFacts("ring", 21.0)
DIRECTION = first_direction("ring")
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())


def make(out: Path, progress: Progress | None = None, **changes: object) -> MadePicture:
    made = scene(ring(), size=(1040, 832), scale=0.9, **changes)
    return finish_picture(ring(), FACTS, DIRECTION, made, out, progress)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadePicture:
    return make(tmp_path_factory.mktemp("make") / "out")


def test_the_folder_holds_what_the_design_names(made: MadePicture):
    names = {str(p.relative_to(made.folder)) for p in made.folder.rglob("*") if p.is_file()}
    assert {
        "draft.png",
        "draft.tiff",
        "preview.jpg",
        "thumbnail.jpg",
        "direction.json",
        "layers/matrix.json",
        "layers/visible.png",
        "layers/gain.npy",
        "layers/cut.npz",
        "report.json",
        "report.html",
    } <= names
    assert any(name.startswith("overlays/") for name in names)
    assert "layers/drape.npy" not in names


def test_the_report_follows_its_schema_and_passes(made: MadePicture):
    report = json.loads(made.report_json.read_text())
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(report, SCHEMA)
    assert report == json.loads(json.dumps(made.report))
    assert report["verdict"] == "pass"
    value = {check["id"]: check["value"] for check in report["checks"]}
    assert value["ssim.interior"] >= 0.995
    assert {"lock", "qa", "write", "total"} <= set(report["timings"])
    assert all((made.folder / path).is_file() for path in report["images"].values())


def test_the_page_carries_its_pictures_and_says_the_verdict_first(made: MadePicture):
    page = made.report_html.read_text()
    body = page.split("<main>")[1]
    assert body.index("Pass.") < body.index("<figure>") < body.index("<details")
    assert "src='data:image/png;base64," in page
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page


def test_draft_and_master_carry_an_srgb_profile_and_agree(made: MadePicture):
    draft = Image.open(made.draft)
    assert draft.mode == "RGB"
    assert draft.size == (832, 1040)
    profile = ImageCms.ImageCmsProfile(BytesIO(draft.info["icc_profile"]))
    assert ImageCms.getProfileDescription(profile).startswith("sRGB")
    with tifffile.TiffFile(made.master) as master:
        assert master.pages[0].dtype == np.uint16
        assert master.pages[0].iccprofile == draft.info["icc_profile"]
        sixteen = master.asarray()
    assert np.abs(sixteen / 65535 - np.asarray(draft) / 255).max() <= 0.5 / 255 + 1e-4


def test_with_the_layers_and_the_photo_alone_the_lock_can_be_checked(made: MadePicture):
    matrix = np.array(json.loads((made.layers / "matrix.json").read_text())["matrix"])
    gain = np.load(made.layers / "gain.npy").astype(np.float32)
    visible = np.asarray(Image.open(made.layers / "visible.png"))
    picture = linear_of(made.draft)
    height, width = visible.shape
    photo = ring().rgb
    mapped = np.clip(resample(photo, Mapping(matrix, (height, width)), (0, 0, width, height)) * gain, 0, 1)
    deep = cv2.erode((visible == 255).astype(np.uint8), np.ones((15, 15), np.uint8)).astype(bool)
    assert deep.sum() > 5000
    steps = np.abs(linear_to_srgb(mapped) - linear_to_srgb(picture)).max(-1) * 255
    assert np.mean(steps[deep] <= 1) > 0.999


def test_ground_and_piece_composite_back_to_the_draft(made: MadePicture):
    ground = linear_of(made.layers / "ground.png")
    visible = np.asarray(Image.open(made.layers / "visible.png"), np.float32) / 255
    picture = linear_of(made.draft)
    # visible.png rounds to 1/255, so up to half a step of piece may be in what it calls bare ground.
    assert np.abs(picture - ground)[visible == 0].max() < 0.01


def test_the_same_inputs_give_the_same_bytes(made: MadePicture, tmp_path: Path):
    again = make(tmp_path / "again")
    for path in sorted(made.folder.rglob("*")):
        name = path.relative_to(made.folder)
        if path.is_file() and name.name not in ("report.json", "report.html"):
            assert path.read_bytes() == (again.folder / name).read_bytes(), name
    assert again.draft_sha256 == made.draft_sha256 == sha256_of(made.draft)
    assert again.report_sha256 == made.report_sha256


def test_the_reports_identity_leaves_timings_out_and_nothing_else(made: MadePicture):
    assert report_sha256({**made.report, "timings": {"total": 99.0}}) == made.report_sha256
    assert report_sha256({**made.report, "verdict": "fail"}) != made.report_sha256


def test_the_direction_can_be_read_back(made: MadePicture):
    assert read_direction(made.direction.read_bytes()) == DIRECTION


def test_a_draped_scene_keeps_its_drape_and_is_judged_through_it(tmp_path: Path):
    y, x = np.mgrid[0:1040, 0:832].astype(np.float32)
    drape = np.dstack([4 * np.sin(y / 70), 3 * np.sin(x / 80)]).astype(np.float32)
    draped = make(tmp_path / "draped", drape=drape)
    np.testing.assert_array_equal(np.load(draped.layers / "drape.npy"), drape)
    assert draped.report["verdict"] == "pass"


def test_a_retouched_draft_no_longer_passes_beside_its_layers(made: MadePicture, tmp_path: Path):
    shutil.copytree(made.folder, tmp_path / "out")
    draft, layers = tmp_path / "out" / "draft.png", tmp_path / "out" / "layers"
    picture = np.asarray(Image.open(draft)).copy()
    evidence = evidence_from_layers(ring(), draft, layers)
    x, y = evidence.mapping.picture_xy(np.array([[320.0, 212.0]]))[0].astype(int)
    picture[y - 14 : y + 14, x - 14 : x + 14] = picture[y, x]
    Image.fromarray(picture).save(draft)
    found = inspect(evidence_from_layers(ring(), draft, layers))
    failing = {r.id for r in found.results if r.verdict == "fail"}
    assert {"origin.reference", "ssim.lowest-tile"} <= failing


def test_broken_layers_are_said_to_be(made: MadePicture, tmp_path: Path):
    layers = tmp_path / "layers"
    shutil.copytree(made.layers, layers)
    (layers / "gain.npy").write_bytes(b"not an array")
    with pytest.raises(PictureError) as refused:
        evidence_from_layers(ring(), made.draft, layers)
    assert refused.value.code == "layers.broken"


def test_progress_rises_to_one_through_the_named_stages(tmp_path: Path):
    told: list[tuple[str, float]] = []
    previews: list[np.ndarray] = []

    def on_report(stage: str, fraction: float, preview: np.ndarray | None) -> None:
        told.append((stage, fraction))
        if preview is not None:
            previews.append(preview)

    make(tmp_path / "out", Progress(on_report))
    assert [s for s, _ in told] == ["lock", "qa", "done"]
    assert [f for _, f in told] == sorted(f for _, f in told)
    assert told[-1][1] == 1
    assert previews[-1].dtype == np.uint8
    assert max(previews[-1].shape) <= 640


@pytest.mark.parametrize("stage", ["lock", "qa"])
def test_a_cancelled_run_leaves_the_folder_as_it_was_and_nothing_beside_it(tmp_path: Path, stage: str):
    out = tmp_path / "out"
    out.mkdir()
    (out / "before.txt").write_text("kept")
    seen: list[str] = []
    progress = Progress(lambda s, f, p: seen.append(s), cancelled=lambda: stage in seen)
    with pytest.raises(Cancelled):
        make(out, progress)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert (out / "before.txt").read_text() == "kept"


def test_a_second_run_replaces_the_first_and_leftovers_of_a_dead_one_go(tmp_path: Path):
    out = tmp_path / "out"
    dead = tmp_path / ".out.making-999999999-xyz"
    dead.mkdir()
    (dead / "draft.png").write_bytes(b"half")
    out.mkdir()
    (out / "stray.txt").write_text("from before")
    make(out)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert not (out / "stray.txt").exists()


@pytest.mark.parametrize("width_mm", [0, -4, 0.5, 10_000, float("nan"), float("inf")])
def test_a_width_that_no_jewel_has_is_refused_before_anything_is_done(tmp_path: Path, width_mm: float):
    with pytest.raises(PlacementRefused) as refused:
        make_picture(photo_png(), PieceFacts("ring", width_mm), DIRECTION, tmp_path / "out")
    assert refused.value.code == "placement.size"
    assert list(tmp_path.iterdir()) == []


def test_the_picture_is_held_to_what_was_confirmed_and_says_so(tmp_path: Path):
    confirmation = Confirmation(
        stones=(ConfirmedStone(outline=Ellipse(centre_px=(300, 120), axes_px=(30, 26), angle_deg=0)),)
    )
    placed = scene(ring(), size=(640, 512))
    made = finish_picture(ring(), FACTS, DIRECTION, placed, tmp_path / "held", confirmation=confirmation)
    assert Confirmation.model_validate_json((made.layers / "facts.json").read_text()) == confirmation
    origin = next(check for check in made.report["checks"] if check["id"] == "origin.reference")
    assert origin["verdict"] == "pass"
    assert origin["details"]["declared"]["facts"] == confirmation.sha256()
    without = finish_picture(ring(), FACTS, DIRECTION, placed, tmp_path / "free")
    assert without.draft_sha256 == made.draft_sha256, "what it is held to changes no pixel"
    assert not (without.layers / "facts.json").exists()


def test_a_body_that_hides_a_part_is_no_change_of_the_piece(tmp_path: Path):
    """A bright limb in front of the ring's upper half, on a dark ground: beside the band's end lies the limb, not the ground."""
    height, width = 1040, 832
    limb = np.zeros((height, width), np.float32)
    cv2.circle(limb, (width // 2 + 40, height // 2 - 330), 300, 1.0, -1, cv2.LINE_AA)
    limb = cv2.GaussianBlur(limb, (0, 0), 0.7)
    bare = scene(ring(), size=(height, width), scale=0.9)
    ground = bare.ground * (1 - limb[..., None]) + 0.8 * limb[..., None]
    at_true_size = 0.9 * ring().width_px / FACTS.width_mm
    placed = scene(
        ring(), 0.9, size=(height, width), ground=ground.astype(np.float32), visible=1 - limb, px_per_mm=at_true_size
    )
    made = finish_picture(ring(), FACTS, DIRECTION, placed, tmp_path / "hidden")
    stopped = {c["id"]: c["reason"] for c in made.report["checks"] if c["verdict"] in ("fail", "not verifiable")}
    assert not stopped
    assert made.report["verdict"] in ("pass", "warn")
    structure = next(c for c in made.report["checks"] if c["id"] == "structure")
    assert structure["value"] < 0.2, "the lock's own pixels differ by rounding alone"
