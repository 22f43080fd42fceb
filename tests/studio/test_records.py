"""The admin site: the studio admin's alone, and to read alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.access.table import COLUMNS


@pytest.mark.parametrize("column", COLUMNS)
def test_records_are_the_studio_admins(client: Client, world: Any, column: str) -> None:
    if world.people[column]:
        client.force_login(world.people[column])
    expected = 200 if column == "studio_admin" else 302
    for name in ("index", "studio_event_changelist", "studio_person_changelist"):
        assert client.get(reverse(f"admin:{name}")).status_code == expected


def test_every_table_of_every_app_is_to_read_alone(world: Any, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = world.studio_admin
    assert len(admin.site._registry) > 5
    for model, table in admin.site._registry.items():
        assert not table.has_add_permission(request), model
        assert not table.has_change_permission(request), model
        assert not table.has_delete_permission(request), model
        assert "delete_selected" not in table.get_actions(request), model


def test_nothing_is_written_there(client: Client, world: Any) -> None:
    client.force_login(world.studio_admin)
    person = reverse("admin:studio_person_change", args=[world.reviewer.pk])
    page = client.get(person)
    assert page.status_code == 200
    assert world.reviewer.password not in page.content.decode()
    assert client.post(person, {"name": "X"}).status_code == 403
    assert client.get(reverse("admin:studio_brand_add")).status_code == 403
    assert client.post(reverse("admin:studio_brand_delete", args=[world.brand.pk]), {"post": "yes"}).status_code == 403
    invitation = client.get(reverse("admin:studio_invitation_change", args=[world.invitation.pk]))
    assert world.invitation.token not in invitation.content.decode()
