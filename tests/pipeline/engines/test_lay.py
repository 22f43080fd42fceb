"""How a piece lies on a table follows from how it was photographed; its stand-in stands where its photo says it stood."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.direction import Camera, Category, Direction, first_direction
from pipeline.engines.lay import HIGHEST_LYING_DEG, Lay, lay_of, settled
from pipeline.engines.protocol import PieceFacts
from pipeline.engines.silhouette import parts_of
from pipeline.engines.still import put_down
from pipeline.engines.still_world import focus_mm, table_camera, table_world
from pipeline.engines.table_caster import table_caster
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.stage.render import geometry
from tests.pipeline.engines import drawn


def lay(piece: CutPiece, category: Category, width_mm: float = 60.0, **camera: float) -> Lay:
    asked = Direction(engine="still", camera=Camera(**{"elevation_deg": 12.0, **camera}))  # type: ignore[arg-type]
    return lay_of(piece, parts_of(piece), PieceFacts(category, width_mm), asked)


def band(minor: int, head: int = 0) -> CutPiece:
    """A level band 600 px wide whose ellipse is `minor` px high to each side; a round head hangs `head` px below it."""
    picture = drawn.canvas()
    cv2.ellipse(picture, (400, 400), (290, minor), 0, 0, 360, 255, 16, cv2.LINE_AA)
    if head:
        cv2.circle(picture, (400, 400 + minor), head, 255, -1, cv2.LINE_AA)
    return drawn.cut((picture / 255).astype(np.float32))


@pytest.mark.parametrize(
    ("piece", "category", "way"),
    [
        (drawn.necklace(), "necklace", "flat"),
        (drawn.low_band(), "bracelet", "lying"),
        (drawn.low_band(), "ring", "lying"),
        (drawn.hoop(), "bracelet", "flat"),
        (drawn.hoop(), "ring", "standing"),
        (drawn.upright_ring(), "ring", "standing"),
        (drawn.drop(), "earring", "flat"),
        (drawn.pair_of_studs(), "earring", "standing"),
        (drawn.hoop_with_post(), "earring", "standing"),
    ],
)
def test_the_photo_decides_how_the_piece_lies(piece: CutPiece, category: Category, way: str) -> None:
    assert lay(piece, category).way == way


@pytest.mark.parametrize("elevation_deg", [-5.0, 12.0, 50.0])
def test_what_lies_flat_is_seen_from_straight_above_whatever_height_is_asked_for(elevation_deg: float) -> None:
    assert lay(drawn.necklace(), "necklace", elevation_deg=elevation_deg).elevation_deg == 90.0


@pytest.mark.parametrize("tilt_deg", [14.0, 22.0, 35.0, 44.0])
def test_the_camera_stands_as_high_over_a_bare_band_as_the_photos_did(tilt_deg: float) -> None:
    found = lay(band(round(290 * np.sin(np.radians(tilt_deg)))), "bracelet")
    assert found.elevation_deg == pytest.approx(tilt_deg, abs=2.5)


def test_a_head_that_hangs_below_its_band_props_it_up() -> None:
    bare, headed = lay(band(75), "ring"), lay(band(75, head=70), "ring")
    assert bare.elevation_deg + 3 < headed.elevation_deg < HIGHEST_LYING_DEG


@pytest.mark.parametrize("width_mm", [1.0, 900.0])
def test_a_size_that_no_table_carries_is_refused(width_mm: float) -> None:
    with pytest.raises(PlacementRefused) as refused:
        lay(drawn.low_band(), "bracelet", width_mm)
    assert refused.value.code == "placement.size"


def test_a_lying_bands_stand_in_is_a_round_wall_on_the_table() -> None:
    piece = drawn.low_band()
    direction = first_direction("bracelet", "still").model_copy(update={"quality": "preview"})
    parts = parts_of(piece)
    laid = lay_of(piece, parts, PieceFacts("bracelet", 64.0), direction)
    laid = settled(laid, focus_mm(direction, 3.0))
    camera = table_camera(laid, 3.0, direction)
    matrix = put_down(piece, parts, laid, camera, direction)
    mask = cv2.warpPerspective(piece.alpha, matrix, camera.size_px) > 0.5
    (vertices, _), touching = table_caster(
        mask, parts, laid, matrix, camera, geometry(table_world(laid, camera, direction), camera)
    )
    # As wide as the band, as deep as it is wide, and standing on the table all round.
    across, deep = np.ptp(vertices[:, 0]), np.ptp(vertices[:, 1])
    # The scale is true at the foot; the ends lie half a diameter further off.
    assert across == pytest.approx(64.0 * (1 + 32.0 / camera.focus_mm), rel=0.04)
    assert deep == pytest.approx(across, rel=0.12)
    far = vertices[vertices[:, 1] > 0.97 * vertices[:, 1].max(), 2]
    assert -1.5 < vertices[:, 2].min() < 0.5
    assert -1.0 < far.min() < 2.5
    assert np.percentile(vertices[:, 2], 98) < 6.0
    assert 0 < touching.sum() < 0.7 * mask.sum()
    # The near arc's foot stands on the table where the photo shows it, so that its shadow begins there.
    lowest = np.nonzero(mask.any(1))[0].max()
    assert touching[lowest - 2 : lowest + 1].sum() > 0.9 * mask[lowest - 2 : lowest + 1].sum()
