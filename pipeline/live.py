"""What a shot's open pages are told as it happens: typed messages, sent after the commit, from the database's truth.

Losing a message loses nothing: a page asks for the truth when it connects and whenever it connects again.
"""

from __future__ import annotations

import logging
from typing import Any, Literal, TypedDict

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from pipeline.models import Generation
from pipeline.words import stage_in_words, verdict_in_words

log = logging.getLogger("loupe.live")
# Finished generations that a page is told of at connect; older ones are in its line already.
RECENT = 20


class GenerationState(TypedDict):
    """A generation as a page needs it; no directions, no report, so that it stays small."""

    id: int
    number: int
    state: str
    state_label: str
    stage: str
    fraction: float
    seconds: float
    verdict: str
    verdict_label: str
    error: str
    cancelling: bool
    preview_url: str


class StateMessage(TypedDict):
    """A generation changed its state."""

    type: Literal["state"]
    generation: GenerationState


class ProgressMessage(TypedDict):
    """A running generation is this far: `fraction` 0..1 of the whole run, `seconds` since it started."""

    type: Literal["progress"]
    id: int
    stage: str
    fraction: float
    seconds: float


class PreviewMessage(TypedDict):
    """A first sight of a running generation: a small JPEG in base64."""

    type: Literal["preview"]
    id: int
    jpeg: str


class TruthMessage(TypedDict):
    """Everything at once: sent at connect, and whenever the page asks."""

    type: Literal["truth"]
    shot_state: str
    generations: list[GenerationState]


def group_of(shot_id: int) -> str:
    """The channel group of a shot's open pages."""
    return f"shot-{shot_id}"


def generation_state(generation: Generation) -> GenerationState:
    """The row as pages are told of it. Wants `artifacts` prefetched where many are read."""
    preview = generation.file("preview") if generation.state == Generation.State.DONE else None
    end = generation.finished_at or timezone.now()
    return {
        "id": generation.pk,
        "number": generation.number,
        "state": generation.state,
        "state_label": generation.get_state_display(),
        "stage": stage_in_words(generation.stage),
        "fraction": round(generation.fraction, 3),
        "seconds": round((end - generation.started_at).total_seconds(), 1) if generation.started_at else 0.0,
        "verdict": generation.verdict,
        "verdict_label": verdict_in_words(generation.verdict),
        "error": generation.error_message,
        "cancelling": bool(generation.cancel_requested_at) and generation.state == Generation.State.RUNNING,
        "preview_url": reverse("artifact", args=[preview.pk]) if preview else "",
    }


def truth_of(shot: Any) -> TruthMessage:
    """The shot's recent generations as the database has them now, oldest first."""
    rows = Generation.objects.filter(shot=shot).prefetch_related("artifacts").order_by("-number")[:RECENT]
    return {
        "type": "truth",
        "shot_state": shot.state,
        "generations": [generation_state(row) for row in reversed(rows)],
    }


def tell_state(generation_id: int) -> None:
    """Tells the shot's pages of a change once it is committed."""

    def send() -> None:
        row = Generation.objects.prefetch_related("artifacts").filter(pk=generation_id).first()
        if row is not None:
            message: StateMessage = {"type": "state", "generation": generation_state(row)}
            _send(row.shot_id, message)

    transaction.on_commit(send)


def tell_progress(shot_id: int, generation_id: int, stage: str, fraction: float, seconds: float) -> None:
    """Tells how far a run is. The caller keeps it to a few a second."""
    message: ProgressMessage = {
        "type": "progress",
        "id": generation_id,
        "stage": stage_in_words(stage),
        "fraction": round(fraction, 3),
        "seconds": round(seconds, 1),
    }
    transaction.on_commit(lambda: _send(shot_id, message))


def tell_preview(shot_id: int, generation_id: int, jpeg_base64: str) -> None:
    """Shows the shot's pages a first sight of a run."""
    message: PreviewMessage = {"type": "preview", "id": generation_id, "jpeg": jpeg_base64}
    transaction.on_commit(lambda: _send(shot_id, message))


def _send(shot_id: int, message: Any) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(group_of(shot_id), {"type": "shot.message", "message": message})
    except Exception as error:  # the live line is a convenience: a lost message is never a lost fact
        log.warning("shot %s: a live message was lost (%s)", shot_id, error)
