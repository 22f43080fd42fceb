"""Both earrings of a pair on a bust that looks at the camera.

The photo shows the two side by side, a hand's breadth of air apart at most; worn they hang a head's breadth apart. One
similarity sets the left one down, and the recorded warp moves the right one over as a whole, so that neither is bent.
"""

from __future__ import annotations

import numpy as np

from pipeline.direction import LONG_SIDE_PX, Direction
from pipeline.engines.drape import apart
from pipeline.engines.earring import EAR_RELIEF, Kind, hanging_point, piercing
from pipeline.engines.exposure import Placed, drawn_mask, exposed
from pipeline.engines.framing import FULL_SCALE, LEAST_SCALE
from pipeline.engines.protocol import Progress, Scene
from pipeline.engines.silhouette import PiecePart, is_pair, territory
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.stage.body import Sculpture, sculpture
from pipeline.stage.cache import content_key
from pipeline.stage.camera import PinholeCamera, camera_on
from pipeline.stage.lights import lamps
from pipeline.stage.materials import sculpture_material
from pipeline.stage.meshes import shape, wrapped
from pipeline.stage.pose import stance
from pipeline.stage.render import World, geometry
from pipeline.stage.sets import backdrop, stand
from pipeline.stage.shadow import standing_caster
from pipeline.stage.stance import Stance

# The share of the picture's width that ears and earrings take: a head needs air round it.
FILL_RANGE = (0.8, 0.94)
LOBES_AT = 0.34
THICKNESS_MM = 1.8
# What lies this far before the lobe is cheek or jaw, and hides what hangs behind it.
BEFORE_LOBE_MM = 9.0
# Seen from the front an earring hangs at the lobe's outer side.
OUTWARDS_MM = 2.5


def worn(
    piece: CutPiece, parts: list[PiecePart], kind: Kind, mm_per_px: float, direction: Direction, progress: Progress
) -> Scene:
    """The pair at both ears. Raises PlacementRefused for a photo that shows no pair."""
    if not is_pair(parts):
        raise PlacementRefused(
            "placement.no-pair",
            "The photo shows no pair of equal earrings side by side, so only one ear can wear it.",
            "Choose the anchor “left ear” or “right ear”.",
        )
    two = sorted(parts[:2], key=lambda p: p.box[0])
    held = stance(direction.pose)
    head = sculpture(direction.body, held, "bust")
    # The bust's right ear is at the camera's left.
    ears = [_outside(head, held, side) for side in ("right", "left")]
    camera, notes = _camera(ears, two, mm_per_px, held, direction)
    world = _world(head, ears, camera, held, direction)
    progress.report("stage", 0.08)
    view = geometry(world, camera)
    progress.report("stage", 0.15)

    matrix, drape = _hung(two, kind, ears, camera, mm_per_px, direction)
    both = two[0].mask | two[1].mask
    drawn = drawn_mask(both, matrix, camera.size_px, drape)
    depths = [float(-camera.seen(ear)[2]) for ear in ears]
    h, w = drawn.shape
    left = np.arange(w)[None] < w / 2 + direction.camera.shift_x * w
    depth = np.where(left, depths[0], depths[1]) * np.ones((h, w))
    jaw = (view.body > 0.5) & (view.depth_mm < depth - BEFORE_LOBE_MM)
    visible = (1 - jaw).astype(np.float32)
    if len(parts) > 2:
        visible *= 1 - drawn_mask(~territory(two, parts), matrix, camera.size_px, drape)
    mask = (drawn > 0.5) & (visible > 0.5)
    if not (mask & left).any() or not (mask & ~left).any():
        raise PlacementRefused(
            "placement.out-of-frame", "An earring lies outside the picture.", "Move the pair back to the ears."
        )
    body = np.where(view.body > 0.1, view.depth_mm, np.inf)
    caster = standing_caster(mask, camera, np.minimum(depth - 1.0, body - THICKNESS_MM), THICKNESS_MM)
    placed = Placed(matrix, visible, mask, caster, camera.px_per_mm, drape=drape)
    scene = exposed(world, camera, view, placed, piece, direction, progress)
    scene.notes += notes
    return scene


