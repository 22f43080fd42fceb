"""Posture: does a head sit on its shoulders as heads do, and is each wrist bent as far as wrists go?

Sources for the limits: Farkas (1994) for the face, Pheasant and Haslegrave, "Bodyspace" (2006) for shoulders and neck;
American Academy of Orthopaedic Surgeons, "Joint Motion" (1965): neck to the side 45 degrees, its turn 80, wrist to the
thumb 20, to the little finger 30, flexed 80. Each is widened by what landmarks of a single picture are good to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.plate.anchor import unit
from pipeline.plate.face_scale import face_scale, yaw_deg
from pipeline.plate.landmarks import CHIN, EYE_CORNERS, FOREHEAD, Face
from pipeline.plate.rulers import FACE_HEIGHT
from pipeline.plate.torso import Torso
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence
from pipeline.qa.model.forearm import Bend, wrist_bend
from pipeline.qa.model.marks import ODD, Print, beside, printed
from pipeline.qa.person import Person

RESTS_ON = "16 rendered bodies, 8 rendered hands and 5 photographs, and copies with head, neck or wrist displaced; not yet calibrated"
# Between the model's shoulder points, in mm at the face's scale, straightened by the body's turn: 242 to 281 on pictures of
# bodies turned by less than that, to 333 beyond.
SHOULDERS_MM, TURNED_DEG = (190.0, 370.0), 35.0
# From the line of the shoulders up to the chin, in mm: 26 (leaning forward) to 108.
NECK_MM = (-45.0, 150.0)
# The eyes' middle beside the shoulders' middle, in mm: to 86, where the body is turned.
ASIDE_MM = 140.0
# The head's tilt over the shoulders, to 10 on these pictures, and its turn from the body's, in degrees.
TILT_DEG, TURN_DEG = 60.0, 110.0
# A wrist's bend in the picture's plane, in degrees: to 7 on these pictures.
BENT_DEG = {"thumb": 38.0, "little finger": 50.0}
FLEXED_DEG = 100.0


@dataclass(frozen=True)
class Strain:
    """How near a joint is to its limit: `share` is 1 on it. `words` say what is beyond it; `lines` (n, 2) draw it."""

    name: str
    share: float
    words: str
    line: np.ndarray


@dataclass(frozen=True)
class Posture:
    """Where shoulders are seen under a face: the head's size for them, the neck's length, the head's place over its neck, its
    tilt and its turn. Where a forearm is seen behind a hand: the wrist's bend. The value is the nearest of them to its limit.
    Its lines rest on few pictures yet: it warns and doesn't decide."""

    id: str = "posture"
    title: str = "Head, neck and wrists are held as people hold them"
    version: str = "1"
    mandatory: bool = False
    group: Group = "model"
    needs: tuple[Need, ...] = ("person",)

    def run(self, evidence: Evidence) -> CheckResult:
        person = evidence.person
        assert person is not None
        found: list[Strain] = []
        if person.faces and person.torso is not None:
            found += head_strains(person.faces[0], person.torso)
        bends = [bend for hand in person.hands if (bend := wrist_bend(person, hand)) is not None]
        found += [wrist_strain(bend) for bend in bends]
        if not found:
            why = "Neither shoulders under a face nor a forearm behind a hand are seen, so no joint can be judged."
            return CheckResult(self.id, "not applicable", why)
        most = max(found, key=lambda one: one.share)
        beyond = [one for one in found if one.share > 1]
        verdict: Verdict = "warn" if beyond else "pass"
        words = " ".join(one.words for one in beyond)
        if not beyond:
            held = [w for w, seen in (("head and neck", len(found) > len(bends)), ("wrist", bool(bends))) if seen]
            words = (
                f"{' and '.join(held).capitalize()} {'is' if held == ['wrist'] else 'are'} held as people hold them."
            )
        return CheckResult(
            self.id,
            verdict,
            words,
            value=most.share,
            threshold=1.0,
            unit="of the limit",
            score=float(np.clip(100 - 50 * most.share, 0, 100)),
            overlay=beside([_print(evidence, person, one) for one in beyond]),
            details={one.name: round(one.share, 3) for one in found},
            rests_on=RESTS_ON,
            statistics={f"posture.{one.name.replace(' ', '-')}": one.share for one in found},
        )


def head_strains(face: Face, torso: Torso) -> list[Strain]:
    """Head and neck over the shoulders, each in parts of its limit."""
    left, right = torso.shoulders["left"], torso.shoulders["right"]
    across = left - right
    wide = max(float(np.linalg.norm(across)), 1e-6)
    across = across / wide
    up = np.array([across[1], -across[0]])
    scale = _px_per_mm(face)
    chin, eyes = face.points[CHIN, :2], face.points[[EYE_CORNERS[s][0] for s in ("left", "right")], :2]
    middle = eyes.mean(0)
    shoulders, head = np.stack([right, torso.middle, left]), np.stack([torso.middle, chin, middle])
    straight = max(np.cos(np.radians(torso.turn_deg)), 0.4)
    breadth, neck = wide / straight / scale, float((chin - torso.middle) @ up) / scale
    aside = abs(float((middle - torso.middle) @ across)) / scale
    eye_line = unit(eyes[0] - eyes[1])
    tilt = abs(float(np.degrees(np.arctan2(eye_line @ -up, eye_line @ across))))
    turn = abs(yaw_deg(face) - torso.turn_deg)
    long = neck > sum(NECK_MM) / 2
    found = [
        Strain(
            "neck",
            _share(neck, NECK_MM),
            f"The neck is {neck:.0f} mm long beside its face: no neck is."
            if long
            else "The head is sunk into its shoulders: no neck is that short.",
            head,
        ),
        Strain(
            "head aside", aside / ASIDE_MM, f"The head sits {aside:.0f} mm beside the middle of its shoulders.", head
        ),
        Strain("head tilt", tilt / TILT_DEG, f"The head is tilted {tilt:.0f}° over its shoulders.", head),
        Strain("head turn", turn / TURN_DEG, f"The head is turned {turn:.0f}° from its body.", head),
    ]
    if abs(torso.turn_deg) < TURNED_DEG:
        size = "small" if breadth > sum(SHOULDERS_MM) / 2 else "large"
        words = f"The head is too {size} for its shoulders, which are {breadth:.0f} mm wide beside it."
        found.append(Strain("shoulders", _share(breadth, SHOULDERS_MM), words, shoulders))
    return found


def wrist_strain(bend: Bend) -> Strain:
    """A wrist's bend in parts of its limit, which is narrower where the hand's flat faces the camera."""
    limit = BENT_DEG[bend.towards] if bend.flat else FLEXED_DEG
    way = f" towards the {bend.towards}" if bend.flat else ""
    words = f"The {bend.side} wrist is bent {bend.deg:.0f}°{way}: none goes that far."
    return Strain(f"{bend.side} wrist", bend.deg / limit, words, bend.line)


def _share(amount: float, limits: tuple[float, float]) -> float:
    """0 in the middle between two limits, 1 on either."""
    low, high = limits
    return abs(amount - (low + high) / 2) / ((high - low) / 2)


def _px_per_mm(face: Face) -> float:
    read = face_scale(face)
    if not isinstance(read, str):
        return read.px_per_mm
    return float(np.linalg.norm(face.points[CHIN] - face.points[FOREHEAD])) / FACE_HEIGHT.mm


def _print(evidence: Evidence, person: Person, one: Strain) -> Print:
    made = printed(evidence, person, one.line, room=0.6)
    made.line(one.line, ODD, 3)
    for point in one.line:
        made.dot(point, ODD)
    return made
