"""A hand posed through a round piece: what rings on fingers and bracelets on wrists have in common.

The photo decides the view. The band's ellipse gives its plane; the limb goes through that plane at a right angle, its
back under the head of the piece, its near end tilted to the camera just as far as the photo was taken from above. The
camera looks level at the piece, so the whole hand turns and the photographed piece never does.

    photo's ellipse → band in camera space → hand turned, scaled and pushed against the near arc → what it hides
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pipeline.direction import Direction
from pipeline.engines.exposure import CONTACT, Placed, drawn_mask, exposed, laid_at
from pipeline.engines.framing import framed
from pipeline.engines.limb_world import Posed, limb_world
from pipeline.engines.protocol import Progress, Scene
from pipeline.engines.silhouette import PiecePart
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.view import BandView
from pipeline.stage.camera import PinholeCamera, camera_on
from pipeline.stage.hand import HandSculpture, Station
from pipeline.stage.hand_pose import about_axis
from pipeline.stage.render import Geometry, World, geometry
from pipeline.stage.shadow import contact, draped_caster
from pipeline.stage.stance import HandStance

# The piece presses this far into what it is worn on, so that no light comes between.
PRESS_MM = 0.15
# A surface this far before the band hides it; the limb's own skin under the near arc never does.
MARGIN_MM = 0.4
# A move this far off the limb's own direction is worth a word.
ASIDE_MM = 1.0
# A limb that would lie flatter than this in the picture is brought up to it, piece and all, by no more than the turn that
# a placement may ask for: a hand that lies on its side hardly reads as one.
LEAST_RISE_DEG, MOST_TURN_DEG = 42.0, 42.0
# Beside its opening, and no further back than this (in parts of the minor axis), nothing of a band is hidden.
BESIDE_TO = 0.45
# Hidden patches under this share of the largest are crumbs.
CRUMB = 0.02
# Narrower than twice this, in longer sides of the picture, what seems to hide the band is a sliver.
SLIVER = 0.0025
# The head's outline is taken this much larger, in parts of the ellipse: its edge belongs to it.
HEAD_RIM = 0.014


@dataclass(frozen=True)
class Band:
    """The round piece in the picture: its view, its photo's scale, its opening's radius and mean radius in mm."""

    view: BandView
    mm_per_px: float
    inner_mm: float
    mean_mm: float

    @classmethod
    def of(cls, view: BandView, mm_per_px: float) -> Band:
        return cls(view, mm_per_px, view.inner_px * mm_per_px, view.major_px * mm_per_px)


@dataclass(frozen=True)
class Worn:
    """A piece on its limb before any light: the world, the camera's sharp view of it, and the piece in the picture."""

    world: World
    camera: PinholeCamera
    view: Geometry
    placed: Placed
    posed: Posed
    notes: list[str]


def put_on(
    piece: CutPiece,
    part: PiecePart,
    band: Band,
    hand: HandSculpture,
    place: str,
    held: HandStance,
    scale: float,
    direction: Direction,
    closest: float = np.inf,
) -> Worn:
    """`part` of the piece on `place` of the hand, which is made at `scale` of its size. `closest` bounds the picture's px per mm.

    Raises PlacementRefused for a piece moved off its place or out of the picture.
    """
    camera, matrix, notes = _camera(piece, band, direction, closest)
    station = hand.station(place, _along(hand, place, band, camera, held, scale, direction))
    posed = _posed(hand, station, band, camera, held, scale, direction)
    world, said = limb_world(posed, held, camera, direction)
    view = geometry(world, camera)
    visible = _visible(posed, band, camera, view, matrix)
    mask = (drawn_mask(part.mask, matrix, camera.size_px) > 0.5) & (visible > 0.5)
    if not mask.any():
        raise PlacementRefused("placement.out-of-frame", "The piece lies outside the picture.", "Move it back.")
    caster = _caster(mask, posed, band, camera, view, matrix)
    placed = Placed(matrix, visible, mask, caster, camera.px_per_mm)
    if abs(direction.camera.azimuth_deg) > 0.5:
        said.append("The photo decides from where the piece is seen, so “Walk round” moves only the backdrop.")
    seen = camera.rotation[:2] @ posed.axis
    asked = np.array([direction.placement.right_mm, direction.placement.up_mm])
    if np.linalg.norm(asked - seen * (asked @ seen) / max(float(seen @ seen), 0.1)) > ASIDE_MM:
        said.append(
            "The piece goes round the body, so it moves along it only; “Move right” and “Move up” move the camera."
        )
    return Worn(world, camera, view, placed, posed, notes + said)


