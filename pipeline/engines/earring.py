"""An earring on the ear study: a head in profile, framed close round ear and jaw, the piece at the lobe in true size.

A stud lies on the lobe; a drop hangs before it from its top; a hoop goes through it where its post says, its front
before the lobe and its catch behind. A photo often shows a pair, or one earring from two sides: the one that shows most
is worn, the others are left out, and the picture says so. `pair` wears both.
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
from pipeline.engines.silhouette import HoopPost, PiecePart, hoop_post, is_pair, parts_of, territory
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.stage.body import Sculpture, sculpture
from pipeline.stage.cache import content_key
from pipeline.stage.camera import PinholeCamera, camera_on
from pipeline.stage.lights import lamps
from pipeline.stage.materials import sculpture_material
from pipeline.stage.meshes import shape, wrapped
from pipeline.stage.pose import about, stance
from pipeline.stage.render import Geometry, World, geometry
from pipeline.stage.sets import backdrop
from pipeline.stage.shadow import draped_caster, standing_caster
from pipeline.stage.stance import Stance

Kind = Literal["stud", "drop", "hoop"]
# A lobe is pierced about this far above its lowest point.
PIERCING_ABOVE_LOBE_MM = 6.5
WIDEST_STUD_MM = 26.0
LONGEST_DROP_MM = 130.0
WIDEST_MM = 95.0
# and this far before it, towards the cheek, where the lobe is fullest.
PIERCING_BEFORE_LOBE_MM = 4.5
# The grain of the sculpture's surface, against a bust's: the camera is close.
EAR_RELIEF = 0.16
# Surfaces within this depth of the piercing are ear; what lies deeper is neck and jaw.
EAR_DEPTH_MM = 9.0
# A picture of an ear shows some of the head round it, however small the stud.
NARROWEST_FRAME_MM = 74.0
BACKDROP_BEHIND_MM = 600.0


@dataclass(frozen=True)
class _Ear:
    """The ear that is seen: the piercing (3,) in mm, and the camera's azimuth for a view of it in degrees."""

    piercing: np.ndarray
    azimuth_deg: float


def worn(piece: CutPiece, facts: PieceFacts, direction: Direction, progress: Progress) -> Scene:
    """The earring at the ear. Raises PlacementRefused for one that no lobe could carry."""
    parts = parts_of(piece)
    part = max(parts, key=lambda p: p.width * p.height)
    kind = kind_of(part)
    mm_per_px = facts.width_mm / piece.width_px
    _check_size(part, kind, mm_per_px)

    if direction.placement.anchor == "both-ears":
        from pipeline.engines import pair

        return pair.worn(piece, parts, kind, mm_per_px, direction, progress)
    held = stance(direction.pose)
    head = sculpture(direction.body, held, "ear")
    post = hoop_post(part) if kind == "hoop" else None
    side, side_notes = _side(post, direction)
    ear = _ear(head, held, side, direction)
    camera, notes = _camera(ear, part, mm_per_px, direction)
    world = _world(head, ear, camera, direction)
    progress.report("stage", 0.08)
    view = geometry(world, camera)
    progress.report("stage", 0.15)

    matrix = _hung(part, kind, post, ear, camera, mm_per_px, direction)
    drawn = drawn_mask(part.mask, matrix, camera.size_px)
    hidden = _behind_lobe(view, ear, camera) if kind == "hoop" else np.zeros_like(drawn)
    visible = (1 - hidden) * (1 - drawn_mask(~territory([part], parts), matrix, camera.size_px))
    mask = (drawn > 0.5) & (visible > 0.5)
    if not mask.any():
        raise PlacementRefused(
            "placement.out-of-frame", "The earring lies outside the picture.", "Move it back to the ear."
        )
    scene = exposed(
        world,
        camera,
        view,
        Placed(
            matrix,
            visible,
            mask,
            _caster(mask, kind, view, ear, camera),
            camera.px_per_mm,
            touching=mask if kind == "stud" else None,
        ),
        piece,
        direction,
        progress,
    )
    if len(parts) > 1:
        words = "Choose the anchor “both ears” to wear the pair." if is_pair(parts) else ""
        notes.append(
            f"The photo shows {len(parts)} earrings or views; the one that shows most is worn, the others are left out. {words}".strip()
        )
    scene.notes += notes + side_notes
    return scene


