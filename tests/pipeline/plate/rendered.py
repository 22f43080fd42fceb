"""Plates rendered from the parametric body in skin's colours, with exact truth: where each anchor is, and at what scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from pipeline.direction import Body, Pose
from pipeline.engines.earring import piercing
from pipeline.imaging.colour import linear_to_srgb, linear_to_srgb8
from pipeline.plate.landmarks import faces
from pipeline.stage.body import sculpture
from pipeline.stage.cache import content_key
from pipeline.stage.camera import PinholeCamera, camera_on
from pipeline.stage.hand import Station, hand_sculpture
from pipeline.stage.hand_pose import hand_stance
from pipeline.stage.meshes import shape
from pipeline.stage.pose import about, stance
from pipeline.stage.render import World, geometry

SKINS = {
    "fair": (0.62, 0.40, 0.31),
    "tan": (0.48, 0.25, 0.165),
    "brown": (0.26, 0.125, 0.075),
    "dark": (0.13, 0.062, 0.04),
}
BACKDROP = np.array([0.42, 0.47, 0.52], np.float32)
UPPER_LEFT = (-0.55, 0.45, 0.70)
EYE_OUTLINES = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
DIFFUSE = {"type": "twosided", "inner": {"type": "diffuse"}}


@dataclass(frozen=True)
class Truth:
    """A rendered plate: the PNG's bytes, its camera, points in mm by name, and each pixel's depth in mm (H, W)."""

    png: bytes
    camera: PinholeCamera
    points: dict[str, np.ndarray]
    depth_mm: np.ndarray

    def pixel(self, name: str) -> np.ndarray:
        return self.camera.project(self.points[name])

    def px_per_mm(self, name: str) -> float:
        """The camera's scale at the depth of a point."""
        return float(self.camera.focal_px / -self.camera.seen(self.points[name])[2])

    def mm_off(self, name: str, found: tuple[float, float]) -> float:
        """How far a found pixel lies from the truth, in mm at the point's depth."""
        return float(np.linalg.norm(np.array(found) - self.pixel(name)) / self.px_per_mm(name))


@dataclass(frozen=True)
class Look:
    """How a rendered plate is lit and what skin it shows: `toward` (x right, y up, z to the camera) points to the light."""

    skin: str = "tan"
    toward: tuple[float, float, float] = UPPER_LEFT
    directed: float = 0.78


PLAIN, STRAIGHT = Look(), Pose()


