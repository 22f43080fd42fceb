"""A closed watch or bangle photographed straight from its front: a strip of which the near half alone is seen.

The strip's ends are where the band turns away round the wrist, so its length is the band's outer diameter; there is no
opening to be seen, and how thick the band is can't be. A band's usual thickness stands in.

    matte → the strip's axis and ends → BandView of a camera in the band's plane
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from pipeline.errors import PlacementRefused
from pipeline.imaging.view import STEPS, BandView

# A band's thickness in parts of its outer radius: 2.5 mm of 30.
USUAL_THICKNESS = 0.085
# A strip is longer than it is wide, and solid: a round with an opening is another view.
LEAST_ASPECT, LEAST_FILL = 1.15, 0.45
# An opening that an arm goes through is at least this share of the piece; gaps at lugs and between links are less.
LEAST_OPENING = 0.04
# A strip this near to upright or level was meant to be.
SQUARE_WITHIN_DEG = 6.0


def has_opening(mask: np.ndarray) -> bool:
    """Whether the piece in `mask` (H, W) bool encloses ground that something could go through."""
    holes, count = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)
    largest = max(ndimage.sum_labels(holes > 0, holes, range(1, count + 1)), default=0.0) if count else 0.0
    return bool(largest > LEAST_OPENING * mask.sum())


def front_view(mask: np.ndarray, tips: np.ndarray) -> BandView:
    """The view of the one band in `mask` (H, W) bool, seen from its front. `near` lies across the strip, to the side to
    which `tips` (2,) points in the picture.

    Raises PlacementRefused (`view.no-front`) for what is no strip.
    """
    y, x = np.nonzero(mask)
    if len(x) < 50:
        raise _no_front()
    points = np.stack([x, y], 1).astype(float)
    middle = points.mean(0)
    spread, axes = np.linalg.eigh(np.cov((points - middle).T))
    along = axes[:, 1]
    if abs(spread[1] - spread[0]) < 0.05 * spread[1]:
        raise _no_front()
    for square in (np.array([0.0, 1.0]), np.array([1.0, 0.0])):
        if abs(along @ square) > np.cos(np.radians(SQUARE_WITHIN_DEG)):
            along = square
    across = np.array([-along[1], along[0]])
    # Crowns and single pixels stand out: the ends are where the strip still has some width.
    lengthwise, sideways = (points - middle) @ along, (points - middle) @ across
    low, high = np.quantile(lengthwise, (0.002, 0.998))
    left, right = np.quantile(sideways, (0.01, 0.99))
    length, width = high - low, right - left
    if length < LEAST_ASPECT * width or len(x) < LEAST_FILL * length * width:
        raise _no_front()
    half = length / 2
    centre = middle + along * (low + high) / 2 + across * _line_of(lengthwise, sideways, low, high)
    near = across if across @ tips >= 0 else -across
    level = np.ones(STEPS)
    return BandView(
        centre=centre,
        major_px=half * (1 - USUAL_THICKNESS / 2),
        minor_px=0.0,
        near=near,
        tilt_deg=0.0,
        inner_px=half * (1 - USUAL_THICKNESS),
        thickness_px=half * USUAL_THICKNESS,
        inner=level,
        outer=level,
        head_deg=0.0,
        head_share=1.0,
        head=np.empty((0, 2)),
        confidence=1.0,
        cover=0.5,
        strip_px=float(width),
        from_front=True,
    )


def _line_of(lengthwise: np.ndarray, sideways: np.ndarray, low: float, high: float) -> float:
    """The strap's own middle line, sideways, from its two end quarters: a crown pulls the whole piece's mean aside."""
    ends = (lengthwise < low + 0.25 * (high - low)) | (lengthwise > high - 0.25 * (high - low))
    return float(np.median(sideways[ends])) if ends.any() else float(np.median(sideways))


def _no_front() -> PlacementRefused:
    return PlacementRefused(
        "view.no-front",
        "The photo shows neither a closed round nor a closed watch from its front.",
        "Choose the engine “still”, or send a photo of the piece closed, from the front or a little from above (about 20°).",
    )
