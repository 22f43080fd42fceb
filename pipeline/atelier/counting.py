"""How exactly fingerprints count what family photographs show: stones found, missed and made up, links off by how many.

    python -m pipeline.atelier.counting --seeds 1000-1001

A photo counts as exact when each of its sure stones (seen to 60 %, 8 px across its narrow side) is found once and nothing
is found where no stone is; stones that are barely seen may be found or not. Photographs come from the cache, mattes from
the photographs, as a client's would; with `--true-matte` the fingerprint is judged apart from the matte.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image

from pipeline.atelier.families import FAMILIES
from pipeline.atelier.family_photos import FamilyPhoto, kept_photo
from pipeline.errors import PictureError
from pipeline.fingerprint.model import RESOLVABLE_PX, Fingerprint
from pipeline.fingerprint.reading import read_fingerprint

SURELY_VISIBLE = 0.6
# A found stone is a true one when its centre lies this near, in parts of the true one's size.
NEAR = 0.35


@dataclass(frozen=True)
class Count:
    """One photo's counts. `sure`: stones that must be found; `missed` of them; `extra`: found where none is, or twice;
    `links` and `true_links`: None and 0 where there are none; `size_error`: median of found over true length, less 1."""

    family: str
    seed: int
    sure: int
    found: int
    missed: int
    extra: int
    links: int | None
    true_links: int
    size_error: float | None
    words: str

    @property
    def exact(self) -> bool:
        return self.missed == 0 and self.extra == 0


def count(photo: FamilyPhoto, *, true_matte: bool = False) -> Count:
    """The photo's fingerprint held against its truth, with the matte that the photo gives or the true one.

    Raises PictureError where the photo's own matte is refused.
    """
    truth = photo.truth
    _, found = read_fingerprint(_with_alpha(photo) if true_matte else photo.photo, truth["category"])
    missed, extra, sizes = matched(found, truth)
    sure = sum(is_sure(f) for f in photo.stones())
    return Count(
        truth["family"],
        truth["seed"],
        sure,
        len(found.stones),
        missed,
        extra,
        found.links.count if found.links else None,
        truth["counts"]["link"],
        round(float(np.median(sizes)) - 1, 4) if sizes else None,
        found.words,
    )


def _with_alpha(photo: FamilyPhoto) -> bytes:
    """The photograph as a PNG that carries its true coverage."""
    with Image.open(photo.photo) as opened:
        image = opened.convert("RGB")
    image.putalpha(Image.fromarray((photo.alpha() * 255).astype(np.uint8)))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def is_sure(feature: dict[str, Any]) -> bool:
    """Whether a true stone is seen well enough that it must be counted."""
    return feature["visible_share"] >= SURELY_VISIBLE and _narrow(feature) >= RESOLVABLE_PX


def matched(found: Fingerprint, truth: dict[str, Any]) -> tuple[int, int, list[float]]:
    """Sure stones missed, stones made up, and found over true lengths; nearest pairs first, one to one."""
    true = [f for f in truth["features"] if f["kind"] == "stone" and f["visible_share"] > 0.02]
    pairs = []
    for i, stone in enumerate(found.stones):
        for j, feature in enumerate(true):
            away = float(np.hypot(*(np.array(stone.outline.centre_px) - feature["centre"])))
            if away < NEAR * np.sqrt(4 * feature["area_px"] / np.pi):
                pairs.append((away, i, j))
    taken_i: set[int] = set()
    taken_j: set[int] = set()
    sizes = []
    for _, i, j in sorted(pairs):
        if i in taken_i or j in taken_j:
            continue
        taken_i.add(i)
        taken_j.add(j)
        if is_sure(true[j]):
            _, axes, _ = cv2.minAreaRect(np.array(true[j]["outline"], np.float32))
            sizes.append(found.stones[i].outline.axes_px[0] / max(axes))
    missed = sum(is_sure(f) and j not in taken_j for j, f in enumerate(true))
    return missed, len(found.stones) - len(taken_i), sizes


def _narrow(feature: dict[str, Any]) -> float:
    return float(min(cv2.minAreaRect(np.array(feature["outline"], np.float32))[1]))


def kept(seeds: Iterable[int]) -> list[FamilyPhoto]:
    """Every family's photographs of these seeds that the cache holds."""
    photos = [kept_photo(name, seed) for seed in seeds for name in FAMILIES]
    return [photo for photo in photos if photo]


def summary(counts: list[Count]) -> dict[str, Any]:
    """Shares over photos with sure stones, over stones, and over chains."""
    stones = [c for c in counts if c.sure]
    bare = [c for c in counts if not c.sure]
    chains = [c for c in counts if c.true_links > 20]
    sure, missed, extra = (sum(getattr(c, name) for c in stones) for name in ("sure", "missed", "extra"))
    return {
        "photos_with_stones": len(stones),
        "exact_share": round(sum(c.exact for c in stones) / max(len(stones), 1), 4),
        "recall": round(1 - missed / max(sure, 1), 4),
        "made_up_per_photo": round(extra / max(len(stones), 1), 3),
        "photos_without_stones": len(bare),
        "of_them_none_found": sum(c.found == 0 for c in bare),
        "chains": len(chains),
        "chains_counted": sum(c.links is not None for c in chains),
        "chains_exact": sum(c.links == c.true_links for c in chains),
        "chains_within_3_percent": sum(abs((c.links or 0) / c.true_links - 1) <= 0.03 for c in chains),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier.counting", description=__doc__)
    parser.add_argument("--seeds", default="1000-1001", help="a first and a last seed, as 1000-1001")
    parser.add_argument("--true-matte", action="store_true", help="with the true coverage instead of the photo's matte")
    asked = parser.parse_args(arguments)
    first, last = (int(n) for n in (asked.seeds.split("-") * 2)[:2])
    counts = []
    for photo in kept(range(first, last + 1)):
        try:
            counts.append(count(photo, true_matte=asked.true_matte))
        except PictureError as refused:
            print(f"{photo.truth['family']} {photo.truth['seed']}: refused, {refused.code}", file=sys.stderr)
            continue
        print(json.dumps(asdict(counts[-1]) | {"exact": counts[-1].exact}, ensure_ascii=False), flush=True)
    print(json.dumps(summary(counts), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
