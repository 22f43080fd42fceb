"""The draft's state machine, one table. docs/workflows.md is drawn from it."""

from __future__ import annotations

from review.models import Draft
from studio.permissions import Right
from studio.workflow import Transition, Workflow

D = Draft.State


def _gate(draft: Draft) -> str | None:
    """The QA gate: a fail needs a named override with a reason."""
    if draft.generation.verdict == "fail" and not draft.gate_override:
        return "The QA report says fail: override it with a reason, or direct the shot again."
    return None


DRAFT = Workflow(
    "draft",
    [
        Transition("pass", "Pass the check", (D.INTERNAL,), D.PASSED, Right.CHECK, _gate, internal=True),
        Transition("reject", "Back to the desk", (D.INTERNAL, D.PASSED), D.REJECTED, Right.CHECK, internal=True),
        Transition("send", "Send to the client", (D.PASSED,), D.SENT, Right.PLAN),
        Transition("approve", "Approve", (D.SENT,), D.APPROVED, Right.DECIDE),
        Transition("request_changes", "Request changes", (D.SENT,), D.CHANGES_REQUESTED, Right.DECIDE),
        Transition("supersede", "Superseded", (D.INTERNAL, D.PASSED, D.SENT, D.CHANGES_REQUESTED), D.SUPERSEDED, None),
    ],
)
