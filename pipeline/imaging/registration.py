"""Registration: finding the photographed piece in a picture from anywhere, and how exactly it lies there.

SIFT features on the piece alone, matched both ways and agreed on by RANSAC as a similarity (Lowe, 2004; Fischler and
Bolles, 1981); then ECC (Evangelidis and Psarakis, 2008), which doesn't mind a change of level or contrast, refines it
to a homography where that lowers the measured residual. A similarity can't mirror, so a mirrored piece is never found
by the plain search: it is searched for apart, to be able to say so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline.imaging.colour import linear_to_srgb
from pipeline.imaging.lock import lay
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.resample import Mapping
from pipeline.imaging.residual import residual_px

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
# Pictures are searched at up to this size: features finer than that decide nothing.
SEARCH_LONG_SIDE_PX = 1600
MIN_INLIERS = 12
# The agreeing features must span this share of the piece's width or height: a cluster is a coincidence.
MIN_SPREAD = 0.35
MIN_CORRELATION = 0.5
# How much nearer than its second best a feature's best match has to be.
DISTINCT = 0.82
# Closer than this no refinement is worth its time: SSIM loses less than a thousandth by it.
CLOSE_PX = 0.1
SCALES = (0.05, 6.0)


@dataclass(frozen=True)
class Found:
    """Where the piece lies. `mapping` is None where it wasn't found, and then `reason` says so in plain words.

    `inliers`: agreeing features; `correlation`: of reference and picture inside the piece, -1..1; `residual_px`: the
    shift that remains, None where the piece has too little texture to tell; `mirrored`: found only as a mirror image.
    """

    mapping: Mapping | None
    inliers: int = 0
    correlation: float = 0.0
    residual_px: float | None = None
    mirrored: bool = False
    reason: str = ""


def find_piece(piece: CutPiece, picture: np.ndarray) -> Found:
    """Find `piece` in `picture` (H, W, 3), float32 linear."""
    target = _sift(_luma8(picture), None)
    straight = _best_similarity(_Features.of_piece(piece), target)
    mirrored = _best_similarity(_Features.of_piece(_mirror(piece)), target)
    if straight.inliers < MIN_INLIERS or mirrored.inliers > 1.5 * straight.inliers:
        if mirrored.inliers >= MIN_INLIERS and mirrored.inliers > 1.5 * straight.inliers:
            seen = _refined(_mirror(piece), picture, mirrored)
            if seen.correlation >= MIN_CORRELATION:
                return Found(None, mirrored.inliers, seen.correlation, mirrored=True, reason="Found only mirrored.")
        if _seen_twice(_Features.of_piece(piece), target):
            return Found(
                None, reason="The piece is in the picture more than once: crop the picture to the one that is meant."
            )
        return Found(
            None,
            straight.inliers,
            reason=f"The piece wasn't found in the picture: only {straight.inliers} of its features agree on a place.",
        )
    found = _refined(piece, picture, straight)
    if found.correlation < MIN_CORRELATION:
        return replace(
            found,
            mapping=None,
            reason=f"What lies where the piece should be doesn't look like it (correlation {found.correlation:.2f}).",
        )
    return found


@dataclass(frozen=True)
class _Similarity:
    matrix: np.ndarray
    inliers: int


@dataclass(frozen=True)
class _Features:
    """SIFT features of the piece alone, at photo scale; `box` is the piece's bounding box."""

    points: np.ndarray
    descriptors: np.ndarray
    box: tuple[int, int, int, int]

    @staticmethod
    def of_piece(piece: CutPiece) -> _Features:
        left, top, right, bottom = piece.box
        inside = np.s_[top:bottom, left:right]
        alpha = piece.alpha[inside]
        # On its own mean colour, so that an edge against the photo's ground is no feature.
        mean = (piece.foreground[inside] * alpha[..., None]).sum((0, 1)) / max(float(alpha.sum()), 1.0)
        drawn = piece.foreground[inside] * alpha[..., None] + mean * (1 - alpha[..., None])
        mask = (alpha > 0.5).astype(np.uint8)
        points, descriptors = _sift(_luma8(drawn), mask)
        return _Features(points + (left, top), descriptors, piece.box)


