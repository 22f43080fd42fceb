"""Where hair is on a plate: what a necklace passes under, and an earring may hang before."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from scipy import ndimage

from pipeline.plate.landmarks import CHIN, Face
from pipeline.plate.skin import SkinRegion

# Colours this near (CIE Lab, lightness at 0.7) to what surrounds the face are hair's.
HAIR_LIKE = 15.0
# Less of it than this share of the plate tells no colour.
LEAST_SEEDS = 0.002


def hair_region(lab: np.ndarray, seen: Sequence[Face], skin: SkinRegion) -> np.ndarray:
    """Hair (H, W) float32 0..1: person that is no skin and has the colour of what surrounds the face above its chin.

    `lab` (H, W, 3) is the plate in CIE Lab; without a face there is nothing to take hair's colour from, and none is found.
    """
    if not seen:
        return np.zeros(skin.mask.shape, np.float32)
    face = seen[0]
    person = (skin.person > 0.5) & (skin.mask < 0.3)
    rows = np.arange(lab.shape[0])[:, None]
    reach = float(face.box[2] - face.box[0])
    columns = np.arange(lab.shape[1])[None]
    about = (rows < face.points[CHIN, 1]) & (columns > face.box[0] - reach) & (columns < face.box[2] + reach)
    outside = (columns < face.box[0]) | (columns > face.box[2]) | (rows < face.box[1])
    seeds = person & about & outside
    if seeds.mean() < LEAST_SEEDS:
        return np.zeros(person.shape, np.float32)
    colour = np.median(lab[seeds], axis=0)
    like = person & (np.linalg.norm((lab - colour) * [0.7, 1, 1], axis=-1) < HAIR_LIKE)
    return cv2.GaussianBlur(ndimage.binary_opening(like, iterations=2).astype(np.float32), (0, 0), 1.5)
