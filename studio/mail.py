"""Mails leave through the queue. A broker that is away delays a mail and breaks nothing: the row it tells of is written,
and `studio.tasks.find_unsent_mails` posts it later."""

from __future__ import annotations

import logging

from kombu.exceptions import OperationalError

log = logging.getLogger("loupe.mail")


def post(task: str, *args: object) -> bool:
    """Queues `studio.tasks.TASK(*args)`; false where the broker can't be reached."""
    from studio import tasks

    try:
        getattr(tasks, task).delay(*args)
    except (OperationalError, OSError) as error:
        log.warning("the broker is away, %s%r waits: %s", task, args, error)
        return False
    return True
