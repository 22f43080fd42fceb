"""Plates on the site: who may use which, what is measured by hand, and what a Direction takes with it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from pipeline.actions import (
    add_plate,
    archive_plate,
    calibrate_plate,
    read_plate_file,
    start_generation,
    uncalibrate_plate,
)
from pipeline.direction import PlateUse, first_direction
from pipeline.models import Plate
from pipeline.plate_reading import LEAST_PX
from pipeline.suiting import PART_OF_CATEGORY, plates_for
from studio.errors import Conflict, Invalid, NotAllowed
from studio.models import Event
from tests import cast
from tests.pipeline.generations.line import shot_to_direct

pytestmark = pytest.mark.django_db
MEASURED = {"anchor": "left-ring-proximal", "edges": [[281, 400], [359, 400]], "width_mm": 17.5}


@pytest.fixture
def ring(world: Any) -> Any:
    made = cast.piece(world.brand, world.brand_admin, sku="R-1", category="ring")
    cast.photo(made, world.brand_admin, cast.png(70, 70, (240, 240, 240)))
    return made


@pytest.fixture
def shot(world: Any, ring: Any) -> Any:
    return shot_to_direct(world, piece=ring)


def on_plate(plate: Plate, anchor: str = "left-ring-proximal") -> Any:
    return first_direction("ring").model_copy(
        update={"engine": "plate", "plate": PlateUse(sha256=plate.sha256, anchor=anchor)}
    )


def picture_file(width: int = 800, height: int = 1000) -> ContentFile:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (120, 130, 140)).save(buffer, "JPEG")
    return ContentFile(buffer.getvalue(), name="plate.jpg")


def test_the_categories_parts_are_the_picture_halfs() -> None:
    from pipeline.plate.anchor import WORN_ON

    assert PART_OF_CATEGORY == WORN_ON


def test_the_least_size_is_the_picture_halfs() -> None:
    from pipeline.plate.plate import MIN_SHORT_SIDE_PX

    assert LEAST_PX == MIN_SHORT_SIDE_PX


def test_a_shot_is_offered_its_brands_plates_and_the_studios_alone(world: Any, shot: Any) -> None:
    studios = cast.plate(None, world.producer, "The studio's")
    cast.plate(world.other_brand, world.other_admin, "Another brand's")
    assert [offer.plate for offer in plates_for(shot)] == [studios, world.plate]
    necklace = shot_to_direct(world, number=8)
    assert plates_for(necklace) == [], "a hand wears no necklace"
    archive_plate(studios, by=world.producer)
    assert [offer.plate for offer in plates_for(shot)] == [world.plate]


def test_a_direction_takes_what_was_measured_with_it_and_keeps_it(world: Any, shot: Any) -> None:
    calibrate_plate(world.plate, MEASURED, by=world.retoucher)
    first = start_generation(shot, by=world.retoucher, direction=on_plate(world.plate))
    (kept,) = first.direction.data["plate"]["calibrations"]
    assert (kept["anchor"], kept["width_mm"]) == ("left-ring-proximal", 17.5)
    calibrate_plate(Plate.objects.get(pk=world.plate.pk), MEASURED | {"width_mm": 19}, by=world.retoucher)
    first.direction.refresh_from_db()
    assert first.direction.data["plate"]["calibrations"][0]["width_mm"] == 17.5


def test_another_brands_plate_is_refused_at_its_field(world: Any, shot: Any) -> None:
    strange = cast.plate(world.other_brand, world.other_admin)
    Plate.objects.filter(pk=strange.pk).update(sha256="a" * 64)
    strange.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        start_generation(shot, by=world.retoucher, direction=on_plate(strange))
    assert list(refused.value.details["errors"]) == ["plate"]
    assert not shot.generations.exists()


def test_without_a_plate_the_desk_says_so_at_the_plates_panel(world: Any, shot: Any) -> None:
    client = Client()
    client.force_login(world.retoucher)
    page = client.get(f"/shots/{shot.pk}/desk/").content.decode()
    assert f'value="{world.plate.sha256} left-ring-proximal"' in page
    from tests.access.pipeline import flat

    form = flat(first_direction("ring").model_dump(mode="json")) | {"engine": "plate"}
    answer = client.post(f"/shots/{shot.pk}/generations/", form, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["plate"]
    chosen = form | {"plate": f"{world.plate.sha256} left-ring-proximal"}
    answer = client.post(f"/shots/{shot.pk}/generations/", chosen, headers={"Accept": "application/json"})
    assert answer.status_code == 201
    assert shot.directions.get().data["plate"]["anchor"] == "left-ring-proximal"
    # Chosen, then left for another engine: it is no part of what is run.
    answer = client.post(
        f"/shots/{shot.pk}/generations/", chosen | {"engine": "still"}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 201
    assert shot.directions.latest("number").data["plate"] is None


def test_measuring_stands_in_front_of_what_was_read_and_can_be_taken_back(world: Any) -> None:
    made = calibrate_plate(world.plate, MEASURED, by=world.brand_admin)
    plate = Plate.objects.get(pk=world.plate.pk)
    anchor = next(a for a in plate.anchors if a["name"] == "left-ring-proximal")
    assert made.number == 1
    assert anchor["width_mm"] == pytest.approx(17.5)
    assert anchor["px_per_mm"] == pytest.approx(78 / 17.5, rel=0.02)
    wrist = {"anchor": "left-wrist", "edges": [[200, 700], [420, 700]], "width_mm": 58}
    assert calibrate_plate(plate, wrist, by=world.brand_admin).number == 2
    plate.refresh_from_db()
    assert {a["name"] for a in plate.anchors} == {"left-ring-proximal", "left-wrist"}
    uncalibrate_plate(plate, "left-ring-proximal", by=world.brand_admin)
    plate.refresh_from_db()
    ring = next(a for a in plate.anchors if a["name"] == "left-ring-proximal")
    assert ring["edges"] == world.plate.reading["anchors"][0]["edges"], "what was read"
    assert "measured by hand at left-wrist" in ring["scale_from"], "at the scale of what is measured of that hand"
    with pytest.raises(Conflict):
        uncalibrate_plate(plate, "left-ring-proximal", by=world.brand_admin)
    names = [e.name for e in Event.objects.about(plate).order_by("id")]
    assert names == ["plate.calibrated", "plate.calibrated", "plate.uncalibrated"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"width_mm": 170}, "none that a person has"),
        ({"width_mm": float("nan")}, "number"),
        ({"width_mm": ""}, "number"),
        ({"edges": [[281, 400], [282, 400]]}, "one spot"),
        ({"edges": [[281, 400], [9000, 400]]}, "outside"),
        ({"anchor": "left-knee"}, "no place"),
        ({"anchor": "<script>"}, "choose a place"),
    ],
)
def test_a_measure_that_cannot_be_right_is_refused_with_its_reason(
    world: Any, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        calibrate_plate(world.plate, MEASURED | change, by=world.retoucher)
    assert not world.plate.calibrations.exists()


def test_two_people_measuring_at_once_lose_nothing(world: Any) -> None:
    seen = world.plate.version
    calibrate_plate(world.plate, MEASURED, by=world.retoucher, seen_version=seen)
    client = Client()
    client.force_login(world.producer)
    typed = {
        "anchor": "left-ring-proximal",
        "x1": 280,
        "y1": 400,
        "x2": 360,
        "y2": 400,
        "width_mm": "18.2",
        "version": seen,
    }
    answer = client.post(f"/plates/{world.plate.pk}/calibrate/", typed)
    assert answer.status_code == 409
    assert 'value="18.2"' in answer.content.decode(), "what was typed stands in the form"
    assert world.plate.calibrations.count() == 1


def test_a_plate_is_the_studios_or_a_brands_and_says_what_it_may_be_used_for(world: Any) -> None:
    facts = {"original_name": "a.jpg", "name": "Neck", "license": "Ours"}
    with pytest.raises(NotAllowed):
        add_plate(None, by=world.brand_admin, file=picture_file(), **facts)
    with pytest.raises(NotAllowed):
        add_plate(world.other_brand, by=world.brand_admin, file=picture_file(), **facts)
    with pytest.raises(Invalid) as refused:
        add_plate(world.brand, by=world.brand_admin, file=picture_file(), **facts | {"license": " "})
    assert "license" in refused.value.details["errors"]
    with pytest.raises(Invalid):
        add_plate(world.brand, by=world.brand_admin, file=ContentFile(b"not a picture", name="a.jpg"), **facts)
    made = add_plate(world.brand, by=world.brand_admin, file=picture_file(), **facts)
    assert add_plate(world.brand, by=world.brand_admin, file=picture_file(), **facts).pk == made.pk, (
        "one file, one plate"
    )
    studios = add_plate(None, by=world.retoucher, file=picture_file(), **facts)
    assert studios.pk != made.pk
    assert list(Plate.objects.visible_to(world.reviewer).order_by("pk")) == [world.plate, made]


def test_a_cut_out_is_refused_in_words_and_a_message_twice_reads_once(world: Any) -> None:
    facts = {"original_name": "a.png", "name": "Cut out", "license": "Ours"}
    buffer = io.BytesIO()
    cut = Image.new("RGBA", (700, 800), (120, 130, 140, 255))
    cut.paste((0, 0, 0, 0), (0, 0, 300, 800))
    cut.save(buffer, "PNG")
    file = ContentFile(buffer.getvalue(), name="plate.png")
    plate = add_plate(world.brand, by=world.brand_admin, file=file, **facts)
    assert read_plate_file(plate.pk)
    assert not read_plate_file(plate.pk)
    plate.refresh_from_db()
    assert plate.state == Plate.State.REFUSED
    client = Client()
    client.force_login(world.brand_admin)
    assert "transparent areas" in client.get(f"/plates/{plate.pk}/").content.decode()


def test_the_grids_queries_do_not_grow_with_it(world: Any) -> None:
    client = Client()
    client.force_login(world.retoucher)
    client.get("/plates/")  # what is asked once a process
    counts = []
    for more in (1, 12):
        for number in range(more):
            made = cast.plate(None, world.producer, f"Plate {more} {number}")
            Plate.objects.filter(pk=made.pk).update(sha256=f"{more:02d}{number:02d}" + "a" * 60)
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/plates/?wears=ring").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
