"""The still life: the piece on a set, seen as its photo saw it.

`lay` reads how the piece lies, `still_world` makes the table, `table_caster` the piece's stand-in that throws its
shadow and is mirrored; here the piece is put down.
"""

from __future__ import annotations

import numpy as np

from pipeline.direction import Direction
from pipeline.engines.exposure import Placed, drawn_mask, exposed
from pipeline.engines.framing import framed
from pipeline.engines.lay import Lay, lay_of, settled
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.engines.silhouette import PiecePart, parts_of
from pipeline.engines.still_world import OVER_EDGE, REFLECTING, focus_mm, slab_mm, table_camera, table_world
from pipeline.engines.table_caster import table_caster
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.stage.camera import PinholeCamera
from pipeline.stage.render import Geometry, geometry


class Still:
    """The Engine named `still`; see `pipeline.engines.protocol`."""

    name = "still"
    version = "6"

    def run(self, piece: CutPiece, facts: PieceFacts, direction: Direction, progress: Progress) -> Scene:
        """Raises PlacementRefused for a size that no table top set carries."""
        progress.report("stage", 0.02)
        parts = parts_of(piece)
        lay = lay_of(piece, parts, facts, direction)
        framing = framed(lay.width_mm, lay.height_mm, lay.mm_per_px, direction)
        lay = settled(lay, focus_mm(direction, framing.px_per_mm))
        camera = table_camera(lay, framing.px_per_mm, direction)
        world = table_world(lay, camera, direction)
        view = geometry(world, camera)
        progress.report("stage", 0.15)

        matrix = put_down(piece, parts, lay, camera, direction)
        mask = drawn_mask(piece.alpha > 0.5, matrix, camera.size_px) > 0.5
        visible = np.ones(mask.shape, np.float32)
        if lay.open_top:
            visible = _before_far_edge(view, matrix, piece)
            mask &= visible > 0.5
        if not mask.any():
            raise PlacementRefused(
                "placement.out-of-frame", "The piece lies outside the picture.", "Move it back to the middle."
            )
        caster, touching = table_caster(mask, parts, lay, matrix, camera, view)
        placed = Placed(matrix, visible, mask, caster, camera.px_per_mm, touching=touching)
        reflect = direction.set.surface in REFLECTING
        scene = exposed(world, camera, view, placed, piece, direction, progress, reflect=reflect)
        scene.notes += [*framing.notes, *_words(lay)]
        scene.versions["engine"] = f"{self.name} {self.version}"
        return scene


def put_down(
    piece: CutPiece, parts: list[PiecePart], lay: Lay, camera: PinholeCamera, direction: Direction
) -> np.ndarray:
    """The similarity (3, 3) from photo to picture: the piece's foot, or the middle of what lies flat, on the origin."""
    place, per_mm = direction.placement, camera.px_per_mm
    left, top, right, bottom = piece.box
    anchor = np.array([(left + right - 1) / 2, bottom - 1.0])
    at = camera.project(np.zeros(3))
    if lay.way == "standing":
        anchor[1] = parts[0].box[3] - 1.0
    elif lay.open_top:
        # Its ends go over the slab's far edge.
        anchor[1] = top + OVER_EDGE * piece.height_px
        at[1] -= slab_mm(lay, camera.size_px[0] / per_mm, direction)[1] / 2 * per_mm
    elif lay.way == "flat":
        anchor[1] = (top + bottom - 1) / 2
    turn = np.radians(place.rotation_deg)
    R = per_mm * lay.mm_per_px * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    M = np.eye(3)
    M[:2, :2] = R
    M[:2, 2] = at + np.array([place.right_mm, -place.up_mm]) * per_mm - R @ anchor
    return M


def _before_far_edge(view: Geometry, matrix: np.ndarray, piece: CutPiece) -> np.ndarray:
    """An open chain's ends go over the slab's far edge and are not seen again."""
    edge = matrix @ np.array([(piece.box[0] + piece.box[2]) / 2, piece.box[1] + 0.2 * piece.height_px, 1.0])
    rows = np.arange(view.body.shape[0])[:, None]
    return np.where(rows < edge[1], view.body, 1.0).astype(np.float32)


def _words(lay: Lay) -> list[str]:
    if lay.way == "lying":
        return [f"The camera stands {lay.elevation_deg:.0f}° over the table, as the photo's did over the piece."]
    if lay.way == "flat":
        return ["It lies flat and is seen from straight above, as it was photographed."]
    return []
