"""The still life: the piece on a set, seen as its photo saw it.

The photo decides how it can lie: a band or bracelet photographed from low over its own plane lies flat on the surface
and the camera takes that same height; an upright piece stands on its lowest point; a piece laid out flat (a necklace,
an open bracelet, a strap) lies on a board that leans back towards the camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from pipeline.direction import Direction
from pipeline.engines.exposure import Placed, drawn_mask, exposed
from pipeline.engines.framing import framed
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.engines.silhouette import PiecePart, parts_of, view_elevation_deg
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.stage.cache import content_key
from pipeline.stage.camera import PinholeCamera, camera_on
from pipeline.stage.lights import lamps
from pipeline.stage.render import Geometry, World, geometry
from pipeline.stage.sets import board, round_plinth, sweep
from pipeline.stage.shadow import draped_caster, standing_caster

Lay = Literal["standing", "lying", "board"]
NEUTRAL_ELEVATION_DEG = 12.0
# A closed band seen from lower than this over its plane lies on the table; from higher it was laid out flat.
HIGHEST_LYING_DEG = 50.0
LOWEST_LYING_DEG = 9.0
FLAT_FROM_DEG = 32.0
BOARD_LEAN_DEG = 13.0
REFLECTING = ("lacquer", "mirror")
LARGEST_MM, SMALLEST_MM = 600.0, 2.0


@dataclass(frozen=True)
class _Table:
    """How the piece lies: `lay`, the camera's elevation, and the piece's extent in mm."""

    lay: Lay
    elevation_deg: float
    width_mm: float
    height_mm: float
    mm_per_px: float
    open_top: bool


class Still:
    """The Engine named `still`; see `pipeline.engines.protocol`."""

    name = "still"
    version = "2"

    def run(self, piece: CutPiece, facts: PieceFacts, direction: Direction, progress: Progress) -> Scene:
        """Raises PlacementRefused for a size that no table top set carries."""
        progress.report("stage", 0.02)
        parts = parts_of(piece)
        table = _table(piece, parts, facts, direction)
        framing = framed(table.width_mm, table.height_mm, table.mm_per_px, direction)
        camera = _camera(table, framing.px_per_mm, direction)
        world = _world(table, camera, direction)
        view = geometry(world, camera)
        progress.report("stage", 0.15)

        matrix = _laid(piece, parts, table, camera, direction)
        drawn = drawn_mask(piece.alpha > 0.5, matrix, camera.size_px)
        visible = np.ones_like(drawn)
        if table.open_top:
            visible = _before_top_edge(view, parts[0], matrix)
        mask = (drawn > 0.5) & (visible > 0.5)
        if not mask.any():
            raise PlacementRefused(
                "placement.out-of-frame", "The piece lies outside the picture.", "Move it back to the middle."
            )
        caster = _caster(mask, parts, table, matrix, camera, view)
        # What lies flat touches the surface all along; a band seen from low stands over it.
        flat = table.lay == "board" or (table.lay == "lying" and table.elevation_deg > FLAT_FROM_DEG)
        placed = Placed(matrix, visible, mask, caster, camera.px_per_mm, resting=flat)
        reflect = direction.set.surface in REFLECTING
        scene = exposed(world, camera, view, placed, piece, direction, progress, reflect=reflect)
        scene.notes += framing.notes
        if table.lay == "lying":
            scene.notes.append(
                f"The camera stands {table.elevation_deg:.0f}° over the table, as the photo's did over the piece."
            )
        scene.versions["engine"] = f"{self.name} {self.version}"
        return scene


def _table(piece: CutPiece, parts: list[PiecePart], facts: PieceFacts, direction: Direction) -> _Table:
    mm_per_px = facts.width_mm / piece.width_px
    width, height = facts.width_mm, piece.height_px * mm_per_px
    if not SMALLEST_MM <= max(width, height) <= LARGEST_MM:
        raise PlacementRefused(
            "placement.size",
            f"A piece {width:.0f} x {height:.0f} mm doesn't fit a table-top set ({SMALLEST_MM:.0f} to {LARGEST_MM:.0f} mm).",
            "Check the piece's width in mm: it is that of everything in the photo.",
        )
    main = parts[0]
    seen_from = view_elevation_deg(main)
    lay: Lay = "standing"
    if facts.category == "necklace":
        lay = "board"
    elif facts.category in ("ring", "bracelet", "watch"):
        if seen_from < HIGHEST_LYING_DEG:
            lay = "lying"
        elif facts.category != "ring":
            lay = "board"
    asked = direction.camera.elevation_deg
    if lay == "lying":
        # The photo decides; the Direction's height is an offset, small enough that the lie stays believable.
        elevation = float(np.clip(seen_from, LOWEST_LYING_DEG, HIGHEST_LYING_DEG))
        elevation += float(np.clip(asked - NEUTRAL_ELEVATION_DEG, -6, 6))
    else:
        elevation = float(np.clip(asked, 1.0, 30.0))
    return _Table(lay, elevation, width, height, mm_per_px, lay == "board" and piece.box[1] <= 2)


def _board_size(table: _Table) -> np.ndarray:
    """Width, thickness and height of the board in mm: the piece with a margin; over an open chain it ends below its top."""
    margin = 0.17 * max(table.width_mm, table.height_mm)
    height = table.height_mm * 0.97 + margin if table.open_top else table.height_mm + 2 * margin
    return np.array([table.width_mm + 2 * margin, max(0.05 * table.width_mm, 6.0), height])


def _on_board(table: _Table, up_mm: float) -> np.ndarray:
    """The world point on the board's front, in its middle, `up_mm` above its lower edge."""
    lean = np.radians(BOARD_LEAN_DEG)
    return np.array([0.0, np.sin(lean) * up_mm, np.cos(lean) * up_mm])