def kind_of(part: PiecePart) -> Kind:
    """A hoop encloses much empty space; a drop is clearly longer than wide; the rest are studs."""
    filled = ndimage.binary_fill_holes(ndimage.binary_closing(np.pad(part.mask, 12), iterations=10))[12:-12, 12:-12]
    box_area = part.width * part.height
    if (filled.sum() - part.area) > 0.25 * box_area or part.area < 0.3 * box_area:
        return "hoop"
    return "drop" if part.height > 1.6 * part.width else "stud"


def _check_size(part: PiecePart, kind: Kind, mm_per_px: float) -> None:
    width, height = part.width * mm_per_px, part.height * mm_per_px
    if kind == "stud" and max(width, height) > WIDEST_STUD_MM:
        raise PlacementRefused(
            "placement.too-large",
            f"A stud {max(width, height):.0f} mm across covers more than an ear lobe carries ({WIDEST_STUD_MM:.0f} mm).",
            "Check the width in mm: it is that of everything in the photo, both earrings of a pair together.",
        )
    if height > LONGEST_DROP_MM:
        raise PlacementRefused(
            "placement.too-large",
            f"An earring {height:.0f} mm long would lie on the shoulder.",
            "Check the width in mm: it is that of everything in the photo; or choose the engine “still”.",
        )
    if width > WIDEST_MM:
        raise PlacementRefused(
            "placement.too-large",
            f"An earring {width:.0f} mm across is wider than a head has room for beside the neck ({WIDEST_MM:.0f} mm).",
            "Check the width in mm: it is that of everything in the photo; or choose the engine “still”.",
        )
    if max(width, height) < 2.5:
        raise PlacementRefused(
            "placement.too-small",
            f"An earring {max(width, height):.1f} mm across is smaller than any made.",
            "Check the width in mm: it is that of everything in the photo, both earrings of a pair together.",
        )


def _side(post: HoopPost | None, direction: Direction) -> tuple[str, list[str]]:
    """Which ear is seen, left or right: a hoop's photo decides it, since its front goes before the lobe; and what to say."""
    asked = {"left-ear": "left", "right-ear": "right"}.get(direction.placement.anchor)
    if post is None:
        return asked or "left", []
    suits = "left" if post.front_is_left else "right"
    if asked and asked != suits:
        return asked, [
            f"The hoop was photographed as the {suits} ear wears it: on the {asked} ear its front points back."
        ]
    return suits, []


def piercing(head: Sculpture, held: Stance, side: str) -> np.ndarray:
    """The point (3,) mm on an ear's lobe that an earring goes through; `side` is left or right."""
    to_the_face = about("z", held.turn_deg) @ np.array([0.0, -1.0, 0.0])
    return (
        head.landmarks[f"{side}-lobe"]
        + to_the_face * PIERCING_BEFORE_LOBE_MM
        + np.array([0, 0, PIERCING_ABOVE_LOBE_MM])
    )


def _ear(head: Sculpture, held: Stance, side: str, direction: Direction) -> _Ear:
    outward = 1.0 if side == "left" else -1.0
    azimuth = held.turn_deg + outward * (90.0 - held.view_deg) + direction.camera.azimuth_deg
    return _Ear(piercing(head, held, side), azimuth)


def _camera(ear: _Ear, part: PiecePart, mm_per_px: float, direction: Direction) -> tuple[PinholeCamera, list[str]]:
    width, height = direction.size_px()
    cam = direction.camera
    framing = framed(
        part.width * mm_per_px, part.height * mm_per_px, mm_per_px, direction, closest=width / NARROWEST_FRAME_MM
    )
    per_mm = framing.px_per_mm
    # The lobe sits where the ear above it and the piece below it share the frame.
    hang = part.height * mm_per_px * per_mm / height
    row = float(np.clip(0.62 - 0.5 * max(hang - 0.12, 0), 0.34, 0.62))
    camera = camera_on(
        ear.piercing,
        azimuth_deg=ear.azimuth_deg,
        elevation_deg=cam.elevation_deg,
        focal_length_mm=cam.focal_length_mm,
        px_per_mm=per_mm,
        size_px=(width, height),
        target_px=((width - 1) * 0.5 + cam.shift_x * width, (height - 1) * row - cam.shift_y * height),
        f_number=cam.f_number,
    )
    return camera, framing.notes


