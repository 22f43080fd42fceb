"""What a person confirmed of a fingerprint: the stones as they should be, drawn on the photo.

A confirmation is the whole list of stones, not a list of edits, so that it reads the same in any order and undoing
needs no rule. A stone that keeps its id was found by the reader; one without was added. Applied to the fingerprint
(`confirmed_by`), it gives the one that later holds: every stone sure, counted anew and grouped anew.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from pipeline.errors import PhotoRefused
from pipeline.fingerprint.groups import grouped
from pipeline.fingerprint.model import (
    RESOLVABLE_PX,
    Ellipse,
    Fingerprint,
    Links,
    Part,
    Point,
    Stone,
    StoneColour,
)
from pipeline.fingerprint.prongs import holding
from pipeline.fingerprint.words import count_words

# More than any jewel's photo can show apart; a list beyond it is no confirmation.
MOST_STONES = 2000
LEAST_AXIS_PX = 1.0
# A stone whose outline's middle went less than this, in its lengths, and kept its size this well, wasn't moved.
STILL, SAME_SIZE = 0.02, 0.02
SURE = 1.0


class ConfirmedStone(Part):
    """A stone as a person says it is. `id`: the reader's, or None for one that was added."""

    id: Annotated[str, Field(max_length=40)] | None = None
    outline: Ellipse
    colour: StoneColour = "clear"


class Confirmation(Part):
    """All stones of a photo, and its chain's links where a person counted them (None: as they were read)."""

    version: Literal[1] = 1
    stones: Annotated[tuple[ConfirmedStone, ...], Field(max_length=MOST_STONES)]
    links: Annotated[int, Field(ge=0, le=5000)] | None = None

    def sha256(self) -> str:
        words = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(words.encode()).hexdigest()


@dataclass(frozen=True)
class Corrections:
    """How a confirmation differs from the reading, as counts of stones."""

    kept: int
    moved: int
    added: int
    removed: int

    @property
    def any(self) -> bool:
        return bool(self.moved or self.added or self.removed)


def as_read(fingerprint: Fingerprint) -> Confirmation:
    """The confirmation that changes nothing."""
    stones = tuple(ConfirmedStone(id=s.id, outline=s.outline, colour=s.colour) for s in fingerprint.stones)
    return Confirmation(stones=stones)


def read_confirmation(data: Any, fingerprint: Fingerprint) -> Confirmation:
    """A confirmation from plain data, held against the reading that it is of.

    Raises PhotoRefused: ``confirmation.unreadable`` for another shape, ``confirmation.unknown_stone`` for an id that
    the reading doesn't have or that comes twice, ``confirmation.outside`` for a stone off the photo or without size.
    """
    try:
        confirmation = Confirmation.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the list"
        raise PhotoRefused(
            "confirmation.unreadable",
            f"The confirmed stones can't be read: {where}: {first['msg'].lower()}.",
            "Open the page anew and confirm again. Nothing was changed.",
        ) from error
    named = [stone.id for stone in confirmation.stones if stone.id is not None]
    known = {stone.id for stone in fingerprint.stones}
    strange = next((i for i in named if i not in known or named.count(i) > 1), None)
    if strange is not None:
        raise PhotoRefused(
            "confirmation.unknown_stone",
            f"“{strange}” is no stone of this reading, or it is named twice.",
            "The photo may have been read anew meanwhile: open the page again. Nothing was changed.",
        )
    width, height = fingerprint.photo_size
    for stone in confirmation.stones:
        (x, y), axes = stone.outline.centre_px, stone.outline.axes_px
        inside = 0 <= x <= width - 1 and 0 <= y <= height - 1
        if not inside or not min(axes) >= LEAST_AXIS_PX or max(axes) > max(width, height):
            raise PhotoRefused(
                "confirmation.outside",
                f"A stone at {x:.0f}, {y:.0f} lies outside the photo, or has no size.",
                "Draw it on the piece. Nothing was changed.",
            )
    return confirmation


