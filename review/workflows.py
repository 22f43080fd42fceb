"""The draft's state machine, one table. docs/workflows.md is drawn from it."""

from __future__ import annotations

from review.gate import ruling_on
from review.models import Draft
from studio.permissions import Right
from studio.workflow import Transition, Workflow

D = Draft.State


def gate_reason(draft: Draft) -> str | None:
    """The QA gate: what didn't pass, and what couldn't be verified, needs a named override with a reason."""
    return None if draft.gate_override else ruling_on(draft).why or None


DRAFT = Workflow(
    "draft",
    [
        Transition("pass", "Pass the check", (D.INTERNAL,), D.PASSED, Right.CHECK, gate_reason, internal=True),
        Transition("reject", "Back to the desk", (D.INTERNAL, D.PASSED), D.REJECTED, Right.CHECK, internal=True),
        Transition("send", "Send to the client", (D.PASSED,), D.SENT, Right.PLAN),
        Transition("approve", "Approve", (D.SENT,), D.APPROVED, Right.DECIDE),
        Transition("request_changes", "Request changes", (D.SENT,), D.CHANGES_REQUESTED, Right.DECIDE),
        # An approval holds to the bytes that were seen: a file that changed or is gone takes it away.
        Transition("fall", "Approval fell", (D.APPROVED,), D.FALLEN, None),
        # A newer version that is sent takes the place of any older one, of an approved one as well.
        Transition("supersede", "Superseded", (D.SENT, D.CHANGES_REQUESTED, D.APPROVED, D.FALLEN), D.SUPERSEDED, None),
        # Apart from the one above, because a client may not learn of a version that was never sent.
        Transition("supersede_unsent", "Superseded unsent", (D.INTERNAL, D.PASSED), D.SUPERSEDED, None, internal=True),
    ],
)
