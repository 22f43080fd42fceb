"""Posture: does a head sit on its shoulders as heads do, and is each wrist bent as far as wrists go?

Sources for the limits: Pheasant and Haslegrave, "Bodyspace" (2006), for neck and shoulders; American Academy of Orthopaedic
Surgeons, "Joint Motion" (1965), for the wrist: to the thumb 20 degrees, to the little finger 30, flexed 80. Each is widened
by what a single picture is good to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence
from pipeline.qa.model.forearm import Bend, wrist_bend
from pipeline.qa.model.marks import ODD, Print, beside, printed
from pipeline.qa.model.shoulders import Shoulders, shoulders_under
from pipeline.qa.person import Person

RESTS_ON = "16 rendered heads, 8 rendered hands and 3 photographs, and copies with head, neck or wrist displaced; not yet calibrated"
# From the chin down to where the body is as wide as shoulders: 20 to 70 mm on heads held straight.
NECK_MM = 105.0
# The body's greatest width beside its face: 278 to 361 where the frame cuts it, 528 in a space suit.
WIDE_MM = 640.0
# How far shoulders lie beside the chin, beyond what the head's turn makes: to 31 mm.
ASIDE_MM = 75.0
# A wrist's bend in the picture's plane; read to 7 degrees.
BENT_DEG = {"thumb": 45.0, "little finger": 55.0}
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
    """Where shoulders are seen under a face, by their outline: the neck's length, the head's size for its body, and its place
    over it. Where a forearm is seen behind a hand: the wrist's bend. The value is the nearest of them to its limit. Its lines
    rest on few pictures yet: it warns and doesn't decide."""

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
        # Where there are two, the outline may be both of theirs.
        under = shoulders_under(person, person.faces[0]) if len(person.faces) == 1 else None
        if under is not None:
            found += head_strains(under)
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
            words = f"{_held(bool(under), bool(bends))} held as people hold theirs."
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


def head_strains(under: Shoulders) -> list[Strain]:
    """Head and neck over their shoulders, each in parts of its limit."""
    ends = "" if under.neck_ends else " at least"
    found = [
        Strain(
            "neck",
            under.neck / NECK_MM,
            f"The neck is{ends} {under.neck:.0f} mm long for its face: none is.",
            under.column,
        ),
        Strain(
            "size of the head",
            under.wide / WIDE_MM,
            f"The head is too small for its body, which is {under.wide:.0f} mm wide beside it.",
            under.row,
        ),
    ]
    if under.aside is not None:
        words = f"The head sits {abs(under.aside):.0f} mm beside the middle of its shoulders."
        found.append(Strain("head aside", abs(under.aside) / ASIDE_MM, words, under.column))
    return found


def wrist_strain(bend: Bend) -> Strain:
    """A wrist's bend in parts of its limit, which is narrower where the hand's flat faces the camera."""
    limit = BENT_DEG[bend.towards] if bend.flat else FLEXED_DEG
    way = f" towards the {bend.towards}" if bend.flat else ""
    words = f"The {bend.side} wrist is bent {bend.deg:.0f}°{way}: none goes that far."
    return Strain(f"{bend.side} wrist", bend.deg / limit, words, bend.line)


def _held(head: bool, wrist: bool) -> str:
    if head and wrist:
        return "Head, neck and wrist are"
    return "Head and neck are" if head else "The wrist is"


def _print(evidence: Evidence, person: Person, one: Strain) -> Print:
    made = printed(evidence, person, one.line, room=0.6)
    made.line(one.line, ODD, 3)
    for point in one.line:
        made.dot(point, ODD)
    return made
