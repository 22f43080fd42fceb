"""One benchmark task in a process of its own: prints its figures as one JSON line.

`python -m tests.benchmarks.tasks cold|desk|final OUT`. `cold` is a photo to a draft from nothing; `desk` a worker that has
made one picture and is asked for the next; `final` one at 2048x2560.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from pipeline.direction import Direction, first_direction
from pipeline.engines.protocol import PieceFacts
from pipeline.make import MadePicture, make_picture
from pipeline.stage.body import load_body_model

SAMPLE = "flower-necklace"


def changed(direction: Direction, part: str, **values: Any) -> Direction:
    """The Direction with these fields of one part changed."""
    return direction.model_copy(update={part: getattr(direction, part).model_copy(update=values)})


def louder(direction: Direction) -> Direction:
    """The Direction with its first light a stop brighter and warmer."""
    first, *others = direction.rig.lights
    first = first.model_copy(update={"ev": first.ev + 1, "temperature_k": 4200})
    return changed(direction, "rig", lights=(first, *others))


class Bench:
    """Makes pictures of the sample and notes how long each took."""

    def __init__(self, out: Path) -> None:
        from pipeline.atelier.samples import SAMPLES, sample_photo

        self._photo, self._out = sample_photo(SAMPLE), out
        self._facts = PieceFacts(SAMPLES[SAMPLE].category, SAMPLES[SAMPLE].width_mm)
        self.first = first_direction(SAMPLES[SAMPLE].category)
        self.found: dict[str, Any] = {}

    def time(self, name: str, direction: Direction, quality: str) -> MadePicture:
        asked = direction.model_copy(update={"quality": quality})
        started, worked = time.perf_counter(), time.process_time()
        made = make_picture(self._photo, self._facts, asked, self._out / name.replace(" ", "-"))
        self.found[name] = {"wall_s": time.perf_counter() - started, "cpu_s": time.process_time() - worked}
        print(f"{name}: {self.found[name]}", file=sys.stderr, flush=True)
        # As a worker does between pictures (pipeline.running.ready_for_the_next_pose).
        load_body_model()
        parts = {k: round(v, 2) for k, v in made.timings.items()}
        self.found.setdefault("stages", {})[name] = parts
        return made


def main(task: str, out: Path) -> None:
    bench = Bench(out)
    first = bench.first
    if task == "cold":
        bench.time("draft, cold process", first, "draft")
    elif task == "final":
        bench.time("final", first, "final")
    elif task == "desk":
        bench.time("preview, first", first, "preview")
        posed = changed(first, "pose", head_turn_deg=9)
        bench.time("preview, pose changed", posed, "preview")
        bench.time("preview, next pose", changed(first, "pose", head_turn_deg=-6), "preview")
        bench.time("preview, light changed", louder(posed), "preview")
        moved = changed(louder(posed), "placement", right_mm=3.0)
        bench.time("preview, placement changed", moved, "preview")
        bench.time("preview, finish changed", changed(moved, "finish", exposure_ev=0.3), "preview")
        warm = bench.time("draft, warm", posed, "draft")
        bench.time("draft, light changed", louder(posed), "draft")
        bench.time("draft, placement changed", changed(louder(posed), "placement", right_mm=3.0), "draft")
        again = bench.time("draft, again", posed, "draft")
        bench.found["same bytes twice"] = warm.draft_sha256 == again.draft_sha256
        fresh = changed(posed, "pose", head_turn_deg=9).model_copy(update={"seed": 2})
        bench.time("draft, nothing kept", fresh, "draft")
    bench.found["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(bench.found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
