"""Photographs of family pieces with their truth, kept in a cache under the hash of all that they are made from.

`python -m pipeline.atelier.family_photos --seeds 0-3` renders what is missing; a second run finds everything there.
A folder holds photo.jpg, alpha.png and truth.json (written last), whose stones carry their cut and their size in mm.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipeline.atelier.families import FAMILIES, family, sitting
from pipeline.atelier.gems import cut_of
from pipeline.atelier.photograph import photograph
from pipeline.atelier.pieces import build

# By family: raised whenever geometry, light or development change what its pieces look like.
RECIPES = dict.fromkeys(FAMILIES, 1) | dict.fromkeys(
    ("solitaire-pave", "pave-band", "channel-band", "eternity", "hoops", "bangle"), 2
)
SIZE_PX = 640
SPP = 12
JPEG_QUALITY = 92


@dataclass(frozen=True)
class FamilyPhoto:
    """A rendered photograph in the cache. `truth` is `Truth.as_json` with `family`, `seed`, `category` and `spec` added."""

    folder: Path
    truth: dict[str, Any]

    @property
    def photo(self) -> Path:
        return self.folder / "photo.jpg"

    def alpha(self) -> np.ndarray:
        """The true coverage (H, W) float32 in 0..1."""
        with Image.open(self.folder / "alpha.png") as image:
            return np.asarray(image, np.float32) / 255

    def stones(self) -> list[dict[str, Any]]:
        return [f for f in self.truth["features"] if f["kind"] == "stone"]


def cache_root(cache_dir: Path | None = None) -> Path:
    return (cache_dir or Path(os.environ.get("LOUPE_CACHE_DIR") or Path.home() / ".cache" / "loupe")) / "atelier"


def photo_key(name: str, seed: int, size_px: int = SIZE_PX, spp: int = SPP) -> str:
    """What the photograph is made from, as a hash."""
    words = json.dumps(
        [RECIPES[name], name, family(name, seed).model_dump(mode="json"), asdict(sitting(name, seed)), size_px, spp],
        sort_keys=True,
    )
    return hashlib.sha256(words.encode()).hexdigest()[:20]


def kept_photo(
    name: str, seed: int, size_px: int = SIZE_PX, spp: int = SPP, *, cache_dir: Path | None = None
) -> FamilyPhoto | None:
    """The photograph if the cache has it; renders nothing."""
    folder = cache_root(cache_dir) / photo_key(name, seed, size_px, spp)
    try:
        return FamilyPhoto(folder, json.loads((folder / "truth.json").read_text()))
    except (OSError, ValueError):
        return None


def family_photo(
    name: str, seed: int, size_px: int = SIZE_PX, spp: int = SPP, *, cache_dir: Path | None = None
) -> FamilyPhoto:
    """The photograph of `family(name, seed)`, its longer side `size_px`; rendered on first use (seconds at 640 px)."""
    kept = kept_photo(name, seed, size_px, spp, cache_dir=cache_dir)
    if kept:
        return kept
    spec = family(name, seed)
    taken = photograph(spec, size_px, spp, sitting=sitting(name, seed), fire=False)
    gems = {part.id: part.gem for part in build(spec).parts if part.kind == "stone"}
    truth = taken.truth.as_json()
    for feature in truth["features"]:
        if feature["kind"] == "stone":
            gem = gems[feature["id"]]
            # A pearl has no facets; its size follows from its outline.
            feature["cut"] = cut_of(gem) if gem else "pearl"
            feature["size_mm"] = np.ptp(gem.outline, axis=0).round(3).tolist() if gem else None
    spec_json = spec.model_dump(mode="json")
    truth |= {"family": name, "seed": seed, "category": FAMILIES[name].category, "spec": spec_json}
    photo, alpha = io.BytesIO(), io.BytesIO()
    Image.fromarray(taken.srgb8).save(photo, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    Image.fromarray((taken.truth.alpha * 255 + 0.5).astype(np.uint8)).save(alpha, "PNG")
    folder = cache_root(cache_dir) / photo_key(name, seed, size_px, spp)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "photo.jpg", photo.getvalue())
    write_whole(folder / "alpha.png", alpha.getvalue())
    write_whole(folder / "truth.json", json.dumps(truth, separators=(",", ":")).encode())
    return FamilyPhoto(folder, truth)


def write_whole(path: Path, data: bytes) -> None:
    """Whole or not at all, for readers beside us."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(temporary).replace(path)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier.family_photos", description=__doc__)
    parser.add_argument("--seeds", default="0-1", help="a first and a last seed, as 0-3")
    parser.add_argument("--family", choices=sorted(FAMILIES), action="append", help="only this one; may be repeated")
    parser.add_argument("--size", type=int, default=SIZE_PX)
    parser.add_argument("--spp", type=int, default=SPP)
    parser.add_argument(
        "--stop-after", type=float, default=float("inf"), metavar="S", help="begin none after S seconds"
    )
    asked = parser.parse_args(arguments)
    first, last = (int(n) for n in (asked.seeds.split("-") * 2)[:2])
    began = time.monotonic()
    for seed in range(first, last + 1):
        for name in asked.family or FAMILIES:
            if kept_photo(name, seed, asked.size, asked.spp):
                continue
            if time.monotonic() - began > asked.stop_after:
                print("stopped; run again for the rest")
                return 0
            started = time.monotonic()
            made = family_photo(name, seed, asked.size, asked.spp)
            print(
                f"{name} {seed}  {made.truth['counts']}  {time.monotonic() - started:.1f} s  {made.folder}", flush=True
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
