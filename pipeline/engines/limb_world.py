"""The world of a posed hand: the hand itself, its socle, what it lies on, the other hand under it, backdrop and lamps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull

from pipeline.direction import Direction, Pose
from pipeline.stage.cache import content_key
from pipeline.stage.camera import PinholeCamera
from pipeline.stage.hand import HandSculpture, Station, hand_sculpture
from pipeline.stage.hand_pose import about_axis, hand_stance, turning
from pipeline.stage.lights import lamps
from pipeline.stage.materials import TILE_MM, sculpture_material, surface_material
from pipeline.stage.meshes import shape, turned, vertex_normals
from pipeline.stage.render import World
from pipeline.stage.sets import backdrop
from pipeline.stage.stance import HandStance

LIMB_VERSION = 3
# Hands that cross: the lower one's pose, how far it is turned from the upper one, and the grid on which they are brought
# to touch.
UNDER_POSE, CROSSING_DEG, TOUCH_MM = "hand-on-stone", 68.0, 0.3
CELL_MM, CELLS = 2.5, 240
BACKDROP_BEHIND_MM = 420.0
# The grain of the sculpture's surface against a bust's, and how much finer its texture lies: the camera is close.
RELIEF, FINER = 0.14, 2.0
STAND_METAL = {
    "type": "principled",
    "base_color": {"type": "rgb", "value": [0.16, 0.13, 0.10]},
    "metallic": 1.0,
    "roughness": 0.32,
    "specular": 0.5,
}


@dataclass(frozen=True)
class Posed:
    """The limb in the world, whose origin is the band's centre: `turn` (3, 3), `scale` and `shift` (3,) mm take the hand
    there. `axis` (3,) points along the band's axis to the limb's tips, `head` and `across` lie in the band's plane."""

    hand: HandSculpture
    station: Station
    turn: np.ndarray
    scale: float
    shift: np.ndarray
    axis: np.ndarray
    head: np.ndarray
    near: np.ndarray
    across: np.ndarray

    def placed(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the hand in the world."""
        moved: np.ndarray = (points - self.station.centre) @ self.turn.T * self.scale + self.shift
        return moved


def limb_world(posed: Posed, held: HandStance, camera: PinholeCamera, direction: Direction) -> tuple[World, list[str]]:
    hand, notes = posed.hand, []
    facing = camera.rotation[2]
    seen = camera.size_px[0] / camera.px_per_mm * (1 + BACKDROP_BEHIND_MM / camera.focus_mm)
    vertices = posed.placed(hand.vertices.astype(np.float64))
    frame_mm = max(camera.size_px) / camera.px_per_mm
    slab = None
    if held.support == "slab":
        slab = _resting_plane(vertices, posed.turn @ hand.back)
        if slab is None or slab[1] @ camera.rotation[2] < 0.3:
            slab = None
            notes.append("From this view the slab would stand on its edge, so the hand is shown without it.")

    other = hand_under(posed, vertices, direction) if held.support == "hand" else None

    def build() -> dict[str, object]:
        normals = vertex_normals(vertices, hand.faces)
        entries: dict[str, object] = {
            "sculpture": shape(
                "sculpture",
                vertices,
                hand.faces,
                sculpture_material(direction.body.material, RELIEF),
                normals=normals,
                uv=_texture_of(hand),
            ),
            "socle": _socle(posed),
        }
        if other is not None:
            second, under = other
            entries["other hand"] = shape(
                "other hand",
                under,
                second.faces,
                sculpture_material(direction.body.material, RELIEF),
                normals=vertex_normals(under, second.faces),
                uv=_texture_of(second),
            )
        if slab is not None:
            entries["slab"] = _slab(*slab, camera, direction.set.surface, frame_mm)
        return entries | backdrop(direction.set, -facing * BACKDROP_BEHIND_MM, facing, seen)

    key = content_key(
        "limb",
        LIMB_VERSION,
        hand.key,
        np.round(np.concatenate([posed.turn.ravel() * posed.scale, posed.shift, posed.station.centre]), 6),
        direction.body.material,
        direction.set.model_dump(),
        [round(float(x), 5) for x in (*facing, seen, frame_mm)],
        slab is not None,
        other is not None,
    )
    lit = lamps(direction.rig, np.zeros(3), direction.camera.azimuth_deg, BACKDROP_BEHIND_MM)
    return World(build, key, ("sculpture",), lit), notes


def hand_under(posed: Posed, vertices: np.ndarray, direction: Direction) -> tuple[HandSculpture, np.ndarray]:
    """The other hand, crossing under this one, and its vertices (n, 3) in the world: this hand rests on its back."""
    hand = posed.hand
    second = hand_sculpture(
        direction.body, hand_stance(Pose(name=UNDER_POSE), ("ring",)), "right" if hand.side == "left" else "left"
    )
    (along, back), (from_along, from_back) = (_lying(h.wrist - h.end, h.back) for h in (hand, second))
    along, back = posed.turn @ along, posed.turn @ back
    crossed = about_axis(back, CROSSING_DEG if hand.side == "left" else -CROSSING_DEG) @ along
    source = np.stack([from_along, from_back, np.cross(from_along, from_back)], 1)
    target = np.stack([crossed, back, np.cross(crossed, back)], 1)
    middle = 0.45 * second.wrist + 0.55 * second.joints["middle"][0]
    under = (second.vertices - middle) @ (target @ source.T).T * posed.scale + posed.shift
    # Both as heights over the plane between them, cell by cell: they touch where the room between is least.
    plane = np.stack([along, np.cross(along, back)], 1)
    room = np.full(CELLS * CELLS, np.inf)
    for points, low, side in ((vertices, True, 1.0), (under, False, -1.0)):
        cell = np.floor((points - posed.shift) @ plane / CELL_MM).astype(int) + CELLS // 2
        inside = ((cell >= 0) & (cell < CELLS)).all(1)
        height = np.full(CELLS * CELLS, np.inf)
        np.minimum.at(height, cell[inside] @ [CELLS, 1], side * (points[inside] @ back))
        room = height if low else room + height
    gap = float(room[np.isfinite(room)].min()) if np.isfinite(room).any() else 0.0
    return second, under + back * (gap - TOUCH_MM)


def _lying(along: np.ndarray, back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit `along`, and `back` made square to it."""
    along = along / np.linalg.norm(along)
    back = back - along * (back @ along)
    return along, back / np.linalg.norm(back)


def _texture_of(hand: HandSculpture) -> np.ndarray:
    """Texture laid flat over the hand's back (n, 2), a little sheared so that it doesn't run into lines on the sides."""
    along, back = _lying(hand.wrist - hand.end, hand.back)
    local = (hand.vertices - hand.wrist) @ np.stack([np.cross(along, back), along, back], 1)
    return np.stack([local[:, 0] + 0.55 * local[:, 2], local[:, 1] + 0.35 * local[:, 2]], 1) / TILE_MM * FINER


def _socle(posed: Posed) -> object:
    """The turned collar and foot that the forearm ends in, as display hands are made."""
    hand = posed.hand
    # The forearm's end is no circle: the collar goes round its widest.
    rim = hand.vertices[np.abs((hand.vertices - hand.end) @ hand.end_axis) < 8]
    aside = rim - hand.end
    aside = aside - (aside @ hand.end_axis)[:, None] * hand.end_axis
    r = float(np.linalg.norm(aside, axis=1).max()) * posed.scale
    profile = [
        (0.01, 4.0),
        (r + 1.2, 4.0),
        (r + 1.8, 3.4),
        (r + 1.8, -5),
        (r + 0.6, -6.4),
        (0.8 * r, -8),
        (0.8 * r, -22),
    ]
    profile += [(0.86 * r, -26), (1.25 * r, -30), (1.25 * r, -42), (0.01, -42)]
    vertices, faces, _, _ = turned(np.array(profile), 96)
    R = turning(np.array([0.0, 0.0, -1.0]), posed.turn @ hand.end_axis)
    at = posed.placed(hand.end)
    return shape("socle", vertices @ R.T + at, faces, {"type": "twosided", "inner": STAND_METAL})


def _resting_plane(vertices: np.ndarray, back: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """A point and the upward normal of the plane that the hand rests on with its palm down: a face of its convex hull
    over which its middle lies."""
    hull = ConvexHull(vertices[:: max(len(vertices) // 6000, 1)])
    normals, offsets = hull.equations[:, :3], hull.equations[:, 3]
    middle = vertices.mean(0)
    best = None
    for k in np.argsort(normals @ back):
        if normals[k] @ back > -0.55:
            break
        corners = hull.points[hull.simplices[k]]
        foot = middle - normals[k] * (normals[k] @ middle + offsets[k])
        weights = np.linalg.lstsq(np.vstack([corners.T, np.ones(3)]), np.append(foot, 1), rcond=None)[0]
        if (weights > -0.02).all():
            best = (corners.mean(0), -normals[k])
            break
    return best


def _slab(point: np.ndarray, up: np.ndarray, camera: PinholeCamera, surface: str, frame_mm: float) -> object:
    """A slab of the set's surface under the hand, large enough to fill the picture."""
    side = np.cross(up, camera.rotation[1])
    side = side / np.linalg.norm(side)
    other = np.cross(up, side)
    reach = 9 * frame_mm
    grid = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]]) * reach
    vertices = point + grid[:, :1] * side + grid[:, 1:] * other
    tile = float(np.clip(1.5 * frame_mm, 60.0, 190.0))
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    if np.cross(side, other) @ up < 0:
        faces = faces[:, ::-1]
    return shape(
        "slab", vertices, faces, surface_material(surface, tile), normals=np.repeat(up[None], 4, 0), uv=grid / tile
    )
