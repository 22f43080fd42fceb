"""Telling people: on commit alone, once each, by mail to those who want it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from studio.actions import mark_all_read, notify
from studio.models import Invitation, Notification, Person
from studio.tasks import find_unsent_mails, send_invitation, send_mail


def tell(*people: Person, **more: Any) -> list[Notification]:
    facts = {"kind": "draft.sent", "text": "Three drafts wait for you", "url": "/reviews/", **more}
    return notify(people, **facts)


def test_nothing_is_told_of_a_change_that_didnt_happen(world: Any, django_capture_on_commit_callbacks: Any) -> None:
    before = Notification.objects.count()

    def change_that_fails() -> None:
        with transaction.atomic():
            tell(world.approver)
            raise ZeroDivisionError

    with django_capture_on_commit_callbacks() as posted, pytest.raises(ZeroDivisionError):
        change_that_fails()
    assert Notification.objects.count() == before
    assert posted == []


def test_a_mail_is_posted_after_the_commit_for_those_who_want_it(
    world: Any, django_capture_on_commit_callbacks: Any
) -> None:
    world.reviewer.mail_notifications = False
    world.reviewer.save()
    with django_capture_on_commit_callbacks() as posted:
        tell(world.approver, world.approver, world.reviewer)
    assert len(posted) == 1
    assert world.approver.notifications.filter(kind="draft.sent").count() == 1
    assert world.reviewer.notifications.count() == 1


def test_somebody_inactive_is_told_nothing(world: Any) -> None:
    world.approver.is_active = False
    assert tell(world.approver) == []


def test_a_mail_is_sent_once(world: Any) -> None:
    [row] = tell(world.approver, brand=world.brand)
    assert send_mail(row.pk)
    assert not send_mail(row.pk)
    [sent] = mail.outbox
    assert sent.to == [world.approver.email]
    assert sent.subject == "Three drafts wait for you"
    assert "/reviews/" in sent.body


def test_a_long_text_with_a_line_break_makes_a_whole_subject(world: Any) -> None:
    [row] = tell(world.approver, text="One\nTwo " + "x" * 400)
    assert len(row.text) == 300
    assert send_mail(row.pk)
    assert "\n" not in mail.outbox[0].subject


def test_a_mail_server_that_is_away_loses_no_mail(world: Any, settings: Any) -> None:
    [row] = tell(world.approver)
    before = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(OSError, match="refused"):
        send_mail(row.pk)
    settings.EMAIL_BACKEND = before
    row.refresh_from_db()
    assert row.mailed_at is None
    Notification.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    Invitation.objects.filter(pk=world.invitation.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    assert find_unsent_mails() == 2
    assert send_mail(row.pk)
    assert send_invitation(world.invitation.pk)
    assert find_unsent_mails() == 0


def test_what_was_read_or_is_old_is_not_mailed_later(world: Any) -> None:
    Notification.objects.all().delete()
    Invitation.objects.all().delete()
    read, old = tell(world.approver), tell(world.reviewer)
    Notification.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    Notification.objects.filter(pk=read[0].pk).update(read_at=timezone.now())
    Notification.objects.filter(pk=old[0].pk).update(created_at=timezone.now() - timedelta(days=2))
    assert find_unsent_mails() == 0


def test_following_one_marks_it_read_and_leads_there(client: Client, world: Any) -> None:
    client.force_login(world.approver)
    assert 'class="unread"' in client.get(reverse("home")).content.decode()
    assert client.post(reverse("notification", args=[world.notification.pk]))["Location"] == "/"
    assert 'class="unread"' not in client.get(reverse("home")).content.decode()


def test_one_that_leads_elsewhere_leads_to_the_list(client: Client, world: Any) -> None:
    [row] = tell(world.approver, url="https://elsewhere.example/")
    client.force_login(world.approver)
    assert client.post(reverse("notification", args=[row.pk]))["Location"] == reverse("notifications")


def test_marking_all_read_is_ones_own(world: Any) -> None:
    tell(world.approver, world.reviewer)
    assert mark_all_read(by=world.approver) == 2
    assert world.reviewer.notifications.unread().count() == 1
