"""Takes the product photograph: the piece on near-white ground in a tent, path-traced, and the truth beside it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.atelier import tent as tents
from pipeline.atelier.camera import Camera, View, aimed
from pipeline.atelier.materials import SMOOTH, surface
from pipeline.atelier.mesh import joined, shifted, turned, write_ply
from pipeline.atelier.pieces import Part, Piece, build
from pipeline.atelier.specs import PieceSpec
from pipeline.atelier.truth import Truth, seen
from pipeline.stage.renderer import mitsuba

# Where the ground comes out in the photo: just under paper white, as studios deliver, with room for catchlights above.
GROUND_LEVEL = 1.12
_SHOULDER = 0.72
MAX_DEPTH = 22
RIM_PX = 10


@dataclass(frozen=True)
class Sitting:
    """How a kind of piece is photographed: the view, the frame's sides (width, height; the longer is 1), the ground."""

    view: View
    frame: tuple[float, float]
    standing: bool
    lean_deg: float = 0.0
    lift_mm: float = 0.0


SITTINGS: dict[str, Sitting] = {
    "ring": Sitting(View(azimuth_deg=34, elevation_deg=30, distance_mm=330, fill=0.72), (1.0, 1.0), True, lean_deg=14),
    "necklace": Sitting(View(distance_mm=1100, fill=0.9), (0.8, 1.0), False, lift_mm=9.0),
    "earrings": Sitting(View(distance_mm=520, fill=0.78), (0.9, 1.0), False, lift_mm=0.0),
}


@dataclass(frozen=True)
class Photographed:
    """A photograph and its truth. `srgb8`: (H, W, 3) uint8; `truth.alpha`: (H, W) float32 coverage."""

    srgb8: np.ndarray
    truth: Truth
    camera: Camera


@dataclass(frozen=True)
class Stage:
    """A piece (world mm) before its camera; `level` of the ground, which is under it (y) where `standing`, else behind (z)."""

    piece: Piece
    level: float
    standing: bool
    camera: Camera


def posed(spec: PieceSpec, sitting: Sitting | None = None) -> tuple[Piece, float, bool]:
    """The piece as it stands before the camera (world mm), the ground's level, and whether that is under it (y) or behind (z)."""
    sitting = sitting or SITTINGS[spec.form]
    piece = leant(build(spec), sitting)
    return piece, _level(piece, spec.form, sitting), sitting.standing


def leant(piece: Piece, sitting: Sitting) -> Piece:
    """A piece out of piece space into the world of its sitting."""
    pose = turned("x", sitting.lean_deg)
    return Piece([_moved(part, pose) for part in piece.parts])


def restaged(stage: Stage, piece: Piece, form: str, sitting: Sitting) -> Stage:
    """Another piece (piece space) laid or stood before the same camera."""
    piece = leant(piece, sitting)
    return replace(stage, piece=piece, level=_level(piece, form, sitting))


def _level(piece: Piece, form: str, sitting: Sitting) -> float:
    axis = 1 if sitting.standing else 2
    relevant = [p for p in piece.parts if not (form == "earrings" and p.id in _posts(piece))]
    return min(float(part.mesh.vertices[:, axis].min()) for part in relevant) - sitting.lift_mm


def photograph(
    spec: PieceSpec, size_px: int, spp: int, *, denoise: bool = True, sitting: Sitting | None = None, fire: bool = True
) -> Photographed:
    """The photograph of `spec`, its longer side `size_px`. The same spec, size and spp give the same picture.

    Time goes with size² x spp. Each primary is rendered apart, with the stones' index for it: that is a diamond's fire;
    without `fire` all three go in one pass, in a third of the time. `sitting`: another than the form's own.
    Camera and truth come without `denoise` as with it.
    """
    sitting = sitting or SITTINGS[spec.form]
    stage = staged(spec, size_px, sitting)
    truth = seen(stage.piece, stage.camera)
    linear, albedo, normals = _traced(stage, spp, spec.seed, truth.box, fire)
    if denoise:
        linear = _denoised(linear, albedo, normals)
    return Photographed(_developed(linear, truth.alpha, spec.seed), truth, stage.camera)


def staged(spec: PieceSpec, size_px: int, sitting: Sitting) -> Stage:
    """The piece of this spec as `photograph` has it before its camera."""
    size = (round(sitting.frame[0] * size_px / 8) * 8, round(sitting.frame[1] * size_px / 8) * 8)
    piece, level, standing = posed(spec, sitting)
    points = np.concatenate([part.mesh.vertices for part in piece.parts])
    return Stage(piece, level, standing, aimed(sitting.view, points, size))


