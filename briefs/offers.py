"""What a person could do with a brief or a shot now, as buttons, blocked ones with their reason.

Read from the tables in `briefs.workflows`; what belongs to a draft's page is named here with where it is done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from briefs.actions.shots import SHOTS_MOVE_IN
from briefs.models import Brief, Shot
from briefs.workflows import BRIEF, SHOT
from studio.models import Person
from studio.workflow import Offer

# Moves of a shot that carry a draft with them. They are made on the draft, and the shot follows.
ON_THE_DRAFT = {
    "check": "Propose a draft at its desk.",
    "return": "Reject its draft with a reason, so that the retoucher reads why.",
    "send": "Send its draft from the draft's page, once it passed the check.",
    "request_changes": "Request changes on the draft's page.",
    "approve": "Approve the draft on its page.",
}


@dataclass(frozen=True)
class ShotOffer(Offer):
    """A move of a shot, with the column that it leads to."""

    target: str = ""


def brief_offers(brief: Brief, person: Person) -> list[Offer]:
    """The table's offers, with the one way off hold that fits."""
    offers = []
    for offer in BRIEF.offers(brief, person):
        if offer.name.startswith("unhold_"):
            if offer.name != f"unhold_{brief.held_from}":
                continue
            offer = replace(offer, name="unhold")
        offers.append(offer)
    return offers


def shot_offers(shot: Shot, person: Person) -> list[ShotOffer]:
    """Moves that can be asked of a shot from outside its draft; the draft's own are blocked, with where to make them."""
    resting = ""
    if shot.brief.state not in SHOTS_MOVE_IN:
        resting = f"Its brief is {shot.brief.get_state_display().lower()}."
    return [
        ShotOffer(o.name, o.label, resting or ON_THE_DRAFT.get(o.name) or o.why_not, SHOT.transitions[o.name].target)
        for o in SHOT.offers(shot, person)
    ]
