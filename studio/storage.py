"""Where files lie: static files by content hash, uploads and pictures under a brand's folder by content hash."""

from __future__ import annotations

from pathlib import PurePosixPath

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed names for our ES modules as well, so that a page never mixes two versions."""

    support_js_module_import_aggregation = True
    manifest_strict = False


def content_name(brand_id: int, kind: str, sha256: str, suffix: str) -> str:
    """The storage name of a file by what it holds: ``brands/7/photos/ab/ab12....jpg``.

    `kind` is a plain folder name; `suffix` comes with its dot. A name never carries anything that a client typed.
    """
    return str(PurePosixPath("brands", str(brand_id), kind, sha256[:2], f"{sha256}{suffix}"))
