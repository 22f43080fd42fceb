"""Shots: cut from a brief, planned, moved; and the brief's own state, which follows from them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.urls import reverse

from briefs.models import Brief, Piece, Shot
from briefs.vocabulary import CHANNELS, CROPS
from briefs.workflows import BRIEF, SHOT
from studio.actions import notify
from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, may, require
from studio.workflow import check_version

B, S = Brief.State, Shot.State
WORKED_ON = (B.ACCEPTED, B.IN_PRODUCTION, B.IN_REVIEW, B.CHANGES_REQUESTED)
# Deciding and delivering go on after the last picture was approved.
SHOTS_MOVE_IN = (*WORKED_ON, B.APPROVED)
PLANNED = ("title", "channel", "crop", "due", "priority", "retoucher")
MOST_SHOTS = 200


@dataclass(frozen=True)
class Cut:
    """One shot as it shall be cut from a brief."""

    piece: Piece
    title: str
    crop: str = "4:5"
    channel: str = ""
    due: datetime.date | None = None
    retoucher: Person | None = None
    priority: int = Shot.Priority.NORMAL


def cut_into_shots(brief: Brief, cuts: list[Cut], *, by: Person, seen_version: int | str | None = None) -> list[Shot]:
    """Makes a Shot of each Cut. Conflict where the brief isn't in the studio's hands, or somebody else cut it meanwhile."""
    require(by, Right.PLAN, brief)
    if not cuts:
        raise Invalid("brief.no_cuts", "Choose at least one shot.", "Nothing was cut.")
    with transaction.atomic():
        brief = Brief.objects.select_for_update().get(pk=brief.pk)
        check_version(brief, seen_version)
        if brief.state not in WORKED_ON:
            raise Conflict(
                "brief.state",
                f"This brief is {brief.get_state_display().lower()}, so it can't be cut into shots.",
                "Accept it first." if brief.state == B.SUBMITTED else "Reload the page to see where it stands.",
                state=brief.state,
            )
        last = brief.shots.aggregate(last=Max("number"))["last"] or 0
        if last + len(cuts) > MOST_SHOTS:
            raise Invalid("brief.too_many_shots", f"A brief has room for {MOST_SHOTS} shots.", "Choose fewer.")
        wanted = set(brief.wanted.values_list("piece_id", flat=True))
        shots = []
        for number, cut in enumerate(cuts, last + 1):
            if cut.piece.pk not in wanted:
                raise Invalid("shot.foreign_piece", f"{cut.piece} is not in this brief.", "Nothing was cut.")
            shot = Shot(
                brief=brief, number=number, piece=cut.piece, title=cut.title.strip(), channel=cut.channel, crop=cut.crop,
                due=cut.due, retoucher=cut.retoucher, priority=cut.priority,
            )  # fmt: skip
            _check_plan(shot)
            shot.save()
            shots.append(shot)
        Brief.objects.filter(pk=brief.pk).update(version=F("version") + 1)
        brief.refresh_from_db()
        record_event("brief.cut", brief, by=by, after={"shots": len(shots), "codes": [shot.code for shot in shots]})
        for person in {shot.retoucher for shot in shots if shot.retoucher and shot.retoucher != by}:
            mine = [shot for shot in shots if shot.retoucher == person]
            _tell_assigned(person, mine)
        follow_shots(brief)
    return shots


def plan_shot(shot: Shot, *, by: Person, seen_version: int | str | None = None, **plan: Any) -> Shot:
    """Changes what is PLANNED of a shot. Conflict where it changed since `seen_version`; Invalid names fields."""
    require(by, Right.PLAN, shot)
    unknown = set(plan) - set(PLANNED)
    if unknown:
        raise TypeError(f"not planned of a shot: {sorted(unknown)}")
    with transaction.atomic():
        shot = Shot.objects.select_for_update().get(pk=shot.pk)
        check_version(shot, seen_version)
        if shot.state in (S.DELIVERED, S.CANCELLED):
            raise Conflict(
                "shot.ended", f"This shot is {shot.get_state_display().lower()}.", "There is nothing to plan."
            )
        before = _plan_of(shot)
        was = shot.retoucher_id
        for name, value in plan.items():
            setattr(shot, name, value.strip() if isinstance(value, str) else value)
        _check_plan(shot)
        after = _plan_of(shot)
        changed = [name for name in after if after[name] != before[name]]
        if not changed:
            return shot
        Shot.objects.filter(pk=shot.pk).update(
            version=F("version") + 1, **{name: getattr(shot, name.removesuffix("_id")) for name in PLANNED}
        )
        shot.refresh_from_db()
        record_event(
            "shot.planned", shot, by=by, internal=True,
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
        )  # fmt: skip
        if shot.retoucher and shot.retoucher_id != was and shot.retoucher != by:
            _tell_assigned(shot.retoucher, [shot])
    return shot


def move_shot(
    shot: Shot,
    name: str,
    *,
    by: Person | None,
    seen_version: int | str | None = None,
    facts: dict[str, Any] | None = None,
) -> Shot:
    """Moves a shot along `briefs.workflows.SHOT`, and its brief with it. The shot passed in is refreshed.

    Raises NotAllowed, or Conflict from another state, while the brief rests, or where somebody else was faster.
    """
    right = SHOT.transitions[name].right
    if right is not None and by is not None:
        require(by, right, shot)
    with transaction.atomic():
        # The brief's row first, always: two moves in one brief queue up here, and its state follows from both.
        brief = Brief.objects.select_for_update().get(pk=shot.brief_id)
        shot.refresh_from_db()
        check_version(shot, seen_version)
        if brief.state not in SHOTS_MOVE_IN:
            raise Conflict(
                "shot.brief_rests",
                f"Its brief is {brief.get_state_display().lower()}, so the shot can't be moved.",
                "Nothing was changed.",
                state=shot.state,
            )
        SHOT.move(shot, name, by=by, facts=facts)
        shot.brief = brief
        follow_shots(brief)
    return shot


def follow_shots(brief: Brief) -> None:
    """Moves the brief to where its shots are. Called inside the transaction of each shot's move; refreshes `brief`."""
    Brief.objects.select_for_update().get(pk=brief.pk)
    brief.refresh_from_db()
    states = set(brief.shots.exclude(state=S.CANCELLED).values_list("state", flat=True))
    for name in _arrows(brief.state, states):
        BRIEF.move(brief, name, by=None)


