"""What the studio will understand from a brief, in one sentence, and the pictures that it comes to."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import formats

from briefs.models import Brief
from briefs.vocabulary import MARKETS, MOODS, channel_label, crops_of, mood_words
from briefs.workflows import missing_for_submission


@dataclass(frozen=True)
class Understanding:
    """`lines` are (what, in words); `missing` is empty where the brief can be handed in."""

    sentence: str
    lines: list[tuple[str, str]]
    pictures: int
    missing: list[str]


def understand(brief: Brief) -> Understanding:
    wanted = list(brief.wanted.select_related("piece"))
    crops = crops_of(brief.channels)
    views = sum(row.pictures for row in wanted)
    pictures = views * len(crops)
    return Understanding(
        sentence=_sentence(brief, len(wanted), pictures),
        lines=_lines(brief, wanted, views, crops),
        pictures=pictures,
        missing=missing_for_submission(brief),
    )


def _sentence(brief: Brief, pieces: int, pictures: int) -> str:
    if not pieces:
        return "Nothing yet: begin with a piece."
    said = f"{_count(pictures, 'picture')} of {_count(pieces, 'piece')}"
    moods = [mood_words(slug) for slug in brief.moods if slug in MOODS]
    if moods:
        said += f", {_listed(moods)}"
    if brief.channels:
        said += f", for {_listed([channel_label(slug) for slug in brief.channels])}"
    if brief.deadline:
        said += f", by {formats.date_format(brief.deadline, 'j F')}"
    return said + "."


def _lines(brief: Brief, wanted: list, views: int, crops: dict[str, list[str]]) -> list[tuple[str, str]]:
    lines = []
    if wanted:
        lines.append(("Pieces", _listed([f"{row.piece.name} × {row.pictures}" for row in wanted])))
    if brief.channels:
        shapes = [f"{crop} ({_listed([channel_label(s) for s in slugs])})" for crop, slugs in crops.items()]
        lines.append(("Shapes", f"{_count(views, 'view')}, each in {_listed(shapes)}" if views else _listed(shapes)))
    if brief.markets:
        lines.append(("Markets", _listed([MARKETS.get(slug, slug) for slug in brief.markets])))
    wishes = [("Purpose", brief.purpose), ("Mood", brief.mood), ("Light", brief.light_wishes)]
    wishes += [("Pose", brief.pose_wishes), ("Model", brief.model_wishes), ("Notes", brief.notes)]
    lines += [(name, words) for name, words in wishes if words.strip()]
    lines.append(("Tier", brief.get_tier_display()))
    return lines


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