def lit(worn: Worn, piece: CutPiece, direction: Direction, progress: Progress) -> Scene:
    """The Scene of a piece on its limb: every pass rendered."""
    placed = worn.placed
    scene = exposed(worn.world, worn.camera, worn.view, placed, piece, direction, progress)
    # Where the piece lies on the limb it keeps the room's even light from it, as the rig's shadow alone doesn't show.
    resting = contact(placed.mask, placed.px_per_mm)[..., None] ** CONTACT
    scene.shadow *= np.where(_of_limb(worn.posed, worn.view)[..., None], resting, 1.0).astype(np.float32)
    scene.notes += worn.notes
    return scene


def brought_up(direction: Direction, band: Band, held: HandStance) -> tuple[Direction, list[str]]:
    """The Direction with its placement turned in the picture's plane so that the limb doesn't lie on its side, and what
    there is to say of it. Hand and piece turn together, as if the camera were rolled: the photographed view stays."""
    towards = -band.view.near if held.tips == "near" else band.view.near
    rise = float(np.degrees(np.arctan2(-towards[1], abs(towards[0]))))
    # The hand comes up into the picture, or hangs down into it where it already did.
    wanted = LEAST_RISE_DEG if rise > -10 else -LEAST_RISE_DEG
    if abs(rise) >= LEAST_RISE_DEG:
        return direction, []
    turn = float(np.clip(wanted - rise, -MOST_TURN_DEG, MOST_TURN_DEG)) * (1.0 if towards[0] >= 0 else -1.0)
    placement = direction.placement.model_copy(update={"rotation_deg": direction.placement.rotation_deg + turn})
    words = f"The limb would lie on its side, so hand and piece are turned {abs(turn):.0f}° together; “Rotation” turns them on."
    return direction.model_copy(update={"placement": placement}), [words]


def _rotation(direction: Direction) -> np.ndarray:
    """(2, 2): the placement's rotation for photo directions, whose y points down; positive turns counter-clockwise."""
    turn = np.radians(direction.placement.rotation_deg)
    return np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def _camera(
    piece: CutPiece, band: Band, direction: Direction, closest: float
) -> tuple[PinholeCamera, np.ndarray, list[str]]:
    """The camera, which has the band's centre as the world's origin, and the similarity (3, 3) from photo to picture."""
    width, height = direction.size_px()
    cam, R = direction.camera, _rotation(direction)
    left, top, right, bottom = piece.box
    corners = np.array([[x, y] for x in (left, right - 1) for y in (top, bottom - 1)]) @ R.T
    low, high = corners.min(0), corners.max(0)
    extent = (high - low + 1) * band.mm_per_px
    framing = framed(float(extent[0]), float(extent[1]), band.mm_per_px, direction, closest)
    k = framing.px_per_mm * band.mm_per_px
    middle = np.array([(width - 1) * (0.5 + cam.shift_x), (height - 1) * 0.5 - cam.shift_y * height])
    centre = middle + k * (R @ band.view.centre - (low + high) / 2)
    matrix = np.eye(3)
    matrix[:2, :2] = k * R
    matrix[:2, 2] = centre - k * R @ band.view.centre
    # A band lay or stood on something: the camera looked down on it as far as it looked on its plane from above. The
    # light rig stands in that same world, so a wrist that is seen from above is still lit from above.
    above = band.view.tilt_deg * float((R @ band.view.near)[1])
    camera = camera_on(
        np.zeros(3),
        azimuth_deg=cam.azimuth_deg,
        elevation_deg=float(np.clip(above + cam.elevation_deg, -20, 62)),
        focal_length_mm=cam.focal_length_mm,
        px_per_mm=framing.px_per_mm,
        size_px=(width, height),
        target_px=(float(centre[0]), float(centre[1])),
        f_number=cam.f_number,
    )
    return camera, matrix, list(framing.notes)


