"""The review's sections of the home page."""

from __future__ import annotations

from django.urls import reverse

from briefs.models import Shot
from review.models import Delivery, Draft
from review.reading import drafts_with_rows
from studio import home
from studio.models import Person
from studio.permissions import Right, may_somewhere
from studio.templatetags.loupe import due_words

D = Draft.State
MOST = 6


def waiting_for(person: Person) -> home.Section | None:
    """A brand's drafts to review; the studio's to check, and for those who send, to send."""
    states = [D.SENT] if not person.is_studio else [D.INTERNAL]
    if person.is_studio and may_somewhere(person, Right.PLAN):
        states.append(D.PASSED)
    rows = drafts_with_rows(person).defer("generation__report").filter(state__in=states)
    if not person.is_studio:
        rows = rows.filter(shot__state=Shot.State.CLIENT_REVIEW)
    rows = rows.order_by("shot__brief__deadline", "id")
    found = list(rows[: MOST + 1])
    items = [_item(draft, person) for draft in found[:MOST]]
    count = len(found) if len(found) <= MOST else rows.count()
    return home.Section("Waiting for you", items, order=10, more_url=reverse("reviews"), count=count) if items else None


def _item(draft: Draft, person: Person) -> home.Item:
    badges = {D.INTERNAL: "To check", D.PASSED: "To send", D.SENT: "To review"}
    brief = draft.shot.brief
    due = f"due {due_words(brief.deadline)}" if brief.deadline else ""
    detail = " · ".join(part for part in (brief.brand.name if person.is_studio else str(brief), due) if part)
    return home.Item(
        title=f"{draft.shot.title or draft.shot.piece.name} · v{draft.number}",
        url=reverse("draft", args=[draft.pk]),
        detail=detail,
        badge=badges[D(draft.state)],
        tone="act",
        picture=reverse("draft-picture", args=[draft.pk, "thumbnail"]),
        late=draft.shot.is_late,
    )


def delivered_for(person: Person) -> home.Section | None:
    """What is ready to download."""
    rows = Delivery.objects.visible_to(person).filter(state=Delivery.State.READY).select_related("brief__brand")
    if not person.is_studio:
        rows = rows.prefetch_related("drafts")
    items = []
    for delivery in rows.order_by("-id")[:MOST]:
        first = None if person.is_studio else next(iter(delivery.drafts.all()), None)
        items.append(
            home.Item(
                title=str(delivery.brief),
                url=reverse("delivery", args=[delivery.pk]),
                detail=delivery.brief.brand.name if person.is_studio else f"Delivery {delivery.number}",
                badge="" if delivery.downloaded_at else "New",
                tone="ok",
                picture=reverse("draft-picture", args=[first.pk, "thumbnail"]) if first else "",
            )
        )
    return home.Section("Delivered", items, order=30, more_url=reverse("deliveries")) if items else None
