"""The plate: a real photograph of a real person, on which the piece is worn at its true size.

No weights of a generator and no renderer: the plate's own pixels are the world. What is added is what the piece does to
it: its contact shadow under the plate's own light, a faint reflection on the skin, and what the body hides of it.
"""

from __future__ import annotations

import time
from functools import cache
from importlib.metadata import version

import cv2
import numpy as np
from scipy import ndimage

from pipeline.direction import LONG_SIDE_PX, Direction
from pipeline.engines.exposure import drawn_mask, preview_srgb8
from pipeline.engines.framing import FULL_SCALE, LEAST_SCALE
from pipeline.engines.plate_canvas import Canvas, Fit
from pipeline.engines.plate_fit import fitted
from pipeline.engines.plate_shadow import glow_on_skin, shadow_on_skin
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.engines.silhouette import PiecePart, parts_of, territory
from pipeline.errors import DirectionRefused, PlacementRefused
from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.imaging.lock import SHOULDER, tone_curve
from pipeline.imaging.piece import CutPiece
from pipeline.plate import Plate, PlateReading, find_anchors
from pipeline.plate.hair import hair_region
from pipeline.plate.jaw import head_region
from pipeline.plate.light import PlateLight, grain_of, read_light
from pipeline.plate.limb import lab_of
from pipeline.plate.reading import READING_VERSION
from pipeline.plate.surface import surface_at

# A draft enlarges the plate's own pixels at most this much, unless its frame can't be filled otherwise.
ENLARGED, COARSEST = 1.6, 4.0


