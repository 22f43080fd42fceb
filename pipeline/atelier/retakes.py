"""Second photographs of family pieces, kept in the cache: the light walked round, or the piece with a defect.

Where a defect is small, only its surroundings are taken anew and joined into the first photograph; a clean picture has such
a place as well, NOTHING, or a method could tell a defect by its grain.

    python -m pipeline.atelier.retakes --seeds 0-9 --stop-after 600

renders what is missing for these seeds' pieces: one relit photograph and one a defect that the piece can have. A folder
holds photo.png and change.json (written last). Same camera, exposure rule, grain and noise as the first photograph.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipeline.atelier.defects import DEFECTS, Subject, box_of, narrow_px
from pipeline.atelier.defects.subject import SEEN_FROM
from pipeline.atelier.families import FAMILIES, family, sitting
from pipeline.atelier.family_photos import (
    SIZE_PX,
    SPP,
    FamilyPhoto,
    cache_root,
    family_photo,
    kept_photo,
    photo_key,
    write_whole,
)
from pipeline.atelier.photograph import restaged, retake, retouched, staged

# Raised when an alteration, or the way that it or a relit piece is photographed, gives another picture.
VERSION, RELIT_VERSION = 2, 1
RELIGHT_DEG = 30.0
# The retake that changes nothing.
NOTHING = "nothing"
# A defect's surroundings: this much round its box, in pixels and in parts of its size. Above this share of the photo all of
# it is taken anew.
AROUND_PX, AROUND = 20, 0.25
CROP_SHARE = 0.5


@dataclass(frozen=True)
class Retake:
    """A second photograph. `change`: None where the piece has nothing for this defect, else what was done: `defect`,
    `check`, `words`, `box` and `feature_px` in photo pixels, `amount`; of a relit one `turn_deg`."""

    folder: Path
    change: dict[str, Any] | None

    def srgb8(self) -> np.ndarray:
        """The photograph (H, W, 3) uint8."""
        with Image.open(self.folder / "photo.png") as image:
            return np.asarray(image.convert("RGB"))


def relight_turn_deg(name: str, seed: int) -> float:
    """Which way, and how far, the light of a piece's relit photograph is walked."""
    return RELIGHT_DEG if _rng(name, seed, "relight").random() < 0.5 else -RELIGHT_DEG


def retake_folder(name: str, seed: int, defect: str | None, cache_dir: Path | None = None) -> Path:
    words = json.dumps([RELIT_VERSION if defect is None else VERSION, photo_key(name, seed), defect])
    return cache_root(cache_dir) / "retakes" / hashlib.sha256(words.encode()).hexdigest()[:20]


def kept_retake(name: str, seed: int, defect: str | None, *, cache_dir: Path | None = None) -> Retake | None:
    """The second photograph if the cache has it; renders nothing. `defect` None: the relit one."""
    folder = retake_folder(name, seed, defect, cache_dir)
    try:
        return Retake(folder, json.loads((folder / "change.json").read_text()))
    except (OSError, ValueError):
        return None


def retaken(name: str, seed: int, defect: str | None, *, cache_dir: Path | None = None) -> Retake:
    """The second photograph of `family(name, seed)`: with this defect, or relit where it is None. Rendered on first use."""
    kept = kept_retake(name, seed, defect, cache_dir=cache_dir)
    if kept:
        return kept
    first = family_photo(name, seed, cache_dir=cache_dir)
    spec, seat = family(name, seed), sitting(name, seed)
    stage = staged(spec, SIZE_PX, seat)
    change: dict[str, Any] | None = None
    if defect is None:
        change = {"turn_deg": relight_turn_deg(name, seed)}
        photo = retake(stage, SPP, spec.seed, first.alpha(), change["turn_deg"])
    elif defect == NOTHING:
        box = _somewhere(first, _rng(name, seed, NOTHING))
        change = {"box": box}
        photo = retouched(_pixels(first), stage, SPP, spec.seed, _around(box, stage.camera.size))
    else:
        altered = DEFECTS[defect].alter(subject(first), _rng(name, seed, defect))
        if altered:
            change = {
                "defect": defect,
                "check": DEFECTS[defect].check,
                "words": altered.words,
                "box": [round(v, 2) for v in box_of(altered.where, seat, stage.camera)],
                "feature_px": round(narrow_px(altered.feature, seat, stage.camera), 2),
                "amount": altered.amount,
            }
            again = restaged(stage, altered.piece, spec.form, seat)
            crop = _around(change["box"], stage.camera.size)
            share = (crop[2] - crop[0]) * (crop[3] - crop[1]) / (stage.camera.size[0] * stage.camera.size[1])
            if share <= CROP_SHARE:
                photo = retouched(_pixels(first), again, SPP, spec.seed, crop)
            else:
                photo = retake(again, SPP, spec.seed, first.alpha())
    folder = retake_folder(name, seed, defect, cache_dir)
    folder.mkdir(parents=True, exist_ok=True)
    if change is not None:
        file = io.BytesIO()
        Image.fromarray(photo).save(file, "PNG")
        write_whole(folder / "photo.png", file.getvalue())
    write_whole(folder / "change.json", json.dumps(change).encode())
    return Retake(folder, change)


