"""The piece's stand-in on a table: what throws its shadow, is mirrored, and says where the piece touches the table.

What lies flat is a solid over the surface at each of its pixels. A lying band is a wall that stands on the table round
the band's own circle: its near arc before, its far arc behind, so that its shadow falls into it and through it. What
stands is an upright solid over its lowest point.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from pipeline.engines.lay import Lay
from pipeline.engines.silhouette import PiecePart
from pipeline.imaging.view import BandView
from pipeline.stage.camera import PinholeCamera
from pipeline.stage.render import Geometry
from pipeline.stage.shadow import draped_caster, standing_caster

# What comes this near to the table touches it, as far as light is concerned.
TOUCHES_MM = 0.7
# A band's wall has this thickness, in parts of the band's own strip.
OF_STRIP = 0.6
THINNEST_MM, THICKEST_MM = 0.8, 5.0

Mesh = tuple[np.ndarray, np.ndarray]


def table_caster(
    mask: np.ndarray, parts: list[PiecePart], lay: Lay, matrix: np.ndarray, camera: PinholeCamera, view: Geometry
) -> tuple[Mesh, np.ndarray]:
    """The caster's vertices and faces, and where of `mask` (H, W) the piece touches the table (H, W) bool."""
    if lay.way == "flat":
        normal = view.normal @ camera.rotation
        smooth = np.stack([ndimage.gaussian_filter(normal[..., k], 1.5) for k in range(3)], -1)
        return draped_caster(mask, view.position.astype(np.float64), smooth, camera.px_per_mm), mask
    if lay.way == "lying":
        depth, thickness = _round_wall(mask, parts[0], lay, matrix, camera)
    else:
        depth, thickness = _upright(mask, parts, lay, matrix, camera)
    rows, columns = np.indices(mask.shape)
    height = camera.unproject(np.stack([columns, rows], -1).astype(float), depth)[..., 2]
    return standing_caster(mask, camera, depth - thickness / 2, thickness), mask & (height < TOUCHES_MM)


def _round_wall(
    mask: np.ndarray, part: PiecePart, lay: Lay, matrix: np.ndarray, camera: PinholeCamera
) -> tuple[np.ndarray, float]:
    """Depth (H, W) in mm along the camera's axis of a lying band at each pixel, and its wall's thickness."""
    scale = float(np.sqrt(np.linalg.det(matrix[:2, :2])))
    centre, major, strip, head = _circle(part, lay.band)
    middle = (matrix @ [*centre, 1.0])[:2]
    strip_mm = strip * scale / camera.px_per_mm
    # The foot is the world's origin and belongs to the near arc or its head: the circle's middle lies a radius behind it,
    # as high as the photo shows it there. A head that hangs below its band lifts the band off the table.
    radius = of_foot = major * scale / camera.px_per_mm
    into = -camera.rotation[2][:2] / np.hypot(*camera.rotation[2][:2])
    ray = camera.directions(middle)
    # What is further off is drawn smaller: the radius is that of the middle's distance, which follows from the radius.
    for _ in range(6):
        at = camera.origin + ray * ((radius - camera.origin[:2] @ into) / (ray[:2] @ into))
        radius = of_foot * float(-camera.seen(at)[2]) / camera.focus_mm

    rows, columns = np.indices(mask.shape)
    rays = camera.directions(np.stack([columns, rows], -1).astype(float))
    off = camera.origin[:2] - at[:2]
    a = (rays[..., :2] ** 2).sum(-1)
    b = (rays[..., :2] * off).sum(-1)
    c = off @ off - radius * radius
    root = np.sqrt(np.maximum(b * b - a * c, 0))
    behind = rows < middle[1]
    if len(head):
        hull = (np.concatenate([head, np.ones((len(head), 1))], 1) @ matrix.T)[:, :2]
        drawn = np.zeros(mask.shape, np.uint8)
        cv2.fillConvexPoly(drawn, np.rint(hull).astype(np.int32), [1])
        behind &= drawn == 0
    reach = np.where(behind, -b + root, -b - root) / a
    # Nothing of the piece lies under the table: where the wall would, the ray stops at the top.
    table = np.where(rays[..., 2] < -1e-6, -camera.origin[2] / np.minimum(rays[..., 2], -1e-6), np.inf)
    depth = np.minimum(reach, table) * (rays @ -camera.rotation[2])
    return depth, float(np.clip(OF_STRIP * strip_mm, THINNEST_MM, THICKEST_MM))


def _circle(part: PiecePart, band: BandView | None) -> tuple[np.ndarray, float, float, np.ndarray]:
    """Centre (2,), half major axis, strip's thickness and head's outline (k, 2) of a lying band, in photo px."""
    if band is not None:
        return band.centre, band.major_px, band.thickness_px, band.head
    left, top, right, bottom = part.box
    inside = ndimage.distance_transform_edt(np.pad(part.mask, 1))
    strip = 2.5 * float(np.median(inside[inside > 0]))
    centre = np.array([(left + right - 1) / 2, (top + bottom - 1) / 2])
    return centre, (part.width - strip) / 2, strip, np.empty((0, 2))


def _upright(
    mask: np.ndarray, parts: list[PiecePart], lay: Lay, matrix: np.ndarray, camera: PinholeCamera
) -> tuple[np.ndarray, float]:
    """Depth (H, W) of upright parts, each over its own foot: where the ray through its lowest point meets the table."""
    depth = np.full(mask.shape, camera.focus_mm)
    rows, columns = np.indices(mask.shape)
    inverse = np.linalg.inv(matrix)
    x = np.rint(inverse[0, 0] * columns + inverse[0, 1] * rows + inverse[0, 2]).astype(int)
    y = np.rint(inverse[1, 0] * columns + inverse[1, 1] * rows + inverse[1, 2]).astype(int)
    h, w = parts[0].mask.shape
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    for part in parts:
        low_row = part.box[3] - 1
        low_column = float(np.nonzero(part.mask[low_row])[0].mean())
        foot = (matrix @ np.array([low_column, low_row, 1.0]))[:2]
        ray = camera.directions(foot)
        if ray[2] >= -1e-4:
            continue
        hit = camera.origin + ray * (-camera.origin[2] / ray[2])
        reach = float(np.clip(-camera.seen(hit)[2], camera.focus_mm - 60, camera.focus_mm + 60))
        member = np.zeros_like(mask)
        member[inside] = part.mask[y[inside], x[inside]]
        depth[ndimage.binary_dilation(member, iterations=2)] = reach
    return depth, float(np.clip(0.14 * lay.width_mm, 1.2, THICKEST_MM))
