"""From an event's subject to its page, by the names of addresses alone: this app imports no other."""

from __future__ import annotations

from django.urls import reverse

from studio.models import Event, Person

# A kind of row -> (what people call it, the name of its page, if it has one by its id).
SUBJECTS: dict[str, tuple[str, str]] = {
    "briefs.brief": ("Briefs", "brief"),
    "briefs.piece": ("Pieces", "piece"),
    "briefs.piecephoto": ("Photos", ""),
    "briefs.shot": ("Shots", "desk"),
    "pipeline.generation": ("Generations", "generation"),
    "pipeline.plate": ("Plates", "plate"),
    "pipeline.directionrecord": ("Directions", ""),
    "review.draft": ("Drafts", "draft"),
    "review.annotation": ("Marks", ""),
    "review.comment": ("Comments", ""),
    "review.round": ("Rounds", ""),
    "review.decision": ("Decisions", ""),
    "review.delivery": ("Deliveries", "delivery"),
    "studio.person": ("Accounts", ""),
    "studio.membership": ("Roles", ""),
    "studio.invitation": ("Invitations", ""),
    "studio.brand": ("Brands", ""),
}
# Pages that only the studio has: a brand reads of what happened there and is led nowhere.
STUDIO_PAGES = frozenset({"desk", "generation"})
KINDS = [(kind, label) for kind, (label, _) in SUBJECTS.items()]


def address(event: Event, person: Person) -> str:
    """The path of the subject's page; empty where it has none that `person` may open."""
    name = SUBJECTS.get(event.subject_type, ("", ""))[1]
    if not name or not event.subject_id.isdigit() or (name in STUDIO_PAGES and not person.is_studio):
        return ""
    return reverse(name, args=[int(event.subject_id)])
