"""What a shot looks like so far. The apps above bring the pictures, so that this one needs to know none of them.

In an app's `ready()`: ``covers.SOURCES.append(covers_of_drafts)``. A source takes shots and the person who looks, and
answers a Cover by the shot's id for those it has a picture of that this person may see, in a fixed number of queries.
A later source covers an earlier one. A shot that none knows is shown by its piece's photo.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from briefs.models import Shot
from studio.models import Person


@dataclass(frozen=True)
class Cover:
    """A picture's address, and where it leads: `url` is empty where it leads nowhere."""

    picture: str
    url: str = ""


Source = Callable[[Sequence[Shot], Person], dict[int, Cover]]
SOURCES: list[Source] = []


def covers_of(shots: Sequence[Shot], person: Person) -> dict[int, Cover]:
    """The newest picture of each shot that has one, as far as `person` may see it."""
    found: dict[int, Cover] = {}
    if shots:
        for source in SOURCES:
            found |= source(shots, person)
    return found
