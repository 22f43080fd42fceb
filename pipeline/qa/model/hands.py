"""Hands: five fingers, as long beside each other as fingers are, each where its joints say that it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline.plate.landmarks import KNUCKLES, Hand
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence
from pipeline.qa.model.hand_view import HandView, Leftover, hand_view
from pipeline.qa.model.marks import GOOD, ODD, Print, beside, printed

RESTS_ON = "8 rendered hands of 4 skins under 13 nuisances, and 24 damaged copies of them; not yet calibrated"
# Where landmarks hold: presence, unsteadiness from look to look, skin under the bones, bones within the frame, a finger's
# width in picture pixels.
LEAST_PRESENCE, MOST_UNSTEADY, LEAST_ON_SKIN, LEAST_FRAMED, LEAST_FINGER_PX = 0.8, 0.03, 0.6, 0.95, 9.0
# A finger's length over the others': rendered and photographed ones read .83 to 1.0 (index, ring), .59 to .69 (little) of the
# middle one's, and 1.0 to 1.13 (middle) of index' and ring's mean; one that is gone at most .62, .4 and .75.
SHORT = {"index": 0.7, "ring": 0.7, "little": 0.44, "middle": 0.82}
# A finger of less than this is a stub, whatever its rim does to the outline.
STUB = 0.55
# The little finger's path when it was laid over another one that stands beside it: .77 and more.
LONG_LITTLE = 0.75
# Beside a middle finger that is at least this long.
PLAIN_MIDDLE = 1.03
# A patch of skin that may be a finger, in finger widths: clean hands leave none of 1.2.
FINGER_LONG, FINGER_WIDE = 1.9, 0.4
# The share of the ground with the hand's own colour from which on its outline isn't known: plain grounds read 0.
MOST_LIKE_SKIN = 0.03
# Tips nearer to each other than this, in finger widths, lie together: the outline needn't part them.
TOGETHER, BESIDE_PALM = 1.25, 1.2
COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven")


@dataclass(frozen=True)
class Finding:
    """What one hand shows: how many `fingers`, or None where they can't be counted, and `words` for it."""

    view: HandView
    verdict: Verdict
    fingers: int | None
    words: str
    odd: tuple[str, ...] = ()
    left: Leftover | None = None
    statistics: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Hands:
    """Five fingers on each hand, by two independent counts: the lengths of the landmarks' fingers beside each other (a lost
    one is a stub, a doubled one too long), and the outline's tips with the skin that no finger explains. Fingers that are
    folded away or lie together are not counted. Its lines rest on few hands yet: it warns and doesn't decide."""

    id: str = "hands"
    title: str = "Hands have five fingers that bend as fingers do"
    version: str = "1"
    mandatory: bool = False
    group: Group = "model"
    needs: tuple[Need, ...] = ("person",)

    def run(self, evidence: Evidence) -> CheckResult:
        person = evidence.person
        assert person is not None
        if not person.hands:
            expected = evidence.recorded is not None and evidence.recorded.category in ("ring", "bracelet", "watch")
            if expected:
                why = "Too little of the hand is seen for its fingers to be counted."
                return CheckResult(self.id, "not verifiable", why)
            return CheckResult(self.id, "not applicable", "No hand was made out in the picture.")
        found = [judged(hand_view(person, hand), person.step) for hand in person.hands]
        # What is odd is said first; a hand that can't be counted is never passed over by one that can.
        order = ("warn", "not verifiable", "pass")
        worst = min(found, key=lambda one: order.index(one.verdict))
        seen = [one for one in found if one.fingers is not None]
        return CheckResult(
            self.id,
            worst.verdict,
            " ".join(one.words for one in sorted(found, key=lambda one: order.index(one.verdict))),
            value=None if worst.fingers is None else float(worst.fingers),
            threshold=5.0 if seen else None,
            unit="fingers" if seen else "",
            score=None if worst.fingers is None else float(np.clip(100 - 60 * (worst.verdict == "warn"), 0, 100)),
            overlay=beside([_print(evidence, one) for one in found if one.verdict == "warn"]),
            details={"hands": [_told(one) for one in found]},
            rests_on=RESTS_ON,
            statistics=dict(worst.statistics),
        )


