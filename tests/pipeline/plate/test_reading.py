"""Reading a plate: anchors where the body really has them, in true millimetres, and clear refusals of what can't serve."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.direction import Calibration
from pipeline.errors import PhotoRefused
from pipeline.imaging.colour import linear_to_srgb
from pipeline.plate import Anchor, PlateReading, find_anchors, read_plate
from pipeline.plate.hand_anchors import finger_lines, hand_anchors
from pipeline.plate.landmarks import hands
from pipeline.plate.limb import lab_of
from pipeline.plate.skin import skin_region
from tests.pipeline.plate import rendered
from tests.pipeline.plate.rendered import Truth

FINGERS = ("index", "middle", "ring", "little")


@lru_cache(maxsize=8)
def read(png: bytes) -> PlateReading:
    return find_anchors(read_plate(png))


def png_of(pixels: np.ndarray) -> bytes:
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()


def pixels_of(truth: Truth) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(truth.png)).convert("RGB"))


def anchor(truth: Truth, name: str) -> Anchor:
    found = read(truth.png).named(name)
    assert found is not None, read(truth.png).doubts
    return found


@pytest.mark.parametrize("finger", FINGERS)
def test_a_fingers_anchor_lies_on_its_middle_with_its_edges_and_axis(finger: str) -> None:
    truth = rendered.hand()
    name = f"left-{finger}-proximal"
    found = anchor(truth, name)
    assert truth.mm_off(name, found.point) <= 2.0
    # Across the finger, where a ring can't slide, it is much better than that.
    here = truth.points[name]
    axis = truth.camera.project(here + truth.points[f"{name} axis"]) - truth.pixel(name)
    axis /= np.linalg.norm(axis)
    off = (np.array(found.point) - truth.pixel(name)) / truth.px_per_mm(name)
    assert abs(off @ [-axis[1], axis[0]]) <= 0.6
    assert np.degrees(np.arccos(min(axis @ np.array(found.axis), 1.0))) <= 6.0
    wide = float(truth.points[f"{name} width"][0])
    assert found.width_px / truth.px_per_mm(name) == pytest.approx(wide, rel=0.04)


@pytest.mark.parametrize("finger", FINGERS)
def test_a_hand_alone_tells_its_scale_no_better_than_how_large_people_are(finger: str) -> None:
    truth = rendered.hand()
    found = anchor(truth, f"left-{finger}-proximal")
    off = abs(np.log(found.px_per_mm / truth.px_per_mm(found.name)))
    assert off <= 2 * found.scale_error
    assert not found.sure
    assert found.width_mm == pytest.approx(found.width_px / found.px_per_mm)


def test_a_scale_that_is_not_sure_asks_to_be_measured_and_one_measure_serves_the_whole_hand() -> None:
    truth = rendered.hand()
    reading = read(truth.png)
    assert any("measure one place by hand" in note for note in reading.notes)
    ring = anchor(truth, "left-ring-proximal")
    wide = float(truth.points["left-ring-proximal width"][0])
    again = find_anchors(
        read_plate(truth.png), [Calibration(anchor="left-ring-proximal", edges=ring.edges, width_mm=wide)]
    )
    assert not any("measure one place" in note for note in again.notes)
    for name in ("left-index-proximal", "left-little-proximal", "left-wrist"):
        other = again.named(name)
        assert other is not None
        assert other.sure
        assert "measured by hand at left-ring-proximal" in other.scale_from
        assert other.px_per_mm == pytest.approx(truth.px_per_mm(name), rel=0.05)


def test_a_thumb_behind_the_hand_is_none() -> None:
    # Landmarks come for every finger, seen or not: a hidden thumb's lie over the hand.
    hand = hands(np.clip(linear_to_srgb(read_plate(rendered.hand().png).rgb), 0, 1))[0]
    across = hand.points.copy()
    across[2:5] = hand.points[5:8]
    hidden = replace(hand, points=across)
    srgb = np.clip(linear_to_srgb(read_plate(rendered.hand().png).rgb), 0, 1)
    found, doubts = hand_anchors(hidden, lab_of(srgb), skin_region(srgb, finger_lines(hand)))
    assert "left-thumb-proximal" not in {a.name for a in found}
    assert "over the hand" in doubts["left-thumb-proximal"]


def test_the_wrist_behind_the_hand_is_found_too() -> None:
    truth = rendered.hand()
    found = anchor(truth, "left-wrist")
    assert truth.mm_off("left-wrist", found.point) <= 2.0
    # The forearm lies deeper than the hand that its scale is read from.
    assert found.px_per_mm == pytest.approx(truth.px_per_mm("left-wrist"), rel=0.08)


def test_a_hand_is_told_from_its_mirror_image() -> None:
    reading = find_anchors(read_plate(png_of(np.ascontiguousarray(pixels_of(rendered.hand())[:, ::-1]))))
    assert {a.name.split("-")[0] for a in reading.anchors} == {"right"}


def test_every_anchor_is_confirmed_by_a_second_sign() -> None:
    for truth in (rendered.hand(), rendered.head(20.0)):
        for found in read(truth.png).anchors:
            assert len(found.confirmed_by) >= 2
            assert "skin" in found.confirmed_by


@pytest.mark.parametrize("azimuth", [0.0, 20.0])
def test_a_face_gives_the_scale_by_its_irises(azimuth: float) -> None:
    truth = rendered.head(azimuth)
    ear = anchor(truth, "left-ear")
    assert "iris" in ear.scale_from
    assert ear.px_per_mm == pytest.approx(truth.px_per_mm("left-ear"), rel=0.05)


@pytest.mark.parametrize("azimuth", [0.0, 20.0])
def test_the_visible_ears_piercing_is_near_and_a_hidden_ear_is_none(azimuth: float) -> None:
    truth = rendered.head(azimuth)
    found = anchor(truth, "left-ear")
    assert "the lobe's edge" in found.confirmed_by
    assert truth.mm_off("left-ear", found.point) <= 2.0
    if azimuth > 12:
        assert "right-ear" in read(truth.png).doubts


@pytest.mark.parametrize("azimuth", [0.0, 20.0])
def test_a_face_leads_to_the_necks_axis(azimuth: float) -> None:
    truth = rendered.head(azimuth)
    neck = anchor(truth, "neck")
    assert "outline" in neck.confirmed_by
    assert abs(neck.point[0] - truth.pixel("neck")[0]) / truth.px_per_mm("neck") <= 2.0


def test_a_neck_without_a_face_is_found_by_its_outline_and_says_how_sure_it_is() -> None:
    truth = rendered.neck()
    neck = anchor(truth, "neck")
    assert neck.confirmed_by == ("skin", "outline")
    assert abs(neck.point[0] - truth.pixel("neck")[0]) / truth.px_per_mm("neck") <= 2.0
    # An average adult's width: the true scale lies within two of the errors that it admits to.
    assert abs(np.log(neck.px_per_mm / truth.px_per_mm("neck"))) <= 2 * neck.scale_error
    assert neck.confidence < 0.6


def test_a_finger_cut_by_the_frame_is_no_anchor() -> None:
    truth = rendered.hand()
    x = int(truth.pixel("left-little-proximal")[0])
    pixels = pixels_of(truth)
    middle = int(truth.pixel("left-middle-proximal")[0])
    kept = pixels[:, x:] if x < middle else pixels[:, :x]
    reading = find_anchors(read_plate(png_of(np.ascontiguousarray(kept))))
    assert reading.named("left-little-proximal") is None


def test_two_people_are_refused() -> None:
    pixels = pixels_of(rendered.head(0.0))
    with pytest.raises(PhotoRefused) as refused:
        find_anchors(read_plate(png_of(np.hstack([pixels, pixels[:, ::-1]]))))
    assert refused.value.code == "plate.two-people"
    assert "Crop" in refused.value.hint


@pytest.mark.parametrize("kind", ["plain", "noise", "wood", "gold"])
def test_a_plate_without_a_body_is_refused(kind: str) -> None:
    rng = np.random.default_rng(5)
    pixels = np.full((900, 900, 3), 205, np.uint8)
    if kind == "noise":
        pixels = rng.integers(0, 255, pixels.shape, np.uint8)
    if kind == "wood":
        grain = cv2.GaussianBlur(rng.normal(0, 60, (900, 900)), (0, 0), sigmaX=60, sigmaY=1.5)[..., None]
        pixels = np.clip(np.array([164, 112, 72]) + grain * 9, 0, 255).astype(np.uint8)
    if kind == "gold":
        cv2.ellipse(pixels, (450, 450), (260, 120), 20, 0, 360, (205, 160, 80), 34, cv2.LINE_AA)
    with pytest.raises(PhotoRefused) as refused:
        find_anchors(read_plate(png_of(pixels)))
    assert refused.value.code == "plate.no-body"


@pytest.mark.parametrize("size", [(200, 260), (590, 1200)])
def test_a_small_plate_is_refused_with_the_size_it_needs(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoRefused) as refused:
        read_plate(png_of(np.full((size[1], size[0], 3), 128, np.uint8)))
    assert refused.value.code == "plate.too_small"
    assert "600" in refused.value.message


def test_a_cut_out_is_no_plate() -> None:
    pixels = np.full((900, 900, 4), 160, np.uint8)
    pixels[:, :300, 3] = 0
    with pytest.raises(PhotoRefused) as refused:
        read_plate(png_of(pixels))
    assert refused.value.code == "plate.cut_out"


def test_the_same_plate_reads_the_same_twice() -> None:
    plate = read_plate(rendered.hand().png)
    assert find_anchors(plate).to_json() == find_anchors(plate).to_json()


def test_a_real_portrait_gives_both_ears_and_no_neck_under_a_collar() -> None:
    data = pytest.importorskip("skimage.data")
    try:
        portrait = data.astronaut()
    except Exception as error:
        pytest.skip(f"scikit-image's portrait isn't in its wheel here: {error}")
    reading = read(png_of(cv2.resize(portrait, (1024, 1024), interpolation=cv2.INTER_CUBIC)))
    assert {a.name for a in reading.anchors} == {"left-ear", "right-ear"}
    assert "cover" in reading.doubts["neck"]
    # Iris and span of the eyes agree on the scale of a real face within their errors.
    assert 1.2 < reading.anchors[0].px_per_mm < 1.5


PHOTOS = Path(os.environ.get("LOUPE_PHOTOS", "../shared/photos"))


@pytest.mark.parametrize(
    ("name", "parts"), [("model-hand", {"finger"}), ("model-wrist", {"wrist"}), ("model-neck-ear", {"ear", "neck"})]
)
def test_photos_of_real_people_are_read(name: str, parts: set[str]) -> None:
    path = PHOTOS / f"{name}.jpg"
    if not path.is_file():
        pytest.skip(f"{path} is not here: it is used for trying only and is no part of the project")
    reading = find_anchors(read_plate(path))
    assert parts <= {a.part for a in reading.anchors}
    assert all(1.5 < a.px_per_mm < 15 for a in reading.anchors)
