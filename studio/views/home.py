"""Home: what waits for this person first, then what is in work. Its sections come from the apps (`studio.home`)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from studio.home import sections_for
from studio.models import Brand
from studio.permissions import Right, may_somewhere
from studio.requests import PageRequest


@require_GET
def home(request: PageRequest) -> HttpResponse:
    person = request.user
    brands = list(Brand.objects.visible_to(person)[:2]) if not person.is_studio else []
    return render(
        request,
        "studio/home.html",
        {
            "sections": sections_for(person),
            "brand": brands[0] if len(brands) == 1 else None,
            "belongs": person.is_studio or bool(person.brand_ids),
            "new_brief_url": reverse("brief-new") if may_somewhere(person, Right.WRITE_BRIEF) else "",
            "board_url": reverse("board") if person.is_studio else "",
        },
    )
