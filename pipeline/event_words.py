"""The pipeline's facts of the event log in words."""

from __future__ import annotations

WORDS = {
    "generation.started": "started a generation in {after[quality]} quality",
    "generation.cancel_asked": "asked a running generation to stop",
    "generation.cancelled": "cancelled the generation",
    "generation.finished": "finished the picture; the check says {after[verdict]}",
    "generation.failed": "could not make the picture ({after[code]})",
    "plate.added": "added the plate",
    "plate.ready": "read the plate: {after[anchors]} places to wear a piece",
    "plate.refused": "read the plate and had to refuse it",
    "plate.calibrated": "measured {after[anchor]} on the plate",
    "plate.uncalibrated": "took back what was measured at {after[anchor]}",
    "plate.archived": "archived the plate",
    "generation.requeued": "lost its worker and was queued again",
}
