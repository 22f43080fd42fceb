"""The pipeline's facts of the event log in words."""

from __future__ import annotations

WORDS = {
    "generation.started": "started a generation in {after[quality]} quality",
    "generation.cancel_asked": "asked a running generation to stop",
    "generation.cancelled": "cancelled the generation",
    "generation.finished": "finished the picture; the check says {after[verdict]}",
    "generation.failed": "could not make the picture ({after[code]})",
    "generation.requeued": "lost its worker and was queued again",
}
