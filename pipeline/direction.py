"""The Direction: a retoucher's instructions as data.

A Direction says everything that decides a picture besides the photo: engine, set, body, pose, camera, light rig,
placement, finish and seed. It is frozen; an unknown field, a NaN or a value out of range is refused. Each number
carries its unit, step and neutral point in its JSON schema, from which the desk draws its sliders.

Angles are degrees, lengths millimetres, colour temperatures kelvin, light levels EV (stops). Azimuths are seen from
above, 0 in front of the piece (at the camera's side), positive to the camera's right; elevations are above the horizon.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator, model_validator

from pipeline.dials import Part, number
from pipeline.errors import DirectionRefused
from pipeline.rigs import RIGS, LightRig

VERSION = 1

Category = Literal["ring", "necklace", "earring", "bracelet", "watch"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
EngineName = Literal["maquette", "still", "plate"]
Quality = Literal["preview", "draft", "final"]

# Where on a body or a set a piece is worn. A ring's anchors name the hand, the finger and the phalanx.
Anchor = Literal[
    "auto",
    "neck",
    "left-ear",
    "right-ear",
    "both-ears",
    "plinth",
    "left-wrist",
    "right-wrist",
    "left-thumb-proximal",
    "left-thumb-distal",
    "left-index-proximal",
    "left-index-middle",
    "left-index-distal",
    "left-middle-proximal",
    "left-middle-middle",
    "left-middle-distal",
    "left-ring-proximal",
    "left-ring-middle",
    "left-ring-distal",
    "left-little-proximal",
    "left-little-middle",
    "left-little-distal",
    "right-thumb-proximal",
    "right-thumb-distal",
    "right-index-proximal",
    "right-index-middle",
    "right-index-distal",
    "right-middle-proximal",
    "right-middle-middle",
    "right-middle-distal",
    "right-ring-proximal",
    "right-ring-middle",
    "right-ring-distal",
    "right-little-proximal",
    "right-little-middle",
    "right-little-distal",
]

_FINGERS = frozenset({"thumb", "index", "middle", "ring", "little"})


def worn_at(name: str) -> str:
    """An anchor's name in the vocabulary above. A plate's finger named alone (`left-ring`) means its first phalanx; where
    nothing tells left from right, a plate's `finger` and `wrist` stay as they are."""
    return f"{name}-proximal" if name.count("-") == 1 and name.rpartition("-")[2] in _FINGERS else name


# The longer side's pixels of a picture at each quality; a 4:5 draft is 1024x1280.
LONG_SIDE_PX: dict[str, int] = {"preview": 480, "draft": 1280, "final": 2560}
# The engine that a new shot begins with, by category. Rings and bracelets are mostly photographed from a little above, a
# view that a hand can take; a photo that can't be worn (laid flat, from the side) is refused with “choose still”. Watches
# are mostly photographed straight from the front or laid flat, so they begin as still lifes and can be worn where their
# photo lets them.
FIRST_ENGINE: dict[str, EngineName] = {
    "necklace": "maquette",
    "earring": "maquette",
    "ring": "maquette",
    "bracelet": "maquette",
    "watch": "still",
}


class Set(Part):
    """Where the piece stands: the ground behind and under it."""

    backdrop: Literal["seamless", "gradient", "plinth", "window"] = "gradient"
    tone: Annotated[float, number(0, 1, "", 0.01, 0.5, "Backdrop brightness")] = 0.56
    hue_deg: Annotated[float, number(0, 360, "°", 1, 66, "Backdrop hue")] = 66.0
    chroma: Annotated[float, number(0, 1, "", 0.01, 0, "Backdrop colour")] = 0.22
    surface: Literal["stone", "plaster", "linen", "velvet", "lacquer", "mirror"] = "stone"


class Body(Part):
    """The sculpture's build and material. Phenotype values run 0..1 as the parametric body defines them."""

    material: Literal["porcelain", "plaster", "travertine", "bronze", "lacquer"] = "plaster"
    gender: Annotated[float, number(0, 1, "", 0.01, 0.5, "Masculine to feminine")] = 0.9
    age: Annotated[float, number(0, 1, "", 0.01, 0.5, "Age")] = 0.5
    muscle: Annotated[float, number(0, 1, "", 0.01, 0.5, "Muscle")] = 0.45
    weight: Annotated[float, number(0, 1, "", 0.01, 0.5, "Weight")] = 0.4
    height: Annotated[float, number(0, 1, "", 0.01, 0.5, "Height")] = 0.55
    proportions: Annotated[float, number(0, 1, "", 0.01, 0.5, "Proportions")] = 0.75