def _frame(band: Band, camera: PinholeCamera, held: HandStance, direction: Direction) -> tuple[np.ndarray, ...]:
    """Unit vectors (3,) in the world: towards the tips along the band's axis, to its nearest point, and across."""
    right, up, back = camera.rotation
    R, tilt = _rotation(direction), np.radians(band.view.tilt_deg)
    near_px, across_px = R @ band.view.near, R @ band.view.across
    in_picture = right * near_px[0] - up * near_px[1]
    across = right * across_px[0] - up * across_px[1]
    near = in_picture * np.sin(tilt) + back * np.cos(tilt)
    axis = -in_picture * np.cos(tilt) + back * np.sin(tilt)
    return axis * (1.0 if held.tips == "near" else -1.0), near, across


def _along(
    hand: HandSculpture,
    place: str,
    band: Band,
    camera: PinholeCamera,
    held: HandStance,
    scale: float,
    direction: Direction,
) -> float:
    """How far the piece is moved along the limb, in the hand's own mm: the offset asked for, and what a move in the
    picture amounts to on the limb. Raises PlacementRefused beyond the part's ends."""
    asked = direction.placement
    axis, _, _ = _frame(band, camera, held, direction)
    seen = np.array([axis @ camera.rotation[0], axis @ camera.rotation[1]])
    move = asked.along_mm + float(seen @ [asked.right_mm, asked.up_mm]) / max(float(np.linalg.norm(seen)), 0.3)
    back_mm, on_mm = (free * scale for free in hand.station(place).free_mm)
    if not -back_mm <= move <= on_mm:
        raise PlacementRefused(
            "placement.off-body",
            f"Moved {move:.1f} mm, the piece would leave its place on the {place.replace('-', ' ')}: "
            f"it may go {back_mm:.0f} mm towards the body and {on_mm:.0f} mm towards the tips.",
            "Move it less, or choose another anchor.",
        )
    return move / scale


def _posed(
    hand: HandSculpture,
    station: Station,
    band: Band,
    camera: PinholeCamera,
    held: HandStance,
    scale: float,
    direction: Direction,
) -> Posed:
    axis, near, across = _frame(band, camera, held, direction)
    turn = np.radians(band.view.head_deg)
    head = near * np.cos(turn) + across * np.sin(turn)
    back = about_axis(axis, direction.placement.roll_deg) @ head
    source = np.stack([station.axis, station.back, np.cross(station.axis, station.back)], 1)
    target = np.stack([axis, back, np.cross(axis, back)], 1)
    R = about_axis(across, direction.placement.tilt_deg) @ target @ source.T
    # Pushed against the near arc: whatever room is left is behind the limb.
    room = band.inner_mm - station.back_mm * scale + PRESS_MM
    return Posed(hand, station, R, scale, head * room, axis, head, near, across)


