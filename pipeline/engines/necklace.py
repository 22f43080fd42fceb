"""A necklace on the display bust.

Its photo shows it laid flat from the front, so the bust faces the camera and the loop hangs as it was photographed:
lowest point on the décolletage, sides up over the collar bones, and behind the neck whatever passes over the ridge of
the shoulders. The bust is life-size; for very small or wide loops it is made a little smaller or larger, as display
busts are, and the picture says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pipeline.direction import Direction
from pipeline.engines.drape import Bend, bend_of
from pipeline.engines.exposure import Placed, drawn_mask, exposed, laid_at
from pipeline.engines.framing import framed
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.engines.silhouette import Loop, PiecePart, parts_of, worn_loop
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.stage.body import HALF_SHOULDERS_MM, Sculpture, sculpture
from pipeline.stage.cache import content_key
from pipeline.stage.camera import PinholeCamera, camera_on
from pipeline.stage.lights import lamps
from pipeline.stage.materials import sculpture_material
from pipeline.stage.meshes import shape, wrapped
from pipeline.stage.pose import stance
from pipeline.stage.render import Geometry, World, geometry
from pipeline.stage.sets import backdrop, stand
from pipeline.stage.shadow import draped_caster

SMALLEST_BUST, LARGEST_BUST = 0.86, 1.14
# Air between the neck and the closest loop that still lies round it.
NECK_EASE = 1.03
# and the share of the way from the pit up to the lobes that it may climb.
NECK_TOP = 0.55
WIDEST_ON_SHOULDERS = 0.86
RIM_BELOW_PIECE_MM = 62.0
# How far of that the piece may be moved down before the bust is made longer.
RIM_TO_SPARE_MM = 20.0
# The camera stays where it is while the piece moves within this share of the room above and below it, and follows it then.
ROOM_TO_MOVE = 0.8
BACKDROP_BEHIND_MM = 620.0
# Where a head that looks ahead has its mouth, and how much of it a picture's edge leaves whole or leaves out.
MOUTH_UNDER_LOBES_MM, MOUTH_BEFORE_LOBES_MM = 12.0, 95.0
UNDER_LIPS_MM, OVER_LIPS_MM = 17.0, 13.0
# Above the ridge a chain is behind the neck; it is drawn this little further, so that the outline decides where it ends.
OVER_RIDGE_MM = 5.0
# A leant chain keeps to this share of the angle at which the shoulder itself runs in to the neck.
LEAN_OF_SHOULDER = 0.55
# Where the shoulder turns away, a chain turns with it out of the light: to this share, from this facing on.
AT_RIDGE, FACING_WHOLE = 0.6, 0.55


@dataclass(frozen=True)
class _Fit:
    """How the loop sits: the bust's scale, the half width at which it crosses the shoulders' outline and that
    crossing's height over the pit, the extent that shows, in mm; and the bend of its sides."""

    bust_scale: float
    half_mm: float
    ridge_above_pit_mm: float
    shown_width_mm: float
    shown_height_mm: float
    bend: Bend | None


