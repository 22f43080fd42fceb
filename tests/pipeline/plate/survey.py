"""How true plates are read: rendered plates of differing bodies, poses, turns, skins and lights, against their exact truth.

`python -m tests.pipeline.plate.survey [KIND ...]` prints a row an anchor and a summary a kind. Nothing of it is a threshold;
`test_survey` holds what it found.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.direction import Body, Pose
from pipeline.errors import PhotoRefused
from pipeline.plate import find_anchors, read_plate
from tests.pipeline.plate import rendered
from tests.pipeline.plate.rendered import Look, Truth

# Adults of 1.55 to 1.88 m.
BODIES = (
    Body(),
    Body(gender=0.1, age=0.67, muscle=0.6, weight=0.5, height=0.38),
    Body(gender=0.95, age=0.62, weight=0.3, height=0.3),
    Body(gender=0.2, age=0.85, weight=0.65, height=0.4),
    Body(gender=0.85, age=0.9, weight=0.6, height=0.3),
    Body(gender=0.9, age=0.67, weight=0.75, height=0.35, muscle=0.3),
    Body(gender=0.0, age=0.6, muscle=0.8, weight=0.55, height=0.45),
    Body(gender=0.6, age=0.65, weight=0.45, height=0.35),
)
LOOKS = (
    Look(),
    Look("brown", (0.6, 0.4, 0.6)),
    Look("fair", (-0.2, 0.8, 0.5), 0.6),
    Look("tan", (0.75, 0.2, 0.45), 0.9),
    Look("dark", (-0.5, 0.5, 0.7)),
    Look("fair", (0.1, 0.3, 0.95), 0.5),
    Look("brown", (-0.8, 0.3, 0.4), 0.85),
    Look("tan", (0.3, 0.9, 0.4)),
)


@dataclass(frozen=True)
class Case:
    """One plate: its `number` in its kind, the `truth`, and the anchors that should be found on it."""

    number: int
    truth: Truth
    names: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One anchor: `off_mm` from the truth (`across_mm` of it across the part), `scale` found over true less one, and
    what the reading claims; NaN where the anchor was not found."""

    kind: str
    number: int
    name: str
    off_mm: float = math.nan
    across_mm: float = math.nan
    scale: float = math.nan
    claimed: float = math.nan
    why: str = ""


def hand_cases() -> Iterator[Case]:
    poses = ("fingers-fanned", "hand-raised", "fingers-fanned", "hand-relaxed", "fingers-fanned", "hand-raised", "fingers-fanned", "hand-raised")  # fmt: skip
    leans, turns = (12, 18, 5, 10, 22, 14, 8, 20), (0, 20, -25, 10, -10, 35, 0, -40)
    for i, (body, look) in enumerate(zip(BODIES, LOOKS, strict=True)):
        side = "left" if i % 2 == 0 else "right"
        truth = rendered.hand(poses[i], side, 330.0, body, leans[i], turns[i], look)
        fingers = tuple(f"{side}-{f}-proximal" for f in ("thumb", "index", "middle", "ring", "little"))
        yield Case(i, truth, (*fingers, f"{side}-wrist"))


def wrist_cases() -> Iterator[Case]:
    turns = (0, 30, -30, 15, -60, 45, 75, -15)
    for i, (body, look) in enumerate(zip(BODIES, LOOKS, strict=True)):
        truth = rendered.hand("wrist-raised", "left", 130.0 + 5 * i, body, 6.0, turns[i], look, -105.0)
        yield Case(i, truth, ("wrist", "left-wrist"))


def front_cases() -> Iterator[Case]:
    for i, (body, look) in enumerate(zip(BODIES, LOOKS, strict=True)):
        pose = Pose(head_nod_deg=(0, 4, -5, 2, 0, -3, 5, 0)[i], head_tilt_deg=(0, 3, -4, 0, 5, 0, -3, 2)[i])
        truth = rendered.head((0, -5, 6, 3, -8, 0, 8, -3)[i], 420.0, body, 60.0, pose, look)
        yield Case(i, truth, ("left-ear", "right-ear", "neck"))