def lit(
    vertices: np.ndarray, triangles: np.ndarray, camera: PinholeCamera, look: Look = PLAIN, seed: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """The mesh as a photograph (H, W, 3) linear, and its depth in mm: skin under one broad light, on a plain ground."""
    world = World(
        lambda: {"body": shape("body", vertices.astype(np.float64), triangles, DIFFUSE)},
        content_key("plate test", vertices.astype(np.float32), triangles),
        solid=("body",),
    )
    view = geometry(world, camera)
    toward = np.array(look.toward) / np.linalg.norm(look.toward)
    level = (1.12 - look.directed) + look.directed * np.maximum(view.normal @ toward, 0)
    level = level + 0.14 * np.maximum(view.normal[..., 2], 0)
    rng = np.random.default_rng(seed)
    h, w = view.body.shape
    mottled = cv2.GaussianBlur(rng.standard_normal((h, w)).astype(np.float32), (0, 0), 3.0) * 0.12
    skin = np.array(SKINS[look.skin], np.float32) * level[..., None] * (1 + mottled[..., None])
    ground = BACKDROP * np.linspace(1.1, 0.8, h)[:, None, None]
    # What lies deep in a fold gets less light: a small, honest stand-in for occlusion.
    deepest = view.depth_mm[view.body > 0.5].max()
    near = cv2.GaussianBlur(np.where(view.body > 0.5, view.depth_mm, deepest), (0, 0), 9)
    fold = np.where(view.body > 0.5, view.depth_mm - near, 0)
    skin *= np.clip(1 - 0.035 * np.maximum(fold, 0), 0.45, 1)[..., None]
    picture = skin * view.body[..., None] + ground * (1 - view.body[..., None])
    return np.clip(picture + rng.normal(0, 0.006, picture.shape), 0, 1).astype(np.float32), view.depth_mm


def png(picture: np.ndarray) -> bytes:
    out = BytesIO()
    Image.fromarray(linear_to_srgb8(picture)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def with_eyes(picture: np.ndarray, depth_mm: np.ndarray, camera: PinholeCamera, azimuth_deg: float) -> np.ndarray:
    """The body model has blank eyes: whites, and irises 11.7 mm wide at the eyes' own depth, are painted in."""
    found = faces(np.clip(linear_to_srgb(picture), 0, 1))
    if not found:
        return picture
    points, painted = found[0].points[:, :2], picture.copy()
    turn = np.cos(np.radians(azimuth_deg))
    for outline in EYE_OUTLINES:
        opening = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(opening, [np.round(points[list(outline)] * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)
        x, y = points[list(outline)].mean(0)
        scale = camera.focal_px / float(depth_mm[round(y), round(x)])
        # Eyes that look where the face does: their irises stand before the line through the eyes' corners.
        x -= 3.5 * scale * np.sin(np.radians(azimuth_deg))
        radius = 11.7 / 2 * scale
        v, u = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
        r = np.hypot((u - x) / turn, v - y)
        iris, pupil = np.clip(radius - r + 0.5, 0, 1)[..., None], np.clip(0.4 * radius - r + 0.5, 0, 1)[..., None]
        eye = np.array([0.55, 0.52, 0.5]) * (1 - iris) + np.array([0.06, 0.035, 0.02]) * iris * (1 - 0.8 * pupil)
        cover = (opening / 255)[..., None]
        painted = painted * (1 - cover) + eye * cover
    return painted.astype(np.float32)


def _camera(
    target: np.ndarray, azimuth: float, elevation: float, frame_mm: float, size: tuple[int, int]
) -> PinholeCamera:
    middle = ((size[0] - 1) / 2, (size[1] - 1) / 2)
    return camera_on(
        target,
        azimuth_deg=azimuth,
        elevation_deg=elevation,
        focal_length_mm=85,
        px_per_mm=max(size) / frame_mm,
        size_px=size,
        target_px=middle,
    )


@lru_cache(maxsize=8)
def head(
    azimuth_deg: float,
    frame_mm: float = 420.0,
    build: Body | None = None,
    up_mm: float = 60.0,
    pose: Pose = STRAIGHT,
    look: Look = PLAIN,
) -> Truth:
    """A head and shoulders, seen from `azimuth_deg` (positive from the camera's right: the body's left side)."""
    held = stance(pose)
    made = sculpture(build or Body(), held, "ear")
    at = made.landmarks["neck"] + np.array([0, 0, up_mm])
    camera = _camera(at, azimuth_deg, 2.0, frame_mm, (1100, 1300))
    points = {k: np.asarray(v, float) for k, v in made.landmarks.items()}
    for side in ("left", "right"):
        points[f"{side}-ear"] = piercing(made, held, side)
    picture, depth = lit(made.vertices, made.faces, camera, look)
    return Truth(png(with_eyes(picture, depth, camera, azimuth_deg - held.turn_deg)), camera, points, depth)


@lru_cache(maxsize=8)
def neck(frame_mm: float = 230.0, build: Body | None = None, azimuth_deg: float = 0.0, look: Look = PLAIN) -> Truth:
    """A close-up of neck and chest, without a face."""
    return head(azimuth_deg, frame_mm, build, -45.0, STRAIGHT, look)


@lru_cache(maxsize=8)
def hand(
    pose: str = "fingers-fanned",
    side: str = "left",
    frame_mm: float = 330.0,
    build: Body | None = None,
    lean_deg: float = 12.0,
    turn_deg: float = 0.0,
    look: Look = PLAIN,
    middle_mm: float = 5.0,
) -> Truth:
    """The back of a hand with its forearm, its fingers up the picture and turned `lean_deg` to the camera.

    `turn_deg` turns it in the picture, clockwise; `middle_mm` is how far past the knuckles (negative: towards the wrist)
    the picture's middle lies.
    """
    made = hand_sculpture(build or Body(), hand_stance(Pose(name=pose), ("ring", "bracelet")), side)  # type: ignore[arg-type]
    middle = made.joints["middle"]
    along = middle[0] - made.wrist
    along /= np.linalg.norm(along)
    back = made.back - along * (made.back @ along)
    back /= np.linalg.norm(back)
    # Fingers up, the back of the hand to the camera.
    frame = about("y", turn_deg) @ about("x", lean_deg) @ np.stack([np.cross(along, back), -back, along])
    vertices = (made.vertices.astype(np.float64) - middle[0]) @ frame.T
    camera = _camera(about("y", turn_deg) @ [0.0, 0.0, middle_mm], 0.0, 0.0, frame_mm, (1000, 1300))
    points: dict[str, np.ndarray] = {}
    for finger in made.joints:
        for phalanx in ("proximal", "middle", "distal"):
            if (finger, phalanx) != ("thumb", "middle"):
                _add(points, f"{side}-{finger}-{phalanx}", made.station(f"{finger}-{phalanx}"), middle[0], frame)
    _add(points, f"{side}-wrist", made.station("wrist"), middle[0], frame)
    picture, depth = lit(vertices, made.faces, camera, look)
    return Truth(png(picture), camera, points, depth)


def _add(points: dict[str, np.ndarray], name: str, place: Station, origin: np.ndarray, frame: np.ndarray) -> None:
    points[name] = (place.centre - origin) @ frame.T
    points[f"{name} axis"] = frame @ place.axis
    points[f"{name} width"] = np.array([2 * place.half_width_mm])