def worn(piece: CutPiece, facts: PieceFacts, direction: Direction, progress: Progress) -> Scene:
    """The necklace on the bust. Raises PlacementRefused for a loop that no neck could wear."""
    parts = parts_of(piece)
    loop = worn_loop(parts[0])
    mm_per_photo_px = facts.width_mm / piece.width_px
    held = stance(direction.pose)
    first = sculpture(direction.body, held, "bust")
    fit = _fitted(first, parts[0], loop, mm_per_photo_px, direction)
    drop_mm = (loop.lowest[1] - loop.wear_row) * mm_per_photo_px - fit.ridge_above_pit_mm
    # A piece that is moved a little finds the same bust: nothing but its shadow is rendered anew.
    lower_mm = max(-direction.placement.up_mm - RIM_TO_SPARE_MM, 0)
    bust = sculpture(direction.body, held, "bust", (max(drop_mm + lower_mm, 0) + RIM_BELOW_PIECE_MM) / fit.bust_scale)
    progress.report("stage", 0.08)

    camera, notes = _camera(bust, fit, held.nod_deg, mm_per_photo_px, direction)
    world = _world(bust, fit.bust_scale, camera, direction)
    view = geometry(world, camera)
    progress.report("stage", 0.15)

    matrix = _hung(loop, fit, camera, view, bust, mm_per_photo_px, direction)
    drape = fit.bend.offsets(matrix, camera.size_px) if fit.bend else None
    drawn = drawn_mask(parts[0].mask, matrix, camera.size_px, drape)
    visible = view.body * _in_front(drawn, view.body, loop, matrix)
    visible *= _below_ridge(loop, matrix, drape, camera.size_px, OVER_RIDGE_MM / mm_per_photo_px)
    mask = (drawn > 0.5) & (visible > 0.5)
    if not mask.any():
        raise PlacementRefused(
            "placement.off-body",
            "The necklace doesn't touch the bust where it was placed.",
            "Move it back towards the neck.",
        )
    normal_world = view.normal @ camera.rotation
    smooth = np.stack([ndimage.gaussian_filter(normal_world[..., k], 1.5) for k in range(3)], -1)
    caster = draped_caster(mask, view.position.astype(np.float64), smooth, camera.px_per_mm)
    placed = Placed(matrix, visible, mask, caster, camera.px_per_mm, touching=mask, drape=drape)
    scene = exposed(world, camera, view, placed, piece, direction, progress)
    scene.light *= _turning_away(view, camera.px_per_mm)[..., None]
    if fit.bust_scale != 1:
        notes.append(
            f"The bust is made at {fit.bust_scale:.0%} of life size, so that a loop of this width lies round it."
        )
    if len(parts) > 1:
        notes.append(f"The photo shows {len(parts)} separate parts; the largest is worn, the others are left out.")
    if direction.placement.drape > 0 and fit.bend is None:
        notes.append(
            "The piece is too broad where it meets the shoulders to be bent without changing it: Drape is left out."
        )
    scene.notes += notes
    return scene


def _neck_top_mm(bust: Sculpture) -> int:
    """How far above the pit a loop may lie round the neck, mm: in the hollow under the jaw, where it is slimmest."""
    pit = bust.landmarks["pit"][2]
    lobes = min(bust.landmarks[f"{side}-lobe"][2] for side in ("left", "right"))
    return round(NECK_TOP * (lobes - pit))


def _neck_half_width_mm(bust: Sculpture) -> float:
    """The neck's half width where it is slimmest, between the pit and the jaw."""
    pit, top = bust.landmarks["pit"], _neck_top_mm(bust)
    return min(_half_width_mm(bust, pit[2] + up) for up in range(30, top + 1, 4))


def _half_width_mm(bust: Sculpture, z: float) -> float:
    level = bust.vertices[np.abs(bust.vertices[:, 2] - z) < 4, 0] - bust.landmarks["pit"][0]
    return float(min(-level.min(), level.max())) if len(level) else 0.0


def _fitted(bust: Sculpture, part: PiecePart, loop: Loop, mm_per_px: float, direction: Direction) -> _Fit:
    half = loop.half_width * mm_per_px
    neck = _neck_half_width_mm(bust) * NECK_EASE
    widest = HALF_SHOULDERS_MM * WIDEST_ON_SHOULDERS
    scale = float(
        np.clip(half / neck, SMALLEST_BUST, 1.0) if half < neck else np.clip(half / widest, 1.0, LARGEST_BUST)
    )
    if half < neck * SMALLEST_BUST:
        raise PlacementRefused(
            "placement.too-small",
            f"A loop {2 * half:.0f} mm wide doesn't go round this neck: it would need {2 * neck * SMALLEST_BUST:.0f} mm.",
            "Check the piece's width in mm, which is that of the whole piece in the photo; choose a slighter body, or the "
            "engine “still”.",
        )
    if half > widest * LARGEST_BUST:
        raise PlacementRefused(
            "placement.too-large",
            f"A loop {2 * half:.0f} mm wide falls off the shoulders: the bust takes {2 * widest * LARGEST_BUST:.0f} mm.",
            "Check the piece's width in mm; or choose the engine “still”, which lays it on a board.",
        )
    pit = bust.landmarks["pit"]

    top = _neck_top_mm(bust)

    def height_at(wide_mm: float) -> int:
        return next((up for up in range(top, -60, -2) if _half_width_mm(bust, pit[2] + up) >= wide_mm / scale), -60)

    # How steeply the shoulder runs in to the neck there: a chain that leans less crosses its outline.
    rise = height_at(half - 8) - height_at(half)
    shoulder = float(np.arctan2(8.0, max(rise * scale, 1.0)))
    bend = bend_of(part, loop, mm_per_px, direction.placement.drape, LEAN_OF_SHOULDER * shoulder)
    if bend:
        half -= bend.inward_px * mm_per_px
    ridge = height_at(half)
    at = round(loop.wear_row - loop.rows[0])
    shown = (loop.right - loop.left)[max(at, 0) :].max() * mm_per_px
    height = (loop.lowest[1] - loop.wear_row) * mm_per_px
    return _Fit(scale, half, ridge * scale, float(shown), float(height), bend)


