"""Fits how sure a candidate is a stone, and how sure a count is exact, on calibration seeds that training never saw.

    python -m pipeline.atelier.count_calibration --seeds 8-9

Two logistic models (as Platt, 1999) of the measures in `pipeline.fingerprint.confidence`, whose confidence.json this writes
with what it was fitted on. Photographs are read with the true matte, and reduced to half with their own, so that stones of few
pixels are among them: what is learned there is how far they can't be counted. Drawn metal without a stone
(`bare_metal`) is read as well: what looks like stones there is learned to be none.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage, optimize

from pipeline.atelier.bare_metal import bare_metal
from pipeline.atelier.counting import SURELY_VISIBLE, kept, paired, picture_bytes, reduced_truth
from pipeline.errors import PictureError
from pipeline.fingerprint.confidence import FITTED, SIGNS, count_measures, fitted, stone_measures
from pipeline.fingerprint.seeing import Working, seen_in, working_picture
from pipeline.fingerprint.stones import COUNTED, Found
from pipeline.imaging.colour import linear_to_srgb
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo

# How far a photograph is reduced, and whether it is read with its true matte.
VARIANTS = ((1.0, True), (0.5, False))
DRAWN, DRAWN_PX = 24, 320
NEAR = 0.35
# Weights are held this near to 0, so that few photographs don't make a model too sure of itself.
RIDGE = 0.05


@dataclass(frozen=True)
class Looked:
    """One photograph looked at: its candidates, whether each is a stone (None: barely seen, either may be
    right), the same as votes alone have them, how many well seen stones no candidate met, stone pixels, and the scale to the photo."""

    found: list[Found]
    true: list[bool | None]
    voted: list[Found]
    voted_true: list[bool | None]
    unmet: int
    body: np.ndarray
    scale: float


def looked_at(data: bytes, truth: dict[str, Any]) -> Looked:
    """Raises PictureError where the photo's own matte is refused."""
    piece = cut_piece(read_photo(data))
    working = working_picture(piece)
    seen = seen_in(linear_to_srgb(working.rgb).astype(np.float32), working.alpha)
    stones = [f for f in truth["features"] if f["kind"] == "stone" and f["visible_share"] > 0.02]
    true, unmet = _held(seen.candidates, stones, working)
    return Looked(
        seen.candidates, true, seen.voted, _held(seen.voted, stones, working)[0], unmet, seen.body, working.scale
    )


def _held(found: list[Found], stones: list[dict[str, Any]], working: Working) -> tuple[list[bool | None], int]:
    """Whether each candidate is one of the true stones, and how many well seen stones none of them is."""
    at = [tuple((np.array([s.x, s.y]) + 0.5) / working.scale - 0.5 + working.origin) for s in found]
    reach = [NEAR * float(np.sqrt(4 * f["area_px"] / np.pi)) for f in stones]
    pairs = paired(at, [f["centre"] for f in stones], reach)
    true: list[bool | None] = []
    for k in range(len(at)):
        if k not in pairs:
            true.append(False)
        else:
            true.append(True if stones[pairs[k]]["visible_share"] >= SURELY_VISIBLE else None)
    met = set(pairs.values())
    return true, sum(f["visible_share"] >= SURELY_VISIBLE and j not in met for j, f in enumerate(stones))