def judged(view: HandView, step: float) -> Finding:
    """What a hand shows; `step` is the person's size over the picture's."""
    name = f"The {'right' if view.hand.right else 'left'} hand"
    why = _not_held(view, step)
    if why:
        return Finding(view, "not verifiable", None, f"{name}'s fingers can't be counted: {why}.")
    lengths = finger_lengths(view)
    statistics = (
        *((f"hands.{finger}", ratio) for finger, ratio in lengths.items()),
        ("hands.tips", float(len(view.tips))),
        ("hands.leftover", view.leftovers[0].long if view.leftovers else 0.0),
        ("hands.expected", float(expected_tips(view))),
        ("hands.ground", view.ground_like_skin),
    )

    def finding(verdict: Verdict, fingers: int | None, words: str, odd: tuple[str, ...] = ()) -> Finding:
        return Finding(view, verdict, fingers, f"{name}{words}", odd, statistics=statistics)

    known = view.ground_like_skin <= MOST_LIKE_SKIN
    short = tuple(finger for finger, least in SHORT.items() if lengths[finger] < least)
    if len(short) > 1:
        return finding("not verifiable", None, "'s fingers can't be counted: several are folded away or hidden.")
    if short and (lengths[short[0]] < STUB or (known and len(view.tips) <= 4)):
        words = f" shows four fingers: its {short[0]} finger is missing, or folded away alone."
        return finding("warn", 4, words, short)
    if not known:
        words = "'s fingers can't be counted by its outline, for what lies behind it has the colour of skin."
        return finding("not verifiable", None, words)
    doubled = lengths["little"] > LONG_LITTLE and lengths["middle"] >= PLAIN_MIDDLE
    fingerlike = [one for one in view.leftovers if one.long >= FINGER_LONG and one.wide >= FINGER_WIDE]
    if fingerlike or len(view.tips) > 5 or doubled:
        six = finding("warn", 6, " shows six fingers.", ("little",) if doubled and not fingerlike else ())
        return replace(six, left=fingerlike[0] if fingerlike else None)
    if len(view.tips) < expected_tips(view):
        count = COUNTED[len(view.tips)]
        words = (
            f"'s outline shows {count} fingertips, its joints five: a finger is bent as none bends, or grown together."
        )
        return finding("warn", len(view.tips), words, _unmatched(view))
    return finding("pass", 5, " shows five fingers.")


def _not_held(view: HandView, step: float) -> str:
    """Why a hand's landmarks tell nothing; empty where they hold."""
    hand: Hand = view.hand
    finger_px = view.finger_px * view.box.side / view.skin.shape[0] / step
    fingers = ("index", "middle", "ring", "little")
    if min(view.framed_share(finger) for finger in fingers) < LEAST_FRAMED:
        return "the picture's edge cuts them"
    if finger_px < LEAST_FINGER_PX:
        return f"they are {finger_px:.0f} px wide"
    if hand.presence < LEAST_PRESENCE or hand.unsteadiness > MOST_UNSTEADY:
        return "its joints can't be told surely"
    if view.on_skin < LEAST_ON_SKIN or sum(view.seen_share(finger) < 0.4 for finger in fingers) > 1:
        return "something covers it"
    return ""


def finger_lengths(view: HandView) -> dict[str, float]:
    """Fingers' lengths as they are seen: index, ring and little over the middle one, the middle one over the mean of index
    and ring (of the longer of both, where one is a stub)."""
    long = {
        finger: float(np.linalg.norm(np.diff(view.chain(finger), axis=0), axis=1).sum())
        for finger in KNUCKLES
        if finger != "thumb"
    }
    middle = max(long["middle"], 1e-6)
    ratios = {finger: long[finger] / middle for finger in ("index", "ring", "little")}
    if max(ratios["index"], ratios["ring"]) > 1.3:
        # The middle finger itself is the short one: the others are held to each other.
        longest = max(long["index"], long["ring"])
        ratios = {
            "index": long["index"] / longest,
            "ring": long["ring"] / longest,
            "little": 0.7 * long["little"] / longest,
        }
    return ratios | {"middle": middle / max(long["index"], long["ring"], 1e-6)}


def expected_tips(view: HandView) -> int:
    """How many tips the outline must show if every finger is where its joints are: those that stand apart from the others,
    on the outline and off the palm."""
    ends = {finger: view.chain(finger)[3] for finger in KNUCKLES}
    apart = [finger for finger in KNUCKLES if _stands_apart(view, finger, ends)]
    return len(apart) if len(apart) == len(ends) else 0


def _stands_apart(view: HandView, finger: str, ends: dict[str, np.ndarray]) -> bool:
    at, f = ends[finger], view.finger_px
    off = -cv2.pointPolygonTest(view.palm.astype(np.float32), (float(at[0]), float(at[1])), True)
    near = min(float(np.linalg.norm(at - other)) for name, other in ends.items() if name != finger)
    return off > BESIDE_PALM * f and near > TOGETHER * f


def _unmatched(view: HandView) -> tuple[str, ...]:
    """The finger whose tip lies furthest from a tip of the outline."""
    if not len(view.tips):
        return ()
    ends = {finger: view.chain(finger)[3] for finger in KNUCKLES}
    off = {finger: float(np.linalg.norm(view.tips - end, axis=1).min()) for finger, end in ends.items()}
    return (max(off, key=lambda finger: off[finger]),)


def _told(one: Finding) -> dict[str, object]:
    return {
        "side": "right" if one.view.hand.right else "left",
        "fingers": one.fingers,
        "presence": round(one.view.hand.presence, 3),
        "lengths": {finger: round(ratio, 3) for finger, ratio in finger_lengths(one.view).items()},
        "tips": len(one.view.tips),
    }


def _print(evidence: Evidence, one: Finding) -> Print:
    assert evidence.person is not None
    view = one.view
    made = printed(evidence, evidence.person, view.hand.points[:, :2])
    for finger in KNUCKLES:
        made.line(view.in_person(view.chain(finger)), ODD if finger in one.odd else GOOD, 4 if finger in one.odd else 2)
    for tip in view.tips:
        made.dot(view.in_person(tip), GOOD)
    if one.left is not None:
        left, top, right, bottom = one.left.box
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]])
        made.line(view.in_person(corners), ODD, 3)
    return made
