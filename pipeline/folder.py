"""A folder that appears whole or not at all, whatever kills the run that writes it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def folder_in_one_piece(out_dir: Path) -> Iterator[Path]:
    """A new folder beside `out_dir` that becomes it when the block ends well, and is removed when it doesn't."""
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(out_dir)
    folder = Path(tempfile.mkdtemp(prefix=f".{out_dir.name}.making-{os.getpid()}-", dir=out_dir.parent))
    try:
        folder.chmod(0o755)
        yield folder
        old = None
        if out_dir.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{out_dir.name}.making-{os.getpid()}-", dir=out_dir.parent))
            out_dir.rename(old / "before")
        folder.rename(out_dir)
        if old is not None:
            shutil.rmtree(old)
    finally:
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers(out_dir: Path) -> None:
    """Folders that a killed run on this machine left beside `out_dir`; those of running ones stay."""
    prefix = f".{out_dir.name}.making-"
    for folder in out_dir.parent.glob(f"{prefix}*"):
        pid = folder.name.removeprefix(prefix).split("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            before = folder / "before"
            if before.is_dir() and not out_dir.exists():
                before.rename(out_dir)  # killed between the two renames: what was there comes back
            shutil.rmtree(folder, ignore_errors=True)
