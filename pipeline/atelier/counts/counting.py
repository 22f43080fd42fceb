"""How exactly fingerprints count what family photographs show: stones and prongs found, missed and made up, links off by
how many, and how far a count's confidence can be believed.

    python -m pipeline.atelier.counts.counting --seeds 1000-1001

A photo counts as exact when each of its sure stones (seen to 60 %, 8 px across its narrow side) is found once and nothing
is found where no stone is; stones that are barely seen may be found or not. It is counted whole when that holds for stones
of any size: what a count's confidence speaks of. Photographs come from the cache, mattes from the photographs, as a
client's would; with `--true-matte` the fingerprint is judged apart from the matte; with `--scales 1,0.5,0.25` photographs
are reduced too, for stones of few pixels.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image

from pipeline.atelier.counts.count_summary import summary
from pipeline.atelier.families import FAMILIES
from pipeline.atelier.family_photos import FamilyPhoto, kept_photo
from pipeline.errors import PictureError
from pipeline.fingerprint.model import RESOLVABLE_PX, RESOLVABLE_TIP_PX, Fingerprint
from pipeline.fingerprint.reading import read_fingerprint

SURELY_VISIBLE, BARELY_VISIBLE = 0.6, 0.02
# A found stone is a true one when its centre lies this near, in parts of the true one's size.
NEAR = 0.35
# A found tip is a true one when it lies this near, in parts of the true one's size, and a pixel more.
TIP_NEAR = 0.6
TIP_VISIBLE, TIP_BARELY = 0.35, 0.03


@dataclass(frozen=True)
class Matched:
    """Stones: sure ones missed, those too small to be sure missed, made up ones, found over true lengths."""

    missed: int
    missed_small: int
    extra: int
    sizes: tuple[float, ...]


@dataclass(frozen=True)
class Tips:
    """Prongs' tips: sure ones, missed of them, made up ones, and of those that were found, of another kind."""

    sure: int = 0
    missed: int = 0
    extra: int = 0
    other_kind: int = 0


@dataclass(frozen=True)
class Count:
    """One photo's counts. `sure`: stones that must be found; `missed` of them; `extra`: found where none is, or twice;
    `links` and `true_links`: None and 0 where there are none; `size_error`: median of found over true length, less 1;
    `missed_small`: well seen stones missed that are too small to be sure; `narrow_px`: a tenth of the well seen stones are
    narrower; `seconds` of reading."""

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
    confidence: float = 0.0
    scale: float = 1.0
    missed_small: int = 0
    narrow_px: float | None = None
    seconds: float = 0.0
    tips: Tips = Tips()

    @property
    def exact(self) -> bool:
        return self.missed == 0 and self.extra == 0

    @property
    def whole(self) -> bool:
        return self.exact and self.missed_small == 0


def count(photo: FamilyPhoto, *, true_matte: bool = False, scale: float = 1.0) -> Count:
    """The photo's fingerprint held against its truth, with the matte that the photo gives or the true one; the photo
    reduced to `scale` first.

    Raises PictureError where the photo's own matte is refused.
    """
    truth = reduced_truth(photo.truth, scale)
    data = picture_bytes(photo, true_matte=true_matte, scale=scale)
    began = time.perf_counter()
    _, found = read_fingerprint(data, truth["category"])
    seconds = time.perf_counter() - began
    stones = matched(found, truth)
    seen = [f for f in truth["features"] if f["kind"] == "stone" and f["visible_share"] >= SURELY_VISIBLE]
    return Count(
        truth["family"],
        truth["seed"],
        sum(is_sure(f) for f in seen),
        len(found.stones),
        stones.missed,
        stones.extra,
        found.links.count if found.links and found.links.unit == "link" else None,
        truth["counts"]["link"],
        round(float(np.median(stones.sizes)) - 1, 4) if stones.sizes else None,
        found.words,
        found.confidence,
        scale,
        stones.missed_small,
        round(float(np.quantile([_narrow(f) for f in seen], 0.1)), 2) if seen else None,
        round(seconds, 2),
        matched_tips(found, truth),
    )


