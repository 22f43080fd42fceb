"""Overlays: where on the piece a check found what it found, drawn over a grey print of the picture."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.imaging.colour import linear_to_srgb
from pipeline.qa.evidence import Evidence, luma

# Dark through amber to white: reads in greyscale as well, and on either kind of colour blindness.
HEAT = np.array([[38, 38, 40], [92, 52, 20], [190, 104, 16], [250, 178, 52], [255, 244, 214]], np.float32)
MARK = np.array([255, 96, 64], np.float32)


def heat(evidence: Evidence, amount: np.ndarray, box: tuple[int, int, int, int] | None = None) -> np.ndarray:
    """`amount` (H, W), 0 nothing to 0.25 and more much, NaN outside, over the piece's window; sRGB uint8.

    `box` (left, top, right, bottom) is drawn as a thin frame.
    """
    left, top, right, bottom = evidence.window
    inside = np.s_[top:bottom, left:right]
    grey = _print(evidence)[inside]
    level = np.clip(np.nan_to_num(amount[inside]) / 0.25, 0, 1) ** 0.7
    colour = np.stack([np.interp(level, np.linspace(0, 1, len(HEAT)), HEAT[:, k]) for k in range(3)], axis=-1)
    seen = np.isfinite(amount[inside])[..., None]
    drawn = np.where(seen, 0.25 * grey + 0.75 * colour, grey).astype(np.uint8)
    if box is not None:
        corner, opposite = (box[0] - left - 2, box[1] - top - 2), (box[2] - left + 1, box[3] - top + 1)
        cv2.rectangle(drawn, corner, opposite, (255, 255, 255), 1)
    return drawn


def marked(evidence: Evidence, where: np.ndarray) -> np.ndarray:
    """The piece's window with the pixels of `where` (H, W) bool marked, one pixel wider so that single ones show."""
    left, top, right, bottom = evidence.window
    inside = np.s_[top:bottom, left:right]
    wide = cv2.dilate(where[inside].astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    drawn = _print(evidence)[inside].copy()
    drawn[wide] = MARK
    return drawn.astype(np.uint8)


# A kept feature is drawn quietly; what isn't kept speaks.
TONES = {
    "kept": (120, 170, 130),
    "changed": (250, 178, 52),
    "lost": (255, 96, 64),
    "added": (255, 96, 200),
    "hidden": (140, 140, 146),
    "not verifiable": (140, 170, 250),
}


def marked_within(evidence: Evidence, inside: tuple[slice, slice], mask: np.ndarray) -> np.ndarray:
    """As `marked`, for a `mask` (h, w) bool of the part `inside` of the picture."""
    whole = np.zeros(evidence.picture.shape[:2], bool)
    whole[inside] = mask
    return marked(evidence, whole)


def boxed(evidence: Evidence, boxes: list[tuple[tuple[int, int, int, int], str]]) -> np.ndarray:
    """The piece's window with features framed, each (left, top, right, bottom) in picture pixels with its verdict's tone."""
    left, top = evidence.window[:2]
    drawn = grey_window(evidence)
    for box, verdict in boxes:
        corner, opposite = (box[0] - left - 1, box[1] - top - 1), (box[2] - left, box[3] - top)
        cv2.rectangle(drawn, corner, opposite, TONES.get(verdict, (255, 255, 255)), 1 if verdict == "kept" else 2)
    return drawn


def grey_window(evidence: Evidence) -> np.ndarray:
    """The dim grey print of the piece's window, sRGB uint8, to draw on."""
    left, top, right, bottom = evidence.window
    return np.ascontiguousarray(_print(evidence)[top:bottom, left:right]).astype(np.uint8)


def side_by_side_reference(evidence: Evidence) -> np.ndarray | None:
    """The reference as it lies under the picture's piece, sRGB uint8 over the window; None where it wasn't found."""
    if evidence.laid is None:
        return None
    left, top, right, bottom = evidence.window
    crop = evidence.laid.reference[top:bottom, left:right]
    return np.rint(np.clip(linear_to_srgb(crop), 0, 1) * 255).astype(np.uint8)


def _print(evidence: Evidence) -> np.ndarray:
    """A dim grey print of the picture, (H, W, 3) float 0..255, that colours can lie on."""
    grey = luma(evidence.picture) * 150 + 20
    return np.repeat(grey[..., None], 3, axis=2)
