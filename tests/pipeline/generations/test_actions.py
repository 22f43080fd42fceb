"""Starting, cancelling and retrying: what people do at the desk and by API."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from briefs.actions import hold_brief
from briefs.models import Shot
from pipeline.actions import request_cancel, retry_generation, start_generation
from pipeline.leases import claim_generation, fail_generation, reap_generations
from pipeline.models import DirectionRecord, Generation
from studio.errors import Conflict, Invalid, NotAllowed
from studio.models import Event, Notification
from tests.access.pipeline import flat
from tests.pipeline.generations.line import directed, shot_to_direct, started

G = Generation.State
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", ["to_do", "changes_requested", "client_review"])
def test_generating_brings_the_shot_back_to_the_desk(world, state):
    shot = shot_to_direct(world, state=state)
    started(world, shot)
    assert shot.state == Shot.State.DIRECTING


@pytest.mark.parametrize("state", ["approved", "delivered", "cancelled"])
def test_a_shot_that_is_done_is_not_generated(world, state):
    shot = shot_to_direct(world, state=state)
    with pytest.raises(Conflict):
        started(world, shot)
    assert not shot.generations.exists()
    assert not shot.directions.exists()


def test_a_direction_records_what_changed_from_the_one_it_was_made_from(world):
    shot = shot_to_direct(world)
    first = started(world, shot)
    second = started(world, shot, direction=directed(fill=0.7), parent=first.direction, note="closer")
    assert second.direction.changed == {"camera.fill": [0.5, 0.7]}
    assert (second.number, second.direction.number, second.direction.note) == (2, 2, "closer")


def test_the_same_direction_again_is_the_same_record(world):
    shot = shot_to_direct(world)
    first = started(world, shot)
    assert started(world, shot, parent=first.direction).direction_id == first.direction_id
    assert DirectionRecord.objects.filter(shot=shot).count() == 1


def test_who_may_not_direct_starts_nothing(world):
    shot = shot_to_direct(world)
    with pytest.raises(NotAllowed):
        start_generation(shot, by=world.brand_admin, direction=directed())
    assert not shot.generations.exists()


def test_a_parent_of_another_shot_is_refused(world):
    shot = shot_to_direct(world)
    with pytest.raises(Invalid):
        started(world, shot, parent=world.direction)
    assert not shot.generations.exists()


def test_a_failed_generation_is_tried_again_as_a_new_one(world):
    first = started(world, shot_to_direct(world))
    fail_generation(claim_generation(first.pk, worker="w"), code="placement.size", message="Too wide.")
    first.refresh_from_db()
    again = retry_generation(first, by=world.retoucher)
    assert (again.number, again.state, again.direction_id) == (2, G.QUEUED, first.direction_id)
    with pytest.raises(Conflict):
        retry_generation(first, by=world.retoucher)


def test_a_finished_generation_can_neither_be_cancelled_nor_retried(world):
    for act in (request_cancel, retry_generation):
        with pytest.raises(Conflict):
            act(world.generation, by=world.retoucher)


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_row_waits_and_is_sent_later(settings):
    from studio.celery import app
    from tests.cast import World

    world = World()
    url = app.conf.broker_write_url
    app.conf.broker_write_url = "redis://127.0.0.1:1/0"
    app.amqp._producer_pool = None
    try:
        generation = started(world, shot_to_direct(world))
    finally:
        app.conf.broker_write_url = url
        app.amqp._producer_pool = None
    assert generation.state == G.QUEUED
    assert generation.waits_for_queue
    assert reap_generations() == [generation.pk]
    generation.refresh_from_db()
    assert not generation.waits_for_queue


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("camera.fill", "NaN", "must be a number"),
        ("camera.fill", "7", "must be 0.95 or less"),
        ("camera.fill", "wide", "must be a number"),
        ("camera.zoom", "1", "there is no such field"),
        ("rig.lights.0.ev", "", "must be a number"),
        ("engine", "dream", "must be one of"),
    ],
)
def test_a_direction_that_cannot_be_run_names_its_field(world, name, value, words):
    shot = shot_to_direct(world)
    client = Client()
    client.force_login(world.retoucher)
    form = flat(directed().model_dump(mode="json")) | {name: value}
    answer = client.post(f"/shots/{shot.pk}/generations/", form, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert words in answer.json()["errors"][name][0]
    assert not shot.directions.exists()


def test_the_api_refuses_nan_as_a_problem(world):
    shot = shot_to_direct(world)
    client = Client()
    client.force_login(world.retoucher)
    direction = directed().model_dump(mode="json")
    direction["camera"]["fill"] = "NaN"
    answer = client.post(
        "/api/v1/generations/", {"shot": shot.pk, "direction": direction}, content_type="application/json"
    )
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert "camera.fill" in answer.json()["errors"]
    assert not shot.generations.exists()


def test_every_step_is_in_the_event_log(world):
    generation = started(world, shot_to_direct(world))
    request_cancel(generation, by=world.retoucher)
    names = Event.objects.filter(subject_type="pipeline.generation", subject_id=str(generation.pk))
    assert list(names.order_by("number").values_list("name", flat=True)) == [
        "generation.started",
        "generation.cancelled",
    ]


def test_the_desks_queries_do_not_grow_with_its_line(world):
    shot = shot_to_direct(world)
    client = Client()
    client.force_login(world.retoucher)
    counts = []
    for size in (2, 10):
        while shot.generations.count() < size:
            started(world, shot, direction=directed(fill=0.3 + shot.generations.count() / 50))
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"/shots/{shot.pk}/desk/?part=live").status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1], counts


def test_who_asked_hears_why_a_picture_failed_and_where_to_try_again(world, django_capture_on_commit_callbacks):
    shot = shot_to_direct(world)
    generation = started(world, shot)
    lease = claim_generation(generation.pk, worker="w")
    with django_capture_on_commit_callbacks(execute=True):
        assert fail_generation(lease, code="matte.busy", message="The ground is too busy. Upload another photo.")
    told = Notification.objects.get(kind="generation.failed")
    assert told.person == world.retoucher
    assert "too busy" in told.text
    assert Notification.objects.filter(kind="generation.failed").count() == 1
    client = Client()
    client.force_login(world.retoucher)
    page = client.get(told.url).content.decode()
    assert f'action="/generations/{generation.pk}/retry/"' in page


def test_a_shot_of_a_brief_that_rests_is_not_generated(world):
    shot = shot_to_direct(world, state="client_review")
    hold_brief(shot.brief, by=world.producer)
    with pytest.raises(Conflict, match="on hold"):
        started(world, shot)
    shot.refresh_from_db()
    assert (shot.state, shot.generations.count()) == ("client_review", 0)
