"""The brief from hand to hand: each transition that a person makes. The table is `briefs.workflows.BRIEF`."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from briefs.actions.drafting import WISHES
from briefs.actions.shots import follow_shots
from briefs.models import Brief, Shot
from briefs.workflows import BRIEF, SHOT
from studio.actions import notify
from studio.errors import Invalid
from studio.models import Person
from studio.models.people import people_with_roles
from studio.permissions import ROLES_WITH, Right
from studio.workflow import check_version


def submit_brief(brief: Brief, *, by: Person, seen_version: int | str | None = None) -> Brief:
    """Hands a draft in. The event holds all that was asked for. Conflict says what is still missing."""
    with transaction.atomic():
        brief = _locked(brief, seen_version)
        BRIEF.move(brief, "submit", by=by, facts=_asked_for(brief), submitted_at=timezone.now(), decline_reason="")
        notify(
            people_with_roles(ROLES_WITH[Right.PLAN], None),
            kind="brief.submitted",
            text=f"{brief.brand} submitted “{brief}”",
            url=_page(brief),
            brand=brief.brand,
        )
    return brief


def accept_brief(brief: Brief, *, by: Person, seen_version: int | str | None = None) -> Brief:
    """The studio takes the brief on; who accepts it is its producer."""
    with transaction.atomic():
        brief = _locked(brief, seen_version)
        BRIEF.move(brief, "accept", by=by, facts={"producer": by.pk}, producer=by)
        _tell_author(brief, "brief.accepted", f"The studio accepted “{brief}”")
    return brief


def decline_brief(brief: Brief, *, by: Person, reason: str, seen_version: int | str | None = None) -> Brief:
    """The studio declines, with a reason that the brand reads."""
    reason = reason.strip()
    if not reason:
        words = "Say why, so that the brand can mend its brief or look elsewhere."
        raise Invalid("brief.reason_missing", words, errors={"reason": [words]})
    if len(reason) > 2000:
        raise Invalid("brief.reason_long", "Keep the reason under 2000 characters.", errors={"reason": ["Too long."]})
    with transaction.atomic():
        brief = _locked(brief, seen_version)
        BRIEF.move(brief, "decline", by=by, facts={"reason": reason}, decline_reason=reason)
        _tell_author(brief, "brief.declined", f"The studio declined “{brief}”: {reason}"[:300])
    return brief


def reopen_brief(brief: Brief, *, by: Person, seen_version: int | str | None = None) -> Brief:
    """A declined brief becomes a draft again."""
    return _plain_move(brief, "reopen", by, seen_version)


def start_production(brief: Brief, *, by: Person, seen_version: int | str | None = None) -> Brief:
    """An accepted brief goes to the desks. (A shot's first direction starts it as well.)"""
    return _plain_move(brief, "start", by, seen_version)


def close_brief(brief: Brief, *, by: Person, seen_version: int | str | None = None) -> Brief:
    """A delivered brief is done with."""
    return _plain_move(brief, "close", by, seen_version)


def hold_brief(brief: Brief, *, by: Person, seen_version: int | str | None = None) -> Brief:
    """Everything rests; the state that it was held from is kept."""
    with transaction.atomic():
        brief = _locked(brief, seen_version)
        BRIEF.move(brief, "hold", by=by, held_from=brief.state)
    return brief


def unhold_brief(brief: Brief, *, by: Person, seen_version: int | str | None = None) -> Brief:
    """Work goes on where it was held."""
    with transaction.atomic():
        brief = _locked(brief, seen_version)
        # Without a state to go back to, any arrow's guard or source says what is wrong.
        back_to = brief.held_from or Brief.State.SUBMITTED
        BRIEF.move(brief, f"unhold_{back_to}", by=by, held_from="")
        follow_shots(brief)
    return brief


def cancel_brief(brief: Brief, *, by: Person, seen_version: int | str | None = None) -> Brief:
    """The brand calls it off. Shots that are not with the client yet are cancelled with it."""
    with transaction.atomic():
        brief = _locked(brief, seen_version)
        BRIEF.move(brief, "cancel", by=by)
        for shot in Shot.objects.filter(brief=brief, state__in=SHOT.transitions["cancel"].sources):
            SHOT.move(shot, "cancel", by=None, facts={"because": "brief.cancel"})
        if brief.producer:
            notify(
                [brief.producer],
                kind="brief.cancelled",
                text=f"{brief.brand} cancelled “{brief}”",
                url=_page(brief),
                brand=brief.brand,
            )
    return brief


def _plain_move(brief: Brief, name: str, by: Person, seen_version: int | str | None) -> Brief:
    with transaction.atomic():
        brief = _locked(brief, seen_version)
        BRIEF.move(brief, name, by=by)
    return brief


def _locked(brief: Brief, seen_version: int | str | None) -> Brief:
    fresh = Brief.objects.select_for_update().get(pk=brief.pk)
    check_version(fresh, seen_version)
    return fresh


def _asked_for(brief: Brief) -> dict[str, Any]:
    wishes = {name: getattr(brief, name) for name in WISHES}
    wishes["deadline"] = brief.deadline.isoformat() if brief.deadline else None
    wishes["pieces"] = [{"piece": row.piece_id, "pictures": row.pictures} for row in brief.wanted.all()]
    wishes["references"] = list(brief.references.values_list("sha256", flat=True))
    return wishes


def _page(brief: Brief) -> str:
    return reverse("brief", args=[brief.pk])


def _tell_author(brief: Brief, kind: str, text: str) -> None:
    notify([brief.created_by], kind=kind, text=text, url=_page(brief), brand=brief.brand)
