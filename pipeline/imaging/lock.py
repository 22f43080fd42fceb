"""The lock: the photographed piece is put back into the scene, pixel for pixel, at full precision.

The piece's colours are read from the original photo in one resample (`resample`), multiplied by the bounded relight
gain (`relight`), and laid on the ground by their true coverage. In the core they are the photo's own values; only in
the narrow band where the matte is partial does the decontaminated foreground stand in, so that the photo's ground
doesn't come along as a rim. Whatever else shapes the picture (shadow, exposure, tone curve, vignette, grain) acts on
the ground alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from pipeline.direction import Finish
from pipeline.errors import PlacementRefused
from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.relight import relight_gain
from pipeline.imaging.resample import Mapping, reach_px, reduced_by, resample

OPAQUE = 0.995
# The renderer's own rounding hides nothing.
UNHIDDEN = 0.999
# Above this level the ground's highlights bend towards white instead of clipping.
SHOULDER = 0.72
GRAIN_SRGB = 0.02


class World(Protocol):
    """What the lock needs of an engine's Scene; see `pipeline.engines.protocol.Scene` for shapes and units."""

    @property
    def ground(self) -> np.ndarray: ...
    @property
    def shadow(self) -> np.ndarray: ...
    @property
    def matrix(self) -> np.ndarray: ...
    @property
    def visible(self) -> np.ndarray: ...
    @property
    def light(self) -> np.ndarray: ...
    @property
    def drape(self) -> np.ndarray | None: ...


@dataclass(frozen=True)
class LaidPiece:
    """The piece mapped to the picture's pixels, before light and ground. Arrays are float32 over the whole picture.

    - `reference`: (H, W, 3) the photo as taken, its own ground included, through the mapping; 0 away from the piece.
    - `colour`: (H, W, 3) the piece's colour: the photo's in the core, decontaminated in the edge band; 0 elsewhere.
    - `alpha`: (H, W) 0..1, the matte's coverage.
    - `core`: (H, W) bool, pixels whose whole footprint in the photo is opaque piece: there colour equals reference.
    - `window`: (left, top, right, bottom), outside of which the piece isn't.
    - `scale`: picture pixels per photo pixel at the piece (median).
    - `reduced`: the photo was read at one pixel in so many each way; above 1 for previews only.
    """

    reference: np.ndarray
    colour: np.ndarray
    alpha: np.ndarray
    core: np.ndarray
    window: tuple[int, int, int, int]
    scale: float
    reduced: int = 1


@dataclass(frozen=True)
class Locked:
    """The finished picture and what proves it. Arrays are float32 unless said.

    - `picture`: (H, W, 3) linear, 0..1.
    - `coverage`: (H, W) 0..1, the piece's visible coverage: matte times what the body leaves visible.
    - `gain`: (H, W, 3) the relight gain; exactly 1 where there is no piece.
    - `ground`: (H, W, 3) the finished ground under the piece: shadow, exposure, tone, vignette and grain applied.
    - `laid`: the mapped piece before light. `core`: (H, W) bool, opaque, unhidden pixels that are photo x gain.
    - `origin_share`: share of the visible piece (by coverage) that is core, 0..1.
    """

    picture: np.ndarray
    coverage: np.ndarray
    gain: np.ndarray
    ground: np.ndarray
    laid: LaidPiece
    core: np.ndarray
    origin_share: float

    @property
    def reference(self) -> np.ndarray:
        """(H, W, 3) the photo mapped through the transform, without gain."""
        return self.laid.reference


# The piece laid last: the lock lays it, QA lays it again from the recorded matrix, and a change of light lays it as before.
_last: list[tuple[CutPiece, str, LaidPiece]] = []


def lay(piece: CutPiece, mapping: Mapping, reduced: int = 1) -> LaidPiece:
    """The piece through `mapping`, in one resample from the photo. An empty window where it misses the picture.

    With `reduced` above 1 it is read from the photo at one pixel in so many each way (`_reduction`), for previews only.
    The same piece through the same mapping is not resampled twice in a row; its arrays are read-only.

    Raises PlacementRefused for a mapping that can't be inverted or that turns the piece over (a mirror image).
    """
    key = f"{_key(mapping)}/{reduced}"
    if _last and _last[0][0] is piece and _last[0][1] == key:
        return _last[0][2]
    laid = _laid(piece, mapping, reduced)
    for array in (laid.reference, laid.colour, laid.alpha, laid.core):
        array.flags.writeable = False
    _last[:] = [(piece, key, laid)]
    return laid


