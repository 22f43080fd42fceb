"""Handing over: a delivery is a row before it is a ZIP, packed by a worker under a lease, found again if that dies."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from datetime import datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from briefs.actions import follow_shots
from briefs.models import Brief, Shot
from briefs.workflows import BRIEF, SHOT
from review.actions.decisions import let_approval_fall
from review.audience import planners, reviewers_of, without
from review.models import Delivery, DeliveryQuerySet, Draft
from review.packing import write_zip
from review.proof import is_bound, stored_sha256
from studio.actions import notify
from studio.errors import Conflict, LoupeError
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, require
from studio.storage import content_name

log = logging.getLogger("loupe.delivery")
# A message that the broker lost is sent again after this long.
UNCLAIMED_S = 30


class LeaseLost(Exception):
    """This worker was given up, or another one has taken its delivery: what it packed is not wanted."""


def why_not_deliver(brief: Brief) -> str | None:
    """Why the brief can't be delivered now, in words; None where it can."""
    if brief.state not in (Brief.State.APPROVED, Brief.State.DELIVERED):
        shots = [s for s in brief.shots.all() if s.state != Shot.State.CANCELLED]
        approved = sum(s.state in (Shot.State.APPROVED, Shot.State.DELIVERED) for s in shots)
        return f"{approved} of {len(shots)} pictures are approved: a brief is delivered when all are."
    if any(d.state == Delivery.State.PACKING for d in brief.deliveries.all()):
        return "A delivery of this brief is being packed already."
    return None


def make_delivery(brief: Brief, *, by: Person) -> Delivery:
    """A new delivery of every approved picture of the brief; a worker packs it.

    Raises Conflict where a picture isn't approved, where its approval fell, or where one is being packed already.
    """
    require(by, Right.DELIVER, brief)
    # Large files are hashed before any lock is taken; what is found wrong takes its shot back to the desk.
    fallen = _fallen_of(Draft.objects.filter(shot__brief=brief, state=Draft.State.APPROVED))
    if fallen:
        raise Conflict(
            "decision.fallen",
            f"Nothing was delivered. {' '.join(fallen)}",
            "Its shot is back at the desk: make the picture again, and have it approved.",
        )
    with transaction.atomic():
        brief = Brief.objects.select_for_update().get(pk=brief.pk)
        reason = why_not_deliver(brief)
        if reason:
            raise Conflict("delivery.not_now", reason, "Nothing was changed.")
        drafts = list(
            Draft.objects.filter(shot__brief=brief, state=Draft.State.APPROVED)
            .exclude(shot__state=Shot.State.CANCELLED)
            .select_related("shot")
            .prefetch_related("decisions")
        )
        if not drafts:
            raise Conflict("delivery.empty", "This brief has no approved picture.")
        for draft in drafts:
            if not any(is_bound(d, draft) for d in draft.decisions.all() if d.verdict == "approve"):
                raise Conflict("decision.fallen", f"The approval of {draft} doesn't hold: have it approved again.")
        delivery = Delivery.objects.create(
            brief=brief,
            number=(brief.deliveries.aggregate(last=Max("number"))["last"] or 0) + 1,
            created_by=by,
        )
        delivery.drafts.set(drafts)
        record_event("delivery.make", delivery, by=by, after={"drafts": [str(d) for d in drafts]}, internal=True)
        transaction.on_commit(lambda: _send(delivery.pk, 0))
    return delivery


def _fallen_of(drafts: QuerySet[Draft]) -> list[str]:
    """Why approvals fell, one sentence each."""
    found = drafts.select_related("shot__brief__brand", "generation").prefetch_related("generation__artifacts")
    return [why for why in map(let_approval_fall, found) if why]


def _send(pk: int, attempt: int) -> None:
    from review.tasks import pack_delivery as task

    try:
        task.delay(pk, attempt)
    except Exception:
        # A broker that is away loses nothing: the row stands, and the reaper sends its message again.
        log.warning("delivery %s could not be queued; it will be found again", pk, exc_info=True)


def claim_delivery(pk: int, attempt: int) -> Delivery | None:
    """Takes the row for this worker if `attempt` still is the one that was sent; None where somebody else has it."""
    taken = Delivery.objects.filter(pk=pk, state=Delivery.State.PACKING, attempt=attempt).update(
        attempt=attempt + 1, lease_until=_lease()
    )
    return Delivery.objects.select_related("brief__brand").get(pk=pk) if taken else None


def pack_delivery(pk: int, attempt: int) -> None:
    """Claims and packs one delivery. A message that comes twice, or late, does nothing."""
    delivery = claim_delivery(pk, attempt)
    if delivery is None:
        return
    mine = attempt + 1

    def beat() -> None:
        if not _held(pk, mine).update(lease_until=_lease()):
            raise LeaseLost

    try:
        # A file without a name: a killed worker leaves nothing behind.
        with tempfile.TemporaryFile(dir=settings.VAR_DIR) as packed:
            manifest = write_zip(delivery, packed, beat)
            packed.seek(0)
            sha256 = _hash(packed)
            size = packed.seek(0, 2)
            name = _store(delivery, packed, sha256)
        beat()
        _finish(delivery, mine, name=name, sha256=sha256, size=size, manifest=manifest)
    except LeaseLost:
        log.warning("delivery %s attempt %s was given up", pk, mine)
    except LoupeError as error:
        _fail(delivery, mine, f"{error.message} {error.hint}".strip())
        _fallen_of(delivery.drafts.all())
    except Exception:
        log.exception("delivery %s attempt %s", pk, mine)
        _fail(delivery, mine, "Packing stopped on an error of ours. Nothing was delivered; it can be tried again.")


