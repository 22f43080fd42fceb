"""Plates through the site's doors: what a worker's reading refuses or asks for, and what the desk's form is told."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from pipeline.actions import read_plate_file
from pipeline.direction import first_direction
from pipeline.models import Generation, Plate
from pipeline.running import run_claimed
from tests import cast
from tests.access.pipeline import flat
from tests.pipeline.engines import drawn
from tests.pipeline.generations.line import shot_to_direct
from tests.pipeline.plate import rendered
from tests.pipeline.plate.rendered import Truth

pytestmark = pytest.mark.django_db


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def uploaded(world: Any, content: bytes) -> tuple[Plate, str]:
    """A plate sent through the form and read by a worker, and its page."""
    client = client_of(world.producer)
    sent = {"name": "Plate", "license": "Ours", "owner": "studio", "file": SimpleUploadedFile("plate.png", content)}
    answer = client.post("/plates/new/", sent)
    assert answer.status_code == 302, answer.content.decode()
    made = Plate.objects.latest("pk")
    assert read_plate_file(made.pk)
    made.refresh_from_db()
    return made, client.get(f"/plates/{made.pk}/").content.decode()


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG")
    return buffer.getvalue()


def pixels(truth: Truth) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(truth.png)).convert("RGB"))


def test_a_file_that_is_no_picture_is_an_error_at_the_forms_field(world: Any) -> None:
    sent = {"name": "Plate", "license": "Ours", "owner": "studio", "file": SimpleUploadedFile("a.png", b"no picture")}
    answer = client_of(world.producer).post("/plates/new/", sent)
    assert answer.status_code == 422
    assert 'id="id_file-error"' in answer.content.decode()
    assert not Plate.objects.filter(name="Plate").exists()


def test_two_people_are_refused_on_the_plates_page(world: Any) -> None:
    head = pixels(rendered.head(0.0))
    made, page = uploaded(world, png(np.hstack([head, head[:, ::-1]])))
    assert made.state == Plate.State.REFUSED
    assert "more than one person" in page
    assert "Crop it to the person" in page


@pytest.mark.parametrize(("step", "size"), [(5, ""), (2, "It is 500 x 650 px.")])
def test_a_small_plate_is_an_error_at_the_forms_field_with_what_is_needed(world: Any, step: int, size: str) -> None:
    content = png(pixels(rendered.hand())[::step, ::step])
    sent = {"name": "Small", "license": "Ours", "owner": "studio", "file": SimpleUploadedFile("plate.png", content)}
    answer = client_of(world.producer).post("/plates/new/", sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'id="id_file-error"' in page
    assert "at least 600 px" in page
    assert size in page
    assert not Plate.objects.filter(name="Small").exists()


def test_a_plate_without_a_body_is_kept_says_so_and_is_offered_to_nobody(world: Any) -> None:
    made, page = uploaded(world, png(np.random.default_rng(5).integers(0, 255, (900, 900, 3), np.uint8)))
    assert (made.state, made.anchors) == (Plate.State.READY, [])
    assert "No hand, ear, neck or wrist was found" in page
    assert "measure the place by hand" in page


def wearing(world: Any, category: str, content: bytes, width_mm: float) -> Any:
    piece = cast.piece(world.brand, world.brand_admin, sku=f"{category}-9", category=category)
    piece.width_mm = width_mm
    piece.save(update_fields=["width_mm"])
    cast.photo(piece, world.brand_admin, content)
    return shot_to_direct(world, piece=piece)


def drop_photo() -> bytes:
    piece = drawn.drop()
    rng = np.random.default_rng(2)
    gold = np.array([0.75, 0.55, 0.25]) * (0.75 + 0.25 * rng.random(piece.alpha.shape)[..., None])
    shown = gold * piece.alpha[..., None] + 0.97 * (1 - piece.alpha[..., None])
    return png((np.clip(shown, 0, 1) * 255).astype(np.uint8))


def asked(world: Any, shot: Any, plate: Plate, anchor: str, **changes: Any) -> Any:
    form = flat(first_direction(shot.piece.category).model_dump(mode="json"))
    form |= {"engine": "plate", "plate": f"{plate.sha256} {anchor}", **changes}
    return client_of(world.retoucher).post(
        f"/shots/{shot.pk}/generations/", form, headers={"Accept": "application/json"}
    )


@pytest.mark.django_db(transaction=True)
def test_an_ear_from_the_side_asks_to_be_measured_and_wears_its_earring_once_it_is(world: Any) -> None:
    truth = rendered.head(90.0, 330.0, None, 80.0)
    made, page = uploaded(world, truth.png)
    assert (made.state, made.anchors) == (Plate.State.READY, [])
    assert "the head is seen from the side" in page
    assert "its topmost and its lowest point" in page.replace("the ear&#x27;s", "its")
    shot = wearing(world, "earring", drop_photo(), 9.0)
    refused = asked(world, shot, made, "left-ear")
    assert refused.status_code == 422
    (words,) = refused.json()["errors"]["plate"]
    assert "the head is seen from the side" in words
    assert "Measure it by hand" in words
    assert not shot.generations.exists()

    # Two clicks: the ear's lowest point lies a ninth of its height under the piercing.
    at, scale = truth.pixel("left-ear"), truth.px_per_mm("left-ear")
    typed = {
        "anchor": "left-ear",
        "x1": at[0],
        "y1": at[1] - 0.89 * 62 * scale,
        "x2": at[0],
        "y2": at[1] + 0.11 * 62 * scale,
        "width_mm": "62",
        "version": made.version,
    }
    assert client_of(world.retoucher).post(f"/plates/{made.pk}/calibrate/", typed).status_code == 302
    accepted = asked(world, shot, made, "left-ear", quality="preview")
    assert accepted.status_code == 201, accepted.json()
    generation = shot.generations.get()
    assert run_claimed(generation.pk)
    generation.refresh_from_db()
    assert generation.state == Generation.State.DONE, generation.error_message
    assert generation.report["verdict"] != "fail"


def test_a_place_that_the_plate_cuts_is_an_error_at_the_plates_field(world: Any) -> None:
    truth = rendered.hand()
    x = int(truth.pixel("left-little-proximal")[0])
    cut = pixels(truth)[:, x:] if x < truth.pixel("left-middle-proximal")[0] else pixels(truth)[:, :x]
    made, _ = uploaded(world, png(cut))
    shot = wearing(world, "ring", cast.png(70, 70, (240, 240, 240)), 19.4)
    answer = asked(world, shot, made, "left-little-proximal")
    assert answer.status_code == 422
    assert "cut by the plate's edge" in answer.json()["errors"]["plate"][0]
    assert not shot.generations.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("width_mm", "words"), [(60.0, "more than an ear carries"), (9.0, "")], ids=["too large", "as it is"]
)
def test_what_only_the_piece_tells_is_said_by_the_picture_that_failed(world: Any, width_mm: float, words: str) -> None:
    made, _ = uploaded(world, rendered.head(20.0).png)
    shot = wearing(world, "earring", drop_photo(), width_mm)
    assert asked(world, shot, made, "left-ear", quality="preview").status_code == 201
    generation = shot.generations.get()
    assert run_claimed(generation.pk)
    generation.refresh_from_db()
    if not words:
        assert generation.state == Generation.State.DONE, generation.error_message
        return
    assert generation.state == Generation.State.FAILED
    page = client_of(world.retoucher).get(f"/shots/{shot.pk}/desk/").content.decode()
    assert words in page


@pytest.mark.parametrize("wrong", ["a joint past its limit", "a rig without light"])
def test_a_pose_and_a_rig_that_cant_be_are_errors_of_the_form(world: Any, wrong: str) -> None:
    shot = wearing(world, "ring", cast.png(70, 70, (240, 240, 240)), 19.4)
    form = flat(first_direction("ring").model_dump(mode="json"))
    if wrong == "a rig without light":
        off = [name for name in form if name.startswith("rig.lights.") and name.endswith(".ev")]
        changes, field, words = {"rig.ambient_ev": "-8", **dict.fromkeys(off, "-6")}, "rig", "no light"
    else:
        changes, field, words = (
            {"pose.name": "fingers-curled", "pose.finger_curl_deg": "60"},
            "pose.name",
            "a hand allows",
        )
    answer = client_of(world.retoucher).post(
        f"/shots/{shot.pk}/generations/", form | changes, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 422
    assert any(words in message for message in answer.json()["errors"][field])
    assert not shot.generations.exists()
