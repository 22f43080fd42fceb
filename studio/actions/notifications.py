"""Telling people: a row each, and a mail to those who want mails, once the change they hear of is committed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.utils import timezone

from studio.mail import post
from studio.models import Brand, Notification, Person


def notify(
    people: Iterable[Person], *, kind: str, text: str, url: str, brand: Brand | None = None
) -> list[Notification]:
    """Tells each person once. `kind` is a dotted fact ("draft.sent"), `text` a sentence, `url` where the next step is.

    Called inside the change's transaction the rows stand or fall with it; called in `on_commit` they are written then.
    Either way a mail leaves after the commit alone. Somebody inactive is told nothing.
    """
    wanted = {person.pk: person for person in people if person.is_active}
    with transaction.atomic():
        rows = [
            Notification.objects.create(person=person, brand=brand, kind=kind, text=text[:300], url=url)
            for person in wanted.values()
        ]
        for row in rows:
            if wanted[row.person_id].mail_notifications:
                transaction.on_commit(partial(post, "send_mail", row.pk))
    return rows


def mark_read(notification: Notification, *, by: Person) -> None:
    """The person has seen it. Marking it again changes nothing."""
    Notification.objects.visible_to(by).unread().filter(pk=notification.pk).update(read_at=timezone.now())
    notification.refresh_from_db()


def mark_all_read(*, by: Person) -> int:
    """Everything that this person hasn't read; answers how many there were."""
    return Notification.objects.visible_to(by).unread().update(read_at=timezone.now())
