"""Middleware: a strict content policy, log-in by default, and Loupe's errors as pages."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response

from studio.errors import LoupeError
from studio.requests import PageRequest

log = logging.getLogger("loupe.errors")


class ContentSecurityPolicy:
    """No inline script, no foreign origin: `request.csp_nonce` is for the import map alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponse:
        request.csp_nonce = secrets.token_urlsafe(16)
        response = self.get_response(request)
        response.headers.setdefault(
            "Content-Security-Policy",
            "; ".join(
                [
                    "default-src 'self'",
                    f"script-src 'self' 'nonce-{request.csp_nonce}'",
                    # Custom properties for progress and positions are set by script through CSSOM, which style-src allows.
                    "style-src 'self'",
                    "img-src 'self' blob: data:",
                    "font-src 'self'",
                    "connect-src 'self'",
                    "object-src 'none'",
                    "base-uri 'none'",
                    "form-action 'self'",
                    "frame-ancestors 'none'",
                ]
            ),
        )
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


class NotModified:
    """304 for a stored file that the browser has already; pages, which carry no ETag, pass through untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        etag = response.headers.get("ETag")
        if etag is None or request.method not in {"GET", "HEAD"}:
            return response
        answer = get_conditional_response(request, etag=etag, response=response)
        if answer is not None and answer is not response:
            response.close()
        return answer or response


class LoginRequired(LoginRequiredMiddleware):
    """Every page needs a log-in but those marked; the API answers for itself with 401 problems."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        if request.path.startswith("/api/"):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class ErrorPages:
    """A LoupeError raised in a view becomes its page (or, for htmx, its notice), with its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, LoupeError):
            return _answer(request, "studio/error.html", {"error": exception}, exception.status)
        if isinstance(exception, Http404 | PermissionDenied) or settings.DEBUG:
            return None
        reference = secrets.token_hex(4).upper()
        log.exception("reference %s: %s %s", reference, request.method, request.path)
        return _answer(request, "studio/broken.html", {"reference": reference}, 500)


def _answer(request: HttpRequest, page: str, context: dict[str, object], status: int) -> HttpResponse:
    """The error's page; for htmx a notice beside what the person was doing, which stays as it was."""
    if not getattr(request, "htmx", False):
        return render(request, page, context, status=status)
    response = render(request, "studio/error_notice.html", context, status=status)
    response.headers["HX-Retarget"] = "#notices"
    response.headers["HX-Reswap"] = "beforeend"
    return response
