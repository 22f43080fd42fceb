"""The producer's board: shots by state, filtered, with what a card shows, in a fixed number of queries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, QuerySet
from django.http import QueryDict
from django.utils import timezone

from briefs.covers import Cover, covers_of
from briefs.models import Brief, Shot
from briefs.offers import ShotOffer, shot_offers
from briefs.workflows import SHOT
from studio.models import Brand, Event, Person
from studio.models.people import people_with_roles
from studio.permissions import ROLES_WITH, Right

S = Shot.State
COLUMNS = (S.TO_DO, S.DIRECTING, S.INTERNAL_QA, S.CLIENT_REVIEW, S.CHANGES_REQUESTED, S.APPROVED, S.DELIVERED)
ENDED = (S.APPROVED, S.DELIVERED, S.CANCELLED)
MOST_CARDS = 200  # a column that is longer says how many more there are
DELIVERED_SHOWN = 20


@dataclass(frozen=True)
class BoardFilter:
    """What the address asks to see. Unknown values ask for nothing special."""

    brand: int | None = None
    retoucher: int | None = None
    late: bool = False
    mine: bool = False

    @classmethod
    def from_query(cls, query: QueryDict) -> BoardFilter:
        def number(name: str) -> int | None:
            value = query.get(name, "")
            return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None

        return cls(number("brand"), number("retoucher"), query.get("late") == "1", query.get("mine") == "1")

    def query(self) -> str:
        asked = {"brand": self.brand, "retoucher": self.retoucher, "late": int(self.late), "mine": int(self.mine)}
        return urlencode({name: value for name, value in asked.items() if value})

    def apply(self, shots: QuerySet[Shot], person: Person) -> QuerySet[Shot]:
        if self.brand:
            shots = shots.filter(brief__brand=self.brand)
        if self.retoucher:
            shots = shots.filter(retoucher=self.retoucher)
        if self.mine:
            shots = shots.filter(retoucher=person)
        if self.late:
            shots = shots.filter(due__lt=timezone.localdate()).exclude(state__in=ENDED)
        return shots


@dataclass
class Card:
    """One shot as the board shows it."""

    shot: Shot
    rounds: int
    offers: list[ShotOffer]
    cover: Cover | None = None

    @property
    def moves(self) -> dict[str, dict[str, str]]:
        """For dragging: the column that each move leads to, the move's name, and why it can't be made."""
        return {o.target: {"name": o.name, "label": o.label, "why_not": o.why_not} for o in self.offers}


@dataclass
class Column:
    state: str
    label: str
    cards: list[Card] = field(default_factory=list)
    more: int = 0


def board_shots(person: Person, asked: BoardFilter) -> QuerySet[Shot]:
    """Every shot that the board or its table shows, most urgent first."""
    shots = (
        Shot.objects.visible_to(person)
        .exclude(state=S.CANCELLED)
        .exclude(brief__state__in=[Brief.State.CANCELLED, Brief.State.CLOSED])
        .select_related("brief__brand", "piece", "retoucher")
        .prefetch_related("piece__photos")
    )
    return asked.apply(shots, person).order_by(F("due").asc(nulls_last=True), "-priority", "brief_id", "number")


def columns(person: Person, asked: BoardFilter) -> list[Column]:
    """The board's columns, each with its cards by due date."""
    shots = board_shots(person, asked)
    counts = Counter(dict(shots.order_by().values_list("state").annotate(n=Count("pk", distinct=True))))
    shown: list[Shot] = []
    for state in COLUMNS:
        most = DELIVERED_SHOWN if state == S.DELIVERED else MOST_CARDS
        if counts[state]:
            shown += (
                shots.filter(state=state).order_by("-id")[:most]
                if state == S.DELIVERED
                else shots.filter(state=state)[:most]
            )
    cards = cards_of(shown, person)
    made: dict[str, Column] = {state: Column(state, S(state).label) for state in COLUMNS}
    for card in cards:
        made[card.shot.state].cards.append(card)
    for column in made.values():
        column.more = counts[column.state] - len(column.cards)
    return list(made.values())


def cards_of(shots: list[Shot], person: Person) -> list[Card]:
    rounds = rounds_sent(shots)
    covers = covers_of(shots, person)
    return [Card(shot, rounds.get(shot.pk, 0), shot_offers(shot, person), covers.get(shot.pk)) for shot in shots]


def rounds_sent(shots: list[Shot]) -> dict[int, int]:
    """How often each shot went to its client, read from the event log."""
    if not shots:
        return {}
    sent = (
        Event.objects.filter(
            subject_type=Shot._meta.label_lower, subject_id__in=[str(s.pk) for s in shots], name=f"{SHOT.name}.send"
        )
        .order_by()
        .values_list("subject_id")
        .annotate(n=Count("pk"))
    )
    return {int(pk): n for pk, n in sent}


def waiting_briefs(person: Person) -> QuerySet[Brief]:
    """Briefs that were handed in and nobody answered yet, the oldest first."""
    return (
        Brief.objects.visible_to(person)
        .filter(state=Brief.State.SUBMITTED)
        .select_related("brand", "created_by")
        .annotate(piece_count=Count("wanted"))
        .order_by("submitted_at")
    )


def retouchers() -> QuerySet[Person]:
    """People who can be given a shot."""
    return people_with_roles(ROLES_WITH[Right.DIRECT], None)


def workload(person: Person) -> list[dict[str, Any]]:
    """Open shots a person of the studio, and how many of them are late."""
    today = timezone.localdate()
    rows = list(
        Shot.objects.visible_to(person)
        .exclude(state__in=ENDED)
        .exclude(brief__state__in=[Brief.State.CANCELLED, Brief.State.CLOSED])
        .values_list("retoucher_id", "due")
    )
    open_shots: Counter[int | None] = Counter(who for who, _ in rows)
    late: Counter[int | None] = Counter(who for who, due in rows if due and due < today)
    people: list[Any] = [p for p in retouchers() if open_shots[p.pk]]
    return [{"person": p, "open": open_shots[p.pk], "late": late[p.pk]} for p in people] + (
        [{"person": None, "open": open_shots[None], "late": late[None]}] if open_shots[None] else []
    )


def filter_choices(person: Person) -> dict[str, Any]:
    """What the filters offer: brands that have shots, and the studio's people."""
    brands = Brand.objects.visible_to(person).filter(briefs__shots__isnull=False).distinct()
    return {"brands": brands, "retouchers": retouchers()}