class PlateEngine:
    """The Engine named `plate`; see `pipeline.engines.protocol`. It holds the plate that its pictures are made on."""

    name = "plate"
    version = "5"

    def __init__(self, plate: Plate | None) -> None:
        self._plate = plate

    def run(self, piece: CutPiece, facts: PieceFacts, direction: Direction, progress: Progress) -> Scene:
        """Raises DirectionRefused for a missing or another plate than the Direction's, PhotoRefused for one that shows
        no body or two people, PlacementRefused for a piece that this plate can't wear."""
        plate = self._checked(direction)
        calibrations = direction.plate.calibrations if direction.plate else ()
        timings: dict[str, float] = {}
        clock = time.perf_counter()
        progress.report("plate", 0.05)
        reading = find_anchors(plate, calibrations)
        timings["reading"] = time.perf_counter() - clock
        progress.report("plate", 0.35)

        lab = cache(lambda: lab_of(np.clip(linear_to_srgb(plate.rgb), 0, 1)))
        fit = fitted(piece, facts, reading, direction, lab)
        per_mm, notes = _scale(fit, facts, piece, plate, direction)
        to_picture, matrix = _laid(fit, facts, piece, per_mm, plate, direction)
        size = direction.size_px()
        ground = _drawn(plate.rgb, to_picture, size)
        skin, person = (np.clip(_drawn(m, to_picture, size), 0, 1) for m in (reading.skin.mask, reading.skin.person))
        progress.report("plate", 0.5, preview_srgb8(ground))

        clock = time.perf_counter()
        point = (to_picture @ np.array([*fit.plate_point, 1.0]))[:2]
        whole = ndimage.grey_closing(skin, size=max(int(0.006 * max(size)), 3))
        surface = surface_at(fit.anchor, whole, point, per_mm)
        light = self._light(plate, reading, fit)
        timings["light"] = time.perf_counter() - clock
        progress.report("plate", 0.65)

        clock = time.perf_counter()
        hair = _drawn(hair_region(lab(), reading.faces, reading.skin), to_picture, size)
        head = _drawn(head_region(lab(), reading.faces), to_picture, size)
        drape = fit.drape(matrix, to_picture, size)
        canvas = Canvas(matrix, to_picture, point, skin, person, hair, surface, per_mm, head, drape)
        drawn = drawn_mask(fit.mask, matrix, size, drape)
        visible = (1 - np.clip(fit.hidden(canvas, drawn), 0, 1)) * _only(fit, parts_of(piece), matrix, drape, size)
        worn = (drawn * visible).astype(np.float32)
        if float(worn.max(initial=0)) < 0.5:
            raise PlacementRefused(
                "placement.off-body",
                "The piece doesn't touch the body where it was placed.",
                "Move it back to the anchor.",
            )
        lift = _lift(fit, matrix, size)
        shadow = shadow_on_skin(worn, lift, fit.thickness_mm, surface, light, per_mm, direction.seed)
        if fit.anchor.part in ("ear", "neck"):
            # What stands behind a head is a room away: no shadow of an earring falls on it.
            shadow = 1 + (shadow - 1) * person[..., None]
        shadow *= glow_on_skin(worn, _metal(piece), surface, light, per_mm)
        timings["shadow"] = time.perf_counter() - clock
        progress.report("plate", 0.95)

        soft = _smooth_normals(surface.normals, per_mm)
        level = light.falling_on(soft) * light.level**0.5
        scene = Scene(
            ground=_before_tone_curve(_regrained(ground, light, per_mm / fit.px_per_mm, direction.seed)),
            shadow=shadow.astype(np.float32),
            matrix=matrix,
            visible=visible.astype(np.float32),
            light=(level[..., None] * light.colour).astype(np.float32),
            depth_mm=(float(surface.height_mm.max()) - surface.height_mm).astype(np.float32),
            normals=surface.normals,
            px_per_mm=float(per_mm),
            drape=drape,
            notes=notes + fit.notes + _left_aside(direction) + _told(fit, light, per_mm / fit.px_per_mm),
            timings=timings,
            versions={
                "engine": f"{self.name} {self.version}",
                "reading": READING_VERSION,
                "ai-edge-litert": version("ai-edge-litert"),
            },
        )
        return scene

    def _checked(self, direction: Direction) -> Plate:
        if self._plate is None:
            raise DirectionRefused(
                "plate.missing",
                "The plate engine needs a plate: a photograph of a person on which the piece is worn.",
                "Choose a plate, or another engine.",
            )
        if direction.plate is None or direction.plate.sha256 != self._plate.sha256:
            raise DirectionRefused(
                "plate.another",
                "The Direction names another plate than the one that was handed over.",
                "Name this plate's SHA-256 in the Direction: the same Direction must give the same picture.",
            )
        return self._plate

    @staticmethod
    def _light(plate: Plate, reading: PlateReading, fit: Fit) -> PlateLight:
        """The plate's light, read over the whole plate at a moderate size."""
        step = min(1000 / max(plate.size_px), 1.0)
        small = cv2.resize(plate.rgb, None, fx=step, fy=step, interpolation=cv2.INTER_AREA)
        skin = cv2.resize(reading.skin.mask, small.shape[1::-1], interpolation=cv2.INTER_AREA)
        surface = surface_at(fit.anchor, skin, np.array(fit.anchor.point) * step, fit.anchor.px_per_mm * step)
        normals = np.where((surface.limb > 0.5)[..., None], surface.normals, np.array([0, 0, 1], np.float32))
        seen = tuple(f.scaled(step) for f in reading.faces)
        light = read_light(small, skin, normals, seen)
        return PlateLight(**{**light.__dict__, "grain": grain_of(plate.rgb), "blur_px": light.blur_px / step})


def _scale(fit: Fit, facts: PieceFacts, piece: CutPiece, plate: Plate, direction: Direction) -> tuple[float, list[str]]:
    """The picture's px per mm: as the Direction's fill asks, within what the piece's and the plate's pixels can show."""
    width, height = direction.size_px()
    mm_per_px = facts.width_mm / piece.width_px
    turn = fit.turn_deg - direction.placement.rotation_deg
    extent = np.ptp(_corners_mm(fit, mm_per_px, turn), axis=0)
    quality = max(width, height) / LONG_SIDE_PX["draft"]
    asked = direction.camera.fill * min(width / extent[0], height / extent[1])
    low, high = (bound / mm_per_px * quality for bound in (LEAST_SCALE, FULL_SCALE))
    finest = fit.px_per_mm * ENLARGED * quality
    whole = fit.px_per_mm * max(width / plate.size_px[0], height / plate.size_px[1])
    per_mm = max(min(float(np.clip(asked, low, high)), finest), whole)
    notes = []
    if per_mm > fit.px_per_mm * COARSEST * max(quality, 1):
        raise PlacementRefused(
            "plate.too-coarse",
            f"The plate shows only {fit.px_per_mm:.1f} px a millimetre at {fit.anchor.name}: the picture would be "
            f"{per_mm / fit.px_per_mm:.1f} times enlarged.",
            "Upload the plate in its full size, or choose a closer one.",
        )
    if per_mm < low * 0.999:
        notes.append(
            f"The piece is drawn at {per_mm * mm_per_px / quality:.2f} of its photo's pixels, for the plate has no more: "
            "its smallest features can't all be verified at this size."
        )
    return per_mm, notes


