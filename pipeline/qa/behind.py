"""What of a piece lies behind the body, in a picture from anywhere: a ring's far side, a chain behind the neck.

Nothing says so there, as layers do in Loupe's own pictures; it has to be told from a part that is missing. What counts as hidden
shows the surroundings carried on and not the piece, has the colour of the skin of a person who is seen, reaches the
surroundings along much of its own edge, as something that goes on behind does, and is no small thing: a stone or a claw of
that size isn't taken for hidden. It is said aloud by the check `seen`, and never passes as seen.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from pipeline.errors import PictureError
from pipeline.imaging.relight import smooth_within
from pipeline.qa.evidence import Crop, Evidence
from pipeline.qa.relit import estimated_gain

# Differences are weighed over this many pixels, and the surroundings carried on over so many.
SIGMA_PX, CARRIED_PX = 2.0, 10.0
# Nearer to the surroundings than to the piece by this factor, and nearer than this (encoded): it isn't the piece that is seen.
NEARER, NEAR = 0.5, 0.10
# What borders on such a part goes on behind as far as it is nearer to the surroundings at all.
WEAKLY_NEARER, WEAKLY_NEAR = 0.95, 0.18
# The piece's shadow on what lies beside it takes this much of its level (encoded).
SHADED = (0.6, 1.05)
# A part smaller than this share of the piece, or of fewer pixels, is a thing that may be missing.
LEAST_SHARE, LEAST_PX = 0.03, 300
# Of the edge of a part that goes on behind, at least this much borders on the surroundings; of its pixels, so many are skin.
LEAST_OPEN, LEAST_SKIN = 0.35, 0.6
# In the piece's shadow skin isn't told by its colour, so far from where it is, px.
SHADOW_PX = 12
# Parts that lie nearer to each other than twice this belong together, px.
GAP_PX = 4
# The seam between seen and hidden is nobody's, to so many pixels.
SEAM_PX = 4
# With more than this hidden nothing is left that tells the piece.
MOST_SHARE = 0.75


def without_hidden(evidence: Evidence) -> Evidence:
    """The evidence with what lies behind the body taken out of its coverage, and the relight estimated without it; the same
    where nothing does. For pictures whose layers aren't known."""
    if evidence.laid is None or evidence.coverage is None or evidence.layers_known:
        return evidence
    sure, perhaps = _unlike_the_piece(evidence.crop)
    if not sure.any():
        return evidence
    hidden = _of_a_body(evidence, sure, perhaps)
    if not hidden.any():
        return evidence
    crop = evidence.crop
    height, width = hidden.shape
    hidden = _without_slivers(_grown(hidden, SEAM_PX), crop.coverage > 0.5)
    if float(crop.coverage[hidden].sum()) > MOST_SHARE * float(crop.coverage.sum()):
        return evidence
    coverage = evidence.coverage.copy()
    part = np.s_[crop.top : crop.top + height, crop.left : crop.left + width]
    coverage[part][hidden] = 0
    seen = replace(evidence.laid, alpha=coverage)
    return replace(evidence, coverage=coverage, gain=estimated_gain(seen, evidence.picture))


def _unlike_the_piece(crop: Crop) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) bool: parts of the piece that show the surroundings carried on, large enough and open to them; and whatever may
    belong to them."""
    outside = (crop.coverage < 0.02).astype(np.float32)
    # The surroundings from both of the part's sides: far from them, what lies nearest.
    carried = smooth_within(crop.picture, outside, CARRIED_PX, far=0.5)
    # Under the piece's own shadow the surroundings are darker, and the same for the rest.
    level = cv2.GaussianBlur(crop.picture.mean(-1), (0, 0), SIGMA_PX)
    carried *= np.clip(level / np.maximum(carried.mean(-1), 1e-3), *SHADED)[..., None]
    to_piece, to_ground = (
        cv2.GaussianBlur(np.abs(crop.picture - other).mean(-1), (0, 0), SIGMA_PX) for other in (crop.foretold, carried)
    )
    piece = crop.coverage > 0.5
    unlike = piece & (to_ground < NEAR) & (to_ground < NEARER * to_piece)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    unlike = cv2.morphologyEx(unlike.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    unlike = cv2.morphologyEx(unlike, cv2.MORPH_OPEN, disc) * piece
    least = max(LEAST_PX, LEAST_SHARE * float(piece.sum()))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(unlike.astype(np.uint8), connectivity=8)
    found = np.zeros(piece.shape, bool)
    ground = cv2.dilate((~piece).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < least:
            continue
        part = labels == label
        rim = part & (cv2.erode(part.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
        if (rim & ground).sum() >= LEAST_OPEN * max(int(rim.sum()), 1):
            found |= part
    perhaps = piece & (to_ground < WEAKLY_NEAR) & (to_ground < WEAKLY_NEARER * to_piece)
    return found, perhaps


def _of_a_body(evidence: Evidence, sure: np.ndarray, perhaps: np.ndarray) -> np.ndarray:
    """(h, w) bool over the crop: the sure parts that show the skin of a person who is seen, with what borders on them."""
    nothing = np.zeros(sure.shape, bool)
    try:
        person = evidence.person
    except PictureError:
        return nothing
    if person is None or not person.seen or not person.living:
        return nothing
    crop = evidence.crop
    height, width = evidence.picture.shape[:2]
    skin = cv2.resize(person.skin.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    skin = skin[crop.top : crop.top + sure.shape[0], crop.left : crop.left + sure.shape[1]]
    count, labels = cv2.connectedComponents(sure.astype(np.uint8), connectivity=8)
    kept = np.isin(labels, [k for k in range(1, count) if skin[labels == k].mean() >= LEAST_SKIN])
    if not kept.any():
        return nothing
    # Grown from what is sure, over gaps of a few pixels: a band and the gallery above it go on behind one finger.
    reachable = kept | (perhaps & _grown(skin, SHADOW_PX))
    _, labels = cv2.connectedComponents(_grown(reachable, GAP_PX).astype(np.uint8), connectivity=8)
    return reachable & np.isin(labels, np.unique(labels[kept]))


def _grown(mask: np.ndarray, by: int) -> np.ndarray:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1,) * 2, np.uint8)) > 0)


def _without_slivers(hidden: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """`hidden` with the small remnants of the piece (h, w) that it cuts off: rims of it that look like either."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((piece & ~hidden).astype(np.uint8), connectivity=4)
    least = LEAST_SHARE * float(piece.sum())
    small = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] < least]
    near = _grown(hidden, 1)
    return hidden | np.isin(labels, [k for k in small if near[labels == k].any()])