def confirmed_by(fingerprint: Fingerprint, confirmation: Confirmation) -> Fingerprint:
    """The fingerprint with the confirmed stones: sure, grouped and counted anew. Everything else is as read."""
    left, top, right, bottom = fingerprint.box
    middle = np.array([(left + right - 1) / 2, (top + bottom - 1) / 2])
    width_px = right - left
    mm = fingerprint.width_mm / width_px if fingerprint.width_mm else None
    read = {stone.id: stone for stone in fingerprint.stones}
    stones = []
    for number, stone in enumerate(confirmation.stones, 1):
        outline = _longer_first(stone.outline)
        dx, dy = (np.array(outline.centre_px) - middle) / width_px
        stones.append(
            Stone(
                id=f"stone-{number:03d}",
                outline=outline,
                centre=(round(float(dx), 5), round(float(-dy), 5)),
                size_mm=(round(outline.axes_px[0] * mm, 3), round(outline.axes_px[1] * mm, 3)) if mm else None,
                colour=stone.colour,
                group="",
                confidence=SURE,
                # A person may know that it is there; whether it can be judged in a picture is for its pixels to say.
                resolvable=min(outline.axes_px) >= RESOLVABLE_PX,
                **_as_read(read.get(stone.id or ""), outline),
            )
        )
    named, groups = grouped(stones)
    links = _links(fingerprint.links, confirmation.links)
    unread = fingerprint.links_unread if confirmation.links is None else None
    return fingerprint.model_copy(
        update={
            "stones": named,
            "groups": groups,
            "prongs": holding(fingerprint.prongs, named),
            "links": links,
            "unparted": 0.0,
            "confidence": SURE,
            "words": count_words(groups, named, links, links_unread=unread),
            "links_unread": unread,
        }
    )


def corrections(fingerprint: Fingerprint, confirmation: Confirmation) -> Corrections:
    """What was corrected, counted."""
    read = {stone.id: stone.outline for stone in fingerprint.stones}
    kept = moved = added = 0
    for stone in confirmation.stones:
        if stone.id is None:
            added += 1
        elif _stayed(read[stone.id], stone.outline):
            kept += 1
        else:
            moved += 1
    return Corrections(kept, moved, added, len(read) - kept - moved)


def _as_read(read: Stone | None, outline: Ellipse) -> dict[str, Any]:
    """What of a stone's reading still holds: cut and setting, where it lies as it was read."""
    if read is None or not _stayed(read.outline, outline):
        return {}
    return read.model_dump(include={"cut", "cut_confidence", "setting", "setting_confidence"})


def _links(read: Links | None, counted: int | None) -> Links | None:
    if counted is None:
        return read
    if read is None:
        return None if not counted else Links(count=counted, pitch_px=0, length_px=0, confidence=SURE, resolvable=False)
    # A person who counts otherwise has counted links, also where turns were read.
    unit = read.unit if counted == read.count else "link"
    return read.model_copy(update={"count": counted, "confidence": SURE, "unit": unit})


def _stayed(before: Ellipse, now: Ellipse) -> bool:
    gone = float(np.hypot(*np.subtract(before.centre_px, now.centre_px)))
    sizes = np.divide(sorted(now.axes_px), np.maximum(sorted(before.axes_px), 1e-6))
    return gone <= STILL * before.axes_px[0] + 0.5 and bool(np.all(np.abs(sizes - 1) <= SAME_SIZE))


def _longer_first(outline: Ellipse) -> Ellipse:
    """The same ellipse, its longer axis first and its angle in -90..90, as the reader writes them."""
    (first, second), angle = outline.axes_px, outline.angle_deg
    axes: Point = (first, second)
    if second > first:
        axes, angle = (second, first), angle + 90
    angle = (angle + 90) % 180 - 90
    return Ellipse(centre_px=outline.centre_px, axes_px=axes, angle_deg=round(angle, 1))
