"""What a photograph of the atelier shows, exactly: coverage, and each stone, prong and link with its place in the photo.

Coverage is counted on a grid of SAMPLES x SAMPLES rays a pixel that meet the same geometry through the same lens as the
photograph. A feature's outline and centre are those of its whole silhouette, what hides it left aside; `visible_share` is the
part of that silhouette that nothing stands before.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from pipeline.atelier.camera import Camera
from pipeline.atelier.mesh import joined, write_ply
from pipeline.atelier.pieces import Part, Piece
from pipeline.atelier.tips import TipSeen, tip_seen
from pipeline.stage.renderer import mitsuba

SAMPLES = 4
VISIBLE_FROM = 0.25
# Silhouettes are drawn at this many times the photo's resolution, large ones at half of it; the drawing takes in every
# fine pixel it touches, which makes a silhouette about 1 / 32 px too wide on each side.
_FINE = 16
_LARGE_PX = 240
_TILE_SAMPLES = 6_000_000


@dataclass(frozen=True)
class Feature:
    """One part in the photo. Pixels from the first pixel's centre; `outline`: (N, 2) of the silhouette; `area_px` of it;
    of a prong: what kind of tip it has, and where that stands."""

    id: str
    kind: str
    material: str
    centre: tuple[float, float]
    outline: np.ndarray
    area_px: float
    visible_share: float
    holds: tuple[str, ...]
    tip: str | None = None
    tip_seen: TipSeen | None = None

    @property
    def visible(self) -> bool:
        return self.visible_share >= VISIBLE_FROM


@dataclass(frozen=True)
class Truth:
    """`alpha`: (H, W) float32 coverage; `features`: stones, prongs and links; `box`: of alpha > 0.5, exclusive;
    `width_mm`: the piece's width across that box, at its middle depth; `counts` by kind."""

    alpha: np.ndarray
    features: tuple[Feature, ...]
    box: tuple[int, int, int, int]
    width_mm: float
    counts: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """All but the alpha, rounded to a hundredth of a pixel."""
        return {
            "size": [self.alpha.shape[1], self.alpha.shape[0]],
            "box": list(self.box),
            "width_mm": round(self.width_mm, 3),
            "counts": self.counts,
            "coverage_px": round(float(self.alpha.sum()), 1),
            "features": [
                {
                    "id": f.id,
                    "kind": f.kind,
                    "material": f.material,
                    "centre": [round(c, 2) for c in f.centre],
                    "outline": np.round(f.outline, 2).tolist(),
                    "area_px": round(f.area_px, 2),
                    "visible_share": round(f.visible_share, 3),
                    "visible": f.visible,
                    "holds": list(f.holds),
                }
                | _tip_json(f)
                for f in self.features
            ],
        }


def _tip_json(feature: Feature) -> dict[str, Any]:
    """Of a prong: its tip's kind, middle, narrow side in px, and the share of it that nothing hides."""
    told: dict[str, Any] = {"tip": feature.tip} if feature.tip else {}
    if feature.tip_seen:
        told["tip_centre"] = [round(c, 2) for c in feature.tip_seen.centre]
        told["tip_px"] = round(feature.tip_seen.size_px, 2)
        told["tip_visible_share"] = round(feature.tip_seen.visible_share, 3)
    return told


def seen(piece: Piece, camera: Camera) -> Truth:
    """The truth of this piece (in world mm) before this camera."""
    first = _first_hits(piece, camera)
    w, h = camera.size
    alpha = (first >= 0).reshape(h, SAMPLES, w, SAMPLES).mean((1, 3)).astype(np.float32)
    ys, xs = np.nonzero(alpha > 0.5)
    box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    areas = np.bincount(first[first >= 0].ravel(), minlength=len(piece.parts)) / SAMPLES**2
    features = []
    for index, part in enumerate(piece.parts):
        if part.kind not in ("stone", "prong", "link"):
            continue
        feature = _feature(part, camera, float(areas[index]))
        if part.kind == "prong":
            feature = replace(feature, tip=part.tip, tip_seen=tip_seen(part, piece, camera, first, SAMPLES))
        features.append(feature)
    depth = float(np.median(camera.project(np.concatenate([p.mesh.vertices for p in piece.parts]))[:, 2]))
    width_mm = (box[2] - box[0]) * depth / camera.focal_px
    return Truth(alpha, tuple(features), box, width_mm, piece.counts())


def _first_hits(piece: Piece, camera: Camera) -> np.ndarray:
    """The index of the part that each of the pixel grid's rays meets first: (H * SAMPLES, W * SAMPLES) int32, -1 for none."""
    mi = mitsuba()
    owner = np.repeat(np.arange(len(piece.parts)), [len(part.mesh.faces) for part in piece.parts])
    w, h = camera.size[0] * SAMPLES, camera.size[1] * SAMPLES
    rows = max(1, _TILE_SAMPLES // w)
    first = np.full((h, w), -1, np.int32)
    with tempfile.TemporaryDirectory() as folder:
        write_ply(f"{folder}/piece.ply", joined(part.mesh for part in piece.parts), smooth=False)
        scene = mi.load_dict({"type": "scene", "piece": {"type": "ply", "filename": f"{folder}/piece.ply"}})
        aov = mi.load_dict({"type": "aov", "aovs": "depth:depth,face:prim_index"})
        for top in range(0, h, rows):
            crop = (0, top, w, min(top + rows, h))
            sensor = mi.load_dict(camera.sensor(mi, (w, h), crop, 1))
            found = np.array(mi.render(scene, sensor=sensor, integrator=aov, spp=1, seed=top))
            depth, face = found[..., 0], found[..., 1].astype(np.int64)
            first[crop[1] : crop[3]] = np.where(depth > 0, owner[np.clip(face, 0, len(owner) - 1)], -1)
    return first


def _feature(part: Part, camera: Camera, visible_px: float) -> Feature:
    points = camera.project(part.mesh.vertices)[:, :2]
    low = np.floor(points.min(0)).astype(int) - 1
    size = np.ceil(points.max(0)).astype(int) + 2 - low
    times = _FINE if size.max() < _LARGE_PX else _FINE // 2
    canvas = np.zeros((size[1] * times, size[0] * times), np.uint8)
    # A pixel's centre is its whole number: pixel p covers p - 0.5 to p + 0.5.
    fine = (points - low + 0.5) * times - 0.5
    for triangle in np.round(fine[part.mesh.faces] * 16).astype(np.int32):
        cv2.fillConvexPoly(canvas, triangle, (1,), shift=4)
    area = float(canvas.sum()) / times**2
    ys, xs = np.nonzero(canvas)
    centre = (np.array([xs.mean(), ys.mean()]) + 0.5) / times - 0.5 + low
    contours, _ = cv2.findContours(canvas, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    outline = cv2.approxPolyDP(outline, 0.12 * times, True)[:, 0].astype(float)
    share = min(visible_px / area, 1.0)
    return Feature(
        part.id,
        part.kind,
        part.material,
        (float(centre[0]), float(centre[1])),
        (outline + 0.5) / times - 0.5 + low,
        area,
        share,
        part.holds,
    )
