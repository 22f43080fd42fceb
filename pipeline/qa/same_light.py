"""Does the picture show the piece in the light that it was photographed in, but for exposure, colour and a smooth falloff?

Where it does, what the piece's places show goes up and down together in both, once the smooth relight is divided out: read
with the finest detail blurred away, so that neither noise nor compression, nor a small defect, is taken for another light.
Where a lamp was moved, highlights lie elsewhere and facets flash otherwise: the median place agrees less.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.qa.evidence import Evidence, luma

# Detail finer than this is blurred away, px; places are this large, overlapping by half, and at least this share piece.
BLUR_PX = 4.0
PLACE_PX = 24
PLACE_SHARE = 0.25
# A place whose luma hardly varies (standard deviation, encoded) agrees by chance.
LEAST_VARIED = 0.01
# The agreement from which on the light is the same. On pieces of LoupeBench's calibration seeds under every nuisance: 0.998 and
# more on 40 of 40 clean pairs in the same light; at most 0.983 on 40 of 41 after the lamps were walked round by 30
# degrees, and 0.994 on a watch, whose dial hardly changes; .987 on a drawn chain of fine
# wires after JPEG. Most of those whose texture was turned to mush read more as well.
SAME_LIGHT = 0.985


def agreement(evidence: Evidence) -> float | None:
    """How well luma agrees inside the piece, -1..1: the median over its places, or over the whole where no place varies enough;
    None where nothing of it varies. Of the reference as photographed and with its ground's colour taken out, which along
    fine wires differ, the one that agrees better speaks."""
    if evidence.laid is None or evidence.coverage is None or not evidence.interior.any():
        return None
    left, top, right, bottom = evidence.window
    inside = np.s_[top:bottom, left:right]
    mask = evidence.interior[inside]
    picture = _blurred(luma(evidence.ungained[inside]), mask)
    references = (_blurred(luma(layer[inside]), mask) for layer in (evidence.laid.reference, evidence.laid.colour))
    told = [found for one in references if (found := _agreement(one, picture, mask)) is not None]
    return max(told, default=None)


def _blurred(grey: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A grey layer (h, w) blurred over its mask's pixels alone."""
    weight = mask.astype(np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), BLUR_PX) + 1e-6
    result: np.ndarray = cv2.GaussianBlur(np.nan_to_num(grey) * weight, (0, 0), BLUR_PX) / total
    return result


def _agreement(one: np.ndarray, two: np.ndarray, mask: np.ndarray) -> float | None:
    found = []
    for top in range(0, max(mask.shape[0] - PLACE_PX, 0) + 1, PLACE_PX // 2):
        for left in range(0, max(mask.shape[1] - PLACE_PX, 0) + 1, PLACE_PX // 2):
            place = np.s_[top : top + PLACE_PX, left : left + PLACE_PX]
            use = mask[place]
            if use.sum() >= PLACE_SHARE * PLACE_PX**2 and one[place][use].std() > LEAST_VARIED:
                found.append(_correlation(one[place][use], two[place][use]))
    if found:
        return float(np.median(found))
    return _correlation(one[mask], two[mask]) if one[mask].std() > LEAST_VARIED else None


def same_light(evidence: Evidence) -> bool:
    """Whether nothing says that the light was moved. Where the piece shows too little to tell, it is taken for the same:
    its lines are the stricter ones."""
    found = agreement(evidence)
    return found is None or found >= SAME_LIGHT


def _correlation(one: np.ndarray, two: np.ndarray) -> float:
    return float(np.corrcoef(one, two)[0, 1]) if two.std() > 1e-4 else 0.0