def _seen_twice(features: _Features, target: tuple[np.ndarray, np.ndarray]) -> bool:
    """Whether the piece lies at two places: then no feature's best match stands out from its second best."""
    first = _best_similarity(features, target, distinct=2.0)
    if first.inliers < MIN_INLIERS:
        return False
    points, descriptors = target
    left, top, right, bottom = features.box
    corners = np.array([(x, y, 1.0) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))])
    outline = (corners @ first.matrix.T)[:, :2].astype(np.float32)
    elsewhere = np.array([cv2.pointPolygonTest(outline, (float(x), float(y)), False) < 0 for x, y in points], bool)
    second = _best_similarity(features, (points[elsewhere], descriptors[elsewhere]), distinct=2.0)
    return second.inliers >= MIN_INLIERS


def _best_similarity(
    features: _Features, target: tuple[np.ndarray, np.ndarray], distinct: float = DISTINCT
) -> _Similarity:
    """The similarity that most features agree on, by the `target`'s points and descriptors; 0 inliers where none.

    A feature's best match counts if it is nearer than `distinct` times its second best (Lowe's ratio).
    """
    points, descriptors = target
    nothing = _Similarity(np.eye(3), 0)
    if len(features.points) < 4 or len(points) < 4:
        return nothing
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    pairs = [
        (m[0].queryIdx, m[0].trainIdx)
        for m in matcher.knnMatch(features.descriptors, descriptors, k=2)
        if len(m) == 2 and m[0].distance < distinct * m[1].distance
    ]
    if len(pairs) < 4:
        return nothing
    index = np.array(pairs)
    here, there = features.points[index[:, 0]], points[index[:, 1]]
    cv2.setRNGSeed(7)
    matrix, agree = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=3.0, maxIters=5000, confidence=0.999
    )
    if matrix is None or agree is None:
        return nothing
    kept = agree.ravel().astype(bool)
    # Several features at one spot are one witness.
    witnesses = len(np.unique(np.rint(there[kept] / 2), axis=0))
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    left, top, right, bottom = features.box
    reach = np.ptp(here[kept], axis=0) / (right - left, bottom - top) if kept.any() else np.zeros(2)
    if not SCALES[0] <= scale <= SCALES[1] or reach.max() < MIN_SPREAD:
        return nothing
    return _Similarity(np.vstack([matrix, [0, 0, 1]]), witnesses)


def _refined(piece: CutPiece, picture: np.ndarray, start: _Similarity) -> Found:
    """The start, then ECC as an affine and as a homography; each step is kept only if it lowers the residual."""
    shape = (picture.shape[0], picture.shape[1])
    best = _judged(piece, picture, Mapping(start.matrix, shape), start.inliers)
    for model in (cv2.MOTION_AFFINE, cv2.MOTION_HOMOGRAPHY):
        assert best.mapping is not None
        if best.residual_px is not None and best.residual_px < CLOSE_PX:
            break
        step = _ecc(piece, picture, best.mapping, model)
        if step is None:
            continue
        tried = _judged(piece, picture, Mapping(step, shape), start.inliers)
        closer = (tried.residual_px or 9.0) < (best.residual_px or 9.0) - 0.01
        if closer or (tried.residual_px is None and tried.correlation > best.correlation):
            best = tried
    return best


def _judged(piece: CutPiece, picture: np.ndarray, mapping: Mapping, inliers: int) -> Found:
    laid = lay(piece, mapping)
    left, top, right, bottom = laid.window
    inside = np.s_[top:bottom, left:right]
    mask = laid.alpha[inside] >= 0.99
    if mask.sum() < 100:
        return Found(mapping, inliers)
    one, two = _luma(laid.colour[inside]), _luma(picture[inside])
    correlation = float(np.corrcoef(one[mask], two[mask])[0, 1]) if one[mask].std() and two[mask].std() else 0.0
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    use = inner if inner.sum() > 0.3 * mask.sum() else mask
    return Found(mapping, inliers, correlation, residual_px(one, two, use))


