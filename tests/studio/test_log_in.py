"""Getting in and out, and the brake on guessing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from studio import throttle
from studio.models import Person
from studio.passwords import reset_path
from studio.tasks import send_password_reset

PASSWORD = "wide river small stone"


@pytest.fixture
def ines(db: None) -> Person:
    return Person.objects.create_user("ines@nord.example", PASSWORD, name="Ines Marchetti")


def try_in(client: Client, email: str, password: str, **more: Any) -> Any:
    return client.post(reverse("login"), {"username": email, "password": password, **more})


def test_an_email_in_any_case_logs_in(client: Client, ines: Person) -> None:
    answer = try_in(client, "INES@Nord.Example", PASSWORD)
    assert answer.status_code == 302
    assert client.get(reverse("home")).status_code == 200


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_log_in_leads_to_our_own_pages_alone(client: Client, ines: Person, wanted: str) -> None:
    assert try_in(client, ines.email, PASSWORD, next=wanted)["Location"] == reverse("home")


def test_log_in_leads_where_the_person_wanted_to_go(client: Client, ines: Person) -> None:
    asked = client.get(reverse("account"))
    assert asked["Location"] == f"{reverse('login')}?next={reverse('account')}"
    assert try_in(client, ines.email, PASSWORD, next=reverse("account"))["Location"] == reverse("account")


def test_a_wrong_password_an_unknown_email_and_an_inactive_person_read_the_same(client: Client, ines: Person) -> None:
    Person.objects.create_user("off@nord.example", PASSWORD, name="Off", is_active=False)
    tries = [(ines.email, "no"), ("nobody@nord.example", "no"), ("off@nord.example", PASSWORD)]
    answers = [try_in(client, *one) for one in tries]
    assert {a.status_code for a in answers} == {422}
    assert all("don&#x27;t go together" in a.content.decode() for a in answers)


def test_guessing_is_braked_for_that_email_from_that_address_alone(client: Client, ines: Person) -> None:
    for _ in range(throttle.PER_PERSON):
        assert try_in(client, ines.email, "no").status_code == 422
    braked = try_in(client, ines.email, PASSWORD)
    assert braked.status_code == 429
    assert "quarter of an hour" in braked.content.decode()
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert try_in(elsewhere, ines.email, PASSWORD).status_code == 302
    assert try_in(Client(), "other@nord.example", "no").status_code == 422


def test_a_list_of_emails_from_one_address_is_braked(client: Client, ines: Person) -> None:
    for number in range(throttle.PER_ADDRESS):
        try_in(client, f"{number}@nord.example", "no")
    assert try_in(client, ines.email, PASSWORD).status_code == 429


def test_a_success_forgets_ones_own_failures(client: Client, ines: Person) -> None:
    for _ in range(2):
        for _ in range(throttle.PER_PERSON - 1):
            try_in(client, ines.email, "no")
        assert try_in(client, ines.email, PASSWORD).status_code == 302
        client.post(reverse("logout"))


def test_log_out_is_a_post_and_ends_the_session(client: Client, ines: Person) -> None:
    client.force_login(ines)
    assert client.get(reverse("logout")).status_code == 405
    client.post(reverse("logout"))
    assert client.get(reverse("home")).status_code == 302


def test_a_form_without_its_secret_is_explained(ines: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("login"), {"username": ines.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert "This form is stale" in answer.content.decode()


def test_a_new_password_by_mail(client: Client, ines: Person) -> None:
    assert send_password_reset(ines.pk)
    [sent] = mail.outbox
    assert sent.to == [ines.email]
    path = next(line for line in sent.body.splitlines() if "/password-reset/" in line).split("/", 3)[3]
    words = {"new_password1": "green lamp slow train", "new_password2": "green lamp slow train"}
    assert client.get(f"/{path}").status_code == 200
    assert client.post(f"/{path}", words)["Location"] == reverse("login")
    assert try_in(client, ines.email, "green lamp slow train").status_code == 302
    assert try_in(Client(), ines.email, PASSWORD).status_code == 422
    # Used: it opens nothing any more.
    assert Client().get(f"/{path}").status_code == 404


def test_a_reset_link_holds_the_password_to_the_rules_and_falls_with_its_person(client: Client, ines: Person) -> None:
    path = reset_path(ines)
    assert client.post(path, {"new_password1": "short", "new_password2": "short"}).status_code == 422
    Person.objects.filter(pk=ines.pk).update(is_active=False)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("uid", ["MQ", "!!!!", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "4pyT"])
def test_a_made_up_reset_link_opens_nothing(client: Client, db: None, uid: str) -> None:
    assert client.get(reverse("password-reset-confirm", args=[uid, "c0-ffee"])).status_code == 404


def test_asking_for_a_reset_tells_nobody_who_exists(client: Client, ines: Person) -> None:
    known = client.post(reverse("password-reset"), {"email": ines.email})
    unknown = client.post(reverse("password-reset"), {"email": "nobody@nord.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_reset_takes_the_old_api_token_away(client: Client, ines: Person) -> None:
    from studio.actions import reset_password, reset_token

    key = reset_token(ines, by=ines)
    assert client.get(reverse("api-me"), headers={"Authorization": f"Token {key}"}).status_code == 200
    reset_password(ines, "green lamp slow train")
    assert client.get(reverse("api-me"), headers={"Authorization": f"Token {key}"}).status_code == 401