def _arrows(state: str, shots: set[str]) -> list[str]:
    """The transitions from a brief's state to where its shots' states say that it is; none where it is there, or rests."""
    if not shots:
        return []
    arrows = []
    if state == B.ACCEPTED:
        if shots == {S.TO_DO}:
            return []  # cut and assigned; production starts with the first direction, or by the producer
        arrows, state = ["start"], B.IN_PRODUCTION
    if state in (B.IN_PRODUCTION, B.IN_REVIEW, B.CHANGES_REQUESTED):
        if shots <= {S.APPROVED, S.DELIVERED}:
            arrows, state = [*arrows, "all_approved"], B.APPROVED
        elif S.CHANGES_REQUESTED in shots:
            arrows += ["changes"] if state != B.CHANGES_REQUESTED else []
        elif S.CLIENT_REVIEW in shots:
            arrows += ["send"] if state != B.IN_REVIEW else []
        elif state != B.IN_PRODUCTION:
            arrows += ["resume_production"]
    if state == B.APPROVED:
        if shots == {S.DELIVERED}:
            arrows += ["deliver"]
        elif not shots <= {S.APPROVED, S.DELIVERED}:
            arrows += ["resume_production"]
    return arrows


def _check_plan(shot: Shot) -> None:
    errors: dict[str, list[str]] = {}
    for name in ("title", "priority"):
        try:
            field: Any = Shot._meta.get_field(name)
            field.clean(getattr(shot, name), shot)
        except ValidationError as error:
            errors[name] = list(error.messages)
    if shot.crop not in CROPS:
        errors["crop"] = [f"Choose one of {', '.join(CROPS)}."]
    if shot.channel and shot.channel not in CHANNELS:
        errors["channel"] = ["Not on the list of channels."]
    if shot.retoucher is not None and not may(shot.retoucher, Right.DIRECT):
        errors["retoucher"] = [f"{shot.retoucher} is not one of the studio's people."]
    if errors:
        raise Invalid("shot.invalid", "The plan can't be taken as it is.", "Nothing was saved.", errors=errors)


def _plan_of(shot: Shot) -> dict[str, Any]:
    plan = {name: getattr(shot, name) for name in PLANNED if name != "retoucher"}
    plan["due"] = shot.due.isoformat() if shot.due else None
    plan["retoucher_id"] = shot.retoucher_id
    return plan


def _tell_assigned(person: Person, shots: list[Shot]) -> None:
    brief = shots[0].brief
    if len(shots) == 1:
        text, url = f"Shot {shots[0]} of {brief.brand} is yours", reverse("desk", args=[shots[0].pk])
    else:
        text, url = f"{len(shots)} shots of {brief.brand}, “{brief}”, are yours", reverse("board") + "?mine=1"
    notify([person], kind="shot.assigned", text=text, url=url, brand=brief.brand)
