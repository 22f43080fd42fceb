"""Judging a pair: every check of pipeline.qa, every baseline and any entered method, on the same evidence, timed."""

from __future__ import annotations

import hashlib
import importlib
import inspect as python
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import PictureError
from pipeline.imaging.colour import linear_to_srgb, srgb_to_linear
from pipeline.imaging.resample import Mapping, resample
from pipeline.loupebench import baselines
from pipeline.loupebench.baselines import Score, Scored
from pipeline.loupebench.confirmed import confirmed
from pipeline.loupebench.pairs import Shown
from pipeline.qa.check import Check, CheckResult
from pipeline.qa.evidence import Evidence, luma
from pipeline.qa.gather import evidence_from_picture, evidence_of
from pipeline.qa.inspect import CHECKS, answer

# Checks whose matter isn't whether the piece was kept, or which can't be asked of pictures from anywhere.
NOT_ASKED = frozenset(
    {"origin.reference", "origin.pixels", "resolution", "frame", "clipping", "resolvability", "channel"}
)
# A place that a method points to counts as right within this many pixels of the defect's box.
NEAR_PX = 4.0
# Below the one and above the other the piece isn't where a method is told that it is.
MIN_CORRELATION = 0.55
MAX_RESIDUAL_PX = 1.0
VERSION = 3  # raised when judging itself changes


@dataclass(frozen=True)
class Entry:
    """A method of somebody else's: `module:function`, called as a baseline is."""

    name: str
    score: Score


def entry(words: str) -> Entry:
    """`package.module:function` as a method. Raises PictureError where it can't be had."""
    module, _, function = words.partition(":")
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise PictureError(
            "bench.method", f"There is no method {words} ({error}).", "Name it as package.module:function."
        ) from error

    def score(reference: np.ndarray, picture: np.ndarray, matte: np.ndarray) -> Scored:
        said = found(reference, picture, matte)
        if isinstance(said, Scored):
            return said
        if isinstance(said, np.ndarray):
            inside = matte > 0.5
            held = np.where(inside, said, -np.inf)
            return Scored(float(held.max()), held)
        return Scored(float(said))

    return Entry(words, score)


def versions(entries: tuple[Entry, ...] = ()) -> dict[str, str]:
    """What each method's rows depend on, by name: a check's version and source, a baseline's source."""
    found = {check.id: _source(type(check)) + check.version for check in asked()}
    found |= dict.fromkeys(baselines.installed(), _source(baselines))
    return found | {one.name: _source(one.score) for one in entries}


def asked() -> tuple[Check, ...]:
    """The checks that LoupeBench asks; its pictures show no person."""
    return tuple(check for check in CHECKS if check.id not in NOT_ASKED and check.group != "model")


def _source(thing: Any) -> str:
    """A hash of the source of the module that a method lives in."""
    module = python.getmodule(thing) or thing
    return hashlib.sha256(Path(module.__file__ or "").read_bytes()).hexdigest()[:12]


def judged(shown: Shown, entries: tuple[Entry, ...] = (), wanted: frozenset[str] | None = None) -> dict[str, Any]:
    """What every method (of `wanted`, or all) says of a pair, as JSON.

    `checks`: by id, its verdict, statistics, where it points to and its seconds; `methods`: by name, its score, whether its
    hottest place lies in the defect's box, and its seconds; `registration`: seconds and the shift that was left, px.
    """
    began = time.perf_counter()
    evidence = evidence_on(shown)
    seconds = time.perf_counter() - began
    row: dict[str, Any] = {
        "id": shown.pair.id,
        "feature_px": _rounded(shown.feature_px),
        "box": None if shown.box is None else [round(v, 1) for v in shown.box],
        "nuisance": shown.nuisance.as_json(),
        "words": shown.words,
        "registration": {"seconds": round(seconds, 3), "residual_px": _rounded(evidence.residual_px)},
        "checks": {},
        "methods": {},
    }
    for check in asked():
        if wanted is None or check.id in wanted:
            began = time.perf_counter()
            result = answer(check, evidence)
            row["checks"][check.id] = _check_row(result, shown, time.perf_counter() - began)
    if evidence.laid is None:
        return row
    methods = baselines.installed() | {one.name: one.score for one in entries}
    reference, picture, matte = laid(evidence)
    for name, score in methods.items():
        if wanted is None or name in wanted:
            began = time.perf_counter()
            said = score(reference, picture, matte)
            row["methods"][name] = {
                "score": _rounded(said.score),
                "hit": _hit(said.heat, evidence, shown),
                "seconds": round(time.perf_counter() - began, 4),
            }
    return row


