"""A necklace on a plate: each strand goes behind the body's outline, or the plate is refused with the nearest fit."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from pipeline.direction import Calibration, Placement, Pose
from pipeline.engines.drape import MOST_STRETCH
from pipeline.engines.exposure import drawn_mask
from pipeline.engines.plate_strands import over_the_outline
from pipeline.engines.protocol import Scene
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.plate import find_anchors, read_plate
from tests.pipeline.engines import drawn
from tests.pipeline.plate import rendered
from tests.pipeline.plate.rendered import Truth
from tests.pipeline.plate.test_plate_engine import worn

WIDTH_MM = 165.0


def bust(name: str) -> Truth:
    turned = {"front": (0.0, 0.0), "walked round": (20.0, 0.0), "head turned": (0.0, 35.0), "both": (15.0, -30.0)}
    azimuth, head = turned[name]
    return rendered.head(azimuth, 560.0, None, -20.0, Pose(head_turn_deg=head))


@lru_cache(maxsize=8)
def on(name: str, closed: bool, drape: float = 0.0) -> tuple[CutPiece, Scene]:
    piece = drawn.necklace(closed)
    return piece, worn(piece, "necklace", WIDTH_MM, bust(name), fill=0.6, placement=Placement(drape=drape))


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
@pytest.mark.parametrize("name", ["front", "walked round", "head turned", "both"])
def test_both_strands_are_seen_up_to_the_outline_and_go_behind_it(name: str, closed: bool) -> None:
    piece, scene = on(name, closed)
    shown = drawn_mask(piece.alpha > 0.5, scene.matrix, scene.visible.shape[::-1]) * scene.visible
    columns = np.nonzero((shown > 0.5).any(0))[0]
    middle = (columns[0] + columns[-1]) / 2
    edge = np.abs(scene.ground - scene.ground[2, 2]).max(-1) > 0.06
    for side in (np.s_[:, : int(middle)], np.s_[:, int(middle) :]):
        rows, at = np.nonzero(shown[side] > 0.5)
        top = rows.argmin()
        # Right above where a strand is last seen there is no body: it ended at the outline, and not in the air.
        row, column = int(rows[top]), int(at[top])
        above = edge[side][max(row - round(6 * scene.px_per_mm), 0) : row, column]
        assert not above.all(), (name, closed)
        assert row > 0


@pytest.mark.parametrize("name", ["front", "walked round", "head turned", "both"])
def test_the_loop_hangs_round_the_neck_and_not_round_the_chin(name: str) -> None:
    _, scene = on(name, True)
    truth = bust(name)
    # The loop's middle against the neck's, in the plate's own pixels.
    to_plate = scene.px_per_mm / truth.px_per_mm("neck")
    reading = find_anchors(read_plate(truth.png)).named("neck")
    assert reading is not None
    assert abs(reading.point[0] - truth.pixel("neck")[0]) / truth.px_per_mm("neck") <= 4.0
    axis = (scene.matrix @ [400, 400, 1])[0]
    others = [scene.matrix @ [x, 400, 1] for x in (107, 693)]
    assert axis == pytest.approx(np.mean([o[0] for o in others]), abs=0.5 * to_plate)


def test_the_sides_lean_in_and_nothing_of_the_piece_grows_or_shrinks_by_three_in_a_hundred() -> None:
    piece, scene = on("front", True, drape=1.0)
    assert scene.drape is not None
    shown = drawn_mask(piece.alpha > 0.5, scene.matrix, scene.visible.shape[::-1], scene.drape) * scene.visible
    y, x = np.nonzero(shown > 0.5)
    inverse = np.linalg.inv(scene.matrix)
    jacobian = np.stack([np.gradient(scene.drape, axis=k) for k in (1, 0)], -1) + inverse[:2, :2]
    stretch = np.linalg.svd(jacobian[y, x], compute_uv=False) / np.linalg.svd(inverse[:2, :2], compute_uv=False)
    assert abs(np.log(stretch)).max() <= 1.1 * MOST_STRETCH
    assert np.abs(scene.drape).max() > 2


def test_a_body_from_the_side_is_refused_with_the_turn_and_the_nearest_fit() -> None:
    truth = rendered.head(60.0, 560.0, None, -20.0)
    neck = truth.pixel("neck")
    half = 56 * truth.px_per_mm("neck")
    measured = Calibration(anchor="neck", edges=((neck[0] - half, neck[1]), (neck[0] + half, neck[1])), width_mm=112.0)
    with pytest.raises(PlacementRefused) as refused:
        worn(drawn.necklace(), "necklace", WIDTH_MM, truth, calibrations=(measured,))
    assert refused.value.code == "plate.view-unsuited"
    assert "turned about" in refused.value.message
    assert "within 15°" in refused.value.hint


def test_a_chain_that_would_end_in_the_air_is_refused_by_its_side() -> None:
    with pytest.raises(PlacementRefused) as refused:
        worn(drawn.necklace(False), "necklace", WIDTH_MM, bust("front"), placement=Placement(right_mm=45.0))
    assert refused.value.code == "plate.view-unsuited"
    assert "on the person's right the chain would end in the air" in refused.value.message
    assert "nearest fit" in refused.value.hint


@pytest.mark.parametrize(
    ("gaps", "crossed"),
    [
        ([(60, 100)], 59),  # the body ends: its outline
        ([(30, 34), (60, 100)], 59),  # a lock of hair on the way
        ([(30, 55)], 29),  # body again far further up: the head, and no part of the chest
        ([], None),
        ([(0, 5), (80, 100)], 79),  # it begins below the picture
    ],
)
def test_a_strand_is_followed_past_short_gaps_to_the_first_long_one(
    gaps: list[tuple[int, int]], crossed: int | None
) -> None:
    body = np.ones((100, 20), np.float32)
    for low, high in gaps:
        body[100 - high : 100 - low] = 0
    path = np.stack([np.full(100, 10.0), 99.0 - np.arange(100)], 1)
    assert over_the_outline(path, body, 1.0) == crossed
