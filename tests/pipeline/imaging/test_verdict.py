"""The instant verdict: what a brand manager is told about a photo."""

import dataclasses

import cv2
import numpy as np
import pytest
from drawn_pieces import chain, photograph, ring

from pipeline.errors import MatteRefused
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.verdict import judge_photo

RING = photograph(ring(), "off-white")


def judged(photo, category="ring", width_mm=20.0):
    return judge_photo(photo, cut_piece(photo), category, width_mm)


def level(verdict, code):
    return next(finding.level for finding in verdict.findings if finding.code == code)


def cropped(photo, rows, cols):
    rgb = np.ascontiguousarray(photo.rgb[rows, cols])
    return dataclasses.replace(photo, rgb=rgb, height=rgb.shape[0], width=rgb.shape[1])


def test_a_good_photo_is_usable_and_has_no_refusal():
    verdict = judged(RING)
    assert verdict.usable
    assert verdict.level == "ok"
    assert all(finding.message.endswith(".") for finding in verdict.findings)


def test_what_the_matte_refused_is_the_verdict():
    error = MatteRefused("matte.busy_ground", "The ground isn't plain.", "Use white.")
    verdict = judge_photo(RING, error, "ring", 20.0)
    assert not verdict.usable
    assert verdict.findings[0].code == "matte.busy_ground"
    assert "Use white." in verdict.findings[0].message


def test_a_ring_cut_by_the_frame_is_refused():
    verdict = judged(cropped(RING, slice(None), slice(120, None)))
    assert level(verdict, "verdict.frame") == "refuse"
    assert "left" in verdict.findings[0].message


def test_a_necklace_whose_chain_leaves_the_frame_at_the_top_is_a_warning():
    photo = cropped(photograph(chain(), "off-white"), slice(200, None), slice(None))
    assert level(judged(photo, "necklace", 160.0), "verdict.frame") == "warn"
    assert level(judged(photo, "bracelet", 60.0), "verdict.frame") == "refuse"


def test_a_necklace_cut_at_the_bottom_is_refused():
    photo = cropped(photograph(chain(), "off-white"), slice(None, 480), slice(None))
    assert level(judged(photo, "necklace", 160.0), "verdict.frame") == "refuse"


@pytest.mark.parametrize(("sigma", "expected"), [(0, "ok"), (2.0, "warn"), (6, "refuse")])
def test_blur_is_told_on_the_piece(sigma, expected):
    photo = RING if sigma == 0 else dataclasses.replace(RING, rgb=cv2.GaussianBlur(RING.rgb, (0, 0), sigma))
    assert level(judged(photo), "verdict.sharpness") == expected


def test_burnt_highlights_on_the_piece_are_told_and_a_white_ground_is_not():
    assert not any(f.code == "verdict.highlights" for f in judged(photograph(ring(), "white")).findings)
    burnt = dataclasses.replace(RING, rgb=np.minimum(photograph(ring(), "grey").rgb * 1.0, 1))
    piece = cut_piece(burnt)
    piece = dataclasses.replace(
        piece, rgb=np.where(piece.alpha[..., None] > 0.5, np.minimum(piece.rgb * 6, 1), piece.rgb)
    )
    assert level(judge_photo(burnt, piece, "ring", 20.0), "verdict.highlights") == "warn"


@pytest.mark.parametrize("width_mm", [0, -3, 10_000, float("nan"), float("inf")])
def test_a_width_that_no_piece_has_is_refused(width_mm):
    assert level(judged(RING, width_mm=width_mm), "verdict.width") == "refuse"


@pytest.mark.parametrize(("width_mm", "expected"), [(20, "ok"), (160, "warn"), (600, "refuse")])
def test_pixels_for_each_millimetre(width_mm, expected):
    assert level(judged(RING, width_mm=width_mm), "verdict.scale") == expected


def test_without_a_width_nothing_is_said_of_the_scale():
    assert not any(f.code == "verdict.scale" for f in judged(RING, width_mm=None).findings)


def test_a_small_piece_is_told():
    small = cv2.resize(RING.rgb, (330, 330), interpolation=cv2.INTER_AREA)
    verdict = judged(dataclasses.replace(RING, rgb=small, width=330, height=330))
    assert level(verdict, "verdict.size") == "warn"


def test_an_unknown_category_is_an_error():
    with pytest.raises(ValueError, match="tiara"):
        judged(RING, "tiara")
