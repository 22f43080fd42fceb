"""What the desk offers: everything in the Direction's schema, in people's words, and what suits the piece."""

from __future__ import annotations

import pytest

from pipeline.direction import CATEGORIES, Direction, first_direction
from pipeline.field_choices import anchor_in_words
from pipeline.fields import leaves, panels_of
from pipeline.words import difference_in_words


def paths_of(direction: Direction, category: str = "") -> set[str]:
    panels = panels_of(direction, category)
    fields = {f.path for panel in panels for f in panel.fields}
    lights = {f.path for panel in panels for light in panel.lights for f in light.fields}
    return fields | {path.replace("rig.lights.0.", "rig.lights.*.") for path in lights}


def test_every_leaf_of_the_schema_has_its_control() -> None:
    # The name of a light is its heading; quality stands beside the button; the plate is chosen by its picture.
    elsewhere = {"version", "quality", "plate", "rig.lights.*.name"}
    assert set(leaves()) - elsewhere <= paths_of(Direction())


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_first_direction_is_among_what_is_offered_and_poses_and_anchors_suit_the_piece(category: str) -> None:
    from pipeline.stage.poses import poses_for

    for panel in panels_of(first_direction(category), category):
        for field in panel.fields:
            values = [value for _, choices in field.choices for value, _ in choices]
            if field.kind == "choice":
                assert field.value in values
                assert all(words for _, choices in field.choices for _, words in choices)
            if field.path == "pose.name" and first_direction(category).engine == "maquette":
                assert values == [p.name for p in poses_for(category)] or set(values) == {
                    p.name for p in poses_for(category)
                }
            if field.path == "placement.anchor":
                worn = {"ring": "ring", "bracelet": "wrist", "watch": "wrist", "earring": "ear", "necklace": "neck"}
                assert any(worn[category] in value for value in values)
                assert not any("wrist" in value for value in values) or category in ("bracelet", "watch")


def test_anchors_are_said_as_people_say_them() -> None:
    assert anchor_in_words("left-ring-proximal") == "Left ring finger, near the hand"
    assert anchor_in_words("right-thumb-distal") == "Right thumb, near the tip"


def test_a_plates_differences_are_said_without_hashes_or_points() -> None:
    changed = {
        "plate.sha256": ["a" * 64, "b" * 64],
        "plate.anchor": ["left-ring-proximal", "auto"],
        "plate.calibrations.0.width_mm": [17.0, 18.0],
        "plate.calibrations.0.edges.0.0": [1.0, 2.0],
    }
    assert difference_in_words(changed) == [
        "Another plate",
        "Place on the plate left ring finger → the surest place",
        "Measured on the plate anew",
    ]
