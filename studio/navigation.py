"""The header's navigation: what a person of a brand and a person of the studio find there, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from studio.models import Person

# (label, URL name, addresses that belong to it). A shot's desk belongs to the board, a draft to the reviews.
_HOME = ("Home", "home", ())
_BRIEFS = ("Briefs", "briefs", ("/briefs/",))
_PIECES = ("Pieces", "pieces", ("/pieces/",))
_REVIEWS = ("Reviews", "reviews", ("/reviews/", "/drafts/"))
_DELIVERIES = ("Deliveries", "deliveries", ("/deliveries/",))
_BOARD = ("Board", "board", ("/board/", "/shots/", "/generations/"))
_PLATES = ("Plates", "plates", ("/plates/",))
_PEOPLE = ("People", "people", ("/people/",))
FOR_BRANDS = (_HOME, _BRIEFS, _PIECES, _PLATES, _REVIEWS, _DELIVERIES)
FOR_THE_STUDIO = (_HOME, _BOARD, _BRIEFS, _PIECES, _PLATES, _REVIEWS, _DELIVERIES, _PEOPLE)


@dataclass(frozen=True)
class Place:
    """One entry: `current` where the page shown belongs to it."""

    label: str
    url: str
    current: bool


def places(person: Person, path: str) -> list[Place]:
    """The entries for this person, the one that `path` belongs to marked."""
    found = []
    for label, name, prefixes in FOR_THE_STUDIO if person.is_studio else FOR_BRANDS:
        url = reverse(name)
        found.append(Place(label, url, path == url or any(path.startswith(prefix) for prefix in prefixes)))
    return found
