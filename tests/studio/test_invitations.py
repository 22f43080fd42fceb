"""Invitations: used once, expiring, revocable, and only by whom they name."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from studio import actions
from studio.errors import Conflict, Invalid, LoupeError, NotAllowed, NotThere
from studio.models import Event, Invitation, Membership, Person, Role
from studio.tasks import send_invitation

JOIN = {"name": "Noor Haddad", "password": "wide river small stone"}


def test_somebody_new_joins_and_is_logged_in(client: Client, world: Any) -> None:
    path = reverse("invitation", args=[world.invitation.token])
    assert "Join Atelier Nord" in client.get(path).content.decode()
    assert client.post(path, JOIN)["Location"] == reverse("home")
    made = Person.objects.get(email="new@nord.example")
    assert made.roles_in(world.brand.pk) == {Role.REVIEWER}
    assert client.get(reverse("account")).status_code == 200
    assert Client().get(path).status_code == 404


def test_the_mail_carries_the_link(client: Client, world: Any) -> None:
    assert send_invitation(world.invitation.pk)
    assert not send_invitation(world.invitation.pk)
    [sent] = mail.outbox
    assert sent.to == ["new@nord.example"]
    assert reverse("invitation", args=[world.invitation.token]) in sent.body


def test_two_who_accept_at_once_are_one_person(transactional_db: None) -> None:
    from tests.cast import World

    world = World()
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def accept() -> None:
        try:
            row = Invitation.objects.select_related("brand", "invited_by").get(pk=world.invitation.pk)
            barrier.wait(10)
            actions.accept_invitation(row, **JOIN)
            outcomes.append("joined")
        except LoupeError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["invitation.gone", "joined"]
    assert Person.objects.filter(email="new@nord.example").count() == 1
    assert Membership.objects.filter(person__email="new@nord.example").count() == 1
    assert Event.objects.filter(name="invitation.accepted").count() == 1


def test_one_that_ran_out_or_was_taken_back_opens_nothing(client: Client, world: Any) -> None:
    Invitation.objects.filter(pk=world.invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    path = reverse("invitation", args=[world.invitation.token])
    assert client.get(path).status_code == 404
    assert client.post(path, JOIN).status_code == 404
    fresh = actions.invite_person("late@nord.example", brand=world.brand, role=Role.REVIEWER, by=world.brand_admin)
    actions.revoke_invitation(fresh, by=world.brand_admin)
    assert client.get(reverse("invitation", args=[fresh.token])).status_code == 404
    with pytest.raises(Conflict):
        actions.revoke_invitation(fresh, by=world.brand_admin)
    assert not send_invitation(fresh.pk)


def test_one_from_somebody_who_may_not_invite_any_more_opens_nothing(world: Any) -> None:
    Membership.objects.filter(person=world.brand_admin).delete()
    row = Invitation.objects.select_related("brand", "invited_by").get(pk=world.invitation.pk)
    with pytest.raises(NotThere):
        actions.accept_invitation(row, **JOIN)
    assert not Person.objects.filter(email="new@nord.example").exists()


def test_an_existing_person_accepts_by_log_in(client: Client, world: Any) -> None:
    row = actions.invite_person(world.other_admin.email, brand=world.brand, role=Role.REVIEWER, by=world.brand_admin)
    path = reverse("invitation", args=[row.token])
    assert "Log in" in client.get(path).content.decode()
    # Without a log-in nobody takes the account over by its invitation.
    with pytest.raises(Conflict):
        actions.accept_invitation(row, **JOIN)
    client.force_login(world.other_admin)
    assert client.post(path).status_code == 302
    assert Person.objects.get(pk=world.other_admin.pk).roles_in(world.brand.pk) == {Role.REVIEWER}


def test_somebody_elses_link_is_not_accepted(world: Any) -> None:
    with pytest.raises(NotAllowed):
        actions.accept_invitation(world.invitation, by=world.approver)
    world.invitation.refresh_from_db()
    assert world.invitation.accepted_at is None


def test_a_password_that_is_too_easy_is_said_beside_its_field(client: Client, world: Any) -> None:
    path = reverse("invitation", args=[world.invitation.token])
    answer = client.post(path, {"name": "Noor", "password": "password12"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert client.get(path).status_code == 200


def test_whom_one_may_not_invite(world: Any) -> None:
    with pytest.raises(Conflict):
        actions.invite_person("NEW@nord.example", brand=world.brand, role=Role.REVIEWER, by=world.brand_admin)
    with pytest.raises(Conflict):
        actions.invite_person(world.approver.email, brand=world.brand, role=Role.APPROVER, by=world.brand_admin)
    with pytest.raises(Invalid):
        actions.invite_person("not an address", brand=world.brand, role=Role.REVIEWER, by=world.brand_admin)
    with pytest.raises(Invalid):
        actions.invite_person("x@nord.example", brand=world.brand, role=Role.PRODUCER, by=world.studio_admin)
    with pytest.raises(NotAllowed):
        actions.invite_person("x@nord.example", brand=None, role=Role.PRODUCER, by=world.producer)
    with pytest.raises(NotAllowed):
        actions.invite_person("x@nord.example", brand=world.other_brand, role=Role.REVIEWER, by=world.brand_admin)


def test_the_link_is_in_no_api_answer(client: Client, world: Any) -> None:
    client.force_login(world.brand_admin)
    assert world.invitation.token not in client.get(reverse("api-invitation-list")).content.decode()
