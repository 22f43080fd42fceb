"""Plates: licensed photographs of real people on which a piece is placed. What they show, where and at what scale.

The door for whoever holds a plate (no Django here; nothing is written):

    plate = read_plate(content)                     # Plate; PhotoRefused for a file that can't serve
    reading = find_anchors(plate)                   # PlateReading; PhotoRefused for no body, or two people
    reading = find_anchors(plate, calibrations)     # with what a person measured by hand, which is believed first
    reading.to_json()                               # for a page or a row: anchors, scale, what confirmed each, notes
    reading.anchors_for("ring")                     # the Anchors that wear a category, best first

`Calibration` (two edge points, an axis, typed mm) and `PlateUse` (the plate's SHA-256, the anchor, calibrations) are parts
of the Direction: `Direction(engine="plate", plate=PlateUse(sha256=plate.sha256, anchor="left-ring-proximal", calibrations=(...)))`.
The picture is then made by `pipeline.make.make_picture(photo, facts, direction, out, plate=plate)`.

Anchor names are those of `pipeline.direction.Anchor`: ``left-ring-proximal``, ``right-wrist``, ``left-ear``, ``neck``; and
``finger`` and ``wrist`` where no landmark tells which it is.
"""

from pipeline.direction import Calibration, PlateUse
from pipeline.plate.anchor import Anchor, BodyPart, part_of
from pipeline.plate.plate import Plate, read_plate
from pipeline.plate.reading import PlateReading, find_anchors

__all__ = [
    "Anchor",
    "BodyPart",
    "Calibration",
    "Plate",
    "PlateReading",
    "PlateUse",
    "find_anchors",
    "part_of",
    "read_plate",
]
