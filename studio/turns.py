"""Work on a row that one worker does at a time: taking a turn under a lease, and finding turns that were lost.

For rows with a `lease_until`, `attempts` and `created_at`, whose queryset says which of them still wait. Generations have
leases of their own (`pipeline.leases`): theirs are renewed while they run.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

ATTEMPTS = 3
UNSENT_S = 20  # a row that nobody took up for this long lost its message


def take_turn(waiting: QuerySet[Any], pk: int, lease_s: float) -> bool:
    """Claims the row if it waits, nobody holds it, and it has attempts left: one more is counted, for `lease_s` seconds."""
    now = timezone.now()
    free = waiting.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now), pk=pk, attempts__lt=ATTEMPTS)
    return bool(free.update(attempts=F("attempts") + 1, lease_until=now + timedelta(seconds=lease_s)))


def lost_turns(waiting: QuerySet[Any]) -> QuerySet[Any]:
    """Of the waiting rows those whose worker is silent, and those that no worker ever took up."""
    now = timezone.now()
    never = Q(lease_until__isnull=True, created_at__lt=now - timedelta(seconds=UNSENT_S))
    return waiting.filter(Q(lease_until__lt=now) | never)
