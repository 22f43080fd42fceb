"""The stage's tests share one cache of their own, kept for the run, so that a sculpture is made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def stage_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Renders and meshes in the run's own folder; the models' own caches stay where set-up built them."""
    from pipeline.stage.cache import cache_root

    before = os.environ.get("LOUPE_CACHE_DIR")
    os.environ.setdefault("ANNY_CACHE_DIR", str(cache_root() / "anny"))
    os.environ.setdefault("LOUPE_LANDMARKS_DIR", str(cache_root() / "landmarks"))
    folder = tmp_path_factory.mktemp("stage-cache")
    os.environ["LOUPE_CACHE_DIR"] = str(folder)
    yield folder
    if before is None:
        del os.environ["LOUPE_CACHE_DIR"]
    else:
        os.environ["LOUPE_CACHE_DIR"] = before
