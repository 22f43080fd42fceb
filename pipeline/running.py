"""One run of a generation in a worker: claim, make the picture under a heartbeat, store, finish.

The heartbeat is a thread: it renews the lease and reads whether somebody asked to stop, while the picture half, which
knows no database, works. A run that lost its row or was cancelled stops at its next checkpoint and leaves nothing.
"""

from __future__ import annotations

import base64
import io
import logging
import secrets
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from pipeline import live
from pipeline.artifacts import files_of, store_files, sweep_stored_files
from pipeline.direction import Category, Direction, read_direction
from pipeline.errors import Cancelled, DirectionRefused, PictureError
from pipeline.leases import (
    Lease,
    Result,
    cancel_was_asked,
    claim_generation,
    end_cancelled,
    fail_generation,
    finish_generation,
    record_progress,
    renew_lease,
    sweep_leftovers,
    worker_name,
)
from pipeline.models import Generation
from pipeline.suiting import plate_of
from pipeline.workfolders import work_folder
from studio.errors import LoupeError

if TYPE_CHECKING:
    import numpy as np

log = logging.getLogger("loupe.generations")
PROGRESS_EVERY_S = 0.25
PREVIEW_EVERY_S = 1.0
CANCEL_SEEN_WITHIN_S = 1.0
PREVIEW_QUALITY = 80


def run_claimed(generation_id: int) -> bool:
    """Runs a queued generation to its end; False where it was not there to be claimed."""
    sweep_leftovers()
    lease = claim_generation(generation_id, worker=worker_name())
    if lease is None:
        return False
    generation = Generation.objects.select_related(
        "shot__brief", "shot__piece", "direction", "photo", "matte", "facts"
    ).get(pk=generation_id)
    try:
        with Heartbeat(lease) as heartbeat, work_folder(lease.generation_id, lease.attempt) as folder:
            result = _make(generation, lease, heartbeat, folder)
            if not finish_generation(lease, result):
                raise Cancelled
    except Cancelled:
        # Asked to stop, or taken to be lost: in both cases nothing of this run counts.
        end_cancelled(lease)
        sweep_stored_files(generation)
    except PictureError as error:
        fail_generation(lease, code=error.code, message=str(error))
    except DatabaseError:
        # The row can't be told: its lease runs out, and it is found again.
        log.exception("generation %s: the database failed; it will be run again", generation_id)
        raise
    except Exception:
        reference = secrets.token_hex(4).upper()
        log.exception("reference %s: generation %s broke", reference, generation_id)
        fail_generation(
            lease,
            code="engine.broke",
            message=f"Something broke while this picture was made. The direction and every other picture are safe: try again, and tell your studio's admin the reference {reference} if it stays.",
        )
    else:
        ready_for_the_next_pose(generation.direction.data.get("engine", ""))
    return True


def ready_for_the_next_pose(engine: str) -> None:
    """Loads what a new pose needs while nobody waits: the picture is handed over, and its desk will ask for another."""
    if engine != "maquette":
        return
    from pipeline.stage.body import load_body_model

    try:
        load_body_model()
    except Exception:
        # The picture is done; whoever needs the model next tells what is wrong with it.
        log.exception("the body model couldn't be loaded ahead")


def _make(generation: Generation, lease: Lease, heartbeat: Heartbeat, folder: Path) -> Result:
    # Imported here: the picture half loads renderers, and the site's processes never need them.
    from PIL import Image

    from pipeline.engines.protocol import PieceFacts, Progress
    from pipeline.fingerprint.confirming import Confirmation
    from pipeline.make import make_picture

    direction = read_direction(generation.direction.data).model_copy(update={"quality": generation.quality})
    piece = generation.shot.piece
    with generation.photo.file.open("rb") as file:
        photo = file.read()
    more: dict[str, Any] = {"plate": _plate(generation, direction)} if direction.engine == "plate" else {}
    more |= _by_hand(generation)
    if generation.facts is not None:
        more["confirmation"] = Confirmation.model_validate(generation.facts.data)
    told = Telling(generation, lease)
    progress = Progress(on_report=told.report, cancelled=heartbeat.must_stop)
    made = make_picture(
        photo,
        PieceFacts(cast(Category, piece.category), piece.width_mm),
        direction,
        folder / "picture",
        progress,
        **more,
    )
    with Image.open(made.draft) as picture:
        size = picture.size
    return Result(
        files=store_files(generation, files_of(made)),
        report=made.report,
        size_px=size,
        timings={k: round(float(v), 4) for k, v in made.timings.items()},
        versions=made.versions,
    )


def _plate(generation: Generation, direction: Direction) -> Any:
    """The plate that the Direction names, read. Raises PictureError where it is gone or is no plate any more."""
    from pipeline.plate import read_plate

    try:
        row = plate_of(generation.shot, direction)
    except LoupeError as error:
        raise DirectionRefused(error.code, error.message, error.hint) from error
    assert row is not None
    with row.file.open("rb") as file:
        return read_plate(file.read())


def _by_hand(generation: Generation) -> dict[str, Any]:
    """What of the photo's matte was made by hand, as `make_picture` takes it."""
    matte = generation.matte
    if matte is None:
        return {}
    from pipeline.imaging.assist import read_mask
    from pipeline.imaging.strokes import read_strokes

    drawn: dict[str, Any] = {"strokes": read_strokes(matte.strokes)} if matte.strokes else {}
    if matte.mask_file:
        with matte.mask_file.open("rb") as file:
            drawn["mask"] = read_mask(file.read(), generation.photo.width_px, generation.photo.height_px)
    return drawn


class Heartbeat:
    """Renews the lease from a thread of its own, and hears of a cancel within a second."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._ended = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{lease.generation_id}", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._ended.set()
        self._thread.join()

    def must_stop(self) -> bool:
        """Whether a cancel was asked for, or the row became another worker's."""
        return self._stop.is_set()

    def _beat(self) -> None:
        renew_every_s = settings.GENERATION_LEASE_S / 4
        renewed = time.monotonic()
        try:
            while not self._ended.wait(min(CANCEL_SEEN_WITHIN_S, renew_every_s)):
                try:
                    close_old_connections()
                    if cancel_was_asked(self._lease) is not False:
                        self._stop.set()
                    if time.monotonic() - renewed >= renew_every_s:
                        renew_lease(self._lease)
                        renewed = time.monotonic()
                except DatabaseError:
                    log.warning("generation %s: a heartbeat was missed", self._lease.generation_id, exc_info=True)
        finally:
            connection.close()


class Telling:
    """What the picture half reports, told to pages a few times a second and kept in the row for those that were away."""

    def __init__(self, generation: Generation, lease: Lease) -> None:
        self._shot_id, self._lease = generation.shot_id, lease
        self._start = time.monotonic()
        self._told = self._shown = float("-inf")
        self._stage = ""

    def report(self, stage: str, fraction: float, preview_srgb8: np.ndarray | None) -> None:
        now = time.monotonic()
        if stage != self._stage or now - self._told >= PROGRESS_EVERY_S:
            self._told, self._stage = now, stage
            record_progress(self._lease, stage, fraction)
            live.tell_progress(self._shot_id, self._lease.generation_id, stage, fraction, now - self._start)
        if preview_srgb8 is not None and now - self._shown >= PREVIEW_EVERY_S:
            self._shown = now
            live.tell_preview(self._shot_id, self._lease.generation_id, _jpeg_base64(preview_srgb8))


def _jpeg_base64(srgb8: np.ndarray) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(srgb8).save(buffer, "JPEG", quality=PREVIEW_QUALITY)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
