"""Pieces drawn as plain shapes with exact sizes, cut already: what placement is tested on."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np

from pipeline.imaging.piece import CutPiece

GOLD = np.array([0.80, 0.56, 0.22], np.float32)


def cut(alpha: np.ndarray) -> CutPiece:
    """A golden piece of this coverage (H, W) 0..1 on a white ground."""
    solid = alpha > 0.5
    rows, columns = np.nonzero(solid.any(1))[0], np.nonzero(solid.any(0))[0]
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    foreground = np.broadcast_to(GOLD, (*alpha.shape, 3)).astype(np.float32)
    rgb = foreground * alpha[..., None] + (1 - alpha[..., None])
    return CutPiece(
        rgb.astype(np.float32),
        foreground,
        alpha,
        np.ones(3, np.float32),
        box,
        hashlib.sha256(alpha.tobytes()).hexdigest(),
    )


def canvas(height: int = 800, width: int = 800) -> np.ndarray:
    return np.zeros((height, width), np.uint8)


def necklace(closed: bool = True) -> CutPiece:
    """A loop 600 px wide and 640 high, its wire 14 px, with a pendant; open, its ends leave the photo at the top."""
    picture = canvas()
    if closed:
        cv2.ellipse(picture, (400, 390), (293, 313), 0, 0, 360, 255, 14, cv2.LINE_AA)
    else:
        cv2.ellipse(picture, (400, 300), (293, 380), 0, 0, 180, 255, 14, cv2.LINE_AA)
        cv2.line(picture, (107, 300), (107, 0), 255, 14, cv2.LINE_AA)
        cv2.line(picture, (693, 300), (693, 0), 255, 14, cv2.LINE_AA)
    cv2.circle(picture, (400, 730), 24, 255, -1, cv2.LINE_AA)
    return cut((picture / 255).astype(np.float32))


def upright_ring() -> CutPiece:
    """A narrow upright band, 240 px wide and 520 high."""
    picture = canvas()
    cv2.ellipse(picture, (400, 400), (105, 245), 0, 0, 360, 255, 30, cv2.LINE_AA)
    return cut((picture / 255).astype(np.float32))


def low_band() -> CutPiece:
    """A band seen from 30 degrees over its plane: 600 px wide and 300 high."""
    picture = canvas()
    cv2.ellipse(picture, (400, 400), (290, 140), 0, 0, 360, 255, 20, cv2.LINE_AA)
    return cut((picture / 255).astype(np.float32))


def pair_of_studs() -> CutPiece:
    """Two discs; the right one is a little larger."""
    picture = canvas()
    cv2.circle(picture, (220, 400), 100, 255, -1, cv2.LINE_AA)
    cv2.circle(picture, (580, 410), 112, 255, -1, cv2.LINE_AA)
    return cut((picture / 255).astype(np.float32))


def hoop() -> CutPiece:
    picture = canvas()
    cv2.circle(picture, (400, 400), 250, 255, 22, cv2.LINE_AA)
    return cut((picture / 255).astype(np.float32))


def drop() -> CutPiece:
    picture = canvas()
    cv2.line(picture, (400, 100), (400, 420), 255, 16, cv2.LINE_AA)
    cv2.circle(picture, (400, 520), 105, 255, -1, cv2.LINE_AA)
    return cut((picture / 255).astype(np.float32))


def hoop_with_post() -> CutPiece:
    """A hoop seen half from the side, its front at the left: open at the top, where a pin crosses to its catch."""
    picture = canvas()
    cv2.ellipse(picture, (400, 420), (200, 250), 0, -30, 235, 255, 26, cv2.LINE_AA)
    cv2.line(picture, (285, 215), (560, 215), 255, 8, cv2.LINE_AA)
    cv2.rectangle(picture, (548, 180), (572, 250), 255, -1)
    return cut((picture / 255).astype(np.float32))


def mirrored(piece: CutPiece) -> CutPiece:
    return cut(piece.alpha[:, ::-1].copy())
