"""A matte refined by hand: tried without changing anything, kept by a person, taken along by what is made with it."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw

from briefs import actions
from briefs.models import PhotoMatte, PiecePhoto
from pipeline.actions import start_generation
from pipeline.direction import first_direction
from studio.errors import Conflict, Invalid, NotAllowed
from studio.models import Event
from tests import cast
from tests.pipeline.generations.line import shot_to_direct

pytestmark = pytest.mark.django_db
SIZE = (480, 480)


def ring_photo(shadow: bool = True) -> bytes:
    """A gold ring on a light ground, with a grey disc beside it that an automatic cut may take for the piece."""
    image = Image.new("RGB", SIZE, (240, 240, 240))
    pen = ImageDraw.Draw(image)
    pen.ellipse((120, 120, 360, 360), fill=(190, 140, 50))
    pen.ellipse((160, 160, 320, 320), fill=(240, 240, 240))
    if shadow:
        pen.ellipse((350, 350, 430, 430), fill=(90, 90, 96))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def mask_png(size: tuple[int, int] = SIZE) -> bytes:
    image = Image.new("L", size, 0)
    pen = ImageDraw.Draw(image)
    pen.ellipse((120, 120, 360, 360), fill=255)
    pen.ellipse((160, 160, 320, 320), fill=0)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def strokes(*marks: tuple[str, float, float, float]) -> dict[str, Any]:
    return {
        "version": 1,
        "photo_size": list(SIZE),
        "strokes": [{"kind": kind, "radius_px": radius, "points": [[x, y]]} for kind, x, y, radius in marks],
    }


@pytest.fixture
def photo(world: Any) -> PiecePhoto:
    ring = cast.piece(world.brand, world.brand_admin, sku="RING", category="ring")
    made = cast.photo(ring, world.brand_admin, ring_photo())
    PiecePhoto.objects.filter(pk=made.pk).update(width_px=SIZE[0], height_px=SIZE[1])
    made.refresh_from_db()
    return made


def alpha_of(file: Any) -> np.ndarray:
    with file.open("rb") as opened:
        return np.asarray(Image.open(opened).convert("L"), float) / 255


def test_a_drop_stroke_takes_away_and_nothing_of_the_photo_changes_until_it_is_kept(world: Any, photo: Any) -> None:
    before = photo.alpha_file.name
    matte = actions.try_matte(photo, by=world.retoucher, strokes=strokes(("drop", 395, 395, 30), ("keep", 140, 240, 8)))
    assert actions.make_matte(matte.pk)
    assert not actions.make_matte(matte.pk), "a message that comes twice makes it once"
    matte.refresh_from_db()
    photo.refresh_from_db()
    assert (matte.state, photo.alpha_file.name, photo.matte) == (PhotoMatte.State.READY, before, None)
    alpha = alpha_of(matte.alpha_file)
    assert alpha[240, 140] > 0.99
    assert alpha[405, 405] < 0.01
    assert alpha[240, 240] < 0.01, "the band's hole stays a hole"
    actions.keep_matte(matte, by=world.retoucher)
    photo.refresh_from_db()
    assert (photo.matte, photo.alpha_file.name) == (matte, matte.alpha_file.name)
    assert Event.objects.about(photo).get(name="photo.matte_kept").after == {"matte": 1}


def test_a_mask_made_elsewhere_works_without_painting(world: Any, photo: Any) -> None:
    client = Client()
    client.force_login(world.approver)
    mask = SimpleUploadedFile("mask.png", mask_png(), "image/png")
    answer = client.post(
        f"/photos/{photo.pk}/matte/try/", {"strokes": "", "mask": mask}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 201
    matte = photo.mattes.get()
    assert actions.make_matte(matte.pk)
    page = client.get(f"/mattes/{matte.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "Keep this cut" in page
    matte.refresh_from_db()
    alpha = alpha_of(matte.alpha_file)
    assert alpha[240, 140] > 0.99
    assert alpha[395, 395] < 0.01
    assert alpha[240, 240] < 0.01


def test_a_generation_takes_the_matte_that_was_in_force(world: Any, photo: Any) -> None:
    matte = actions.try_matte(photo, by=world.retoucher, strokes=strokes(("drop", 395, 395, 30)))
    actions.make_matte(matte.pk)
    matte.refresh_from_db()
    actions.keep_matte(matte, by=world.retoucher)
    shot = shot_to_direct(world, piece=photo.piece)
    first = start_generation(shot, by=world.retoucher, direction=first_direction("ring"))
    actions.drop_matte(photo, by=world.retoucher)
    photo.refresh_from_db()
    first.refresh_from_db()
    assert first.matte == matte
    assert (photo.matte, photo.state) == (None, PiecePhoto.State.CHECKING)


def test_a_photo_that_was_refused_is_saved_by_hand(world: Any, photo: Any) -> None:
    PiecePhoto.objects.filter(pk=photo.pk).update(state=PiecePhoto.State.REFUSED, alpha_file="", cutout_file="")
    photo.refresh_from_db()
    client = Client()
    client.force_login(world.approver)
    assert "Cut it out by hand" in client.get(f"/pieces/{photo.piece_id}/").content.decode()
    assert client.get(f"/photos/{photo.pk}/matte/").status_code == 200
    matte = actions.try_matte(photo, by=world.approver, mask=SimpleUploadedFile("m.png", mask_png(), "image/png"))
    actions.make_matte(matte.pk)
    client.post(f"/mattes/{matte.pk}/keep/")
    photo.refresh_from_db()
    assert photo.state == PiecePhoto.State.READY


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (strokes(("keep", 900, 10, 5)), "strokes.outside"),
        ({**strokes(("keep", 10, 10, 5)), "photo_size": [481, 480]}, "strokes.other_photo"),
        ({"version": 1, "photo_size": list(SIZE), "strokes": []}, "strokes.invalid"),
        ({**strokes(("keep", 10, 10, 5)), "tool": "x"}, "strokes.invalid"),
        (strokes(("keep", float("nan"), 10, 5)), "strokes.invalid"),
        ("[", "strokes.unreadable"),
        (None, "matte.nothing_drawn"),
    ],
)
def test_strokes_that_cannot_be_painted_are_refused_with_the_reason(
    world: Any, photo: Any, data: Any, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.try_matte(photo, by=world.retoucher, strokes=data)
    assert refused.value.code == code
    assert not photo.mattes.exists()


def test_contradictory_strokes_end_as_a_refusal_and_are_not_kept(world: Any, photo: Any) -> None:
    matte = actions.try_matte(
        photo, by=world.retoucher, strokes=strokes(("keep", 140, 240, 12), ("drop", 140, 240, 12))
    )
    actions.make_matte(matte.pk)
    matte.refresh_from_db()
    assert matte.state == PhotoMatte.State.REFUSED
    with pytest.raises(Conflict):
        actions.keep_matte(matte, by=world.retoucher)


def test_a_mask_of_another_size_and_who_may_not(world: Any, photo: Any) -> None:
    with pytest.raises(Invalid, match="480"):
        actions.try_matte(
            photo, by=world.retoucher, mask=SimpleUploadedFile("m.png", mask_png((400, 400)), "image/png")
        )
    with pytest.raises(NotAllowed):
        actions.try_matte(photo, by=world.reviewer, strokes=strokes(("keep", 10, 10, 5)))
    client = Client()
    client.force_login(world.approver)
    answer = client.post(
        f"/photos/{photo.pk}/matte/try/", {"strokes": json.dumps({"a": 1})}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 422
    assert not photo.mattes.exists()
