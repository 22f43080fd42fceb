"""The event log in words, for those who may see each row; filters are in the URL."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studio.models import Brand, Event, Person
from studio.requests import PageRequest
from studio.subjects import KINDS, address

PAGE = 50


@require_GET
def activity(request: PageRequest) -> HttpResponse:
    """Filters: `brand` (its id), `about` (a kind of row), `by` (a person's id). What doesn't exist filters to nothing."""
    person = request.user
    brands = list(Brand.objects.visible_to(person))
    rows = Event.objects.visible_to(person).select_related("by", "brand")
    chosen = {name: request.GET.get(name, "") for name in ("brand", "about", "by")}
    if chosen["brand"]:
        rows = rows.filter(brand_id=_number(chosen["brand"]))
    if chosen["about"]:
        rows = rows.filter(subject_type=chosen["about"])
    if chosen["by"]:
        rows = rows.filter(by_id=_number(chosen["by"]))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "studio/activity.html",
        {
            "page": page,
            "lines": [(event, address(event, person)) for event in page],
            "brands": brands,
            "kinds": KINDS,
            "people": Person.objects.visible_to(person).filter(is_active=True)[:200],
            "chosen": chosen,
            "pager_query": urlencode({k: v for k, v in chosen.items() if v}) + "&",
            "filtered": any(chosen.values()),
        },
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
