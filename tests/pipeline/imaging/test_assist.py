"""The assisted cut: keep and drop strokes, or a mask from elsewhere, through the same matte; and `loupe matte` with them."""

import dataclasses
import io
import json

import cv2
import numpy as np
import pytest
from drawn_pieces import Drawn, chain, photograph, ring
from PIL import Image

from pipeline.command import main
from pipeline.errors import MatteRefused, PhotoRefused
from pipeline.imaging.assist import mask_of, read_mask
from pipeline.imaging.colour import linear_to_srgb8
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.strokes import Strokes

SIZE = 640


def strokes(*drawn):
    return Strokes(
        photo_size=(SIZE, SIZE),
        strokes=[{"kind": kind, "radius_px": radius, "points": points} for kind, radius, points in drawn],
    )


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def band_error(piece, drawn):
    near = np.ones((5, 5), np.uint8)
    band = (cv2.dilate((drawn.alpha > 0).astype(np.uint8), near) > 0) & ~(
        cv2.erode((drawn.alpha >= 1).astype(np.uint8), near) > 0
    )
    return np.abs(piece.alpha - drawn.alpha)[band].mean()


def test_one_dab_drops_what_stands_apart_and_leaves_the_rest():
    photo = photograph(ring(), "off-white")
    rgb = photo.rgb.copy()
    rgb[40:70, 40:70] = 0.2  # a prop that isn't part of the piece
    photo = dataclasses.replace(photo, rgb=rgb)
    automatic, refined = cut_piece(photo), cut_piece(photo, strokes=strokes(("drop", 6, [(55, 55)])))
    assert automatic.alpha[45:65, 45:65].min() == 1
    assert refined.alpha[30:80, 30:80].max() < 0.02
    assert np.abs(refined.alpha[100:] - automatic.alpha[100:]).max() < 1e-3


def test_a_keep_stroke_brings_back_what_was_taken_for_shadow():
    photo = photograph(ring(), "off-white")
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    pearl = np.exp(-((((x - 560) ** 2 + (y - 80) ** 2) / 25**2) ** 1.2))[..., None]
    photo = dataclasses.replace(photo, rgb=(photo.rgb * (1 - 0.4 * pearl)).astype(np.float32))
    assert cut_piece(photo).alpha[80, 560] == 0
    refined = cut_piece(photo, strokes=strokes(("keep", 20, [(555, 80), (565, 80)])))
    assert refined.alpha[75:85, 555:565].min() == 1
    assert refined.alpha[80, 615] == 0


def test_a_strokes_middle_is_exactly_as_painted():
    piece = cut_piece(
        photograph(ring(), "off-white"), strokes=strokes(("keep", 8, [(320, 60)]), ("drop", 8, [(320, 430)]))
    )
    assert piece.alpha[57:63, 317:323].min() == 1
    assert piece.alpha[427:433, 317:323].max() == 0


def test_what_a_person_draws_is_not_refused_as_faint():
    silver = ring(metal="silver")
    faint = Drawn((0.93 + 0.1 * (silver.rgb - 0.6)).astype(np.float32), silver.alpha)
    photo = photograph(faint, "off-white")
    with pytest.raises(MatteRefused):
        cut_piece(photo)
    angles = np.linspace(0, 2 * np.pi, 90)
    band = [(SIZE * (0.5 + 0.38 * np.cos(t)), SIZE * (0.45 + 0.205 * np.sin(t))) for t in angles]
    assert cut_piece(photo, strokes=strokes(("keep", 6, band))).alpha[:300].sum() > 1000


def test_a_hard_mask_is_solved_to_true_coverage_by_the_same_code():
    drawn = chain()
    photo = photograph(drawn, "blush", shadow=0.3)
    piece = cut_piece(photo, mask=mask_of((drawn.alpha > 0.5).astype(np.float32)))
    assert band_error(piece, drawn) < 0.06
    assert ((piece.alpha > 0.02) & (piece.alpha < 0.98)).mean() > 0.01


def test_a_soft_mask_keeps_its_coverage_and_loses_its_grounds_colour():
    drawn = chain()
    photo = photograph(drawn, "white")
    piece = cut_piece(photo, mask=mask_of(drawn.alpha))
    assert np.abs(piece.alpha - drawn.alpha).max() < 0.01
    part = (drawn.alpha > 0.4) & (drawn.alpha < 0.8)
    before = np.abs(photo.rgb - drawn.rgb)[part].mean()
    assert np.abs(piece.foreground - drawn.rgb)[part].mean() < 0.5 * before


def test_a_mask_stands_in_where_the_ground_is_busy():
    drawn = ring()
    rng = np.random.default_rng(3)
    blotches = cv2.GaussianBlur(rng.uniform(0, 1, (SIZE, SIZE, 3)).astype(np.float32), (0, 0), 9)
    blotches = (blotches - blotches.min()) / np.ptp(blotches)
    mixed = drawn.rgb * drawn.alpha[..., None] + blotches * (1 - drawn.alpha[..., None])
    photo = dataclasses.replace(photograph(drawn, "white"), rgb=mixed.astype(np.float32))
    with pytest.raises(MatteRefused):
        cut_piece(photo)
    assert band_error(cut_piece(photo, mask=mask_of(drawn.alpha)), drawn) < 0.02


