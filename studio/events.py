"""Writing the event log, proving its chain, and telling its facts in words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.db import connection, models, transaction

from studio.models import Event, Person

GENESIS = "0" * 64
# A fact's words, for people; {after[...]} and {before[...]} may be used. Each app adds its own.
WORDS: dict[str, str] = {}


def record_event(
    name: str,
    subject: models.Model,
    *,
    by: Person | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    internal: bool = False,
) -> Event:
    """Appends one fact to the chain of the subject's brand. Must run inside the transaction of the change it tells of."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"event {name} outside a transaction")
    brand_id = getattr(subject, "brand_id", None)
    chain = f"brand:{brand_id}" if brand_id else "studio"
    _lock_chain(chain)
    last = Event.objects.filter(chain=chain).order_by("-number").values_list("number", "hash").first() or (0, GENESIS)
    event = Event(
        brand_id=brand_id,
        chain=chain,
        number=last[0] + 1,
        name=name,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_label=str(subject)[:200],
        by=by,
        before=before or {},
        after=after or {},
        internal=internal,
        previous_hash=last[1],
    )
    event.hash = event_hash(event)
    event.save()
    return event


def _lock_chain(chain: str) -> None:
    # SQLite writers are one at a time already (transaction_mode IMMEDIATE); PostgreSQL needs a lock for the chain's tail.
    if connection.vendor == "postgresql":
        key = int.from_bytes(hashlib.sha256(chain.encode()).digest()[:8], "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def event_hash(event: Event) -> str:
    """SHA-256 over the row's facts and the hash of the row before it."""
    facts = {
        "chain": event.chain,
        "number": event.number,
        "name": event.name,
        "subject": [event.subject_type, event.subject_id, event.subject_label],
        "by": event.by_id,
        "at": event.at.isoformat(timespec="microseconds"),
        "before": event.before,
        "after": event.after,
        "internal": event.internal,
        "previous": event.previous_hash,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def broken_links() -> Iterator[tuple[str, int, str]]:
    """Each place where a chain doesn't hold: (chain, number, what is wrong).

    A chain proves its rows up to its last one. That its newest rows were cut off shows only against a copy kept
    elsewhere: a backup, or the hashes that deliveries and the activity page give away.
    """
    chain, number, previous = None, 0, GENESIS
    for event in Event.objects.order_by("chain", "number").iterator(chunk_size=2000):
        if event.chain != chain:
            chain, number, previous = event.chain, 0, GENESIS
        if event.number != number + 1:
            yield event.chain, event.number, f"row {number + 1} is missing"
        # Who sees a row hangs on its brand, which its chain names.
        if event.chain != (f"brand:{event.brand_id}" if event.brand_id else "studio"):
            yield event.chain, event.number, "was moved to another brand"
        if event.previous_hash != previous:
            yield event.chain, event.number, "does not follow the row before it"
        if event.hash != event_hash(event):
            yield event.chain, event.number, "was changed after it was written"
        number, previous = event.number, event.hash


def in_words(event: Event) -> str:
    """The fact as a sentence without its subject's name: "submitted the brief"."""
    words = WORDS.get(event.name)
    if words is None:
        return event.name.replace(".", " ").replace("_", " ")
    try:
        return words.format(before=event.before, after=event.after)
    except (KeyError, IndexError):
        return words.split("{")[0].strip()
