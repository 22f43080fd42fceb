"""The frame, home and its sections, error pages, health, query counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from studio import actions, home
from studio.errors import Conflict
from studio.events import record_event
from studio.middleware import ErrorPages
from studio.models import Role
from tests.cast import person


@pytest.fixture
def sections(monkeypatch: pytest.MonkeyPatch) -> list[home.SectionMaker]:
    made: list[home.SectionMaker] = []
    monkeypatch.setattr(home, "SECTIONS", made)
    return made


def test_home_shows_what_apps_bring_in_their_order(client: Client, world: Any, sections: list[Any]) -> None:
    item = home.Item("Ring 0142", "/drafts/1/", detail="due Thursday", badge="To review", tone="act")
    sections += [
        lambda who: home.Section("Delivered", [item], order=30),
        lambda who: home.Section("Waiting for you", [item], order=10, count=9),
        lambda who: home.Section("Waiting for you", [home.Item("Confirm 7 stones", "/pieces/1/")], order=11),
        lambda who: None,
        lambda who: [home.Section("Empty and silent")],
    ]
    client.force_login(world.approver)
    page = client.get(reverse("home")).content.decode()
    assert page.index("Waiting for you") < page.index("Confirm 7 stones") < page.index("Delivered")
    assert page.count("Waiting for you") == 1
    assert ">10</span>" in page
    assert "Empty and silent" not in page


def test_an_empty_home_shows_the_first_step(client: Client, world: Any, sections: list[Any]) -> None:
    client.force_login(world.outsider)
    assert "You belong to no brand yet" in client.get(reverse("home")).content.decode()
    client.force_login(world.reviewer)
    assert "Nothing waits for you" in client.get(reverse("home")).content.decode()


def test_the_frame_suits_who_is_there(client: Client, world: Any) -> None:
    client.force_login(world.brand_admin)
    brands = client.get(reverse("home")).content.decode()
    client.force_login(world.retoucher)
    studios = client.get(reverse("home")).content.decode()
    assert 'data-theme="light"' in brands
    assert 'data-theme="dark"' in studios
    assert "Records" not in brands + studios
    for page in (brands, studios):
        assert '<a class="skip-link" href="#main">' in page
        assert " style=" not in page
        assert "<script>" not in page
        assert page.count("<h1") == 1


def test_no_page_lets_a_foreign_script_run(client: Client, db: None) -> None:
    policy = client.get(reverse("login"))["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def grow_people(world: Any, count: int) -> None:
    for _ in range(count):
        email = f"{uuid.uuid4().hex}@nord.example"
        person(email, (world.brand, Role.REVIEWER))
        actions.invite_person(f"i{email}", brand=world.brand, role=Role.REVIEWER, by=world.brand_admin)


def grow_events(world: Any, count: int) -> None:
    with transaction.atomic():
        for _ in range(count):
            record_event("brief.submit", world.brief, by=world.brand_admin)


def grow_notifications(world: Any, count: int) -> None:
    for _ in range(count):
        actions.notify(world.people_to_tell, kind="x", text="x", url="/", brand=world.brand)


LISTS: dict[str, Callable[[Any, int], None]] = {
    "people": grow_people,
    "events": grow_events,
    "notifications": grow_notifications,
    "api-person-list": grow_people,
    "api-invitation-list": grow_people,
    "api-event-list": grow_events,
    "api-notification-list": grow_notifications,
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_the_database_as_often_at_any_size(client: Client, world: Any, name: str) -> None:
    world.people_to_tell = [world.studio_admin]
    client.force_login(world.studio_admin)
    counts = []
    for size in (2, 12):
        LISTS[name](world, size)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(reverse(name)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[1] <= 14


def test_an_error_in_a_view_becomes_its_page_or_its_notice(world: Any, rf: RequestFactory) -> None:
    pages = ErrorPages(lambda request: None)  # type: ignore[arg-type,return-value]
    stale = Conflict("form.stale", "Somebody changed this.", "Look at the newer version.")
    request = rf.post("/")
    request.user = world.approver
    request.htmx = False
    page = pages.process_exception(request, stale)
    assert page.status_code == 409
    assert b"Somebody changed this." in page.content
    assert b"<html" in page.content
    request.htmx = True
    notice = pages.process_exception(request, stale)
    assert notice.status_code == 409
    assert b"<html" not in notice.content
    assert (notice["HX-Retarget"], notice["HX-Reswap"]) == ("#notices", "beforeend")


def test_what_nobody_foresaw_gets_a_reference_and_no_trace(world: Any, rf: RequestFactory, caplog: Any) -> None:
    request = rf.get("/")
    request.user, request.htmx = world.approver, False
    page = ErrorPages(lambda r: None).process_exception(request, ZeroDivisionError("secret detail"))  # type: ignore[arg-type,return-value]
    text = page.content.decode()
    assert page.status_code == 500
    assert "secret detail" not in text
    reference = text.split('<p class="reference">')[1].split("<")[0]
    assert reference in caplog.text


@pytest.mark.parametrize("path", ["/no-such-page/", "/api/v1/no-such-thing/"])
def test_an_unknown_address(client: Client, world: Any, path: str) -> None:
    client.force_login(world.approver)
    answer = client.get(path)
    assert answer.status_code == 404
    if path.startswith("/api/"):
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "row.not_there"
    else:
        assert "This page doesn" in answer.content.decode()


def test_health_says_what_is_away_and_no_more(client: Client, db: None, settings: Any) -> None:
    whole = client.get(reverse("health"))
    assert whole.json() == {"status": "ok", "database": True, "broker": True}
    settings.REDIS_URL = "redis://:a-secret@127.0.0.1:1/0"
    half = client.get(reverse("health"))
    assert half.status_code == 200
    assert half.json() == {"status": "degraded", "database": True, "broker": False}
    assert "a-secret" not in half.content.decode()


@pytest.fixture
def broker_away() -> Iterator[None]:
    """The queue's address leads nowhere, and no open connection is left to go round it."""
    from kombu import pools

    from studio.celery import app

    def lead_to(url: str) -> None:
        app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = url
        pools.reset()
        app._pool = app.amqp._producer_pool = None

    before = app.conf.broker_url
    lead_to("redis://127.0.0.1:1/0")
    yield
    lead_to(before)


def test_a_broker_that_is_away_breaks_no_page_and_loses_no_row(
    client: Client, world: Any, broker_away: None, django_capture_on_commit_callbacks: Any
) -> None:
    client.force_login(world.brand_admin)
    invitation = {"email": "another@nord.example", "brand": world.brand.pk, "role": "reviewer"}
    with django_capture_on_commit_callbacks(execute=True) as posted:
        assert client.post(reverse("person-invite"), invitation).status_code == 302
    assert len(posted) == 1
    assert world.brand.invitations.filter(email="another@nord.example").exists()


def test_activity_leads_a_brand_to_no_page_of_the_studio_alone(world: Any, client: Client) -> None:
    with transaction.atomic():
        record_event("shot.plan", world.shot, by=world.producer)
    desk = f"/shots/{world.shot.pk}/desk/"
    for somebody, leads in ((world.producer, True), (world.brand_admin, False)):
        client.force_login(somebody)
        assert (desk in client.get("/activity/").content.decode()) is leads
