"""Deliveries: the list, one with its hashes and how to check them, the download."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from briefs.models import Brief
from review import actions
from review.actions.deliveries import why_not_deliver
from review.models import Delivery, Draft
from review.packing import plain_name
from studio.files import serve
from studio.permissions import Right, get_visible, may_somewhere
from studio.requests import PageRequest

PAGE = 24


@require_GET
def deliveries(request: PageRequest) -> HttpResponse:
    person = request.user
    rows = (
        Delivery.objects.visible_to(person)
        .select_related("brief__brand")
        .annotate(pictures=Count("drafts"))
        .order_by("-id")
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    ready: list[Brief] = []
    if may_somewhere(person, Right.DELIVER):
        approved = (
            Brief.objects.visible_to(person)
            .filter(state=Brief.State.APPROVED)
            .select_related("brand")
            .prefetch_related("shots", "deliveries")
        )
        ready = [b for b in approved[:50] if why_not_deliver(b) is None]
    return render(request, "review/deliveries.html", {"page": page, "ready": ready})


@require_GET
def delivery(request: PageRequest, pk: int) -> HttpResponse:
    row = get_visible(Delivery.objects.select_related("brief__brand", "created_by"), request.user, pk=pk)
    drafts = list(
        Draft.objects.visible_to(request.user)
        .filter(deliveries=row)
        .select_related("shot__piece", "shot__brief")
        .order_by("shot__number")
    )
    shots = {s.get("code"): s for s in row.manifest.get("shots", [])}
    pictures = [(draft, shots.get(draft.shot.code)) for draft in drafts]
    context = {
        "delivery": row,
        "pictures": pictures,
        "files": row.manifest.get("files", []),
        "zip_name": zip_name(row),
        "why_not": why_not_deliver(row.brief) if request.user.is_studio else "",
    }
    return render(request, "review/delivery.html", context)


@require_safe
def delivery_download(request: PageRequest, pk: int) -> HttpResponseBase:
    row = get_visible(Delivery.objects.select_related("brief__brand"), request.user, pk=pk)
    if request.method == "GET":
        actions.record_download(row, by=request.user)
    return serve(row.file, "application/zip", zip_name(row))


@require_POST
def delivery_make(request: PageRequest, pk: int) -> HttpResponse:
    brief = get_visible(Brief.objects.select_related("brand"), request.user, pk=pk)
    made = actions.make_delivery(brief, by=request.user)
    messages.success(request, "The pictures are being packed.")
    return redirect("delivery", pk=made.pk)


def zip_name(row: Delivery) -> str:
    """``Atelier-Nord_Spring-launch_1.zip``"""
    return f"{plain_name(row.brief.brand.name, 'brand')}_{plain_name(str(row.brief), 'brief')}_{row.number}.zip"