def _camera(table: _Table, per_mm: float, direction: Direction) -> PinholeCamera:
    width, height = direction.size_px()
    cam = direction.camera
    if table.lay == "board":
        size = _board_size(table)
        middle = size[2] - table.height_mm * 0.97 / 2 if table.open_top else size[2] / 2
        target, row = _on_board(table, middle), 0.5
    else:
        # The target is the piece's foot; its middle comes to lie a little below the picture's.
        target, row = np.zeros(3), 0.53 + 0.5 * table.height_mm * per_mm / height
    return camera_on(
        target,
        azimuth_deg=cam.azimuth_deg,
        elevation_deg=table.elevation_deg,
        focal_length_mm=cam.focal_length_mm,
        px_per_mm=per_mm,
        size_px=(width, height),
        target_px=((width - 1) / 2 + cam.shift_x * width, (height - 1) * row - cam.shift_y * height),
        f_number=cam.f_number,
    )


def _world(table: _Table, camera: PinholeCamera, direction: Direction) -> World:
    ground, azimuth = direction.set, direction.camera.azimuth_deg
    frame = camera.size_px[0] / camera.px_per_mm
    tile = float(np.clip(1.3 * frame, 40.0, 170.0))
    size = _board_size(table)
    plinth = max(table.width_mm * 0.82, table.height_mm * 0.42, 0.36 * frame)
    wall = max(3.2 * frame, 320.0)
    middle = _on_board(table, size[2] / 2) if table.lay == "board" else np.array([0, 0, table.height_mm / 2])

    def build() -> dict[str, object]:
        entries: dict[str, object] = {}
        seen = frame * (1 + wall / camera.focus_mm)
        if table.lay == "board":
            entries |= board(size, BOARD_LEAN_DEG, ground.surface, tile) | sweep(
                ground, 0.0, wall, middle[2], seen, camera.origin
            )
        elif ground.surface in REFLECTING:
            entries |= round_plinth(2.2 * frame, 8.0, ground.surface, tile) | sweep(
                ground, -8.0, wall * 1.4, middle[2], seen, camera.origin
            )
        else:
            height = 0.5 * frame if ground.backdrop == "plinth" else 0.16 * frame
            centre = _plinth_centre(table, plinth)
            entries |= round_plinth(plinth, height, ground.surface, tile, centre) | sweep(
                ground, -height, wall, middle[2], seen, camera.origin
            )
        return entries

    key = content_key(
        "still",
        table.lay,
        size,
        plinth,
        frame,
        direction.set.model_dump(),
        azimuth,
        table.height_mm,
        np.round(camera.origin, 3),
    )
    return World(build, key, ("board", "plinth"), lamps(direction.rig, middle, azimuth, wall))


