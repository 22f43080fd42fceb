"""Reading a plate: every anchor on it that two independent signs agree on, and in plain words why others are not there.

    landmarks (hands, faces) → skin region, seeded by them → sections across each part → scale from priors or the iris

A landmark model always answers; so each of its answers must lie on skin, between two edges, at a believable width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from pipeline.direction import Calibration, Category
from pipeline.errors import PhotoRefused
from pipeline.imaging.colour import linear_to_srgb
from pipeline.plate.anchor import WORN_ON, Anchor
from pipeline.plate.calibrated import measured
from pipeline.plate.face_anchors import face_anchors, face_lines
from pipeline.plate.hand_anchors import finger_lines, hand_anchors
from pipeline.plate.landmarks import Face, Hand, faces, hands
from pipeline.plate.limb import lab_of
from pipeline.plate.outline_anchors import outline_anchors
from pipeline.plate.plate import Plate
from pipeline.plate.side_head import SideHead, doubts_of, side_head
from pipeline.plate.skin import SkinRegion, skin_region
from pipeline.plate.torso import Torso, torso_of

READING_VERSION = "3"
# Landmarks are sought in a picture of at most this size; edges are then read in the plate's own pixels up to twice it.
LANDMARKS_PX, EDGES_PX = 1280, 2560
LEAST_SKIN_SHARE = 0.02
PLAIN_PRESENCE, PLAIN_WOBBLE = 0.85, 0.03
# Another face this large against the first is another person in the picture, and not a poster in its background.
SECOND_PERSON = 0.45


@dataclass(frozen=True)
class PlateReading:
    """What a plate shows. `anchors`, surest first; `doubts`, by anchor name, why it isn't one; `notes` in words.

    `skin`, `faces`, `hands` and `torso` are what it was read from, at the plate's size, for an engine that goes on from
    there.
    """

    sha256: str
    size_px: tuple[int, int]
    anchors: tuple[Anchor, ...]
    doubts: dict[str, str]
    notes: tuple[str, ...]
    skin: SkinRegion = field(repr=False)
    faces: tuple[Face, ...] = field(repr=False)
    hands: tuple[Hand, ...] = field(repr=False)
    torso: Torso | None = field(default=None, repr=False)

    def named(self, name: str) -> Anchor | None:
        """The anchor of this name, or None."""
        return next((a for a in self.anchors if a.name == name), None)

    def anchors_for(self, category: Category) -> list[Anchor]:
        """The anchors that a piece of this category is worn on, surest first."""
        return [a for a in self.anchors if a.part == WORN_ON[category]]

    def to_json(self) -> dict[str, Any]:
        """Plain data: anchors, doubts and notes, without pixels."""
        return {
            "version": READING_VERSION,
            "sha256": self.sha256,
            "size_px": list(self.size_px),
            "anchors": [a.to_json() for a in self.anchors],
            "doubts": dict(sorted(self.doubts.items())),
            "notes": list(self.notes),
            "skin_share": round(self.skin.share, 4),
        }


def find_anchors(plate: Plate, calibrations: Sequence[Calibration] = ()) -> PlateReading:
    """Read `plate`; anchors measured by hand (`calibrations`) stand instead of those found, and need no landmark.

    Raises PhotoRefused: ``plate.two-people``, and ``plate.no-body`` where nothing is found and nothing was calibrated;
    PlacementRefused for a calibration that can't be right.
    """
    width, height = plate.size_px
    step = min(EDGES_PX / max(width, height), 1.0)
    srgb = np.clip(linear_to_srgb(plate.rgb), 0, 1)
    if step < 1:
        srgb = cv2.resize(srgb, None, fx=step, fy=step, interpolation=cv2.INTER_AREA)
    seen_hands, seen_faces, torso, aside = _landmarks(srgb)
    _refuse_two_people(seen_hands, seen_faces)
    lines = [line for h in seen_hands for line in finger_lines(h)] + [
        line for f in seen_faces for line in face_lines(f)
    ]
    skin = skin_region(srgb, lines)
    lab = lab_of(srgb)
    found: list[Anchor] = []
    doubts: dict[str, str] = {}
    for hand in seen_hands:
        more, less = hand_anchors(hand, lab, skin)
        found += [a for a in more if all(a.name != b.name for b in found)]
        doubts |= {name: why for name, why in less.items() if all(name != b.name for b in found)}
    for face in seen_faces[:1]:
        more, less = face_anchors(face, lab, skin, torso)
        found, doubts = found + more, doubts | less
    if aside is not None and not seen_faces:
        doubts |= doubts_of(aside)
    elif not found and not seen_faces:
        # A fist or half a hand is seen and tells nothing: its forearm may still have two edges.
        more, less = outline_anchors(lab, skin)
        # Under a body's head there is a neck, and with a hand a wrist.
        found = [a for a in more if (a.part == "wrist" or not seen_hands) and (a.part == "neck" or torso is None)]
        doubts = less | doubts
    found = measured([_enlarged(a, 1 / step) for a in found], calibrations, plate.size_px)
    doubts = {name: why for name, why in doubts.items() if all(name != c.anchor for c in calibrations)}
    if not found and (
        skin.share < LEAST_SKIN_SHARE or not (seen_hands or seen_faces or aside or torso or skin.person_seen)
    ):
        raise PhotoRefused(
            "plate.no-body",
            "No hand, ear, neck or wrist was found on this plate.",
            "Upload a photograph of a person on which the place for the piece is bare and lit; "
            "or measure the place by hand: two clicks on its edges and its width in mm.",
        )
    notes = list(plate.notes)
    if not found:
        notes.append("A person was found, but no place for a piece that two signs agree on: measure it by hand.")
    if aside is not None and not seen_faces and not any(a.part == "ear" for a in found):
        notes.append(f"{aside.ear.capitalize()} ear: {doubts[f'{aside.ear}-ear']}.")
    notes += unsure_in_words(found)
    return PlateReading(
        sha256=plate.sha256,
        size_px=plate.size_px,
        anchors=tuple(sorted(found, key=lambda a: (-a.confidence, a.name))),
        doubts=doubts,
        notes=tuple(notes),
        skin=_skin_enlarged(skin, plate.size_px),
        faces=tuple(f.scaled(1 / step) for f in seen_faces),
        hands=tuple(h.scaled(1 / step) for h in seen_hands),
        torso=torso.scaled(1 / step) if torso else None,
    )


def unsure_in_words(anchors: Sequence[Anchor]) -> list[str]:
    """What to ask for where a plate's scale is less sure than a picture in true size needs; empty where all are sure."""
    unsure = [a for a in anchors if not a.sure]
    if not unsure:
        return []
    least, most = (f"{error:.0%}" for error in (min(a.scale_error for a in unsure), max(a.scale_error for a in unsure)))
    about = least if least == most else f"{least} to {most}"
    return [
        f"How large this person is can't be told closer than ± {about} from the plate alone: measure one place by hand "
        "(two clicks and its width in mm), and all of that hand or head follow it."
    ]


