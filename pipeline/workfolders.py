"""Where a worker writes while it makes a picture: one folder an attempt, and none left over.

A folder is named for its generation and attempt, and made only after the attempt was claimed: so a folder whose row is
not running that attempt belongs to nobody, and may be swept by anybody on this machine.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from pipeline.models import Generation

_NAME = re.compile(r"^generation-(\d+)-(\d+)$")


def work_root() -> Path:
    return Path(settings.VAR_DIR) / "work"


@contextmanager
def work_folder(generation_id: int, attempt: int) -> Iterator[Path]:
    """A new, empty folder of this attempt's own, removed at the end whatever happens."""
    folder = work_root() / f"generation-{generation_id}-{attempt}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_work_folders() -> list[int]:
    """Removes the folders that killed workers left on this machine; answers the ids of their generations."""
    if not work_root().is_dir():
        return []
    found = {}
    for folder in work_root().iterdir():
        match = _NAME.match(folder.name)
        if match:
            found[int(match[1]), int(match[2])] = folder
    if not found:
        return []
    running = set(
        Generation.objects.filter(pk__in={pk for pk, _ in found}, state=Generation.State.RUNNING).values_list(
            "pk", "attempt"
        )
    )
    orphans = found.keys() - running
    for key in orphans:
        shutil.rmtree(found[key], ignore_errors=True)
    return sorted({pk for pk, _ in orphans})
