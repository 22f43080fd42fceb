"""What every API of Loupe shares: problem+json errors (RFC 9457), cursor pagination."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from studio.errors import LoupeError


class NewestFirst(CursorPagination):
    """Stable pages over rows that keep coming: newest first, by id."""

    ordering = "-id"
    page_size_query_param = "page_size"
    max_page_size = 200


class Problem(serializers.Serializer):
    """RFC 9457. `code` is stable; `detail` is for people; `errors` names fields."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    hint = serializers.CharField(required=False)
    errors = serializers.DictField(required=False)  # type: ignore[assignment]  # a field of the answer, not of the class


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error as application/problem+json."""
    if isinstance(error, LoupeError):
        return _answer(error.status, error.code, error.message, hint=error.hint, **error.details)
    if isinstance(error, Http404):
        return _answer(404, "row.not_there", "No such thing, or none that you may know of.")
    if isinstance(error, PermissionDenied):
        return _answer(403, "permission.missing", "Your role doesn't allow that.")
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        return _answer(
            422, "input.invalid", "Some fields can't be taken as they are; nothing was written.", errors=fields
        )
    code = getattr(error, "default_code", "error")
    answer = _answer(response.status_code, f"request.{code}", str(getattr(error, "detail", error)))
    for name, value in response.headers.items():
        if name.lower() in {"www-authenticate", "retry-after", "allow"}:
            answer[name] = value
    return answer


def _answer(code: int, name: str, detail: str, **more: Any) -> Response:
    body = {
        "type": f"about:blank#{name}",
        "title": {
            401: "Unauthorised",
            403: "Not allowed",
            404: "Not found",
            409: "Conflict",
            422: "Can't be taken",
        }.get(code, "Client error" if code < 500 else "Server error"),
        "status": code,
        "code": name,
        "detail": detail,
        **{k: v for k, v in more.items() if v not in ("", None)},
    }
    return Response(body, status=code, content_type="application/problem+json")


HTTP_UNPROCESSABLE = status.HTTP_422_UNPROCESSABLE_ENTITY
