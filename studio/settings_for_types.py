"""The settings as the type checker's plugin loads them: the same, with a secret that signs nothing."""

from __future__ import annotations

import os

os.environ.setdefault("SECRET_KEY", "read by the type checker alone; nothing is ever signed with it")

from studio.settings import *  # noqa: F403 - after the secret, and all of it by design