def _world(head: Sculpture, ear: _Ear, camera: PinholeCamera, direction: Direction) -> World:
    axis = head.landmarks["neck"]
    level = camera.rotation[2] * [1, 1, 0]
    facing = level / np.linalg.norm(level)

    seen = camera.size_px[0] / camera.px_per_mm * (1 + 620.0 / camera.focus_mm)

    def build() -> dict[str, object]:
        v, f, n, uv = wrapped(head.vertices.astype(np.float64), head.faces, axis[:2], 180.0 + ear.azimuth_deg, finer=2)
        return {
            "sculpture": shape(
                "sculpture", v, f, sculpture_material(direction.body.material, EAR_RELIEF), normals=n, uv=uv
            ),
            **backdrop(direction.set, ear.piercing - facing * BACKDROP_BEHIND_MM, facing, seen),
        }

    key = content_key(
        "ear",
        seen,
        head.key,
        direction.body.material,
        direction.set.model_dump(),
        ear.azimuth_deg,
        ear.piercing,
    )
    return World(build, key, ("sculpture",), lamps(direction.rig, ear.piercing, ear.azimuth_deg, BACKDROP_BEHIND_MM))


def hanging_point(part: PiecePart, kind: Kind, post: HoopPost | None) -> np.ndarray:
    """The photo point (2,) that comes to lie on the piercing: a stud's middle, a hoop's entry, anything else's top."""
    if kind == "stud":
        return np.array([(part.box[0] + part.box[2] - 1) / 2, (part.box[1] + part.box[3] - 1) / 2])
    if post:
        return np.array(post.entry)
    top = part.mask[part.box[1] : part.box[1] + max(int(0.05 * part.height), 2)]
    return np.array([np.nonzero(top)[1].mean(), part.box[1] + 0.02 * part.height])


def _hung(
    part: PiecePart,
    kind: Kind,
    post: HoopPost | None,
    ear: _Ear,
    camera: PinholeCamera,
    mm_per_px: float,
    direction: Direction,
) -> np.ndarray:
    """The similarity (3, 3) that hangs the part from the piercing."""
    place, per_mm = direction.placement, camera.px_per_mm
    anchor = hanging_point(part, kind, post)
    at = camera.project(ear.piercing) + np.array([place.right_mm, -place.up_mm]) * per_mm
    turn = np.radians(place.rotation_deg)
    R = per_mm * mm_per_px * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    M = np.eye(3)
    M[:2, :2] = R
    M[:2, 2] = at - R @ anchor
    return M


def _behind_lobe(view: Geometry, ear: _Ear, camera: PinholeCamera) -> np.ndarray:
    """Coverage (H, W) of the lobe behind the piercing, towards the back of the head: there a hoop is hidden."""
    x, y = camera.project(ear.piercing)
    h, w = view.depth_mm.shape
    depth = float(view.depth_mm[int(np.clip(round(float(y)), 0, h - 1)), int(np.clip(round(float(x)), 0, w - 1))])
    near = (np.abs(view.depth_mm - depth) < EAR_DEPTH_MM) & (view.body > 0.5)
    columns = np.arange(w)[None]
    # The back of the head is at the camera's right for the left ear, at its left for the right one.
    back = columns > x if camera.rotation[2][0] > 0 else columns < x
    return ndimage.gaussian_filter((near & back).astype(np.float32), 0.7)


def _caster(
    mask: np.ndarray, kind: Kind, view: Geometry, ear: _Ear, camera: PinholeCamera
) -> tuple[np.ndarray, np.ndarray]:
    if kind == "stud":
        normal = view.normal @ camera.rotation
        smooth = np.stack([ndimage.gaussian_filter(normal[..., k], 3.0) for k in range(3)], -1)
        return draped_caster(mask, view.position.astype(np.float64), smooth, camera.px_per_mm)
    # What hangs is a plane at the lobe, kept just before whatever of the head lies nearer.
    x, y = camera.project(ear.piercing)
    h, w = mask.shape
    lobe = float(view.depth_mm[int(np.clip(round(float(y)), 0, h - 1)), int(np.clip(round(float(x)), 0, w - 1))])
    body = np.where(view.body > 0.1, view.depth_mm, np.inf)
    surface = ndimage.minimum_filter(body, size=5)
    depth = np.minimum(lobe - 1.0, surface - 1.6)
    return standing_caster(mask, camera, np.minimum(depth, lobe), 1.4)
