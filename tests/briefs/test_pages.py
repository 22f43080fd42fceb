"""The app's pages: what they say, what they keep, and that they ask the database the same number of times for many rows."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from briefs import actions
from briefs.models import Brief, BriefPiece, Piece, Shot
from tests.cast import World, brief, photo, piece, png

pytestmark = pytest.mark.django_db


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def facts(**more: Any) -> dict[str, Any]:
    return {"sku": "R-9", "name": "Halo ring", "category": "ring", "metal": "platinum", "width_mm": "21.5", **more}


@pytest.mark.parametrize("width", ["0", "10000", "-3", "nan", "inf", "wide", ""])
def test_a_width_that_cannot_be_is_refused(world: World, width: str) -> None:
    client = client_of(world.brand_admin)
    answer = client.post("/pieces/new/", facts(width_mm=width))
    assert answer.status_code == 422
    assert not Piece.objects.filter(sku="R-9").exists()
    body = {**facts(), "brand": world.brand.pk, "width_mm": width}
    assert client.post("/api/v1/pieces/", body, content_type="application/json").status_code == 422
    assert not Piece.objects.filter(sku="R-9").exists()


def test_a_sku_is_one_piece(world: World) -> None:
    client = client_of(world.brand_admin)
    answer = client.post("/pieces/new/", facts(sku=world.piece.sku))
    assert answer.status_code == 422
    assert f"You have a piece with the SKU {world.piece.sku} already." in answer.content.decode()
    other = client_of(world.other_admin).post("/pieces/new/", facts(sku=world.piece.sku))
    assert other.status_code == 302


def test_a_stale_form_keeps_its_words(world: World) -> None:
    client = client_of(world.brand_admin)
    seen = world.piece.version
    assert client.post(f"/pieces/{world.piece.pk}/", facts(version=seen, name="First")).status_code == 302
    late = client.post(f"/pieces/{world.piece.pk}/", facts(version=seen, name="Second"))
    assert late.status_code == 409
    assert 'value="Second"' in late.content.decode()
    assert Piece.objects.get(pk=world.piece.pk).name == "First"
    # Saving again is meant: the form holds the version that stands now.
    again = client.post(f"/pieces/{world.piece.pk}/", facts(version=seen + 1, name="Second"))
    assert again.status_code == 302


def test_a_stale_plan_keeps_its_words(world: World) -> None:
    client = client_of(world.producer)
    plan = {"title": "On bust", "crop": "1:1", "priority": "2", "version": str(world.shot.version)}
    assert client.post(f"/shots/{world.shot.pk}/plan/", plan).status_code == 302
    late = client.post(f"/shots/{world.shot.pk}/plan/", {**plan, "title": "My own title"})
    assert late.status_code == 409
    assert "My own title" in late.content.decode()


def autosave(client: Client, row: Brief, version: int, **fields: Any) -> Any:
    body = {"version": version, "fields": fields}
    return client.patch(f"/briefs/{row.pk}/edit/", body, content_type="application/json")


def test_a_brief_is_saved_while_it_is_typed(world: World) -> None:
    client, row = client_of(world.approver), world.draft_brief
    answer = autosave(client, row, row.version, title="Autumn", moods=["warm", "rembrandt"], channels=["stories"])
    assert answer.status_code == 200
    said = answer.json()
    assert said["version"] == row.version + 1
    assert "warm and Rembrandt light" in said["card"]
    row.refresh_from_db()
    assert (row.title, row.moods, row.channels) == ("Autumn", ["warm", "rembrandt"], ["stories"])
    assert autosave(client, row, row.version, moods=[]).status_code == 200
    stale = autosave(client, row, 1, notes="lost?")
    assert stale.status_code == 409
    assert stale.json()["version"] == row.version + 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("moods", ["gloomy"]), ("channels", "x"), ("deadline", "2001-01-01"), ("deadline", "soon"), ("title", "x" * 161)],
)
def test_a_field_that_cannot_be_taken_is_named(world: World, field: str, value: Any) -> None:
    answer = autosave(client_of(world.approver), world.draft_brief, world.draft_brief.version, **{field: value})
    assert answer.status_code == 422
    assert field in answer.json()["errors"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"fields": 3}', b"\xff\xfe"])
def test_a_body_that_cannot_be_read_is_refused(world: World, body: bytes) -> None:
    answer = client_of(world.approver).patch(
        f"/briefs/{world.draft_brief.pk}/edit/", body, content_type="application/json"
    )
    assert answer.status_code == 422


def test_the_whole_form_saves_and_submits_without_a_script(world: World) -> None:
    client, row = client_of(world.brand_admin), world.draft_brief
    day = (timezone.localdate() + datetime.timedelta(days=9)).isoformat()
    form = {"title": "By form", "channels": ["instagram", "banner"], "deadline": day, "tier": "atelier"}
    answer = client.post(f"/briefs/{row.pk}/edit/", {**form, "version": row.version, "then": "submit"}, follow=True)
    assert "Your brief is with the studio" in answer.content.decode()
    row.refresh_from_db()
    assert (row.state, row.tier) == (Brief.State.SUBMITTED, "atelier")
    handed_in = client.post(f"/briefs/{row.pk}/edit/", {**form, "version": row.version})
    assert handed_in.status_code == 409


def test_a_stale_whole_form_keeps_its_words(world: World) -> None:
    client, row = client_of(world.brand_admin), world.draft_brief
    actions.change_brief(row, by=world.approver, notes="theirs")
    late = client.post(f"/briefs/{row.pk}/edit/", {"title": "Mine", "notes": "my own words", "version": row.version})
    assert late.status_code == 409
    assert "my own words" in late.content.decode()
    row.refresh_from_db()
    assert row.notes == "theirs"


def test_a_dropped_photo_becomes_a_piece_of_the_brief(world: World) -> None:
    client, row = client_of(world.brand_admin), world.draft_brief
    body = {f"new-{name}": value for name, value in facts().items()}
    body["file"] = SimpleUploadedFile("halo.png", png(400, 400))
    answer = client.post(f"/briefs/{row.pk}/pieces/new/", body, headers={"HX-Request": "true"})
    assert answer.status_code == 201
    assert "Halo ring" in answer.content.decode()
    assert BriefPiece.objects.filter(brief=row, piece__sku="R-9", piece__photos__isnull=False).exists()
    # A size that can't be keeps neither piece nor photo.
    body |= {"new-sku": "R-10", "new-width_mm": "0", "file": SimpleUploadedFile("halo.png", png(410, 400))}
    answer = client.post(f"/briefs/{row.pk}/pieces/new/", body, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "between 1 and 1000 mm" in answer.content.decode()
    assert not Piece.objects.filter(sku="R-10").exists()


def test_another_brands_piece_cannot_be_asked_for(world: World) -> None:
    foreign = piece(world.other_brand, world.other_admin, sku="F-1")
    client = client_of(world.brand_admin)
    assert client.post(f"/briefs/{world.draft_brief.pk}/pieces/", {"piece": foreign.pk}).status_code == 404
    answer = client.post(
        f"/api/v1/briefs/{world.draft_brief.pk}/pieces/", {"piece": foreign.pk}, content_type="application/json"
    )
    assert answer.status_code == 404
    assert world.draft_brief.wanted.count() == 1


def test_a_brief_is_cut_by_its_table(world: World) -> None:
    row = brief(world.brand, world.brand_admin, world.piece, state=Brief.State.ACCEPTED)
    Brief.objects.filter(pk=row.pk).update(channels=["instagram", "banner"])
    row.wanted.update(pictures=2)
    client = client_of(world.producer)
    page = client.get(f"/briefs/{row.pk}/")
    rows = page.context["cut_form"]
    assert [form.initial["crop"] for form in rows.forms] == ["4:5", "4:5", "16:9", "16:9"]
    body = {"cut-TOTAL_FORMS": "4", "cut-INITIAL_FORMS": "4", "version": page.context["brief"].version}
    for n, form in enumerate(rows.forms):
        body |= {f"cut-{n}-{k}": v for k, v in form.initial.items() if k != "take"}
    body |= {"cut-0-take": "on", "cut-2-take": "on", "cut-2-title": "Banner", "cut-2-retoucher": world.retoucher.pk}
    body["cut-1-title"] = ""  # a row that isn't ticked may be anything
    assert client.post(f"/briefs/{row.pk}/do/cut/", body).status_code == 302
    assert list(row.shots.values_list("crop", "retoucher")) == [("4:5", None), ("16:9", world.retoucher.pk)]
    again = client.post(f"/briefs/{row.pk}/do/cut/", body)
    assert again.status_code == 409
    assert row.shots.count() == 2
    assert [f["crop"] for f in [form.initial for form in client.get(f"/briefs/{row.pk}/").context["cut_form"].forms]] == [
        "4:5", "16:9",
    ]  # fmt: skip


def test_the_board_says_why_not(world: World) -> None:
    client = client_of(world.producer)
    answer = client.post(f"/shots/{world.shot.pk}/move/", {"name": "send"}, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert 'id="board"' in answer.content.decode()
    assert "Send its draft from the draft" in answer.content.decode()
    for name in ("deliver", "nonsense", ""):
        assert client.post(f"/shots/{world.shot.pk}/move/", {"name": name}).status_code == 404


def test_the_boards_filters_are_in_its_address(world: World) -> None:
    row = brief(world.brand, world.brand_admin, world.piece, state=Brief.State.IN_PRODUCTION)
    late = Shot.objects.create(
        brief=row, number=1, piece=world.piece, title="Late one", due=timezone.localdate() - datetime.timedelta(days=2)
    )
    client = client_of(world.retoucher)

    def shown(query: str) -> set[int]:
        columns = client.get(f"/board/?{query}").context["columns"]
        return {card.shot.pk for column in columns for card in column.cards}

    assert shown("") == {world.shot.pk, late.pk}
    assert shown("late=1") == {late.pk}
    assert shown("mine=1") == {world.shot.pk}
    assert shown(f"retoucher={world.producer.pk}") == set()
    assert shown(f"brand={world.other_brand.pk}") == set()
    assert shown("brand=abc&retoucher=²") == {world.shot.pk, late.pk}


def test_a_brand_sees_neither_who_nor_how_urgent(world: World) -> None:
    told = client_of(world.brand_admin).get(f"/api/v1/shots/{world.shot.pk}/").json()
    assert told["retoucher"] is None
    assert told["priority"] is None
    assert str(world.retoucher) not in client_of(world.brand_admin).get(f"/briefs/{world.brief.pk}/").content.decode()


def test_a_half_wrong_brief_by_api_leaves_no_draft(world: World) -> None:
    before = Brief.objects.count()
    answer = client_of(world.brand_admin).post(
        "/api/v1/briefs/", {"brand": world.brand.pk, "title": "X", "moods": ["gloomy"]}, content_type="application/json"
    )
    assert answer.status_code == 422
    assert Brief.objects.count() == before


def grow(world: World, count: int) -> None:
    for n in range(count):
        made = piece(world.brand, world.brand_admin, sku=f"G-{count}-{n}")
        photo(made, world.brand_admin, png(colour=(n, count, 9)))
        row = brief(world.brand, world.brand_admin, made, state=Brief.State.IN_PRODUCTION)
        brief(world.brand, world.brand_admin, made, state=Brief.State.SUBMITTED)
        Shot.objects.create(brief=row, number=1, piece=made, title="One", retoucher=world.retoucher)
        Shot.objects.create(brief=world.brief, number=100 * count + n, piece=made, title="More")


@pytest.mark.parametrize(
    ("who", "url"),
    [
        ("brand_admin", "/pieces/"), ("brand_admin", "/briefs/"), ("producer", "/briefs/"), ("producer", "/board/"),
        ("producer", "/board/?view=table"), ("producer", "/briefs/{brief}/"), ("brand_admin", "/briefs/{brief}/"),
        ("brand_admin", "/briefs/{draft}/edit/"), ("brand_admin", "/"), ("producer", "/"), ("brand_admin", "/api/v1/pieces/"),
        ("brand_admin", "/api/v1/photos/"), ("producer", "/api/v1/briefs/"), ("producer", "/api/v1/shots/"),
    ],
)  # fmt: skip
def test_a_page_asks_as_often_for_many_rows_as_for_few(world: World, who: str, url: str) -> None:
    client = client_of(getattr(world, who))
    url = url.format(brief=world.brief.pk, draft=world.draft_brief.pk)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    grow(world, 2)
    few = asked()
    grow(world, 7)
    assert asked() == few
    assert few <= 32