def retake(stage: Stage, spp: int, seed: int, alpha: np.ndarray, turn_deg: float = 0.0) -> np.ndarray:
    """Another photograph from the same camera, sRGB (H, W, 3) uint8: of a piece that was altered, or with the light walked
    round by `turn_deg`. `alpha` (H, W): the first photograph's coverage, whose bare ground the exposure is set to."""
    ys, xs = np.nonzero(alpha > 0.5)
    box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    return _developed(_denoised(*_traced(stage, spp, seed, box, False, tents.STANDARD.turned(turn_deg))), alpha, seed)


def retouched(first: np.ndarray, stage: Stage, spp: int, seed: int, crop: tuple[int, int, int, int]) -> np.ndarray:
    """The first photograph, sRGB (H, W, 3) uint8, with `crop` (left, top, right, bottom) of it taken anew: of a piece that was
    altered within it. The exposure is the first's, found where the crop's rim shows the same; a feathered rim joins them."""
    left, top, right, bottom = crop
    mi = mitsuba()
    with tempfile.TemporaryDirectory() as folder:
        scene = mi.load_dict(_scene(stage, tents.STANDARD, seed, 1, folder))
        sensor = mi.load_dict(stage.camera.sensor(mi, stage.camera.size, crop, spp))
        linear = np.array(mi.render(scene, sensor=sensor, spp=spp, seed=seed))[..., :3]
        guides = _guides(mi, scene, stage.camera, crop, seed)
    linear = _denoised(linear, *guides)
    here = first[top:bottom, left:right].astype(np.float32)
    height, width = here.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    # A side on the photo's own edge needs no joining.
    sides = [
        (x, left > 0),
        (width - 1 - x, right < first.shape[1]),
        (y, top > 0),
        (height - 1 - y, bottom < first.shape[0]),
    ]
    inwards = np.minimum.reduce([side for side, open_ in sides if open_] or [np.full_like(x, RIM_PX)])
    exposure = _exposure_of(linear[inwards < RIM_PX], here[inwards < RIM_PX]) if (inwards < RIM_PX).any() else 1.0
    grain = _grain(seed, first.shape[:2])[top:bottom, left:right]
    weight = np.clip((inwards + 0.5) / RIM_PX, 0, 1)[..., None]
    joined_ = here * (1 - weight) + weight * _encoded(linear, exposure, grain)
    out = first.copy()
    out[top:bottom, left:right] = (joined_ + 0.5).astype(np.uint8)
    return out


def _exposure_of(linear: np.ndarray, srgb8: np.ndarray) -> float:
    """The exposure under which light (N, 3) comes out as these sRGB values (N, 3), 0..255, in the median."""
    centre, reach = 0.0, 2.5
    for _ in range(4):
        tried = centre + np.linspace(-reach, reach, 21)
        off = [float(np.median(np.abs(_encoded(linear, float(np.exp(t)), None) - srgb8))) for t in tried]
        centre, reach = float(tried[int(np.argmin(off))]), reach / 8
    return float(np.exp(centre))


def _denoised(linear: np.ndarray, albedo: np.ndarray, normals: np.ndarray) -> np.ndarray:
    import mitsuba_oidn

    return np.asarray(mitsuba_oidn.denoise(linear, albedo, normals, hdr=True))


def _moved(part: Part, matrix: np.ndarray) -> Part:
    place = matrix @ part.place if part.place is not None else None
    return replace(part, mesh=part.mesh.moved(matrix), place=place)


def _posts(piece: Piece) -> set[str]:
    """Earring posts go into the display board; everything else lies before it."""
    return {p.id for p in piece.of("setting") if np.ptp(p.mesh.vertices[:, 2]) > 8}


def _scene(stage: Stage, tent: tents.Tent, seed: int, channel: int, folder: str) -> dict[str, Any]:
    mi = mitsuba()
    piece = stage.piece
    ground = shifted(y=stage.level) @ turned("x", -90) if stage.standing else shifted(z=stage.level)
    panorama = tents.panorama(tent, stage.camera.axes.T, seed)
    scene: dict[str, Any] = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": MAX_DEPTH, "rr_depth": 14},
        "light": {"type": "envmap", "bitmap": mi.Bitmap(panorama)},
        "ground": {
            "type": "rectangle",
            "to_world": mi.ScalarTransform4f(ground) @ mi.ScalarTransform4f().scale(4000),
            "bsdf": {"type": "diffuse", "reflectance": {"type": "rgb", "value": [0.86, 0.86, 0.86]}},
        },
    }
    for material in sorted({part.material for part in piece.parts}):
        smooth = material in SMOOTH
        path = f"{folder}/{material.replace(' ', '-')}.ply"
        write_ply(path, joined(p.mesh for p in piece.parts if p.material == material), smooth)
        scene[material.replace(" ", "_")] = {
            "type": "ply",
            "filename": path,
            "face_normals": not smooth,
            "bsdf": surface(material, channel),
        }
    return scene


