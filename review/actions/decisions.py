"""The client's word: approve, or request changes, bound to the hashes of what they saw."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from briefs.actions import move_shot
from briefs.models import Shot
from review.actions.drafts import locked_shot
from review.actions.marks import write_annotation
from review.actions.rounds import close_finished_rounds
from review.audience import makers_of, reviewers_of, without
from review.models import Annotation, Decision, Draft
from review.proof import prove, require_proof
from review.workflows import DRAFT
from studio.actions import notify
from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, require

COMMENT_MAX = 4000


def decide(
    draft: Draft, verdict: str, *, by: Person, seen_sha256: str, seen_report_sha256: str, comment: str = ""
) -> Decision:
    """Takes one person's decision on what they saw, named by the SHA-256 of its picture and of its QA report.

    Approving moves draft and shot to approved; requesting changes needs an open mark that the client can see, or a
    comment, and moves both to changes requested. Raises Conflict where a newer version was sent meanwhile, where
    somebody else decided, and where the files are not the ones that the person saw; Invalid for a wish without words.
    """
    require(by, Right.DECIDE, draft)
    if verdict not in Decision.Verdict.values:
        raise Invalid("decision.verdict", "A decision is `approve` or `request_changes`.")
    comment = (comment or "").strip()
    if len(comment) > COMMENT_MAX:
        raise Invalid("decision.comment", f"A comment may have {COMMENT_MAX} characters; this one has {len(comment)}.")
    # The files are read before the lock is taken: they are large, and a change between is found again at delivery.
    require_proof(draft)
    with transaction.atomic():
        # Brief and shot first, then drafts: sending locks in the same order, so one of the two comes second, whole.
        shot = locked_shot(draft.shot_id)
        draft.refresh_from_db()
        _require_standing(draft, shot)
        _require_seen(draft, seen_sha256, seen_report_sha256)
        if verdict == Decision.Verdict.REQUEST_CHANGES:
            _require_words(draft, comment)
        DRAFT.move(draft, verdict, by=by, facts={"picture_sha256": seen_sha256, "report_sha256": seen_report_sha256})
        move_shot(shot, verdict, by=by)
        decision = Decision.objects.create(
            draft=draft,
            verdict=verdict,
            by=by,
            picture_sha256=seen_sha256,
            report_sha256=seen_report_sha256,
            comment=comment,
        )
        record_event(
            "decision.make",
            decision,
            by=by,
            after={"verdict": verdict, "picture_sha256": seen_sha256, "report_sha256": seen_report_sha256},
        )
        if verdict == Decision.Verdict.REQUEST_CHANGES and comment:
            # The wish is a thread of its own, so that it can be taken up and resolved like a mark.
            write_annotation(draft, by=by, text=comment, selector=None, internal=False, client_key=None)
        close_finished_rounds(shot.brief)
        notify(
            without(makers_of(shot), by),
            kind=f"draft.{verdict}",
            text=f"{by} {'approved' if verdict == Decision.Verdict.APPROVE else 'asked for changes to'} {draft}.",
            url=reverse("draft", args=[draft.pk]),
            brand=shot.brief.brand,
        )
    return decision


def let_approval_fall(draft: Draft) -> str:
    """Takes an approved draft, its shot and its brief back where the stored files are not those that were approved.

    Answers why it fell, in words, or an empty string where the approval holds (or where there is none). Nobody does
    this: whoever reads an approval to act on it calls here first.
    """
    why = prove(draft).words if draft.state == Draft.State.APPROVED else ""
    if not why:
        return ""
    with transaction.atomic():
        shot = locked_shot(draft.shot_id)
        draft.refresh_from_db()
        if draft.state != Draft.State.APPROVED:
            return ""
        DRAFT.move(draft, "fall", by=None, facts={"because": why})
        if shot.state == Shot.State.APPROVED:
            move_shot(shot, "fall", by=None, facts={"because": why})
        notify(
            {*makers_of(shot), *reviewers_of(shot.brief)},
            kind="draft.fall",
            text=f"The approval of {draft} fell: {why}",
            url=reverse("draft", args=[draft.pk]),
            brand=shot.brief.brand,
        )
    return why


def _require_standing(draft: Draft, shot: Shot) -> None:
    if draft.state == Draft.State.SUPERSEDED:
        newer = shot.drafts.filter(sent_at__isnull=False, number__gt=draft.number).order_by("-number").first()
        raise Conflict(
            "draft.superseded",
            f"A newer version was sent while you looked{f': v{newer.number}' if newer else ''}.",
            "Look at the newer version and decide there. Nothing was decided here.",
            newer=newer.pk if newer else None,
        )
    if draft.state != Draft.State.SENT:
        raise Conflict(
            "draft.state",
            f"{draft} is {draft.get_state_display().lower()} by now: there is nothing to decide.",
            "Reload the page to see where it stands.",
        )
    if shot.state != Shot.State.CLIENT_REVIEW:
        raise Conflict(
            "shot.state",
            "The studio is directing this picture again; a newer version is on its way.",
            "Your marks and comments are kept. Nothing was decided.",
        )


def _require_seen(draft: Draft, picture: str, report: str) -> None:
    if (picture, report) != (draft.picture_sha256, draft.report_sha256):
        raise Conflict(
            "draft.hash",
            "What you looked at is not what stands here now.",
            "Reload the page, look at the picture again, and decide then. Nothing was decided.",
        )


def _require_words(draft: Draft, comment: str) -> None:
    open_marks = draft.annotations.filter(internal=False, state=Annotation.State.OPEN)
    if not comment and not open_marks.exists():
        raise Invalid(
            "decision.no_words",
            "Say what should change: put a mark on the picture, or write it down.",
            "The studio would not know what to do.",
        )
