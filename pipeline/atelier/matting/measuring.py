"""How true mattes are on photographs whose coverage is known exactly: `python -m pipeline.atelier.matting.measuring --seeds 1000`.

Only what the cache holds is measured; `family_photos` renders more. Seeds from 1000 on are for tests and never learned from.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pipeline.atelier.families import FAMILIES
from pipeline.atelier.family_photos import kept_photo
from pipeline.errors import MatteRefused
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo


@dataclass(frozen=True)
class Measured:
    """Mean absolute error of coverage over the picture, in its `band` along edges; or the code of the refusal."""

    name: str
    picture: float
    band: float
    refused: str = ""


def edge_band(alpha: np.ndarray) -> np.ndarray:
    """Where an edge is in doubt: within two pixels of a pixel that the piece covers in part, bool (H, W)."""
    near = np.ones((5, 5), np.uint8)
    return (cv2.dilate((alpha > 0).astype(np.uint8), near) > 0) & ~(cv2.erode((alpha >= 1).astype(np.uint8), near) > 0)


def measured(name: str, photo: Path, alpha: np.ndarray) -> Measured:
    try:
        error = np.abs(cut_piece(read_photo(photo)).alpha - alpha)
    except MatteRefused as refusal:
        return Measured(name, float("nan"), float("nan"), refusal.code)
    return Measured(name, float(error.mean()), float(error[edge_band(alpha)].mean()))


def measured_seeds(seeds: range) -> Iterator[Measured]:
    for seed in seeds:
        for name in FAMILIES:
            if kept := kept_photo(name, seed):
                yield measured(f"{name} {seed}", kept.photo, kept.alpha())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier.matting.measuring", description=__doc__)
    parser.add_argument("--seeds", default="1000", help="one seed, or the first and the last: 1000-1004")
    first, _, last = parser.parse_args(arguments).seeds.partition("-")
    found = []
    for one in measured_seeds(range(int(first), int(last or first) + 1)):
        found.append(one)
        print(f"{one.name:20s} {one.refused or f'{one.picture:.4f} {one.band:.3f}'}", flush=True)
    cut = [one for one in found if not one.refused]
    if not cut:
        print("nothing was cut")
        return 1
    picture, band = np.mean([one.picture for one in cut]), np.mean([one.band for one in cut])
    print(
        f"{len(cut)} cut, {len(found) - len(cut)} refused; over the picture {picture:.4f}, in the edge band {band:.3f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