def evidence_on(shown: Shown) -> Evidence:
    """The pair as checks get it: laid as it is told where that holds, else searched for."""
    height, width = shown.picture.shape[:2]
    picture = srgb_to_linear(shown.picture.astype(np.float32) / 255)
    pair = shown.pair
    fingerprint = confirmed(pair.family, pair.seed, pair.relit)
    told = evidence_of(shown.piece, picture, Mapping(shown.given, (height, width)), fingerprint)
    # Either sign alone says too little: under another light moving reflections look like a shift, and bare metal like
    # something else altogether.
    near = (told.residual_px or 0.0) <= MAX_RESIDUAL_PX
    if _correlation(told) >= MIN_CORRELATION or (near and not told.relit):
        return told
    # What it is told doesn't hold: the piece is searched for, as in a picture from anywhere. It may be mirrored.
    found = evidence_from_picture(shown.piece, picture, "", fingerprint)
    # By its outline alone a piece that is even left and right lies well as its mirror image, too.
    return found if found.mirrored or (found.mapping is not None and not (near and told.relit)) else told


def _correlation(evidence: Evidence) -> float:
    """Of the laid reference's and the picture's luma inside the piece, -1..1."""
    assert evidence.laid is not None
    inside = evidence.interior
    one, two = luma(evidence.laid.reference)[inside], luma(evidence.picture)[inside]
    return float(np.corrcoef(one, two)[0, 1]) if len(one) > 1 and one.std() and two.std() else 0.0


def laid(evidence: Evidence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a method is called with: reference and picture (h, w, 3) sRGB-encoded 0..1 and the matte (h, w), over the
    piece's window; the reference over its own ground, as photographed, in the registration that the checks have."""
    assert evidence.laid is not None
    assert evidence.coverage is not None
    left, top, right, bottom = evidence.window
    inside = np.s_[top:bottom, left:right]
    assert evidence.mapping is not None
    reference = np.clip(linear_to_srgb(resample(evidence.piece.rgb, evidence.mapping, evidence.window)), 0, 1)
    picture = np.clip(linear_to_srgb(evidence.picture[inside]), 0, 1)
    return reference, picture, evidence.coverage[inside]


def _check_row(result: CheckResult, shown: Shown, seconds: float) -> dict[str, Any]:
    statistics = {name: _rounded(float(value)) for name, value in result.statistics.items() if np.isfinite(value)}
    if not statistics and result.value is not None and np.isfinite(result.value):
        statistics = {result.id: _rounded(float(result.value))}
    changed = [row for row in result.rows if row.verdict in ("lost", "changed", "added")]
    return {
        "verdict": result.verdict,
        "statistics": statistics,
        "hit": _check_hit(result, shown),
        "rows": {
            verdict: sum(r.verdict == verdict for r in result.rows) for verdict in {r.verdict for r in result.rows}
        },
        "changed": len(changed),
        "reason": result.reason,
        "seconds": round(seconds, 4),
    }


def _check_hit(result: CheckResult, shown: Shown) -> bool | None:
    """Whether a check points into the defect's box: with a row of the ledger, or the place that its details name."""
    if shown.box is None:
        return None
    left, top, right, bottom = _grown(shown.box)
    rows = [row for row in result.rows if row.verdict in ("lost", "changed", "added")]
    if rows:
        return any(r.box[0] < right and r.box[2] > left and r.box[1] < bottom and r.box[3] > top for r in rows)
    at = result.details.get("at")
    return None if at is None else bool(left <= at[0] <= right and top <= at[1] <= bottom)


def _hit(heat: np.ndarray | None, evidence: Evidence, shown: Shown) -> bool | None:
    if heat is None or shown.box is None:
        return None
    y, x = (int(v) for v in np.unravel_index(int(np.argmax(heat)), heat.shape))
    left, top, right, bottom = _grown(shown.box)
    x, y = x + evidence.window[0], y + evidence.window[1]
    return bool(left <= x <= right and top <= y <= bottom)


def _grown(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    return box[0] - NEAR_PX, box[1] - NEAR_PX, box[2] + NEAR_PX, box[3] + NEAR_PX


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(f"{value:.6g}")
