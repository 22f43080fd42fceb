"""How far the whole piece lies off, told by its outline alone.

Where the light was moved, reflections move over the metal and a shift measured inside the piece follows them. The outline
stays. Each of its points knows its distance along its own normal; the shift that explains most of them, points that
disagree weighed down (iteratively reweighted least squares, Holland and Welsch, 1977), is the piece's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.qa.edges import edges
from pipeline.qa.evidence import Evidence

# Fewer points than this, or a smaller share of the outline, tell of no shift; nor do points that disagree by more.
LEAST_POINTS, LEAST_SHARE = 60, 0.25
MOST_SPREAD_PX = 0.8
ROUNDS = 15
# A point this far off the others, in spreads, counts half.
HALF_AT = 2.0
FAINTEST_PX = 0.05
# A shift has to be told by what is there: across a straight bar nothing tells of a shift along it.
PRIOR = 0.02
# An outline that grew or shrank all round, by blur or by bloom, is not one that moved.
GROWTH_PRIOR = 0.05


@dataclass(frozen=True)
class OutlineShift:
    """`by` (2,): x, y in picture pixels by which the piece lies off; `spread_px`: how far its points disagree (robust
    standard deviation); `share` 0..1 of the outline that could be read."""

    by: np.ndarray
    spread_px: float
    share: float

    @property
    def px(self) -> float:
        return float(np.hypot(*self.by))


def outline_shift(evidence: Evidence) -> OutlineShift | None:
    """The shift of the laid piece's outline in the picture; None where too little of it stands out, or it tells of none."""
    found = edges(evidence)
    if not found:
        return None
    normals, shift = np.concatenate([e.normals for e in found]), np.concatenate([e.shift for e in found])
    known = np.isfinite(shift)
    share = float(known.mean())
    if known.sum() < LEAST_POINTS or share < LEAST_SHARE:
        return None
    normals, shift = normals[known], shift[known]
    terms = np.column_stack([normals, np.ones(len(shift))])
    prior = np.diag([PRIOR, PRIOR, GROWTH_PRIOR])
    weight = np.ones(len(shift))
    by, spread = np.zeros(3), 0.0
    for _ in range(ROUNDS):
        weighed = weight[:, None] * terms
        by = np.linalg.solve(weighed.T @ terms / len(shift) + prior, weighed.T @ shift / len(shift))
        away = shift - terms @ by
        spread = max(1.4826 * float(np.median(np.abs(away))), FAINTEST_PX)
        weight = 1 / (1 + (away / (HALF_AT * spread)) ** 2)
    return OutlineShift(by[:2], spread, share) if spread <= MOST_SPREAD_PX else None