def picture_bytes(photo: FamilyPhoto, *, true_matte: bool, scale: float = 1.0) -> bytes:
    """The photograph reduced to `scale` as a PNG, which carries its true coverage where `true_matte`."""
    if scale == 1 and not true_matte:
        return photo.photo.read_bytes()
    with Image.open(photo.photo) as opened:
        image = opened.convert("RGB")
    if true_matte:
        image.putalpha(Image.fromarray((photo.alpha() * 255).astype(np.uint8)))
    if scale != 1:
        size = (round(image.width * scale), round(image.height * scale))
        image = image.resize(size, Image.Resampling.BOX if scale in (0.5, 0.25) else Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def reduced_truth(truth: dict[str, Any], scale: float) -> dict[str, Any]:
    """The truth of the photograph reduced to `scale`: the same features in its pixels."""
    if scale == 1:
        return truth

    def place(points: Any) -> Any:
        return ((np.array(points, float) + 0.5) * scale - 0.5).tolist()

    features = []
    for feature in truth["features"]:
        own = dict(feature)
        own["centre"], own["outline"] = place(feature["centre"]), place(feature["outline"])
        own["area_px"] = feature["area_px"] * scale**2
        if "tip_centre" in feature:
            own["tip_centre"], own["tip_px"] = place(feature["tip_centre"]), feature["tip_px"] * scale
        features.append(own)
    return truth | {"features": features}


def is_sure(feature: dict[str, Any]) -> bool:
    """Whether a true stone is seen well enough that it must be counted."""
    return bool(feature["visible_share"] >= SURELY_VISIBLE and _narrow(feature) >= RESOLVABLE_PX)


def matched(found: Fingerprint, truth: dict[str, Any]) -> Matched:
    """Stones found held against true ones; nearest pairs first, one to one. Of a stone that is barely seen only a part shows,
    whose middle is not the stone's: what is found anywhere on it is that stone, once."""
    true = [f for f in truth["features"] if f["kind"] == "stone" and f["visible_share"] > BARELY_VISIBLE]
    reach = [NEAR * float(np.sqrt(4 * f["area_px"] / np.pi)) for f in true]
    pairs = paired([s.outline.centre_px for s in found.stones], [f["centre"] for f in true], reach)
    slivers = {j for j, f in enumerate(true) if f["visible_share"] < SURELY_VISIBLE} - set(pairs.values())
    for i, stone in enumerate(found.stones):
        on = next((j for j in slivers if i not in pairs and _lies_on(stone.outline.centre_px, true[j])), None)
        if on is not None:
            pairs[i] = on
            slivers.remove(on)
    sizes = []
    for i, j in pairs.items():
        if is_sure(true[j]):
            _, axes, _ = cv2.minAreaRect(np.array(true[j]["outline"], np.float32))
            sizes.append(found.stones[i].outline.axes_px[0] / max(axes))
    missed = [f for j, f in enumerate(true) if j not in pairs.values() and f["visible_share"] >= SURELY_VISIBLE]
    sure = sum(is_sure(f) for f in missed)
    return Matched(sure, len(missed) - sure, len(found.stones) - len(pairs), tuple(sizes))


def matched_tips(found: Fingerprint, truth: dict[str, Any]) -> Tips:
    """Prongs found held against true tips. Sure are those seen to a third and 4 px across that hold a sure stone."""
    prongs = [f for f in truth["features"] if f["kind"] == "prong"]
    if any("tip" not in f for f in prongs):
        return Tips()
    seen = {f["id"] for f in truth["features"] if f["kind"] == "stone" and is_sure(f)}
    true = [f for f in prongs if f.get("tip_visible_share", 0) > TIP_BARELY]
    reach = [TIP_NEAR * f["tip_px"] + 1 for f in true]
    pairs = paired([p.centre_px for p in found.prongs], [f["tip_centre"] for f in true], reach)
    sure = {
        j
        for j, f in enumerate(true)
        if f["tip_visible_share"] >= TIP_VISIBLE and f["tip_px"] >= RESOLVABLE_TIP_PX and seen & set(f["holds"])
    }
    other = sum(found.prongs[i].tip != true[j]["tip"] for i, j in pairs.items() if j in sure)
    return Tips(len(sure), len(sure - set(pairs.values())), len(found.prongs) - len(pairs), other)


def paired(found: Sequence[Any], true: Sequence[Any], reach: Sequence[float]) -> dict[int, int]:
    """Places found to true places within each one's reach, the nearest first, one to one: found's index to true's."""
    if not len(found) or not len(true):
        return {}
    away = np.hypot(*(np.array(found, float)[:, None] - np.array(true, float)[None]).transpose(2, 0, 1))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for i, j in sorted(np.argwhere(away < np.array(reach)).tolist(), key=lambda p: away[p[0], p[1]]):
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return pairs


def _lies_on(at: tuple[float, float], feature: dict[str, Any]) -> bool:
    return cv2.pointPolygonTest(np.array(feature["outline"], np.float32), at, False) >= 0


def _narrow(feature: dict[str, Any]) -> float:
    return float(min(cv2.minAreaRect(np.array(feature["outline"], np.float32))[1]))


def kept(seeds: Iterable[int]) -> list[FamilyPhoto]:
    """Every family's photographs of these seeds that the cache holds."""
    photos = [kept_photo(name, seed) for seed in seeds for name in FAMILIES]
    return [photo for photo in photos if photo]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier.counts.counting", description=__doc__)
    parser.add_argument("--seeds", default="1000-1001", help="a first and a last seed, as 1000-1001")
    parser.add_argument("--true-matte", action="store_true", help="with the true coverage instead of the photo's matte")
    parser.add_argument("--scales", default="1", help="how far photographs are reduced, as 1,0.5,0.25")
    asked = parser.parse_args(arguments)
    first, last = (int(n) for n in (asked.seeds.split("-") * 2)[:2])
    counts = []
    for photo in kept(range(first, last + 1)):
        for scale in (float(s) for s in asked.scales.split(",")):
            try:
                counts.append(count(photo, true_matte=asked.true_matte, scale=scale))
            except PictureError as refused:
                print(f"{photo.truth['family']} {photo.truth['seed']}: refused, {refused.code}", file=sys.stderr)
                continue
            told = asdict(counts[-1]) | {"exact": counts[-1].exact, "whole": counts[-1].whole}
            print(json.dumps(told, ensure_ascii=False), flush=True)
    print(json.dumps(summary(counts), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
