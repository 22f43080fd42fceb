"""Nuisances: the geometry that is told is the geometry that was done, and each kind does its own thing alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.atelier.nuisances import KINDS, SHIFT_PX, Nuisance, drawn, frame, taken

FIELDS = {
    "scale": {"scale"},
    "rotation": {"turn_deg"},
    "exposure": {"exposure_ev"},
    "white-balance": {"white_k"},
    "shadow": {"shadow"},
    "noise": {"noise"},
    "jpeg": {"jpeg"},
    "shift": {"shift_px"},
    "none": set(),
}


def dotted() -> np.ndarray:
    """A grey photo with a soft bright dot off its middle."""
    y, x = np.mgrid[0:120, 0:160]
    light = 60 + 150 * np.exp(-((x - 110) ** 2 + (y - 40) ** 2) / (2 * 5.0**2))
    return np.repeat(np.rint(light)[..., None], 3, -1).astype(np.uint8)


def centroid(picture: np.ndarray) -> np.ndarray:
    light = picture.astype(float).mean(-1)
    light = np.clip(light - 90, 0, None)
    y, x = np.mgrid[0 : light.shape[0], 0 : light.shape[1]]
    return np.array([(x * light).sum(), (y * light).sum()]) / light.sum()


@given(scale=st.floats(0.35, 1.0), turn=st.floats(-180, 180))
def test_a_point_lies_where_the_matrix_says(scale, turn):
    made = taken(dotted(), Nuisance(scale=scale, turn_deg=turn), np.random.default_rng(0))
    assert np.allclose(centroid(made.srgb8), (made.matrix @ [110, 40, 1])[:2], atol=0.06)


@given(scale=st.floats(0.35, 1.0), turn=st.floats(-180, 180))
def test_the_whole_photo_is_in_the_frame(scale, turn):
    matrix, (width, height) = frame(160, 120, scale, turn)
    corners = np.array([[0, 0, 1], [159, 0, 1], [159, 119, 1], [0, 119, 1]]) @ matrix.T
    assert corners[:, :2].min() > -0.51
    assert (corners[:, :2].max(0) < np.array([width, height]) - 0.49).all()


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "all"])
def test_a_kind_alone_changes_its_own_thing(kind):
    still = Nuisance().as_json()
    for seed in range(5):
        changed = drawn(kind, np.random.default_rng(seed)).as_json()
        assert {k for k in changed if changed[k] != still[k]} - {"shadow_at"} == FIELDS[kind]


def test_all_together_changes_everything_within_its_bounds():
    for seed in range(40):
        nuisance = drawn("all", np.random.default_rng(seed))
        assert 0.35 <= nuisance.scale <= 1
        assert abs(nuisance.exposure_ev) <= 0.5
        assert abs(nuisance.white_k) <= 600
        assert 80 <= nuisance.jpeg <= 95
        assert np.hypot(*nuisance.shift_px) <= SHIFT_PX + 1e-3
        assert nuisance.noise > 0
        assert nuisance.shadow > 0


def test_nothing_changes_nothing():
    made = taken(dotted(), Nuisance(), np.random.default_rng(0))
    assert np.array_equal(made.srgb8, dotted())
    assert np.array_equal(made.given, np.eye(3))


def test_the_same_seed_is_the_same_picture():
    one, two = (taken(dotted(), drawn("all", np.random.default_rng(3)), np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(one.srgb8, two.srgb8)


def test_exposure_is_in_stops_of_light():
    dark = np.full((8, 8, 3), 60, np.uint8)
    made = taken(dark, Nuisance(exposure_ev=0.5), np.random.default_rng(0))
    linear = [((v / 255 + 0.055) / 1.055) ** 2.4 for v in (60, float(made.srgb8.mean()))]
    assert linear[1] / linear[0] == pytest.approx(2**0.5, rel=0.02)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no nuisance"):
        drawn("fog", np.random.default_rng(0))
