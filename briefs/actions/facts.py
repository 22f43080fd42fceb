"""What a photo shows: read by a worker, confirmed or corrected by a person, held to from then on."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from briefs.fact_reading import FactsAnswer, checked_facts, read_facts
from briefs.models import ConfirmedFacts, PhotoFingerprint, PiecePhoto
from studio.errors import Conflict
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, require
from studio.turns import ATTEMPTS, lost_turns, take_turn

log = logging.getLogger("loupe.photos")
LEASE_S = 120  # a reading takes 3 to 15 seconds, the network's loading included
READING = PhotoFingerprint.State.READING


def queue_reading(photo: PiecePhoto) -> PhotoFingerprint:
    """Has a photo read as it is cut now, in the transaction that cut it."""
    last = photo.fingerprints.aggregate(last=Max("number"))["last"] or 0
    row = PhotoFingerprint.objects.create(photo=photo, number=last + 1, alpha_file=photo.alpha_file.name)
    transaction.on_commit(partial(send_reading, row.pk))
    return row


def read_again(photo: PiecePhoto, *, by: Person) -> PhotoFingerprint:
    """Has a photo read that never was, or whose reading failed; answers the reading that stands where there is one."""
    require(by, Right.CONFIRM_FACTS, photo)
    with transaction.atomic():
        fresh = PiecePhoto.objects.select_for_update().get(pk=photo.pk)
        if fresh.state != PiecePhoto.State.READY:
            raise Conflict(
                "photo.state",
                f"This photo is {fresh.get_state_display().lower()}.",
                "Its stones are read once it is ready.",
                state=fresh.state,
            )
        newest = fresh.fingerprints.order_by("-number").first()
        if newest is not None and newest.state != PhotoFingerprint.State.FAILED:
            return newest
        return queue_reading(fresh)


def confirm_facts(fingerprint: PhotoFingerprint, *, by: Person, data: Any, seen: int | None = None) -> ConfirmedFacts:
    """Keeps what a person says that the photo shows: from now on, pictures of the piece are held to it.

    `seen`: the number of the facts that stood when they looked (0: none). Raises Conflict where others stand now
    (`facts.changed`), where the photo was read anew since (`facts.read_anew`) or isn't read yet; Invalid where the
    stones don't fit the photo. Confirmed again unchanged it is the same row.
    """
    require(by, Right.CONFIRM_FACTS, fingerprint)
    if fingerprint.photo.piece.archived_at:
        raise Conflict("piece.archived", "This piece is archived.", "Nothing was changed.")
    if fingerprint.state != PhotoFingerprint.State.READY:
        raise Conflict("facts.state", "This photo isn't read yet.", "Wait until its stones are shown.")
    checked = checked_facts(data, fingerprint.data)
    with transaction.atomic():
        photo = PiecePhoto.objects.select_for_update().get(pk=fingerprint.photo_id)
        newest = photo.fingerprints.order_by("-number").values_list("pk", flat=True).first()
        if newest != fingerprint.pk:
            raise Conflict(
                "facts.read_anew",
                "The photo was read anew meanwhile: its cut or its size has changed.",
                "Look at what is marked now, then confirm. Nothing was changed.",
            )
        before = photo.facts.order_by("-number").first()
        standing = before.number if before else 0
        if seen is not None and seen != standing:
            raise Conflict(
                "facts.changed",
                "Somebody else confirmed this photo's stones meanwhile.",
                "Look at what stands now, then confirm. Nothing was changed.",
                number=standing,
            )
        if before is not None and (before.sha256, before.fingerprint_id) == (checked.sha256, fingerprint.pk):
            return before
        made = ConfirmedFacts.objects.create(
            photo=photo,
            fingerprint=fingerprint,
            number=standing + 1,
            data=checked.data,
            sha256=checked.sha256,
            words=checked.words,
            corrected=checked.corrected,
            created_by=by,
        )
        record_event(
            "photo.facts_confirmed",
            photo,
            by=by,
            before={"words": before.words} if before else {},
            after={"number": made.number, "words": made.words, "sha256": made.sha256, "corrected": made.corrected},
        )
    return made


# The worker's side --------------------------------------------------------------------------------------------------
def send_reading(fingerprint_id: int) -> None:
    """Asks the queue for a reading. A broker that is away costs time, not the reading: the reaper asks again."""
    from briefs.tasks import read_fingerprint as task

    try:
        task.delay(fingerprint_id)
    except Exception as error:  # kombu's, redis's or the socket's own
        log.warning("fingerprint %s: the queue is away, it is read later: %s", fingerprint_id, error)


def read_fingerprint(fingerprint_id: int) -> bool:
    """Reads a photo, if nobody else is at it; answers whether this call's result was the one that was kept."""
    if not take_turn(PhotoFingerprint.objects.filter(state=READING), fingerprint_id, LEASE_S):
        return False
    row = PhotoFingerprint.objects.select_related("photo__piece").get(pk=fingerprint_id)
    with row.photo.file.open("rb") as file:
        content = file.read()
    with row.alpha_file.open("rb") as file:
        alpha = file.read()
    piece = row.photo.piece
    return _write(row, read_facts(content, alpha, piece.category, piece.width_mm))


def _write(row: PhotoFingerprint, answer: FactsAnswer) -> bool:
    mine = PhotoFingerprint.objects.filter(pk=row.pk, state=READING, attempts=row.attempts)
    state = PhotoFingerprint.State.FAILED if answer.failure else PhotoFingerprint.State.READY
    words = (answer.failure or answer.words)[:500]
    return bool(
        mine.update(
            state=state,
            data=answer.data,
            words=words,
            confidence=answer.confidence,
            read_at=timezone.now(),
            lease_until=None,
        )
    )


def reap_fingerprints() -> int:
    """Sends lost readings again, and gives up on one that cost several workers; answers how many were found."""
    lost = lost_turns(PhotoFingerprint.objects.filter(state=READING))
    found = 0
    for row in lost:
        found += 1
        if row.attempts < ATTEMPTS:
            send_reading(row.pk)
        else:
            _write(
                row, FactsAnswer(failure="The photo's stones could not be read: the reading broke off several times.")
            )
    return found
