"""A round band's photographed view: the ellipse of a ring or bracelet, how far it is tilted, and which arc is near.

A circular band seen from an angle draws an ellipse whose aspect is the sine of the camera's height over the band's
plane. What is read from the matte is the middle line of the band's strip: for a band of any width and thickness that line
is exactly the ellipse of its mean radius, while its inner and outer outlines are not ellipses at all.

    skeleton of the matte → ellipse (`ellipse`) → strip along it → near arc, head

The head (stones, a dial) hides part of the band and is no part of the ellipse; it is where the matte has more than the
strip. Photos of jewelry show the head in front, so it tells the near arc; on a plain band perspective does, and how the band
lay.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage
from skimage.morphology import medial_axis

from pipeline.errors import PlacementRefused
from pipeline.imaging.ellipse import distance_to, points_on, round_of

# The matte is read at this many pixels on its longer side.
WORKING_PX = 420
# Gaps of a chain up to this share of the longer side are closed before its line is read.
BRIDGE = 0.016
# Share of the ellipse that must lie on the piece for it to be a closed round.
LEAST_COVER = 0.8
STEPS = 360
# A band flatter than this shows no opening that a finger could be seen to fill.
FLATTEST_TILT_DEG = 5.0


@dataclass(frozen=True)
class BandView:
    """How a round band was photographed. Pixels are the photo's, the first one's centre at (0, 0); y points down.

    - `centre` (2,) and half axes `major_px`, `minor_px` of the mean circle's ellipse.
    - `near` (2,): unit vector along the minor axis towards the near arc. `across` (2,): unit, a quarter turn from it
      (clockwise on the screen), along the major axis.
    - `tilt_deg`: the camera's height over the band's plane, asin(minor / major): 0 from the side, 90 through the hole.
    - `inner_px`: the opening's radius; `thickness_px`: the strip's thickness at the ends of the major axis, `strip_px` where
      it crosses the minor axis.
    - `inner`, `outer` (STEPS,): the strip's edges in parts of the ellipse's own radius, by angle (see `angle_of`), as far
      as the strip is bare; what the head covers is filled in with the bare strip's median.
    - `head_deg`: where the head sits, from the nearest point, positive towards `across`; `head_share`: the share of the
      piece's area that is no bare strip.
    - `head` (k, 2): the outline of what is no bare strip, as a convex polygon in photo pixels; empty where there is none.
    - `confidence` 0..1: how sure the near arc is; `cover` 0..1: the share of the ellipse that lies on the piece.
    - `from_front`: the camera stood in the band's plane and saw its near half alone (see `front`); `minor_px` is 0 then.
    """

    centre: np.ndarray
    major_px: float
    minor_px: float
    near: np.ndarray
    tilt_deg: float
    inner_px: float
    thickness_px: float
    inner: np.ndarray
    outer: np.ndarray
    head_deg: float
    head_share: float
    head: np.ndarray
    confidence: float
    cover: float
    strip_px: float = 0.0
    from_front: bool = False

    @property
    def across(self) -> np.ndarray:
        return np.array([-self.near[1], self.near[0]])

    def local(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Photo pixels in the ellipse's own units: along `across` and `near`, both 1 on the ellipse."""
        dx, dy = x - self.centre[0], y - self.centre[1]
        across, near = self.across, self.near
        u = (dx * across[0] + dy * across[1]) / self.major_px
        v = (dx * near[0] + dy * near[1]) / max(self.minor_px, 1e-6)
        return u, v

    def angle_of(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The step (0..STEPS-1) of local coordinates: 0 at the nearest point, growing towards `across`."""
        turn = np.arctan2(u, v) / (2 * np.pi) % 1.0
        return np.minimum((turn * STEPS).astype(int), STEPS - 1)


def band_view(mask: np.ndarray) -> BandView:
    """The view of the one round band in `mask` (H, W) bool.

    Raises PlacementRefused (`view.no-round`, `view.side`) where there is no closed round, or none with an opening.
    """
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    if not len(rows):
        raise _no_round()
    top, left = int(rows[0]), int(columns[0])
    cropped = mask[top : rows[-1] + 1, left : columns[-1] + 1]
    scale = min(WORKING_PX / max(cropped.shape), 1.0)
    pad = int(0.06 * WORKING_PX)
    size = (max(round(cropped.shape[1] * scale), 8), max(round(cropped.shape[0] * scale), 8))
    small = cv2.resize(cropped.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = np.pad(small, pad)
    solid = _bridged(small > 0.5)
    line, half = medial_axis(solid, return_distance=True, rng=7)
    y, x = np.nonzero(line)
    thick = half[y, x]
    ellipse = round_of(np.stack([x, y], 1).astype(float), thick, solid, max(size))
    if ellipse is None:
        raise _no_round()
    view = _read_strip(ellipse, small > 0.5, solid)
    shrink = np.array([size[0] / cropped.shape[1], size[1] / cropped.shape[0]])
    centre = (view.centre - pad + 0.5) / shrink - 0.5 + [left, top]
    k = float(1 / shrink.mean())
    view = BandView(
        centre,
        view.major_px * k,
        view.minor_px * k,
        view.near,
        view.tilt_deg,
        view.inner_px * k,
        view.thickness_px * k,
        view.inner,
        view.outer,
        view.head_deg,
        view.head_share,
        (view.head - pad + 0.5) / shrink - 0.5 + [left, top],
        view.confidence,
        view.cover,
        view.strip_px * k,
    )
    if view.cover < LEAST_COVER:
        raise _no_round()
    if view.tilt_deg < FLATTEST_TILT_DEG:
        raise _from_the_side()
    return view


def _no_round() -> PlacementRefused:
    return PlacementRefused(
        "view.no-round",
        "The photo shows no closed round that a finger or a wrist could go through.",
        "Choose the engine “still”, or send a photo of the piece closed, seen a little from above (about 20°).",
    )


def _from_the_side() -> PlacementRefused:
    return PlacementRefused(
        "view.side",
        "The photo shows the band straight from its side: its opening can't be seen, so it can't be worn as photographed.",
        "Choose the engine “still”, or send a photo taken a little from above (about 20°).",
    )


def _bridged(solid: np.ndarray) -> np.ndarray:
    """The matte with the gaps between links closed and pinholes filled; larger openings stay."""
    reach = max(int(BRIDGE * max(solid.shape)), 1)
    near = ndimage.distance_transform_edt(~solid) <= reach
    closed = ndimage.distance_transform_edt(np.pad(near, 1, constant_values=True))[1:-1, 1:-1] > reach
    closed |= solid
    holes, count = ndimage.label(~closed)
    area = ndimage.sum_labels(~closed, holes, np.arange(count + 1))
    filled: np.ndarray = closed | (area < 0.0009 * solid.size)[holes] & ~closed
    return filled


def _read_strip(e: np.ndarray, mask: np.ndarray, solid: np.ndarray) -> BandView:
    """The strip's edges along the ellipse, the head, and from them the near arc."""
    centre, a, b = e[:2], float(e[2]), float(e[3])
    axis = np.array([np.cos(e[4]), np.sin(e[4])])
    side = np.array([-axis[1], axis[0]])
    t = (np.arange(STEPS) + 0.5) / STEPS * 2 * np.pi
    inner, outer = _edges(solid, centre, a, b, axis, side, t)
    cover = float(np.isfinite(inner).mean())
    width = np.where(np.isfinite(inner), (outer - inner) * _radius(a, b, t), np.nan)
    ends = np.abs(np.sin(t)) > 0.92
    thickness = float(np.nanmedian(width[ends])) if np.isfinite(width[ends]).any() else float(np.nanmedian(width))

    y, x = np.nonzero(mask)
    dx, dy = x - centre[0], y - centre[1]
    u, v = (dx * axis[0] + dy * axis[1]) / a, (dx * side[0] + dy * side[1]) / max(b, 1e-6)
    off = np.abs(distance_to(e, np.stack([x, y], 1).astype(float)))
    # The strip is thinnest where it crosses the minor axis; of the two arcs the barer one says how thin.
    turn = np.abs(np.arctan2(u, v))
    crossing = [width[np.abs(_turn(t - c)) < 0.7] for c in (0.0, np.pi)]
    thin = min((float(np.nanmedian(w)) for w in crossing if np.isfinite(w).any()), default=thickness)
    strip = thin + max(thickness - thin, 0.0) * np.abs(np.sin(turn)) ** 4
    more = (off > 0.6 * strip + 0.008 * a) & (off < 1.3 * a)
    # Clasps, hinges and safety chains sit at the ends of the major axis and say nothing of near and far.
    head = more & (np.abs(u) < 0.8)
    share = float(head.sum() / max(len(x), 1))
    lean = float(np.clip(v[head] * b / a, -1, 1).mean()) if head.sum() > 0.04 * len(x) else 0.0
    # Mean thickness of either arc's middle part: the near one is larger in the picture.
    arcs = [width[(np.abs(_turn(t - c)) < 0.9) & np.isfinite(width)] for c in (0.0, np.pi)]
    first, second = (float(arc.mean()) if len(arc) else thickness for arc in arcs)
    bulge = (first - second) / max(first + second, 1e-6)
    sign, confidence = _near_sign(lean, share, bulge, b / a, side)
    near, across = sign * side, np.array([-sign * side[1], sign * side[0]])
    # Read again by the near arc's own angles.
    inner, outer = _edges(solid, centre, a, b, across, near, t)
    width = (outer - inner) * _radius(a, b, t)
    bare = np.isfinite(inner) & (width < 1.6 * np.nanmedian(width) + 1)
    far = np.abs(_turn(t - np.pi)) < np.pi / 2
    usable = bare & far if (bare & far).sum() > 20 else bare
    typical_in, typical_out = (float(np.median(edge[usable])) if usable.any() else 1.0 for edge in (inner, outer))
    inner_px = _opening(inner, outer, bare, a, t)
    head_deg, hull = 0.0, np.empty((0, 2))
    of_head = _head_of(more, x, y, u, v * sign) if share > 0.04 else np.zeros(len(x), bool)
    if of_head.any():
        hull = cv2.convexHull(np.stack([x, y], 1)[of_head].astype(np.float32))[:, 0].astype(float)
        hull = _completed(hull, e, near, 0.6 * thin + 0.008 * a)
        front = of_head & (v * sign > -0.2)
        if front.any():
            # However high the head stands, its middle lies in its own direction from the ellipse's.
            along = float((dx[front] * across[0] + dy[front] * across[1]).mean()) / a
            ahead = float((dx[front] * near[0] + dy[front] * near[1]).mean()) / b
            head_deg = float(np.degrees(np.arctan2(along, max(ahead, 0.4))))
    return BandView(
        centre,
        a,
        b,
        near,
        float(np.degrees(np.arcsin(np.clip(b / a, 0, 1)))),
        inner_px,
        thickness,
        np.where(bare, inner, typical_in),
        np.where(bare, outer, typical_out),
        head_deg,
        share,
        hull,
        confidence,
        cover,
        thin,
    )


def _opening(inner: np.ndarray, outer: np.ndarray, bare: np.ndarray, a: float, t: np.ndarray) -> float:
    """The opening's true radius, in pixels.

    What shows through a band of some width is narrower than its opening: the front rim covers the ends. The outer outline
    is as wide as the band, and the middle line as its mean circle, so the opening is as far inside as they lie apart.
    """
    ends = np.abs(np.sin(t)) > 0.97
    # How far the outline reaches along the major axis, to either side. A clasp or a hinge at one end makes that end
    # longer: the shorter one is the band's.
    along = outer * np.abs(np.sin(t))
    left, right = (along[ends & bare & (half * np.sin(t) > 0)] for half in (-1, 1))
    reach = min((float(side.max()) for side in (left, right) if len(side)), default=1.06)
    seen = inner[ends & bare]
    shown = float(np.median(seen)) if len(seen) else 0.9
    return a * float(np.clip(2 - reach, max(shown, 0.6), 0.98))


def _head_of(more: np.ndarray, x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Which of the pixels `more` (n,) that are no bare strip belong to the head, and not to a clasp, hinge or chain."""
    drawn = np.zeros((y.max() + 3, x.max() + 3), bool)
    drawn[y[more], x[more]] = True
    labels, count = ndimage.label(ndimage.binary_dilation(drawn, iterations=2))
    owner = labels[y, x] * more
    kept = np.zeros(count + 1, bool)
    for k in range(1, count + 1):
        own = owner == k
        kept[k] = own.sum() > 0.05 * more.sum() and v[own].mean() > -0.5 and abs(u[own].mean()) < 0.92
    return np.asarray(kept[owner] & more)


def _completed(hull: np.ndarray, e: np.ndarray, near: np.ndarray, half: float) -> np.ndarray:
    """The head's outline (k, 2) with the part that lies over the far arc's strip, where head and strip can't be told apart.

    An ellipse through the rest of the outline goes on where it is cut off by the strip, `half` px to each side of `e`.
    """
    steps = np.linspace(0, 1, 24, endpoint=False)[:, None]
    edge = np.concatenate([p + (q - p) * steps for p, q in zip(hull, np.roll(hull, -1, 0), strict=True)])
    behind = (edge - e[:2]) @ near < 0
    cut_off = behind & (np.abs(distance_to(e, edge)) < 1.5 * half)
    if cut_off.mean() < 0.03 or (~cut_off).sum() < 30:
        return hull
    (x, y), (width, height), turn = cv2.fitEllipseDirect(edge[~cut_off].astype(np.float32))
    t = np.linspace(0, 2 * np.pi, 180)
    whole = points_on(np.array([x, y, width / 2, height / 2, np.radians(turn)]), t)
    over = ((whole - e[:2]) @ near < 0) & (np.abs(distance_to(e, whole)) < 1.3 * half)
    return cv2.convexHull(np.concatenate([hull, whole[over]]).astype(np.float32))[:, 0].astype(float)


def _edges(
    solid: np.ndarray, centre: np.ndarray, a: float, b: float, across: np.ndarray, near: np.ndarray, t: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the piece's run over the ellipse begins and ends on each ray from the centre, in parts of the ellipse's radius; NaN where there is none."""
    steps = np.arange(0.2, 1.9, 0.006)
    u, v = np.sin(t)[:, None] * steps, np.cos(t)[:, None] * steps
    x = centre[0] + u * a * across[0] + v * b * near[0]
    y = centre[1] + u * a * across[1] + v * b * near[1]
    on = ndimage.map_coordinates(solid.astype(np.float32), [y, x], order=1, cval=0.0) > 0.5
    inner, outer = np.full(len(t), np.nan), np.full(len(t), np.nan)
    at = int(np.argmin(np.abs(steps - 1)))
    reach = int(0.05 / 0.006)
    for k, row in enumerate(on):
        hits = np.nonzero(row[at - reach : at + reach + 1])[0]
        if not len(hits):
            continue
        start = at - reach + int(hits[np.abs(hits - reach).argmin()])
        low = start - int(np.argmin(row[start::-1])) if not row[: start + 1].all() else -1
        high = start + int(np.argmin(row[start:])) if not row[start:].all() else len(row)
        inner[k] = steps[max(low + 1, 0)]
        outer[k] = steps[min(high, len(steps)) - 1]
    return inner, outer


def _radius(a: float, b: float, t: np.ndarray) -> np.ndarray:
    radius: np.ndarray = np.hypot(a * np.sin(t), b * np.cos(t))
    return radius


def _turn(angle: np.ndarray) -> np.ndarray:
    turned: np.ndarray = (angle + np.pi) % (2 * np.pi) - np.pi
    return turned


def _near_sign(lean: float, share: float, bulge: float, aspect: float, side: np.ndarray) -> tuple[float, float]:
    """+1 where the near arc is at `side`, else -1, with how sure that is, from three signs that are added up.

    The head leans towards the near arc (`lean`, its mean place along the minor axis, counted by the `share` of the piece
    that it is, so that a clasp weighs little). The near arc is drawn larger (`bulge`, the relative excess of its
    thickness: perspective alone gives 1 to 3 %). And a band whose ellipse lies level in the picture lay on a table below the
    camera, so that its lower arc is near; one that lies askew stood, and says nothing.
    """
    of_head = 3.5 * float(np.clip(lean / max(aspect, 1e-6), -1, 1)) * float(np.clip((share - 0.035) / 0.1, 0, 1))
    of_size = 1.2 * float(np.tanh(bulge / 0.012))
    of_table = 1.6 * float(np.sign(side[1])) * float(abs(side[1])) ** 8
    total = of_head + of_size + of_table
    return (1.0 if total >= 0 else -1.0), float(np.tanh(abs(total)))
