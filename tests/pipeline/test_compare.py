"""Comparing a picture from anywhere: the piece is found, measured, and never passed for another or a mirrored one."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.compare import compare
from pipeline.direction import Finish, first_direction
from pipeline.engines.protocol import PieceFacts
from pipeline.errors import PhotoRefused, PictureError
from pipeline.fingerprint.confirming import Confirmation, ConfirmedStone
from pipeline.fingerprint.model import Ellipse
from pipeline.imaging.colour import linear_to_srgb8
from pipeline.imaging.cut_file import read_cut, write_cut
from pipeline.imaging.lock import lock
from pipeline.imaging.photo import read_photo
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.registration import find_piece
from pipeline.imaging.resample import Mapping
from pipeline.make import finish_picture
from tests.pipeline.scenes import linear_of, photo_png, ring, scene

SIZE = (1040, 832)


def composed(tmp_path: Path, quality: int = 90, **changes: object) -> tuple[Path, np.ndarray]:
    """A JPEG of a picture with the ring in it and the true matrix; its layers are not beside it."""
    made = scene(ring(), **{"size": SIZE, "scale": 0.85, "turn_deg": 9.0, **changes})
    picture = lock(ring(), made, Finish()).picture
    path = tmp_path / "picture.jpg"
    Image.fromarray(linear_to_srgb8(picture)).save(path, quality=quality)
    return path, made.matrix


def reference(tmp_path: Path, **kind: int) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(photo_png(**kind))
    return path


def by_id(report: dict) -> dict[str, dict]:
    return {check["id"]: check for check in report["checks"]}


@pytest.mark.parametrize("turn", [0.0, 9.0, -25.0])
@pytest.mark.parametrize("scale", [0.5, 0.85])
def test_the_piece_is_found_to_a_third_of_a_pixel(tmp_path: Path, turn: float, scale: float):
    path, matrix = composed(tmp_path, scale=scale, turn_deg=turn)
    found = find_piece(ring(), linear_of(path))
    left, top, right, bottom = ring().box
    corners = np.array([(x, y) for x in (left, right) for y in (top, bottom)], float)
    assert found.mapping is not None
    error = np.abs(found.mapping.picture_xy(corners) - Mapping(matrix, SIZE).picture_xy(corners)).max()
    assert error < 0.33
    assert found.residual_px < 0.5


def test_an_honest_jpeg_without_layers_passes_but_for_what_cannot_be_known(tmp_path: Path):
    path, _ = composed(tmp_path)
    report = compare(reference(tmp_path), path, tmp_path / "out")
    checks = by_id(report)
    assert checks["origin.pixels"]["verdict"] == "not applicable"
    assert checks["ssim.interior"]["verdict"] == "pass"
    assert checks["registration"]["verdict"] == "pass"
    assert report["verdict"] in ("pass", "warn")


def test_a_picture_beside_its_own_layers_is_judged_by_them(tmp_path: Path):
    made = finish_picture(
        ring(),
        PieceFacts("ring", 21.0),
        first_direction("ring"),
        scene(ring(), size=SIZE, scale=0.9),
        tmp_path / "made",
    )
    report = compare(reference(tmp_path), made.draft, tmp_path / "out")
    assert by_id(report)["origin.pixels"]["verdict"] == "pass"
    assert report["verdict"] == "pass"


def test_another_ring_is_not_passed(tmp_path: Path):
    path, _ = composed(tmp_path)
    report = compare(reference(tmp_path, seed=8, stones=5), path, tmp_path / "out")
    assert report["verdict"] in ("not verifiable", "fail")


def test_a_picture_with_the_piece_twice_is_not_judged_and_says_why(tmp_path: Path):
    path, _ = composed(tmp_path, scale=0.6)
    one = np.asarray(Image.open(path))
    Image.fromarray(np.hstack([one, one])).save(tmp_path / "twice.png")
    found = find_piece(ring(), linear_of(tmp_path / "twice.png"))
    assert found.mapping is None
    assert "more than once" in found.reason


def test_a_mirrored_ring_fails_and_says_so(tmp_path: Path):
    path, _ = composed(tmp_path)
    Image.open(path).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mirrored.png")
    report = compare(reference(tmp_path), tmp_path / "mirrored.png", tmp_path / "out")
    assert report["verdict"] == "fail"
    assert "mirror" in by_id(report)["registration"]["reason"]


def test_a_picture_without_the_piece_is_not_verifiable(tmp_path: Path):
    y, x = np.mgrid[0:600, 0:500].astype(np.float32)
    empty = (120 + 60 * np.sin(x / 40) * np.cos(y / 55))[..., None].repeat(3, 2).astype(np.uint8)
    Image.fromarray(empty).save(tmp_path / "empty.png")
    report = compare(reference(tmp_path), tmp_path / "empty.png", tmp_path / "out")
    assert report["verdict"] == "not verifiable"
    assert "wasn't found" in by_id(report)["registration"]["reason"]


@pytest.mark.parametrize("change", ["a stone painted out", "smoothed"])
def test_a_changed_piece_fails_without_layers_too(tmp_path: Path, change: str):
    path, matrix = composed(tmp_path)
    picture = np.asarray(Image.open(path)).copy()
    x, y = Mapping(matrix, SIZE).picture_xy(np.array([[320.0, 212.0]]))[0]
    if change == "smoothed":
        picture = cv2.GaussianBlur(picture, (0, 0), 2.0)
    else:
        cv2.circle(picture, (int(x), int(y)), 20, (150, 140, 120), -1, cv2.LINE_AA)
    Image.fromarray(picture).save(tmp_path / "changed.png")
    report = compare(reference(tmp_path), tmp_path / "changed.png", tmp_path / "out")
    assert report["verdict"] == "fail"


def test_a_picture_that_is_no_picture_is_refused_and_nothing_is_written(tmp_path: Path):
    (tmp_path / "text.jpg").write_text("no picture at all")
    with pytest.raises(PhotoRefused):
        compare(reference(tmp_path), tmp_path / "text.jpg", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_picture_with_confirmed_facts_beside_it_is_held_to_them(tmp_path: Path):
    placed = scene(ring(), size=SIZE, scale=0.9)
    stones = Confirmation(
        stones=(ConfirmedStone(outline=Ellipse(centre_px=(320, 212), axes_px=(50, 50), angle_deg=0)),)
    )
    made = finish_picture(
        ring(), PieceFacts("ring", 21.0), first_direction("ring"), placed, tmp_path / "made", confirmation=stones
    )
    report = compare(reference(tmp_path), made.draft, tmp_path / "out", "ring")
    assert len(report["ledger"]["stones"]["rows"]) == 1, "the one stone that was confirmed, not those that are read"
    assert "facts" in by_id(report)["origin.reference"]["details"]["declared"]
    facts = made.layers / "facts.json"
    facts.write_text(facts.read_text().replace('"angle_deg": 0', '"angle_deg": 1'))
    changed = compare(reference(tmp_path), made.draft, tmp_path / "out", "ring")
    assert by_id(changed)["origin.reference"]["verdict"] == "fail"


def otherwise_cut() -> CutPiece:
    """The ring as another matte might cut it: two pixels further in, its edge's colours its own."""
    piece = ring()
    alpha = cv2.GaussianBlur(cv2.erode(piece.alpha, np.ones((5, 5), np.uint8)), (0, 0), 0.7)
    alpha = np.where(alpha > 0.985, 1.0, np.where(alpha < 0.015, 0.0, alpha)).astype(np.float32)
    rows, columns = np.nonzero(alpha > 0.5)
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    foreground = np.where(alpha[..., None] >= 1, piece.rgb, piece.foreground * 0.98).astype(np.float32)
    return replace(piece, alpha=alpha, foreground=foreground, box=box, cut_sha256="another")