def _key(mapping: Mapping) -> str:
    digest = hashlib.sha256(f"{mapping.shape}".encode())
    for array in (np.asarray(mapping.matrix, np.float64), mapping.drape):
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _reduction(piece: CutPiece, mapping: Mapping) -> int:
    """How far the photo of a preview may be reduced: the largest power of two up to 16 that leaves two pixels of it for each
    of the picture's."""
    scale = mapping.scale(mapping.window(piece.box))
    return int(2 ** np.clip(np.floor(np.log2(0.5 / float(np.median(scale)))), 0, 4)) if scale.size else 1


# The layers of the last piece read reduced, with its factor: a preview that moves it reduces nothing anew.
_reduced: list[tuple[CutPiece, int, np.ndarray]] = []


def _layers(piece: CutPiece, reduced: int) -> np.ndarray:
    """What is resampled, (h, w, 7): the photo's colours, the piece's times its coverage, and the coverage.

    Colour and coverage travel together and are parted again afterwards: the ground beyond an edge has no weight in the
    piece's colour, and a filter's overshoot at an edge cancels instead of glowing.
    """
    if _reduced and _reduced[0][0] is piece and _reduced[0][1] == reduced:
        return _reduced[0][2]
    edge_colour = np.where((piece.alpha >= OPAQUE)[..., None], piece.rgb, piece.foreground)
    layers = np.concatenate([piece.rgb, edge_colour * piece.alpha[..., None], piece.alpha[..., None]], axis=2)
    if reduced > 1:
        layers = reduced_by(layers, reduced)
        _reduced[:] = [(piece, reduced, layers)]
    return layers


def _laid(piece: CutPiece, mapping: Mapping, reduced: int) -> LaidPiece:
    matrix = np.asarray(mapping.matrix, np.float64)
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-12:
        raise PlacementRefused("placement.matrix", "The placement can't be inverted: the piece would have no size.")
    height, width = mapping.shape
    window = mapping.window(piece.box)
    left, top, right, bottom = window
    inside = np.s_[top:bottom, left:right]
    reference, colour = np.zeros((height, width, 3), np.float32), np.zeros((height, width, 3), np.float32)
    alpha, core = np.zeros((height, width), np.float32), np.zeros((height, width), bool)
    scale = 1.0
    if right > left and bottom > top:
        _refuse_mirror(matrix, piece.box)
        scale = float(np.median(mapping.scale(window)))
        opaque = piece.alpha >= OPAQUE
        drawn = resample(_layers(piece, reduced), mapping.of_reduced(reduced), window)
        # Beyond the photo's border there is no piece: a turned piece's window reaches past it.
        px, py = mapping.photo_xy(window)
        rows, columns = piece.alpha.shape
        drawn[(px < -0.5) | (py < -0.5) | (px > columns - 0.5) | (py > rows - 0.5)] = 0
        carried, weight = drawn[..., 3:6], drawn[..., 6]
        parted = carried / np.maximum(weight, 1e-3)[..., None]
        safe = _mean_colour_near(carried, weight)
        # Where hardly any piece is left under the filter the quotient is noise; its neighbourhood's mean is not.
        trust = np.clip((weight - 0.02) / 0.10, 0, 1)[..., None]
        reference[inside] = np.maximum(drawn[..., :3], 0)
        colour[inside] = np.maximum(trust * parted + (1 - trust) * safe, 0) * (weight > 1e-3)[..., None]
        alpha[inside] = np.clip(weight, 0, 1)
        core[inside] = _core(opaque, mapping, window, scale)
        # Opaque is opaque: what the matte calls 99.5 % piece lets no ground through.
    colour[core], alpha[core] = reference[core], 1
    return LaidPiece(reference, colour, alpha, core, window, scale, reduced)


def lock(piece: CutPiece, scene: World, finish: Finish, seed: int = 0, preview: bool = False) -> Locked:
    """Put `piece` into `scene`. `seed` decides the grain; a `preview` is read from the reduced photo.

    See the module's words for what touches what.

    Raises PlacementRefused where the scene's transform can't be used, or leaves none of the piece in the picture.
    """
    height, width = scene.ground.shape[:2]
    mapping = Mapping(scene.matrix, (height, width), scene.drape)
    laid = lay(piece, mapping, _reduction(piece, mapping) if preview else 1)
    core = laid.core & (scene.visible >= UNHIDDEN)
    coverage = np.where(core, 1, laid.alpha * np.clip(scene.visible, 0, 1)).astype(np.float32)
    if float(coverage.max(initial=0)) < 0.5:
        raise PlacementRefused(
            "placement.outside",
            "None of the piece can be seen in the picture: it lies outside the frame or wholly behind the body.",
            "Move it back with the placement's right and up, or take another anchor.",
        )
    gain = np.ones((height, width, 3), np.float32)
    left, top, right, bottom = laid.window
    inside = np.s_[top:bottom, left:right]
    gain[inside] = relight_gain(scene.light[inside], laid.colour[inside], coverage[inside], finish)
    # Stored and used at the same precision, so that the picture divides out by the file beside it.
    gain = gain.astype(np.float16).astype(np.float32)
    gain[laid.alpha <= 0] = 1
    ground = finished_ground(scene.ground, scene.shadow, finish, seed)
    over = coverage[..., None]
    picture = np.clip(laid.colour * gain, 0, 1) * over + ground * (1 - over)
    share = float(coverage[core].sum() / max(float(coverage.sum()), 1e-6))
    return Locked(picture.astype(np.float32), coverage, gain, ground, laid, core, share)


