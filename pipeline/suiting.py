"""Which plates suit a shot: those of the studio and of its brand that show the body part its piece is worn on."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F

from briefs.models import Shot
from pipeline.direction import Direction
from pipeline.models import Plate
from pipeline.plate_reading import place_in_words
from studio.errors import Invalid

# As `pipeline.plate.anchor.WORN_ON`, without loading what reads pictures; a test holds the two together.
PART_OF_CATEGORY = {"ring": "finger", "bracelet": "wrist", "watch": "wrist", "earring": "ear", "necklace": "neck"}


@dataclass(frozen=True)
class PlaceToWear:
    """One place on a plate, as the desk offers it; `value` is what its form sends."""

    value: str
    words: str
    scale: str


@dataclass(frozen=True)
class PlateOffer:
    """One plate with its places for the shot's piece."""

    plate: Plate
    places: list[PlaceToWear]


def plates_for(shot: Shot) -> list[PlateOffer]:
    """The plates that can wear the shot's piece, newest first."""
    part = PART_OF_CATEGORY[shot.piece.category]
    offers = []
    for plate in Plate.objects.for_brand(shot.brand_id).filter(state=Plate.State.READY).select_related("brand"):
        places = [
            PlaceToWear(
                f"{plate.sha256} {a['name']}",
                place_in_words(a["name"]),
                f"{a['width_mm']:.0f} mm ± {a['scale_error'] * 100:.0f} %",
            )
            for a in plate.anchors_on(part)
        ]
        ears = plate.anchors_on(part) if part == "ear" else []
        if {a["name"] for a in ears} >= {"left-ear", "right-ear"}:
            places.append(PlaceToWear(f"{plate.sha256} both-ears", place_in_words("both-ears"), "a pair"))
        if places:
            offers.append(PlateOffer(plate, places))
    return offers


def plate_of(shot: Shot, direction: Direction) -> Plate | None:
    """The plate that a Direction of the plate engine names. Raises Invalid where it names none that this shot may use."""
    if direction.engine != "plate":
        return None
    if direction.plate is None:
        raise _refused("Choose a plate, and a place on it.")
    rows = Plate.objects.for_brand(shot.brand_id).filter(sha256=direction.plate.sha256, state=Plate.State.READY)
    # A brand's own plate and the studio's may be one file: what the brand measured on its own is nearer.
    plate = rows.order_by(F("brand").asc(nulls_last=True), "-pk").first()
    if plate is None:
        raise _refused("There is no such plate for this brand, or it isn't read yet.")
    return plate


def check_place(direction: Direction, plate: Plate | None, category: str) -> None:
    """Raises Invalid at the plate's field for a place that isn't on it, with the reason that its reading gave; what a
    Direction measured by itself stands."""
    if plate is None or direction.plate is None or direction.plate.calibrations:
        return
    part, asked = PART_OF_CATEGORY[category], direction.plate.anchor
    shown = {a["name"] for a in plate.anchors_on(part)}
    wanted = {"both-ears": {"left-ear", "right-ear"}, "auto": set()}.get(asked, {asked})
    if shown and wanted <= shown:
        return
    doubts: dict[str, str] = plate.reading.get("doubts", {})
    missing = sorted(wanted - shown)
    why = [f"{place_in_words(name)}: {doubts[name]}." for name in missing or sorted(doubts) if name in doubts]
    what = place_in_words(missing[0]) if missing else f"a bare {part}"
    raise _refused(
        f"{plate.name} shows no place like this for a {category} ({what}). {' '.join(why[:2])} "
        "Measure it by hand on the plate's page, or choose another plate.".replace("  ", " ")
    )


def with_calibration(direction: Direction, plate: Plate | None) -> Direction:
    """The Direction with what was measured on its plate frozen into it; measurements that it brings itself stand."""
    if plate is None:
        return direction.model_copy(update={"plate": None}) if direction.plate else direction
    assert direction.plate is not None
    if direction.plate.calibrations or plate.calibration is None:
        return direction
    use = direction.plate.model_dump(mode="json") | {"calibrations": plate.calibration.data}
    return Direction.model_validate({**direction.model_dump(mode="json"), "plate": use})


def _refused(words: str) -> Invalid:
    return Invalid(
        "direction.plate", f"Plate: {words}", "Nothing was run, and nothing of it is lost.", errors={"plate": [words]}
    )