def _plinth_centre(table: _Table, radius: float) -> np.ndarray:
    """A lying piece lies round the plinth's middle; one that stands has its foot a little before it."""
    if table.lay == "lying":
        return np.array([0.0, table.width_mm / 2, 0.0])
    return np.array([0.0, 0.12 * radius, 0.0])


def _laid(
    piece: CutPiece, parts: list[PiecePart], table: _Table, camera: PinholeCamera, direction: Direction
) -> np.ndarray:
    """The similarity (3, 3) from photo to picture: the foot on the surface, or the middle on the board."""
    place, per_mm = direction.placement, camera.px_per_mm
    left, top, right, bottom = piece.box
    anchor = np.array([(left + right - 1) / 2, bottom - 1.0])
    at = camera.project(np.zeros(3))
    if table.lay == "board":
        size = _board_size(table)
        if table.open_top:
            anchor = np.array([(left + right - 1) / 2, top + 0.03 * piece.height_px])
            at = camera.project(_on_board(table, size[2]))
        else:
            anchor = np.array([(left + right - 1) / 2, (top + bottom - 1) / 2])
            at = camera.project(_on_board(table, size[2] / 2))
    elif table.lay == "standing":
        anchor[1] = parts[0].box[3] - 1.0
    turn = np.radians(place.rotation_deg)
    R = per_mm * table.mm_per_px * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    M = np.eye(3)
    M[:2, :2] = R
    M[:2, 2] = at + np.array([place.right_mm, -place.up_mm]) * per_mm - R @ anchor
    return M


def _before_top_edge(view: Geometry, part: PiecePart, matrix: np.ndarray) -> np.ndarray:
    """An open chain's ends go over the board's upper edge and are not seen again."""
    edge = matrix @ np.array([(part.box[0] + part.box[2]) / 2, part.box[1] + 0.2 * part.height, 1.0])
    rows = np.arange(view.body.shape[0])[:, None]
    return np.where(rows < edge[1], view.body, 1.0).astype(np.float32)


def _caster(
    mask: np.ndarray,
    parts: list[PiecePart],
    table: _Table,
    matrix: np.ndarray,
    camera: PinholeCamera,
    view: Geometry,
) -> tuple[np.ndarray, np.ndarray]:
    if table.lay in ("board", "lying"):
        normal = view.normal @ camera.rotation
        smooth = np.stack([ndimage.gaussian_filter(normal[..., k], 1.5) for k in range(3)], -1)
        return draped_caster(mask, view.position.astype(np.float64), smooth, camera.px_per_mm)
    # Each part stands on its own foot: where the ray through its lowest point meets the surface.
    depth = np.full(mask.shape, camera.focus_mm)
    rows, columns = np.indices(mask.shape)
    inverse = np.linalg.inv(matrix)
    x = np.rint(inverse[0, 0] * columns + inverse[0, 1] * rows + inverse[0, 2]).astype(int)
    y = np.rint(inverse[1, 0] * columns + inverse[1, 1] * rows + inverse[1, 2]).astype(int)
    h, w = parts[0].mask.shape
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    for part in parts:
        low_row = part.box[3] - 1
        low_column = float(np.nonzero(part.mask[low_row])[0].mean())
        foot = (matrix @ np.array([low_column, low_row, 1.0]))[:2]
        ray = camera.directions(foot)
        if ray[2] >= -1e-4:
            continue
        hit = camera.origin + ray * (-camera.origin[2] / ray[2])
        reach = float(np.clip(-camera.seen(hit)[2], camera.focus_mm - 60, camera.focus_mm + 60))
        member = np.zeros_like(mask)
        member[inside] = part.mask[y[inside], x[inside]]
        depth[ndimage.binary_dilation(member, iterations=2)] = reach
    thickness = float(np.clip(0.14 * table.width_mm, 1.2, 5.0))
    return standing_caster(mask, camera, depth - thickness / 2, thickness)