def _laid(
    fit: Fit, facts: PieceFacts, piece: CutPiece, per_mm: float, plate: Plate, direction: Direction
) -> tuple[np.ndarray, np.ndarray]:
    """The similarities (3, 3) from plate to picture, and from photo to picture."""
    width, height = direction.size_px()
    place, cam = direction.placement, direction.camera
    k = per_mm / fit.px_per_mm
    mm_per_px = facts.width_mm / piece.width_px
    turn = fit.turn_deg - place.rotation_deg
    scale = per_mm * mm_per_px
    R = scale * np.column_stack([_turned(np.array([1.0, 0]), turn), _turned(np.array([0, 1.0]), turn)])
    offset = _offset(fit, place.right_mm, place.up_mm) * per_mm
    # The piece's middle comes to the picture's, unless the plate ends before that.
    corners = _corners_mm(fit, mm_per_px, turn) * per_mm
    from_anchor = (corners.min(0) + corners.max(0)) / 2 + offset
    centre = np.array([(width - 1) / 2 + cam.shift_x * width, (height - 1) / 2 - cam.shift_y * height])
    shift = centre - from_anchor - k * fit.plate_point
    low = np.array([width, height]) - 0.5 - k * (np.array(plate.size_px) - 0.5)
    shift = np.clip(shift, np.minimum(low, 0.5 * k - 0.5), np.maximum(low, 0.5 * k - 0.5))
    to_picture = np.array([[k, 0, shift[0]], [0, k, shift[1]], [0, 0, 1.0]])
    at = k * fit.plate_point + shift + offset
    matrix = np.eye(3)
    matrix[:2, :2] = R
    matrix[:2, 2] = at - R @ fit.photo_point
    return to_picture, matrix


def _corners_mm(fit: Fit, mm_per_px: float, turn_deg: float) -> np.ndarray:
    """The corners (n, 2) of what is worn, in mm from the place that it is worn at, x right and y down."""
    corners = np.array([(x, y) for x in (fit.box[0], fit.box[2]) for y in (fit.box[1], fit.box[3])])
    turned = np.array([_turned(corner - fit.photo_point, turn_deg) for corner in corners]) * mm_per_px
    if fit.second is None:
        return turned
    return np.concatenate([turned, turned + (fit.second.plate_point - fit.plate_point) / fit.px_per_mm])


def _offset(fit: Fit, right_mm: float, up_mm: float) -> np.ndarray:
    """The Direction's offset in mm (x right, y down): along and across a limb, plainly right and up elsewhere."""
    if fit.anchor.part in ("finger", "wrist"):
        axis = np.array(fit.anchor.axis)
        sideways = np.array([-axis[1], axis[0]])
        return right_mm * sideways + up_mm * axis
    return np.array([right_mm, -up_mm])


