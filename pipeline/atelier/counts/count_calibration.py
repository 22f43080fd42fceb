"""Fits how sure a candidate is a stone, and how sure a count is exact, on calibration seeds that training never saw.

    python -m pipeline.atelier.counts.count_calibration --seeds 8-9

Logistic models (as Platt, 1999) of the measures in `pipeline.fingerprint.confidence`, whose confidence.json this writes
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

from pipeline.atelier.counts.bare_metal import bare_metal
from pipeline.atelier.counts.counting import BARELY_VISIBLE, SURELY_VISIBLE, kept, paired, picture_bytes, reduced_truth
from pipeline.errors import PictureError
from pipeline.fingerprint.agreement import seconded
from pipeline.fingerprint.confidence import FITTED, SIGNS, agreed_measures, count_measures, fitted, stone_measures
from pipeline.fingerprint.seeing import Seen, seen_in, stones_of, working_picture
from pipeline.fingerprint.stones import COUNTED, Found, one_each
from pipeline.imaging.colour import linear_to_srgb
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo

# How far a photograph is reduced, and whether it is read with its true matte.
VARIANTS = ((1.0, True), (0.5, False))
DRAWN, DRAWN_PX = 24, 320
# A counted stone is a true one as in `counting`; a candidate tells one where it is as near as PLACE of its size and its size
# differs by less than SIZE in its logarithm.
NEAR, PLACE, SIZE = 0.35, 0.3, 0.35
# Weights are held this near to 0, so that few photographs don't make a model too sure of itself.
RIDGE = 0.05


@dataclass(frozen=True)
class Looked:
    """One photograph looked at: what it shows, its true stones in the working picture's pixels (x, y, diameter, share seen),
    and the scale from the photo to it."""

    seen: Seen
    stones: np.ndarray
    scale: float


def looked_at(data: bytes, truth: dict[str, Any]) -> Looked:
    """Raises PictureError where the photo's own matte is refused."""
    piece = cut_piece(read_photo(data))
    working = working_picture(piece)
    seen = seen_in(linear_to_srgb(working.rgb).astype(np.float32), working.alpha)
    rows = []
    for f in truth["features"]:
        if f["kind"] == "stone" and f["visible_share"] > BARELY_VISIBLE:
            x, y = (np.array(f["centre"]) - working.origin + 0.5) * working.scale - 0.5
            rows.append((x, y, np.sqrt(4 * f["area_px"] / np.pi) * working.scale, f["visible_share"]))
    return Looked(seen, np.array(rows, float).reshape(-1, 4), working.scale)


def is_one(stone: Found, stones: np.ndarray) -> bool | None:
    """Whether a candidate tells one of the true stones, in its place and its size; None where that is barely seen."""
    away = np.hypot(stones[:, 0] - stone.x, stones[:, 1] - stone.y)
    same = (away < PLACE * stones[:, 2]) & (np.abs(np.log(stone.size / stones[:, 2])) < SIZE)
    if (same & (stones[:, 3] >= SURELY_VISIBLE)).any():
        return True
    unsure = same | (away < 0.5 * stones[:, 2])
    return None if (unsure & (stones[:, 3] < SURELY_VISIBLE)).any() else False


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


def fit_stones(looked: Sequence[Looked]) -> dict[str, list[float]]:
    """The weights of what a candidate is by itself and of what it is where sizes of the picture agree."""
    alone: list[tuple[list[float], bool]] = []
    together: list[tuple[list[float], bool]] = []
    for one in looked:
        for s in one_each(one.seen.levels[0]):
            true = is_one(s, one.stones)
            if true is not None:
                alone.append((stone_measures(s.peak, s.votes, s.body, s.spread, s.short), true))
        for s, others in seconded(one.seen.levels):
            true = is_one(s, one.stones)
            if true is not None:
                together.append((agreed_measures(s.peak, s.body, s.spread, s.rim, others), true))
    return {
        name: fit(np.array([m for m, _ in rows]), np.array([float(t) for _, t in rows]), SIGNS[name]).round(4).tolist()
        for name, rows in (("stone", alone), ("agreed", together))
    }


def fit_count(looked: Sequence[Looked]) -> list[float]:
    """The weights of how sure a count is, the stones' being what they are: a count is right when every counted candidate is a
    stone and every well seen stone is counted."""
    rows, right = [], []
    for one in looked:
        found = stones_of(one.seen.levels, one.seen.reduced)
        if not found:
            continue
        taken = [s for s in found if s.sure >= COUNTED]
        pairs = paired([(s.x, s.y) for s in taken], one.stones[:, :2].tolist(), (NEAR * one.stones[:, 2]).tolist())
        missed = set(np.flatnonzero(one.stones[:, 3] >= SURELY_VISIBLE).tolist()) - set(pairs.values())
        sure = [s.sure for s in found]
        rows.append(count_measures(sure, _unparted(one.seen.body, taken), [s.short / one.scale for s in taken]))
        right.append(len(pairs) == len(taken) and not missed)
    return [float(w) for w in fit(np.array(rows), np.array(right, float), SIGNS["count"]).round(4)]


def _unparted(body: np.ndarray, taken: Sequence[Found]) -> float:
    """As in reading: the share of what looks like stone that lies in no stone counted."""
    stony = body > 0.5
    if not stony.any():
        return 0.0
    inside = np.zeros(body.shape, bool)
    for stone in taken:
        inside |= stone.mask((body.shape[0], body.shape[1]))
    return float((stony & ~ndimage.binary_dilation(inside, iterations=2)).sum() / stony.sum())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier.counts.count_calibration", description=__doc__)
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
    # How sure a count is follows from how sure its stones are: these first.
    weights = {**fit_stones(looked), "count": fitted()["count"]}
    told = {"fitted_on": f"seeds {asked.seeds} and drawn metal, {len(looked)} pictures", "coefficients": weights}
    asked.out.write_text(json.dumps(told, indent=1) + "\n")
    if asked.out == FITTED:
        fitted.cache_clear()
    weights["count"] = fit_count(looked)
    asked.out.write_text(json.dumps(told, indent=1) + "\n")
    fitted.cache_clear()
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
