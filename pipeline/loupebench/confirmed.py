"""The fingerprint as a brand confirmed it: what the reader found, its stones and prongs put right by the truth.

LoupeBench asks whether a change is seen, not whether the photo was read: that has its own figures (`atelier.counts.counting`).
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from pipeline.atelier.camera import Camera
from pipeline.atelier.defects.prongs import tip_of
from pipeline.atelier.families import family as spec_of
from pipeline.atelier.families import sitting
from pipeline.atelier.family_photos import SIZE_PX, cache_root, kept_photo, photo_key, write_whole
from pipeline.atelier.photograph import staged
from pipeline.atelier.pieces import Part
from pipeline.atelier.retakes import RELIT_VERSION
from pipeline.fingerprint.groups import grouped
from pipeline.fingerprint.model import (
    RESOLVABLE_PX,
    RESOLVABLE_TIP_PX,
    Ellipse,
    Fingerprint,
    Prong,
    Stone,
    StoneColour,
)
from pipeline.fingerprint.reading import READER, fingerprint_of
from pipeline.loupebench.pairs import reference

# What is seen to this share is confirmed as being there; of less, nobody would ask that it be found again.
CONFIRMED_FROM = 0.4
_COLOURS: dict[str, StoneColour] = {
    "diamond": "clear",
    "sapphire": "blue",
    "emerald": "green",
    "ruby": "red",
    "black diamond": "black",
    "pearl": "pearl",
}


@lru_cache(maxsize=8)
def confirmed(name: str, seed: int, relit: bool) -> Fingerprint:
    """The confirmed fingerprint of a piece's photo, or of its relit one."""
    photo = kept_photo(name, seed)
    assert photo is not None
    truth = photo.truth
    read = _as_read(name, seed, relit, truth)
    left, top, right, bottom = read.box
    wide = max(right - left, 1)
    middle = np.array([(left + right - 1) / 2, (top + bottom - 1) / 2])
    stage = staged(spec_of(name, seed), SIZE_PX, sitting(name, seed))
    made = {part.id: part for part in stage.piece.parts}

    def placed(centre: Any) -> tuple[float, float]:
        x, y = (np.asarray(centre) - middle) / wide
        return float(x), float(-y)

    stones, prongs = [], []
    for feature in truth["features"]:
        if feature["visible_share"] < CONFIRMED_FROM:
            continue
        if feature["kind"] == "stone":
            outline = _ellipse(feature)
            narrow = min(outline.axes_px)
            mm = tuple(axis / wide * truth["width_mm"] for axis in outline.axes_px)
            stones.append(
                Stone(
                    id=feature["id"],
                    outline=outline,
                    centre=placed(feature["centre"]),
                    size_mm=(mm[0], mm[1]),
                    colour=_COLOURS[feature["material"]],
                    group="",
                    confidence=1.0,
                    resolvable=narrow >= RESOLVABLE_PX,
                )
            )
        elif feature["kind"] == "prong":
            part = made[feature["id"]]
            centre, size = _tip(part, stage.camera)
            prongs.append(
                Prong(
                    id=feature["id"],
                    tip=part.tip or "claw",
                    centre_px=centre,
                    centre=placed(centre),
                    size_px=size,
                    stones=tuple(feature["holds"]),
                    confidence=1.0,
                    resolvable=size >= RESOLVABLE_TIP_PX,
                )
            )
    named, groups = grouped(stones)
    return read.model_copy(
        update={"stones": named, "groups": groups, "prongs": tuple(prongs), "confidence": 1.0, "unparted": 0.0}
    )


def _as_read(name: str, seed: int, relit: bool, truth: dict[str, Any]) -> Fingerprint:
    """What the reader finds in the photo, kept beside the photographs: it takes longer than all checks."""
    words = json.dumps([READER, RELIT_VERSION, photo_key(name, seed), relit])
    file = cache_root() / "read" / f"{hashlib.sha256(words.encode()).hexdigest()[:20]}.json"
    try:
        return Fingerprint.model_validate_json(file.read_text())
    except (OSError, ValueError):
        read = fingerprint_of(reference(name, seed, relit), truth["category"], truth["width_mm"])
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, read.model_dump_json().encode())
    return read


def _ellipse(feature: dict[str, Any]) -> Ellipse:
    """The ellipse of a silhouette's own moments: exact for one that is seen as an ellipse."""
    points = np.array(feature["outline"], np.float32)
    if len(points) >= 5:
        (x, y), (one, two), angle = cv2.fitEllipse(points)
    else:
        (x, y), (one, two), angle = cv2.minAreaRect(points)
    if two > one:  # OpenCV's angle is that of the first axis
        one, two, angle = two, one, angle + 90
    return Ellipse(
        centre_px=(float(x), float(y)), axes_px=(float(one), float(two)), angle_deg=float((angle + 90) % 180 - 90)
    )


def _tip(part: Part, camera: Camera) -> tuple[tuple[float, float], float]:
    """Where a prong ends in the photo, and how wide its wire is seen there, px: its mesh runs from its root to its tip."""
    end = camera.project(part.mesh.vertices[-24:-2])[:, :2].mean(0)
    about = camera.project(tip_of(part.mesh).vertices)[:, :2].astype(np.float32)
    return (float(end[0]), float(end[1])), float(min(cv2.minAreaRect(about)[1]))
