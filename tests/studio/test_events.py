"""The event log: append-only, chained, provable, told in words."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from studio import actions
from studio.events import WORDS, broken_links, in_words, record_event
from studio.models import Event, Role


def write(world: Any, count: int = 3) -> list[Event]:
    with transaction.atomic():
        return [
            record_event("brief.submit", world.brief, by=world.brand_admin, before={"n": n}, after={"n": n + 1})
            for n in range(count)
        ]


def raw(sql: str, *args: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, args)


def test_a_whole_log_is_proved(world: Any, capsys: pytest.CaptureFixture[str]) -> None:
    write(world)
    call_command("verify_events")
    assert "holds: 3 rows in 1 chain." in capsys.readouterr().out


TAMPERED = {
    "was changed after it was written": "UPDATE studio_event SET subject_label = 'x' WHERE id = %s",
    "row 2 is missing": "DELETE FROM studio_event WHERE id = %s",
    "does not follow the row before it": "UPDATE studio_event SET previous_hash = 'x' WHERE id = %s",
}


@pytest.mark.parametrize("words", TAMPERED)
def test_a_row_touched_behind_our_back_is_found(world: Any, capsys: pytest.CaptureFixture[str], words: str) -> None:
    rows = write(world)
    raw(TAMPERED[words], rows[1].pk)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_events")
    assert ended.value.code == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("column", ["name", "subject_id", "by_id", "at", "before", "after", "internal"])
def test_every_fact_is_under_the_hash(world: Any, column: str) -> None:
    row = write(world, 1)[0]
    values = {
        "name": "brief.accept",
        "subject_id": "999",
        "by_id": world.approver.pk,
        "at": "2001-01-01 00:00:00",
        "before": '{"n": 7}',
        "after": '{"n": 7}',
        "internal": True,
    }
    raw(f"UPDATE studio_event SET {column} = %s WHERE id = %s", values[column], row.pk)
    assert [what for _, _, what in broken_links()] == ["was changed after it was written"]


def test_a_row_shown_to_another_brand_is_found(world: Any) -> None:
    row = write(world, 1)[0]
    raw("UPDATE studio_event SET brand_id = %s WHERE id = %s", world.other_brand.pk, row.pk)
    assert [what for _, _, what in broken_links()] == ["was moved to another brand"]


def test_events_are_appended_alone(world: Any) -> None:
    row = write(world, 1)[0]
    for attempt in (row.save, row.delete, Event.objects.all().delete, lambda: Event.objects.update(name="x")):
        with pytest.raises(TypeError):
            attempt()


def test_an_event_stands_or_falls_with_its_change(transactional_db: None) -> None:
    from tests.cast import World

    world = World()
    with pytest.raises(RuntimeError):
        record_event("brief.submit", world.brief, by=None)

    def change_that_fails() -> None:
        with transaction.atomic():
            record_event("brief.submit", world.brief, by=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_that_fails()
    assert not Event.objects.exists()


def test_writers_at_once_make_one_chain(transactional_db: None) -> None:
    from tests.cast import World

    world = World()
    barrier = threading.Barrier(4)

    def add() -> None:
        try:
            barrier.wait(10)
            for _ in range(5):
                with transaction.atomic():
                    record_event("brief.submit", world.brief, by=None)
        finally:
            connection.close()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Event.objects.count() == 20
    assert list(broken_links()) == []


def test_who_sees_which_rows(client: Client, world: Any) -> None:
    with transaction.atomic():
        record_event("shot.direct", world.shot, by=world.retoucher, internal=True)
        record_event("brief.submit", world.brief, by=world.brand_admin)
        record_event("brand.created", world.other_brand, by=world.studio_admin)
    seen = {}
    for who in ("outsider", "other_admin", "reviewer", "retoucher"):
        client.force_login(getattr(world, who))
        seen[who] = {row["name"] for row in client.get(reverse("api-event-list")).json()["results"]}
    assert seen["outsider"] == set()
    assert seen["other_admin"] == {"brand.created"}
    assert seen["reviewer"] == {"brief.submit"}
    assert seen["retoucher"] == {"shot.direct", "brief.submit", "brand.created"}


def test_the_activity_page_tells_facts_in_words_and_filters_them(client: Client, world: Any) -> None:
    actions.grant_role(world.reviewer, brand=world.brand, role=Role.APPROVER, by=world.brand_admin)
    write(world, 1)
    client.force_login(world.brand_admin)
    whole = client.get(reverse("events")).content.decode()
    assert "gave a role:" in whole
    assert "Spring launch" in whole
    some = client.get(reverse("events"), {"about": "studio.membership"}).content.decode()
    assert "gave a role:" in some
    assert f'href="{reverse("events")}"' in some
    for odd in ("x", "-1", "9" * 40, "١"):
        assert "No line fits" in client.get(reverse("events"), {"brand": odd, "by": odd}).content.decode()


def test_every_fact_of_this_app_has_words(world: Any) -> None:
    actions.create_brand(name="Casa Este", by=world.studio_admin)
    for event in Event.objects.all():
        assert event.name in WORDS
        assert in_words(event)
    with transaction.atomic():
        unknown = record_event("a.fact_without_words", world.brief, by=None)
    assert in_words(unknown) == "a fact without words"