def _outside(head: Sculpture, held: Stance, side: str) -> np.ndarray:
    outward = (head.landmarks[f"{side}-ear"] - head.landmarks["neck"]) * [1, 1, 0]
    return piercing(head, held, side) + OUTWARDS_MM * outward / np.linalg.norm(outward)


def _camera(
    ears: list[np.ndarray], two: list[PiecePart], mm_per_px: float, held: Stance, direction: Direction
) -> tuple[PinholeCamera, list[str]]:
    width, height = direction.size_px()
    cam = direction.camera
    span = float(np.linalg.norm(ears[1] - ears[0])) + sum(p.width for p in two) / 2 * mm_per_px
    per_mm = float(np.clip(cam.fill, *FILL_RANGE)) * width / span
    per_mm = min(per_mm, 0.9 * height * (1 - LOBES_AT) / (max(p.height for p in two) * mm_per_px))
    scale = per_mm * mm_per_px * LONG_SIDE_PX["draft"] / max(width, height)
    notes = []
    if scale > FULL_SCALE:
        per_mm /= scale
        notes.append("The pair is drawn no closer than its photo's own pixels.")
    elif scale < LEAST_SCALE:
        notes.append(
            f"Both ears in one picture draw the pair at {scale:.0%} of its photo's pixels: not every stone can be "
            "verified at this size. One ear alone is drawn closer."
        )
    camera = camera_on(
        (ears[0] + ears[1]) / 2,
        azimuth_deg=held.turn_deg + cam.azimuth_deg,
        elevation_deg=cam.elevation_deg,
        focal_length_mm=cam.focal_length_mm,
        px_per_mm=per_mm,
        size_px=(width, height),
        target_px=((width - 1) * 0.5 + cam.shift_x * width, (height - 1) * LOBES_AT - cam.shift_y * height),
        f_number=cam.f_number,
    )
    return camera, notes


def _world(head: Sculpture, ears: list[np.ndarray], camera: PinholeCamera, held: Stance, direction: Direction) -> World:
    middle = (ears[0] + ears[1]) / 2
    level = camera.rotation[2] * [1, 1, 0]
    facing = level / np.linalg.norm(level)
    azimuth = held.turn_deg + direction.camera.azimuth_deg
    seen = camera.size_px[0] / camera.px_per_mm * (1 + 620.0 / camera.focus_mm)
    foot = np.array([head.landmarks["pit"][0], head.landmarks["pit"][1] + 80, head.landmarks["rim"][2]])

    def build() -> dict[str, object]:
        v, f, n, uv = wrapped(head.vertices.astype(np.float64), head.faces, head.landmarks["neck"][:2], 180.0 + azimuth)
        material = sculpture_material(direction.body.material, EAR_RELIEF)
        return {
            "sculpture": shape("sculpture", v, f, material, normals=n, uv=uv),
            **stand(foot),
            **backdrop(direction.set, middle - facing * 620.0, facing, seen),
        }

    key = content_key(
        "pair",
        seen,
        head.key,
        direction.body.material,
        direction.set.model_dump(),
        azimuth,
        middle,
    )
    return World(build, key, ("sculpture",), lamps(direction.rig, middle, azimuth, 620.0))


def _hung(
    two: list[PiecePart],
    kind: Kind,
    ears: list[np.ndarray],
    camera: PinholeCamera,
    mm_per_px: float,
    direction: Direction,
) -> tuple[np.ndarray, np.ndarray]:
    """The left earring's similarity (3, 3), and the warp (H, W, 2) that takes the right one to its ear."""
    place, per_mm = direction.placement, camera.px_per_mm
    points = [hanging_point(part, kind, None) for part in two]
    spots = camera.project(np.stack(ears)) + np.array([place.right_mm, -place.up_mm]) * per_mm
    turn = np.radians(place.rotation_deg)
    R = per_mm * mm_per_px * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    M = np.eye(3)
    M[:2, :2] = R
    M[:2, 2] = spots[0] - R @ points[0]
    laid = np.linalg.inv(R) @ (spots[1] - M[:2, 2])
    moved = points[1] - laid
    if moved[0] >= 0:
        raise PlacementRefused(
            "placement.too-large",
            "The two earrings of the photo are wider apart than the ears are.",
            "Check the width in mm: it is that of everything in the photo, both earrings of a pair together.",
        )
    return M, apart(M, camera.size_px, (two[0].box[2], two[1].box[0]), moved)
