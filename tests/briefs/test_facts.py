"""What a photo shows: read by the worker after its cut, confirmed by a person, never overwritten unseen."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from briefs import actions
from briefs.models import ConfirmedFacts, PhotoFingerprint, PiecePhoto
from pipeline.actions import start_generation
from pipeline.atelier.samples import sample_photo
from pipeline.direction import first_direction
from studio.errors import Conflict, Invalid, NotAllowed
from studio.models import Event
from tests import cast
from tests.pipeline.generations.line import shot_to_direct

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def read(world: Any) -> PhotoFingerprint:
    """A photo whose reading found three stones and that nobody confirmed."""
    ring = cast.piece(world.brand, world.brand_admin, sku="RING", category="ring", declared={"stones": 4})
    photo = cast.photo(ring, world.brand_admin, cast.png(64, 80, (1, 2, 3)))
    return cast.fingerprint(photo, (20, 20, 10), (40, 20, 10), (30, 50, 6))


def all_of(fingerprint: PhotoFingerprint, *left_out: str) -> dict[str, Any]:
    stones = [
        {key: stone[key] for key in ("id", "outline", "colour")}
        for stone in fingerprint.data["stones"]
        if stone["id"] not in left_out
    ]
    return {"version": 1, "stones": stones}


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_checked_photo_is_read_as_it_was_cut(world: Any, django_capture_on_commit_callbacks: Any) -> None:
    ring = cast.piece(world.brand, world.brand_admin, sku="RING", category="ring")
    photo = cast.photo(ring, world.brand_admin, sample_photo("halo-ring").read_bytes())
    PiecePhoto.objects.filter(pk=photo.pk).update(state=PiecePhoto.State.CHECKING)
    assert actions.check_photo(photo.pk)
    row = photo.fingerprints.get()
    photo.refresh_from_db()
    assert (row.state, row.alpha_file.name) == (PhotoFingerprint.State.READING, photo.alpha_file.name)
    assert actions.read_fingerprint(row.pk)
    assert not actions.read_fingerprint(row.pk), "a message that comes twice reads it once"
    row.refresh_from_db()
    assert row.state == PhotoFingerprint.State.READY
    assert row.words
    assert row.data["photo_sha256"] == photo.sha256


def test_what_is_confirmed_stands_with_who_and_what_was_corrected(world: Any, read: Any) -> None:
    client = client_of(world.approver)
    page = client.get(f"/photos/{read.photo_id}/facts/").content.decode()
    assert f"We see {read.words}. Is that right?" in page
    assert read.words.startswith("3 stones")
    assert "You declared 4 stones; 3 are marked here" in page
    answer = client.post(f"/fingerprints/{read.pk}/confirm/", {"stones": json.dumps(all_of(read, "stone-003"))})
    assert answer.status_code == 302
    facts = read.photo.facts.get()
    assert (facts.words, facts.created_by) == ("2 stones", world.approver)
    assert facts.corrected == {"kept": 2, "moved": 0, "added": 0, "removed": 1}
    assert Event.objects.about(read.photo).get(name="photo.facts_confirmed").after["words"] == "2 stones"
    assert "Confirmed by Approver" in client.get(f"/photos/{read.photo_id}/facts/").content.decode()


def test_without_script_the_list_says_which_stones_are_right(world: Any, read: Any) -> None:
    client_of(world.brand_admin).post(f"/fingerprints/{read.pk}/confirm/", {"keep": ["0", "2"], "seen": "0"})
    assert [s["id"] for s in read.photo.facts.get().data["stones"]] == ["stone-001", "stone-003"]


def test_confirmed_twice_unchanged_is_one_row(world: Any, read: Any) -> None:
    first = actions.confirm_facts(read, by=world.approver, data=all_of(read))
    assert actions.confirm_facts(read, by=world.brand_admin, data=all_of(read)) == first
    assert read.photo.facts.count() == 1


def test_a_reading_that_was_overtaken_cant_be_confirmed(world: Any, read: Any) -> None:
    cast.fingerprint(read.photo, (20, 20, 10), number=2)
    with pytest.raises(Conflict) as refused:
        actions.confirm_facts(read, by=world.approver, data=all_of(read))
    assert refused.value.code == "facts.read_anew"
    assert not read.photo.facts.exists()


def test_facts_that_somebody_else_confirmed_meanwhile_are_not_overwritten_unseen(world: Any, read: Any) -> None:
    actions.confirm_facts(read, by=world.approver, data=all_of(read), seen=0)
    answer = client_of(world.brand_admin).post(
        f"/fingerprints/{read.pk}/confirm/", {"stones": json.dumps(all_of(read, "stone-001")), "seen": "0"}
    )
    assert answer.status_code == 409
    assert read.photo.facts.count() == 1


@pytest.mark.parametrize(
    ("stones", "code"),
    [("nonsense", "confirmation.unreadable"), ('{"version": 1, "stones": [{"id": "x"}]}', "confirmation.unreadable")],
)
def test_bad_input_is_told_and_nothing_is_written(world: Any, read: Any, stones: str, code: str) -> None:
    answer = client_of(world.approver).post(f"/fingerprints/{read.pk}/confirm/", {"stones": stones})
    assert answer.status_code == 422
    assert not read.photo.facts.exists()


def test_who_may_not_confirm_sees_and_cant(world: Any, read: Any) -> None:
    page = client_of(world.reviewer).get(f"/photos/{read.photo_id}/facts/").content.decode()
    assert "data-readonly" in page
    assert "Your brand&#x27;s admin or an approver confirms" in page or "an approver confirms the stones" in page
    with pytest.raises(NotAllowed):
        actions.confirm_facts(read, by=world.reviewer, data=all_of(read))


def test_home_asks_the_brand_until_somebody_confirmed(world: Any, read: Any) -> None:
    client = client_of(world.approver)
    assert f"/photos/{read.photo_id}/facts/" in client.get("/").content.decode()
    actions.confirm_facts(read, by=world.approver, data=all_of(read))
    assert f"/photos/{read.photo_id}/facts/" not in client.get("/").content.decode()


def test_a_refined_cut_has_the_photo_read_again_and_facts_stand(world: Any, read: Any) -> None:
    actions.confirm_facts(read, by=world.approver, data=all_of(read, "stone-003"))
    from briefs.models import PhotoMatte

    matte = PhotoMatte.objects.create(
        photo=read.photo, number=1, state=PhotoMatte.State.READY, alpha_file=read.photo.alpha_file.name,
        cutout_file=read.photo.cutout_file.name, created_by=world.retoucher,
    )  # fmt: skip
    actions.keep_matte(matte, by=world.retoucher)
    again = read.photo.fingerprints.get(number=2)
    assert again.state == PhotoFingerprint.State.READING
    assert read.photo.facts.get().words == "2 stones"


def test_a_generation_is_held_to_the_facts_that_stood_when_it_was_asked_for(world: Any, read: Any) -> None:
    facts = actions.confirm_facts(read, by=world.approver, data=all_of(read))
    shot = shot_to_direct(world, piece=read.photo.piece)
    first = start_generation(shot, by=world.retoucher, direction=first_direction("ring"))
    later = actions.confirm_facts(read, by=world.approver, data=all_of(read, "stone-001"))
    second = start_generation(shot, by=world.retoucher, direction=first_direction("ring"))
    first.refresh_from_db()
    assert (first.facts, second.facts) == (facts, later)
    assert Event.objects.about(second).get(name="generation.started").after["facts_sha256"] == later.sha256


def test_a_lost_reading_is_found_and_given_up_in_the_end(world: Any, read: Any) -> None:
    row = actions.read_again(cast.photo(read.photo.piece, world.brand_admin, cast.png(30, 30)), by=world.brand_admin)
    past = timezone.now() - timedelta(seconds=600)
    PhotoFingerprint.objects.filter(pk=row.pk).update(attempts=1, lease_until=past)
    assert actions.reap_fingerprints() == 1
    row.refresh_from_db()
    assert row.state == PhotoFingerprint.State.READING
    PhotoFingerprint.objects.filter(pk=row.pk).update(attempts=3, lease_until=past)
    actions.reap_fingerprints()
    row.refresh_from_db()
    assert row.state == PhotoFingerprint.State.FAILED
    page = client_of(world.approver).get(f"/photos/{row.photo_id}/facts/").content.decode()
    assert "Look for its stones" in page


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_at_once_leave_one_confirmation(world: Any, read: Any) -> None:
    from django.db import connection

    barrier, outcomes = threading.Barrier(2), []

    def confirm(person: Any, left_out: str) -> None:
        try:
            barrier.wait()
            actions.confirm_facts(read, by=person, data=all_of(read, left_out), seen=0)
            outcomes.append("kept")
        except Conflict as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    pairs = ((world.approver, "stone-001"), (world.brand_admin, "stone-002"))
    threads = [threading.Thread(target=confirm, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["facts.changed", "kept"]
    assert ConfirmedFacts.objects.filter(photo=read.photo).count() == 1


def test_a_stone_off_the_photo_is_refused(world: Any, read: Any) -> None:
    data = all_of(read)
    data["stones"][0]["outline"] = {"centre_px": [900, 20], "axes_px": [5, 5], "angle_deg": 0}
    with pytest.raises(Invalid) as refused:
        actions.confirm_facts(read, by=world.approver, data=data)
    assert refused.value.code == "confirmation.outside"
