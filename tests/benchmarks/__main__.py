"""`make bench`: every figure in one run, with a table, plots, and a comparison with the figures kept beside this module.

Each task runs in a fresh process with an empty cache of renders, held to two cores. Times are quoted as wall and processor
seconds. Processor seconds over the yardstick's, measured in the same run, are the multiple that is compared: others' work on
the machine touches it least. One that grew by more than half is a regression (exit 1).
`--keep` keeps this run's multiples as the ones to be held to.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pipeline.gallery import Cell, atelier_entries, entries_in, make_gallery, plates_in
from pipeline.stage.cache import cache_root
from tests.benchmarks.yardstick import yardstick_s

KEPT = Path(__file__).with_name("kept.json")
SLOWER = 1.5
# What is promised, in seconds on two cores.
PROMISED_S = {
    "draft, cold process": 60,
    "draft, nothing kept": 30,
    "preview, pose changed": 3,
    "preview, next pose": 3,
    "preview, light changed": 2,
    "preview, placement changed": 2,
    "final": 300,
}
PEAK_MB = 4096
# Check ids of a report with what they must reach: at least, or at most.
FIDELITY = {"ssim.interior": (">=", 0.995), "ssim.boundary": (">=", 0.97), "registration": ("<=", 0.2)}
FIDELITY |= {"origin.pixels": (">=", 0.995)}


def run_task(task: str, out: Path) -> dict[str, Any]:
    """The task's figures, from a fresh process with an empty cache of renders and the body model's own cache."""
    with tempfile.TemporaryDirectory() as cache:
        for kept in ("meshes",):
            if (cache_root() / kept).is_dir() and task != "cold":
                shutil.copytree(cache_root() / kept, Path(cache) / kept)
        environment = {
            **os.environ,
            "LOUPE_CACHE_DIR": cache,
            "ANNY_CACHE_DIR": os.environ.get("ANNY_CACHE_DIR", str(cache_root() / "anny")),
        }
        command = [sys.executable, "-m", "tests.benchmarks.tasks", task, str(out)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def measured(tasks: list[str], out: Path) -> dict[str, Any]:
    """All timing figures: seconds by name, peaks, stages, and the yardstick before and after."""
    before = yardstick_s()
    seconds: dict[str, dict[str, float]] = {}
    peaks: dict[str, int] = {}
    stages: dict[str, dict[str, float]] = {}
    found: dict[str, Any] = {}
    for task in tasks:
        print(f"{task} ...", flush=True)
        answer = run_task(task, out / task)
        stages |= answer.pop("stages", {})
        peaks[task] = answer.pop("peak MB")
        if "same bytes twice" in answer:
            found["same_bytes_twice"] = answer.pop("same bytes twice")
        seconds |= answer
        print(json.dumps(answer), flush=True)
    yardstick = (before + yardstick_s()) / 2
    return {**found, "yardstick_s": yardstick, "seconds": seconds, "peak_mb": peaks, "stages_s": stages}


def table(figures: dict[str, Any], kept: dict[str, float], cells: list[Cell]) -> tuple[str, bool]:
    """The Markdown table, and whether nothing got slower, larger or less faithful than it may be."""
    good = True
    lines = ["| what | wall s | promised | processor s | yardsticks | kept | |", "|---" * 7 + "|"]
    for name, taken in figures["seconds"].items():
        seconds, worked = taken["wall_s"], taken["cpu_s"]
        multiple, promised, before = worked / figures["yardstick_s"], PROMISED_S.get(name), kept.get(name)
        slower = before is not None and multiple > SLOWER * before
        good &= not slower
        words = "slower than kept" if slower else "over" if promised and seconds > promised else ""
        held = f"{before:.1f}" if before is not None else ""
        lines.append(
            f"| {name} | {seconds:.2f} | {promised or ''} | {worked:.2f} | {multiple:.1f} | {held} | {words} |"
        )
    lines += ["", f"Yardstick {figures['yardstick_s'] * 1000:.0f} ms. "]
    lines[-1] += f"The same inputs gave the same bytes twice: {figures.get('same_bytes_twice', 'not run')}."
    lines += ["", "| task | peak memory, MB | at most |", "|---|---|---|"]
    for task, peak in figures["peak_mb"].items():
        good &= peak <= PEAK_MB
        lines.append(f"| {task} | {peak} | {PEAK_MB} |")
    lines += ["", "| photo | engine | verdict | " + " | ".join(FIDELITY) + " | seconds |", "|---" * 8 + "|"]
    for cell in cells:
        if cell.refused or cell.waiting:
            said = ("refused", cell.refused) if cell.refused else ("not made", "the run ended before it")
            lines.append(f"| {cell.entry.file.stem} | {cell.engine} | {said[0]} | {said[1]} | | | | |")
            good &= not cell.waiting
            continue
        shown = []
        for name, (sense, bound) in FIDELITY.items():
            value = (cell.values or {}).get(name)
            kept_it = value is not None and (value >= bound if sense == ">=" else value <= bound)
            good &= kept_it or value is None
            shown.append("" if value is None else f"{value:.4f}{'' if kept_it else ' **!**'}")
        lines.append(
            f"| {cell.entry.file.stem} | {cell.engine} | {cell.verdict} | {' | '.join(shown)} | {cell.seconds:.0f} |"
        )
    return "\n".join(lines) + "\n", good


def plot(figures: dict[str, Any], file: Path) -> None:
    """Bars of seconds on a logarithmic scale, each with its promise as a mark, as SVG."""
    import math

    rows = [(name, taken["wall_s"]) for name, taken in figures["seconds"].items()]

    def x(seconds: float) -> float:
        return 230 + 110 * math.log10(max(seconds, 0.1) / 0.1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="680" height="{30 + 26 * len(rows)}" font-family="sans-serif"'
    ]
    parts[0] += ' font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
    for k, (name, seconds) in enumerate(rows):
        y = 14 + 26 * k
        parts.append(f'<text x="222" y="{y + 13}" text-anchor="end">{name}</text>')
        parts.append(f'<rect x="230" y="{y}" width="{x(seconds) - 230:.1f}" height="18" fill="#777"/>')
        parts.append(f'<text x="{x(seconds) + 6:.1f}" y="{y + 13}">{seconds:.2f} s</text>')
        if name in PROMISED_S:
            at = x(PROMISED_S[name])
            parts.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y - 3}" y2="{y + 21}" stroke="#b40" stroke-width="2"/>'
            )
    file.write_text("".join(parts) + "</svg>\n", encoding="utf-8")


def main() -> int:
    """Runs the bench; 1 where something got worse than it may be."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    parser.add_argument(
        "--photos", type=Path, default=Path("../shared/photos"), help="more photos, where there are any"
    )
    parser.add_argument("--tasks", default="cold,desk,final")
    parser.add_argument("--no-fidelity", action="store_true", help="leave the photos out")
    parser.add_argument("--keep", action="store_true", help="keep this run's multiples to be held to")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    arguments.out.mkdir(parents=True, exist_ok=True)
    figures = measured(arguments.tasks.split(","), arguments.out)
    cells: list[Cell] = []
    if not arguments.no_fidelity:
        entries, plates = atelier_entries(), []
        if arguments.photos.is_dir():
            entries, plates = entries + entries_in(arguments.photos), plates_in(arguments.photos)
        else:
            print(f"No photos in {arguments.photos}: only Loupe's own samples are judged.")
        cells = [c for row in make_gallery(entries, plates, "draft", arguments.out / "gallery") for c in row]
    kept = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    words, good = table(figures, kept, cells)
    (arguments.out / "bench.md").write_text(words, encoding="utf-8")
    fidelity = [
        {"photo": c.entry.file.stem, "engine": c.engine, "refused": c.refused, "verdict": c.verdict, "values": c.values}
        for c in cells
    ]
    (arguments.out / "bench.json").write_text(json.dumps({**figures, "fidelity": fidelity}, indent=1) + "\n")
    plot(figures, arguments.out / "seconds.svg")
    if arguments.keep:
        multiples = {name: round(s["cpu_s"] / figures["yardstick_s"], 1) for name, s in figures["seconds"].items()}
        KEPT.write_text(json.dumps({**kept, **multiples}, indent=1) + "\n")
    print(words)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
