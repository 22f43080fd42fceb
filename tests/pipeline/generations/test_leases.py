"""Who runs a generation, and whose results count: one worker, once, whatever dies."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from pipeline.actions import request_cancel
from pipeline.leases import (
    claim_generation,
    end_cancelled,
    fail_generation,
    finish_generation,
    reap_generations,
    renew_lease,
)
from pipeline.models import Generation
from pipeline.workfolders import work_root
from tests.cast import World
from tests.pipeline.generations.line import result_of, shot_to_direct, started, stored_names

G = Generation.State
pytestmark = pytest.mark.django_db


def run_out(generation):
    Generation.objects.filter(pk=generation.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_exactly_one_claims_a_row():
    world = World()
    generation = started(world, shot_to_direct(world))
    barrier = threading.Barrier(12)
    leases = []

    def claim(number):
        barrier.wait()
        try:
            leases.append(claim_generation(generation.pk, worker=f"w{number}"))
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(n,)) for n in range(12)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(leases) == 12
    assert sum(lease is not None for lease in leases) == 1
    generation.refresh_from_db()
    assert (generation.state, generation.attempt) == (G.RUNNING, 1)


def test_a_lost_workers_late_result_changes_nothing(world, tmp_path):
    generation = started(world, shot_to_direct(world))
    lost = claim_generation(generation.pk, worker="lost")
    run_out(generation)
    reap_generations()
    second = claim_generation(generation.pk, worker="second")
    assert second.attempt == 2
    late = result_of(generation, tmp_path / "late", (1, 2, 3))
    assert not finish_generation(lost, late)
    assert not fail_generation(lost, code="x", message="x")
    assert not renew_lease(lost)
    good = result_of(generation, tmp_path / "good", (4, 5, 6))
    assert finish_generation(second, good)
    assert not finish_generation(second, good), "a result counts once"
    generation.refresh_from_db()
    assert generation.state == G.DONE
    assert generation.draft_sha256 == good.sha256("draft")
    assert generation.artifacts.count() == 2
    assert stored_names(generation) == sorted(a.file.name for a in generation.artifacts.all()), "a file was left over"


def test_the_reaper_gives_up_in_words_once_the_attempts_are_used_up(world, settings):
    settings.GENERATION_ATTEMPTS = 2
    generation = started(world, shot_to_direct(world))
    for _ in range(2):
        assert claim_generation(generation.pk, worker="doomed")
        run_out(generation)
        reap_generations()
    generation.refresh_from_db()
    assert (generation.state, generation.error_code) == (G.FAILED, "worker.lost")
    assert "lost 2 times" in generation.error_message
    assert claim_generation(generation.pk, worker="late") is None


def test_a_row_is_pushed_forward_before_it_is_sent_again(world):
    generation = started(world, shot_to_direct(world))
    Generation.objects.filter(pk=generation.pk).update(next_try_at=timezone.now() - timedelta(seconds=1))
    assert reap_generations() == [generation.pk]
    assert reap_generations() == [], "two reapers would send it twice"


def test_cancelling_a_waiting_job_leaves_the_running_one_alone(world):
    shot = shot_to_direct(world)
    running, waiting = started(world, shot), started(world, shot)
    lease = claim_generation(running.pk, worker="w")
    request_cancel(waiting, by=world.retoucher)
    running.refresh_from_db()
    assert waiting.state == G.CANCELLED
    assert (running.state, running.cancel_requested_at) == (G.RUNNING, None)
    assert renew_lease(lease)
    assert claim_generation(waiting.pk, worker="w") is None


def test_a_cancel_beats_a_result_that_comes_in_the_same_moment(world, tmp_path):
    generation = started(world, shot_to_direct(world))
    lease = claim_generation(generation.pk, worker="w")
    request_cancel(generation, by=world.retoucher)
    assert not finish_generation(lease, result_of(generation, tmp_path / "r"))
    assert end_cancelled(lease)
    generation.refresh_from_db()
    assert generation.state == G.CANCELLED
    assert generation.artifacts.count() == 0
    assert stored_names(generation) == []


def test_a_cancelled_run_whose_worker_died_is_not_run_again(world):
    generation = started(world, shot_to_direct(world))
    claim_generation(generation.pk, worker="w")
    request_cancel(generation, by=world.retoucher)
    run_out(generation)
    reap_generations()
    generation.refresh_from_db()
    assert generation.state == G.CANCELLED


def test_work_folders_of_the_dead_are_swept_and_those_of_the_living_stay(world):
    generation = started(world, shot_to_direct(world))
    lease = claim_generation(generation.pk, worker="w")
    mine = work_root() / f"generation-{generation.pk}-{lease.attempt}"
    orphan = work_root() / f"generation-{generation.pk}-99"
    for folder in (mine, orphan):
        folder.mkdir(parents=True)
        (folder / "half.png").write_bytes(b"half")
    reap_generations()
    assert mine.exists()
    assert not orphan.exists()