def _ecc(piece: CutPiece, picture: np.ndarray, mapping: Mapping, model: int) -> np.ndarray | None:
    """`mapping`'s matrix after one ECC run on the laid piece against the picture, or None where it didn't converge."""
    laid = lay(piece, mapping)
    left, top, right, bottom = laid.window
    if right - left < 16 or bottom - top < 16:
        return None
    inside = np.s_[top:bottom, left:right]
    mask = (laid.alpha[inside] >= 0.9).astype(np.uint8)
    template = np.where(mask > 0, _luma(laid.colour[inside]), 0).astype(np.float32)
    crop = _luma(picture[inside])
    warp = np.eye(3, dtype=np.float32) if model == cv2.MOTION_HOMOGRAPHY else np.eye(2, 3, dtype=np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-5)
    try:
        wide = cv2.dilate(mask, np.ones((5, 5), np.uint8))
        found = np.asarray(cv2.findTransformECC(template, crop, warp, model, criteria, wide, 3)[1], np.float64)
    except cv2.error:
        return None
    local = np.vstack([found, [0, 0, 1]]) if found.shape[0] == 2 else found
    shift = np.array([[1, 0, left], [0, 1, top], [0, 0, 1]], np.float64)
    moved = shift @ local @ np.linalg.inv(shift) @ mapping.matrix
    corners = np.array([(x, y) for x in (piece.box[0], piece.box[2]) for y in (piece.box[1], piece.box[3])], float)
    before = mapping.picture_xy(corners)
    after = Mapping(moved, mapping.shape).picture_xy(corners)
    # A refinement that carries a corner further than a twelfth of the piece has run away.
    if not np.isfinite(after).all() or np.abs(after - before).max() > max(4.0, np.ptp(before, axis=0).max() / 12):
        return None
    return moved


def _sift(grey8: np.ndarray, mask: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 2) in the picture's pixels and descriptors (N, 128), by RootSIFT (Arandjelović, Zisserman, 2012)."""
    height, width = grey8.shape
    scale = min(1.0, SEARCH_LONG_SIDE_PX / max(height, width))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey8 = cv2.resize(grey8, size, interpolation=cv2.INTER_AREA)
        mask = None if mask is None else cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    found, descriptors = cv2.SIFT.create(nfeatures=6000, contrastThreshold=0.02).detectAndCompute(grey8, mask)  # type: ignore[arg-type]
    if not found or descriptors is None:
        return np.zeros((0, 2)), np.zeros((0, 128), np.float32)
    ratio = np.array([width / grey8.shape[1], height / grey8.shape[0]])
    points = (np.array([k.pt for k in found], np.float64) + 0.5) * ratio - 0.5
    descriptors = np.sqrt(descriptors / np.maximum(descriptors.sum(1, keepdims=True), 1e-6))
    return points, descriptors.astype(np.float32)


def _mirror(piece: CutPiece) -> CutPiece:
    left, top, right, bottom = piece.box
    width = piece.alpha.shape[1]
    return replace(
        piece,
        rgb=piece.rgb[:, ::-1],
        foreground=piece.foreground[:, ::-1],
        alpha=piece.alpha[:, ::-1],
        box=(width - right, top, width - left, bottom),
    )


def _luma(linear: np.ndarray) -> np.ndarray:
    result: np.ndarray = (linear_to_srgb(np.clip(linear, 0, 1)) @ LUMA).astype(np.float32)
    return result


def _luma8(linear: np.ndarray) -> np.ndarray:
    return np.rint(_luma(linear) * 255).astype(np.uint8)
