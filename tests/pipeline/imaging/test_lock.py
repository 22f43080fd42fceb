"""The lock keeps the photographed pixels: in the core exactly, at the edge without the photo's ground."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.direction import Finish
from pipeline.errors import PlacementRefused
from pipeline.imaging.colour import linear_to_srgb, luminance
from pipeline.imaging.lock import finished_ground, lay, lock, tone_curve
from pipeline.imaging.resample import Mapping, resample
from tests.pipeline.scenes import ring, scene


def test_in_the_core_the_picture_is_photo_times_gain():
    locked = lock(ring(), scene(ring()), Finish())
    expected = np.clip(locked.reference * locked.gain, 0, 1)
    assert locked.core.sum() > 10_000
    np.testing.assert_allclose(locked.picture[locked.core], expected[locked.core], atol=1e-6)
    assert locked.origin_share > 0.6


def test_the_reference_is_one_resample_of_the_photo_as_taken():
    made = scene(ring())
    locked = lock(ring(), made, Finish())
    window = locked.laid.window
    direct = np.maximum(resample(ring().rgb, Mapping(made.matrix, made.ground.shape[:2]), window), 0)
    left, top, right, bottom = window
    core = locked.core[top:bottom, left:right]
    np.testing.assert_allclose(locked.reference[top:bottom, left:right][core], direct[core], atol=1e-6)


def test_at_scale_one_on_whole_pixels_the_core_is_the_photo_itself():
    piece = ring()
    made = scene(piece, size=(760, 720))
    made.matrix = np.array([[1.0, 0, 20], [0, 1, 30], [0, 0, 1]])
    locked = lock(piece, made, Finish(relight=0))
    height, width = piece.alpha.shape
    placed = locked.picture[30 : 30 + height, 20 : 20 + width]
    core = locked.core[30 : 30 + height, 20 : 20 + width]
    np.testing.assert_allclose(placed[core], piece.rgb[core], atol=1e-5)


@settings(max_examples=8, deadline=None)
@given(
    scale=st.floats(0.4, 1.0),
    turn=st.floats(-30, 30),
    exposure=st.floats(-2, 2),
    shadow=st.floats(0, 1.5),
    vignette=st.floats(0, 1),
    grain=st.floats(0, 1),
)
def test_no_finish_reaches_the_piece_but_through_the_recorded_gain(
    scale: float, turn: float, exposure: float, shadow: float, vignette: float, grain: float
):
    made = scene(ring(), scale=scale, turn_deg=turn, shadow=np.full((640, 512, 3), 0.4, np.float32))
    finish = Finish(exposure_ev=exposure, shadow=shadow, vignette=vignette, grain=grain)
    locked = lock(ring(), made, finish)
    np.testing.assert_allclose(
        locked.picture[locked.core], np.clip(locked.reference * locked.gain, 0, 1)[locked.core], atol=1e-6
    )
    assert locked.gain.min() > 2**-0.45
    assert locked.gain.max() < 2**0.45
    assert np.isfinite(locked.picture).all()
    assert locked.picture.min() >= 0
    assert locked.picture.max() <= 1


@pytest.mark.parametrize("tone", [0.02, 0.9])
def test_no_rim_of_the_photos_white_shows_and_nothing_bleeds_out(tone: float):
    made = scene(ring(), ground=np.full((640, 512, 3), tone, np.float32))
    locked = lock(ring(), made, Finish(grain=0, vignette=0, relight=0))
    alpha = locked.laid.alpha
    np.testing.assert_allclose(locked.picture[alpha == 0], locked.ground[alpha == 0], atol=1e-6)
    # Partial pixels lie between the ground and the piece beside them; a rim would be brighter than both.
    partial = (alpha > 0.1) & (alpha < 0.9)
    shown = luminance(locked.picture)[partial]
    metal = np.quantile(luminance(locked.reference)[locked.core], 0.9)
    assert np.quantile(shown, 0.95) <= max(tone, metal) + 0.03


def test_what_the_body_hides_shows_the_body():
    hidden = np.ones((640, 512), np.float32)
    hidden[:, 256:] = 0
    made = scene(ring(), visible=hidden)
    locked = lock(ring(), made, Finish())
    np.testing.assert_array_equal(locked.picture[:, 256:], locked.ground[:, 256:])
    assert not locked.core[:, 256:].any()
    assert locked.coverage[:, 256:].max() == 0


def test_the_gain_is_one_where_there_is_no_piece():
    locked = lock(ring(), scene(ring(), level=0.8), Finish())
    np.testing.assert_array_equal(locked.gain[locked.laid.alpha == 0], 1)


def test_the_same_inputs_give_the_same_bits_and_the_seed_moves_only_the_grain():
    one, two = (lock(ring(), scene(ring()), Finish(grain=0.5), seed=4) for _ in range(2))
    other = lock(ring(), scene(ring()), Finish(grain=0.5), seed=5)
    np.testing.assert_array_equal(one.picture, two.picture)
    np.testing.assert_array_equal(one.picture[one.core], other.picture[one.core])
    assert not np.array_equal(one.ground, other.ground)


def test_a_shadow_darkens_the_ground_by_its_strength():
    ground, shadow = np.full((40, 40, 3), 0.4, np.float32), np.full((40, 40, 3), 0.5, np.float32)
    clean = {"grain": 0, "vignette": 0}
    none, half, full = (finished_ground(ground, shadow, Finish(shadow=s, **clean), 0).mean() for s in (0.0, 0.5, 1.0))
    assert none == pytest.approx(0.4, abs=1e-5)
    assert full == pytest.approx(0.2, abs=1e-5)
    assert full < half < none


def test_the_tone_curve_keeps_mid_tones_and_bends_highlights_without_a_kink():
    ramp = np.repeat(np.linspace(0, 4, 4001, dtype=np.float32)[:, None], 3, axis=1)
    bent = tone_curve(ramp)[:, 0]
    np.testing.assert_allclose(bent[:720], ramp[:720, 0], atol=1e-5)
    assert bent.max() <= 1
    slope = np.diff(bent) / np.diff(ramp[:, 0])
    assert (slope >= -1e-3).all()
    assert np.abs(np.diff(slope)).max() < 0.02


def test_a_placement_outside_the_frame_is_refused_with_what_to_do():
    made = scene(ring())
    made.matrix = made.matrix.copy()
    made.matrix[0, 2] += 5000
    with pytest.raises(PlacementRefused) as refused:
        lock(ring(), made, Finish())
    assert refused.value.code == "placement.outside"
    assert refused.value.hint


def test_a_mirrored_or_singular_placement_is_refused():
    made = scene(ring())
    mirrored = made.matrix @ np.array([[-1.0, 0, 640], [0, 1, 0], [0, 0, 1]])
    with pytest.raises(PlacementRefused, match="mirror"):
        lay(ring(), Mapping(mirrored, (640, 512)))
    with pytest.raises(PlacementRefused):
        lay(ring(), Mapping(np.zeros((3, 3)), (640, 512)))


def test_a_turned_piece_is_not_mirrored_beyond_its_photos_border():
    whole = ring()
    left, top, right, bottom = whole.box
    crop = np.s_[top - 2 : bottom + 2, left - 2 : right + 2]
    piece = replace(
        whole,
        rgb=whole.rgb[crop],
        foreground=whole.foreground[crop],
        alpha=whole.alpha[crop],
        box=(2, 2, right - left + 2, bottom - top + 2),
    )
    made = scene(piece, scale=0.5, turn_deg=40)
    laid = lay(piece, Mapping(made.matrix, made.ground.shape[:2]))
    height, width = piece.alpha.shape
    x, y = Mapping(made.matrix, made.ground.shape[:2]).photo_xy((0, 0, *made.ground.shape[1::-1]))
    beyond = (x < -1) | (y < -1) | (x > width) | (y > height)
    assert beyond.any()
    assert laid.alpha[beyond].max() == 0


def test_a_drape_is_followed_and_its_core_is_still_the_photo():
    y, x = np.mgrid[0:640, 0:512].astype(np.float32)
    drape = np.dstack([4 * np.sin(y / 60), 3 * np.sin(x / 70)]).astype(np.float32)
    made = scene(ring(), drape=drape)
    locked = lock(ring(), made, Finish())
    assert locked.core.sum() > 8_000
    expected = np.clip(locked.reference * locked.gain, 0, 1)
    np.testing.assert_allclose(locked.picture[locked.core], expected[locked.core], atol=1e-6)
    straight = lock(ring(), replace(made, drape=None), Finish())
    assert np.abs(linear_to_srgb(straight.picture) - linear_to_srgb(locked.picture)).max() > 0.2
