"""Files stored by what they hold, together or not at all: what was newly written is taken back when its rows fail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from studio.storage import content_name


@dataclass
class Shelf:
    """A brand's folder of one kind of file, for the length of a `shelf` block."""

    brand_id: int
    written: list[str] = field(default_factory=list)

    def put(self, kind: str, content: bytes | File, suffix: str, sha256: str = "") -> str:
        """Stores `content` unless it lies there already; answers its storage name.

        `sha256` is of the content, in hex; it may be left out for bytes.
        """
        if isinstance(content, bytes):
            sha256 = sha256 or hashlib.sha256(content).hexdigest()
            content = ContentFile(content)
        name = content_name(self.brand_id, kind, sha256, suffix)
        if default_storage.exists(name):
            return name
        content.seek(0)
        stored = default_storage.save(name, content)
        self.written.append(stored)
        return stored


@contextmanager
def shelf(brand_id: int) -> Iterator[Shelf]:
    """Files put on the shelf inside the block stay only if the block ends well."""
    made = Shelf(brand_id)
    try:
        yield made
    except BaseException:
        for name in made.written:
            default_storage.delete(name)
        raise


def sha256_of(file: File) -> str:
    """SHA-256 of an uploaded file in hex, read in chunks, so that a large one never lies in memory whole."""
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
