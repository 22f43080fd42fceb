"""The three sample pieces, and where their photographs are.

The finished photographs lie beside this module in photos/, made by `python -m pipeline.atelier pipeline/atelier/photos`.
Each carries the key of what it was made from. Where a spec or the recipe has changed since, or a file is missing, the
sample is rendered anew on first use and kept in LOUPE_CACHE_DIR (default ~/.cache/loupe) under its key.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipeline.atelier.photograph import photograph
from pipeline.atelier.specs import EarringsSpec, NecklaceSpec, RingSpec, Spec
from pipeline.direction import Category

# By form: raised whenever geometry, light or development change what its specs look like.
RECIPES = {"ring": 1, "necklace": 2, "earrings": 1}
JPEG_QUALITY = 92
PHOTOS = Path(__file__).with_name("photos")


@dataclass(frozen=True)
class Sample:
    """A sample piece: its spec, what a brand would declare of it, and how large and how finely it is photographed.

    `width_mm` is the full width across the matte's box, as Loupe takes a piece's size; a test holds it to the truth.
    """

    spec: Spec
    sku: str
    title: str
    category: Category
    metal: str
    width_mm: float
    facts: dict[str, int]
    size_px: int
    spp: int = 64

    def key(self) -> str:
        """What the photograph is made from, as a hash: spec, recipe, size and samples."""
        words = f"{RECIPES[self.spec.form]}/{self.spec.sha256()}/{self.size_px}/{self.spp}"
        return hashlib.sha256(words.encode()).hexdigest()[:20]


SAMPLES: dict[str, Sample] = {
    "halo-ring": Sample(
        RingSpec(), "LP-R-018", "Halo ring", "ring", "yellow gold", 16.47, {"stones": 19, "prongs": 42}, size_px=1600
    ),
    "flower-necklace": Sample(
        NecklaceSpec(),
        "LP-N-147",
        "Flower pendant on a cable chain",
        "necklace",
        "yellow gold",
        135.38,
        {"stones": 7, "prongs": 24, "links": 147},
        size_px=2000,
    ),
    "sapphire-drops": Sample(
        EarringsSpec(),
        "LP-E-044",
        "Sapphire drop earrings",
        "earring",
        "white gold",
        32.06,
        {"stones": 44, "prongs": 54, "links": 12},
        size_px=1600,
    ),
}


def sample_photo(name: str, cache_dir: Path | None = None) -> Path:
    """The JPEG of a sample; rendered on first use (minutes on two cores) only where the finished one no longer fits."""
    return _home(name, cache_dir) / f"{name}.jpg"


def sample_truth(name: str, cache_dir: Path | None = None) -> dict[str, Any]:
    """The exact truth of a sample's photo, as `Truth.as_json` gives it, with its key, facts and the photo's SHA-256."""
    truth: dict[str, Any] = json.loads((_home(name, cache_dir) / f"{name}.json").read_text())
    return truth


def sample_alpha(name: str, cache_dir: Path | None = None) -> np.ndarray:
    """The true coverage (H, W) float32 in 0..1 of a sample's photo."""
    with Image.open(_home(name, cache_dir) / f"{name}.alpha.png") as image:
        return np.asarray(image, np.float32) / 255


def make(name: str, out_dir: Path, size_px: int | None = None, spp: int | None = None) -> Path:
    """Renders a sample into `out_dir`: NAME.jpg, NAME.alpha.png and NAME.json. The JSON is written last, so that
    a folder that has it has the others whole."""
    sample = SAMPLES[name]
    taken = photograph(sample.spec, size_px or sample.size_px, spp or sample.spp)
    full = (size_px or sample.size_px, spp or sample.spp) == (sample.size_px, sample.spp)
    photo = io.BytesIO()
    Image.fromarray(taken.srgb8).save(
        photo, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True, progressive=True
    )
    alpha = io.BytesIO()
    Image.fromarray((taken.truth.alpha * 255 + 0.5).astype(np.uint8)).save(alpha, "PNG", optimize=True)
    truth = taken.truth.as_json() | {
        "key": sample.key() if full else "",
        "sha256": hashlib.sha256(photo.getvalue()).hexdigest(),
        "spec": sample.spec.model_dump(mode="json"),
    }
    out_dir.mkdir(parents=True, exist_ok=True)
    _write(out_dir / f"{name}.jpg", photo.getvalue())
    _write(out_dir / f"{name}.alpha.png", alpha.getvalue())
    _write(out_dir / f"{name}.json", json.dumps(truth, separators=(",", ":")).encode() + b"\n")
    return out_dir / f"{name}.jpg"


def _home(name: str, cache_dir: Path | None) -> Path:
    sample = SAMPLES[name]
    if _fits(PHOTOS, name, sample.key()):
        return PHOTOS
    root = cache_dir or Path(os.environ.get("LOUPE_CACHE_DIR") or Path.home() / ".cache" / "loupe")
    folder = root / "atelier" / sample.key()
    if not _fits(folder, name, sample.key()):
        make(name, folder)
    return folder


def _fits(folder: Path, name: str, key: str) -> bool:
    try:
        truth = json.loads((folder / f"{name}.json").read_text())
    except (OSError, ValueError):
        return False
    present = (folder / f"{name}.jpg").exists() and (folder / f"{name}.alpha.png").exists()
    return present and bool(truth.get("key") == key)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, for readers beside us."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
