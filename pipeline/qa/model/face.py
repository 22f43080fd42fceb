"""The face: irises that are round and of one size, eyes that mirror the same light, halves that differ as a living face's do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.plate.landmarks import Face, face_unsteadiness
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence
from pipeline.qa.model import ofiq
from pipeline.qa.model.eyes import Eye, read_eye
from pipeline.qa.model.marks import GOOD, ODD, Print, beside, printed
from pipeline.qa.model.symmetry import OVAL, halves_alike, turns_deg
from pipeline.qa.person import Person

RESTS_ON = "16 rendered faces of 8 bodies under 11 nuisances, and 24 damaged copies of them; not yet calibrated"
# A mesh holds where it is present and stays in place from look to look; photographed and rendered faces read .007 to .020.
LEAST_PRESENCE, MOST_UNSTEADY, LEAST_FACE_PX = 0.8, 0.035, 60.0
# Past these turns an eye is narrowed, and one half hides the other.
EYES_TO_DEG, HALVES_TO_DEG = 25.0, 14.0
# An iris' longer over its shorter side less one: whole ones read .00 to .03, pressed to .7 of their width .17 to .25.
OVAL_LINE, OVAL_SURE = 0.08, 0.09
# The smaller iris over the larger one: whole pairs .98 and more, one pressed to .8 of its width .83 to .86.
PAIR_LINE = 0.9
# How well an iris' radius is read, in pixels. Only what lies beyond twice the reading's error counts.
EDGE_PX = 0.25
# How far apart the two eyes' catchlights may lie, in iris radii: a far light reads 0 to .1, a near window up to .3.
APART_LINE = 0.45
# A catchlight as strong as this is missed where the other eye has none.
PLAIN_CATCHLIGHT = 0.3
# Correlation of the halves' fine detail: rendered faces, whose form is symmetric, .33 to .77; mirrored ones .89 to .98.
ALIKE_LINE = 0.84


@dataclass(frozen=True)
class Finding:
    """One thing that a face shows: its statistic's `name`, `value` and `line` in `unit`, how far it is `beyond` the line (1 on
    it), and `words` where it is odd. `at`: the irises (centre, radius) that it was seen at."""

    name: str
    value: float
    line: float
    unit: str
    beyond: float
    words: str
    at: tuple[tuple[np.ndarray, float], ...] = ()


@dataclass(frozen=True)
class FaceCheck:
    """The largest face, where its mesh holds: irises round and of one size, the same catchlights left and right, and halves
    that aren't each other's mirror image in what is as fine as pores and lashes. OFIQ's measures of its pose, eyes and mouth
    (ISO/IEC 29794-5) stand beside as they are. Its lines rest on few faces yet: it warns and doesn't decide."""

    id: str = "face"
    title: str = "The face is a person's, and no mask"
    version: str = "1"
    mandatory: bool = False
    group: Group = "model"
    needs: tuple[Need, ...] = ("person",)

    def run(self, evidence: Evidence) -> CheckResult:
        person = evidence.person
        assert person is not None
        if not person.faces:
            return CheckResult(self.id, "not applicable", "No face was made out in the picture.")
        face = person.faces[0]
        why = _not_held(person, face)
        if why:
            return CheckResult(self.id, "not verifiable", f"The face can't be judged: {why}.")
        found, unread = findings(person, face)
        measures = ofiq.measures(person, face)
        details = {"ofiq": measures, "unread": list(unread), "turned_deg": [round(v, 1) for v in turns_deg(face)]}
        if not found:
            return CheckResult(
                self.id, "not verifiable", f"The face can't be judged: {'; '.join(unread)}.", details=details
            )
        odd = sorted((one for one in found if one.beyond > 1), key=lambda one: -one.beyond)
        worst = max(found, key=lambda one: one.beyond)
        verdict: Verdict = "warn" if odd else "pass"
        seen = {
            "iris": "round irises of one size",
            "catchlights": "the same light in both eyes",
            "halves": "living halves",
        }
        kept = [words for key, words in seen.items() if any(one.name.startswith(f"face.{key}") for one in found)]
        return CheckResult(
            self.id,
            verdict,
            " ".join(one.words for one in odd) if odd else f"The face shows {', '.join(kept)}.",
            value=worst.value,
            threshold=worst.line,
            unit=worst.unit,
            score=float(np.clip(100 - 50 * worst.beyond, 0, 100)),
            overlay=beside([_print(evidence, person, face, odd)]) if odd else None,
            details=details,
            rests_on=RESTS_ON,
            statistics={one.name: one.value for one in found},
        )


