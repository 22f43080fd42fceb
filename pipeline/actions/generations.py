"""What people do to generations: start one on a Direction, stop one, start one again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from briefs.actions import move_shot
from briefs.models import Brief, Shot
from pipeline import live
from pipeline.direction import LONG_SIDE_PX, Direction, differences, read_direction
from pipeline.leases import send_run
from pipeline.models import DirectionRecord, Generation
from pipeline.posing import check_pose
from pipeline.suiting import check_place, plate_of, with_calibration
from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, require

# How a shot that isn't being directed comes to be: its state, and the transition that leads back to the desk.
_BACK_TO_DESK: dict[str, str] = {
    Shot.State.TO_DO: "direct",
    Shot.State.CHANGES_REQUESTED: "direct",
    Shot.State.CLIENT_REVIEW: "redirect",
}
_AT_DESK = (Shot.State.DIRECTING, Shot.State.INTERNAL_QA)
_BRIEF_STANDS = (
    Brief.State.ACCEPTED,
    Brief.State.IN_PRODUCTION,
    Brief.State.IN_REVIEW,
    Brief.State.CHANGES_REQUESTED,
)


def start_generation(
    shot: Shot,
    *,
    by: Person,
    direction: Direction,
    note: str = "",
    quality: str | None = None,
    parent: DirectionRecord | None = None,
) -> Generation:
    """Records the Direction, queues a run of it, and sends the message once both are committed.

    `quality` overrides the Direction's own; `parent` is the Direction that this one was made from, of the same shot.
    Raises NotAllowed, Conflict where shot or brief are elsewhere, Invalid without a usable photo, for a strange parent, a pose past a joint's limit or a place that its plate doesn't show.
    Where the broker is away, the row stays queued (`waits_for_queue`) and its message is sent later.
    """
    require(by, Right.DIRECT, shot)
    if quality is not None and quality not in LONG_SIDE_PX:
        raise Invalid("quality.unknown", f"There is no quality “{quality}”.", f"Choose {', '.join(LONG_SIDE_PX)}.")
    direction = direction.model_copy(update={"quality": quality or direction.quality})
    with transaction.atomic():
        fresh = _locked(shot.pk)
        _check_standing(fresh)
        if parent is not None and parent.shot_id != fresh.pk:
            raise Invalid("direction.parent", "That direction belongs to another shot.", "Nothing was run.")
        photo = fresh.piece.photo
        if photo is None:
            raise Invalid(
                "photo.missing",
                f"{fresh.piece.name} has no photo that can be worked from.",
                "Ask the brand for one, or wait until its check is done. Nothing was run.",
            )
        check_pose(direction, fresh.piece.category)
        plate = plate_of(fresh, direction)
        check_place(direction, plate, fresh.piece.category)
        direction = with_calibration(direction, plate)
        _bring_to_desk(fresh, by)
        record = _record_direction(fresh, direction, by=by, note=note, parent=parent)
        generation = _queue(fresh, record, photo, direction.quality, by=by)
    shot.refresh_from_db()
    generation.refresh_from_db()
    return generation


def retry_generation(generation: Generation, *, by: Person) -> Generation:
    """Runs a failed or cancelled generation's Direction again, as a new generation: what ended stays as it ended."""
    require(by, Right.DIRECT, generation)
    with transaction.atomic():
        shot = _locked(generation.shot_id)
        _check_standing(shot)
        generation.refresh_from_db()
        if generation.state not in (Generation.State.FAILED, Generation.State.CANCELLED):
            raise Conflict(
                "generation.state",
                f"This generation is {generation.get_state_display().lower()}: only one that failed or was cancelled can be tried again.",
                "Reload the page. Nothing was changed.",
                state=generation.state,
            )
        record = generation.direction
        if Generation.objects.unfinished().filter(direction=record).exists():
            raise Conflict("generation.running", "This direction is being run already.", "Wait for it, or cancel it.")
        _bring_to_desk(shot, by)
        photo = shot.piece.photo or generation.photo
        again = _queue(shot, record, photo, generation.quality, by=by, retry_of=generation)
    again.refresh_from_db()
    return again


