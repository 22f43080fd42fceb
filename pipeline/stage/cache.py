"""Files kept by the hash of what they depend on, so that equal work is done once.

Everything lives under `LOUPE_CACHE_DIR` (default ~/.cache/loupe). A file is written beside its place and moved into
it, so a reader never sees half of one; the oldest used go first once a folder is over its bound.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

GIGABYTE = 1 << 30


def cache_root() -> Path:
    """The folder that all caches of the stage lie in."""
    return Path(os.environ.get("LOUPE_CACHE_DIR") or Path.home() / ".cache" / "loupe")


def content_key(*parts: Any) -> str:
    """A hex SHA-256 of parts: bytes and arrays by content, everything else by its sorted JSON."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        elif isinstance(part, bytes):
            digest.update(part)
        else:
            digest.update(json.dumps(part, sort_keys=True, separators=(",", ":")).encode())
        digest.update(b"\0")
    return digest.hexdigest()


class ArrayCache:
    """Named arrays on disk, one .npz a key, in `folder` under the cache root, at most `limit_bytes` altogether."""

    def __init__(self, folder: str, limit_bytes: int = 2 * GIGABYTE) -> None:
        self._name = folder
        self._limit = limit_bytes

    @property
    def folder(self) -> Path:
        return cache_root() / self._name

    def read(self, key: str) -> dict[str, np.ndarray] | None:
        """The arrays kept under this key, or None; a damaged file counts as absent and is dropped."""
        path = self.folder / f"{key}.npz"
        try:
            with np.load(path, allow_pickle=False) as kept:
                arrays = {name: kept[name] for name in kept.files}
            os.utime(path)
            return arrays
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            path.unlink(missing_ok=True)
            return None

    def write(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep these arrays; a full or read-only disk loses the cache and not the picture."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self.folder, suffix=".part")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    np.savez(file, **arrays)
                Path(temporary).replace(self.folder / f"{key}.npz")
            finally:
                Path(temporary).unlink(missing_ok=True)
            self._trim()

    def _trim(self) -> None:
        kept = []
        for path in self.folder.glob("*.npz"):
            with contextlib.suppress(FileNotFoundError):
                found = path.stat()
                kept.append((found.st_mtime, found.st_size, path))
        total = sum(size for _, size, _ in kept)
        for _, size, path in sorted(kept, key=lambda row: row[0]):
            if total <= self._limit:
                break
            path.unlink(missing_ok=True)
            total -= size