def test_strokes_refine_a_photos_own_transparency():
    drawn = ring()
    photo = dataclasses.replace(photograph(drawn, "black"), alpha=drawn.alpha)
    piece = cut_piece(photo, strokes=strokes(("drop", 10, [(320, 60 + 85)])))
    assert piece.alpha[142:148, 315:325].max() == 0
    assert np.abs(piece.alpha[300:] - drawn.alpha[300:]).max() < 0.02


def test_a_cut_is_recalled_by_its_hash():
    photo = photograph(ring(), "off-white")
    dab = strokes(("drop", 5, [(55, 55)]))
    one, same = cut_piece(photo, strokes=dab), cut_piece(photo, strokes=Strokes.model_validate_json(dab.as_json()))
    assert one.cut_sha256 == same.cut_sha256
    assert one.alpha.tobytes() == same.alpha.tobytes()
    assert one.foreground.tobytes() == same.foreground.tobytes()
    others = {cut_piece(photo).cut_sha256, cut_piece(photo, mask=mask_of(ring().alpha)).cut_sha256, one.cut_sha256}
    assert len(others) == 3


def test_strokes_of_another_photo_are_refused():
    other = Strokes(photo_size=(100, 100), strokes=[{"kind": "keep", "radius_px": 3, "points": [(5, 5)]}])
    with pytest.raises(MatteRefused) as caught:
        cut_piece(photograph(ring(), "white"), strokes=other)
    assert caught.value.code == "strokes.other_photo"


GREY = np.zeros((400, 500), np.uint8)


@pytest.mark.parametrize(
    ("pixels", "code"),
    [
        (GREY, "alpha.empty"),
        (GREY + 255, "alpha.full"),
        (np.full((400, 400), 255, np.uint8), "alpha.other_size"),
        (np.random.default_rng(0).integers(0, 255, (400, 500, 3), np.uint8), "alpha.coloured"),
    ],
)
def test_what_is_no_mask_is_refused_with_the_reason(pixels, code):
    with pytest.raises(PhotoRefused) as caught:
        read_mask(png(pixels), 500, 400)
    assert caught.value.code == code
    assert caught.value.hint


def test_a_mask_is_read_from_greys_and_from_transparency_alike():
    alpha = np.rint(ring().alpha * 255).astype(np.uint8)
    grey = read_mask(png(alpha), SIZE, SIZE)
    clear = read_mask(png(np.dstack([linear_to_srgb8(ring().rgb), alpha])), SIZE, SIZE)
    assert np.abs(grey.alpha - clear.alpha).max() < 0.02
    assert grey.soft
    assert clear.soft


def test_the_command_takes_strokes_from_a_file_and_from_its_line(tmp_path, capsys):
    photo = tmp_path / "ring.png"
    photo.write_bytes(png(linear_to_srgb8(photograph(ring(), "off-white").rgb)))
    drawn = strokes(("drop", 8, [(320, 430)]))
    (tmp_path / "strokes.json").write_text(drawn.as_json())
    by_file, by_line = tmp_path / "one", tmp_path / "two"
    assert (
        main(["matte", str(photo), "--strokes", str(tmp_path / "strokes.json"), "--out", str(by_file), "--json"]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert main(["matte", str(photo), "--drop", "8:320,430", "--out", str(by_line), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cut_sha256"] == found["cut_sha256"]
    assert found["strokes_sha256"] == drawn.sha256()
    assert (by_file / "alpha.png").read_bytes() == (by_line / "alpha.png").read_bytes()
    again = tmp_path / "three"
    assert main(["matte", str(photo), "--strokes", str(by_line / "strokes.json"), "--out", str(again), "--json"]) == 0
    assert (again / "alpha.png").read_bytes() == (by_line / "alpha.png").read_bytes()


@pytest.mark.parametrize("bad", ["320,430", "8:", "8:320", "8:a,b", "nan:3,3", "8:9999,3"])
def test_a_stroke_that_cannot_be_read_is_exit_code_2(bad, tmp_path, capsys):
    photo = tmp_path / "ring.png"
    photo.write_bytes(png(linear_to_srgb8(photograph(ring(), "off-white").rgb)))
    assert main(["matte", str(photo), "--keep", bad, "--out", str(tmp_path / "out"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"].startswith("strokes.")
    assert not (tmp_path / "out").exists()


def test_the_command_takes_a_mask(tmp_path, capsys):
    photo, mask = tmp_path / "ring.png", tmp_path / "mask.png"
    photo.write_bytes(png(linear_to_srgb8(photograph(ring(), "off-white").rgb)))
    mask.write_bytes(png(np.rint(ring().alpha * 255).astype(np.uint8)))
    assert main(["matte", str(photo), "--alpha", str(mask), "--out", str(tmp_path / "out"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["mask_sha256"]
