"""The demo's own secret: made on its first run, kept with its data, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def demo_secret(var_dir: Path) -> str:
    """The secret in `var_dir`, made where there is none. Two processes that start at once agree on one."""
    path = var_dir / "demo-secret"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    secret = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)
    return secret
