"""The list of briefs, one brief as it stands, and the steps it can take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from briefs import actions
from briefs.board import cards_of
from briefs.forms import DeclineForm, cut_rows
from briefs.models import Brief, Piece, Shot
from briefs.offers import brief_offers
from briefs.plain_states import TONES, plain_state
from briefs.understanding import understand
from studio.errors import Conflict, Invalid, NotThere
from studio.models import Event
from studio.permissions import Right, get_visible, may, may_somewhere, require
from studio.requests import PageRequest

A_PAGE = 30
EVENTS_SHOWN = 40
# A step by the name in its address -> its action and what is said afterwards.
STEPS: dict[str, tuple[Callable[..., Brief], str]] = {
    "submit": (actions.submit_brief, "The brief is with the studio."),
    "accept": (actions.accept_brief, "Accepted: you are its producer. Cut it into shots now."),
    "reopen": (actions.reopen_brief, "The brief is a draft again."),
    "start": (actions.start_production, "Production has started."),
    "close": (actions.close_brief, "The brief is closed."),
    "hold": (actions.hold_brief, "The brief is on hold."),
    "unhold": (actions.unhold_brief, "The brief goes on."),
    "cancel": (actions.cancel_brief, "The brief is cancelled."),
}
# The step that a page puts forward, of those that are open.
NEXT = {"submit", "accept", "start", "unhold", "close"}
# Steps that can't be taken back ask once more.
ASKS = {"cancel": "Cancel this brief? Shots that are not with the client yet are cancelled with it."}


@require_GET
def briefs(request: PageRequest) -> HttpResponse:
    person = request.user
    rows = (
        with_counts(Brief.objects.visible_to(person))
        .select_related("brand", "producer")
        .prefetch_related(Prefetch("pieces", Piece.objects.prefetch_related("photos")))
    )
    state = request.GET.get("state", "")
    if state in Brief.State.values:
        rows = rows.filter(state=state)
    page = Paginator(rows.order_by("-id"), A_PAGE).get_page(request.GET.get("page"))
    for brief in page.object_list:
        brief.plain = plain_state(brief)
        brief.tone = TONES[brief.state]
    held = dict(Brief.objects.visible_to(person).order_by().values_list("state").annotate(n=Count("pk")))
    return render(request, "briefs/briefs.html", {
        "page": page, "state": state, "query": f"state={state}&" if state else "",
        "states": [(value, label, held[value]) for value, label in Brief.State.choices if value in held],
        "may_write": may_somewhere(person, Right.WRITE_BRIEF),
    })  # fmt: skip


def with_counts(rows: Any) -> Any:
    """Briefs with `shot_count` and `done_count`."""
    standing = ~Q(shots__state=Shot.State.CANCELLED)
    done = Q(shots__state__in=[Shot.State.APPROVED, Shot.State.DELIVERED])
    return rows.annotate(
        shot_count=Count("shots", filter=standing, distinct=True), done_count=Count("shots", filter=done, distinct=True)
    )


@require_GET
def brief(request: PageRequest, pk: int) -> HttpResponse:
    return _page(request, _brief(request, pk))


def _brief(request: PageRequest, pk: int) -> Brief:
    rows = with_counts(Brief.objects.select_related("brand", "created_by", "producer"))
    return get_visible(rows, request.user, pk=pk)


def _page(request: PageRequest, row: Brief, status: int = 200, **more: Any) -> HttpResponse:
    person = request.user
    shots = list(row.shots.select_related("brief", "piece", "retoucher").prefetch_related("piece__photos"))
    about = Q(subject_type=Brief._meta.label_lower, subject_id=str(row.pk))
    about |= Q(subject_type=Shot._meta.label_lower, subject_id__in=[str(shot.pk) for shot in shots])
    events = Event.objects.visible_to(person).filter(about).select_related("by")
    plans = may(person, Right.PLAN, row)
    context: dict[str, Any] = {
        "brief": row,
        "plain": plain_state(row),
        "tone": TONES[row.state],
        "understood": understand(row),
        "wanted": row.wanted.select_related("piece").prefetch_related("piece__photos"),
        "references": row.references.all(),
        "cards": cards_of(shots, person),
        "events": events[:EVENTS_SHOWN],
        "offers": [
            {"offer": offer, "asks": ASKS.get(offer.name, ""), "is_next": offer.enabled and offer.name in NEXT}
            for offer in brief_offers(row, person)
        ],
        "may_write": may(person, Right.WRITE_BRIEF, row) and row.state == Brief.State.DRAFT,
        "may_plan": plans,
        "may_deliver": may(person, Right.DELIVER, row) and row.state in (Brief.State.APPROVED, Brief.State.DELIVERED),
        "decline_form": DeclineForm(),
    }
    if plans and row.state in actions.WORKED_ON:
        context["cut_form"] = cut_rows(row)
    return render(request, "briefs/brief.html", {**context, **more}, status=status)


@require_POST
def brief_action(request: PageRequest, pk: int, name: str) -> HttpResponse:
    row = _brief(request, pk)
    seen = request.POST.get("version")
    if name == "decline":
        return _decline(request, row, seen)
    if name == "cut":
        return _cut(request, row, seen)
    if name not in STEPS:
        raise NotThere("brief.step", "There is no such step.", "Go back to the brief.")
    step, said = STEPS[name]
    step(row, by=request.user, seen_version=seen)
    messages.success(request, said)
    return redirect("brief", row.pk)


def _decline(request: PageRequest, row: Brief, seen: str | None) -> HttpResponse:
    require(request.user, Right.PLAN, row)
    form = DeclineForm(request.POST)
    if form.is_valid():
        actions.decline_brief(row, by=request.user, reason=form.cleaned_data["reason"], seen_version=seen)
        messages.success(request, "Declined. The brand was told why.")
        return redirect("brief", row.pk)
    return _page(request, row, 422, decline_form=form, decline_open=True)


def _cut(request: PageRequest, row: Brief, seen: str | None) -> HttpResponse:
    require(request.user, Right.PLAN, row)
    rows = cut_rows(row, request.POST)
    if not rows.is_valid():
        return _page(request, row, 422, cut_form=rows, cut_open=True)
    try:
        shots = actions.cut_into_shots(row, rows.cuts(), by=request.user, seen_version=seen)
    except Invalid as error:
        return _page(request, row, 422, cut_form=rows, cut_open=True, cut_error=error)
    except Conflict as error:
        return _page(request, _brief(request, row.pk), 409, cut_form=rows, cut_open=True, cut_error=error)
    messages.success(request, f"{len(shots)} shot{'s' if len(shots) > 1 else ''} made.")
    return redirect("brief", row.pk)
