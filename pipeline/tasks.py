"""Celery's side of a generation: each task loads nothing and decides nothing, it calls the code that does."""

from __future__ import annotations

from celery import shared_task

from pipeline import actions, leases, running


@shared_task(name="pipeline.tasks.run_generation")
def run_generation(generation_id: int) -> None:
    """Runs one generation; harmless where it is not queued, so a message may come twice."""
    running.run_claimed(generation_id)


@shared_task(name="pipeline.tasks.reap_generations")
def reap_generations() -> None:
    """Finds lost workers' generations and lost messages; the clock calls it every few seconds."""
    leases.reap_generations()


@shared_task(name="pipeline.tasks.read_plate")
def read_plate(plate_id: int) -> None:
    """Reads one plate; harmless where it was read already."""
    actions.read_plate_file(plate_id)


@shared_task(name="pipeline.tasks.reap_plates")
def reap_plates() -> None:
    """Finds plates whose reading was lost."""
    actions.reap_plates()