def _hash(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in iter(lambda: source.read(1 << 20), b""):
        digest.update(chunk)
    return digest.hexdigest()


def _store(delivery: Delivery, packed: IO[bytes], sha256: str) -> str:
    """Saves the ZIP by its content's name. A file that a killed worker left there half-written is written anew."""
    name = content_name(delivery.brief.brand_id, "deliveries", sha256, ".zip")
    if default_storage.exists(name):
        held = Delivery(file=name)
        if stored_sha256(held.file) == sha256:
            return name
        default_storage.delete(name)
    packed.seek(0)
    return default_storage.save(name, File(packed))


def _finish(delivery: Delivery, mine: int, *, name: str, sha256: str, size: int, manifest: dict[str, Any]) -> None:
    now = timezone.now()
    with transaction.atomic():
        ready = _held(delivery.pk, mine).update(
            state=Delivery.State.READY,
            file=name,
            sha256=sha256,
            size_bytes=size,
            manifest=manifest,
            ready_at=now,
            lease_until=None,
            error_message="",
        )
        if not ready:
            raise LeaseLost
        delivery.refresh_from_db()
        brief = Brief.objects.select_for_update().get(pk=delivery.brief_id)
        for shot in Shot.objects.select_for_update().filter(drafts__deliveries=delivery, state=Shot.State.APPROVED):
            SHOT.move(shot, "deliver", by=None)
        record_event(
            "delivery.ready", delivery, by=None, after={"sha256": sha256, "files": len(manifest.get("files", []))}
        )
        follow_shots(brief)
        brief.refresh_from_db()
        if brief.state == Brief.State.APPROVED:
            BRIEF.move(brief, "deliver", by=None)
        notify(
            reviewers_of(brief),
            kind="delivery.ready",
            text=f"{brief} is delivered: {len(manifest.get('shots', []))} pictures are ready to download.",
            url=reverse("delivery", args=[delivery.pk]),
            brand=brief.brand,
        )


def _fail(delivery: Delivery, mine: int, words: str) -> None:
    with transaction.atomic():
        if not _held(delivery.pk, mine).update(state=Delivery.State.FAILED, error_message=words, lease_until=None):
            return
        delivery.refresh_from_db()
        record_event("delivery.fail", delivery, by=None, after={"error": words}, internal=True)
        notify(
            without([*planners(), delivery.created_by], None),
            kind="delivery.failed",
            text=f"{delivery} was not packed: {words[:200]}",
            url=reverse("delivery", args=[delivery.pk]),
            brand=delivery.brief.brand,
        )


def reap_deliveries() -> int:
    """Finds deliveries whose worker died or whose message was lost, and sends them again; answers how many.

    One whose worker was lost as often as `settings.GENERATION_ATTEMPTS` allows is called failed.
    """
    now = timezone.now()
    lost = Delivery.objects.filter(state=Delivery.State.PACKING).filter(
        Q(lease_until__lt=now) | Q(lease_until__isnull=True, created_at__lt=now - timedelta(seconds=UNCLAIMED_S))
    )
    found = 0
    for delivery in lost.select_related("brief__brand"):
        if delivery.attempt >= settings.GENERATION_ATTEMPTS:
            _fail(delivery, delivery.attempt, "Its worker was lost again and again. It can be tried once more by hand.")
            continue
        # The lease is pushed forward first, so that a slow queue isn't filled with one message a tick.
        pushed = Delivery.objects.filter(
            pk=delivery.pk, state=Delivery.State.PACKING, attempt=delivery.attempt, lease_until=delivery.lease_until
        ).update(lease_until=_lease())
        if pushed:
            _send(delivery.pk, delivery.attempt)
            found += 1
    return found


def record_download(delivery: Delivery, *, by: Person) -> None:
    """Notes who fetched the ZIP. Raises Conflict while there is nothing to fetch."""
    require(by, Right.DOWNLOAD, delivery)
    if delivery.state != Delivery.State.READY:
        raise Conflict(
            "delivery.not_ready",
            f"This delivery is {delivery.get_state_display().lower()}.",
            "Come back when it is ready.",
        )
    with transaction.atomic():
        if not by.is_studio:
            Delivery.objects.filter(pk=delivery.pk, downloaded_at__isnull=True).update(downloaded_at=timezone.now())
        record_event("delivery.downloaded", delivery, by=by, after={"sha256": delivery.sha256})


def _held(pk: int, attempt: int) -> DeliveryQuerySet:
    return Delivery.objects.filter(pk=pk, state=Delivery.State.PACKING, attempt=attempt)


def _lease() -> datetime:
    return timezone.now() + timedelta(seconds=settings.GENERATION_LEASE_S)
