"""Rulers: what on a body tells a plate's scale, each to its own spread over adults, joined by inverse variance.

A ruler is a length that was seen in pixels and is known in millimetres to a spread. Rulers of one body don't err alone: a
large person's hand is long and broad at once, so joining ten of them tells no more than how large people are. Each
ruler's spread is therefore kept in two parts, its own and the one it shares with the body's size, and the joint estimate
is the generalised least squares mean under that covariance. Where rulers disagree by more than their spreads allow,
the joint error is enlarged by as much (Birge's ratio).

Sources: iris, Hashemi et al., "White-to-white corneal diameter" (2015); eyes and face, Farkas, "Anthropometry of the Head
and Face" (1994), and Dodgson, "Variation and extrema of human interpupillary distance" (2004); hand, wrist and neck,
Pheasant and Haslegrave, "Bodyspace" (2006); finger breadths from ring sizes (ISO 8653).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# A scale that is surer than this is drawn on; one that is less sure asks for a typed size or two clicks.
SURE = 0.05


@dataclass(frozen=True)
class Length:
    """A length of adults: `mm`, its relative spread of its `own`, and the spread that it shares with the body's `size`."""

    mm: float
    own: float
    size: float
    words: str


IRIS_WIDTH = Length(11.7, 0.043, 0.0, "iris")
PUPIL_DISTANCE = Length(63.0, 0.045, 0.035, "distance of the pupils")
EYES_SPAN = Length(89.0, 0.045, 0.035, "the eyes' span")
FACE_HEIGHT = Length(166.0, 0.06, 0.042, "face height")
NECK_WIDTH = Length(113.0, 0.09, 0.05, "neck width")
HAND_LENGTH = Length(182.0, 0.045, 0.055, "hand length")
PALM_WIDTH = Length(81.0, 0.06, 0.06, "palm width")
WRIST_WIDTH = Length(55.0, 0.06, 0.055, "wrist width")
# Breadths where a ring sits, seen from the back of the hand: a little more than the ring's inside diameter.
FINGER_WIDTHS = {
    "thumb": Length(20.0, 0.08, 0.055, "finger widths"),
    "index": Length(18.3, 0.07, 0.055, "finger widths"),
    "middle": Length(18.4, 0.07, 0.055, "finger widths"),
    "ring": Length(17.3, 0.07, 0.055, "finger widths"),
    "little": Length(14.9, 0.07, 0.055, "finger widths"),
}
# A hand's fingers are slim or stout together: of a breadth's own spread this much is common to all of its fingers.
STOUT_TOGETHER = 0.8


@dataclass(frozen=True)
class Ruler:
    """A length seen: `px` long in the plate, read to `read_error` (relative). `kin` names rulers that err together."""

    length: Length
    px: float
    read_error: float = 0.0
    kin: str = ""

    @property
    def px_per_mm(self) -> float:
        return self.px / self.length.mm


@dataclass(frozen=True)
class Scale:
    """Pixels a millimetre, the relative standard error, and what it was read from, in words."""

    px_per_mm: float
    error: float
    source: str

    def moved(self, factor: float, error: float) -> Scale:
        """The scale at another depth: `factor` times this one, whose own error is `error`."""
        return Scale(self.px_per_mm * factor, float(np.hypot(self.error, error)), self.source)


def joined(rulers: Sequence[Ruler]) -> Scale:
    """The scale that all rulers together tell. There must be one at least."""
    values = np.log([r.px_per_mm for r in rulers])
    shared = np.array([r.length.size for r in rulers])
    covariance = np.outer(shared, shared)
    for i, a in enumerate(rulers):
        for j, b in enumerate(rulers):
            own = a.length.own * b.length.own
            if i == j:
                covariance[i, j] += own + a.read_error**2
            elif a.kin and a.kin == b.kin:
                covariance[i, j] += STOUT_TOGETHER * own
    inverse = np.linalg.inv(covariance)
    weights = inverse.sum(0)
    # A ruler that only tells of the body's size may get a negative weight: it is left out instead.
    if len(rulers) > 1 and (weights < 0).any():
        return joined([r for r, w in zip(rulers, weights, strict=True) if w >= 0])
    mean = float(weights @ values / weights.sum())
    error = float(weights.sum() ** -0.5)
    if len(rulers) > 1:
        off = values - mean
        error *= max(float(off @ inverse @ off) / (len(rulers) - 1), 1.0) ** 0.5
    return Scale(float(np.exp(mean)), error, in_words(rulers))


def in_words(rulers: Sequence[Ruler]) -> str:
    """The rulers' names as one list, each once, in their order."""
    names = list(dict.fromkeys(r.length.words for r in rulers))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def contradict(a: Ruler, b: Ruler, bound: float) -> bool:
    """Whether two rulers disagree by more than `bound` of their joint errors: then they aren't one body's."""
    own = a.length.own**2 + b.length.own**2 + a.read_error**2 + b.read_error**2
    size = (a.length.size - b.length.size) ** 2
    return abs(float(np.log(a.px_per_mm / b.px_per_mm))) > bound * float(np.sqrt(own + size))
