"""Running LoupeBench: what is missing is rendered, pairs are judged side by side, and the table and its plots are written.

Everything is kept by hash, so that a run that was stopped goes on where it was, and a changed method is asked alone.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.atelier.families import CALIBRATION_SEEDS, FAMILIES
from pipeline.atelier.family_photos import family_photo, kept_photo
from pipeline.atelier.retakes import NOTHING, chosen, kept_retake, retaken
from pipeline.errors import PictureError
from pipeline.loupebench import calibration
from pipeline.loupebench.figures import (
    FALSE_ALARMS,
    LIGHTS,
    SIZES,
    TOGETHER,
    Frozen,
    Judged,
    freeze,
    read,
    recall,
    roc,
    value_of,
)
from pipeline.loupebench.judging import entry
from pipeline.loupebench.kept import kept_row, row
from pipeline.loupebench.pairs import Pair, clean_pairs, defect_pairs
from pipeline.loupebench.plots import Curve, chart
from pipeline.loupebench.table import figures, markdown

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """Which pieces, and how much of each. `each`: rendered defects a piece, by lot (None: all that it can have); `draws`: how
    often all nuisances are drawn together, for clean pairs and for those with a defect."""

    seeds: Sequence[int]
    families: Sequence[str] = tuple(FAMILIES)
    each: int | None = None
    clean_draws: int = 4
    defect_draws: int = 1
    singles: bool = True  # each nuisance alone as well

    @property
    def pieces(self) -> list[tuple[str, int]]:
        return [(name, seed) for seed in self.seeds for name in self.families]

    def pairs(self) -> list[Pair]:
        found: list[Pair] = []
        for name, seed in self.pieces:
            found += clean_pairs(name, seed, self.clean_draws, self.singles)
            if self.each != 0:
                found += defect_pairs(name, seed, self.defect_draws)
        return found


# Some families that have everything between them, on calibration seeds: for a first look, and while a method is built.
SMALL = Plan(range(2), ("solitaire-6", "halo", "pave-band", "cluster", "cable", "tennis"), each=3, clean_draws=2)
# All families on test seeds. Opened last: nothing may be tuned to them.
FULL = Plan(range(1000, 1012), each=None)
# What thresholds rest on: clean pairs alone.
CALIBRATION = Plan(range(0, 12), each=0, clean_draws=4, singles=False)
LEAST_CLEAN = 200


def render(plan: Plan, tell: Tell, stop_at: float = float("inf")) -> bool:
    """Photographs, relit ones and defects of the plan that the cache doesn't have; False where time ran out before the end."""
    for name, seed in plan.pieces:
        if time.monotonic() > stop_at:
            return False
        if kept_photo(name, seed) is None:
            tell(f"photographing {name} {seed}")
        photo = family_photo(name, seed)
        defects = chosen(photo, 99 if plan.each is None else plan.each)
        for defect in [None, NOTHING, *defects]:
            if kept_retake(name, seed, defect) is None:
                if time.monotonic() > stop_at:
                    return False
                tell(f"photographing {name} {seed} {defect or 'relit'}")
                retaken(name, seed, defect)
    return True


def judge(
    pairs: Sequence[Pair], methods: Sequence[str], tell: Tell, workers: int = 2, stop_at: float = float("inf")
) -> list[dict[str, Any]]:
    """The rows of these pairs, in their order, without those that show nothing; what is kept is not asked again."""
    entries = tuple(entry(words) for words in methods)
    held = {pair: kept_row(pair, entries) for pair in pairs}
    waiting: dict[tuple[str, int, bool], list[Pair]] = {}
    for pair in pairs:
        if held[pair] is None:
            waiting.setdefault((pair.family, pair.seed, pair.relit), []).append(pair)
    # A piece's pairs go to one worker together: they share a reference and its fingerprint.
    if waiting:
        with ProcessPoolExecutor(workers, get_context("spawn"), _one_thread) as pool:
            jobs = {pool.submit(_rows, group, tuple(methods), stop_at): key for key, group in waiting.items()}
            for done, job in enumerate(as_completed(jobs), 1):
                held |= job.result()
                tell(f"judged {done} of {len(jobs)}: {' '.join(str(v) for v in jobs[job][:2])}")
    return [found for pair in pairs if (found := held[pair])]


