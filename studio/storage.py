"""Where files lie: static files by content hash, uploads and pictures under a brand's folder by content hash."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

OUR_SCRIPTS = ("studio/", "briefs/", "pipeline/", "review/")


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed names for our ES modules as well, so that a page never mixes two versions."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None, *more: Any
    ) -> Callable[[re.Match[str]], str]:
        """Rewrites references in our own files and in style sheets; a package's scripts keep theirs, which may lead to
        files that the package doesn't bring."""
        if name.endswith(".js") and not name.startswith(OUR_SCRIPTS):
            return lambda matched: matched.group(0)
        return super().url_converter(name, hashed_files, template, *more)


def content_name(brand_id: int, kind: str, sha256: str, suffix: str) -> str:
    """The storage name of a file by what it holds: ``brands/7/photos/ab/ab12....jpg``.

    `kind` is a plain folder name; `suffix` comes with its dot. A name never carries anything that a client typed.
    """
    return str(PurePosixPath("brands", str(brand_id), kind, sha256[:2], f"{sha256}{suffix}"))
