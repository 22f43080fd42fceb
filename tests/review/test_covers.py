"""What a shot looks like in lists: the studio sees its newest picture, a brand what was sent to it and nothing else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from briefs.covers import covers_of
from review.models import Draft

pytestmark = pytest.mark.django_db


def picture_of(generation) -> str:
    file = generation.file("thumbnail") or generation.file("preview")
    return reverse("artifact", args=[file.pk])


def test_a_brand_sees_the_newest_draft_that_was_sent_and_is_led_to_it(studio, world) -> None:
    shot = studio.shot()
    assert covers_of([shot], world.approver) == {}
    sent = studio.draft(shot)
    studio.draft(shot, state=Draft.State.INTERNAL)
    studio.generation(shot)
    cover = covers_of([shot], world.approver)[shot.pk]
    assert cover.picture == reverse("draft-picture", args=[sent.pk, "thumbnail"])
    assert cover.url == reverse("draft", args=[sent.pk])
    assert covers_of([shot], world.other_admin) == {}


def test_the_studio_sees_the_newest_generation_until_a_draft_is_approved(studio, world) -> None:
    shot = studio.shot()
    studio.generation(shot)
    newest = studio.generation(shot)
    assert covers_of([shot], world.producer)[shot.pk].picture == picture_of(newest)
    approved = studio.draft(shot, state=Draft.State.APPROVED)
    studio.generation(shot)
    assert covers_of([shot], world.producer)[shot.pk].url == reverse("draft", args=[approved.pk])


def test_covers_cost_the_same_for_one_shot_and_for_many(studio, world, django_assert_num_queries) -> None:
    shots = []
    for _ in range(6):
        shots.append(studio.shot())
        studio.draft(shots[-1])
    assert world.producer.is_studio  # roles are read once a request, before any list
    for some in (shots[:1], shots):
        with django_assert_num_queries(2):
            covers_of(some, world.producer)


def test_the_brief_page_shows_the_draft_to_its_client(studio, world, client: Client) -> None:
    brief, (draft,) = studio.brief_in_review()
    client.force_login(world.approver)
    page = client.get(reverse("brief", args=[brief.pk])).content.decode()
    thumbnail = reverse("draft-picture", args=[draft.pk, "thumbnail"])
    assert thumbnail in page
    assert client.get(thumbnail).status_code == 200