def _one_thread() -> None:
    import cv2
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def _rows(group: list[Pair], methods: tuple[str, ...], stop_at: float) -> dict[Pair, dict[str, Any] | None]:
    entries = tuple(entry(words) for words in methods)
    return {pair: row(pair, entries) if time.monotonic() < stop_at else None for pair in group}


def bench(
    plan: Plan,
    out: Path,
    tell: Tell,
    *,
    methods: Sequence[str] = (),
    rendering: bool = True,
    workers: int | None = None,
    stop_after_s: float = float("inf"),
) -> dict[str, Any]:
    """Run a plan and write table.md, table.json, roc.svg, recall-by-size.svg and rows.jsonl into `out`; returns the figures.

    Thresholds are those that calibration froze; a method that it didn't know, or without a calibration, has its own from
    this run's clean pairs, and the table says so. Raises PictureError (``bench.nothing``) where no pair can be shown.
    """
    stop_at = time.monotonic() + stop_after_s
    whole = render(plan, tell, stop_at) if rendering else False
    rows = judge(plan.pairs(), methods, tell, workers or os.cpu_count() or 2, stop_at)
    if not rows:
        raise PictureError("bench.nothing", "There is no pair to judge.", "Let it render: leave --no-render out.")
    judged = [read(found) for found in rows]
    frozen, basis = _thresholds(judged)
    found = figures(judged, frozen)
    found |= {"whole": whole, "thresholds": basis}
    out.mkdir(parents=True, exist_ok=True)
    notes = [f"Thresholds: {basis}."]
    if not whole:
        notes.append("Not all of the plan's photographs are there: these are the pairs that could be shown.")
    (out / "table.md").write_text(markdown(found, "LoupeBench", notes))
    (out / "table.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    _write_rows(out, rows)
    for light in LIGHTS:
        words = light.replace(" ", "-")
        (out / f"roc-{words}.svg").write_text(_roc_plot(judged, frozen, light))
        (out / f"recall-by-size-{words}.svg").write_text(_size_plot(judged, frozen, light))
    return found


def calibrated(
    plan: Plan,
    out: Path,
    tell: Tell,
    *,
    methods: Sequence[str] = (),
    rendering: bool = True,
    workers: int | None = None,
    stop_after_s: float = float("inf"),
) -> dict[str, Any]:
    """Freeze thresholds from a plan's clean pairs; `rows.jsonl` and `table.json` (the checks' new lines) are what it rests on.

    Raises PictureError (``bench.test_seeds``) for seeds that are for testing or kept, and ``bench.few`` for too few pairs.
    """
    if not set(plan.seeds) <= set(CALIBRATION_SEEDS):
        raise PictureError(
            "bench.test_seeds",
            "Thresholds are never drawn from test seeds.",
            f"Use seeds below {CALIBRATION_SEEDS.stop}.",
        )
    stop_at = time.monotonic() + stop_after_s
    if rendering:
        render(plan, tell, stop_at)
    # What is rendered of defects tells how much each line sees; clean pairs come first, as the lines rest on them.
    pairs = list(
        dict.fromkeys([*plan.pairs(), *(p for piece in plan.pieces for p in defect_pairs(*piece, 1) if p.relit)])
    )
    rows = judge(pairs, methods, tell, workers or os.cpu_count() or 2, stop_at)
    judged = [read(found) for found in rows]
    clean = [row for row in judged if row.defect is None and row.light]
    if len(clean) < LEAST_CLEAN:
        raise PictureError(
            "bench.few",
            f"{len(clean)} clean pairs say nothing of one in a hundred.",
            f"Let it make {LEAST_CLEAN} at least.",
        )
    lines = calibration.calibrate(judged, f"{min(plan.seeds)}-{max(plan.seeds)}")
    found = {
        "pieces": len({row.piece for row in judged}),
        "pairs": len(rows),
        "lines": lines,
        "false_alarms": FALSE_ALARMS,
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "table.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    _write_rows(out, rows)
    return found


def _write_rows(out: Path, rows: Sequence[dict[str, Any]]) -> None:
    with (out / "rows.jsonl").open("w") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _thresholds(judged: Sequence[Judged]) -> tuple[Frozen, str]:
    own = freeze(judged)
    kept = calibration.frozen()
    if kept is None:
        return own, f"from this run's own clean pairs ({_said(own.pairs)}), which flatters; nothing is frozen yet"
    strange = sorted(set(own.thresholds["relit"]) - set(kept.thresholds["relit"]))
    thresholds = {light: own.thresholds[light] | kept.thresholds[light] for light in LIGHTS}
    basis = f"frozen, on calibration seeds ({_said(kept.pairs)})"
    if strange:
        basis += f"; from this run's own clean pairs, which flatters: {', '.join(strange)}"
    return Frozen(thresholds, kept.clean, kept.pairs, kept.asked), basis


def _said(pairs: dict[str, int]) -> str:
    return ", ".join(f"{count} clean pairs {light}" for light, count in pairs.items())


def shown_streams(judged: Sequence[Judged]) -> list[str]:
    """All checks and the baselines that a plot has room for."""
    there = {s for row in judged for s in row.values}
    return [
        TOGETHER,
        *(s for s in ("l1-shift-sigma1.5", "ssim-local", "flip-local", "ssim-masked", "ssim", "psnr") if s in there),
    ]


def _roc_plot(judged: Sequence[Judged], frozen: Frozen, light: str) -> str:
    """On a logarithmic axis of false alarms, from one in a thousand: the part that a gate is run at."""
    here = [row for row in judged if row.light == light]
    curves = []
    for stream in shown_streams(judged):
        values = {
            clean: [
                -np.inf if (v := value_of(row, stream, frozen)) is None else v
                for row in here
                if (row.defect is None) == clean
            ]
            for clean in (True, False)
        }
        if values[True] and values[False]:
            far, hit, area = roc(values[True], values[False])
            points = [(float(np.log10(max(x, 1e-3))), float(y)) for x, y in zip(far, hit, strict=True)]
            curves.append(Curve(f"{'all checks' if stream == TOGETHER else stream} ({area:.3f})", points))
    ticks = [(-3.0, ".1 %"), (-2.0, "1 %"), (-1.0, "10 %"), (0.0, "100 %")]
    return chart(
        f"All defects, {light}, all nuisances together", curves, "false alarms", "recall", ticks, (-3.0, 0.0), -2.0
    )


def _size_plot(judged: Sequence[Judged], frozen: Frozen, light: str) -> str:
    here = [row for row in judged if row.defect and row.light == light]
    curves = []
    for stream in shown_streams(judged):
        points, bars = [], []
        for k, (low, high) in enumerate(SIZES):
            of = recall([r for r in here if low <= (r.feature_px or 0.0) < high], stream, light, frozen)
            if of:
                points.append((float(k), of.seen))
                bars.append((float(k), of.low, of.high))
        curves.append(Curve("all checks" if stream == TOGETHER else stream, points, bars))
    ticks = [
        (float(k), f"{low:g}–{high:g}" if np.isfinite(high) else f"{low:g}+") for k, (low, high) in enumerate(SIZES)
    ]
    return chart(
        f"Recall at 1 % false alarms, {light}",
        curves,
        "narrow side of the smallest thing that changed, px",
        "recall",
        ticks,
        (-0.4, len(SIZES) - 0.6),
    )
