"""The table-top world: the camera that sees the piece as its photo did, and the plinth, slab or open surface under it.

World: the table's top is z = 0 and the piece's foot (or its middle, where it lies flat) is the origin.
"""

from __future__ import annotations

import numpy as np

from pipeline.direction import Direction
from pipeline.engines.lay import Lay
from pipeline.stage.cache import content_key
from pipeline.stage.camera import FULL_FRAME_LONG_SIDE_MM, PinholeCamera, camera_on
from pipeline.stage.lights import lamps
from pipeline.stage.render import World
from pipeline.stage.sets import round_plinth, slab_from_above, sweep

STILL_VERSION = 4
REFLECTING = ("lacquer", "mirror")
# The piece's middle comes to lie a little below the picture's.
MIDDLE_AT = 0.53
# A slab under a flat piece is this much larger than the piece on every side, in parts of its longer side.
SLAB_MARGIN = 0.17
# A chain whose ends leave its photo goes over the slab's far edge with this share of its height.
OVER_EDGE = 0.03
# A lying band's plinth reaches this far behind it, in parts of its height as the camera lays it on the table.
BEHIND_BAND = 0.8


def focus_mm(direction: Direction, per_mm: float) -> float:
    """How far off the camera stands that draws `per_mm` pixels a millimetre."""
    return direction.camera.focal_length_mm / FULL_FRAME_LONG_SIDE_MM * max(direction.size_px()) / per_mm


def table_camera(lay: Lay, per_mm: float, direction: Direction) -> PinholeCamera:
    """The camera over the table: `per_mm` pixels a millimetre at the piece's foot, or at its plane where it lies flat."""
    width, height = direction.size_px()
    cam = direction.camera
    column = (width - 1) / 2 + cam.shift_x * width
    if lay.way != "flat":
        row = (height - 1) * (MIDDLE_AT + 0.5 * lay.height_mm * per_mm / height - cam.shift_y)
    else:
        row = (height - 1) * (0.5 - cam.shift_y)
    return camera_on(
        np.zeros(3),
        azimuth_deg=cam.azimuth_deg,
        elevation_deg=lay.elevation_deg,
        focal_length_mm=cam.focal_length_mm,
        px_per_mm=per_mm,
        size_px=(width, height),
        target_px=(column, row),
        f_number=cam.f_number,
    )


def table_world(lay: Lay, camera: PinholeCamera, direction: Direction) -> World:
    """What stands on the table, and its lamps."""
    ground, azimuth = direction.set, direction.camera.azimuth_deg
    frame = camera.size_px[0] / camera.px_per_mm
    tile = float(np.clip(1.3 * frame, 40.0, 170.0))
    wall = max(3.2 * frame, 320.0)
    middle = np.array([0, 0, 0.0 if lay.way == "flat" else lay.height_mm / 2])
    radius, slab = _plinth_radius_mm(lay, frame), slab_mm(lay, frame, direction)

    def build() -> dict[str, object]:
        if lay.way == "flat":
            return slab_from_above(ground, slab, tile, azimuth, frame)
        seen = frame * (1 + wall / camera.focus_mm)
        if ground.surface in REFLECTING:
            return round_plinth(2.2 * frame, 8.0, ground.surface, tile) | sweep(
                ground, -8.0, wall * 1.4, middle[2], seen, camera.origin
            )
        height = 0.5 * frame if ground.backdrop == "plinth" else 0.16 * frame
        return round_plinth(radius, height, ground.surface, tile, _plinth_centre(lay, radius)) | sweep(
            ground, -height, wall, middle[2], seen, camera.origin
        )

    key = content_key(
        "still",
        STILL_VERSION,
        lay.way,
        lay.open_top,
        radius,
        slab,
        lay.width_mm,
        lay.height_mm,
        frame,
        direction.set.model_dump(),
        azimuth,
        np.round(camera.origin, 3),
    )
    behind = None if lay.way == "flat" else wall
    return World(build, key, ("slab", "plinth"), lamps(direction.rig, middle, azimuth, behind))


def slab_mm(lay: Lay, frame: float, direction: Direction) -> np.ndarray:
    """Width, depth and thickness in mm of the slab under a flat piece, whose middle is the picture's.

    A slab on the set's paper where a plinth is asked for, or where a chain's ends need an edge to go over; else all that
    is seen.
    """
    w, h = direction.size_px()
    if direction.set.backdrop != "plinth" and not lay.open_top:
        return np.array([3.0 * frame, 3.0 * frame * h / w, 20.0])
    margin = SLAB_MARGIN * max(lay.width_mm, lay.height_mm)
    depth = lay.height_mm * (1 - OVER_EDGE) + margin if lay.open_top else lay.height_mm + 2 * margin
    return np.array([lay.width_mm + 2 * margin, depth, max(0.05 * lay.width_mm, 6.0)])


def _plinth_radius_mm(lay: Lay, frame: float) -> float:
    """A plinth carries its piece with some air; under a lying band it reaches behind the far arc, however low the camera."""
    radius = max(lay.width_mm * 0.82, lay.height_mm * 0.42, 0.36 * frame)
    if lay.way == "lying":
        radius = max(radius, BEHIND_BAND * lay.height_mm / np.sin(np.radians(lay.elevation_deg)))
    return float(radius)


def _plinth_centre(lay: Lay, radius: float) -> np.ndarray:
    """A lying piece lies round the plinth's middle; one that stands has its foot a little before it."""
    if lay.way == "lying":
        return np.array([0.0, lay.width_mm / 2, 0.0])
    return np.array([0.0, 0.12 * radius, 0.0])
