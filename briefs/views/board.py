"""The producer's board, the same as a table, and a shot's plan and moves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from briefs import actions
from briefs.board import BoardFilter, board_shots, cards_of, columns, filter_choices, waiting_briefs, workload
from briefs.forms import ShotPlanForm, take_errors
from briefs.models import Shot
from briefs.offers import ON_THE_DRAFT, shot_offers
from briefs.workflows import SHOT
from studio.errors import Conflict, Invalid, NotThere
from studio.permissions import Right, get_visible, may, require
from studio.requests import PageRequest

A_PAGE = 60


@require_GET
def board(request: PageRequest) -> HttpResponse:
    require(request.user, Right.SEE_BOARD)
    return _board(request)


def _board(request: PageRequest, status: int = 200, said: Conflict | None = None) -> HttpResponse:
    person = request.user
    asked = BoardFilter.from_query(request.GET)
    as_table = request.GET.get("view") == "table"
    context: dict[str, Any] = {"asked": asked, "query": asked.query(), "as_table": as_table, "said": said}
    context["may_plan"] = may(person, Right.PLAN)
    if as_table:
        page = Paginator(board_shots(person, asked), A_PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "cards": cards_of(list(page.object_list), person)}
        context["page_query"] = f"view=table&{asked.query()}&" if asked.query() else "view=table&"
    else:
        context["columns"] = columns(person, asked)
        context["waiting"] = waiting_briefs(person)
    if request.htmx:
        return render(request, "briefs/_board.html", context, status=status)
    context |= filter_choices(person) | {"workload": workload(person)}
    return render(request, "briefs/board.html", context, status=status)


def _shot(request: PageRequest, pk: int) -> Shot:
    rows = Shot.objects.select_related("brief__brand", "piece", "retoucher").prefetch_related("piece__photos")
    return get_visible(rows, request.user, pk=pk)


@require_http_methods(["GET", "POST"])
def shot_plan(request: PageRequest, pk: int) -> HttpResponse:
    shot = _shot(request, pk)
    require(request.user, Right.PLAN, shot)
    if request.method == "GET":
        return _plan_page(request, shot, ShotPlanForm.of(shot))
    form = ShotPlanForm(request.POST)
    if not form.is_valid():
        return _plan_page(request, shot, form, 422)
    try:
        actions.plan_shot(shot, by=request.user, seen_version=form.cleaned_data["version"], **form.plan())
    except Invalid as error:
        take_errors(form, error)
        return _plan_page(request, shot, form, 422)
    except Conflict as error:
        fresh = _shot(request, pk)
        typed = request.POST.copy()
        typed["version"] = str(fresh.version)
        form = ShotPlanForm(typed)
        form.is_valid()
        take_errors(form, error)
        return _plan_page(request, fresh, form, 409)
    messages.success(request, f"{shot} is planned.")
    return redirect("board")


def _plan_page(request: PageRequest, shot: Shot, form: ShotPlanForm, status: int = 200) -> HttpResponse:
    context = {"shot": shot, "form": form, "offers": shot_offers(shot, request.user)}
    return render(request, "briefs/shot_plan.html", context, status=status)


@require_POST
def shot_move(request: PageRequest, pk: int) -> HttpResponse:
    """Moves a shot by the name of a transition. The board by script gets its columns back, with the reason where it can't be."""
    shot = _shot(request, pk)
    name = request.POST.get("name", "")
    right = SHOT.transitions[name].right if name in SHOT.transitions else None
    if right is None:
        raise NotThere("shot.move", "There is no such move.", "Reload the board.")
    require(request.user, right, shot)
    try:
        if name in ON_THE_DRAFT:
            raise Conflict("shot.on_the_draft", "A draft goes with this step.", ON_THE_DRAFT[name], state=shot.state)
        actions.move_shot(shot, name, by=request.user, seen_version=request.POST.get("version"))
    except Conflict as error:
        if request.htmx and may(request.user, Right.SEE_BOARD):
            return _board(request, 409, error)
        raise
    if request.htmx:
        return _board(request)
    messages.success(request, f"{shot.code}: {shot.get_state_display().lower()}.")
    return redirect("board")