def test_a_picture_is_held_to_the_cut_that_it_was_made_from(tmp_path: Path):
    piece = otherwise_cut()
    made = finish_picture(
        piece, PieceFacts("ring", 21.0), first_direction("ring"), scene(piece, size=SIZE, scale=0.9), tmp_path / "made"
    )
    kept = read_cut(read_photo(reference(tmp_path)), made.layers / "cut.npz")
    assert kept.alpha.tobytes() == piece.alpha.tobytes()
    assert kept.foreground.tobytes() == piece.foreground.tobytes()
    assert (kept.box, kept.cut_sha256) == (piece.box, "another")
    report = compare(reference(tmp_path), made.draft, tmp_path / "out")
    assert by_id(report)["origin.pixels"]["verdict"] == "pass"
    assert "cut" in by_id(report)["origin.reference"]["details"]["declared"]
    assert report["verdict"] == "pass"
    # Today's matte isn't that cut: without the file the claim can't be held, and says so.
    (made.layers / "cut.npz").rename(made.folder / "cut.npz")
    without = by_id(compare(reference(tmp_path), made.draft, tmp_path / "out", "ring"))
    assert without["origin.reference"]["verdict"] == "fail"
    assert "cut" in without["origin.reference"]["reason"]


def test_a_cut_that_was_tampered_with_is_no_proof(tmp_path: Path):
    piece = ring()
    made = finish_picture(
        piece, PieceFacts("ring", 21.0), first_direction("ring"), scene(piece, size=SIZE, scale=0.9), tmp_path / "made"
    )
    write_cut(otherwise_cut(), made.layers / "cut.npz")
    assert by_id(compare(reference(tmp_path), made.draft, tmp_path / "out"))["origin.reference"]["verdict"] == "fail"
    whole = (made.layers / "cut.npz").read_bytes()
    (made.layers / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PictureError) as refused:
        compare(reference(tmp_path), made.draft, tmp_path / "broken")
    assert refused.value.code == "layers.broken"
    assert not (tmp_path / "broken").exists()


def test_what_is_wholly_piece_is_the_photos_whatever_a_cut_says(tmp_path: Path):
    forged = replace(ring(), foreground=ring().foreground * 0.5)
    write_cut(forged, tmp_path / "cut.npz")
    kept = read_cut(read_photo(reference(tmp_path)), tmp_path / "cut.npz")
    whole = kept.alpha >= 1
    assert kept.foreground[whole].tobytes() == ring().rgb[whole].tobytes()
