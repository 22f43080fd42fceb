"""The workers' writes: who runs a generation now, and whose results count.

A worker holds a row by a lease: it claims a queued row by one conditional update that raises `attempt`, and renews
`lease_until` while it lives. Whatever it writes later is conditional on its own attempt, so a worker that was thought
lost and comes back changes nothing. The reaper finds rows whose lease ran out, and rows whose message never left.
"""

from __future__ import annotations

import logging
import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from pipeline import live
from pipeline.artifacts import StoredFile, sweep_stored_files
from pipeline.models import Artifact, Generation
from pipeline.workfolders import sweep_work_folders
from studio.actions import notify
from studio.events import record_event

log = logging.getLogger("loupe.generations")
G = Generation.State
# After this long without being claimed, a queued row's message is sent again: it may have been lost with its broker.
RESEND_AFTER_S = 60
_TOLD_TO_PEOPLE = "Start it again: the direction is kept."


@dataclass(frozen=True)
class Lease:
    """A worker's hold on one generation; `attempt` is what makes its writes count."""

    generation_id: int
    attempt: int
    worker: str

    def rows(self) -> models.QuerySet[Generation]:
        """The row while it is still this lease's: empty once somebody else took over."""
        return Generation.objects.filter(pk=self.generation_id, attempt=self.attempt, state=G.RUNNING)


@dataclass(frozen=True)
class Result:
    """What a run made, its files stored already. Hashes are of draft.png's and report.json's bytes."""

    files: list[StoredFile]
    report: dict[str, Any]
    size_px: tuple[int, int]
    timings: dict[str, float]
    versions: dict[str, str]

    def sha256(self, kind: str) -> str:
        return next(file.sha256 for file in self.files if file.kind == kind)


def worker_name() -> str:
    """This process, told apart from every other: host, process-id namespace, process id."""
    return f"{socket.gethostname()}/{_pid_space()}/{os.getpid()}"


def claim_generation(generation_id: int, *, worker: str) -> Lease | None:
    """Takes a queued generation for this worker; None where it is not queued, or where another was faster."""
    row = Generation.objects.filter(pk=generation_id).values("state", "attempt", "worker").first()
    if row and row["state"] == G.RUNNING and _is_dead_here(row["worker"]):
        # A message that came back because its worker was killed on this machine: no need to wait for the lease.
        _give_up_lease(generation_id, row["attempt"])
        row = Generation.objects.filter(pk=generation_id).values("state", "attempt", "worker").first()
    if not row or row["state"] != G.QUEUED:
        return None
    now = timezone.now()
    claimed = Generation.objects.filter(pk=generation_id, state=G.QUEUED, attempt=row["attempt"]).update(
        state=G.RUNNING,
        attempt=F("attempt") + 1,
        worker=worker[:120],
        lease_until=now + timedelta(seconds=settings.GENERATION_LEASE_S),
        started_at=now,
        stage="",
        fraction=0,
    )
    if claimed != 1:
        return None
    live.tell_state(generation_id)
    return Lease(generation_id, row["attempt"] + 1, worker)


def renew_lease(lease: Lease) -> bool:
    """Another lease's length from now; False where the row is no longer this worker's."""
    until = timezone.now() + timedelta(seconds=settings.GENERATION_LEASE_S)
    return lease.rows().update(lease_until=until) == 1


def cancel_was_asked(lease: Lease) -> bool | None:
    """Whether somebody asked this run to stop; None where the row is no longer this worker's."""
    found = lease.rows().values_list("cancel_requested_at", flat=True).first()
    return None if found is None and not lease.rows().exists() else found is not None


def record_progress(lease: Lease, stage: str, fraction: float) -> bool:
    """The run's place as the database knows it, for pages that were away; False where the row is another's."""
    return lease.rows().update(stage=stage[:40], fraction=fraction) == 1


def finish_generation(lease: Lease, result: Result) -> bool:
    """Makes a run's result count, once: False, and nothing written, where the row is another's or a cancel came first."""
    with transaction.atomic():
        finished = (
            lease.rows()
            .filter(cancel_requested_at__isnull=True)
            .update(
                state=G.DONE,
                stage="done",
                fraction=1,
                lease_until=None,
                finished_at=timezone.now(),
                draft_sha256=result.sha256("draft"),
                report_sha256=result.sha256("report"),
                report=result.report,
                verdict=result.report["verdict"],
                width_px=result.size_px[0],
                height_px=result.size_px[1],
                timings=result.timings,
                versions=result.versions,
                error_code="",
                error_message="",
            )
        )
        if finished != 1:
            return False
        generation = Generation.objects.select_related("shot__brief").get(pk=lease.generation_id)
        Artifact.objects.bulk_create(
            Artifact(
                generation=generation,
                kind=file.kind,
                file=file.name,
                sha256=file.sha256,
                size_bytes=file.size_bytes,
                content_type=file.content_type,
            )
            for file in result.files
        )
        record_event(
            "generation.finished",
            generation,
            by=None,
            before={"state": G.RUNNING},
            after={
                "state": G.DONE,
                "verdict": generation.verdict,
                "attempt": lease.attempt,
                "draft_sha256": generation.draft_sha256,
                "report_sha256": generation.report_sha256,
            },
            internal=True,
        )
        live.tell_state(lease.generation_id)
    sweep_stored_files(generation)
    return True


