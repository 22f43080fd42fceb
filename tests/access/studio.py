"""The studio app's rows of the access table: log-in, people, account, notifications, activity, and their API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.urls import reverse

from studio.events import record_event
from studio.models import Membership
from tests.access.table import COLUMNS, Row


def same(name: str, status: int, *, anonymous: int, method: str = "GET", **more: Any) -> Row:
    """A row in which everybody who is logged in gets the same; `at` gives the URL's arguments."""
    at = more.pop("at", lambda world: [])
    columns = dict.fromkeys(COLUMNS, status) | {"anonymous": anonymous}
    return Row(name, lambda world: reverse(name, args=at(world)), method, **columns, **more)


def row(name: str, method: str, statuses: str, at: Callable[[Any], list[Any]] = lambda world: [], **more: Any) -> Row:
    """`statuses` in the order of the table's columns."""
    return Row(name, lambda world: reverse(name, args=at(world)), method, *map(int, statuses.split()), **more)


def api(name: str, method: str, statuses: str, at: Callable[[Any], list[Any]] = lambda world: [], **more: Any) -> Row:
    return row(name, method, statuses, at, content_type="json", **more)


def _reviewers_role(world: Any) -> list[int]:
    return [Membership.objects.get(person=world.reviewer, brand=world.brand).pk]


def _event(world: Any) -> list[int]:
    with transaction.atomic():
        return [record_event("brief.submit", world.brief, by=world.brand_admin).pk]


def _invite(world: Any) -> dict[str, Any]:
    return {"email": "another@nord.example", "brand": world.brand.pk, "role": "reviewer"}


def _approver(world: Any) -> dict[str, Any]:
    return {"brand": world.brand.pk, "role": "approver"}


def _join(world: Any) -> dict[str, Any]:
    return {"token": world.invitation.token, "name": "New Person", "password": "wide river small stone"}


def _of(attribute: str) -> Callable[[Any], list[int]]:
    return lambda world: [getattr(world, attribute).pk]


#                         anonymous, outsider, other brand, reviewer, approver, brand admin, retoucher, producer, head
MANAGERS_PAGE = "          302        404       404          403       403       302          403        302       302"
MANAGERS_API = "           401        404       404          403       403       200          403        200       200"
OF_THE_BRAND = "           401        404       404          200       200       200          200        200       200"
THE_APPROVERS = "          401        404       404          404       200       404          404        404       404"

ROWS: list[Row] = [
    same("home", 200, anonymous=302),
    same("login", 302, anonymous=200),
    same("login", 302, anonymous=422, method="POST", data=lambda w: {"username": "no@no.example", "password": "no"}),
    same("logout", 302, anonymous=302, method="POST"),
    same("logout", 405, anonymous=405),
    same("password-reset", 200, anonymous=200),
    same("password-reset", 302, anonymous=302, method="POST", data=lambda w: {"email": "no@no.example"}),
    same("password-reset-done", 200, anonymous=200),
    same("password-reset-confirm", 404, anonymous=404, at=lambda w: ["MQ", "made-up"]),
    same("invitation", 200, anonymous=200, at=lambda w: [w.invitation.token]),
    same("invitation", 404, anonymous=404, at=lambda w: ["made-up"]),
    same("invitation", 403, anonymous=302, method="POST", at=lambda w: [w.invitation.token], data=_join),
    same("people", 200, anonymous=302),
    row("person-invite", "POST", "302 403 422 403 403 302 403 302 302", data=_invite),
    row("brand-new", "POST", "302 403 403 403 403 403 403 403 302", data=lambda w: {"name": "Casa Este"}),
    row("role-grant", "POST", "302 403 404 403 403 302 403 302 302", _of("reviewer"), data=_approver),
    row("role-remove", "POST", MANAGERS_PAGE, _reviewers_role),
    row("invitation-revoke", "POST", MANAGERS_PAGE, _of("invitation")),
    same("account", 200, anonymous=302),
    same("account", 302, anonymous=302, method="POST", data=lambda w: {"name": "Another Name"}),
    same("account-password", 422, anonymous=302, method="POST", data=lambda w: {"old_password": "no"}),
    same("account-token", 200, anonymous=302, method="POST"),
    same("notifications", 200, anonymous=302),
    same("notifications-read-all", 302, anonymous=302, method="POST"),
    row("notification", "POST", "302 404 404 404 302 404 404 404 404", _of("notification")),
    same("events", 200, anonymous=302),
    same("health", 200, anonymous=200),
    same("api-schema", 200, anonymous=200),
    same("api-docs", 200, anonymous=200),
    same(
        "api-token",
        422,
        anonymous=422,
        method="POST",
        data=lambda w: {"email": "no@no.example", "password": "no"},
        content_type="json",
    ),
    same("api-me", 200, anonymous=401),
    same("api-me", 200, anonymous=401, method="PATCH", data=lambda w: {"name": "Another"}, content_type="json"),
    api("api-role", "DELETE", "401 404 404 403 403 204 403 204 204", _reviewers_role),
    same("api-invitation-accept", 403, anonymous=201, method="POST", data=_join, content_type="json"),
    same("api-person-list", 200, anonymous=401),
    api("api-person-detail", "GET", OF_THE_BRAND, _of("approver")),
    api("api-person-roles", "POST", "401 403 404 403 403 201 403 201 201", _of("reviewer"), data=_approver),
    same("api-brand-list", 200, anonymous=401),
    api("api-brand-list", "POST", "401 403 403 403 403 403 403 403 201", data=lambda w: {"name": "Casa Este"}),
    api("api-brand-detail", "GET", OF_THE_BRAND, _of("brand")),
    same("api-invitation-list", 200, anonymous=401),
    api("api-invitation-list", "POST", "401 404 404 403 403 201 403 201 201", data=_invite),
    api("api-invitation-detail", "GET", "401 404 404 404 404 200 404 200 200", _of("invitation")),
    api("api-invitation-revoke", "POST", MANAGERS_API, _of("invitation")),
    same("api-notification-list", 200, anonymous=401),
    api("api-notification-detail", "GET", THE_APPROVERS, _of("notification")),
    api("api-notification-read", "POST", THE_APPROVERS, _of("notification")),
    same("api-notification-read-all", 200, anonymous=401, method="POST"),
    same("api-event-list", 200, anonymous=401),
    api("api-event-detail", "GET", OF_THE_BRAND, _event),
]