def finished_ground(ground: np.ndarray, shadow: np.ndarray, finish: Finish, seed: int) -> np.ndarray:
    """The ground (H, W, 3) linear 0..1 with shadow, exposure, vignette, tone curve and grain, in this order.

    The shadow's strength is a power: 0 removes it, 1 is as rendered, 1.5 deepens it, and no value turns it negative.
    """
    height, width = ground.shape[:2]
    lit = np.maximum(ground, 0) * np.power(np.maximum(shadow, 0), np.float32(finish.shadow))
    lit = lit * np.float32(2.0**finish.exposure_ev)
    if finish.vignette > 0:
        y, x = np.mgrid[-1 : 1 : complex(height), -1 : 1 : complex(width)]
        lit = lit * (1 - 0.6 * finish.vignette * ((x * x + y * y) / 2)[..., None] ** 1.5).astype(np.float32)
    toned = tone_curve(lit)
    if finish.grain > 0:
        toned = np.clip(srgb_to_linear(linear_to_srgb(toned) + _grain((height, width), seed) * finish.grain), 0, 1)
    result: np.ndarray = toned.astype(np.float32)
    return result


def tone_curve(linear: np.ndarray) -> np.ndarray:
    """The ground's highlight shoulder: unchanged up to 0.72, then an exponential that nears 1 and never reaches it.

    Slope and value are continuous at the shoulder, so no edge shows where it begins. It acts on the brightest of the
    three channels and takes the others along, mixed with a per-channel curve, so that a bright ground pales without
    turning its hue.
    """
    values = np.maximum(linear, 0).astype(np.float32)

    def bend(v: np.ndarray) -> np.ndarray:
        room = 1 - SHOULDER
        return np.where(v <= SHOULDER, v, SHOULDER + room * (1 - np.exp(-np.maximum(v - SHOULDER, 0) / room)))

    peak = values.max(-1, keepdims=True)
    together = values * (bend(peak) / np.maximum(peak, 1e-6))
    return (0.5 * together + 0.5 * bend(values)).astype(np.float32)


def _grain(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Luminance grain (H, W, 1) in sRGB steps, soft at about one pixel, the same for the same seed."""
    noise = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 0.6)
    result: np.ndarray = (soft * np.float32(GRAIN_SRGB / max(float(soft.std()), 1e-6)))[..., None]
    return result


def _mean_colour_near(carried: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The piece's mean colour (h, w, 3) within about 3 px: what a pixel with hardly any piece in it should show."""
    total = cv2.GaussianBlur(np.maximum(weight, 0), (0, 0), 1.5)
    mean: np.ndarray = cv2.GaussianBlur(np.maximum(carried, 0), (0, 0), 1.5) / np.maximum(total, 1e-4)[..., None]
    return mean


def _core(opaque: np.ndarray, mapping: Mapping, window: tuple[int, int, int, int], scale: float) -> np.ndarray:
    """Which pixels of `window` (h, w) read nothing but opaque piece: the opaque area less the resample's whole reach."""
    depth = cv2.distanceTransform(opaque.astype(np.uint8), cv2.DIST_L2, 5)
    px, py = mapping.photo_xy(window)
    x = np.clip(np.rint(px), 0, opaque.shape[1] - 1).astype(int)
    y = np.clip(np.rint(py), 0, opaque.shape[0] - 1).astype(int)
    within = (px >= 0) & (py >= 0) & (px <= opaque.shape[1] - 1) & (py <= opaque.shape[0] - 1)
    # The reach along a diagonal of the square filter is longer, but its weight there is far below one 8-bit step.
    result: np.ndarray = within & (depth[y, x] > reach_px(min(scale, 1.0)))
    return result


def _refuse_mirror(matrix: np.ndarray, box: tuple[int, int, int, int]) -> None:
    """A mirror-image piece is another piece: the placement's orientation must be kept."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    if np.linalg.det(matrix) / w**3 < 0:
        raise PlacementRefused("placement.mirrored", "The placement would turn the piece into its mirror image.")
