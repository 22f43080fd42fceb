"""A piece on a plate: true size on the body part, the far side hidden, the plate's own pixels elsewhere, or a reason."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import pytest
from scipy import ndimage

from pipeline.direction import Calibration, Camera, Category, Direction, Finish, Placement, PlateUse
from pipeline.engines import engine_named
from pipeline.engines.exposure import drawn_mask
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.errors import Cancelled, DirectionRefused, PictureError, PlacementRefused
from pipeline.imaging.colour import linear_to_srgb8
from pipeline.imaging.lock import lock
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.resample import Mapping
from pipeline.plate import Plate, read_plate
from tests.pipeline.engines import drawn
from tests.pipeline.plate import rendered
from tests.pipeline.plate.rendered import Truth

BARE = Finish(grain=0, vignette=0)


def band(width_px: int, tilt_deg: float, head: bool = True) -> CutPiece:
    """A band seen from `tilt_deg` over its plane, its head on the near (lower) arc; its wire is 26 px thick."""
    canvas = drawn.canvas(1000, 1000)
    half = width_px // 2 - 13
    cv2.ellipse(canvas, (500, 500), (half, round(half * np.sin(np.radians(tilt_deg)))), 0, 0, 360, 255, 26, cv2.LINE_AA)
    if head:
        cv2.circle(canvas, (500, 500 + round(half * np.sin(np.radians(tilt_deg)))), 66, 255, -1, cv2.LINE_AA)
    return drawn.cut((canvas / 255).astype(np.float32))


def direction(plate: Plate, **changes: object) -> Direction:
    given = {"anchor": "auto", "calibrations": (), "fill": 0.4, "placement": Placement(), **changes}
    return Direction(
        engine="plate",
        quality="preview",
        camera=Camera(fill=given["fill"]),  # type: ignore[arg-type]
        placement=given["placement"],  # type: ignore[arg-type]
        finish=BARE,
        plate=PlateUse(sha256=plate.sha256, anchor=given["anchor"], calibrations=given["calibrations"]),  # type: ignore[arg-type]
    )


def worn(piece: CutPiece, category: Category, width_mm: float, truth: Truth, **changes: object) -> Scene:
    plate = read_plate(truth.png)
    asked = direction(plate, **changes)
    return engine_named("plate", plate).run(piece, PieceFacts(category, width_mm), asked, Progress())


@lru_cache(maxsize=1)
def ring() -> tuple[CutPiece, Scene]:
    # Inside 18 mm where the true finger is 17.6 mm wide.
    piece = band(800, 18.0)
    return piece, worn(piece, "ring", 19.3, rendered.hand(), anchor="left-ring-proximal")


def scale_of(scene: Scene) -> float:
    return float(np.sqrt(np.linalg.det(scene.matrix[:2, :2])))


def test_the_ring_is_drawn_in_true_millimetres_and_unturned_in_depth() -> None:
    piece, scene = ring()
    assert scale_of(scene) == pytest.approx(scene.px_per_mm * 19.3 / piece.width_px, rel=1e-6)
    a, b = scene.matrix[0, :2], scene.matrix[1, :2]
    assert abs(a @ b) < 1e-9 * (a @ a)
    assert np.allclose(scene.matrix[2], [0, 0, 1])


def test_the_rings_far_arc_is_behind_the_finger_and_its_head_before_it() -> None:
    _, scene = ring()
    far = scene.matrix @ [500, 500 - 387 * np.sin(np.radians(18.0)), 1]
    head = scene.matrix @ [500, 500 + 387 * np.sin(np.radians(18.0)), 1]
    assert scene.visible[round(far[1]), round(far[0])] < 0.05
    assert scene.visible[round(head[1]), round(head[0])] > 0.95


def test_the_ring_sits_across_its_finger_as_wide_as_it() -> None:
    _, scene = ring()
    truth = rendered.hand()
    axis = truth.camera.project(
        truth.points["left-ring-proximal"] + truth.points["left-ring-proximal axis"]
    ) - truth.pixel("left-ring-proximal")
    axis /= np.linalg.norm(axis)
    across = (scene.matrix @ [1, 0, 0])[:2]
    across /= np.linalg.norm(across)
    assert abs(across @ axis) < np.sin(np.radians(6))
    # Where the band's middle line meets the finger's edges, skin ends within a millimetre.
    left, right = (scene.matrix @ [500 + side * 374, 500, 1] for side in (-1, 1))
    outside = [scene.depth_mm[round(p[1]), round(p[0])] for p in (left, right)]
    middle = scene.matrix @ [500, 500, 1]
    assert min(outside) > scene.depth_mm[round(middle[1]), round(middle[0])] + 3


def test_the_plates_own_pixels_are_the_ground_where_no_piece_is_near() -> None:
    truth = rendered.hand()
    piece, scale = band(800, 18.0), truth.px_per_mm("left-ring-proximal")
    wide = float(truth.points["left-ring-proximal width"][0])
    edges = tuple(tuple(p) for p in _edges(truth, "left-ring-proximal"))
    measured = Calibration(anchor="left-ring-proximal", edges=edges, width_mm=wide, tilt_deg=12)
    scene = worn(piece, "ring", 19.3, truth, calibrations=(measured,), anchor="left-ring-proximal")
    picture = lock(piece, scene, BARE).picture
    k = scene.px_per_mm / scale
    plate = cv2.GaussianBlur(read_plate(truth.png).rgb, (0, 0), 0.42 * np.sqrt(max(1 / k**2 - 1, 0.01)))
    shrunk = cv2.resize(plate, None, fx=k, fy=k, interpolation=cv2.INTER_LINEAR)
    patch = linear_to_srgb8(picture[20:140, 20:140])
    found = cv2.matchTemplate(linear_to_srgb8(shrunk), patch, cv2.TM_SQDIFF)
    x, y = cv2.minMaxLoc(found)[2]
    same = linear_to_srgb8(shrunk[y : y + 120, x : x + 120]).astype(float)
    assert np.abs(same - patch).mean() < 2.5
    assert np.abs(same.mean((0, 1)) - patch.mean((0, 1))).max() < 1.0
    assert np.allclose(scene.shadow[20:140, 20:140], 1, atol=0.02)


def test_the_shadow_falls_away_from_the_plates_light_and_touches_the_ring() -> None:
    piece, scene = ring()
    mask = drawn_mask(piece.alpha > 0.5, scene.matrix, scene.ground.shape[1::-1]) * scene.visible
    beside = (cv2.dilate(mask, np.ones((9, 9))) > 0.5) & (mask < 0.05)
    depth = scene.shadow.mean(-1)
    assert depth[beside].min() < 0.9
    # The rendered light comes from the upper left: below and right of the piece it is darker than above and left.
    y, x = np.nonzero(beside)
    middle = scene.matrix @ [500, 500, 1]
    away = (x - middle[0]) * 0.55 + (y - middle[1]) * 0.45
    assert depth[y[away > 4], x[away > 4]].mean() < depth[y[away < -4], x[away < -4]].mean()


def test_the_scene_is_whole_finite_and_the_same_twice() -> None:
    piece, scene = ring()
    again = worn(piece, "ring", 19.3, rendered.hand(), anchor="left-ring-proximal")
    for name in ("ground", "shadow", "light", "visible", "matrix", "normals", "depth_mm"):
        one, two = getattr(scene, name), getattr(again, name)
        assert np.isfinite(one).all(), name
        assert np.array_equal(one, two), name
    assert scene.versions["engine"].startswith("plate ")
    assert any("confirmed by" in note for note in scene.notes)


def test_offsets_run_along_the_finger_and_rotation_turns_the_piece() -> None:
    piece, scene = ring()
    moved = worn(
        piece,
        "ring",
        19.3,
        rendered.hand(),
        anchor="left-ring-proximal",
        placement=Placement(up_mm=4.0, rotation_deg=10.0),
    )
    turn = np.arctan2(moved.matrix[1, 0], moved.matrix[0, 0]) - np.arctan2(scene.matrix[1, 0], scene.matrix[0, 0])
    assert np.degrees(turn) == pytest.approx(-10.0, abs=1e-6)
    assert scale_of(moved) == pytest.approx(scale_of(scene), rel=0.06)


@pytest.mark.parametrize(("piece", "width_mm", "code"), [
    (band(800, 18.0), 40.0, "placement.too-large"),
    (band(800, 18.0), 11.0, "placement.too-small"),
    (band(800, 75.0), 19.3, "plate.view-unsuited"),
])  # fmt: skip
def test_a_ring_that_this_finger_cant_wear_is_refused_with_what_would(
    piece: CutPiece, width_mm: float, code: str
) -> None:
    with pytest.raises(PlacementRefused) as refused:
        worn(piece, "ring", width_mm, rendered.hand(), anchor="left-ring-proximal")
    assert refused.value.code == code
    assert refused.value.hint


def test_a_bracelet_goes_round_the_wrist() -> None:
    piece = band(800, 16.0)
    scene = worn(piece, "bracelet", 64.0, rendered.hand(), fill=0.5)
    far = scene.matrix @ [500, 500 - 387 * np.sin(np.radians(16.0)), 1]
    near = scene.matrix @ [400, 500 + 374 * np.sin(np.radians(16.0)), 1]
    assert scene.visible[round(far[1]), round(far[0])] < 0.05
    assert scene.visible[round(near[1]), round(near[0])] > 0.95


def test_a_watch_laid_straight_goes_across_the_wrist_and_round_it() -> None:
    canvas = drawn.canvas(1000, 600)
    cv2.rectangle(canvas, (230, 40), (370, 960), 255, -1)
    cv2.circle(canvas, (300, 500), 140, 255, -1, cv2.LINE_AA)
    piece = drawn.cut((canvas / 255).astype(np.float32))
    # 34 mm over its dial, 112 mm long.
    scene = worn(piece, "watch", 34.0, rendered.hand(), fill=0.5)
    dial, end = scene.matrix @ [300, 500, 1], scene.matrix @ [300, 60, 1]
    assert scene.visible[round(dial[1]), round(dial[0])] > 0.95
    h, w = scene.visible.shape
    if 0 <= end[0] < w and 0 <= end[1] < h:
        assert scene.visible[round(end[1]), round(end[0])] < 0.05
    # It comes to lie square to the forearm, whichever way round.
    truth = rendered.hand()
    arm = truth.camera.project(truth.points["left-wrist"] + truth.points["left-wrist axis"]) - truth.pixel("left-wrist")
    strap = (scene.matrix @ [0, 1, 0])[:2]
    assert abs(strap @ arm) / np.linalg.norm(strap) / np.linalg.norm(arm) < np.sin(np.radians(6))


def test_a_necklaces_clasp_is_behind_the_neck_and_its_pendant_on_the_chest() -> None:
    piece = drawn.necklace()
    scene = worn(piece, "necklace", 165.0, rendered.head(0.0, 420.0, None, 0.0), fill=0.6)
    low = scene.matrix @ [400, 730, 1]
    clasp = scene.matrix @ [400, 84, 1]
    assert scene.visible[round(low[1]), round(low[0])] > 0.95
    h, w = scene.visible.shape
    if 0 <= clasp[1] < h and 0 <= clasp[0] < w:
        assert scene.visible[round(clasp[1]), round(clasp[0])] < 0.05


def test_an_earring_hangs_at_the_lobe_before_the_skin() -> None:
    truth = rendered.head(20.0)
    piece = drawn.drop()
    scene = worn(piece, "earring", 9.0, truth, anchor="left-ear", fill=0.2)
    part_top = scene.matrix @ [np.nonzero(piece.alpha[piece.box[1] + 2])[0].mean(), piece.box[1], 1]
    assert scene.visible[round(part_top[1]) + 2, round(part_top[0])] > 0.9


@lru_cache(maxsize=1)
def pair_worn() -> tuple[CutPiece, Scene]:
    piece = drawn.pair_of_studs()
    return piece, worn(piece, "earring", 30.0, rendered.head(0.0), fill=0.6)


def test_a_pair_is_worn_at_both_lobes_of_a_face_from_the_front_and_neither_is_bent() -> None:
    piece, scene = pair_worn()
    assert scene.drape is not None
    truth = rendered.head(0.0)
    h, w = scene.visible.shape
    laid = Mapping(scene.matrix, (h, w), scene.drape)
    x, y = laid.photo_xy((0, 0, w, h))
    inside = (x > 0) & (y > 0) & (x < piece.alpha.shape[1] - 1) & (y < piece.alpha.shape[0] - 1)
    drawn_at = np.zeros((h, w), bool)
    drawn_at[inside] = piece.alpha[y[inside].astype(int), x[inside].astype(int)] > 0.5
    labels, count = ndimage.label(ndimage.binary_dilation(drawn_at, iterations=2))
    assert count == 2
    middles = sorted(ndimage.center_of_mass(labels == k)[1] for k in (1, 2))
    between = np.linalg.norm(truth.pixel("left-ear") - truth.pixel("right-ear")) / truth.px_per_mm("left-ear")
    assert (middles[1] - middles[0]) / scene.px_per_mm == pytest.approx(between, abs=6)
    # Where either lies the warp is a shift alone.
    for k in (1, 2):
        assert np.ptp(scene.drape[(labels == k) & drawn_at], axis=0).max() < 1e-3


def test_one_ear_may_be_asked_for_and_both_only_with_a_pair() -> None:
    scene = worn(drawn.pair_of_studs(), "earring", 30.0, rendered.head(0.0), anchor="left-ear", fill=0.3)
    assert scene.drape is None
    with pytest.raises(PlacementRefused) as refused:
        worn(drawn.drop(), "earring", 9.0, rendered.head(0.0), anchor="both-ears")
    assert refused.value.code == "placement.no-pair"
    with pytest.raises(PlacementRefused) as refused:
        worn(drawn.pair_of_studs(), "earring", 30.0, rendered.head(20.0), anchor="both-ears")
    assert refused.value.code == "plate.anchor-missing"


def test_along_the_finger_a_ring_moves_to_where_the_finger_is_as_it_is_there() -> None:
    piece, _ = ring()
    asked = {"anchor": "left-ring-proximal", "placement": Placement(along_mm=8.0)}
    scene = worn(piece, "ring", 19.3, rendered.hand(), **asked)
    middle = scene.matrix @ [500, 500, 1]
    # Its middle lies on the finger's ridge there, and its sides on the finger's edges.
    assert scene.depth_mm[round(middle[1]), round(middle[0])] < 2
    for side in (-1, 1):
        beside = scene.matrix @ [500 + side * 374, 500, 1]
        assert scene.depth_mm[round(beside[1]), round(beside[0])] > 3
    with pytest.raises(PlacementRefused) as refused:
        worn(piece, "ring", 19.3, rendered.hand(), **{**asked, "placement": Placement(along_mm=-40.0)})
    assert refused.value.code == "placement.off-body"


def test_what_a_photograph_has_fixed_is_said_to_be_left_aside() -> None:
    piece, _ = ring()
    scene = worn(
        piece, "ring", 19.3, rendered.hand(), anchor="left-ring-proximal", placement=Placement(tilt_deg=5, roll_deg=9)
    )
    assert any("left aside" in note and "tilting" in note and "rolling" in note for note in scene.notes)


def test_a_category_without_its_body_part_is_refused_with_what_the_plate_shows() -> None:
    with pytest.raises(PlacementRefused) as refused:
        worn(drawn.necklace(), "necklace", 165.0, rendered.hand())
    assert refused.value.code == "plate.no-anchor"
    assert "neck" in refused.value.message


def test_an_anchor_of_another_part_or_none_is_refused_by_name() -> None:
    for anchor, code in (("left-wrist", "plate.anchor-unsuited"), ("right-ring-proximal", "plate.anchor-missing")):
        with pytest.raises(PlacementRefused) as refused:
            worn(band(800, 18.0), "ring", 19.3, rendered.hand(), anchor=anchor)
        assert refused.value.code == code
        assert "left-ring-proximal" in refused.value.hint


def test_a_calibrated_finger_is_believed_before_the_ring() -> None:
    truth = rendered.hand()
    found = Calibration(
        anchor="left-ring-proximal",
        edges=tuple(tuple(p) for p in _edges(truth, "left-ring-proximal")),
        width_mm=float(truth.points["left-ring-proximal width"][0]),
        tilt_deg=12,
    )
    scene = worn(band(800, 18.0), "ring", 19.3, truth, calibrations=(found,), anchor="left-ring-proximal")
    assert not any("taken from the ring itself" in note for note in scene.notes)
    assert any("measured by hand" in note for note in scene.notes)


def _edges(truth: Truth, name: str) -> list[np.ndarray]:
    at = truth.pixel(name)
    axis = truth.camera.project(truth.points[name] + truth.points[f"{name} axis"]) - at
    axis /= np.linalg.norm(axis)
    half = float(truth.points[f"{name} width"][0]) / 2 * truth.px_per_mm(name)
    return [at + np.array([-axis[1], axis[0]]) * half, at - np.array([-axis[1], axis[0]]) * half]


def test_the_direction_must_name_the_very_plate() -> None:
    plate = read_plate(rendered.hand().png)
    piece, facts = band(800, 18.0), PieceFacts("ring", 19.3)
    other = Plate(plate.rgb, "f" * 64)
    with pytest.raises(DirectionRefused) as refused:
        engine_named("plate", other).run(piece, facts, direction(plate), Progress())
    assert refused.value.code == "plate.another"
    with pytest.raises(DirectionRefused) as refused:
        engine_named("plate").run(piece, facts, direction(plate), Progress())
    assert refused.value.code == "plate.missing"


def test_a_cancel_is_heard_between_the_steps() -> None:
    plate = read_plate(rendered.hand().png)
    told: list[str] = []
    progress = Progress(lambda stage, done, preview: told.append(stage), cancelled=lambda: len(told) > 1)
    with pytest.raises(Cancelled):
        engine_named("plate", plate).run(band(800, 18.0), PieceFacts("ring", 19.3), direction(plate), progress)


def test_refusals_are_for_people() -> None:
    with pytest.raises(PictureError) as refused:
        worn(band(800, 75.0), "ring", 19.3, rendered.hand(), anchor="left-ring-proximal")
    assert "°" in refused.value.message
    assert "nearest fit" in refused.value.hint


def _measured_wrist(truth: Truth) -> Calibration:
    return Calibration(
        anchor="left-wrist",
        edges=tuple(tuple(p) for p in _edges(truth, "left-wrist")),  # type: ignore[arg-type]
        width_mm=float(truth.points["left-wrist width"][0]),
        tilt_deg=10,
    )


@pytest.mark.parametrize("turn_deg", [65.0, -70.0, 110.0])
def test_a_bangle_wider_than_the_arm_hangs_from_it_and_touches_its_upper_edge(turn_deg: float) -> None:
    truth = rendered.hand(turn_deg=turn_deg)
    wide = float(truth.points["left-wrist width"][0])
    piece = band(800, 14.0, head=False)
    # Inside 12 mm wider than the arm; 26 px of wire on either side of 748.
    scene = worn(piece, "bracelet", (wide + 12) * 800 / 748, truth, calibrations=(_measured_wrist(truth),), fill=0.5)
    scale = scene.px_per_mm
    ends = [(scene.matrix @ [x, 500, 1])[:2] for x in (126, 874)]
    upper, lower = sorted(ends, key=lambda end: float(end[1]))
    middle = (upper + lower) / 2
    arm = np.array(_edges(truth, "left-wrist"))
    across = (arm[1] - arm[0]) / np.linalg.norm(arm[1] - arm[0])
    down = across if across[1] > 0 else -across
    assert (lower - upper) @ down / scale == pytest.approx(wide + 12, abs=0.6)
    # Its middle lies half the gap under the arm's own, so the gap is below alone.
    arm_edge = _first_skin(scene, middle, -down)
    assert np.linalg.norm(arm_edge - middle) / scale == pytest.approx((wide + 12) / 2, abs=1.5)
    assert np.linalg.norm(_first_skin(scene, middle, down) - middle) / scale == pytest.approx(wide / 2 - 6, abs=1.5)


def _first_skin(scene: Scene, start: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Where the arm ends, from its middle on along a direction, told by the backdrop's blue."""
    for step in range(2000):
        x, y = np.round(start + along * step).astype(int)
        if scene.ground[y, x, 2] > scene.ground[y, x, 0]:
            return np.array([x, y], float)
    raise AssertionError("the arm goes on to the frame")