class Pose(Part):
    """How the sculpture holds itself: a named pose of the library, then turns on top of it."""

    name: str = Field(default="front", pattern=r"^[a-z][a-z0-9-]{0,40}$")
    head_turn_deg: Annotated[float, number(-60, 60, "°", 1, 0, "Head turn")] = 0.0
    head_tilt_deg: Annotated[float, number(-25, 25, "°", 1, 0, "Head tilt")] = 0.0
    head_nod_deg: Annotated[float, number(-30, 30, "°", 1, 0, "Head nod")] = 0.0
    shoulder_drop_mm: Annotated[float, number(-15, 15, "mm", 0.5, 0, "Shoulders")] = 0.0
    finger_curl_deg: Annotated[float, number(-60, 60, "°", 1, 0, "Curl fingers")] = 0.0
    finger_spread_deg: Annotated[float, number(-15, 15, "°", 0.5, 0, "Spread fingers")] = 0.0
    thumb_out_deg: Annotated[float, number(-45, 45, "°", 1, 0, "Thumb out")] = 0.0
    wrist_bend_deg: Annotated[float, number(-80, 80, "°", 1, 0, "Bend wrist")] = 0.0
    wrist_aside_deg: Annotated[float, number(-30, 30, "°", 1, 0, "Wrist aside")] = 0.0


class Camera(Part):
    """The camera; its turn about the piece follows from the photo's view, these are offsets to it."""

    azimuth_deg: Annotated[float, number(-90, 90, "°", 1, 0, "Walk round")] = 0.0
    elevation_deg: Annotated[float, number(-30, 60, "°", 1, 0, "Height over the piece")] = 4.0
    focal_length_mm: Annotated[float, number(35, 200, "mm", 1, 85, "Lens")] = 85.0
    crop: Literal["4:5", "1:1", "3:4", "9:16", "16:9"] = "4:5"
    fill: Annotated[float, number(0.2, 0.95, "", 0.01, 0.6, "Piece fills the frame")] = 0.6
    shift_x: Annotated[float, number(-0.4, 0.4, "", 0.01, 0, "Move right")] = 0.0
    shift_y: Annotated[float, number(-0.4, 0.4, "", 0.01, 0, "Move up")] = 0.0
    f_number: Annotated[float, number(2.8, 32, "f/", 0.1, 8, "Aperture")] = 8.0


Point = tuple[float, float]


class Calibration(Part):
    """What a person measured on a plate by hand: two points on a body part's edges, and how far apart they really are.

    Points are (x, y) in pixels of the upright plate, the first pixel's centre at (0, 0). For a finger, a wrist or a neck
    `edges` are the two edges of the part where the piece is worn; for an ear they are its topmost and lowest points.
    `axis` runs along the part, from the body outwards (a neck's downwards); without it, it stands upright on the line
    between the edges. `tilt_deg` says how far the part's far end comes towards the camera.
    """

    anchor: str = Field(pattern=r"^[a-z][a-z-]{1,30}$")
    edges: tuple[Point, Point]
    axis: tuple[Point, Point] | None = None
    width_mm: Annotated[float, number(3, 400, "mm", 0.1, 20, "Distance between the two points")]
    tilt_deg: Annotated[float, number(-85, 85, "°", 1, 0, "Tilt to the camera")] | None = None

    _one_vocabulary = field_validator("anchor")(worn_at)

    @model_validator(mode="after")
    def _points_differ(self) -> Calibration:
        for words, pair in (("edge points", self.edges), ("axis points", self.axis)):
            if pair and math.dist(*pair) < 4:
                raise ValueError(f"the two {words} lie on one spot: set them apart")
        return self


class PlateUse(Part):
    """The plate a picture is made on, by the SHA-256 of its file, and where on it: an anchor's name, or `auto`.

    A calibration stands instead of what is found on the plate at its anchor.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    anchor: str = Field(default="auto", pattern=r"^[a-z][a-z-]{1,30}$")
    calibrations: tuple[Calibration, ...] = Field(default=(), max_length=24)

    _one_vocabulary = field_validator("anchor")(worn_at)

    @model_validator(mode="after")
    def _anchors_differ(self) -> PlateUse:
        names = [c.anchor for c in self.calibrations]
        if len(set(names)) != len(names):
            raise ValueError("each anchor is calibrated once")
        return self


class Placement(Part):
    """Where the piece sits, in mm and degrees from its anchor. It is never turned in depth."""

    anchor: Anchor = "auto"
    right_mm: Annotated[float, number(-80, 80, "mm", 0.1, 0, "Right")] = 0.0
    up_mm: Annotated[float, number(-80, 80, "mm", 0.1, 0, "Up")] = 0.0
    rotation_deg: Annotated[float, number(-45, 45, "°", 0.1, 0, "Rotation")] = 0.0
    along_mm: Annotated[float, number(-40, 40, "mm", 0.1, 0, "Along finger or arm")] = 0.0
    tilt_deg: Annotated[float, number(-15, 15, "°", 0.5, 0, "Tilt body")] = 0.0
    roll_deg: Annotated[float, number(-45, 45, "°", 1, 0, "Roll body under piece")] = 0.0
    drape: Annotated[float, number(0, 1, "", 0.01, 0, "Drape")] = 0.0


class Finish(Part):
    """What happens to the picture after the render; the piece's own pixels get nothing but the bounded relight."""

    exposure_ev: Annotated[float, number(-2, 2, "EV", 0.05, 0, "Exposure")] = 0.0
    relight: Annotated[float, number(0, 1, "", 0.01, 1, "Relight the piece")] = 1.0
    relight_max_ev: Annotated[float, number(0, 0.6, "EV", 0.01, 0.35, "Relight limit")] = 0.35
    shadow: Annotated[float, number(0, 1.5, "", 0.01, 1, "Contact shadow")] = 1.0
    grain: Annotated[float, number(0, 1, "", 0.01, 0.15, "Grain")] = 0.15
    vignette: Annotated[float, number(0, 1, "", 0.01, 0, "Vignette")] = 0.1