def _pixels(photo: FamilyPhoto) -> np.ndarray:
    with Image.open(photo.photo) as image:
        return np.asarray(image.convert("RGB"))


def _somewhere(photo: FamilyPhoto, rng: np.random.Generator) -> list[float]:
    """The box of a feature by lot, or of a part of the piece that has none."""
    features = [f for f in photo.truth["features"] if f["visible_share"] >= SEEN_FROM]
    if features:
        outline = np.array(features[int(rng.integers(len(features)))]["outline"])
        return [round(float(v), 2) for v in (*outline.min(0), *outline.max(0))]
    left, top, right, bottom = photo.truth["box"]
    x, y = rng.uniform(left, right), rng.uniform(top, bottom)
    return [round(float(v), 2) for v in (x - 30, y - 30, x + 30, y + 30)]


def _around(box: Sequence[float], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The crop that is taken anew for a change in this box, within a photo of this (width, height)."""
    left, top, right, bottom = box
    more = AROUND_PX + AROUND * max(right - left, bottom - top)
    return (
        max(0, int(left - more)),
        max(0, int(top - more)),
        min(size[0], int(right + more) + 1),
        min(size[1], int(bottom + more) + 1),
    )


def chosen(photo: FamilyPhoto, count: int) -> list[str]:
    """`count` of the defects that this piece can have, by lot; every defect is as likely as any other on some piece."""
    name, seed = photo.truth["family"], photo.truth["seed"]
    order = [list(DEFECTS)[k] for k in _rng(name, seed, "which defects").permutation(len(DEFECTS))]
    seen = subject(photo)
    found: list[str] = []
    for defect in order:
        if len(found) == count:
            break
        if DEFECTS[defect].alter(seen, _rng(name, seed, defect)):
            found.append(defect)
    return found


def subject(photo: FamilyPhoto) -> Subject:
    """The piece of a photograph with what is seen of its parts."""
    visible = {f["id"]: f["visible_share"] for f in photo.truth["features"]}
    return Subject(family(photo.truth["family"], photo.truth["seed"]), visible)


def _rng(name: str, seed: int, what: str) -> np.random.Generator:
    digest = hashlib.sha256(f"{name}/{seed}/{what}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier.retakes", description=__doc__)
    parser.add_argument("--seeds", default="0-1", help="a first and a last seed, as 0-3")
    parser.add_argument("--family", choices=sorted(FAMILIES), action="append", help="only this one; may be repeated")
    parser.add_argument("--each", type=int, metavar="N", help="N defects a piece, by lot (default: all it can have)")
    parser.add_argument(
        "--defect", choices=sorted([NOTHING, *DEFECTS]), action="append", help="only this one; may be repeated"
    )
    parser.add_argument(
        "--stop-after", type=float, default=float("inf"), metavar="S", help="begin none after S seconds"
    )
    parser.add_argument("--kept-only", action="store_true", help="only pieces whose first photograph is there")
    asked = parser.parse_args(arguments)
    first, last = (int(n) for n in (asked.seeds.split("-") * 2)[:2])
    began = time.monotonic()
    for seed in range(first, last + 1):
        for name in asked.family or FAMILIES:
            if asked.kept_only and not kept_photo(name, seed):
                continue
            wanted: list[str | None] = [None, NOTHING, *DEFECTS]
            if asked.defect:
                wanted = [*asked.defect]
            elif asked.each is not None:
                wanted = [None, NOTHING, *chosen(family_photo(name, seed), asked.each)]
            for defect in wanted:
                if kept_retake(name, seed, defect):
                    continue
                if time.monotonic() - began > asked.stop_after:
                    print("stopped; run again for the rest")
                    return 0
                started = time.monotonic()
                made = retaken(name, seed, defect)
                said = made.change.get("words", "relit") if made.change else "nothing there for it"
                print(f"{name} {seed} {defect or 'relight'}  {said}  {time.monotonic() - started:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
