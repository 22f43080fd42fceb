"""A shot's newest draft that a person may see: its cover in every list, and where a client's row leads."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from briefs.covers import Cover
from briefs.models import Shot
from review.models import Draft
from studio.models import Person


def covers_of_drafts(shots: Sequence[Shot], person: Person) -> dict[int, Cover]:
    """The newest draft of each shot; for the studio only once it is decided, since its desk may be further on."""
    rows = Draft.objects.visible_to(person).filter(shot__in=shots)
    if person.is_studio:
        rows = rows.filter(state=Draft.State.APPROVED)
    return {
        shot: Cover(reverse("draft-picture", args=[pk, "thumbnail"]), reverse("draft", args=[pk]))
        for shot, pk in rows.order_by("number").values_list("shot_id", "pk")
    }
