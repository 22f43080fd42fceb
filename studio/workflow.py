"""State machines as one table of transitions each: name, from, to, who may, what must hold.

Pages' buttons, the API's allowed actions and the diagrams in docs/ are read from these tables, and a change of state
goes through `move` alone: guard, conditional update, event. There is no way round it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from studio.errors import Conflict
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, may, require

Guard = Callable[[Any], str | None]


@dataclass(frozen=True)
class Transition:
    """One arrow. `guard(row)` answers None or, in words for people, why it can't be done now.

    `right` None means that no person does it: it follows from something else (a shot's state, a worker's result).
    """

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    right: Right | None
    guard: Guard | None = None
    internal: bool = False


@dataclass(frozen=True)
class Offer:
    """A transition as a button: enabled, or with the reason beside it."""

    name: str
    label: str
    why_not: str = ""

    @property
    def enabled(self) -> bool:
        return not self.why_not


class Workflow:
    """A named table of transitions over a model's `state` field."""

    def __init__(self, name: str, transitions: list[Transition]) -> None:
        self.name = name
        self.transitions = {t.name: t for t in transitions}
        if len(self.transitions) != len(transitions):
            raise ValueError(f"{name}: a transition's name is used twice")

    def offers(self, row: Any, person: Person) -> list[Offer]:
        """What this person could do with this row now, blocked ones with their reason."""
        return [
            Offer(t.name, t.label, (t.guard(row) or "") if t.guard else "")
            for t in self.transitions.values()
            if t.right is not None and row.state in t.sources and may(person, t.right, row)
        ]

    def move(
        self, row: Any, name: str, *, by: Person | None, facts: dict[str, Any] | None = None, **fields: Any
    ) -> None:
        """Moves `row` along the transition, with other `fields` in the same update, and writes its event.

        Raises NotAllowed without the right, Conflict from another state, where a guard doesn't hold, or where somebody
        else was faster. The row passed in is refreshed. Must not be called with unsaved changes on `row`.
        """
        transition = self.transitions[name]
        if transition.right is not None and by is not None:
            require(by, transition.right, row)
        model: type[models.Model] = type(row)
        with transaction.atomic():
            fresh: Any = model._default_manager.select_for_update().get(pk=row.pk)
            if fresh.state not in transition.sources:
                raise Conflict(
                    f"{self.name}.state",
                    f"This {self.name} is {fresh.get_state_display().lower()} by now, so it can't be done: {transition.label.lower()}.",
                    "Reload the page to see where it stands. Nothing was changed.",
                    state=fresh.state,
                )
            why_not = transition.guard(fresh) if transition.guard else None
            if why_not:
                raise Conflict(f"{self.name}.{name}", why_not, "Nothing was changed.", state=fresh.state)
            updated = model._default_manager.filter(pk=row.pk, state=fresh.state, version=fresh.version).update(
                state=transition.target, version=fresh.version + 1, **fields
            )
            if not updated:
                raise Conflict(
                    f"{self.name}.raced",
                    f"Somebody else moved this {self.name} at the same moment.",
                    "Reload the page.",
                )
            before = fresh.state
            row.refresh_from_db()
            record_event(
                f"{self.name.replace(' ', '_')}.{name}",
                row,
                by=by,
                before={"state": before},
                after={"state": transition.target, **(facts or {})},
                internal=transition.internal,
            )

    def mermaid(self, states: list[tuple[str, str]]) -> str:
        """The table as a Mermaid state diagram, for docs/."""
        lines = ["stateDiagram-v2"] + [f"    {value}: {label}" for value, label in states]
        lines += [f"    {source} --> {t.target}: {t.label}" for t in self.transitions.values() for source in t.sources]
        return "\n".join(lines)


def check_version(row: Any, seen: int | str | None) -> None:
    """Raises Conflict where a form was filled in from an older version of the row than the one that stands now."""
    if seen is None or str(seen) == "":
        return
    if str(row.version) != str(seen):
        raise Conflict(
            "form.stale",
            "Somebody changed this while you had it open.",
            "Your words are still in the form: look at the newer version, then save again.",
            version=row.version,
        )
