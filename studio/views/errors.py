"""Errors that Django finds before any view: with the frame for pages, as problems for the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _problem(404, "row.not_there", "No such address.")
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _problem(403, "permission.missing", "Your role doesn't allow that.")
    return render(request, "403.html", status=403)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _problem(400, "request.unreadable", "That request can't be read.")
    return render(request, "400.html", status=400)


def broken(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _problem(500, "server.broken", "Something broke on our side. What was saved before is safe.")
    return defaults.server_error(request)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its secret: sent from a page opened before a log-in, or from elsewhere."""
    return render(request, "403_csrf.html", status=403)


def _problem(status: int, code: str, detail: str) -> JsonResponse:
    body: dict[str, Any] = {
        "type": f"about:blank#{code}",
        "title": detail,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")
