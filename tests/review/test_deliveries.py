"""Handing over: what the ZIP holds, that its hashes match, that it is the same twice, and that a lost packing is found."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from PIL import Image

from briefs.models import Brief, Shot
from review import actions
from review.models import Delivery
from review.packing import plain_name, write_zip
from studio.errors import Conflict, NotAllowed
from studio.events import broken_links
from studio.models import Event, Notification
from tests.review.conftest import Studio, approve

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def approved(studio, world) -> Brief:
    brief, drafts = studio.brief_in_review(shots=2)
    for draft in drafts:
        approve(draft, world.approver, comment="Lovely")
    brief.refresh_from_db()
    return brief


@pytest.fixture
def delivered(approved, world) -> Delivery:
    delivery = actions.make_delivery(approved, by=world.producer)
    actions.pack_delivery(delivery.pk, 0)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.READY, delivery.error_message
    return delivery


def opened(delivery: Delivery) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(Path(delivery.file.path).read_bytes()))


def test_every_hash_of_the_manifest_is_the_files(delivered) -> None:
    assert hashlib.sha256(Path(delivered.file.path).read_bytes()).hexdigest() == delivered.sha256
    archive = opened(delivered)
    manifest = json.loads(archive.read("manifest.json"))
    listed = {f["path"]: f for f in manifest["files"]}
    assert set(archive.namelist()) == {*listed, "manifest.json", "SHA256SUMS"}
    for path, facts in listed.items():
        data = archive.read(path)
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (facts["sha256"], facts["size_bytes"])
    for line in archive.read("SHA256SUMS").decode().splitlines():
        sha256, path = line.split("  ", 1)
        assert hashlib.sha256(archive.read(path)).hexdigest() == sha256


def test_the_png_is_byte_for_byte_what_was_approved(delivered) -> None:
    archive = opened(delivered)
    for shot in json.loads(archive.read("manifest.json"))["shots"]:
        png = next(p for p in shot["files"] if p.endswith(".png"))
        assert hashlib.sha256(archive.read(png)).hexdigest() == shot["decision"]["picture_sha256"]
        report = next(p for p in shot["files"] if p.endswith("report.json"))
        assert hashlib.sha256(archive.read(report)).hexdigest() == shot["decision"]["report_sha256"]
        jpeg = Image.open(io.BytesIO(archive.read(next(p for p in shot["files"] if p.endswith(".jpg")))))
        assert (jpeg.format, jpeg.mode) == ("JPEG", "RGB")
        assert jpeg.info["icc_profile"]
        assert {Path(p).suffix for p in shot["files"]} == {".png", ".tiff", ".jpg", ".json", ".html"}


def test_the_manifest_says_who_approved_what_and_where_it_came_from(delivered, world) -> None:
    shot = json.loads(opened(delivered).read("manifest.json"))["shots"][0]
    draft = delivered.drafts.order_by("shot__number").first()
    assert shot["decision"]["by"] == str(world.approver)
    assert shot["direction_sha256"] == draft.generation.direction.sha256
    assert shot["product_photo"]["sha256"] == world.photo.sha256
    words = opened(delivered).read("certificate.html").decode()
    assert f"Approved by {world.approver} ({world.approver.email}), 20" in words
    assert draft.picture_sha256 in words


def test_an_overridden_gate_stands_in_the_certificate(studio, world) -> None:
    brief, (draft,) = studio.brief_in_review()
    draft.generation.verdict = "fail"
    draft.generation.save()
    type(draft).objects.filter(pk=draft.pk).update(gate_override="Clasp is hidden", gate_override_by=world.retoucher)
    approve(draft, world.approver)
    delivery = actions.make_delivery(brief, by=world.producer)
    actions.pack_delivery(delivery.pk, 0)
    delivery.refresh_from_db()
    words = opened(delivery).read("certificate.html").decode()
    assert f"{world.retoucher} let it through: Clasp is hidden" in words


def test_the_same_rows_pack_to_the_same_bytes(delivered) -> None:
    again = io.BytesIO()
    write_zip(Delivery.objects.select_related("brief__brand").get(pk=delivered.pk), again, lambda: None)
    assert hashlib.sha256(again.getvalue()).hexdigest() == delivered.sha256


def test_delivering_moves_shots_and_brief_and_tells_the_brand(delivered, world) -> None:
    brief = Brief.objects.get(pk=delivered.brief_id)
    assert brief.state == Brief.State.DELIVERED
    assert set(brief.shots.values_list("state", flat=True)) == {Shot.State.DELIVERED}
    assert Notification.objects.filter(person=world.approver, kind="delivery.ready").exists()
    assert not list(broken_links())


def test_a_brief_is_delivered_when_every_picture_is_approved(studio, world) -> None:
    brief, drafts = studio.brief_in_review(shots=2)
    approve(drafts[0], world.approver)
    with pytest.raises(Conflict, match="1 of 2 pictures are approved"):
        actions.make_delivery(brief, by=world.producer)
    with pytest.raises(NotAllowed):
        actions.make_delivery(brief, by=world.retoucher)


def test_one_delivery_is_packed_at_a_time(approved, world) -> None:
    actions.make_delivery(approved, by=world.producer)
    with pytest.raises(Conflict, match="being packed already"):
        actions.make_delivery(approved, by=world.producer)


@pytest.mark.parametrize("kind", ["draft", "report", "master", "report_html"])
def test_a_file_that_changed_is_not_delivered_and_said_to_be(approved, world, kind, log_in) -> None:
    delivery = actions.make_delivery(approved, by=world.producer)
    artifact = delivery.drafts.first().generation.artifacts.get(kind=kind)
    Path(artifact.file.path).write_bytes(b"something else")
    actions.pack_delivery(delivery.pk, 0)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.file.name) == (Delivery.State.FAILED, "")
    assert "is not the" in delivery.error_message
    assert not Shot.objects.filter(brief=approved, state=Shot.State.DELIVERED).exists()
    page = log_in(world.producer).get(f"/deliveries/{delivery.pk}/").content.decode()
    assert "was not packed" in page
    assert log_in(world.approver).get(f"/deliveries/{delivery.pk}/").status_code == 404


def test_a_message_that_comes_twice_packs_once(delivered) -> None:
    actions.pack_delivery(delivered.pk, 0)
    assert Delivery.objects.get(pk=delivered.pk).attempt == 1
    assert Event.objects.about(delivered).filter(name="delivery.ready").count() == 1


def test_a_worker_that_was_given_up_is_not_believed(approved, world) -> None:
    delivery = actions.make_delivery(approved, by=world.producer)
    claimed = actions.claim_delivery(delivery.pk, 0)
    assert claimed is not None
    assert actions.claim_delivery(delivery.pk, 0) is None
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert actions.reap_deliveries() == 1
    actions.pack_delivery(delivery.pk, 1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt) == (Delivery.State.READY, 2)
    from review.actions.deliveries import LeaseLost, _finish

    with pytest.raises(LeaseLost):
        _finish(delivery, 1, name="x", sha256="y", size=1, manifest={})


def test_a_lost_message_is_sent_again_and_a_running_packing_is_left_alone(approved, world) -> None:
    delivery = actions.make_delivery(approved, by=world.producer)
    assert actions.reap_deliveries() == 0
    Delivery.objects.filter(pk=delivery.pk).update(created_at=timezone.now() - timedelta(minutes=2))
    assert actions.reap_deliveries() == 1
    assert actions.reap_deliveries() == 0, "one message, not one a tick"
    assert actions.claim_delivery(delivery.pk, 0) is not None
    assert actions.reap_deliveries() == 0


def test_a_packing_lost_again_and_again_is_called_failed(approved, world) -> None:
    delivery = actions.make_delivery(approved, by=world.producer)
    Delivery.objects.filter(pk=delivery.pk).update(
        attempt=settings.GENERATION_ATTEMPTS, lease_until=timezone.now() - timedelta(seconds=1)
    )
    actions.reap_deliveries()
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.FAILED
    assert Notification.objects.filter(person=world.producer, kind="delivery.failed").exists()


KILLED = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
settings.STORAGES["default"]["OPTIONS"]["location"] = sys.argv[2]
from pathlib import Path
settings.VAR_DIR = Path(sys.argv[3])
from review import packing
from review.actions import deliveries
whole = packing.jpeg_of
def half(artifact):
    print("in the middle", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
packing.jpeg_of = half
deliveries.pack_delivery(int(sys.argv[1]), 0)
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_is_found_and_leaves_nothing(world, tmp_path) -> None:
    studio = Studio(world)
    brief, (draft,) = studio.brief_in_review()
    approve(draft, world.approver)
    brief.refresh_from_db()
    delivery = actions.make_delivery(brief, by=world.producer)
    name = connection.settings_dict["NAME"]
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "LOUPE_DEMO": "1",
        "DATABASE_URL": f"sqlite:///{name}",
    }
    files = settings.STORAGES["default"]["OPTIONS"]["location"]
    before = {p for p in tmp_path.rglob("*") if p.is_file()}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(delivery.pk), files, str(tmp_path)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == -9, done.stderr
    assert "in the middle" in done.stdout
    assert {p for p in tmp_path.rglob("*") if p.is_file()} == before
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt) == (Delivery.State.PACKING, 1)
    assert actions.reap_deliveries() == 0, "its lease still runs"
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert actions.reap_deliveries() == 1
    actions.pack_delivery(delivery.pk, 1)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.READY
    assert Delivery.objects.filter(brief=brief).count() == 1


def test_what_a_killed_worker_half_stored_is_written_anew(approved, world) -> None:
    delivery = actions.make_delivery(approved, by=world.producer)
    packed = io.BytesIO()
    write_zip(Delivery.objects.select_related("brief__brand").get(pk=delivery.pk), packed, lambda: None)
    from studio.storage import content_name

    sha256 = hashlib.sha256(packed.getvalue()).hexdigest()
    half = Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / content_name(
        world.brand.pk, "deliveries", sha256, ".zip"
    )
    half.parent.mkdir(parents=True)
    half.write_bytes(packed.getvalue()[:100])
    actions.pack_delivery(delivery.pk, 0)
    delivery.refresh_from_db()
    assert hashlib.sha256(Path(delivery.file.path).read_bytes()).hexdigest() == delivery.sha256 == sha256


def test_a_download_is_streamed_to_those_who_may_and_recorded(delivered, world, log_in) -> None:
    url = f"/deliveries/{delivered.pk}/download/"
    answer = log_in(world.reviewer).get(url)
    assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == delivered.sha256
    assert 'filename="Atelier-Nord_Autumn_1.zip"' in answer["Content-Disposition"]
    delivered.refresh_from_db()
    assert delivered.downloaded_at
    assert Event.objects.about(delivered).filter(name="delivery.downloaded", by=world.reviewer).count() == 1
    assert log_in(world.other_admin).get(url).status_code == 404


def test_the_page_shows_pictures_hashes_and_how_to_check_them(delivered, world, log_in) -> None:
    page = log_in(world.approver).get(f"/deliveries/{delivered.pk}/").content.decode()
    assert delivered.sha256 in page
    assert "sha256sum -c SHA256SUMS" in page
    for file in delivered.manifest["files"]:
        assert file["sha256"] in page


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("NK-1", "NK-1"),
        ("../../etc/passwd", "etc-passwd"),
        ("Ring « d'été » 0142/3", "Ring-d-t-0142-3"),
        ("..", "piece"),
        ("", "piece"),
        ("a\\b:c*?", "a-b-c"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_file_name_carries_nothing_that_could_be_a_path(typed: str, name: str) -> None:
    assert plain_name(typed) == name
