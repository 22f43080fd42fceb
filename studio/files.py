"""Serving stored files to people who may see them. The view asks the permission door first; this only sends bytes.

Files are streamed by the site from any storage, S3 included: a redirect to a bucket would hand out a link that works
for everybody, and the pages' content policy shows pictures of their own origin alone.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models.fields.files import FieldFile
from django.http import FileResponse

from studio.errors import NotThere

log = logging.getLogger("loupe.files")
# Kept by the person's own browser for a day: a name is its content's hash, so what it holds never changes.
CACHE = "private, max-age=86400, immutable"
# A stored page may style itself and show its own pictures; it runs no script and reaches nothing.
STORED_PAGE_POLICY = (
    "sandbox; default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self'"
)


class InPieces:
    """For a FileResponse: a file in pieces under ASGI too, where Django would otherwise read it whole into memory first."""

    block_size = 256 * 1024
    file_to_stream: Any

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.file_to_stream is None:  # an answer without a file, such as 304
            return
        read = sync_to_async(self.file_to_stream.read, thread_sensitive=False)
        while block := await read(self.block_size):
            yield block


class StoredFile(InPieces, FileResponse):
    """A stored file as a response, in pieces."""


def serve(fieldfile: FieldFile, content_type: str, download_name: str | None = None) -> StoredFile:
    """The stored file as a response, for saving as `download_name` where one is given.

    The ETag is the content's hash in the file's name; `studio.middleware.NotModified` answers 304 by it. Raises
    NotThere where the row names no file, or storage has lost it.
    """
    if not fieldfile:
        raise NotThere("file.none", "There is no file here yet.")
    try:
        opened = fieldfile.storage.open(str(fieldfile.name), "rb")
    except FileNotFoundError as error:
        log.error("a row names a file that storage doesn't have: %s", fieldfile.name)
        raise NotThere(
            "file.lost",
            "This file can't be read from storage.",
            "The row that names it is safe. Tell the studio, so that the file can be restored.",
        ) from error
    response = StoredFile(
        opened, as_attachment=download_name is not None, filename=download_name or "", content_type=content_type
    )
    if download_name is None:
        response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = CACHE
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["ETag"] = f'"{PurePosixPath(str(fieldfile.name)).stem}"'
    if content_type.split(";")[0] in {"text/html", "image/svg+xml"}:
        response.headers["Content-Security-Policy"] = STORED_PAGE_POLICY
    return response
