"""Plates: taken in by a request, read by a worker, measured by hand, found again when a worker was lost."""

from __future__ import annotations

import logging
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from briefs.actions.photos import shown_name
from briefs.photo_reading import Upload, read_upload
from briefs.stored_files import sha256_of, shelf
from pipeline.direction import worn_at
from pipeline.models import Plate, PlateCalibration
from pipeline.plate_reading import (
    LEAST_PX,
    PlateAnswer,
    anchors_with,
    checked_calibration,
    examine_plate,
    place_in_words,
)
from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Brand, Person
from studio.permissions import Right, require
from studio.turns import ATTEMPTS, lost_turns, take_turn
from studio.workflow import check_version

log = logging.getLogger("loupe.plates")
LEASE_S = 180  # a reading takes 2 to 20 seconds, the models' loading included
# The storage folder of what belongs to the studio: brands count from 1.
STUDIO_FOLDER = 0
READING = Plate.State.READING


def _upload(file: File) -> Upload:
    """`read_upload`, held to what a plate needs, which is more than a piece's photo does."""
    shown = ""
    try:
        upload = read_upload(file)
        if min(upload.width_px, upload.height_px) >= LEAST_PX:
            return upload
        shown = f" It is {upload.width_px} x {upload.height_px} px."
    except Invalid as error:
        if error.code != "photo.too_small":
            raise
    raise Invalid(
        "plate.too_small",
        f"A plate needs at least {LEAST_PX} px on its shorter side for a piece to be seen on it.{shown}",
        "Upload the photograph in its full size; 2000 px or more is good.",
    )


def add_plate(brand: Brand | None, *, by: Person, file: File, original_name: str, name: str, license: str) -> Plate:
    """Takes in a plate for a brand, or (None) for the studio; a worker reads it. The same file again is the same plate.

    Raises NotAllowed, and Invalid where the file is no photograph or too small, or where nobody says what it may be used
    for.
    """
    owner = Plate(brand=brand)
    require(by, Right.EDIT_PLATES, owner)
    errors: dict[str, list[str]] = {}
    name, license = name.strip(), license.strip()
    if not name or len(name) > 120:
        errors["name"] = ["Give it a name of up to 120 characters."]
    if not license or len(license) > 2000:
        errors["license"] = ["Say who took it, who is on it, and what it may be used for."]
    if errors:
        raise Invalid("plate.invalid", "The plate can't be taken yet.", "Nothing was kept.", errors=errors)
    upload = _upload(file)
    sha256 = sha256_of(file)
    with shelf(brand.pk if brand else STUDIO_FOLDER) as files, transaction.atomic():
        known = Plate.objects.select_for_update().filter(brand=brand, sha256=sha256).first()
        if known is not None:
            if known.archived_at or known.state == Plate.State.REFUSED:
                Plate.objects.filter(pk=known.pk).update(
                    archived_at=None, state=READING, attempts=0, lease_until=None, refusal="", version=F("version") + 1
                )
                transaction.on_commit(lambda: send_reading(known.pk))
                known.refresh_from_db()
            return known
        plate = Plate.objects.create(
            brand=brand,
            name=name,
            license=license,
            file=files.put("plates", file, upload.suffix, sha256),
            original_name=shown_name(original_name),
            sha256=sha256,
            size_bytes=file.size or 0,
            width_px=upload.width_px,
            height_px=upload.height_px,
            created_by=by,
        )
        record_event("plate.added", plate, by=by, after={"name": name, "sha256": sha256, "license": license})
        transaction.on_commit(lambda: send_reading(plate.pk))
    return plate


def calibrate_plate(
    plate: Plate, measured: dict[str, Any], *, by: Person, seen_version: int | str | None = None
) -> PlateCalibration:
    """Keeps what was measured at one place (`pipeline.direction.Calibration` as data) as the plate's next calibration.

    Other places keep what was measured there. Raises Invalid with the reason where it can't be right, Conflict for a
    plate that isn't read or that somebody else measured meanwhile.
    """
    require(by, Right.EDIT_PLATES, plate)
    calibration = checked_calibration(measured)
    with transaction.atomic():
        plate = _to_measure(plate, seen_version)
        kept = [c for c in _in_force(plate) if c["anchor"] != calibration.anchor]
        return _keep_calibration(plate, [*kept, calibration.model_dump(mode="json")], calibration.anchor, by)


def uncalibrate_plate(
    plate: Plate, anchor: str, *, by: Person, seen_version: int | str | None = None
) -> PlateCalibration:
    """Takes back what was measured at a place: what was read there, if anything was, stands again."""
    anchor = worn_at(anchor)
    require(by, Right.EDIT_PLATES, plate)
    with transaction.atomic():
        plate = _to_measure(plate, seen_version)
        kept = [c for c in _in_force(plate) if c["anchor"] != anchor]
        if len(kept) == len(_in_force(plate)):
            raise Conflict("plate.not_measured", f"Nothing was measured at {place_in_words(anchor).lower()}.")
        return _keep_calibration(plate, kept, anchor, by, event="plate.uncalibrated")


