"""Two people at once: one wins, the other is told, and nothing happens twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client

from briefs import actions
from briefs.models import Brief, PiecePhoto, Shot
from studio.errors import Conflict
from studio.events import broken_links
from studio.models import Event
from tests.cast import World, brief, png

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Runs the calls in threads that start together; answers what each returned or raised."""
    gate, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        gate.wait()
        try:
            answers[index] = call()
        except Exception as error:
            answers[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def shot(world: World) -> Shot:
    row = brief(world.brand, world.brand_admin, world.piece, state=Brief.State.ACCEPTED)
    cut = actions.Cut(piece=world.piece, title="One", retoucher=world.retoucher)
    return actions.cut_into_shots(row, [cut], by=world.producer)[0]


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_who_move_a_shot_one_wins(world: World, shot: Shot, attempt: int) -> None:
    def move(person: Any) -> Callable[[], int]:
        client = Client()
        client.force_login(person)
        body = {"name": "direct", "version": shot.version}
        return lambda: client.post(f"/shots/{shot.pk}/move/", body).status_code

    answers = at_once(move(world.retoucher), move(world.producer), move(world.studio_admin))
    assert sorted(answers) == [302, 409, 409]
    assert Event.objects.about(shot).filter(name="shot.direct").count() == 1
    shot.brief.refresh_from_db()
    assert shot.brief.state == Brief.State.IN_PRODUCTION
    assert list(broken_links()) == []


def test_of_two_who_cut_a_brief_one_wins(world: World) -> None:
    row = brief(world.brand, world.brand_admin, world.piece, state=Brief.State.ACCEPTED)
    cuts = [actions.Cut(piece=world.piece, title=str(n)) for n in range(3)]
    answers = at_once(
        *[
            lambda by=by: actions.cut_into_shots(row, cuts, by=by, seen_version=row.version)
            for by in (world.producer, world.studio_admin)
        ]
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    assert row.shots.count() == 3


def test_of_two_who_accept_a_brief_one_is_its_producer(world: World) -> None:
    row = brief(world.brand, world.brand_admin, world.piece, state=Brief.State.SUBMITTED)
    people = (world.producer, world.studio_admin)
    answers = at_once(*[lambda by=by: actions.accept_brief(row, by=by) for by in people])
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    row.refresh_from_db()
    winner = next(by for by, answer in zip(people, answers, strict=True) if isinstance(answer, Brief))
    assert row.producer == winner


def test_the_same_photo_sent_twice_at_once_is_one_photo(world: World) -> None:
    data = png(320, 320)
    answers = at_once(
        *[
            lambda: actions.add_photo(
                world.piece, by=world.brand_admin, file=ContentFile(data, "ring.png"), original_name="ring.png"
            )
            for _ in range(3)
        ]
    )
    assert {type(answer) for answer in answers} == {PiecePhoto}
    assert len({answer.pk for answer in answers}) == 1


def test_a_photo_is_checked_by_one_worker(world: World) -> None:
    made = actions.add_photo(
        world.piece, by=world.brand_admin, file=ContentFile(png(320, 320), "ring.png"), original_name="ring.png"
    )
    answers = at_once(*[lambda: actions.check_photo(made.pk) for _ in range(3)])
    assert sorted(answers) == [False, False, True]
    assert Event.objects.about(made).filter(name="photo.refused").count() == 1


def test_of_two_who_type_in_one_draft_one_is_told(world: World) -> None:
    row = world.draft_brief
    answers = at_once(
        *[
            lambda words=words: actions.change_brief(row, by=world.approver, seen_version=row.version, notes=words)
            for words in ("mine", "yours")
        ]
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    row.refresh_from_db()
    assert row.notes in ("mine", "yours")