def _camera(
    bust: Sculpture, fit: _Fit, nod_deg: float, mm_per_px: float, direction: Direction
) -> tuple[PinholeCamera, list[str]]:
    width, height = direction.size_px()
    cam = direction.camera
    framing = framed(fit.shown_width_mm, fit.shown_height_mm, mm_per_px, direction)
    pit = bust.landmarks["pit"]
    room = ROOM_TO_MOVE * max((height / framing.px_per_mm - fit.shown_height_mm) / 2, 0)
    up = direction.placement.up_mm
    middle = fit.ridge_above_pit_mm - fit.shown_height_mm / 2 + up - float(np.clip(up, -room, room))
    target = np.array([pit[0], pit[1] + 8, pit[2] + middle])
    row = (height - 1) / 2 * 1.06
    row += clear_of_lips(middle + row / framing.px_per_mm, bust, fit.bust_scale, nod_deg) * framing.px_per_mm
    centre = ((width - 1) / 2 + cam.shift_x * width, row - cam.shift_y * height)
    camera = camera_on(
        target,
        azimuth_deg=cam.azimuth_deg,
        elevation_deg=cam.elevation_deg,
        focal_length_mm=cam.focal_length_mm,
        px_per_mm=framing.px_per_mm,
        size_px=(width, height),
        target_px=centre,
        f_number=cam.f_number,
    )
    return camera, framing.notes


def clear_of_lips(top_mm: float, bust: Sculpture, scale: float, nod_deg: float) -> float:
    """How far the picture's upper edge, `top_mm` above the pit, is moved up (negative: down) so that it cuts no lips."""
    lobes = np.mean([bust.landmarks[f"{side}-lobe"][2] for side in ("left", "right")]) - bust.landmarks["pit"][2]
    mouth = float(lobes - MOUTH_UNDER_LOBES_MM - MOUTH_BEFORE_LOBES_MM * np.sin(np.radians(nod_deg))) * scale
    below, above = mouth - UNDER_LIPS_MM - top_mm, mouth + OVER_LIPS_MM - top_mm
    if below >= 0 or above <= 0:
        return 0.0
    return below if -below < above else above


def _world(bust: Sculpture, scale: float, camera: PinholeCamera, direction: Direction) -> World:
    pit = bust.landmarks["pit"]
    vertices = pit + (bust.vertices.astype(np.float64) - pit) * scale
    azimuth = direction.camera.azimuth_deg
    level = camera.rotation[2] * [1, 1, 0]
    facing = level / np.linalg.norm(level)
    foot = np.array([pit[0], pit[1] + 80 * scale, pit[2] + (bust.landmarks["rim"][2] - pit[2]) * scale])

    seen = camera.size_px[0] / camera.px_per_mm * (1 + BACKDROP_BEHIND_MM / camera.focus_mm)

    def build() -> dict[str, object]:
        v, f, n, uv = wrapped(vertices, bust.faces, pit[:2] + [0, 80], 180.0 + azimuth)
        return {
            "sculpture": shape("sculpture", v, f, sculpture_material(direction.body.material), normals=n, uv=uv),
            **stand(foot),
            **backdrop(direction.set, pit - facing * BACKDROP_BEHIND_MM, facing, seen),
        }

    key = content_key(
        "bust",
        seen,
        bust.key,
        scale,
        direction.body.material,
        direction.set.model_dump(),
        azimuth,
    )
    return World(build, key, ("sculpture",), lamps(direction.rig, pit, azimuth, BACKDROP_BEHIND_MM))


