"""Static files under ASGI: WhiteNoise's answers, read in pieces without holding the event loop.

WhiteNoise's own response is a synchronous iterator; under ASGI Django would read it whole into memory first, and warn.
"""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from studio.files import InPieces


class StaticFileResponse(InPieces, FileResponse):
    """A static file with WhiteNoise's headers alone: Django's guesses would double or contradict them."""

    def set_headers(self, *args: Any, **kwargs: Any) -> None:
        pass


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, answering in pieces."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> StaticFileResponse:
        found = static_file.get_response(request.method, request.META)
        response = StaticFileResponse(found.file or (), status=int(found.status))
        del response["content-type"]
        for key, value in found.headers:
            response[key] = value
        return response
