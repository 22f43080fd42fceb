"""What a person can do with a draft now: read from the transition table, with the reason where a step is blocked."""

from __future__ import annotations

from briefs.models import Shot
from review.gate import ruling_on
from review.models import Draft
from review.workflows import DRAFT
from studio.models import Person
from studio.permissions import Right, may
from studio.workflow import Offer

OVERRIDE = "override"
_CLIENT_STEPS = ("request_changes", "approve")
D = Draft.State


def offers_for(draft: Draft, person: Person) -> list[Offer]:
    """Buttons in their order. A client who may not decide sees both, blocked, and why."""
    offers = {o.name: o for o in DRAFT.offers(draft, person)}
    may_override = draft.state == D.INTERNAL and not draft.gate_override and may(person, Right.CHECK, draft)
    if may_override and not ruling_on(draft).opens:
        offers[OVERRIDE] = Offer(OVERRIDE, "Override the gate")
    if draft.state == D.SENT and not person.is_studio:
        why = _why_not_decide(draft, person)
        for name in _CLIENT_STEPS:
            offers[name] = Offer(name, DRAFT.transitions[name].label, why)
    order = ("reject", OVERRIDE, "pass", "send", *_CLIENT_STEPS)
    return [offers[name] for name in order if name in offers]


def _why_not_decide(draft: Draft, person: Person) -> str:
    if not may(person, Right.DECIDE, draft):
        return "You can mark and comment; an approver or admin of your brand decides."
    if not waits_for_client(draft):
        return "The studio is directing this picture again; a newer version is on its way."
    return ""


# What a draft's state comes to, for the two sides of the table.
STATE_WORDS: dict[str, str] = {
    D.INTERNAL: "Waits for the studio's own check.",
    D.PASSED: "Passed the check; not yet sent to the client.",
    D.REJECTED: "Back at the desk.",
    D.SENT: "With the client.",
    D.CHANGES_REQUESTED: "Changes were requested; the next version is in work.",
    D.APPROVED: "Approved.",
    D.SUPERSEDED: "A newer version has taken its place.",
    D.FALLEN: "Its approval fell: the stored files are not those that were approved. A new version is in work.",
}
TONES: dict[str, str] = {
    D.INTERNAL: "act",
    D.PASSED: "act",
    D.REJECTED: "warn",
    D.SENT: "act",
    D.CHANGES_REQUESTED: "warn",
    D.APPROVED: "ok",
    D.SUPERSEDED: "quiet",
    D.FALLEN: "bad",
}


def waits_for_client(draft: Draft) -> bool:
    """Whether the client can decide on it: it was sent, and its shot isn't being directed again."""
    return draft.state == D.SENT and draft.shot.state == Shot.State.CLIENT_REVIEW


def state_label(draft: Draft, person: Person) -> str:
    """The state as this person reads it: what is with the client is for the client to review."""
    if person.is_studio or draft.state != D.SENT:
        return draft.get_state_display()
    return "To review" if waits_for_client(draft) else "In work again"