def _hung(
    loop: Loop,
    fit: _Fit,
    camera: PinholeCamera,
    view: Geometry,
    bust: Sculpture,
    mm_per_px: float,
    direction: Direction,
) -> np.ndarray:
    """The similarity (3, 3) that lays the loop's wearing row where the body's outline is just as wide."""
    pit = bust.landmarks["pit"]
    axis, pit_row = camera.project(pit)
    per_mm = camera.px_per_mm
    half = fit.half_mm * per_mm
    solid = view.body > 0.5
    width = solid.shape[1]
    centre = int(np.clip(round(float(axis)), 1, width - 2))
    start = int(np.clip(pit_row + 60 * per_mm, 0, solid.shape[0] - 1))
    row = start
    for y in range(start, -1, -1):
        left = solid[y, centre::-1]
        right = solid[y, centre:]
        reach = min(left.argmin() if not left.all() else len(left), right.argmin() if not right.all() else len(right))
        if reach < half and y < pit_row + 40 * per_mm:
            break
        row = y
    k = per_mm * mm_per_px
    turn = np.radians(direction.placement.rotation_deg)
    # Positive turns the piece counter-clockwise in the picture, whose y points down.
    R = k * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    anchor = np.array([loop.axis, loop.wear_row])
    at = np.array([axis + direction.placement.right_mm * per_mm, row - direction.placement.up_mm * per_mm])
    M = np.eye(3)
    M[:2, :2] = R
    M[:2, 2] = at - R @ anchor
    return M


def _in_front(drawn: np.ndarray, body: np.ndarray, loop: Loop, matrix: np.ndarray) -> np.ndarray:
    """Coverage (H, W) 0..1 of the piece's front: what hangs together, over the body, with its lowest point.

    Where the loop passes over the body's outline it goes behind: whatever comes back over the neck further up (the
    clasp, the loop's far arc) hangs together with the front only outside the outline, and is hidden.
    """
    reach = max(int(0.008 * max(drawn.shape)), 2)
    chain = ndimage.distance_transform_edt(drawn < 0.4) <= reach
    labels, count = ndimage.label(chain & (body > 0.5))
    if count == 0:
        return np.zeros_like(drawn)
    low = matrix @ np.array([*loop.lowest, 1.0])
    y, x = np.nonzero(labels)
    start = labels[y, x][int(((x - low[0]) ** 2 + (y - low[1]) ** 2).argmin())]
    front = labels == start
    # A rim of a few pixels, so that the outline's own antialiasing decides the edge.
    return ndimage.gaussian_filter((ndimage.distance_transform_edt(~front) <= 3).astype(np.float32), 0.7)


def _below_ridge(
    loop: Loop, matrix: np.ndarray, drape: np.ndarray | None, size_px: tuple[int, int], over_px: float
) -> np.ndarray:
    """1 (H, W) where the picture shows the loop's front, 0 for what the photo has more than `over_px` above its ridge."""
    row = laid_at(matrix, size_px)[..., 1]
    if drape is not None:
        row = row + drape[..., 1]
    return (row > loop.wear_row - over_px).astype(np.float32)


def _turning_away(view: Geometry, px_per_mm: float) -> np.ndarray:
    """The factor (H, W) on the piece's light where the shoulder's surface turns away from the camera, smooth."""
    facing = np.clip(view.normal[..., 2] * (view.body > 0.5), 0, FACING_WHOLE) / FACING_WHOLE
    shade = AT_RIDGE + (1 - AT_RIDGE) * facing * facing * (3 - 2 * facing)
    return ndimage.gaussian_filter(shade, 2.5 * px_per_mm).astype(np.float32)
