"""Photos of pieces: taken in by a request, matted and judged by a worker, found again when a worker was lost."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import PurePath
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from briefs.actions.facts import queue_reading
from briefs.models import PhotoMatte, Piece, PiecePhoto
from briefs.photo_reading import PhotoAnswer, examine_photo, read_upload
from briefs.stored_files import sha256_of, shelf
from studio.errors import Conflict
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, require
from studio.turns import ATTEMPTS, lost_turns, take_turn

log = logging.getLogger("loupe.photos")

LEASE_S = 180  # a check takes 5 to 30 seconds; a worker that is silent for this long is lost


def add_photo(piece: Piece, *, by: Person, file: File, original_name: str) -> PiecePhoto:
    """Takes in an uploaded photo; a worker checks it. Raises Invalid where the file is no photograph: nothing is kept.

    The same file twice is one photo: sent again, it is answered with the row that stands, checked anew if it was refused.
    """
    require(by, Right.EDIT_PIECES, piece)
    if piece.archived_at:
        raise Conflict("piece.archived", "This piece is archived.", "Add the photo to a piece that is in use.")
    upload = read_upload(file)
    sha256 = sha256_of(file)
    with shelf(piece.brand_id) as files, transaction.atomic():
        Piece.objects.select_for_update().get(pk=piece.pk)
        known = PiecePhoto.objects.filter(piece=piece, sha256=sha256).first()
        if known is not None:
            if known.state == PiecePhoto.State.REFUSED:
                have_checked(PiecePhoto.objects.filter(pk=known.pk))
                known.refresh_from_db()
            return known
        photo = PiecePhoto.objects.create(
            piece=piece,
            file=files.put("photos", file, upload.suffix, sha256),
            original_name=shown_name(original_name),
            sha256=sha256,
            size_bytes=file.size or 0,
            width_px=upload.width_px,
            height_px=upload.height_px,
            created_by=by,
        )
        record_event("photo.added", photo, by=by, after={"piece": piece.pk, "sha256": sha256})
        transaction.on_commit(lambda: send_check(photo.pk))
    return photo


def shown_name(name: str) -> str:
    """A client's file name without folders and control characters: shown, never used as a path."""
    shown = "".join(c for c in PurePath(name.replace("\\", "/")).name if c.isprintable()).strip()
    return shown[:200] or "photo"


def send_check(photo_id: int) -> None:
    """Asks the queue for a check. A broker that is away costs time, not the photo: the reaper asks again."""
    from briefs.tasks import check_photo as task

    try:
        task.delay(photo_id)
    except Exception as error:  # kombu's, redis's or the socket's own
        log.warning("photo %s: the queue is away, its check is sent later: %s", photo_id, error)


def check_again(piece: Piece) -> None:
    """Has a piece's photos judged anew, in the transaction that changed what they are judged by."""
    # A check that runs now included: what it finds out is held against what it was judged by, and dropped.
    have_checked(PiecePhoto.objects.filter(piece=piece))


def have_checked(photos: QuerySet[PiecePhoto]) -> None:
    """Sends these photos to their check again, in the transaction that made it necessary."""
    ids = list(photos.values_list("pk", flat=True))
    photos.update(state=PiecePhoto.State.CHECKING, attempts=0, lease_until=None, findings=[], checked_at=None)
    for photo_id in ids:
        transaction.on_commit(partial(send_check, photo_id))


def check_photo(photo_id: int) -> bool:
    """Checks a photo, if nobody else is at it; answers whether this call's result was the one that was kept."""
    attempt = _claim(photo_id)
    if attempt is None:
        return False
    photo = PiecePhoto.objects.select_related("piece", "matte").get(pk=photo_id)
    judged_by = (photo.piece.category, photo.piece.width_mm)
    answer = examine_photo(bytes_of(photo.file), *judged_by, **drawn_in(photo.matte))
    return _keep(photo, attempt, judged_by, answer)


def bytes_of(file: FieldFile) -> bytes:
    with file.open("rb") as opened:
        return opened.read()


def drawn_in(matte: PhotoMatte | None) -> dict[str, Any]:
    """What a matte holds that was made by hand, as `examine_photo` takes it."""
    if matte is None:
        return {}
    return {"strokes": matte.strokes, "mask": bytes_of(matte.mask_file) if matte.mask_file else b""}


def _claim(photo_id: int) -> int | None:
    with transaction.atomic():
        if not take_turn(PiecePhoto.objects.filter(state=PiecePhoto.State.CHECKING), photo_id, LEASE_S):
            return None
        return PiecePhoto.objects.values_list("attempts", flat=True).get(pk=photo_id)


def _keep(photo: PiecePhoto, attempt: int, judged_by: tuple[str, float], answer: PhotoAnswer) -> bool:
    """Writes the answer where the attempt is still this one's and the piece is still what it was judged as."""
    State = PiecePhoto.State
    with shelf(photo.brand_id) as files, transaction.atomic():
        piece = Piece.objects.select_for_update().get(pk=photo.piece_id)
        mine = PiecePhoto.objects.filter(pk=photo.pk, state=State.CHECKING, attempts=attempt)
        if (piece.category, piece.width_mm) != judged_by or not mine.exists():
            return False
        written = {
            "alpha_file": files.put("mattes", answer.alpha_png, ".png") if answer.alpha_png else "",
            "cutout_file": files.put("cutouts", answer.cutout_webp, ".webp") if answer.cutout_webp else "",
            "thumbnail_file": files.put("thumbnails", answer.thumbnail_webp, ".webp") if answer.thumbnail_webp else "",
        }
        state = State.READY if answer.usable else State.REFUSED
        mine.update(state=state, findings=answer.findings, checked_at=timezone.now(), lease_until=None, **written)
        photo.refresh_from_db()
        record_event(f"photo.{state}", photo, by=None, after={"codes": [f["code"] for f in answer.findings]})
        if answer.usable:
            queue_reading(photo)
    return True


def reap_photos() -> int:
    """Sends lost checks again, and gives up on a photo that cost several workers; answers how many were found."""
    lost = lost_turns(PiecePhoto.objects.filter(state=PiecePhoto.State.CHECKING))
    found = list(lost.values_list("pk", "attempts"))
    for photo_id, attempts in found:
        if attempts < ATTEMPTS:
            send_check(photo_id)
        else:
            _give_up(photo_id, attempts)
    return len(found)


def _give_up(photo_id: int, attempts: int) -> None:
    words = (
        "This photo could not be checked: the check broke off several times. "
        "Please upload it again, or another photo of the piece."
    )
    with transaction.atomic():
        lost = PiecePhoto.objects.filter(
            pk=photo_id, state=PiecePhoto.State.CHECKING, attempts=attempts, lease_until__lt=timezone.now()
        )
        finding = {"code": "photo.check_lost", "level": "refuse", "message": words}
        if lost.update(state=PiecePhoto.State.REFUSED, findings=[finding], checked_at=timezone.now(), lease_until=None):
            photo = PiecePhoto.objects.select_related("piece").get(pk=photo_id)
            record_event("photo.refused", photo, by=None, after={"codes": ["photo.check_lost"]})
            log.error("photo %s: its check was lost %s times", photo_id, attempts)