def _drawn(plane: np.ndarray, to_picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A plate's plane (h, w) or (h, w, 3) in the picture: area means where it shrinks, Lanczos where it grows."""
    k = float(to_picture[0, 0])
    source: np.ndarray = np.ascontiguousarray(plane, np.float32)
    if k < 0.9:
        source = cv2.GaussianBlur(source, (0, 0), 0.42 * np.sqrt(1 / k**2 - 1))
    flags = cv2.INTER_LANCZOS4 if k > 0.9 and plane.ndim == 3 else cv2.INTER_LINEAR
    drawn = cv2.warpAffine(source, to_picture[:2], size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.clip(drawn, 0, 1).astype(np.float32)


def _only(
    fit: Fit, parts: list[PiecePart], matrix: np.ndarray, drape: np.ndarray | None, size: tuple[int, int]
) -> np.ndarray:
    """0 where another part of the photo would be drawn (H, W), its soft edges with it."""
    worn = [p for p in parts if any(np.array_equal(p.box, mine.box) for mine in fit.parts)]
    if len(worn) == len(parts):
        return np.ones(size[::-1], np.float32)
    return 1 - drawn_mask(~territory(worn, parts), matrix, size, drape)


def _lift(fit: Fit, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The piece's height over the skin (H, W) in mm, from its top to its foot."""
    top = (matrix @ np.array([fit.photo_point[0], fit.box[1], 1.0]))[1]
    foot = (matrix @ np.array([fit.photo_point[0], fit.box[3], 1.0]))[1]
    rows = np.arange(size[1], dtype=np.float32)[:, None]
    share = np.clip((rows - top) / (foot - top if abs(foot - top) > 1 else 1.0), 0, 1)
    return np.broadcast_to(fit.lift_mm[0] + (fit.lift_mm[1] - fit.lift_mm[0]) * share, size[::-1]).astype(np.float32)


def _metal(piece: CutPiece) -> np.ndarray:
    """The piece's mean colour (3,), linear."""
    solid = piece.alpha > 0.9
    return np.asarray(piece.foreground[solid].mean(0) if solid.any() else np.full(3, 0.5))


def _smooth_normals(normals: np.ndarray, per_mm: float) -> np.ndarray:
    soft = cv2.GaussianBlur(normals, (0, 0), max(1.2 * per_mm, 2.0))
    return soft / np.maximum(np.linalg.norm(soft, axis=-1, keepdims=True), 1e-6)


def _regrained(ground: np.ndarray, light: PlateLight, enlarged: float, seed: int) -> np.ndarray:
    """An enlarged plate with the grain that enlarging took from it, so that it looks as fine as its own print."""
    missing = light.grain**2 - grain_of(ground) ** 2
    if enlarged <= 1.05 or missing <= 1e-7:
        return ground
    noise = np.random.default_rng(seed + 7).standard_normal(ground.shape[:2], dtype=np.float32)
    grainy = linear_to_srgb(ground) + noise[..., None] * np.float32(min(np.sqrt(missing), 0.03))
    return np.clip(srgb_to_linear(grainy), 0, 1).astype(np.float32)


def _before_tone_curve(picture: np.ndarray) -> np.ndarray:
    """What the lock's tone curve turns into `picture` (H, W, 3): a photograph was toned when it was taken."""
    bright = picture.max(-1) > SHOULDER
    if not bright.any():
        return picture
    wanted = np.minimum(picture[bright], 0.992)
    value = wanted.copy()
    for _ in range(24):
        value = value * np.clip(wanted / np.maximum(tone_curve(value), 1e-6), 0.8, 1.25)
    result = picture.copy()
    result[bright] = np.clip(value, 0, 4.0)
    return result


def _left_aside(direction: Direction) -> list[str]:
    """What the Direction asks of a body and a camera that a photograph has fixed."""
    place = direction.placement
    asked = {"tilting the body": place.tilt_deg, "rolling the body": place.roll_deg}
    words = [name for name, value in asked.items() if value]
    return [f"The plate stays as it was photographed: {' and '.join(words)} was left aside."] if words else []


def _told(fit: Fit, light: PlateLight, enlarged: float) -> list[str]:
    """What was read from the plate, for whoever judges the picture."""
    anchor, toward = fit.anchor, light.direction
    azimuth = float(np.degrees(np.arctan2(toward[0], max(toward[2], 1e-3))))
    elevation = float(np.degrees(np.arcsin(np.clip(toward[1], -1, 1))))
    words = [
        f"Worn at {anchor.name}, confirmed by {', '.join(anchor.confirmed_by)}; "
        f"{fit.px_per_mm:.2f} px a millimetre from {anchor.scale_from} (± {anchor.scale_error:.0%}).",
        f"The plate's light comes from {abs(azimuth):.0f}° {'right' if azimuth >= 0 else 'left'}, {elevation:.0f}° up, "
        f"spread over {2 * light.spread_deg:.0f}°.",
    ]
    if enlarged > ENLARGED:
        words.append(f"The plate's pixels are enlarged {enlarged:.1f} times.")
    if light.blur_px * enlarged > 3.0:
        words.append(
            f"The plate is soft here (about {light.blur_px * enlarged:.1f} px): the piece, kept as it was photographed, is sharper."
        )
    return words


def _turned(vector: np.ndarray, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]]) @ vector