def _not_held(person: Person, face: Face) -> str:
    """Why a face's mesh tells nothing; empty where it holds."""
    width = float(face.box[2] - face.box[0]) / person.step
    if width < LEAST_FACE_PX:
        return f"it is {width:.0f} px wide"
    if face.presence < LEAST_PRESENCE or face_unsteadiness(person.srgb, face) > MOST_UNSTEADY:
        return "its features can't be told surely"
    return ""


def findings(person: Person, face: Face) -> tuple[list[Finding], list[str]]:
    """What the face shows, odd or not, and what couldn't be read of it, in words."""
    yaw = abs(turns_deg(face)[0])
    found: list[Finding] = []
    unread: list[str] = []
    eyes = [eye for side in ("left", "right") if (eye := read_eye(person, face, side)) is not None]
    if yaw > EYES_TO_DEG:
        unread.append("it is turned too far for its two eyes to be compared")
    elif len(eyes) < 2:
        unread.append("its irises are too small or hidden")
    else:
        found += _irises(eyes, yaw) + _mirrored_lights(eyes)
    alike = halves_alike(person, face) if yaw <= HALVES_TO_DEG else None
    if alike is not None:
        words = "The face's halves are mirror images of each other down to the skin: no living face is."
        beyond = 1 + (alike - ALIKE_LINE) / (1 - ALIKE_LINE)
        found.append(Finding("face.halves", alike, ALIKE_LINE, "correlation", max(beyond, 0.0), words))
    else:
        unread.append("its halves can't be compared at this turn and size")
    return found, unread


def _irises(eyes: list[Eye], yaw: float) -> list[Finding]:
    """How round the irises are, and how alike in size. A turn narrows both."""
    line = OVAL_LINE + 1 - float(np.cos(np.radians(yaw)))
    found = [
        Finding(
            f"face.iris.{eye.side}",
            eye.oval,
            line,
            "longer than wide",
            max(eye.oval - 2 * eye.oval_error, 0.0) / line,
            f"The {eye.side} eye's iris is oval, {eye.oval:.0%} longer one way than the other.",
            ((eye.centre, eye.radius),),
        )
        for eye in eyes
        if eye.oval is not None and eye.oval_error < OVAL_SURE
    ]
    small, large = sorted(eyes, key=lambda eye: eye.radius)
    if all(eye.oval is not None for eye in eyes):
        share = small.radius / large.radius
        least = PAIR_LINE * float(np.cos(np.radians(yaw)))
        words = f"The {small.side} eye's iris is {1 - share:.0%} smaller than the other."
        read = EDGE_PX * float(np.hypot(1 / small.radius, 1 / large.radius))
        beyond = max(1 - share - 2 * read, 0.0) / (1 - least)
        found.append(
            Finding("face.iris.pair", share, least, "of the other", beyond, words, ((small.centre, small.radius),))
        )
    return found


def _mirrored_lights(eyes: list[Eye]) -> list[Finding]:
    """How far apart the strongest catchlights lie in the two irises; one that is missing lies a whole iris away."""
    lit = [eye.catchlights[0] if eye.catchlights else None for eye in eyes]
    at = tuple((eye.centre, eye.radius) for eye in eyes)
    if lit[0] is not None and lit[1] is not None:
        # The second strongest may be the other's strongest: the nearest pair counts.
        apart = min(
            float(np.hypot(a.at[0] - b.at[0], a.at[1] - b.at[1]))
            for a in eyes[0].catchlights[:2]
            for b in eyes[1].catchlights[:2]
            if min(a.strength, b.strength) > 0.6 * max(a.strength, b.strength) or a is lit[0] or b is lit[1]
        )
        words = "The two eyes mirror their lights in different places."
        return [Finding("face.catchlights", apart, APART_LINE, "iris radii", apart / APART_LINE, words, at)]
    for eye, own, other in ((eyes[0], lit[0], lit[1]), (eyes[1], lit[1], lit[0])):
        if own is None and other is not None and other.strength > PLAIN_CATCHLIGHT:
            words = f"The {eye.side} eye mirrors no light where the other does."
            return [Finding("face.catchlights", 1.0, APART_LINE, "iris radii", 1 / APART_LINE, words, at)]
    return []


def _print(evidence: Evidence, person: Person, face: Face, odd: list[Finding]) -> Print:
    eyes = [at for one in odd for at in one.at]
    halves = any(one.name == "face.halves" for one in odd)
    room = np.concatenate([np.stack([c - 4 * r, c + 4 * r]) for c, r in eyes]) if eyes and not halves else None
    made = printed(evidence, person, face.points[list(OVAL), :2] if room is None else room)
    for centre, radius in eyes:
        made.ring(centre, radius, ODD)
    if halves:
        made.line(face.points[[*OVAL, OVAL[0]], :2], GOOD)
        made.line(face.points[[10, 152], :2], ODD, 3)
    return made
