"""A generation's files in storage: stored by what they hold, before the transaction that makes them count.

They lie in a folder of the generation's own (``brands/7/generation-31/ab/ab12....png``), so that what a killed attempt
left there can be told from what counts, and swept without touching anybody else's files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files import File
from django.core.files.storage import default_storage

from pipeline.models import Artifact, Generation
from studio.storage import content_name

if TYPE_CHECKING:
    from pipeline.make import MadePicture

CONTENT_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".tiff": "image/tiff",
    ".json": "application/json",
    ".html": "text/html",
    ".npy": "application/octet-stream",
}


@dataclass(frozen=True)
class StoredFile:
    """A file that lies in storage and doesn't count yet."""

    kind: str
    name: str
    sha256: str
    size_bytes: int
    content_type: str


def files_of(made: MadePicture) -> dict[str, Path]:
    """The files of a made picture by their artifact kind."""
    files = {
        "draft": made.draft,
        "master": made.master,
        "preview": made.preview,
        "thumbnail": made.thumbnail,
        "direction": made.direction,
        "report": made.report_json,
        "report_html": made.report_html,
    }
    files |= {f"layer:{path.stem}": path for path in sorted(made.layers.iterdir()) if path.is_file()}
    files |= {f"overlay:{path.stem}": path for path in sorted(made.overlays.iterdir()) if path.is_file()}
    return files


def store_files(generation: Generation, files: dict[str, Path]) -> list[StoredFile]:
    """Puts the files into the generation's folder.

    One that is there already, from an attempt before, is left as it is where it holds what its name says; one that a
    killed worker left half-written is written anew.
    """
    stored = []
    for kind, path in files.items():
        with path.open("rb") as source:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
            name = content_name(generation.brand_id, _folder(generation.pk), sha256, path.suffix)
            if not _holds(name, sha256):
                source.seek(0)
                name = default_storage.save(name, File(source, name=path.name))
        stored.append(
            StoredFile(
                kind=kind,
                name=name,
                sha256=sha256,
                size_bytes=path.stat().st_size,
                content_type=CONTENT_TYPES.get(path.suffix, "application/octet-stream"),
            )
        )
    return stored


def _holds(name: str, sha256: str) -> bool:
    """Whether storage has a whole file of this name; a broken one is removed, so that its name is free."""
    if not default_storage.exists(name):
        return False
    with default_storage.open(name, "rb") as stored:
        found = hashlib.file_digest(stored, "sha256").hexdigest()
    if found == sha256:
        return True
    default_storage.delete(name)
    return False


def sweep_stored_files(generation: Generation) -> int:
    """Removes what attempts left in a finished generation's folder and no artifact names; answers how many files.

    Does nothing while the generation may still be run: a running attempt's files count for nobody until it commits.
    """
    ended = (Generation.State.DONE, Generation.State.FAILED, Generation.State.CANCELLED)
    if not Generation.objects.filter(pk=generation.pk, state__in=ended).exists():
        return 0
    kept = set(Artifact.objects.filter(generation=generation).values_list("file", flat=True))
    root = f"brands/{generation.brand_id}/{_folder(generation.pk)}"
    removed = 0
    for folder in [root, *(f"{root}/{name}" for name in _folders_in(root))]:
        for file in _files_in(folder):
            name = f"{folder}/{file}"
            if name not in kept:
                default_storage.delete(name)
                removed += 1
    return removed


def _folder(generation_id: int) -> str:
    return f"generation-{generation_id}"


def _folders_in(folder: str) -> list[str]:
    return _listed(folder)[0]


def _files_in(folder: str) -> list[str]:
    return _listed(folder)[1]


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return [], []
