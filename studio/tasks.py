"""Mails as tasks of the queue `mail`. Each is claimed by a conditional update, so that two workers send it once."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from studio.mail import post
from studio.models import Invitation, Notification, Person

RETRY_AFTER = timedelta(minutes=2)
TOO_OLD = timedelta(days=1)


def deliver(to: str, template: str, context: dict[str, object]) -> None:
    """One mail: `studio/mail/TEMPLATE.txt`, whose first line is the subject, and the same as HTML."""
    facts = {**context, "site_url": settings.SITE_URL}
    subject, _, body = render_to_string(f"studio/mail/{template}.txt", facts).strip().partition("\n")
    message = EmailMultiAlternatives(subject.strip(), body.strip() + "\n", to=[to])
    message.attach_alternative(
        render_to_string("studio/mail/frame.html", {**facts, "subject": subject.strip(), "body": body.strip()}),
        "text/html",
    )
    message.send()


@shared_task(name="studio.tasks.send_mail")
def send_mail(notification_id: int) -> bool:
    """Mails one notification; false where another worker did, or nobody wants it any more."""
    unsent = Notification.objects.filter(pk=notification_id, mailed_at__isnull=True)
    if not unsent.filter(person__is_active=True, person__mail_notifications=True).update(mailed_at=timezone.now()):
        return False
    row = Notification.objects.select_related("person", "brand").get(pk=notification_id)
    try:
        deliver(row.person.email, "notification", {"notification": row, "person": row.person})
    except Exception:
        Notification.objects.filter(pk=notification_id).update(mailed_at=None)
        raise
    return True


@shared_task(name="studio.tasks.send_invitation")
def send_invitation(invitation_id: int) -> bool:
    """Mails the link to whom it invites, once, while it is open."""
    if not Invitation.objects.open().filter(pk=invitation_id, mailed_at__isnull=True).update(mailed_at=timezone.now()):
        return False
    row = Invitation.objects.select_related("brand", "invited_by").get(pk=invitation_id)
    try:
        deliver(row.email, "invitation", {"invitation": row})
    except Exception:
        Invitation.objects.filter(pk=invitation_id).update(mailed_at=None)
        raise
    return True


@shared_task(name="studio.tasks.send_password_reset")
def send_password_reset(person_id: int) -> bool:
    """Mails a link that sets a new password. The link is made here, so that it never lies in the queue."""
    from studio.passwords import reset_path

    person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        return False
    deliver(person.email, "password_reset", {"person": person, "path": reset_path(person)})
    return True


@shared_task(name="studio.tasks.find_unsent_mails")
def find_unsent_mails() -> int:
    """Posts again what was written while the broker or the mail server was away; answers how many."""
    now = timezone.now()
    unsent = Notification.objects.filter(
        mailed_at__isnull=True,
        read_at__isnull=True,
        person__is_active=True,
        person__mail_notifications=True,
        created_at__range=(now - TOO_OLD, now - RETRY_AFTER),
    ).values_list("pk", flat=True)[:200]
    invitations = Invitation.objects.open().filter(mailed_at__isnull=True, created_at__lt=now - RETRY_AFTER)
    return sum(post("send_mail", pk) for pk in unsent) + sum(
        post("send_invitation", pk) for pk in invitations.values_list("pk", flat=True)[:200]
    )
