"""The studio's side of a draft: put a generation forward, pass it, send it back, override its gate."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from briefs.actions import move_shot
from briefs.models import Brief, Shot
from pipeline.models import Generation
from review.actions.marks import write_annotation
from review.audience import makers_of, planners, without
from review.gate import ruling_on
from review.models import Draft
from review.proof import PICTURE, REPORT
from review.workflows import DRAFT
from studio.actions import notify
from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, require
from studio.workflow import check_version

UNSENT = (Draft.State.INTERNAL, Draft.State.PASSED)
S = Shot.State
REASON_MAX = 1000


def propose_draft(generation: Generation, *, by: Person) -> Draft:
    """Puts a finished generation forward as its shot's next version, for the studio's own check.

    Its picture's and report's hashes are frozen with it; older versions that were never sent are superseded. Raises
    Conflict for a generation that isn't done or was put forward before, and for a shot that takes no more versions.
    """
    require(by, Right.DIRECT, generation)
    if generation.state != Generation.State.DONE:
        raise Conflict(
            "generation.not_done", "Only a finished generation can be put forward.", "Wait until it is done."
        )
    picture, report = generation.file(PICTURE), generation.file(REPORT)
    if picture is None or report is None:
        raise Conflict("generation.incomplete", "This generation has no picture or no QA report.", "Generate it again.")
    with transaction.atomic():
        shot = locked_shot(generation.shot_id)
        standing = Draft.objects.filter(generation=generation).first()
        if standing:
            raise Conflict(
                "draft.exists",
                f"This generation was put forward already, as v{standing.number}: {standing.get_state_display().lower()}.",
                "Generate again for another version.",
            )
        _bring_to_check(shot, by)
        for older in Draft.objects.filter(shot=shot, state__in=UNSENT):
            DRAFT.move(older, "supersede_unsent", by=None)
        draft = Draft.objects.create(
            shot=shot,
            generation=generation,
            number=(shot.drafts.aggregate(last=Max("number"))["last"] or 0) + 1,
            picture_sha256=picture.sha256,
            report_sha256=report.sha256,
            created_by=by,
        )
        record_event(
            "draft.propose",
            draft,
            by=by,
            after={
                "number": draft.number,
                "picture_sha256": draft.picture_sha256,
                "report_sha256": draft.report_sha256,
            },
            internal=True,
        )
        notify(
            without(planners(), by),
            kind="draft.proposed",
            text=f"{draft} waits for the internal check.",
            url=reverse("draft", args=[draft.pk]),
            brand=shot.brief.brand,
        )
    return draft


def locked_shot(shot_id: int) -> Shot:
    """The shot under its row's lock, its brief's before it: everything that moves a shot locks in this order."""
    Brief.objects.select_for_update().get(shots=shot_id)
    return Shot.objects.select_for_update(of=("self",)).select_related("brief__brand").get(pk=shot_id)


def _bring_to_check(shot: Shot, by: Person) -> None:
    """Moves the shot to the internal check. One with the client stays there: its client sees the new version when it is sent."""
    if shot.state == S.CHANGES_REQUESTED:
        move_shot(shot, "direct", by=by)
    if shot.state == S.DIRECTING:
        move_shot(shot, "check", by=by)
    if shot.state not in (S.INTERNAL_QA, S.CLIENT_REVIEW):
        raise Conflict(
            "shot.state",
            f"The shot {shot.code} is {shot.get_state_display().lower()}: it takes no new version.",
            "Nothing was changed.",
        )


def pass_draft(draft: Draft, *, by: Person, seen_version: int | str | None = None) -> None:
    """The studio's check is passed. Raises Conflict where the QA gate is closed and nobody overrode it."""
    check_version(draft, seen_version)
    DRAFT.move(draft, "pass", by=by)


def reject_draft(draft: Draft, *, by: Person, reason: str, seen_version: int | str | None = None) -> None:
    """Back to the desk, with the reason as an internal thread that the retoucher finds beside the picture."""
    require(by, Right.CHECK, draft)
    reason = _reason(reason, "Say what should be done before it comes back.")
    check_version(draft, seen_version)
    with transaction.atomic():
        shot = locked_shot(draft.shot_id)
        DRAFT.move(draft, "reject", by=by, facts={"reason": reason})
        write_annotation(draft, by=by, text=reason, selector=None, internal=True, client_key=None)
        if shot.state == S.INTERNAL_QA and not shot.drafts.filter(state__in=UNSENT).exists():
            move_shot(shot, "return", by=by)
        notify(
            without(makers_of(shot), by),
            kind="draft.rejected",
            text=f"{draft} is back at the desk: {reason[:200]}",
            url=reverse("draft", args=[draft.pk]),
            brand=shot.brief.brand,
        )


def override_gate(draft: Draft, *, by: Person, reason: str) -> None:
    """Lets a draft pass that its QA report stops. The name and the reason go into the client's certificate.

    Raises Conflict where the gate is open anyway, or where the draft is past its internal check.
    """
    require(by, Right.CHECK, draft)
    reason = _reason(reason, "Say why this picture may go out although its report stops it.")
    with transaction.atomic():
        fresh = Draft.objects.select_for_update().get(pk=draft.pk)
        if fresh.state != Draft.State.INTERNAL:
            raise Conflict(
                "draft.state", f"{fresh} is {fresh.get_state_display().lower()}: its gate is not open to change."
            )
        ruling = ruling_on(draft)
        if ruling.opens:
            raise Conflict("gate.open", "The QA report lets this draft pass: there is nothing to override.")
        before = fresh.gate_override
        Draft.objects.filter(pk=fresh.pk).update(gate_override=reason, gate_override_by=by, version=fresh.version + 1)
        draft.refresh_from_db()
        record_event(
            "draft.override_gate",
            draft,
            by=by,
            before={"reason": before},
            after={"reason": reason, "verdict": ruling.verdict, "stops": [stop.check for stop in ruling.stops]},
            internal=True,
        )


def _reason(text: str, ask: str) -> str:
    reason = (text or "").strip()
    if not reason:
        raise Invalid("reason.missing", ask)
    if len(reason) > REASON_MAX:
        raise Invalid("reason.long", f"A reason may have {REASON_MAX} characters; this one has {len(reason)}.")
    return reason