def _band_depth(
    posed: Posed, band: Band, camera: PinholeCamera, u: np.ndarray, v: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Depth (H, W) mm along the camera's axis of the band where a picture's pixel shows it, and its cosine from the
    nearest point: above 0 on the near half."""
    # From its front only the near half of a band shows, over its whole width.
    ahead = np.sqrt(np.maximum(1 - u * u, 0.0)) if band.view.from_front else v
    cosine = ahead / np.maximum(np.hypot(u, ahead), 1e-6)
    towards = posed.near @ camera.rotation[2]
    return camera.focus_mm - band.mean_mm * cosine * towards, cosine


def _on_far_half(band: Band, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Where (H, W) the picture shows the band's far half, or what lies behind the band.

    A band is a strip with a width: at the ends of the ellipse its near half begins with a whole edge, and not on the
    major axis. That edge is the near arc moved back by half the strip's width, and a trace more.
    """
    view = band.view
    if view.from_front:
        return np.zeros(u.shape, bool)
    behind = v < np.sqrt(np.maximum(1 - u * u, 0.0)) - 0.55 * view.strip_px / max(view.minor_px, 1e-6)
    # What the band goes round lies within its opening: a finger that grows wider further on hides nothing beside it.
    beside = (np.abs(u) > view.inner_px / view.major_px) & (v > -BESIDE_TO)
    return behind & ~beside


def _local(band: Band, matrix: np.ndarray, size_px: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    at = laid_at(matrix, size_px)
    u, v = band.view.local(at[..., 0], at[..., 1])
    return u, v, at


def _visible(posed: Posed, band: Band, camera: PinholeCamera, view: Geometry, matrix: np.ndarray) -> np.ndarray:
    """Coverage (H, W) 0..1 of what nothing hides: the far arc goes behind the limb, the sides behind nearer fingers, the
    head of the piece behind nothing."""
    u, v, at = _local(band, matrix, camera.size_px)
    depth, cosine = _band_depth(posed, band, camera, u, v)
    far = _on_far_half(band, u, v)
    if len(band.view.head):
        far &= ~_in_head(band, matrix, at, camera.size_px)
    own = _of_limb(posed, view)
    before = view.depth_mm < depth - MARGIN_MM
    hides = _whole(far & (before | own)) | (~own & before & (cosine < 0.6))
    edge = ndimage.gaussian_filter(hides.astype(np.float32), 0.6)
    # The limb's own outline, drawn smooth, decides where the far arc goes behind it.
    return (1 - edge * view.body).astype(np.float32)


def _whole(hidden: np.ndarray) -> np.ndarray:
    """`hidden` (H, W) without its slivers: what is left between the head's outline and the limb's hides nothing real, whether
    it stands alone or hangs on the rest by a corner."""
    if not hidden.any():
        return hidden
    reach = max(1, round(SLIVER * max(hidden.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    # Nothing outside of the picture: a band that leaves it isn't thinned at its edge.
    open_to = cv2.copyMakeBorder(hidden.astype(np.uint8), reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    stout = cv2.morphologyEx(open_to, cv2.MORPH_OPEN, disc)[reach:-reach, reach:-reach]
    labels, count = ndimage.label(stout)
    if count == 0:
        return hidden
    areas = ndimage.sum_labels(stout, labels, np.arange(count + 1))
    main = ((areas >= CRUMB * areas.max())[labels] & (stout > 0)).astype(np.uint8)
    # Opening rounds corners: they come back, and no more of a sliver than its beginning.
    kept: np.ndarray = (cv2.dilate(main, disc) > 0) & hidden
    return kept


def _in_head(band: Band, matrix: np.ndarray, at: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """Pixels (H, W) of the picture inside the head's outline, made a little larger."""
    outline = band.view.head
    middle = outline.mean(0)
    reach = np.linalg.norm(outline - middle, axis=1, keepdims=True)
    larger = middle + (outline - middle) * (1 + HEAD_RIM * band.view.major_px / np.maximum(reach, 1.0))
    corners = np.concatenate([larger, np.ones((len(larger), 1))], 1) @ matrix.T
    drawn = np.zeros(size_px[::-1], np.uint8)
    cv2.fillPoly(drawn, [np.round(corners[:, :2]).astype(np.int32)], [1])
    return drawn.astype(bool)


def _of_limb(posed: Posed, view: Geometry) -> np.ndarray:
    """Pixels (H, W) that show the very finger or arm that wears the piece, near where it is worn."""
    axis = posed.turn @ posed.station.axis
    across = posed.turn @ posed.station.across
    offset = view.position - posed.shift
    sideways = np.abs(offset @ across) / posed.scale
    deep = np.abs(offset @ np.cross(axis, across)) / posed.scale
    reach = posed.station.half_width_mm
    return (view.body > 0.02) & (sideways < 1.12 * reach) & (deep < 1.6 * max(reach, posed.station.back_mm))


def _caster(
    mask: np.ndarray, posed: Posed, band: Band, camera: PinholeCamera, view: Geometry, matrix: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The piece's stand-in: it lies on the limb where the limb is, and goes on round it in the band's own curve."""
    u, v, _ = _local(band, matrix, camera.size_px)
    depth, _ = _band_depth(posed, band, camera, u, v)
    own = _of_limb(posed, view) & (view.body > 0.5)
    h, w = mask.shape
    pixels = np.stack(np.meshgrid(np.arange(w), np.arange(h)), -1).astype(float)
    round_it = camera.unproject(pixels, np.clip(depth, camera.focus_mm - band.mean_mm, camera.focus_mm + band.mean_mm))
    position = np.where(own[..., None], view.position.astype(np.float64), round_it)
    normal = np.where(own[..., None], view.normal @ camera.rotation, camera.rotation[2])
    smooth = np.stack([ndimage.gaussian_filter(normal[..., k], 2.0) for k in range(3)], -1)
    smooth /= np.maximum(np.linalg.norm(smooth, axis=-1, keepdims=True), 1e-6)
    return draped_caster(mask, position, smooth, camera.px_per_mm)
