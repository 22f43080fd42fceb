"""The API's reference as a page of our own: no foreign script, no font from elsewhere, the same strict content policy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio.reference import groups


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "studio/api_docs.html", {"groups": groups()})
