"""Rings on fingers and bracelets on wrists: the photo's view, true millimetres, what hides what; one whole scene each."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy.spatial import cKDTree

from pipeline.direction import Body, Category, Direction, Placement, Pose, first_direction
from pipeline.engines import engine_named
from pipeline.engines.exposure import drawn_mask
from pipeline.engines.limb import LEAST_RISE_DEG, MOST_TURN_DEG, Band, Worn, brought_up, put_on
from pipeline.engines.limb_world import TOUCH_MM, hand_under
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.engines.ring import fitted
from pipeline.engines.silhouette import parts_of
from pipeline.errors import DirectionRefused, PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.view import band_view
from pipeline.stage.hand import hand_sculpture
from pipeline.stage.hand_pose import hand_stance
from tests.pipeline.engines import drawn
from tests.pipeline.imaging.drawn_bands import band as drawn_band

OUTER_PX = 300.0
VIEWS = pytest.mark.parametrize(("tilt", "turn"), [(14.0, 0.0), (20.0, 90.0), (27.0, -40.0), (38.0, 10.0)])


def ring_photo(tilt_deg: float = 20.0, turn_deg: float = 0.0, head_deg: float | None = 0.0) -> CutPiece:
    mask = drawn_band(tilt_deg, turn_deg, head_deg=head_deg, head_share=0.24, outer_px=OUTER_PX, width_share=0.1).mask
    return drawn.cut(mask.astype(np.float32))


def width_for(piece: CutPiece, outer_mm: float) -> float:
    """The width of the piece's box in mm for a band of this outer diameter."""
    return outer_mm / (2 * OUTER_PX) * piece.width_px


def preview(category: Category, **changes: object) -> Direction:
    return first_direction(category, "maquette").model_copy(update={"quality": "preview", **changes})


@lru_cache(maxsize=32)
def worn_ring(tilt: float, turn: float, pose: str = "hand-relaxed", placement: Placement | None = None) -> Worn:
    piece = ring_photo(tilt, turn)
    direction = preview("ring", pose=Pose(name=pose), placement=placement or Placement())
    band = Band.of(band_view(piece.alpha > 0.5), 20.0 / (2 * OUTER_PX))
    held = hand_stance(direction.pose, ("ring",))
    hand = hand_sculpture(direction.body, held, "left")
    place, scale = fitted(hand, "ring-proximal", band, True)
    return put_on(piece, parts_of(piece)[0], band, hand, place, held, scale, direction)


def at(worn: Worn, u: float, v: float, tilt: float, turn: float) -> tuple[int, int]:
    """The picture's pixel (row, column) of a point of the drawn band, in units of its mean radius: across and near."""
    drawn_as = drawn_band(tilt, turn, width_share=0.1)
    across = np.array([drawn_as.near[1], -drawn_as.near[0]])
    photo = drawn_as.centre + drawn_as.mean_px * (u * across + v * np.sin(np.radians(tilt)) * drawn_as.near)
    x, y, _ = worn.placed.matrix @ [*photo, 1]
    return round(float(y)), round(float(x))


@VIEWS
def test_the_finger_goes_through_the_ring_in_its_photographed_view(tilt: float, turn: float) -> None:
    worn = worn_ring(tilt, turn)
    camera = worn.camera
    near = drawn_band(tilt, turn).near
    axis = worn.posed.turn @ worn.posed.station.axis
    in_picture = np.array([axis @ camera.rotation[0], -axis @ camera.rotation[1]])
    # The axis runs along the ellipse's minor axis, and leans to the camera by the tilt.
    assert abs(in_picture @ [near[1], -near[0]]) < 0.03
    assert abs(np.degrees(np.arcsin(axis @ camera.rotation[2]))) == pytest.approx(tilt, abs=1.5)
    assert in_picture @ near > 0  # tips away from the camera: they point to the near arc's side


@VIEWS
def test_the_ring_is_in_true_millimetres_and_the_finger_fills_it(tilt: float, turn: float) -> None:
    worn = worn_ring(tilt, turn)
    scale = float(np.sqrt(np.linalg.det(worn.placed.matrix[:2, :2])))
    assert scale == pytest.approx(worn.placed.px_per_mm * 20.0 / (2 * OUTER_PX), rel=0.01)
    half = worn.posed.station.half_width_mm * worn.posed.scale
    assert half == pytest.approx(20.0 / 2 * 0.88, rel=0.08)
    # On the ellipse's major axis the skin runs from edge to edge of the opening.
    for u in (-0.75, -0.4, 0.0, 0.4, 0.75):
        assert worn.view.body[at(worn, u, 0.0, tilt, turn)] > 0.99