@pytest.mark.parametrize(("tilt", "refused"), [(14.0, False), (41.0, True)])
def test_a_bracelet_photographed_from_high_above_is_refused_on_an_arm_that_lies_flat(
    tilt: float, refused: bool
) -> None:
    truth = rendered.hand(turn_deg=65.0)
    given = {"calibrations": (_measured_wrist(truth),), "fill": 0.5}
    if not refused:
        assert worn(band(800, tilt, head=False), "bracelet", 62.0, truth, **given).visible.any()
        return
    with pytest.raises(PlacementRefused) as told:
        worn(band(800, tilt, head=False), "bracelet", 62.0, truth, **given)
    assert told.value.code == "plate.view-unsuited"
    assert "41° down" in told.value.message
    assert "° over the band or less" in told.value.hint


def test_a_safety_chain_that_doesnt_hang_is_told() -> None:
    piece = band(700, 14.0, head=False)
    alpha = (piece.alpha * 255).astype(np.uint8)
    # A thin chain that lies beside the round's right end, as photos on a table show it.
    cv2.polylines(alpha, [np.array([[846, 500], [930, 520], [960, 580], [900, 600]])], False, (255,), 9, cv2.LINE_AA)
    with_chain = drawn.cut((alpha / 255).astype(np.float32))

    def notes(worn_by: CutPiece, width_mm: float, turn_deg: float) -> str:
        truth = rendered.hand(turn_deg=turn_deg)
        measured = (_measured_wrist(truth),)
        return " ".join(worn(worn_by, "bracelet", width_mm, truth, calibrations=measured, fill=0.5).notes)

    assert "off the vertical" in notes(with_chain, 78.0, -70.0)
    assert "loose end" not in notes(with_chain, 78.0, 65.0), "here it hangs down from the wrist"
    assert "loose end" not in notes(piece, 64.0, -70.0)
