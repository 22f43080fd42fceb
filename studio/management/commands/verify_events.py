"""`manage.py verify_events`: proves every chain of the event log, row by row. Exit 1, with each broken place in words."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from studio.events import broken_links
from studio.models import Event


class Command(BaseCommand):
    help = "Proves that no row of the event log was changed, removed or slipped in."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for chain, number, what in broken_links():
            broken += 1
            self.stderr.write(f"{chain} #{number}: {what}")
        chains = Event.objects.order_by().values("chain").distinct().count()
        rows = Event.objects.count()
        if broken:
            self.stderr.write(
                f"The event log does not hold: {broken} broken place{'s' if broken > 1 else ''} in {rows} rows. "
                "Keep the database as it is, and compare it with your last backup from the first row named."
            )
            sys.exit(1)
        self.stdout.write(f"The event log holds: {rows} rows in {chains} chain{'' if chains == 1 else 's'}.")
