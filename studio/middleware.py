"""Middleware: a strict content policy, log-in by default, and Loupe's errors as pages."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from studio.errors import LoupeError

log = logging.getLogger("loupe.errors")


class ContentSecurityPolicy:
    """No inline script, no foreign origin: `request.csp_nonce` is for the import map alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
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
            template = "studio/error_notice.html" if getattr(request, "htmx", False) else "studio/error.html"
            return render(request, template, {"error": exception}, status=exception.status)
        if settings.DEBUG:
            return None
        reference = secrets.token_hex(4).upper()
        log.exception("reference %s: %s %s", reference, request.method, request.path)
        return render(request, "studio/broken.html", {"reference": reference}, status=500)