def fail_generation(lease: Lease, *, code: str, message: str) -> bool:
    """Ends a run with words for people; False where the row is no longer this worker's."""
    return _end(lease.rows(), lease.generation_id, G.FAILED, "generation.failed", code, message)


def end_cancelled(lease: Lease) -> bool:
    """Ends a run that was asked to stop; what it made counts for nothing."""
    return _end(lease.rows(), lease.generation_id, G.CANCELLED, "generation.cancelled")


def reap_generations() -> list[int]:
    """Finds lost work: rows whose worker stopped renewing, and rows whose message may be lost. Answers the ids sent.

    A row's `next_try_at` is pushed forward before its message leaves, so that two reapers, or a broker that fails in the
    middle, never flood the queue.
    """
    for generation_id, attempt in Generation.objects.filter(
        state=G.RUNNING, lease_until__lt=timezone.now()
    ).values_list("pk", "attempt"):
        _give_up_lease(generation_id, attempt, expired_by=timezone.now())
    sent = []
    now = timezone.now()
    waiting = Generation.objects.filter(state=G.QUEUED, next_try_at__lte=now).order_by("pk")
    for generation_id, next_try_at in waiting.values_list("pk", "next_try_at"):
        mine = Generation.objects.filter(pk=generation_id, state=G.QUEUED, next_try_at=next_try_at).update(
            next_try_at=now + timedelta(seconds=RESEND_AFTER_S)
        )
        if mine and send_run(generation_id):
            sent.append(generation_id)
    sweep_leftovers()
    return sent


def sweep_leftovers() -> None:
    """Work folders of killed workers on this machine, and what those workers had stored without it counting."""
    for generation in Generation.objects.select_related("shot__brief").filter(pk__in=sweep_work_folders()):
        sweep_stored_files(generation)


def send_run(generation_id: int) -> bool:
    """Sends a queued row's message; False where the broker can't be reached: the row waits, and the reaper sends it."""
    from pipeline.tasks import run_generation

    rows = Generation.objects.filter(pk=generation_id, state=G.QUEUED)
    try:
        run_generation.delay(generation_id)
    except Exception as error:  # kombu, redis and socket errors have no base of their own in common
        log.warning("generation %s waits: the queue can't be reached (%s)", generation_id, error)
        rows.update(next_try_at=F("created_at"))
        return False
    rows.update(next_try_at=timezone.now() + timedelta(seconds=RESEND_AFTER_S))
    return True


def _give_up_lease(generation_id: int, attempt: int, expired_by: Any = None) -> bool:
    """A lost worker's row: queued again, or ended where a cancel was asked for or its attempts are used up."""
    rows = Generation.objects.filter(pk=generation_id, attempt=attempt, state=G.RUNNING)
    if expired_by is not None:
        rows = rows.filter(lease_until__lt=expired_by)
    if rows.filter(cancel_requested_at__isnull=False).exists():
        return _end(rows, generation_id, G.CANCELLED, "generation.cancelled")
    if attempt >= settings.GENERATION_ATTEMPTS:
        message = (
            f"The worker that made this picture was lost {attempt} times, so it isn't tried again by itself. "
            f"{_TOLD_TO_PEOPLE} If it happens again, the machine may be out of memory: tell your studio's admin."
        )
        return _end(rows, generation_id, G.FAILED, "generation.failed", "worker.lost", message)
    with transaction.atomic():
        # The next try is due at once: the reaper that found the row sends it, after it has pushed this forward.
        if not rows.update(
            state=G.QUEUED, worker="", lease_until=None, stage="", fraction=0, next_try_at=timezone.now()
        ):
            return False
        record_event(
            "generation.requeued",
            Generation.objects.select_related("shot__brief").get(pk=generation_id),
            by=None,
            before={"state": G.RUNNING},
            after={"state": G.QUEUED, "lost_attempt": attempt},
            internal=True,
        )
        live.tell_state(generation_id)
    return True


def _end(
    rows: models.QuerySet[Generation], generation_id: int, state: str, event: str, code: str = "", message: str = ""
) -> bool:
    with transaction.atomic():
        ended = rows.update(
            state=state, lease_until=None, finished_at=timezone.now(), error_code=code[:80], error_message=message
        )
        if ended != 1:
            return False
        generation = Generation.objects.select_related("shot__brief__brand", "created_by").get(pk=generation_id)
        record_event(
            event,
            generation,
            by=None,
            before={"state": G.RUNNING},
            after={"state": state, **({"code": code} if code else {})},
            internal=True,
        )
        if state == G.FAILED:
            _tell_asker(generation, message)
        live.tell_state(generation_id)
    sweep_stored_files(generation)
    return True


def _tell_asker(generation: Generation, message: str) -> None:
    """Whoever asked for the picture may have left the desk: they hear why it failed, and where it is tried again."""
    notify(
        [generation.created_by],
        kind="generation.failed",
        text=f"Picture {generation.number} of {generation.shot} could not be made. {message}",
        url=f"{reverse('desk', args=[generation.shot_id])}?at={generation.number}",
        brand=generation.shot.brief.brand,
    )


def _pid_space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return "0"


def _is_dead_here(worker: str) -> bool:
    """Whether the named worker was a process of this very machine and is gone. False where that can't be known."""
    host, _, rest = worker.partition("/")
    space, _, pid = rest.partition("/")
    if host != socket.gethostname() or space != _pid_space() or space == "0" or not pid.isdigit():
        return False
    return not Path(f"/proc/{pid}").exists()
