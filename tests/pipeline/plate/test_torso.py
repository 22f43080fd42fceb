"""Bodies and heads from the side: where a neck stands when its own edges are hidden, and what is no hand and no wrist."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pipeline.direction import Pose
from pipeline.plate import PlateReading, find_anchors, read_plate
from pipeline.plate.face_anchors import BY_SHOULDERS_MM
from pipeline.plate.landmarks import faces
from pipeline.plate.side_head import side_head
from pipeline.plate.torso import Torso, torso_of
from tests.pipeline.plate import rendered
from tests.pipeline.plate.rendered import Truth
from tests.pipeline.plate.survey import BODIES, LOOKS


def srgb(truth: Truth) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(truth.png)).convert("RGB")).astype(np.float32) / 255


@lru_cache(maxsize=4)
def bust(azimuth: float, head: float) -> tuple[Truth, Torso | None]:
    truth = rendered.head(azimuth, 560.0, None, -20.0, Pose(head_turn_deg=head))
    return truth, torso_of(srgb(truth))


def test_a_neck_stands_over_the_middle_between_its_shoulders_wherever_the_head_looks() -> None:
    off = []
    for azimuth, head in ((0.0, 0.0), (20.0, 0.0), (0.0, 35.0), (15.0, -30.0)):
        truth, torso = bust(azimuth, head)
        assert torso is not None
        assert abs(torso.turn_deg) < 45
        off.append(abs(torso.middle[0] - truth.pixel("neck")[0]) / truth.px_per_mm("neck"))
    # Most within the error that such a neck claims, none past three of it.
    assert np.median(off) <= BY_SHOULDERS_MM
    assert max(off) <= 3 * BY_SHOULDERS_MM


def test_a_body_from_the_side_is_told_from_one_from_the_front() -> None:
    torso = torso_of(srgb(rendered.head(60.0, 560.0, None, -20.0)))
    assert torso is not None
    assert abs(torso.turn_deg) > 45


def test_a_hand_is_no_body_and_no_head() -> None:
    picture = srgb(rendered.hand())
    assert torso_of(picture) is None
    assert side_head(picture, []) is None


@lru_cache(maxsize=4)
def profile(azimuth: float) -> tuple[PlateReading, np.ndarray]:
    i = 0 if azimuth > 0 else 4
    truth = rendered.head(azimuth, 330.0, BODIES[i], 80.0, Pose(), LOOKS[i])
    return find_anchors(read_plate(truth.png)), srgb(truth)


@pytest.mark.parametrize(("azimuth", "ear", "other"), [(90.0, "left", "right"), (-80.0, "right", "left")])
def test_a_head_from_the_side_shows_one_ear_to_measure_and_no_false_hand_or_wrist(
    azimuth: float, ear: str, other: str
) -> None:
    reading, picture = profile(azimuth)
    assert not reading.anchors
    assert "its topmost and its lowest point" in reading.doubts[f"{ear}-ear"].replace("the ear's", "its")
    assert reading.doubts[f"{other}-ear"] == "the head hides it"
    assert any(note.startswith(f"{ear.capitalize()} ear: ") and "measure it by hand" in note for note in reading.notes)
    head = side_head(picture, [])
    assert head is not None
    assert head.ear == ear


def test_a_face_that_is_read_is_no_head_from_the_side() -> None:
    picture = srgb(rendered.head(0.0))
    assert side_head(picture, faces(picture)) is None
