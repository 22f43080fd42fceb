"""The check that looks at the thing itself: a kept piece passes whatever is harmless, a damaged one fails at its place."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import pytest

from pipeline.atelier.samples import PHOTOS
from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo
from pipeline.imaging.piece import CutPiece
from pipeline.qa.check import CheckResult
from pipeline.qa.inspect import answer
from pipeline.qa.piece.changes import Changes
from tests.pipeline.qa.drawn import NUISANCES, pictured


@lru_cache(maxsize=1)
def halo_ring() -> CutPiece:
    """The sample ring as a brand would upload it, which the network never saw."""
    return cut_piece(read_photo(PHOTOS / "halo-ring.jpg"))


@lru_cache(maxsize=1)
def features() -> list[dict[str, Any]]:
    return list(json.loads((PHOTOS / "halo-ring.json").read_text())["features"])


def seen(kind: str, k: int) -> np.ndarray:
    """The outline (N, 2) of the k-th largest clearly seen feature of a kind, photo pixels."""
    found = [np.array(f["outline"]) for f in features() if f["kind"] == kind and f["visible_share"] > 0.6]
    return sorted(found, key=lambda o: -float(np.ptp(o, axis=0).prod()))[k]


def painted_out(outline: np.ndarray) -> CutPiece:
    """The ring without what stands in an outline: filled from round about, as a careless retoucher does."""
    piece = halo_ring()
    mask = np.zeros(piece.alpha.shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], (255,))
    mask = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    encoded = np.uint8(np.clip(linear_to_srgb(piece.rgb), 0, 1) * 255 + 0.5)
    filled = srgb_to_linear(cv2.inpaint(encoded, mask, 5, cv2.INPAINT_TELEA).astype(np.float32) / 255)
    rgb = np.where(mask[..., None] > 0, filled, piece.rgb).astype(np.float32)
    return replace(piece, rgb=rgb, foreground=rgb)


def judged(piece: CutPiece, **nuisance: Any) -> CheckResult:
    return answer(Changes(), pictured(piece, halo_ring(), None, **({"scale": 0.42} | nuisance)))


HARDEST = ("nothing", "shifted", "half in a soft shadow", "all together")


@pytest.mark.parametrize(
    "nuisance", [n if n in HARDEST else pytest.param(n, marks=pytest.mark.slow) for n in NUISANCES]
)
def test_a_kept_piece_passes_whatever_is_harmless(nuisance: str):
    of = NUISANCES[nuisance]
    result = judged(halo_ring(), **(of | {"scale": 0.42 * float(of.get("scale", 1.0))}))
    assert result.verdict == "pass", (result.value, result.reason)


@pytest.mark.parametrize(("kind", "k"), [("stone", 1), ("stone", 5), ("prong", 2)])
def test_a_lost_feature_fails_at_its_place(kind: str, k: int):
    outline = seen(kind, k)
    evidence = pictured(painted_out(outline), halo_ring(), None, scale=0.42)
    result = answer(Changes(), evidence)
    assert result.verdict == "fail", result.value
    assert evidence.mapping is not None
    there = evidence.mapping.picture_xy(outline.mean(0)[None])[0]
    size = float(np.ptp(outline, axis=0).max()) * 0.42
    assert np.hypot(*(np.array(result.details["at"]) - there)) <= size / 2 + 6


def test_too_little_of_a_piece_is_not_judged():
    result = judged(halo_ring(), scale=0.006)
    assert result.verdict == "not verifiable"
