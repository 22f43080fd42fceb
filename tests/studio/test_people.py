"""Roles given and taken away, accounts, brands."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from studio import actions
from studio.errors import Conflict, Invalid, LoupeError, NotAllowed
from studio.models import Brand, Event, Membership, Person, Role


def role_of(person: Person, brand: Brand | None, role: str) -> Membership:
    return Membership.objects.get(person=person, brand=brand, role=role)


def test_a_brand_admin_manages_their_own_brand_alone(world: Any) -> None:
    actions.grant_role(world.reviewer, brand=world.brand, role=Role.APPROVER, by=world.brand_admin)
    assert world.reviewer.roles_in(world.brand.pk) == {Role.REVIEWER, Role.APPROVER}
    with pytest.raises(NotAllowed):
        actions.grant_role(world.reviewer, brand=world.other_brand, role=Role.APPROVER, by=world.brand_admin)
    with pytest.raises(NotAllowed):
        actions.grant_role(world.brand_admin, brand=None, role=Role.STUDIO_ADMIN, by=world.brand_admin)
    with pytest.raises(NotAllowed):
        actions.grant_role(world.producer, brand=None, role=Role.STUDIO_ADMIN, by=world.producer)


def test_a_role_held_already_is_given_once(world: Any) -> None:
    actions.grant_role(world.reviewer, brand=world.brand, role=Role.REVIEWER, by=world.brand_admin)
    assert Membership.objects.filter(person=world.reviewer).count() == 1
    assert not Event.objects.filter(name="role.granted").exists()


@pytest.mark.parametrize("in_studio", [True, False])
def test_the_database_holds_a_role_once(world: Any, in_studio: bool) -> None:
    who, brand, role = (
        (world.producer, None, Role.PRODUCER) if in_studio else (world.reviewer, world.brand, Role.REVIEWER)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(person=who, brand=brand, role=role)


def test_the_last_admin_stays(world: Any) -> None:
    with pytest.raises(Conflict, match="last brand admin"):
        actions.remove_role(role_of(world.brand_admin, world.brand, Role.BRAND_ADMIN), by=world.producer)
    with pytest.raises(Conflict, match="last studio admin"):
        actions.remove_role(role_of(world.studio_admin, None, Role.STUDIO_ADMIN), by=world.studio_admin)
    actions.grant_role(world.approver, brand=world.brand, role=Role.BRAND_ADMIN, by=world.brand_admin)
    actions.remove_role(role_of(world.brand_admin, world.brand, Role.BRAND_ADMIN), by=world.brand_admin)


def test_two_admins_who_remove_each_other_leave_one(transactional_db: None) -> None:
    from tests.cast import World

    world = World()
    actions.grant_role(world.approver, brand=world.brand, role=Role.BRAND_ADMIN, by=world.studio_admin)
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def remove(by: Person, whose: Person) -> None:
        try:
            acting = Person.objects.get(pk=by.pk)
            row = Membership.objects.get(person=whose, brand=world.brand, role=Role.BRAND_ADMIN)
            acting.roles_in(world.brand.pk)
            barrier.wait(10)
            actions.remove_role(row, by=acting)
            outcomes.append("removed")
        except LoupeError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    pairs = [(world.approver, world.brand_admin), (world.brand_admin, world.approver)]
    threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["removed", "role.last_admin"]
    assert Membership.objects.filter(brand=world.brand, role=Role.BRAND_ADMIN).count() == 1


def test_a_role_taken_away_closes_its_doors_at_once(client: Client, world: Any) -> None:
    client.force_login(world.reviewer)
    assert client.get(reverse("api-brand-detail", args=[world.brand.pk])).status_code == 200
    actions.remove_role(role_of(world.reviewer, world.brand, Role.REVIEWER), by=world.brand_admin)
    assert client.get(reverse("api-brand-detail", args=[world.brand.pk])).status_code == 404


def test_the_people_page_shows_a_brand_its_own(client: Client, world: Any) -> None:
    client.force_login(world.brand_admin)
    page = client.get(reverse("people")).content.decode()
    assert world.approver.email in page
    assert world.other_admin.email not in page
    assert world.other_brand.name not in page
    assert world.invitation.token in page
    client.force_login(world.reviewer)
    assert world.invitation.token not in client.get(reverse("people")).content.decode()


def test_a_brands_name_is_taken_once(world: Any) -> None:
    with pytest.raises(Conflict):
        actions.create_brand(name="atelier  nord", by=world.studio_admin)
    with pytest.raises(Invalid):
        actions.create_brand(name="***", by=world.studio_admin)
    with pytest.raises(NotAllowed):
        actions.create_brand(name="Casa Este", by=world.producer)
    assert actions.create_brand(name="Casa Este", by=world.studio_admin).slug == "casa-este"


def test_an_account_is_changed_by_its_own_person(client: Client, world: Any) -> None:
    client.force_login(world.reviewer)
    assert client.post(reverse("account"), {"name": "  Rosa   Bell ", "mail_notifications": ""}).status_code == 302
    world.reviewer.refresh_from_db()
    assert (world.reviewer.name, world.reviewer.mail_notifications) == ("Rosa Bell", False)
    assert client.post(reverse("account"), {"name": ""}).status_code == 422
    with pytest.raises(Invalid):
        actions.change_account(world.reviewer, by=world.brand_admin, name="X", mail_notifications=True)


def test_a_new_password_needs_the_old_and_keeps_this_browser_in(client: Client, db: None) -> None:
    person = Person.objects.create_user("ines@nord.example", "wide river small stone", name="Ines")
    client.force_login(person)
    elsewhere = Client()
    elsewhere.force_login(person)
    new = {"new_password1": "green lamp slow train", "new_password2": "green lamp slow train"}
    assert client.post(reverse("account-password"), {"old_password": "no", **new}).status_code == 422
    assert (
        client.post(reverse("account-password"), {"old_password": "wide river small stone", **new}).status_code == 302
    )
    assert client.get(reverse("account")).status_code == 200
    assert elsewhere.get(reverse("account")).status_code == 302


def test_a_token_is_shown_once_and_replaces_the_old(client: Client, world: Any) -> None:
    client.force_login(world.retoucher)
    first = client.post(reverse("account-token")).context["new_token"]
    second = client.post(reverse("account-token")).context["new_token"]
    assert second not in client.get(reverse("account")).content.decode()
    bare = Client()
    assert bare.get(reverse("api-me"), headers={"Authorization": f"Token {first}"}).status_code == 401
    assert (
        bare.get(reverse("api-me"), headers={"Authorization": f"Token {second}"}).json()["email"]
        == world.retoucher.email
    )
