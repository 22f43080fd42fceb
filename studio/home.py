"""The home page's sections. Each app brings its own, so that this app needs to know none of them.

In an app's `ready()`::

    from studio import home
    from review.home import drafts_for

    home.SECTIONS.append(drafts_for)

    def drafts_for(person):                       # review/home.py
        items = [home.Item(str(d), reverse("draft", args=[d.pk]), detail="due Thursday", badge="To review", tone="act")
                 for d in ...visible_to(person)[:6]]
        return home.Section("Waiting for you", items, order=10, more_url=reverse("reviews"))

A callable answers a Section, a list of them, or None where it has nothing for this person. Sections with the same title
are one section on the page, in the order of `order`: 10 what waits for you, 20 work in hand, 30 delivered, 40 pieces. A
section with `template` renders that partial with itself as `section` (and `context`) instead of the usual rows. Ask the
database for what is shown and no more: home has a query budget that doesn't grow with rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from studio.models import Person

Tone = Literal["quiet", "ok", "warn", "bad", "act"]


@dataclass(frozen=True)
class Item:
    """One thing that leads somewhere. `picture` is a thumbnail's address; `late` draws the hairline."""

    title: str
    url: str
    detail: str = ""
    badge: str = ""
    tone: Tone = "quiet"
    picture: str = ""
    late: bool = False


@dataclass
class Section:
    """A titled list: as `rows` (default) or as a grid of `pictures`. `empty` is said where there is no item; without it
    an empty section isn't shown."""

    title: str
    items: list[Item] = field(default_factory=list)
    order: int = 50
    shape: Literal["rows", "pictures"] = "rows"
    empty: str = ""
    more_url: str = ""
    more_label: str = "All"
    count: int | None = None
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)


SectionMaker = Callable[[Person], "Section | list[Section] | None"]
SECTIONS: list[SectionMaker] = []


def sections_for(person: Person) -> list[Section]:
    """Every section that has something for this person, in their order, same titles joined."""
    made: list[Section] = []
    for make in SECTIONS:
        answer = make(person)
        made += answer if isinstance(answer, list) else [answer] if answer else []
    joined: dict[str, Section] = {}
    for section in sorted(made, key=lambda s: s.order):
        first = joined.get(section.title)
        if first is None or section.template or first.template:
            joined[section.title if first is None else f"{section.title}#{len(joined)}"] = section
        else:
            total = (first.count or len(first.items)) + (section.count or len(section.items))
            first.items = [*first.items, *section.items]
            first.count, first.empty = total, first.empty or section.empty
    return [s for s in joined.values() if s.items or s.empty or s.template]