def _traced(
    stage: Stage,
    spp: int,
    seed: int,
    box: tuple[int, int, int, int],
    fire: bool = True,
    tent: tents.Tent = tents.STANDARD,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Linear picture, albedo and normals, each (H, W, 3). The piece's box gets `spp` samples, the ground a quarter."""
    mi = mitsuba()
    camera = stage.camera
    w, h = camera.size
    whole = (0, 0, w, h)
    pad = max(8, w // 60)
    near = (max(box[0] - pad, 0), max(box[1] - pad, 0), min(box[2] + pad, w), min(box[3] + pad, h))
    out = np.zeros((h, w, 3), np.float32)
    albedo = normals = out
    with tempfile.TemporaryDirectory() as folder:
        for channel in range(3) if fire else (1,):
            scene = mi.load_dict(_scene(stage, tent, seed, channel, folder))
            for crop, samples in ((whole, max(8, spp // 4)), (near, spp)):
                sensor = mi.load_dict(camera.sensor(mi, camera.size, crop, samples))
                picture = np.array(mi.render(scene, sensor=sensor, spp=samples, seed=seed))
                which = slice(channel, channel + 1) if fire else slice(None)
                out[crop[1] : crop[3], crop[0] : crop[2], which] = picture[..., which]
            if channel == 1:
                albedo, normals = _guides(mi, scene, camera, whole, seed)
    return out, albedo, normals


def _guides(
    mi: Any, scene: Any, camera: Camera, crop: tuple[int, int, int, int], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """What the denoiser is guided by: albedo 0..1 and normals, each (h, w, 3) float32 over `crop`."""
    aov = mi.load_dict({"type": "aov", "aovs": "albedo:albedo,nn:sh_normal"})
    sensor = mi.load_dict(camera.sensor(mi, camera.size, crop, 16))
    found = np.array(mi.render(scene, sensor=sensor, integrator=aov, spp=16, seed=seed))[..., :6]
    found = np.ascontiguousarray(np.nan_to_num(found), dtype=np.float32)
    return np.clip(found[..., :3], 0, 1), found[..., 3:]


def _developed(linear: np.ndarray, alpha: np.ndarray, seed: int) -> np.ndarray:
    """Exposure to the ground's level, a soft shoulder for the highlights, sRGB, and a sensor's faint grain. uint8."""
    exposure = GROUND_LEVEL / float(np.percentile(linear[alpha == 0], 70))
    return (_encoded(linear, exposure, _grain(seed, linear.shape[:2])) + 0.5).astype(np.uint8)


def _grain(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    result: np.ndarray = np.random.default_rng(seed).normal(0, 0.5 / 255, shape)[..., None]
    return result


def _encoded(linear: np.ndarray, exposure: float, grain: np.ndarray | None) -> np.ndarray:
    """Light as the photograph stores it, 0..255, not yet rounded."""
    exposed = np.maximum(linear, 0) * exposure
    # Bent channel by channel a highlight on gold goes to white, bent by its brightest channel it stays gold: film is between.
    peak = np.maximum(exposed.max(-1, keepdims=True), 1e-9)
    soft = 0.35 * _bent(exposed) + 0.65 * exposed * (_bent(peak) / peak)
    srgb = np.where(soft <= 0.0031308, soft * 12.92, 1.055 * np.maximum(soft, 1e-9) ** (1 / 2.4) - 0.055)
    result: np.ndarray = np.clip(srgb + (0.0 if grain is None else grain), 0, 1) * 255
    return result


def _bent(light: np.ndarray) -> np.ndarray:
    """The tone curve's soft shoulder: straight up to _SHOULDER, then towards 1 without reaching it."""
    over = np.maximum(light - _SHOULDER, 0) / (1 - _SHOULDER)
    return np.where(light > _SHOULDER, _SHOULDER + (1 - _SHOULDER) * (1 - np.exp(-over)), light)
