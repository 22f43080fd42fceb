"""Bad files through the door: each is refused in words, and nothing of it is kept."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageDraw

from briefs import actions
from briefs.models import Piece, PiecePhoto, Reference
from briefs.tasks import check_photo, reap_photos
from studio.models import Event
from tests.cast import World, png

pytestmark = pytest.mark.django_db


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header claims this size, and whose body is a few bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def ring_photo(size: int = 900, on: int = 245) -> bytes:
    """A golden band on a plain ground, drawn at four times its size for clean edges."""
    image = Image.new("RGB", (size * 2, size * 2), (on, on, on))
    draw = ImageDraw.Draw(image)
    box = [size * 0.45, size * 0.45, size * 1.55, size * 1.55]
    draw.ellipse(box, outline=(196, 150, 62), width=int(size * 0.16))
    draw.ellipse(box, outline=(120, 84, 30), width=int(size * 0.03))
    return encoded(image.resize((size, size), Image.Resampling.LANCZOS), "PNG")


def frames() -> bytes:
    one = Image.new("RGB", (400, 400), "white")
    two = Image.new("RGB", (400, 400), "black")
    return encoded(one, "GIF", save_all=True, append_images=[two], duration=100)


BAD: dict[str, tuple[str, bytes, str]] = {
    "text named .jpg": ("ring.jpg", b"this is a text file and no picture at all " * 20, "no picture"),
    "empty": ("ring.jpg", b"", "empty"),
    "svg": ("ring.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>', "SVG"),
    "pdf": ("ring.pdf", b"%PDF-1.7 " + b"0" * 400, "PDF"),
    "a bomb": ("ring.png", bomb(30_000, 30_000), "pixels"),
    "65,000 px wide": ("ring.png", bomb(65_000, 400), "65,000"),
    "animated": ("ring.gif", frames(), "animation"),
    "a thumbnail": ("ring.png", png(120, 90), "at least"),
    "a damaged header": ("ring.png", png(400, 400)[:20], ""),
}


def stored() -> set[str]:
    root = Path(site.STORAGES["default"]["OPTIONS"]["location"])
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def brand_client(world: World) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.brand_admin)
    return client


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("door", ["page", "api", "reference", "new piece"])
def test_a_bad_file_is_refused_and_leaves_nothing(world: World, brand_client: Client, case: str, door: str) -> None:
    name, data, words = BAD[case]
    before = (
        stored(),
        PiecePhoto.objects.count(),
        Reference.objects.count(),
        Piece.objects.count(),
        Event.objects.count(),
    )
    body: dict[str, Any] = {"file": SimpleUploadedFile(name, data, "image/jpeg")}
    if door == "new piece":
        body |= {f"new-{k}": v for k, v in {"sku": "N-1", "name": "N", "category": "ring", "metal": "silver", "width_mm": 20}.items()}  # fmt: skip
    urls = {
        "page": f"/pieces/{world.piece.pk}/photos/",
        "api": "/api/v1/photos/",
        "reference": f"/briefs/{world.draft_brief.pk}/references/",
        "new piece": f"/briefs/{world.draft_brief.pk}/pieces/new/",
    }
    if door == "api":
        body["piece"] = world.piece.pk
    answer = brand_client.post(urls[door], body, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert words in answer.content.decode().replace("&#x27;", "'")
    now = (
        stored(),
        PiecePhoto.objects.count(),
        Reference.objects.count(),
        Piece.objects.count(),
        Event.objects.count(),
    )
    assert now == before


@pytest.mark.parametrize("door", ["page", "api"])
def test_sixty_megabytes_are_refused_before_they_are_read(world: World, brand_client: Client, door: str) -> None:
    class Unread(io.RawIOBase):
        """A body that fails the test when somebody reads it."""

        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: Any) -> int:
            raise AssertionError("the body was read")

    url = f"/pieces/{world.piece.pk}/photos/" if door == "page" else "/api/v1/photos/"
    answer = brand_client.generic(
        "POST", url, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="60000000",
        **{"wsgi.input": Unread()},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "60 MB" in answer.content.decode()


def test_a_truncated_photo_is_refused_by_the_worker_with_its_reason(world: World, brand_client: Client) -> None:
    whole = encoded(Image.effect_noise((900, 900), 60).convert("RGB"), "JPEG", quality=90)
    made = upload(brand_client, world.piece, whole[: len(whole) // 2])
    check_photo(made.pk)
    made.refresh_from_db()
    assert made.state == PiecePhoto.State.REFUSED
    assert "cut off" in made.findings[0]["message"]
    assert not made.cutout_file
    page = brand_client.get(f"/pieces/{world.piece.pk}/").content.decode()
    assert "Refused" in page
    assert "cut off" in page


def upload(client: Client, piece: Piece, data: bytes, name: str = "ring.jpg") -> PiecePhoto:
    answer = client.post(
        f"/pieces/{piece.pk}/photos/", {"file": SimpleUploadedFile(name, data)}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 201, answer.content
    return PiecePhoto.objects.filter(piece=piece).latest("id")


def test_a_good_photo_is_matted_and_shown(world: World, brand_client: Client) -> None:
    Piece.objects.filter(pk=world.piece.pk).update(category="ring", width_mm=21)
    made = upload(brand_client, world.piece, ring_photo(), "../../etc/ring\x00.png")
    assert made.original_name == "ring.png"
    polled = f'hx-get="/photos/{made.pk}/status/"'.encode()
    assert polled in brand_client.get(f"/photos/{made.pk}/status/").content
    check_photo(made.pk)
    made.refresh_from_db()
    assert made.state == PiecePhoto.State.READY, made.findings
    status = brand_client.get(f"/photos/{made.pk}/status/")
    assert polled not in status.content
    assert status["HX-Trigger"] == "photo-checked"
    cutout = brand_client.get(f"/photos/{made.pk}/cutout/")
    image = np.asarray(Image.open(io.BytesIO(b"".join(cutout.streaming_content))).convert("RGBA"))
    centre = image[image.shape[0] // 2, image.shape[1] // 2]
    assert cutout["Content-Type"] == "image/webp"
    assert image[..., 3].max() == 255
    assert centre[3] == 0, "the band's hole must stay a hole"
    alpha = Image.open(io.BytesIO(b"".join(brand_client.get(f"/photos/{made.pk}/alpha/").streaming_content)))
    assert alpha.size == (900, 900)


@pytest.mark.parametrize("kind", ["cmyk", "palette", "16 bit", "turned"])
def test_unusual_but_honest_files_are_taken(world: World, brand_client: Client, kind: str) -> None:
    image = Image.open(io.BytesIO(ring_photo(700)))
    if kind == "cmyk":
        data = encoded(image.convert("CMYK"), "JPEG", quality=92)
    elif kind == "palette":
        data = encoded(image.convert("P", palette=Image.Palette.ADAPTIVE), "PNG")
    elif kind == "16 bit":
        import imagecodecs

        data = imagecodecs.png_encode(np.asarray(image).astype(np.uint16) * 257)
    else:
        exif = Image.Exif()
        exif[0x0112] = 6
        data = encoded(image.crop((0, 0, 700, 650)), "JPEG", quality=92, exif=exif)
    made = upload(brand_client, world.piece, data)
    assert (made.width_px, made.height_px) == ((650, 700) if kind == "turned" else (700, 700))
    check_photo(made.pk)
    made.refresh_from_db()
    assert made.state != PiecePhoto.State.CHECKING
    assert made.thumbnail_file


def test_a_photo_without_a_piece_says_so(world: World, brand_client: Client) -> None:
    made = upload(brand_client, world.piece, png(600, 600, (250, 250, 250)))
    check_photo(made.pk)
    made.refresh_from_db()
    assert made.state == PiecePhoto.State.REFUSED
    assert made.findings[0]["code"].startswith("matte.")
    assert made.thumbnail_file


def test_the_same_file_again_is_the_same_photo(world: World, brand_client: Client) -> None:
    first = upload(brand_client, world.piece, png(600, 600))
    again = upload(brand_client, world.piece, png(600, 600))
    assert first.pk == again.pk


def test_a_lost_check_is_found_and_given_up_after_three(world: World, brand_client: Client) -> None:
    made = upload(brand_client, world.piece, png(600, 600))
    row = PiecePhoto.objects.filter(pk=made.pk)
    assert actions.reap_photos() == 0
    row.update(created_at=timezone.now() - timedelta(minutes=5))
    assert actions.reap_photos() == 1, "a photo whose message was lost is sent again"
    row.update(attempts=3, lease_until=timezone.now() - timedelta(seconds=1))
    reap_photos()
    made.refresh_from_db()
    assert made.state == PiecePhoto.State.REFUSED
    assert made.findings[0]["code"] == "photo.check_lost"


def test_an_answer_to_a_question_that_changed_is_dropped(world: World, brand_client: Client) -> None:
    """A check judges by the width that the piece had; when that changed meanwhile, the photo is checked anew."""
    made = upload(brand_client, world.piece, ring_photo())
    check_photo(made.pk)
    actions.change_piece(world.piece, by=world.brand_admin, width_mm=640)
    made.refresh_from_db()
    assert made.state == PiecePhoto.State.CHECKING
    check_photo(made.pk)
    made.refresh_from_db()
    assert made.state == PiecePhoto.State.REFUSED
    assert made.findings[0]["code"] == "verdict.scale"
