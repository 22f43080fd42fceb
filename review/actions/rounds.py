"""Sending drafts to the client: several together as a round, with a message and a date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from briefs.actions import follow_shots
from briefs.models import Brief, Shot
from briefs.workflows import SHOT
from review.audience import reviewers_of, without
from review.models import Draft, Round
from review.proof import require_proof
from review.workflows import DRAFT
from studio.actions import notify
from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, require

MESSAGE_MAX = 2000
REPLACED = DRAFT.transitions["supersede"].sources


def send_drafts(drafts: Sequence[Draft], *, by: Person, message: str = "", deadline: date | None = None) -> Round:
    """Sends passed drafts of one brief to its client as a round; all of them, or none.

    An older version that is with the client is superseded at the same moment. Raises Invalid for an empty or mixed
    choice and for a date in the past, Conflict where a draft can't be sent (any more).
    """
    if not drafts:
        raise Invalid("round.empty", "Choose at least one draft that passed the check.")
    brief: Brief = drafts[0].shot.brief
    if any(d.shot.brief_id != brief.pk for d in drafts):
        raise Invalid("round.mixed", "A round holds drafts of one brief; these are of several.")
    if len({d.shot_id for d in drafts}) != len(drafts):
        raise Invalid("round.twice", "A round holds one version of a shot; here is one shot twice.")
    require(by, Right.PLAN, brief)
    if deadline and deadline < timezone.localdate():
        raise Invalid("round.deadline", "The date to answer by lies in the past.")
    if len(message) > MESSAGE_MAX:
        raise Invalid("round.message", f"A message may have {MESSAGE_MAX} characters.")
    for draft in drafts:
        require_proof(draft)
    now = timezone.now()
    with transaction.atomic():
        brief = Brief.objects.select_for_update().get(pk=brief.pk)
        shots = {
            s.pk: s for s in Shot.objects.select_for_update().filter(pk__in=[d.shot_id for d in drafts]).order_by("pk")
        }
        sent_again = Round.objects.filter(brief=brief).aggregate(last=Max("number"))["last"] or 0
        for draft in sorted(drafts, key=lambda d: d.shot_id):
            shot = shots[draft.shot_id]
            _refuse_older(draft)
            for older in shot.drafts.filter(state__in=REPLACED).exclude(pk=draft.pk):
                DRAFT.move(older, "supersede", by=None, facts={"newer": draft.number})
            DRAFT.move(draft, "send", by=by, facts={"picture_sha256": draft.picture_sha256}, sent_at=now)
            SHOT.move(shot, "send", by=by)
        made = Round.objects.create(
            brief=brief, number=sent_again + 1, message=message.strip(), deadline=deadline, sent_by=by, sent_at=now
        )
        made.drafts.set(drafts)
        close_finished_rounds(brief)
        record_event(
            "round.send",
            made,
            by=by,
            after={"drafts": [str(d) for d in drafts], "deadline": deadline.isoformat() if deadline else None},
        )
        follow_shots(brief)
        what = str(drafts[0]) if len(drafts) == 1 else f"{len(drafts)} pictures of {brief}"
        notify(
            without(reviewers_of(brief), by),
            kind="round.sent",
            text=f"{what} {'waits' if len(drafts) == 1 else 'wait'} for your review."
            + (f" Please answer by {deadline:%-d %B}." if deadline else ""),
            url=reverse("draft", args=[drafts[0].pk]) if len(drafts) == 1 else reverse("reviews"),
            brand=brief.brand,
        )
    return made


def _refuse_older(draft: Draft) -> None:
    newer = (
        Draft.objects.filter(shot_id=draft.shot_id, number__gt=draft.number, sent_at__isnull=False)
        .order_by("-number")
        .first()
    )
    if newer:
        raise Conflict("draft.older", f"The client has a newer version than {draft} already: v{newer.number}.")


def close_finished_rounds(brief: Brief) -> None:
    """A round is over when none of its drafts waits for the client any more."""
    waiting = Draft.objects.filter(state=Draft.State.SENT)
    Round.objects.filter(brief=brief, closed_at__isnull=True).exclude(drafts__in=waiting).update(
        closed_at=timezone.now()
    )
