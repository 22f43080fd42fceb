"""The app's work for the queue: thin tasks that load a row and call an action."""

from __future__ import annotations

from celery import shared_task

from briefs import actions


@shared_task(name="briefs.tasks.check_photo")
def check_photo(photo_id: int) -> None:
    """Mattes a photo and gives its verdict, unless another worker is at it."""
    actions.check_photo(photo_id)


@shared_task(name="briefs.tasks.reap_photos")
def reap_photos() -> None:
    """Finds photos whose check was never begun, or whose worker was lost, and has them checked again."""
    actions.reap_photos()


@shared_task(name="briefs.tasks.make_matte")
def make_matte(matte_id: int) -> None:
    """Makes a matte that was refined by hand, unless another worker is at it."""
    actions.make_matte(matte_id)


@shared_task(name="briefs.tasks.read_fingerprint")
def read_fingerprint(fingerprint_id: int) -> None:
    """Reads what a photo shows, unless another worker is at it."""
    actions.read_fingerprint(fingerprint_id)


@shared_task(name="briefs.tasks.reap_fingerprints")
def reap_fingerprints() -> None:
    """Finds photos whose reading was lost."""
    actions.reap_fingerprints()


@shared_task(name="briefs.tasks.reap_mattes")
def reap_mattes() -> None:
    """Finds mattes whose trial was lost."""
    actions.reap_mattes()
