"""The page on which a brand, or a brief, says which checks must pass without a warning."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from briefs.models import Brief
from pipeline.qa.names import CHECK_GROUPS, CHECK_TITLES
from review import actions
from review.models import GatePolicy
from studio.models import Brand
from studio.permissions import Right, get_visible, may
from studio.requests import PageRequest

GROUP_WORDS = {
    "origin": "Where its pixels come from",
    "registration": "Where it lies",
    "piece": "The piece",
    "placement": "How it sits",
    "model": "The person",
    "picture": "The picture",
    "channel": "Where it is shown",
}


@require_GET
def own_gate(request: PageRequest) -> HttpResponse:
    """To the gate of the one brand that somebody is of; who is of several chooses among their people's pages."""
    brands = Brand.objects.visible_to(request.user)[:2]
    return redirect("brand-gate", brands[0].pk) if len(brands) == 1 else redirect("people")


@require_http_methods(["GET", "POST"])
def brand_gate(request: PageRequest, pk: int) -> HttpResponse:
    return _gate(request, get_visible(Brand.objects, request.user, pk=pk))


@require_http_methods(["GET", "POST"])
def brief_gate(request: PageRequest, pk: int) -> HttpResponse:
    return _gate(request, get_visible(Brief.objects.select_related("brand"), request.user, pk=pk))


def _gate(request: PageRequest, owner: Brand | Brief) -> HttpResponse:
    brief = owner if isinstance(owner, Brief) else None
    brand = brief.brand if brief else owner
    if request.method == "POST":
        seen = request.POST.get("version", "")
        actions.set_gate(
            owner,
            by=request.user,
            must_pass=request.POST.getlist("must_pass"),
            seen_version=int(seen) if seen.isdigit() else None,
        )
        messages.success(request, "The gate is set: it holds for every draft that hasn't passed its check yet.")
        return redirect(request.path)
    rows = {row.brief_id: row for row in GatePolicy.objects.filter(brand_id=brand.pk).select_related("changed_by")}
    own = rows.get(brief.pk if brief else None)
    inherited = set(rows[None].must_pass) if brief and None in rows else set()
    chosen = set(own.must_pass) if own else set()
    groups = [
        (
            GROUP_WORDS[group],
            [
                {"id": name, "title": CHECK_TITLES[name], "chosen": name in chosen, "inherited": name in inherited}
                for name in names
            ],
        )
        for group, names in CHECK_GROUPS.items()
    ]
    context = {
        "brand": brand,
        "brief": brief,
        "own": own,
        "groups": groups,
        "may_set": may(request.user, Right.SET_GATE, GatePolicy(brand_id=brand.pk)),
    }
    return render(request, "review/gate.html", context)
