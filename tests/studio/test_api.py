"""The API: tokens, problems, pages of rows."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from studio import throttle
from studio.models import Person

PASSWORD = "wide river small stone"


def post(client: Client, name: str, body: Any, *args: Any) -> Any:
    return client.post(reverse(name, args=args), body, content_type="application/json")


def test_a_token_is_got_by_password_and_opens_the_api(client: Client, db: None) -> None:
    Person.objects.create_user("ines@nord.example", PASSWORD, name="Ines")
    first = post(client, "api-token", {"email": "Ines@Nord.example", "password": PASSWORD}).json()["token"]
    second = post(client, "api-token", {"email": "ines@nord.example", "password": PASSWORD}).json()["token"]
    assert first == second
    me = client.get(reverse("api-me"), headers={"Authorization": f"Token {first}"}).json()
    assert me["name"] == "Ines"
    assert me["rights"] == []


def test_guessing_a_token_is_braked(client: Client, db: None) -> None:
    Person.objects.create_user("ines@nord.example", PASSWORD, name="Ines")
    for _ in range(throttle.PER_PERSON):
        assert post(client, "api-token", {"email": "ines@nord.example", "password": "no"}).status_code == 422
    braked = post(client, "api-token", {"email": "ines@nord.example", "password": PASSWORD})
    assert braked.status_code == 429
    assert braked["Content-Type"] == "application/problem+json"


def test_an_address_that_asks_too_often_is_told_when_to_come_back(client: Client, db: None) -> None:
    answers = [post(client, "api-token", {"email": f"{n}@x.example", "password": "no"}) for n in range(21)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_body_that_makes_no_sense_is_a_problem_with_its_fields(client: Client, world: Any) -> None:
    client.force_login(world.brand_admin)
    answer = post(client, "api-invitation-list", {"email": "no", "role": "king"})
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"email", "role"}
    broken = client.post(reverse("api-invitation-list"), "{", content_type="application/json")
    assert broken.status_code == 400
    assert broken["Content-Type"] == "application/problem+json"


def test_a_brand_sees_no_roles_of_the_studio_or_of_others(client: Client, world: Any) -> None:
    client.force_login(world.reviewer)
    rows = client.get(reverse("api-person-list"), {"page_size": 100}).json()["results"]
    emails = {row["email"] for row in rows}
    assert world.producer.email in emails
    assert world.other_admin.email not in emails
    assert {role["brand"] for row in rows for role in row["roles"]} == {world.brand.pk}


def test_pages_go_on_where_they_stopped_while_rows_come(client: Client, world: Any) -> None:
    from studio.actions import notify

    client.force_login(world.approver)
    for n in range(5):
        notify([world.approver], kind="x", text=str(n), url="/")
    first = client.get(reverse("api-notification-list"), {"page_size": 2}).json()
    notify([world.approver], kind="x", text="newer", url="/")
    second = client.get(first["next"]).json()
    assert [row["text"] for row in first["results"] + second["results"]] == ["4", "3", "2", "1"]
    unread = client.get(reverse("api-notification-list"), {"unread": "true"}).json()["results"]
    post(client, "api-notification-read", {}, unread[0]["id"])
    assert len(client.get(reverse("api-notification-list"), {"unread": "true"}).json()["results"]) == len(unread) - 1


def test_the_reference_names_every_operation_under_the_strict_policy(client: Client, db: None) -> None:
    from studio.reference import groups

    page = client.get(reverse("api-docs"))
    text = page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]
    assert sum(len(operations) for _, operations in groups()) > 15
    for _, operations in groups():
        for operation in operations:
            assert operation.path in text
    assert "one of: brand_admin" in text
