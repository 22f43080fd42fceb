"""What waits for whom: the reviews of a brand's people, and the studio's checks, sends and answers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from briefs.models import Brief
from review import actions
from review.forms import RoundForm, clean_round
from review.models import Draft
from review.offers import TONES, state_label, waits_for_client
from review.reading import drafts_with_rows
from studio.permissions import Right, get_visible, may_somewhere, require
from studio.requests import PageRequest

D = Draft.State
LIVE = (D.INTERNAL, D.PASSED, D.SENT, D.CHANGES_REQUESTED)
MOST_LIVE, MOST_DONE = 200, 24


@dataclass(frozen=True)
class Group:
    """A titled part of the list; with `brief` where its drafts are sent from here."""

    title: str
    drafts: list[Draft]
    hint: str = ""
    brief: Brief | None = None


@require_GET
def reviews(request: PageRequest) -> HttpResponse:
    person = request.user
    # A card shows no check: reports are large, and stay where they are.
    rows = drafts_with_rows(person).defer("generation__report")
    live = list(
        rows.filter(state__in=LIVE).order_by("shot__brief__deadline", "shot__brief_id", "shot__number")[:MOST_LIVE]
    )
    done = list(rows.filter(state=D.APPROVED).order_by("-id")[:MOST_DONE])
    card: Any
    for card in [*live, *done]:
        card.label, card.tone = state_label(card, person), TONES[card.state]
    by_state: dict[str, list[Draft]] = {state: [d for d in live if d.state == state] for state in LIVE}
    groups = _studio_groups(by_state, request) if person.is_studio else _brand_groups(by_state)
    groups.append(Group("Approved", done))
    context = {"groups": [g for g in groups if g.drafts], "round_form": RoundForm()}
    return render(request, "review/reviews.html", context)


def _brand_groups(by_state: dict[str, list[Draft]]) -> list[Group]:
    waiting = [d for d in by_state[D.SENT] if waits_for_client(d)]
    in_work = [d for d in by_state[D.SENT] if not waits_for_client(d)]
    return [
        Group("Waiting for you", waiting, "Look at each picture, mark what should change, and decide."),
        Group("With the studio", in_work + by_state[D.CHANGES_REQUESTED], "A new version is on its way."),
    ]


def _studio_groups(by_state: dict[str, list[Draft]], request: PageRequest) -> list[Group]:
    groups = [Group("To check", by_state[D.INTERNAL], "The studio's own check, before a client sees anything.")]
    sends = may_somewhere(request.user, Right.PLAN)
    for _, drafts in groupby(by_state[D.PASSED], key=lambda d: d.shot.brief_id):
        together = list(drafts)
        brief = together[0].shot.brief
        groups.append(Group(f"To send: {brief}", together, brief.brand.name, brief if sends else None))
    groups.append(Group("With the client", by_state[D.SENT]))
    groups.append(Group("Changes requested", by_state[D.CHANGES_REQUESTED]))
    return groups


@require_POST
def round_send(request: PageRequest, pk: int) -> HttpResponse:
    """Sends the chosen drafts of a brief together."""
    brief = get_visible(Brief.objects, request.user, pk=pk)
    chosen = [int(v) for v in request.POST.getlist("drafts") if v.isdecimal()]
    drafts = list(
        Draft.objects.visible_to(request.user)
        .filter(pk__in=chosen, shot__brief=brief)
        .select_related("shot__brief__brand", "generation")
        .prefetch_related("generation__artifacts")
    )
    require(request.user, Right.PLAN, brief)
    made = actions.send_drafts(drafts, by=request.user, **clean_round(request.POST))
    messages.success(request, f"Round {made.number} is with the client: {len(drafts)} pictures.")
    return redirect("reviews")
