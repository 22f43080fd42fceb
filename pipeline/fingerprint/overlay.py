"""The fingerprint drawn on its photo, for the eye that confirms it."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.fingerprint.model import Ellipse, Fingerprint, Prong
from pipeline.imaging.colour import linear_to_srgb8
from pipeline.imaging.piece import CutPiece

# One colour a group, told apart on gold, on white and on dark stones alike (sRGB).
GROUP_COLOURS = ((0, 114, 255), (230, 30, 120), (0, 150, 90), (150, 60, 210), (220, 110, 0), (0, 160, 190))
UNSURE = 0.5
TIP_COLOUR, TIP_UNSURE = (20, 20, 20), (150, 150, 150)
# Drawn at least this large, so that outlines of small stones don't run into each other.
LEAST_LONG_SIDE = 1400


def draw_overlay(piece: CutPiece, fingerprint: Fingerprint) -> np.ndarray:
    """(h, w, 3) uint8 sRGB of the piece's box with a margin: stones outlined and
    numbered, unsure ones dashed, prongs' tips marked, the band's line."""
    left, top, right, bottom = piece.box
    margin = max(12, round(0.03 * max(right - left, bottom - top)))
    x0, y0 = max(left - margin, 0), max(top - margin, 0)
    crop = linear_to_srgb8(piece.rgb[y0 : bottom + margin, x0 : right + margin])
    times = max(1.0, LEAST_LONG_SIDE / max(crop.shape[:2]))
    picture = cv2.resize(crop, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    # The photo pales a little, so that lines stand out on it.
    picture = np.ascontiguousarray((picture * 0.86 + 34).clip(0, 255).astype(np.uint8))
    colours = {g.id: GROUP_COLOURS[k % len(GROUP_COLOURS)] for k, g in enumerate(fingerprint.groups)}
    if fingerprint.band:
        points = _points(fingerprint.band.ellipse, x0, y0, times)
        cv2.polylines(picture, [points], True, (110, 110, 110), 1, cv2.LINE_AA, 4)
    for prong in fingerprint.prongs:
        _tip(picture, prong, x0, y0, times)
    labels = []
    for number, stone in enumerate(fingerprint.stones, 1):
        points = _points(stone.outline, x0, y0, times)
        colour = colours[stone.group]
        if stone.confidence >= UNSURE:
            cv2.polylines(picture, [points], True, colour, 2, cv2.LINE_AA, 4)
        else:
            for start in range(0, len(points), 6):
                cv2.polylines(picture, [points[start : start + 4]], False, colour, 2, cv2.LINE_AA, 4)
        if stone.outline.axes_px[1] * times >= 16:
            labels.append((number, points.mean(0) / 16, stone.outline.axes_px[1] * times, colour))
    for number, at, size, colour in labels:
        _label(picture, str(number), at, float(np.clip(size / 75, 0.34, 0.9)), colour)
    return picture


def _points(ellipse: Ellipse, x0: int, y0: int, times: float) -> np.ndarray:
    """(72, 2) int32 along the ellipse in the drawing's pixels, in sixteenths."""
    t = np.arange(72) * 2 * np.pi / 72
    a = np.radians(ellipse.angle_deg)
    long, short = ellipse.axes_px[0] / 2 * np.cos(t), ellipse.axes_px[1] / 2 * np.sin(t)
    x = ellipse.centre_px[0] + long * np.cos(a) - short * np.sin(a) - x0
    y = ellipse.centre_px[1] + long * np.sin(a) + short * np.cos(a) - y0
    return np.rint((np.stack([x, y], -1) + 0.5) * times * 16 - 8).astype(np.int32)


def _tip(picture: np.ndarray, prong: Prong, x0: int, y0: int, times: float) -> None:
    """A prong's tip as a mark: a claw's is a cross, a ball's a ring, a tab's a square; faint where it is unsure."""
    x, y = (np.subtract(prong.centre_px, (x0, y0)) + 0.5) * times - 0.5
    size = max(round(0.35 * prong.size_px * times), 3)
    place = (round(x), round(y))
    colour = TIP_COLOUR if prong.confidence >= UNSURE else TIP_UNSURE
    if prong.tip == "ball":
        cv2.circle(picture, place, size, colour, 1, cv2.LINE_AA)
    elif prong.tip == "tab":
        corner = (place[0] + size, place[1] + size)
        cv2.rectangle(picture, (place[0] - size, place[1] - size), corner, colour, 1, cv2.LINE_AA)
    else:
        cv2.drawMarker(picture, place, colour, cv2.MARKER_TILTED_CROSS, 2 * size, 1, cv2.LINE_AA)


def _label(picture: np.ndarray, text: str, at: np.ndarray, size: float, colour: tuple[int, int, int]) -> None:
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    place = (int(at[0] - width / 2), int(at[1] + height / 2))
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 3, cv2.LINE_AA)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
