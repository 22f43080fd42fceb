"""The pinhole camera: projection and its inverse agree, and a millimetre in the focal plane has its pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stage.camera import PinholeCamera, camera_on

TARGET = np.array([12.0, -90.0, 430.0])


def camera(azimuth: float, elevation: float, focal: float, per_mm: float) -> PinholeCamera:
    return camera_on(
        TARGET,
        azimuth_deg=azimuth,
        elevation_deg=elevation,
        focal_length_mm=focal,
        px_per_mm=per_mm,
        size_px=(512, 640),
        target_px=(240.0, 330.0),
    )


views = st.builds(camera, st.floats(-90, 90), st.floats(-30, 60), st.floats(35, 200), st.floats(0.8, 30))


@given(views, st.floats(0, 511), st.floats(0, 639), st.floats(0.5, 2))
def test_a_pixel_taken_into_the_world_comes_back_to_itself(seen: PinholeCamera, x: float, y: float, far: float) -> None:
    point = seen.unproject(np.array([x, y]), seen.focus_mm * far)
    assert np.allclose(seen.project(point), [x, y], atol=1e-6)
    assert np.isclose(-seen.seen(point)[2], seen.focus_mm * far)


@given(views, st.floats(-30, 30), st.floats(-30, 30))
def test_lengths_across_the_focal_plane_keep_their_millimetres(seen: PinholeCamera, right: float, up: float) -> None:
    moved = TARGET + seen.rotation[0] * right + seen.rotation[1] * up
    assert np.allclose(seen.project(TARGET), [240, 330])
    expected = np.array([240 + right * seen.px_per_mm, 330 - up * seen.px_per_mm])
    assert np.allclose(seen.project(moved), expected, atol=1e-6)


@given(views, st.floats(-80, 80), st.floats(-80, 80), st.floats(-80, 80))
def test_the_matrix_says_the_same_as_the_projection(seen: PinholeCamera, x: float, y: float, z: float) -> None:
    point = TARGET + np.array([x, y, z]) * min(1.0, seen.focus_mm / 300)
    h = seen.matrix() @ np.append(point, 1.0)
    assert np.allclose(h[:2] / h[2], seen.project(point), atol=1e-6)


def test_positive_azimuth_walks_to_the_cameras_right() -> None:
    front, walked = camera(0, 0, 85, 3), camera(30, 0, 85, 3)
    assert front.origin[1] < TARGET[1]
    assert walked.origin[0] > front.origin[0]


def test_a_close_up_is_stopped_down() -> None:
    def radius(per_mm: float) -> float:
        return camera_on(
            TARGET, azimuth_deg=0, elevation_deg=0, focal_length_mm=85, px_per_mm=per_mm, size_px=(1024, 1280),
            target_px=(0, 0), f_number=8,
        ).lens_radius_mm  # fmt: skip

    assert radius(20) < radius(4) <= radius(1) == 85 / 8 / 2