@VIEWS
def test_the_far_arc_is_behind_the_finger_and_the_near_arc_and_the_head_before_it(tilt: float, turn: float) -> None:
    worn = worn_ring(tilt, turn)
    visible = worn.placed.visible
    for angle in (-30, 0, 30):
        a = np.radians(angle)
        assert visible[at(worn, np.sin(a), np.cos(a), tilt, turn)] > 0.99
        assert visible[at(worn, 0.8 * np.sin(a), -np.cos(a), tilt, turn)] < 0.05


def test_a_fine_tilt_turns_the_hand_and_never_the_piece() -> None:
    straight, tilted = worn_ring(20.0, 0.0), worn_ring(20.0, 0.0, placement=Placement(tilt_deg=10))
    assert np.array_equal(straight.placed.matrix, tilted.placed.matrix)
    before, after = (w.posed.turn @ w.posed.station.axis for w in (straight, tilted))
    assert np.degrees(np.arccos(before @ after)) == pytest.approx(10, abs=0.1)


def test_a_rotation_turns_hand_and_piece_together() -> None:
    straight, turned = worn_ring(20.0, 0.0), worn_ring(20.0, 0.0, placement=Placement(rotation_deg=30))
    angle = np.degrees(np.arctan2(turned.placed.matrix[0, 1], turned.placed.matrix[0, 0]))
    assert angle == pytest.approx(30, abs=0.01)
    before, after = (w.camera.rotation @ w.posed.turn @ w.posed.station.axis for w in (straight, turned))
    assert before[2] == pytest.approx(after[2], abs=1e-6)
    seen = np.degrees(np.arctan2(after[1], after[0]) - np.arctan2(before[1], before[0]))
    assert (seen + 180) % 360 - 180 == pytest.approx(30, abs=0.01)


@pytest.mark.parametrize("turn", range(0, 360, 45))
@pytest.mark.parametrize("pose", ["hand-relaxed", "hand-raised"])
def test_a_limb_that_lies_on_its_side_is_brought_up_and_no_other(turn: float, pose: str) -> None:
    piece = ring_photo(24.0, float(turn))
    band = Band.of(band_view(piece.alpha > 0.5), 20.0 / (2 * OUTER_PX))
    direction = preview("ring", pose=Pose(name=pose), placement=Placement(rotation_deg=3))
    held = hand_stance(direction.pose, ("ring",))
    brought, said = brought_up(direction, band, held)
    tips = band.view.near if held.tips == "far" else -band.view.near
    turned = brought.placement.rotation_deg - 3
    a = np.radians(turned)
    after = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) @ tips
    assert abs(turned) <= MOST_TURN_DEG
    assert abs(after[1]) > np.sin(np.radians(LEAST_RISE_DEG - 2))
    assert bool(said) == (turned != 0)
    if abs(tips[1]) > np.sin(np.radians(LEAST_RISE_DEG + 1)):
        assert turned == 0


def test_the_near_half_begins_with_a_whole_edge() -> None:
    """Where the band comes round the finger nothing is cut off along the ellipse's major axis."""
    tilt = 20.0
    worn = worn_ring(tilt, 0.0)
    drawn_as = drawn_band(tilt, 0.0, width_share=0.1)
    # Just behind the major axis, but within half the band's width of the near arc.
    v = np.sqrt(1 - 0.97**2) - 0.6 * 0.05 * OUTER_PX / (drawn_as.mean_px * np.sin(np.radians(tilt)))
    for u in (-0.97, 0.97):
        assert worn.placed.visible[at(worn, u, v, tilt, 0.0)] > 0.9


def test_a_watch_seen_from_its_front_lies_over_the_wrist() -> None:
    mask = np.zeros((800, 800), bool)
    mask[140:660, 340:460] = True
    y, x = np.mgrid[:800, :800]
    mask |= np.hypot(x - 400, y - 400) < 150
    piece = drawn.cut(mask.astype(np.float32))
    scene = run(piece, "watch", 300 * 62 / 520, preview("watch"))
    # Nothing of it is behind the arm.
    on_piece = drawn_mask(mask, scene.matrix, scene.visible.shape[::-1]) > 0.5
    assert scene.visible[on_piece].min() > 0.95
    assert any("wrist" in note for note in scene.notes)
    with pytest.raises(PlacementRefused) as refused:
        run(piece, "watch", 300 * 160 / 520, preview("watch"))
    assert refused.value.code == "placement.too-large"


def test_a_ring_moves_along_its_finger_and_not_off_it() -> None:
    straight, moved = worn_ring(20.0, 0.0), worn_ring(20.0, 0.0, placement=Placement(along_mm=2))
    step = (moved.posed.station.centre - straight.posed.station.centre) * straight.posed.scale
    assert step @ straight.posed.station.axis == pytest.approx(2, abs=0.4)
    with pytest.raises(PlacementRefused) as refused:
        worn_ring(20.0, 0.0, placement=Placement(along_mm=25))
    assert refused.value.code == "placement.off-body"


