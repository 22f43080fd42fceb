"""A brief's state as people say it: "in production, 3 of 8 pictures, due Thursday"."""

from __future__ import annotations

from briefs.models import Brief
from studio.home import Tone
from studio.templatetags.loupe import due_words

S = Brief.State
TONES: dict[str, Tone] = {
    S.DRAFT: "quiet", S.SUBMITTED: "quiet", S.ACCEPTED: "quiet", S.IN_PRODUCTION: "quiet", S.IN_REVIEW: "act",
    S.CHANGES_REQUESTED: "warn", S.APPROVED: "ok", S.DELIVERED: "ok", S.CLOSED: "quiet", S.ON_HOLD: "warn",
    S.DECLINED: "bad", S.CANCELLED: "quiet",
}  # fmt: skip
_AT_WORK = {S.ACCEPTED, S.IN_PRODUCTION, S.IN_REVIEW, S.CHANGES_REQUESTED}


def plain_state(brief: Brief) -> str:
    """In words, for a brief that was read with `shot_count` and `done_count`."""
    said = brief.get_state_display()
    if brief.state in _AT_WORK:
        shots = getattr(brief, "shot_count", 0)
        if shots:
            said += f", {getattr(brief, 'done_count', 0)} of {shots} picture{'s' if shots > 1 else ''}"
        if brief.deadline:
            due = due_words(brief.deadline)
            said += f", {due}" if due.endswith("late") else f", due {due}"
    return said
