"""What an engine promises of its Scene: true millimetres, one size everywhere, the same again, refusals in words."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.atelier.samples import SAMPLES, sample_photo
from pipeline.direction import Direction, Pose, first_direction
from pipeline.engines import engine_named
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.errors import Cancelled, DirectionRefused, PlacementRefused
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo
from pipeline.imaging.piece import CutPiece


@pytest.fixture(scope="module")
def pieces() -> dict[str, CutPiece]:
    return {s.category: cut_piece(read_photo(sample_photo(name))) for name, s in SAMPLES.items()}


def small(category: str) -> Direction:
    return first_direction(category).model_copy(update={"quality": "preview"})


def scene_of(pieces: dict[str, CutPiece], category: str, width_mm: float) -> Scene:
    direction = small(category)
    facts = PieceFacts(category, width_mm)  # type: ignore[arg-type]
    return engine_named(direction.engine).run(pieces[category], facts, direction, Progress())


@pytest.mark.parametrize(("category", "width_mm"), [("ring", 16.5), ("earring", 32.0), ("necklace", 160.0)])
def test_a_scene_is_whole_and_draws_the_piece_at_its_true_size(
    pieces: dict[str, CutPiece], category: str, width_mm: float
) -> None:
    scene = scene_of(pieces, category, width_mm)
    width, height = small(category).size_px()
    for name, channels in (("ground", 3), ("shadow", 3), ("light", 3), ("normals", 3)):
        field = getattr(scene, name)
        assert field.shape == (height, width, channels), name
        assert field.dtype == np.float32, name
        assert np.isfinite(field).all(), name
    assert scene.visible.shape == (height, width)
    assert 0 <= scene.visible.min() <= scene.visible.max() <= 1
    assert scene.visible.max() > 0.99, "nothing of the piece is seen"
    drawn = np.sqrt(abs(np.linalg.det(scene.matrix[:2, :2]))) * pieces[category].width_px
    assert drawn == pytest.approx(scene.px_per_mm * width_mm, rel=0.005)
    assert scene.shadow.min() < 0.97, "the piece throws no shadow: it floats"


def test_the_same_inputs_give_the_same_scene(pieces: dict[str, CutPiece]) -> None:
    first, second = (scene_of(pieces, "ring", 16.5) for _ in range(2))
    for name in ("ground", "shadow", "visible", "light", "matrix"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


def test_a_necklace_that_goes_round_no_neck_is_refused_with_what_to_change(pieces: dict[str, CutPiece]) -> None:
    with pytest.raises(PlacementRefused, match="neck"):
        scene_of(pieces, "necklace", 60.0)


def test_an_unknown_pose_is_refused_and_the_known_ones_are_named(pieces: dict[str, CutPiece]) -> None:
    direction = small("necklace").model_copy(update={"pose": Pose(name="handstand")})
    with pytest.raises(DirectionRefused, match="front"):
        engine_named("maquette").run(pieces["necklace"], PieceFacts("necklace", 160.0), direction, Progress())


def test_a_cancel_stops_the_run(pieces: dict[str, CutPiece]) -> None:
    with pytest.raises(Cancelled):
        engine_named("still").run(
            pieces["ring"], PieceFacts("ring", 16.5), small("ring"), Progress(cancelled=lambda: True)
        )


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(DirectionRefused):
        engine_named("sorcery")
