"""Every address, for everybody: a URL that isn't in the table fails the suite."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.access.table import COLUMNS, Row

APPS = ("studio", "briefs", "briefs_api", "pipeline", "review")
ROWS: list[Row] = [row for app in APPS for row in importlib.import_module(f"tests.access.{app}").ROWS]
# Django's own pages behind one door: the admin asks is_staff for each (tests/studio holds that), DRF's schema views are rows.
OUTSIDE = ("admin:",)
FLOOR = 60


def addresses(resolver: Any = None, space: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or pattern.pattern}"


def test_every_address_is_in_the_table() -> None:
    named = {name for name in addresses() if not name.startswith(OUTSIDE)}
    missing = sorted(named - {row.name for row in ROWS})
    assert not missing, f"not in the access table: {missing}"
    gone = sorted({row.name for row in ROWS} - named)
    assert not gone, f"in the access table, but no address: {gone}"
    assert len(named) >= FLOOR, "the walk over the urlconf found too little to be believed"


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r.method}-{r.name}")
@pytest.mark.parametrize("column", COLUMNS)
def test_access(row: Row, column: str, world: Any) -> None:
    client = Client(raise_request_exception=False)
    person = world.people[column]
    if person is not None:
        client.force_login(person)
    data = row.data(world) if row.data else None
    send = getattr(client, row.method.lower())
    if row.content_type == "json":
        response = send(row.url(world), data=data, content_type="application/json", headers=row.headers)
    else:
        response = send(row.url(world), data=data, headers=row.headers)
    expected = row.expected()[column]
    assert response.status_code == expected, (
        f"{column} {row.method} {row.url(world)}: {response.status_code}, not {expected}"
    )
    if expected == 302 and column == "anonymous" and row.method == "GET" and row.name not in {"logout"}:
        assert "/login/" in response["Location"] or row.name in {"login"}


def test_every_socket_is_in_the_table() -> None:
    from studio.sockets import websocket_urlpatterns
    from tests.access.pipeline import SOCKETS

    assert {p.name for p in websocket_urlpatterns} == set(SOCKETS)