def turned_cases() -> Iterator[Case]:
    for i, (body, look) in enumerate(zip(BODIES, LOOKS, strict=True)):
        azimuth = (20, -25, 30, -35, 40, -20, 28, -42)[i]
        pose = Pose(head_nod_deg=(0, 4, -5, 2, 0, -3, 5, 0)[i])
        truth = rendered.head(azimuth, 380.0, body, 60.0, pose, look)
        yield Case(i, truth, ("left-ear" if azimuth > 0 else "right-ear", "neck"))


def profile_cases() -> Iterator[Case]:
    for i, (body, look) in enumerate(zip(BODIES, LOOKS, strict=True)):
        azimuth = (60, -65, 75, -80, 90, -90, 70, -85)[i]
        truth = rendered.head(azimuth, 330.0, body, 80.0, Pose(), look)
        yield Case(i, truth, ("left-ear" if azimuth > 0 else "right-ear", "neck"))


def neck_cases() -> Iterator[Case]:
    for i, (body, look) in enumerate(zip(BODIES, LOOKS, strict=True)):
        yield Case(i, rendered.neck(210.0 + 8 * i, body, (0, 8, -10, 5, -5, 12, 0, -8)[i], look), ("neck",))


KINDS: dict[str, Callable[[], Iterator[Case]]] = {
    "hand": hand_cases,
    "wrist close-up": wrist_cases,
    "face from the front": front_cases,
    "face turned": turned_cases,
    "profile": profile_cases,
    "neck close-up": neck_cases,
}


def rows(kind: str) -> Iterator[Row]:
    """What is read on each of a kind's plates, an anchor a row."""
    for case in KINDS[kind]():
        try:
            reading = find_anchors(read_plate(case.truth.png))
        except PhotoRefused as refused:
            yield Row(kind, case.number, case.names[0], why=refused.code)
            continue
        for name in case.names:
            found = reading.named(name)
            true = "left-wrist" if name == "wrist" else name
            if found is None:
                if not (kind.startswith("wrist") and any(reading.named(n) for n in case.names)):
                    yield Row(kind, case.number, name, why=reading.doubts.get(name, "not found"))
                continue
            off = np.array(found.point) - case.truth.pixel(true)
            sideways = np.array([-found.axis[1], found.axis[0]])
            scale = case.truth.px_per_mm(true)
            yield Row(
                kind, case.number, name, float(np.linalg.norm(off)) / scale, abs(float(off @ sideways)) / scale,
                found.px_per_mm / scale - 1, found.scale_error, ", ".join(found.confirmed_by),
            )  # fmt: skip


def main(kinds: list[str]) -> None:
    for kind in kinds or list(KINDS):
        found = list(rows(kind))
        for row in found:
            print(
                f"{kind:20s} {row.number} {row.name:22s} off {row.off_mm:5.1f} mm  across {row.across_mm:5.1f} mm  "
                f"scale {row.scale:+7.1%}  claims {row.claimed:5.1%}  {row.why}"
            )
        for part in dict.fromkeys(r.name.split("-", 1)[-1] for r in found):
            of = [r for r in found if r.name.split("-", 1)[-1] == part]
            got = [r for r in of if not math.isnan(r.off_mm)]
            if got:
                off, across, scale = (np.array([getattr(r, k) for r in got]) for k in ("off_mm", "across_mm", "scale"))
                z = np.abs(np.log1p(scale)) / np.array([r.claimed for r in got])
                print(
                    f"== {kind}, {part}: {len(got)}/{len(of)} found; off median {np.median(off):.1f} max {off.max():.1f} mm; "
                    f"across max {across.max():.1f} mm; scale mean {scale.mean():+.1%} max {np.abs(scale).max():.1%}, "
                    f"claimed {np.mean([r.claimed for r in got]):.1%}; {np.mean(z <= 1):.0%} within one claimed error, {np.mean(z <= 2):.0%} within two",
                    flush=True,
                )


if __name__ == "__main__":
    main(sys.argv[1:])
