"""What the desk shows of a shot: its line of generations, the one looked at, the queue, and the shots beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from briefs.models import Shot
from pipeline.direction import Direction, first_direction, read_direction
from pipeline.live import generation_state
from pipeline.models import DirectionRecord, Generation
from pipeline.qa.figures import figure
from pipeline.words import MARKS, SENTENCES, TONES, difference_in_words, verdict_in_words
from studio.models import Person

G = Generation.State
# From best to worst, as people should read them: worst first.
_SEVERITY = ("fail", "not verifiable", "warn", "pass", "not applicable")
_OPEN_SHOTS = (Shot.State.TO_DO, Shot.State.CHANGES_REQUESTED, Shot.State.DIRECTING, Shot.State.INTERNAL_QA)


@dataclass(frozen=True)
class Tile:
    """One generation in the strip."""

    row: Generation
    state: Any
    changed: list[str]
    mark: str
    tone: str
    preview_id: int | None
    from_number: int | None
    is_current: bool


@dataclass(frozen=True)
class CheckRow:
    """One check of the report for people: worst first, its mark, its value with its unit."""

    id: str
    title: str
    verdict: str
    verdict_label: str
    mark: str
    tone: str
    value: str
    threshold: str
    reason: str
    overlay_id: int | None
    mandatory: bool


def line_of(shot: Shot) -> list[Generation]:
    """The shot's generations, oldest first, with all that the strip asks of them in three queries."""
    rows = shot.generations.select_related("direction", "direction__parent", "created_by").prefetch_related("artifacts")
    return list(rows.order_by("number"))


def shown_in(line: list[Generation], number: str | None) -> Generation | None:
    """The generation looked at: the one asked for, else the newest that is done, else the newest."""
    if number and number.isdigit():
        for row in line:
            if row.number == int(number):
                return row
    done = [row for row in line if row.state == G.DONE]
    return done[-1] if done else (line[-1] if line else None)


def tiles_of(line: list[Generation], shown: Generation | None) -> list[Tile]:
    """The strip. A tile names its parent where that isn't simply the one before it."""
    first_of_direction: dict[int, int] = {}
    for row in line:
        first_of_direction.setdefault(row.direction_id, row.number)
    tiles = []
    for place, row in enumerate(line):
        parent = row.direction.parent_id
        from_number = first_of_direction.get(parent) if parent else None
        if place and from_number == line[place - 1].number:
            from_number = None
        preview = row.file("preview")
        tiles.append(
            Tile(
                row=row,
                state=generation_state(row),
                changed=difference_in_words(row.direction.changed),
                mark=MARKS.get(row.verdict, ""),
                tone=TONES.get(row.verdict, "quiet"),
                preview_id=preview.pk if preview else None,
                from_number=from_number,
                is_current=shown is not None and row.pk == shown.pk,
            )
        )
    return tiles


def parent_of(row: Generation | None, line: list[Generation]) -> Generation | None:
    """The newest done generation of the Direction that this one was made from."""
    if row is None or row.direction.parent_id is None:
        return None
    done = [r for r in line if r.direction_id == row.direction.parent_id and r.state == G.DONE]
    return done[-1] if done else None


def base_of(shot: Shot, line: list[Generation], number: str | None) -> tuple[Direction, DirectionRecord | None]:
    """The Direction that the form begins with: the generation's asked for, else the newest one's, else a first one."""
    wanted = next((row for row in line if number and number.isdigit() and row.number == int(number)), None)
    wanted = wanted or (line[-1] if line else None)
    if wanted is not None:
        return read_direction(wanted.direction.data), wanted.direction
    first = first_direction(shot.piece.category)
    try:
        camera = type(first.camera).model_validate({**first.camera.model_dump(), "crop": shot.crop})
    except ValueError:  # a channel's crop that no engine draws: the retoucher chooses
        return first, None
    return first.model_copy(update={"camera": camera}), None


@dataclass(frozen=True)
class LedgerPart:
    """One kind of feature in a report's ledger: how many of those in sight were found, in words, how many the body hides,
    what its check says of them, and the rows that aren't as photographed."""

    name: str
    found: str
    hidden: int
    verdict: str
    odd: list[dict[str, Any]]

    @property
    def mark(self) -> str:
        return MARKS.get(self.verdict, "")

    @property
    def tone(self) -> str:
        return TONES.get(self.verdict, "quiet")


def ledger_of(generation: Generation) -> list[LedgerPart]:
    """The report's ledger by kind of feature; kinds that weren't counted are left out."""
    names = {"catchlights": "highlights"}
    said = {check["id"]: check["verdict"] for check in generation.report.get("checks", [])}
    parts = []
    for name, book in generation.report.get("ledger", {}).items():
        if not book or book.get("expected") is None:
            continue
        odd = [row for row in book["rows"] if row["verdict"] not in ("kept", "hidden") and row.get("words")]
        hidden = book.get("hidden") or 0
        found = f"{book['found']} of {book['expected'] - hidden}"
        parts.append(LedgerPart(names.get(name, name), found, hidden, said.get(name, ""), odd))
    return parts


def checks_of(generation: Generation) -> list[CheckRow]:
    """The report's checks, worst first."""
    overlays = {a.kind: a.pk for a in generation.artifacts.all() if a.kind.startswith("overlay:")}
    rows = [
        CheckRow(
            id=check["id"],
            title=check.get("title") or check["id"],
            verdict=check["verdict"],
            verdict_label=verdict_in_words(check["verdict"]),
            mark=MARKS.get(check["verdict"], ""),
            tone=TONES.get(check["verdict"], "quiet"),
            value=figure(check.get("value"), check.get("unit", "")),
            threshold=figure(check.get("threshold"), check.get("unit", "")),
            reason=check.get("reason", ""),
            overlay_id=overlays.get(f"overlay:{check['id'].replace('.', '-')}"),
            mandatory=check.get("mandatory", True),
        )
        for check in generation.report.get("checks", [])
    ]
    return sorted(rows, key=lambda row: _SEVERITY.index(row.verdict) if row.verdict in _SEVERITY else 0)


def verdict_sentence(generation: Generation) -> str:
    return SENTENCES.get(generation.verdict, "")


def queue_of(shot: Shot) -> list[dict[str, Any]]:
    """The shot's waiting and running generations, each with how many of the whole studio's stand before it."""
    mine = list(shot.generations.unfinished().prefetch_related("artifacts").order_by("pk"))
    if not mine:
        return []
    waiting = sorted(Generation.objects.unfinished().values_list("pk", flat=True))
    return [
        {"row": row, "state": generation_state(row), "before": waiting.index(row.pk) if row.pk in waiting else 0}
        for row in mine
    ]


def neighbours_of(shot: Shot, person: Person) -> tuple[Shot | None, Shot | None, int, int]:
    """The shots before and after this one in the person's own work (or, for who has none, in the brief): and its place."""
    own = Shot.objects.visible_to(person).filter(retoucher=person, state__in=_OPEN_SHOTS).order_by("due", "pk")
    ids = list(own.values_list("pk", flat=True))
    if shot.pk not in ids:
        ids = list(shot.brief.shots.order_by("number").values_list("pk", flat=True))
    place = ids.index(shot.pk)
    wanted = [ids[i] if 0 <= i < len(ids) else None for i in (place - 1, place + 1)]
    rows = Shot.objects.in_bulk([pk for pk in wanted if pk])
    return rows.get(wanted[0]), rows.get(wanted[1]), place + 1, len(ids)
