"""A worker killed outright in the middle of a generation: each finishes once, and no file is left over.

Real parts: a Celery worker as its own process, the run's Valkey, the run's database, a real engine.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.db import connection

from pipeline.actions import request_cancel
from pipeline.artifacts import sweep_stored_files
from pipeline.leases import reap_generations
from pipeline.models import Generation
from studio.models import Event
from tests import cast
from tests.pipeline.generations.line import directed, png_of, shot_to_direct, started, stored_names
from tests.pipeline.imaging.drawn_pieces import chain, photograph

ROOT = Path(__file__).resolve().parents[2]
G = Generation.State
ENDED = (G.DONE, G.FAILED, G.CANCELLED)
CATEGORY = "necklace"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


@contextmanager
def worker(var: Path, valkey_url: str) -> Iterator[subprocess.Popen]:
    """A Celery worker on the test's database, files and queue."""
    environment = {
        **os.environ,
        "LOUPE_DEMO": "1",
        "LOUPE_VAR": str(var),
        "LOUPE_CACHE_DIR": os.environ.get("LOUPE_CACHE_DIR", str(ROOT / "var" / "cache")),
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "REDIS_URL": valkey_url,
        "GENERATION_LEASE_S": "4",
        "GENERATION_ATTEMPTS": "5",
    }
    log = (var / "worker.log").open("ab")
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "studio",
        "--quiet",
        "worker",
        "-Q",
        "cpu",
        "-c",
        "1",
        "-l",
        "WARNING",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()


def until(holds: Callable[[], bool], what: str, within_s: float = 120, log: Path | None = None) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}\n{log.read_text()[-3000:] if log else ''}"
        time.sleep(0.02)


def row(generation: Generation) -> Generation:
    generation.refresh_from_db()
    return generation


def photographed_shot(world: cast.World):
    piece = cast.piece(world.brand, world.brand_admin, sku="K-1", category=CATEGORY)
    cast.photo(piece, world.brand_admin, png_of(photograph(chain()).rgb))
    return shot_to_direct(world, piece=piece)


def finish_one_whose_worker_is_killed(world, shot, number: int, log: Path) -> None:
    generation = started(world, shot, direction=directed(CATEGORY, fill=0.4 + number / 50), quality="preview")
    until(lambda: row(generation).state == G.RUNNING and generation.fraction > 0, "it runs", log=log)
    os.kill(int(generation.worker.rsplit("/", 1)[1]), signal.SIGKILL)
    until(lambda: reap_generations() is not None and row(generation).state in ENDED, "it ends", log=log)
    assert generation.state == G.DONE, generation.error_message
    assert generation.attempt >= 2


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_each_generation_finishes_once_whatever_is_killed(tmp_path, valkey_url, settings, kills):
    settings.GENERATION_ATTEMPTS = 5
    world = cast.World()
    shot = photographed_shot(world)
    log = tmp_path / "worker.log"
    with worker(tmp_path, valkey_url) as process:
        for number in range(kills):
            finish_one_whose_worker_is_killed(world, shot, number, log)
        until(lambda: not list((tmp_path / "work").iterdir()), "the work folders go", log=log)
        assert process.poll() is None
    finished = Event.objects.filter(name="generation.finished").values_list("subject_id", flat=True)
    assert sorted(finished) == sorted(str(g.pk) for g in shot.generations.all()), "each finishes once"
    for generation in shot.generations.all():
        assert stored_names(generation) == sorted(a.file.name for a in generation.artifacts.all())
        assert sweep_stored_files(generation) == 0


def test_a_whole_worker_killed_is_replaced_by_the_next(tmp_path, valkey_url):
    world = cast.World()
    generation = started(world, photographed_shot(world), direction=directed(CATEGORY), quality="preview")
    log = tmp_path / "worker.log"
    with worker(tmp_path, valkey_url):
        until(lambda: row(generation).state == G.RUNNING and generation.fraction > 0, "it runs", log=log)
    assert row(generation).state == G.RUNNING
    with worker(tmp_path, valkey_url):
        until(lambda: reap_generations() is not None and row(generation).state == G.DONE, "it ends", log=log)
        # The row is done first and its folder goes then: the worker must live to remove it.
        until(lambda: not list((tmp_path / "work").iterdir()), "its work folder goes", log=log)
    assert generation.attempt >= 2


def test_a_running_generation_stops_soon_after_it_is_asked_to(tmp_path, valkey_url):
    world = cast.World()
    generation = started(world, photographed_shot(world), direction=directed(CATEGORY), quality="final")
    log = tmp_path / "worker.log"
    with worker(tmp_path, valkey_url):
        until(lambda: row(generation).state == G.RUNNING and generation.fraction > 0, "it runs", log=log)
        request_cancel(generation, by=world.retoucher)
        until(lambda: row(generation).state == G.CANCELLED, "it stops", within_s=60, log=log)
    assert generation.artifacts.count() == 0
    assert stored_names(generation) == []
    assert not list((tmp_path / "work").iterdir())