def archive_plate(plate: Plate, *, by: Person) -> Plate:
    """Takes a plate out of use; what was made on it stays. Again changes nothing."""
    require(by, Right.EDIT_PLATES, plate)
    with transaction.atomic():
        if Plate.objects.filter(pk=plate.pk, archived_at__isnull=True).update(
            archived_at=timezone.now(), version=F("version") + 1
        ):
            record_event("plate.archived", plate, by=by)
    plate.refresh_from_db()
    return plate


def _to_measure(plate: Plate, seen_version: int | str | None) -> Plate:
    fresh = Plate.objects.select_for_update().get(pk=plate.pk)
    check_version(fresh, seen_version)
    if fresh.state != Plate.State.READY:
        raise Conflict(
            "plate.state", f"This plate is {fresh.get_state_display().lower()}.", "Only one that was read is measured."
        )
    return fresh


def _in_force(plate: Plate) -> list[dict[str, Any]]:
    return list(plate.calibration.data) if plate.calibration else []


def _keep_calibration(
    plate: Plate, data: list[dict[str, Any]], anchor: str, by: Person, event: str = "plate.calibrated"
) -> PlateCalibration:
    anchors = _anchors(plate, data)
    last = plate.calibrations.aggregate(last=Max("number"))["last"] or 0
    made = PlateCalibration.objects.create(plate=plate, number=last + 1, data=data, created_by=by)
    Plate.objects.filter(pk=plate.pk).update(anchors=anchors, version=F("version") + 1)
    before = next((c for c in _in_force_before(plate, last) if c["anchor"] == anchor), None)
    after = next((c for c in data if c["anchor"] == anchor), {})
    record_event(
        event,
        plate,
        by=by,
        before={"measured": before} if before else {},
        after={"anchor": place_in_words(anchor).lower(), "number": made.number, "measured": after},
    )
    return made


def _in_force_before(plate: Plate, number: int) -> list[dict[str, Any]]:
    return next((c.data for c in plate.calibrations.all() if c.number == number), [])


def _anchors(plate: Plate, calibrations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was measured, and what was read where nothing was: surest first."""
    return anchors_with(calibrations, (plate.width_px, plate.height_px), plate.reading.get("anchors", []))


# The worker's side --------------------------------------------------------------------------------------------------
def send_reading(plate_id: int) -> None:
    """Asks the queue for a reading. A broker that is away costs time, not the plate: the reaper asks again."""
    from pipeline.tasks import read_plate as task

    try:
        task.delay(plate_id)
    except Exception as error:  # kombu's, redis's or the socket's own
        log.warning("plate %s: the queue is away, its reading is sent later: %s", plate_id, error)


def read_plate_file(plate_id: int) -> bool:
    """Reads a plate, if nobody else is at it; answers whether this call's reading was the one that was kept."""
    if not take_turn(Plate.objects.filter(state=READING), plate_id, LEASE_S):
        return False
    plate = Plate.objects.get(pk=plate_id)
    with plate.file.open("rb") as file:
        answer = examine_plate(file.read())
    return _keep_reading(plate, answer)


def _keep_reading(plate: Plate, answer: PlateAnswer) -> bool:
    with shelf(plate.brand_id or STUDIO_FOLDER) as files, transaction.atomic():
        mine = Plate.objects.select_for_update().filter(pk=plate.pk, state=READING, attempts=plate.attempts)
        if not mine.exists():
            return False
        plate.reading = answer.reading
        state = Plate.State.REFUSED if answer.refusal else Plate.State.READY
        anchors = [] if answer.refusal else _anchors(plate, _in_force(plate))
        mine.update(
            state=state,
            reading=answer.reading,
            anchors=anchors,
            refusal=answer.refusal,
            lease_until=None,
            version=F("version") + 1,
            preview_file=files.put("plates", answer.preview_webp, ".webp") if answer.preview_webp else "",
            thumbnail_file=files.put("plates", answer.thumbnail_webp, ".webp") if answer.thumbnail_webp else "",
        )
        record_event(f"plate.{state}", plate, by=None, after={"anchors": len(anchors), "why": answer.refusal})
    return True


def reap_plates() -> int:
    """Sends lost readings again, and gives up on a plate that cost several workers; answers how many were found."""
    lost = lost_turns(Plate.objects.filter(state=READING))
    found = 0
    for plate in lost:
        found += 1
        if plate.attempts < ATTEMPTS:
            send_reading(plate.pk)
            continue
        words = "This plate could not be read: the reading broke off several times. Upload it again, or another one."
        _keep_reading(plate, PlateAnswer(refusal=words))
    return found
