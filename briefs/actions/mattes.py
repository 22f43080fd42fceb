"""Mattes refined by hand: tried by a worker, kept by a person, found again when a worker was lost."""

from __future__ import annotations

import logging
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from briefs.actions.facts import queue_reading
from briefs.actions.photos import bytes_of, drawn_in, have_checked
from briefs.models import PhotoMatte, PiecePhoto
from briefs.photo_reading import PhotoAnswer, checked_strokes, examine_photo, read_upload
from briefs.stored_files import sha256_of, shelf
from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, require
from studio.turns import ATTEMPTS, lost_turns, take_turn

log = logging.getLogger("loupe.photos")
LEASE_S = 180
TRYING = PhotoMatte.State.TRYING


def try_matte(photo: PiecePhoto, *, by: Person, strokes: Any = None, mask: File | None = None) -> PhotoMatte:
    """Has a refined matte made, to be looked at: by keep and drop strokes, by a mask's file, or by strokes on a mask.

    Nothing of the photo changes until it is kept. Raises Invalid with the reason for strokes that don't fit the photo,
    for a mask of another size, and for neither.
    """
    require(by, Right.REFINE_MATTE, photo)
    if photo.piece.archived_at:
        raise Conflict("piece.archived", "This piece is archived.", "Nothing was made.")
    drawn = checked_strokes(strokes, photo.width_px, photo.height_px) if strokes else None
    if drawn is None and mask is None:
        raise Invalid(
            "matte.nothing_drawn", "Nothing was painted, and no mask came.", "Paint a stroke, or choose a PNG."
        )
    suffix, sha256 = "", ""
    if mask is not None:
        upload = read_upload(mask)
        if (upload.width_px, upload.height_px) != (photo.width_px, photo.height_px):
            raise Invalid(
                "alpha.other_size",
                f"The mask has {upload.width_px} × {upload.height_px} pixels and its photo {photo.width_px} × {photo.height_px}.",
                "Export the mask at the photo's own size, uncropped.",
            )
        suffix, sha256 = upload.suffix, sha256_of(mask)
    with shelf(photo.brand_id) as files, transaction.atomic():
        PiecePhoto.objects.select_for_update().get(pk=photo.pk)
        last = photo.mattes.aggregate(last=Max("number"))["last"] or 0
        matte = PhotoMatte.objects.create(
            photo=photo,
            number=last + 1,
            strokes=drawn,
            mask_file=files.put("masks", mask, suffix, sha256) if mask is not None else "",
            created_by=by,
        )
        transaction.on_commit(lambda: send_trial(matte.pk))
    return matte


def keep_matte(matte: PhotoMatte, *, by: Person) -> PiecePhoto:
    """Makes a tried matte the photo's own: what is made from now on is cut by it. Kept again it is in force again.

    Raises Conflict where it isn't made, or where it was refused.
    """
    require(by, Right.REFINE_MATTE, matte)
    if matte.state != PhotoMatte.State.READY:
        raise Conflict(
            "matte.state",
            f"This matte is {matte.get_state_display().lower()}.",
            "Only one that was made can be kept.",
            state=matte.state,
        )
    with transaction.atomic():
        photo = PiecePhoto.objects.select_for_update().get(pk=matte.photo_id)
        if photo.state == PiecePhoto.State.CHECKING:
            raise Conflict("photo.checking", "The photo is being checked just now.", "Try again in a few seconds.")
        before = photo.matte.number if photo.matte else None
        now = timezone.now()
        PhotoMatte.objects.filter(pk=matte.pk).update(kept_at=now)
        PiecePhoto.objects.filter(pk=photo.pk).update(
            matte=matte,
            state=PiecePhoto.State.READY,
            alpha_file=matte.alpha_file.name,
            cutout_file=matte.cutout_file.name,
            findings=matte.findings,
            checked_at=now,
        )
        photo.refresh_from_db()
        record_event("photo.matte_kept", photo, by=by, before={"matte": before}, after={"matte": matte.number})
        queue_reading(photo)
    matte.refresh_from_db()
    return photo


def drop_matte(photo: PiecePhoto, *, by: Person) -> PiecePhoto:
    """Back to the automatic matte; the photo is checked anew. Without one in force nothing changes."""
    require(by, Right.REFINE_MATTE, photo)
    with transaction.atomic():
        if PiecePhoto.objects.filter(pk=photo.pk, matte__isnull=False).update(matte=None):
            photo.refresh_from_db()
            record_event("photo.matte_dropped", photo, by=by)
            have_checked(PiecePhoto.objects.filter(pk=photo.pk))
    photo.refresh_from_db()
    return photo


# The worker's side --------------------------------------------------------------------------------------------------
def send_trial(matte_id: int) -> None:
    """Asks the queue for a trial. A broker that is away costs time, not the strokes: the reaper asks again."""
    from briefs.tasks import make_matte as task

    try:
        task.delay(matte_id)
    except Exception as error:  # kombu's, redis's or the socket's own
        log.warning("matte %s: the queue is away, it is made later: %s", matte_id, error)


def make_matte(matte_id: int) -> bool:
    """Makes a tried matte, if nobody else is at it; answers whether this call's result was the one that was kept."""
    if not take_turn(PhotoMatte.objects.filter(state=TRYING), matte_id, LEASE_S):
        return False
    matte = PhotoMatte.objects.select_related("photo__piece").get(pk=matte_id)
    piece = matte.photo.piece
    answer = examine_photo(bytes_of(matte.photo.file), piece.category, piece.width_mm, **drawn_in(matte))
    return _write(matte, answer)


def _write(matte: PhotoMatte, answer: PhotoAnswer) -> bool:
    with shelf(matte.brand_id) as files, transaction.atomic():
        mine = PhotoMatte.objects.select_for_update().filter(pk=matte.pk, state=TRYING, attempts=matte.attempts)
        if not mine.exists():
            return False
        mine.update(
            state=PhotoMatte.State.READY if answer.usable else PhotoMatte.State.REFUSED,
            findings=answer.findings,
            alpha_file=files.put("mattes", answer.alpha_png, ".png") if answer.alpha_png else "",
            cutout_file=files.put("cutouts", answer.cutout_webp, ".webp") if answer.cutout_webp else "",
            lease_until=None,
        )
    return True


def reap_mattes() -> int:
    """Sends lost trials again, and gives up on one that cost several workers; answers how many were found."""
    lost = lost_turns(PhotoMatte.objects.filter(state=TRYING))
    found = 0
    for matte in lost.select_related("photo__piece"):
        found += 1
        if matte.attempts < ATTEMPTS:
            send_trial(matte.pk)
            continue
        words = (
            "This matte could not be made: it broke off several times. Paint it with fewer strokes, or upload a mask."
        )
        _write(matte, PhotoAnswer(False, [{"code": "matte.lost", "level": "refuse", "message": words}]))
    return found
