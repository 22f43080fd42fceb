"""The brief's and the shot's state machines, each one table. docs/workflows.md is drawn from them."""

from __future__ import annotations

from collections.abc import Callable

from briefs.models import Brief, PiecePhoto, Shot
from studio.permissions import Right
from studio.workflow import Transition, Workflow

B, S = Brief.State, Shot.State
_STANDING = (B.SUBMITTED, B.ACCEPTED, B.IN_PRODUCTION, B.IN_REVIEW, B.CHANGES_REQUESTED)


def missing_for_submission(brief: Brief) -> list[str]:
    """What a brief lacks before it can be handed in, in words; empty where nothing does."""
    wanted = list(brief.wanted.select_related("piece").prefetch_related("piece__photos"))
    missing = []
    if not brief.title.strip():
        missing.append("a title")
    if not wanted:
        missing.append("at least one piece")
    for row in wanted:
        photos = list(row.piece.photos.all())
        if any(p.state == PiecePhoto.State.READY for p in photos):
            continue
        if any(p.state == PiecePhoto.State.CHECKING for p in photos):
            missing.append(f"the check of the photo of {row.piece.name}, which is still running")
        else:
            missing.append(f"a photo of {row.piece.name} that we can work from")
    if not brief.channels:
        missing.append("where the pictures will be used")
    if not brief.deadline:
        missing.append("a date")
    return missing


def _complete(brief: Brief) -> str | None:
    missing = missing_for_submission(brief)
    return f"Still missing: {', '.join(missing)}." if missing else None


def _has_shots(brief: Brief) -> str | None:
    return None if brief.shots.exclude(state=S.CANCELLED).exists() else "Cut the brief into shots first."


def _held_from(state: str) -> Callable[[Brief], str | None]:
    return lambda brief: None if brief.held_from == state else "It was not held from there."


def _has_retoucher(shot: Shot) -> str | None:
    return None if shot.retoucher_id else "Assign a retoucher first."


BRIEF = Workflow(
    "brief",
    [
        Transition("submit", "Submit", (B.DRAFT,), B.SUBMITTED, Right.SUBMIT_BRIEF, _complete),
        Transition("accept", "Accept", (B.SUBMITTED,), B.ACCEPTED, Right.PLAN),
        Transition("decline", "Decline", (B.SUBMITTED,), B.DECLINED, Right.PLAN),
        Transition("reopen", "Take back to draft", (B.DECLINED,), B.DRAFT, Right.WRITE_BRIEF),
        Transition("start", "Start production", (B.ACCEPTED,), B.IN_PRODUCTION, Right.PLAN, _has_shots),
        Transition("send", "In review", (B.IN_PRODUCTION, B.CHANGES_REQUESTED, B.IN_REVIEW), B.IN_REVIEW, None),
        Transition("changes", "Changes requested", (B.IN_REVIEW, B.IN_PRODUCTION), B.CHANGES_REQUESTED, None),
        Transition(
            "resume_production",
            "Back in production",
            (B.CHANGES_REQUESTED, B.IN_REVIEW, B.APPROVED),
            B.IN_PRODUCTION,
            None,
        ),
        Transition(
            "all_approved", "All approved", (B.IN_PRODUCTION, B.IN_REVIEW, B.CHANGES_REQUESTED), B.APPROVED, None
        ),
        Transition("deliver", "Delivered", (B.APPROVED,), B.DELIVERED, None),
        Transition("close", "Close", (B.DELIVERED,), B.CLOSED, Right.PLAN),
        Transition("hold", "Put on hold", _STANDING, B.ON_HOLD, Right.PLAN),
        # `unhold` goes back to where the brief was held from: one arrow a state, so that the table stays a table.
        *[
            Transition(
                f"unhold_{s}",
                "Take off hold",
                (B.ON_HOLD,),
                s,
                Right.PLAN,
                _held_from(s),
            )
            for s in _STANDING
        ],
        Transition("cancel", "Cancel", (B.DRAFT, *_STANDING, B.ON_HOLD), B.CANCELLED, Right.SUBMIT_BRIEF),
    ],
)

SHOT = Workflow(
    "shot",
    [
        Transition(
            "direct",
            "Start directing",
            (S.TO_DO, S.CHANGES_REQUESTED),
            S.DIRECTING,
            Right.DIRECT,
            _has_retoucher,
            internal=True,
        ),
        Transition("check", "To internal check", (S.DIRECTING,), S.INTERNAL_QA, Right.DIRECT, internal=True),
        Transition("return", "Back to the desk", (S.INTERNAL_QA,), S.DIRECTING, Right.CHECK, internal=True),
        Transition("send", "Send to the client", (S.INTERNAL_QA, S.CLIENT_REVIEW), S.CLIENT_REVIEW, Right.PLAN),
        Transition("redirect", "Direct again", (S.CLIENT_REVIEW,), S.DIRECTING, Right.DIRECT, internal=True),
        Transition("request_changes", "Request changes", (S.CLIENT_REVIEW,), S.CHANGES_REQUESTED, Right.DECIDE),
        Transition("approve", "Approve", (S.CLIENT_REVIEW,), S.APPROVED, Right.DECIDE),
        # Back from approved: by the studio's will, or because the picture that was approved is no longer what is stored.
        Transition("reopen", "Open again", (S.APPROVED,), S.DIRECTING, Right.PLAN),
        Transition("fall", "Approval fell", (S.APPROVED,), S.DIRECTING, None),
        Transition("deliver", "Delivered", (S.APPROVED,), S.DELIVERED, None),
        Transition(
            "cancel",
            "Cancel the shot",
            (S.TO_DO, S.DIRECTING, S.INTERNAL_QA, S.CHANGES_REQUESTED),
            S.CANCELLED,
            Right.PLAN,
        ),
    ],
)