def _landmarks(srgb: np.ndarray) -> tuple[list[Hand], list[Face], Torso | None, SideHead | None]:
    step = min(LANDMARKS_PX / max(srgb.shape[:2]), 1.0)
    small = cv2.resize(srgb, None, fx=step, fy=step, interpolation=cv2.INTER_AREA) if step < 1 else srgb
    seen_hands, seen_faces = hands(small), faces(small)
    aside = side_head(small, seen_faces) if not seen_faces else None
    if aside is not None:
        seen_hands = [h for h in seen_hands if not aside.holds(h)]
        # A hand that is really there is believed before a head that shows no face.
        aside = None if seen_hands else aside
    torso = torso_of(small)
    if torso is not None:
        # Where a body is seen, a hand has to be as plain as it: folds of a neck look a little like one.
        seen_hands = [h for h in seen_hands if h.presence > PLAIN_PRESENCE and h.unsteadiness < PLAIN_WOBBLE]
    by = 1 / step
    return (
        [h.scaled(by) for h in seen_hands],
        [f.scaled(by) for f in seen_faces],
        torso.scaled(by) if torso else None,
        SideHead(aside.box * by, aside.ear) if aside else None,
    )


def _refuse_two_people(seen_hands: list[Hand], seen_faces: list[Face]) -> None:
    widths = [float(f.box[2] - f.box[0]) for f in seen_faces]
    others = sum(w > SECOND_PERSON * widths[0] for w in widths[1:])
    if others or len(seen_hands) > 2:
        what = f"{1 + others} faces" if others else f"{len(seen_hands)} hands"
        raise PhotoRefused(
            "plate.two-people",
            f"This plate shows more than one person ({what}).",
            "Crop it to the person who is to wear the piece, and upload it again.",
        )


def _enlarged(anchor: Anchor, by: float) -> Anchor:
    if by == 1:
        return anchor

    def at(p: tuple[float, float]) -> tuple[float, float]:
        return (p[0] + 0.5) * by - 0.5, (p[1] + 0.5) * by - 0.5

    values = {**anchor.__dict__, "point": at(anchor.point), "edges": (at(anchor.edges[0]), at(anchor.edges[1]))}
    values |= {"width_px": anchor.width_px * by, "px_per_mm": anchor.px_per_mm * by}
    return Anchor(**values)


def _skin_enlarged(skin: SkinRegion, size_px: tuple[int, int]) -> SkinRegion:
    if skin.mask.shape[::-1] == size_px:
        return skin
    mask, person = (cv2.resize(m, size_px, interpolation=cv2.INTER_LINEAR) for m in (skin.mask, skin.person))
    return SkinRegion(mask, person, skin.share, skin.person_seen)
