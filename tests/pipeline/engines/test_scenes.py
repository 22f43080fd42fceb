"""Whole scenes at preview size: true millimetres, nothing in mid-air, what the body hides hidden, shadows that touch."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from pipeline.direction import Camera, Category, Direction, EngineName, Placement, Pose, first_direction
from pipeline.engines import engine_named
from pipeline.engines.exposure import drawn_mask
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.errors import Cancelled, DirectionRefused, PlacementRefused
from pipeline.imaging.piece import CutPiece
from tests.pipeline.engines import drawn


def preview(category: Category, engine: EngineName, **changes: object) -> Direction:
    return first_direction(category, engine).model_copy(update={"quality": "preview", **changes})


def made(piece: CutPiece, category: Category, width_mm: float, direction: Direction) -> Scene:
    return engine_named(direction.engine).run(piece, PieceFacts(category, width_mm), direction, Progress())


@lru_cache(maxsize=1)
def worn_necklace() -> tuple[CutPiece, Scene]:
    piece = drawn.necklace()
    return piece, made(piece, "necklace", 160.0, preview("necklace", "maquette"))


def scale_of(scene: Scene) -> float:
    return float(np.sqrt(np.linalg.det(scene.matrix[:2, :2])))


def test_the_necklace_is_drawn_in_true_millimetres() -> None:
    piece, scene = worn_necklace()
    assert scale_of(scene) == pytest.approx(scene.px_per_mm * 160.0 / piece.width_px, rel=0.005)
    assert np.allclose(scene.matrix[2], [0, 0, 1])
    a, b = scene.matrix[0, :2], scene.matrix[1, :2]
    assert abs(a @ b) < 1e-9 * (a @ a)


def test_the_scene_is_whole_and_finite() -> None:
    _, scene = worn_necklace()
    width, height = preview("necklace", "maquette").size_px()
    for image in (scene.ground, scene.shadow, scene.light, scene.normals):
        assert image.shape == (height, width, 3)
        assert image.dtype == np.float32
        assert np.isfinite(image).all()
    assert scene.visible.shape == scene.depth_mm.shape == (height, width)
    assert scene.ground.min() >= 0
    assert 0 <= scene.visible.min() <= scene.visible.max() <= 1


def test_the_front_shows_and_the_clasp_is_behind_the_neck() -> None:
    _, scene = worn_necklace()
    low = scene.matrix @ [400, 730, 1]
    clasp = scene.matrix @ [400, 84, 1]
    assert scene.visible[round(low[1]), round(low[0])] > 0.99
    assert scene.visible[round(clasp[1]), round(clasp[0])] < 0.01


def test_nothing_hangs_over_the_background() -> None:
    piece, scene = worn_necklace()
    covered = drawn_mask(piece.alpha > 0.5, scene.matrix, scene.visible.shape[::-1]) * scene.visible
    # The wall stands behind the bust; a step in depth of more than 150 mm is background.
    nearest = scene.depth_mm[covered > 0.5]
    assert nearest.max() - nearest.min() < 150
    assert (covered > 0.5).sum() > 300


def test_the_necklace_throws_a_shadow_on_the_skin_beside_it() -> None:
    piece, scene = worn_necklace()
    covered = drawn_mask(piece.alpha > 0.5, scene.matrix, scene.visible.shape[::-1]) * scene.visible > 0.02
    low = scene.matrix @ [400, 730, 1]
    below = scene.shadow[round(low[1]) : round(low[1]) + 20, round(low[0]) - 10 : round(low[0]) + 20]
    bare = ~covered[round(low[1]) : round(low[1]) + 20, round(low[0]) - 10 : round(low[0]) + 20]
    assert below[bare].min() < 0.9
    assert np.abs(scene.shadow[:20, :20] - 1).max() < 0.1


def test_light_on_the_piece_is_low_frequency_and_about_one() -> None:
    piece, scene = worn_necklace()
    covered = drawn_mask(piece.alpha > 0.5, scene.matrix, scene.visible.shape[::-1]) * scene.visible > 0.5
    assert np.median(scene.light[covered].mean(-1)) == pytest.approx(1, abs=0.25)
    assert np.abs(np.diff(scene.light, axis=1)).max() < 0.15


@pytest.mark.parametrize(("width_mm", "code"), [(60.0, "placement.too-small"), (420.0, "placement.too-large")])
def test_a_loop_that_no_neck_wears_is_refused(width_mm: float, code: str) -> None:
    with pytest.raises(PlacementRefused) as refused:
        made(drawn.necklace(), "necklace", width_mm, preview("necklace", "maquette"))
    assert refused.value.code == code
    assert "mm" in refused.value.hint


@pytest.mark.slow
@pytest.mark.parametrize("width_mm", [112.0, 160.0, 250.0])
@pytest.mark.parametrize("closed", [True, False])
def test_loops_of_many_widths_are_worn(width_mm: float, closed: bool) -> None:
    scene = made(drawn.necklace(closed), "necklace", width_mm, preview("necklace", "maquette"))
    assert scene.visible.max() > 0.99


def test_of_a_pair_one_stud_is_worn_and_the_other_left_out() -> None:
    piece = drawn.pair_of_studs()
    scene = made(piece, "earring", 24.0, preview("earring", "maquette"))
    assert any("2 earrings" in note for note in scene.notes)
    worn, other = scene.matrix @ [580, 410, 1], scene.matrix @ [220, 400, 1]
    height, width = scene.visible.shape
    assert scene.visible[round(worn[1]), round(worn[0])] == 1
    x, y = round(other[0]), round(other[1])
    assert not (0 <= x < width and 0 <= y < height) or scene.visible[y, x] < 0.01
    assert scale_of(scene) == pytest.approx(scene.px_per_mm * 24.0 / piece.width_px, rel=0.005)


def test_a_pair_is_worn_at_both_ears_and_each_earring_is_in_true_size() -> None:
    piece = drawn.pair_of_studs()
    direction = preview("earring", "maquette", placement=Placement(anchor="both-ears"), pose=Pose(name="front"))
    scene = made(piece, "earring", 24.0, direction)
    assert scene.drape is not None
    height, width = scene.visible.shape
    assert scale_of(scene) == pytest.approx(scene.px_per_mm * 24.0 / piece.width_px, rel=0.005)
    covered = drawn_mask(piece.alpha > 0.5, scene.matrix, (width, height), scene.drape) * scene.visible > 0.5
    columns = np.nonzero(covered.any(0))[0]
    # Two separate studs, a head's breadth apart, the left one as large as the photo's left one.
    gap = int(np.diff(columns).argmax())
    assert np.diff(columns)[gap] > 90 * scene.px_per_mm
    sizes = [columns[gap] - columns[0], columns[-1] - columns[gap + 1]]
    for size, radius in zip(sizes, (100, 112), strict=True):
        assert size == pytest.approx(2 * radius * scale_of(scene), abs=2.5)


def test_one_earring_is_no_pair() -> None:
    direction = preview("earring", "maquette", placement=Placement(anchor="both-ears"))
    with pytest.raises(PlacementRefused) as refused:
        made(drawn.drop(), "earring", 14.0, direction)
    assert refused.value.code == "placement.no-pair"


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_hoops_front_is_before_the_lobe_and_its_catch_behind_on_the_ear_its_photo_shows(mirrored: bool) -> None:
    piece = drawn.mirrored(drawn.hoop_with_post()) if mirrored else drawn.hoop_with_post()
    scene = made(piece, "earring", 24.0, preview("earring", "maquette"))

    def seen(x: int, y: int) -> float:
        at = scene.matrix @ [799 - x if mirrored else x, y, 1]
        return float(scene.visible[round(at[1]), round(at[0])])

    assert seen(205, 420) == 1
    assert seen(350, 215) < 0.1
    assert not any("points back" in note for note in scene.notes)


def test_a_plate_for_an_ear_is_refused() -> None:
    with pytest.raises(PlacementRefused) as refused:
        made(drawn.pair_of_studs(), "earring", 120.0, preview("earring", "maquette"))
    assert refused.value.code == "placement.too-large"


def test_an_upright_ring_stands_on_its_lowest_point_with_a_shadow_there() -> None:
    piece = drawn.upright_ring()
    scene = made(piece, "ring", 12.0, preview("ring", "still"))
    foot = scene.matrix @ [400, piece.box[3] - 1, 1]
    x, y = round(foot[0]), round(foot[1])
    assert scale_of(scene) == pytest.approx(scene.px_per_mm * 12.0 / piece.width_px, rel=0.005)
    assert scene.shadow[y : y + 2, x - 2 : x + 3].mean() < 0.75
    assert (scene.visible == 1).all()


def test_a_low_band_lies_and_the_camera_takes_its_height() -> None:
    scene = made(drawn.low_band(), "bracelet", 64.0, preview("bracelet", "still"))
    stated = next(int(note.split("°")[0].split()[-1]) for note in scene.notes if "°" in note)
    # Its ellipse is 140 px high for 290 px of half width: 29 degrees.
    assert stated == pytest.approx(29, abs=2)


def test_a_necklace_laid_flat_lies_on_a_surface_seen_from_straight_above_and_throws_its_shadow_there() -> None:
    piece = drawn.necklace()
    scene = made(piece, "necklace", 160.0, preview("necklace", "still"))
    covered = drawn_mask(piece.alpha > 0.5, scene.matrix, scene.visible.shape[::-1]) > 0.5
    assert np.ptp(scene.depth_mm[covered]) < 0.1
    assert scene.normals[covered][:, 2].min() > 0.99
    assert (scene.visible == 1).all()
    beside = drawn_mask(piece.alpha > 0.5, scene.matrix, scene.visible.shape[::-1]) < 0.02
    low = scene.matrix @ [400, 755, 1]
    below = np.s_[round(low[1]) : round(low[1]) + 8, round(low[0]) - 6 : round(low[0]) + 8]
    assert scene.shadow[below][beside[below]].min() < 0.85


def test_a_chain_that_leaves_its_photo_goes_over_the_slabs_far_edge() -> None:
    scene = made(drawn.necklace(closed=False), "necklace", 160.0, preview("necklace", "still"))
    end, front = scene.matrix @ [107, 2, 1], scene.matrix @ [107, 200, 1]
    assert scene.visible[round(end[1]), round(end[0])] < 0.5
    assert scene.visible[round(front[1]), round(front[0])] == 1


def test_the_camera_comes_no_closer_than_the_photos_own_pixels() -> None:
    direction = preview("ring", "still", camera=Camera(fill=0.95, elevation_deg=12), quality="draft")
    from pipeline.engines.framing import framed

    framing = framed(20.0, 20.0, 20.0 / 300, direction)
    assert framing.px_per_mm * 20.0 / 300 == pytest.approx(1.0)
    assert framing.notes


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(DirectionRefused):
        engine_named("daguerreotype")


def test_a_cancelled_run_stops_at_the_next_checkpoint() -> None:
    asked = {"n": 0}

    def cancelled() -> bool:
        asked["n"] += 1
        return asked["n"] > 2

    direction = preview("ring", "still", seed=77)
    with pytest.raises(Cancelled):
        engine_named("still").run(
            drawn.upright_ring(), PieceFacts("ring", 12.0), direction, Progress(cancelled=cancelled)
        )