def request_cancel(generation: Generation, *, by: Person) -> Generation:
    """Stops a generation: a waiting one at once, a running one at its next checkpoint. No other is touched."""
    require(by, Right.DIRECT, generation)
    now = timezone.now()
    rows = Generation.objects.filter(pk=generation.pk)
    with transaction.atomic():
        if rows.filter(state=Generation.State.QUEUED).update(
            state=Generation.State.CANCELLED, cancel_requested_at=now, finished_at=now
        ):
            name, before, after = "generation.cancelled", Generation.State.QUEUED, Generation.State.CANCELLED
        elif rows.filter(state=Generation.State.RUNNING, cancel_requested_at__isnull=True).update(
            cancel_requested_at=now
        ):
            name, before, after = "generation.cancel_asked", Generation.State.RUNNING, Generation.State.RUNNING
        else:
            generation.refresh_from_db()
            if generation.state == Generation.State.RUNNING:
                return generation  # asked for already: the second click changes nothing
            raise Conflict(
                "generation.ended",
                f"This generation is {generation.get_state_display().lower()} already, so there is nothing to stop.",
                "Reload the page. Nothing was changed.",
                state=generation.state,
            )
        record_event(name, generation, by=by, before={"state": before}, after={"state": after}, internal=True)
        live.tell_state(generation.pk)
    generation.refresh_from_db()
    return generation


def _locked(shot_id: int) -> Shot:
    """The shot under its row's lock, its brief's before it as in every move: numbers come without gaps or twins."""
    Brief.objects.select_for_update().get(shots=shot_id)
    return Shot.objects.select_for_update(of=("self",)).select_related("brief", "piece").get(pk=shot_id)


def _check_standing(shot: Shot) -> None:
    if shot.brief.state not in _BRIEF_STANDS:
        raise Conflict(
            "brief.state",
            f"The brief is {shot.brief.get_state_display().lower()}, so its shots can't be generated now.",
            "Ask the producer. Nothing was run.",
            state=shot.brief.state,
        )
    if shot.state not in _AT_DESK and shot.state not in _BACK_TO_DESK:
        raise Conflict(
            "shot.state",
            f"This shot is {shot.get_state_display().lower()}, so it can't be directed.",
            "Nothing was run.",
            state=shot.state,
        )


def _bring_to_desk(shot: Shot, by: Person) -> None:
    if shot.state in _BACK_TO_DESK:
        move_shot(shot, _BACK_TO_DESK[shot.state], by=by)


def _record_direction(
    shot: Shot, direction: Direction, *, by: Person, note: str, parent: DirectionRecord | None
) -> DirectionRecord:
    """A new record in the shot's line; the same Direction from the same parent, run again, is the same record."""
    sha256 = direction.sha256()
    if parent is not None and parent.sha256 == sha256 and not note:
        return parent
    last = shot.directions.aggregate(last=Max("number"))["last"] or 0
    before = read_direction(parent.data) if parent is not None else None
    return DirectionRecord.objects.create(
        shot=shot,
        number=last + 1,
        parent=parent,
        data=direction.model_dump(mode="json"),
        sha256=sha256,
        changed=differences(before, direction) if before else {},
        note=note[:300],
        created_by=by,
    )


def _queue(
    shot: Shot,
    record: DirectionRecord,
    photo: Any,
    quality: str,
    *,
    by: Person,
    retry_of: Generation | None = None,
) -> Generation:
    now = timezone.now()
    last = shot.generations.aggregate(last=Max("number"))["last"] or 0
    generation = Generation.objects.create(
        shot=shot,
        number=last + 1,
        direction=record,
        photo=photo,
        matte=photo.matte,
        facts=photo.confirmed,
        quality=quality,
        created_by=by,
        created_at=now,
        next_try_at=now + timedelta(seconds=5),
    )
    record_event(
        "generation.started",
        generation,
        by=by,
        after={
            "state": generation.state,
            "direction": record.number,
            "direction_sha256": record.sha256,
            "photo_sha256": photo.sha256,
            **({"matte": photo.matte.number} if photo.matte else {}),
            **({"facts_sha256": generation.facts.sha256} if generation.facts else {}),
            "quality": quality,
            **({"retry_of": retry_of.number} if retry_of else {}),
        },
        internal=True,
    )
    transaction.on_commit(lambda: send_run(generation.pk))
    live.tell_state(generation.pk)
    return generation