def fit(measures: np.ndarray, true: np.ndarray, signs: Sequence[int]) -> np.ndarray:
    """The weights of a logistic model, the constant last: measures (N, M), true (N,) of 0 and 1. `signs` (M,): 1 for weights
    that must not be below 0, -1 for those that must not be above, 0 for either."""
    middle, spread = measures.mean(0), measures.std(0) + 1e-6
    x = np.column_stack([(measures - middle) / spread, np.ones(len(measures))])

    def loss(weights: np.ndarray) -> float:
        z = x @ weights
        cross = np.logaddexp(0, z) - true * z
        return float(cross.mean() + RIDGE / len(true) ** 0.5 * (weights[:-1] ** 2).sum())

    bounds = [(0 if sign > 0 else None, 0 if sign < 0 else None) for sign in signs]
    weights = optimize.minimize(loss, np.zeros(x.shape[1]), method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    own = weights[:-1] / spread
    return np.append(own, weights[-1] - own @ middle)


def bare_pictures(count: int = DRAWN) -> list[bytes]:
    """Drawn metal as PNGs with their coverage, the same every time, and none that training draws."""
    files = []
    for number in range(count):
        rgb, alpha = bare_metal(DRAWN_PX, np.random.default_rng((8, number)))
        rgba = np.concatenate([rgb, alpha[..., None]], -1)
        file = io.BytesIO()
        Image.fromarray((rgba * 255 + 0.5).astype(np.uint8)).save(file, "PNG")
        files.append(file.getvalue())
    return files


def refitted(looked: list[Looked]) -> dict[str, list[float]]:
    """Both models' weights. A count is right when every counted candidate is a stone and every well seen stone is counted."""
    judged = [(s, t) for one in looked for s, t in zip(one.voted, one.voted_true, strict=True) if t is not None]
    stone = fit(_measures([s for s, _ in judged]), np.array([float(t) for _, t in judged]), SIGNS["stone"])
    rows, right = [], []
    for one in looked:
        if not one.found:
            continue
        # What was told by its outline says itself how sure it is.
        outlined = [found.by_outline for found in one.found]
        sure = np.where(outlined, [found.sure for found in one.found], _said(_measures(one.found), stone))
        taken = sure >= COUNTED
        wrong = [t is not None and bool(t) != bool(k) for t, k in zip(one.true, taken, strict=True)]
        narrow = [s.short / one.scale for s, k in zip(one.found, taken, strict=True) if k]
        rows.append(count_measures(sure.tolist(), _unparted(one, taken), narrow))
        right.append(not any(wrong) and not one.unmet)
    count = fit(np.array(rows), np.array(right, float), SIGNS["count"])
    return {"stone": np.round(stone, 4).tolist(), "count": np.round(count, 4).tolist()}


def _measures(found: list[Found]) -> np.ndarray:
    rows = [stone_measures(s.peak, s.votes, s.body, s.spread, s.short) for s in found]
    return np.array(rows).reshape(len(rows), len(SIGNS["stone"]))


def _said(measures: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(measures @ weights[:-1] + weights[-1], -30, 30))))


def _unparted(one: Looked, taken: np.ndarray) -> float:
    """As in reading: the share of what looks like stone that lies in no stone counted."""
    stony = one.body > 0.5
    if not stony.any():
        return 0.0
    inside = np.zeros(one.body.shape, bool)
    for stone, k in zip(one.found, taken, strict=True):
        if k:
            inside |= stone.mask((one.body.shape[0], one.body.shape[1]))
    return float((stony & ~ndimage.binary_dilation(inside, iterations=2)).sum() / stony.sum())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier.count_calibration", description=__doc__)
    parser.add_argument("--seeds", default="8-9", help="a first and a last seed, as 8-9; of those training never saw")
    parser.add_argument("--out", type=Path, default=FITTED)
    asked = parser.parse_args(arguments)
    first, last = (int(n) for n in (asked.seeds.split("-") * 2)[:2])
    looked = []
    for photo in kept(range(first, last + 1)):
        for scale, true_matte in VARIANTS:
            truth = reduced_truth(photo.truth, scale)
            try:
                looked.append(looked_at(picture_bytes(photo, true_matte=true_matte, scale=scale), truth))
            except PictureError as refused:
                print(f"{truth['family']} {truth['seed']}: refused, {refused.code}", file=sys.stderr)
    for number, drawn in enumerate(bare_pictures()):
        try:
            looked.append(looked_at(drawn, {"features": []}))
        except PictureError as refused:
            print(f"drawn metal {number}: refused, {refused.code}", file=sys.stderr)
    weights = refitted(looked)
    told = {"fitted_on": f"seeds {asked.seeds} and drawn metal, {len(looked)} pictures", "coefficients": weights}
    asked.out.write_text(json.dumps(told, indent=1) + "\n")
    fitted.cache_clear()
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
