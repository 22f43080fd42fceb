"""What the change network is taught: pairs of calibration seeds as QA lays them on each other, and where the piece changed.

A lesson is one pair with its nuisances, registered and lit as any other picture is (`pipeline.loupebench.judging`), so that what
registration leaves over is learned as harmless. Lessons are kept in a folder by their pair's key; crops are drawn from them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pipeline.atelier.defects import DEFECTS, PAINTED
from pipeline.atelier.families import CALIBRATION_SEEDS, FAMILIES
from pipeline.atelier.family_photos import kept_photo, write_whole
from pipeline.atelier.retakes import kept_retake
from pipeline.loupebench.judging import evidence_on
from pipeline.loupebench.pairs import Pair, photographs, show
from pipeline.qa.change_net import things_in
from pipeline.qa.inspect import unmet
from pipeline.qa.piece.changes import Changes

# Colour has checks of its own; a mirrored piece is registration's.
NOT_TAUGHT = ("metal-3dE", "metal-6dE", "metal-9dE", "stone-tinted", "mirrored")
# Highlights and facets are changed in the photo's own light alone: under a moved one they lie elsewhere on kept pieces, too.
OF_LIGHT = ("catchlight-removed", "catchlight-smeared", "catchlight-moved", "stone-recut")
# The families whose one large stone flashes: of clean pairs under a moved light, every third is one of theirs.
FLASHING, FLASHES = ("solitaire-4", "solitaire-6", "solitaire-pave", "halo", "drops", "pendant"), 0.33
# What a change shows (sRGB, mean of the channels, softened): below the first it can't be seen, from the second on it must be.
# In between it isn't asked: neighbours mirror a lost stone.
FAINT, PLAIN = 0.025, 0.07
SOFT_PX = 1.6
# Beyond the defect's box by more than this, what differs is its reflection in neighbours, or the grain of path tracing.
ROUND_PX = 3
# Of all lessons: clean pairs, and under a moved light.
CLEAN, RELIT = 0.4, 0.6


# A pair that can't be laid closely enough isn't judged, and so not taught.
LAID = Changes()


@dataclass(frozen=True)
class Lesson:
    """Over the piece's window: `foretold`, `picture` (h, w, 3) uint8 sRGB, `coverage` (h, w) uint8, and `truth` (h, w) uint8: 255
    where the piece changed, 128 where that isn't asked, 0 elsewhere; `things`: (h, w, 6) uint8, the `things_in` both."""

    foretold: np.ndarray
    picture: np.ndarray
    coverage: np.ndarray
    truth: np.ndarray
    things: np.ndarray


def lesson(pair: Pair) -> Lesson | None:
    """The pair as a lesson; None where it can't be shown, isn't found, or its change can't be seen."""
    shown = show(pair)
    if shown is None:
        return None
    evidence = evidence_on(shown)
    if evidence.laid is None or evidence.mirrored or unmet(LAID, evidence) is not None:
        return None
    crop = evidence.crop
    height, width = crop.coverage.shape
    truth = np.zeros((height, width), np.uint8)
    if pair.defect is not None:
        before, after = photographs(pair)
        to_crop = np.array([[1, 0, -crop.left], [0, 1, -crop.top], [0, 0, 1.0]]) @ shown.matrix
        differs = np.abs(after.astype(np.float32) - before).mean(-1) / 255
        differs = cv2.GaussianBlur(differs, (0, 0), max(SOFT_PX, 0.5 / shown.nuisance.scale))
        moved = cv2.warpAffine(differs, to_crop[:2], (width, height), flags=cv2.INTER_LINEAR)
        truth[moved > FAINT] = 128
        assert shown.box is not None
        left, top, right, bottom = (round(v) for v in shown.box)
        inside = np.s_[
            max(0, top - crop.top - ROUND_PX) : max(0, bottom - crop.top + ROUND_PX),
            max(0, left - crop.left - ROUND_PX) : max(0, right - crop.left + ROUND_PX),
        ]
        truth[inside][moved[inside] > PLAIN] = 255
        if (truth == 255).sum() < 4:
            return None
    things = np.dstack([things_in(crop.foretold, crop.coverage), things_in(crop.picture, crop.coverage)])
    return Lesson(_bytes(crop.foretold), _bytes(crop.picture), _bytes(crop.coverage), truth, _bytes(things))


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(values, 0, 1) * 255 + 0.5, np.uint8)


def pairs(seeds: Sequence[int], rng: np.random.Generator, count: int) -> list[Pair]:
    """`count` pairs by lot, out of what is rendered of these calibration seeds. Raises ValueError for test seeds."""
    if not set(seeds) <= set(CALIBRATION_SEEDS):
        raise ValueError("test seeds are never learned from")
    clean = [(f, s) for s in seeds for f in FAMILIES if kept_photo(f, s) and kept_retake(f, s, None)]
    broken = [(f, s, d) for f, s in clean for d in (*DEFECTS, *PAINTED) if d not in NOT_TAUGHT and _there(f, s, d)]
    found = []
    for _ in range(count):
        relit, draw = bool(rng.random() < RELIT), int(rng.integers(1000, 1_000_000))
        if rng.random() < CLEAN:
            flashing = [piece for piece in clean if piece[0] in FLASHING] if relit and rng.random() < FLASHES else clean
            name, seed = flashing[rng.integers(len(flashing))]
            found.append(Pair(name, seed, None, "all", relit, draw))
        else:
            name, seed, defect = broken[rng.integers(len(broken))]
            found.append(Pair(name, seed, defect, "all", relit and defect not in OF_LIGHT, draw))
    return found


def _there(name: str, seed: int, defect: str) -> bool:
    if defect in PAINTED:
        return True
    kept = kept_retake(name, seed, defect)
    return kept is not None and kept.change is not None


def keep(found: Lesson, folder: Path, name: str) -> None:
    """The lesson as a file, whole or not at all."""
    file = io.BytesIO()
    np.savez_compressed(file, **vars(found))
    write_whole(folder / f"{name}.npz", file.getvalue())


def kept(path: Path) -> Lesson:
    """A lesson back from its file."""
    with np.load(path) as held:
        return Lesson(**{name: held[name] for name in held.files})