class Direction(Part):
    """Everything that decides a picture besides the piece's photo. Frozen; see the module's words on units."""

    version: Literal[1] = 1
    engine: EngineName = "maquette"
    quality: Quality = "draft"
    set: Set = Set()
    body: Body = Body()
    pose: Pose = Pose()
    camera: Camera = Camera()
    rig: LightRig = RIGS["soft clamshell"]
    placement: Placement = Placement()
    finish: Finish = Finish()
    plate: PlateUse | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1

    def size_px(self) -> tuple[int, int]:
        """Width and height of the picture in pixels, both multiples of 8."""
        w, h = (int(n) for n in self.camera.crop.split(":"))
        long_side = LONG_SIDE_PX[self.quality]
        scale = long_side / max(w, h)
        return round(w * scale / 8) * 8, round(h * scale / 8) * 8

    def canonical_json(self) -> str:
        """One spelling for equal Directions: sorted keys, no white space."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), allow_nan=False)

    def sha256(self) -> str:
        """The SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


def first_direction(category: str, engine: EngineName | None = None) -> Direction:
    """The Direction a new shot of this category begins with, on its first engine or on the one named."""
    engine = engine or FIRST_ENGINE[category]
    if engine == "plate":
        return first_direction(category).model_copy(update={"engine": engine})
    if engine == "still":
        return Direction(
            engine="still",
            rig=RIGS["table top"],
            camera=Camera(elevation_deg=12, fill=0.55),
            finish=Finish(exposure_ev=-0.25),
        )
    if category == "ring":
        camera = Camera(elevation_deg=6, focal_length_mm=135, fill=0.34, f_number=5.6)
        return Direction(
            pose=Pose(name="hand-raised"), body=Body(material="porcelain"), rig=RIGS["rembrandt"], camera=camera
        )
    if category in ("bracelet", "watch"):
        camera = Camera(elevation_deg=6, focal_length_mm=120, fill=0.48, f_number=5.6)
        return Direction(
            pose=Pose(name="wrist-raised"), body=Body(material="porcelain"), rig=RIGS["rembrandt"], camera=camera
        )
    if category == "earring":
        return Direction(
            pose=Pose(name="ear-three-quarter"), rig=RIGS["beauty dish"], camera=Camera(fill=0.3, f_number=5.6)
        )
    return Direction(camera=Camera(fill=0.62), placement=Placement(drape=0.8))


def read_direction(data: Any) -> Direction:
    """A Direction from JSON text, bytes or a dict.

    Raises DirectionRefused whose message names each field at fault in words, and whose `hint` says that nothing was run.
    """
    try:
        if isinstance(data, str | bytes):
            return Direction.model_validate_json(data)
        return Direction.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(str(p) for p in e['loc']) or 'direction'}: {e['msg']}" for e in error.errors())
        raise DirectionRefused(
            "direction.invalid", f"The direction can't be read: {faults}.", "Nothing was run."
        ) from error


def differences(before: Direction | None, after: Direction) -> dict[str, list[Any]]:
    """What changed from one Direction to the next, as ``{"rig.lights.key.ev": [0.0, 0.5]}``; empty where nothing did.

    Lights are matched by their names, so that a moved light is one difference and not eight.
    """
    old = _leaves(before.model_dump(mode="json")) if before else {}
    new = _leaves(after.model_dump(mode="json"))
    return {k: [old.get(k), new.get(k)] for k in sorted(old.keys() | new.keys()) if old.get(k) != new.get(k)}


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = ((item.get("name", i) if isinstance(item, dict) else i, item) for i, item in enumerate(value))  # type: ignore[assignment]
    else:
        return {path: value}
    leaves: dict[str, Any] = {}
    for key, item in pairs:
        leaves |= _leaves(item, f"{path}.{key}" if path else str(key))
    return leaves
