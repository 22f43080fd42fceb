"""The Fingerprint as data: what a photo shows of its piece, feature by feature, each with how sure it is.

Two coordinate systems, both in each feature that has a place. `_px`: pixels of the upright photo, the first one's centre
at (0, 0), y down. Piece space: the origin at the middle of the matte's box, x right, y up, the box's width as 1; times the
piece's width in mm it is millimetres, so that fingerprints of two photos at two sizes can be laid on each other.
Confidence runs 0..1. `resolvable` is false where a feature is too small in the photo to be counted surely.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = "1"
# Below this many pixels across its narrow side a stone is honestly unsure.
RESOLVABLE_PX = 8.0
# And a prong's tip.
RESOLVABLE_TIP_PX = 4.0

Confidence = Annotated[float, Field(ge=0, le=1)]
Point = tuple[float, float]
StoneColour = Literal["clear", "red", "orange", "yellow", "green", "blue", "violet", "black", "pearl"]
Layout = Literal["single", "pair", "row", "ring", "cluster"]
Cut = Literal["round", "oval", "pear", "marquise", "cushion", "pearl"]
# A claw laps over the crown from one side; a ball is a bead of metal, most often shared; a tab is a flat strip.
Tip = Literal["claw", "ball", "tab"]
# How a stone is held: by prongs of one tip, or by metal all round its edge.
Setting = Literal["claw", "ball", "tab", "bezel"]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Ellipse(Part):
    """`axes_px`: full length and width, the longer first; `angle_deg`: of the longer one, clockwise from +x on the screen."""

    centre_px: Point
    axes_px: Point
    angle_deg: Annotated[float, Field(ge=-90, le=180)]


class Stone(Part):
    """One stone. `centre` in piece space; `size_mm` (length, width) as seen, None where the piece's width is unknown;
    `cut` and `setting` None where the photo doesn't tell."""

    id: str
    outline: Ellipse
    centre: Point
    size_mm: Point | None
    colour: StoneColour
    group: str
    confidence: Confidence
    resolvable: bool
    cut: Cut | None = None
    cut_confidence: Confidence = 0.0
    setting: Setting | None = None
    setting_confidence: Confidence = 0.0


class Prong(Part):
    """What is seen of one prong: its tip, `size_px` across; `stones`: the ids of those it touches, the nearest first."""

    id: str
    tip: Tip
    centre_px: Point
    centre: Point
    size_px: float
    stones: tuple[str, ...]
    confidence: Confidence
    resolvable: bool


class Group(Part):
    """Stones of one size and colour, and how they lie: alone, as a pair, in a row, round a ring, or in a cluster."""

    id: str
    count: int
    colour: StoneColour
    size_px: float
    size_mm: float | None
    layout: Layout
    words: str


class Catchlight(Part):
    """A bright spot of light. `level`: its peak luminance, linear 0..1; `on`: what it lies on."""

    id: str
    centre_px: Point
    centre: Point
    area_px: float
    level: float
    on: Literal["stone", "metal"]
    confidence: Confidence


class Metal(Part):
    """A metal of the piece: its diffuse colour (Lab, D65), its share of the metal's pixels, and its family in words."""

    name: Literal["yellow gold", "rose gold", "white metal", "dark metal"]
    lab: tuple[float, float, float]
    share: float
    confidence: Confidence


class Band(Part):
    """A ring's or bangle's band: w(s), `width_px` at equal steps round the mean ellipse from its nearest point on, 0 where
    a head hides it, as seen: width and thickness together; `share_bare` of the way round is bare. The tilt is the camera's height over the band's plane."""

    ellipse: Ellipse
    tilt_deg: float
    width_px: tuple[float, ...]
    median_px: float
    median_mm: float | None
    share_bare: float
    confidence: Confidence


class Links(Part):
    """A chain's links. `pitch_px` along the chain, the median of what is seen; `count` over `length_px` of it. `unit`: what is
    counted, a rope's turns where its links can't be told."""

    count: int
    pitch_px: float
    length_px: float
    confidence: Confidence
    resolvable: bool
    unit: Literal["link", "turn"] = "link"


class Silhouette(Part):
    """The matte's outline: closed rings in photo pixels, the outer ones and the holes."""

    outer_px: tuple[tuple[Point, ...], ...]
    holes_px: tuple[tuple[Point, ...], ...]
    area_px: float
    holes: int


class Fingerprint(Part):
    """Everything read from one photo. `words`: the counts as a person would say them. `unparted`: the share of what looks
    like stone in which no single stone could be told: there may be more stones than were found."""

    schema_version: Literal["1"] = "1"
    reader: str
    photo_sha256: str
    photo_size: tuple[int, int]
    category: str
    box: tuple[int, int, int, int]
    width_mm: float | None
    words: str
    confidence: Confidence
    unparted: Confidence
    stones: tuple[Stone, ...]
    groups: tuple[Group, ...]
    links: Links | None
    band: Band | None
    metals: tuple[Metal, ...]
    catchlights: tuple[Catchlight, ...]
    silhouette: Silhouette
    prongs: tuple[Prong, ...] = ()
    links_unread: str | None = None
