"""The review's work away from the page. Thin: each calls an action."""

from __future__ import annotations

from celery import shared_task

from review import actions


@shared_task(name="review.tasks.pack_delivery")
def pack_delivery(pk: int, attempt: int) -> None:
    actions.pack_delivery(pk, attempt)


@shared_task(name="review.tasks.reap_deliveries")
def reap_deliveries() -> None:
    actions.reap_deliveries()