def test_hands_that_cross_touch_and_do_not_sink_into_each_other() -> None:
    worn = worn_ring(20.0, 0.0, "hands-crossed")
    hand = worn.posed.hand
    upper = worn.posed.placed(hand.vertices.astype(np.float64))
    _, lower = hand_under(worn.posed, upper, preview("ring"))
    back = worn.posed.turn @ hand.back
    near, which = cKDTree(lower).query(upper)
    closest = int(near.argmin())
    assert near[closest] < 4
    # Where they are nearest the lower one is beneath, or just pressed in.
    assert (upper[closest] - lower[which[closest]]) @ back > -2 * TOUCH_MM - 1


def run(piece: CutPiece, category: Category, width_mm: float, direction: Direction) -> Scene:
    return engine_named("maquette").run(piece, PieceFacts(category, width_mm), direction, Progress())


@pytest.mark.parametrize(("outer_mm", "code"), [(60.0, "placement.too-large"), (9.0, "placement.too-small")])
def test_a_ring_that_no_finger_wears_is_refused(outer_mm: float, code: str) -> None:
    piece = ring_photo()
    with pytest.raises(PlacementRefused) as refused:
        run(piece, "ring", width_for(piece, outer_mm), preview("ring"))
    assert refused.value.code == code
    assert "mm" in refused.value.message


def test_a_ring_bigger_than_the_chosen_finger_is_refused_and_auto_finds_another() -> None:
    piece = ring_photo()
    width = width_for(piece, 25.5)
    slim = preview("ring", placement=Placement(anchor="left-little-distal"))
    with pytest.raises(PlacementRefused) as refused:
        run(piece, "ring", width, slim)
    assert refused.value.code == "placement.too-large"
    assert "auto" in refused.value.hint
    hand = hand_sculpture(Body(), hand_stance(Pose(name="hand-relaxed"), ("ring",)), "left")
    band = Band.of(band_view(piece.alpha > 0.5), 24.5 / (2 * OUTER_PX))
    place, scale = fitted(hand, "little-proximal", band, True)
    assert place != "little-proximal"
    assert scale < 1.23


def test_views_that_cannot_be_worn_are_refused_with_what_to_change() -> None:
    through = ring_photo(70)
    with pytest.raises(PlacementRefused) as refused:
        run(through, "ring", width_for(through, 20), preview("ring"))
    assert refused.value.code == "view.through-the-hole"
    flat = ring_photo(75, head_deg=None)
    with pytest.raises(PlacementRefused) as refused:
        run(flat, "bracelet", width_for(flat, 66), preview("bracelet"))
    assert refused.value.code == "view.flat"
    assert "still" in refused.value.hint
    side = ring_photo(0.5, head_deg=None)
    with pytest.raises(PlacementRefused):
        run(side, "ring", width_for(side, 20), preview("ring"))


def test_a_ring_is_not_worn_on_the_neck_nor_in_a_head_pose() -> None:
    piece = ring_photo()
    with pytest.raises(PlacementRefused) as refused:
        run(piece, "ring", width_for(piece, 20), preview("ring", placement=Placement(anchor="neck")))
    assert refused.value.code == "placement.anchor"
    with pytest.raises(DirectionRefused) as unsuited:
        run(piece, "ring", width_for(piece, 20), preview("ring", pose=Pose(name="profile")))
    assert unsuited.value.code == "pose.unsuited"


def test_a_ring_scene_is_whole_with_a_shadow_beside_the_ring() -> None:
    piece = ring_photo()
    scene = engine_named("maquette").run(piece, PieceFacts("ring", width_for(piece, 20)), preview("ring"), Progress())
    height, width = scene.visible.shape
    for image in (scene.ground, scene.shadow, scene.light, scene.normals):
        assert image.shape == (height, width, 3)
        assert np.isfinite(image).all()
    assert any("ring finger" in note for note in scene.notes)
    assert scene.shadow.min() < 0.8
    assert np.abs(scene.shadow[:8, :8] - 1).max() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("pose", ["wrist-raised", "wrist-on-stone"])
@pytest.mark.parametrize("tilt", [15.0, 40.0])
def test_bracelets_of_many_views_are_worn(pose: str, tilt: float) -> None:
    piece = ring_photo(tilt)
    direction = preview("bracelet", pose=Pose(name=pose))
    scene = engine_named("maquette").run(piece, PieceFacts("bracelet", width_for(piece, 66)), direction, Progress())
    assert scene.visible.min() < 0.05
    assert scene.visible.max() > 0.99
