"""Measured by hand: two clicks and a typed width stand instead of whatever was found, exactly as they were made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.direction import Calibration, Direction, PlateUse, read_direction
from pipeline.errors import PlacementRefused
from pipeline.plate import find_anchors, read_plate
from pipeline.plate.calibrated import calibrated_anchor
from tests.pipeline.plate import rendered

SIZE = (2000, 2000)


def finger(**changes: object) -> Calibration:
    given = {"anchor": "left-ring-proximal", "edges": ((900.0, 800.0), (1080.0, 800.0)), "width_mm": 18.0, **changes}
    return Calibration.model_validate(given)


@given(st.floats(0, 2 * np.pi), st.floats(60, 600), st.floats(12, 28), st.floats(-0.35, 0.35), st.booleans())
def test_scale_and_axis_are_what_was_clicked_whatever_the_turn(
    turn: float, width: float, mm: float, askew: float, swapped: bool
) -> None:
    axis = np.array([np.cos(turn), np.sin(turn)])
    # Edge points set a little askew of the axis: the width across it is what counts.
    side = np.array([-axis[1], axis[0]])
    middle = np.array([1000.0, 1000.0])
    edges = [middle + (side + axis * askew) * width / 2, middle - (side + axis * askew) * width / 2]
    if swapped:
        edges.reverse()
    made = calibrated_anchor(
        finger(
            edges=tuple(map(tuple, edges)),
            axis=(tuple(middle), tuple(middle + axis * 100)),
            width_mm=mm,
        ),
        SIZE,
        None,
    )
    assert made.px_per_mm == pytest.approx(width / mm, rel=1e-6)
    assert np.allclose(made.axis, axis, atol=1e-9)
    assert np.allclose(made.point, middle)
    left, right = np.array(made.edges)
    assert (right - left) @ side > 0
    assert made.confidence == 1


def test_it_stands_instead_of_what_was_found_and_keeps_its_tilt() -> None:
    truth = rendered.hand()
    plate = read_plate(truth.png)
    found = find_anchors(plate).named("left-ring-proximal")
    assert found is not None
    clicked = Calibration(
        anchor="left-ring-proximal", edges=found.edges, width_mm=float(truth.points["left-ring-proximal width"][0])
    )
    made = find_anchors(plate, [clicked]).named("left-ring-proximal")
    assert made is not None
    assert made.confirmed_by == ("calibration",)
    assert made.tilt_deg == found.tilt_deg
    assert np.array(made.axis) @ np.array(found.axis) > 0.99
    assert made.px_per_mm == pytest.approx(truth.px_per_mm("left-ring-proximal"), rel=0.02)


def test_a_plate_on_which_nothing_is_found_serves_once_it_is_measured() -> None:
    png = rendered.png(np.full((900, 900, 3), 0.3, np.float32))
    measured = finger(edges=((400.0, 450.0), (500.0, 450.0)))
    reading = find_anchors(read_plate(png), [measured])
    assert [a.name for a in reading.anchors] == ["left-ring-proximal"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"anchor": "left-knee"}, "plate.anchor-unknown"),
        ({"edges": ((900.0, 800.0), (2400.0, 800.0))}, "plate.calibration-outside"),
        ({"width_mm": 80.0}, "plate.calibration-size"),
        ({"axis": ((900.0, 800.0), (1080.0, 801.0))}, "plate.calibration-askew"),
    ],
)
def test_a_calibration_that_cant_be_right_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(PlacementRefused) as refused:
        calibrated_anchor(finger(**changes), SIZE, None)
    assert refused.value.code == code
    assert refused.value.hint


@pytest.mark.parametrize(
    "changes", [{"width_mm": float("nan")}, {"width_mm": 0}, {"edges": ((5.0, 5.0), (6.0, 5.0))}, {"seen": 1}]
)
def test_a_calibration_of_nonsense_is_none(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        finger(**changes)


def test_a_direction_names_its_plate_and_reads_back_the_same() -> None:
    use = PlateUse(sha256="a" * 64, anchor="left-ring-proximal", calibrations=(finger(),))
    direction = Direction(engine="plate", plate=use)
    again = read_direction(direction.model_dump_json())
    assert again == direction
    assert again.sha256() == direction.sha256()
    # Directions from before plates were known still read.
    old = {k: v for k, v in Direction().model_dump(mode="json").items() if k != "plate"}
    assert read_direction(old) == Direction()


def test_names_of_before_the_one_vocabulary_still_read() -> None:
    use = PlateUse.model_validate(
        {"sha256": "a" * 64, "anchor": "left-ring", "calibrations": [finger(anchor="left-thumb").model_dump()]}
    )
    assert use.anchor == "left-ring-proximal"
    assert use.calibrations[0].anchor == "left-thumb-proximal"
    for name in ("auto", "neck", "left-ear", "right-wrist", "finger", "wrist", "left-ring-middle"):
        assert PlateUse(sha256="a" * 64, anchor=name).anchor == name
