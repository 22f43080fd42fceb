"""Plates: the grid, one plate with the places it wears a piece at, measuring by hand, and its files."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from briefs.models import Piece
from briefs.photo_reading import CONTENT_TYPES, refuse_heavy
from pipeline import actions
from pipeline.forms import PlateForm
from pipeline.models import Plate
from pipeline.plate_reading import PLACES, place_in_words
from pipeline.suiting import PART_OF_CATEGORY
from studio.errors import Conflict, Invalid, NotThere
from studio.files import serve
from studio.models import Brand, Person
from studio.permissions import Right, get_visible, may, may_somewhere, require
from studio.requests import PageRequest

A_PAGE = 48
STUDIO = "studio"


@require_GET
def plates(request: PageRequest) -> HttpResponse:
    """The grid. `?wears=ring` shows those that can wear such a piece."""
    rows = Plate.objects.visible_to(request.user).standing().select_related("brand").prefetch_related("calibrations")
    wears = request.GET.get("wears", "")
    shown: Any = rows
    if wears in Piece.Category.values:
        shown = [row for row in rows if row.anchors_on(PART_OF_CATEGORY[wears])]
    page = Paginator(shown, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "wears": wears,
        "categories": Piece.Category.choices,
        "query": f"wears={wears}&" if wears else "",
        "may_add": may_somewhere(request.user, Right.EDIT_PLATES),
    }
    return render(request, "pipeline/plates.html", context)


def owners(person: Person) -> list[tuple[str, str]]:
    """Whose plate it may become, as choices of a form: the studio's where the person works there, and brands."""
    brands = [b for b in Brand.objects.visible_to(person) if may(person, Right.EDIT_PLATES, Plate(brand=b))]
    studio = [(STUDIO, "The studio: for every brand")] if may(person, Right.EDIT_PLATES, Plate(brand=None)) else []
    return [*studio, *((str(brand.pk), f"{brand}: for this brand alone") for brand in brands)]


@csrf_exempt
def plate_new(request: PageRequest) -> HttpResponse:
    """Takes a plate in. The size is looked at before the body is: Django reads it all to find the CSRF token."""
    if request.method == "POST":
        refuse_heavy(int(request.META.get("CONTENT_LENGTH") or 0) - 100_000)
    return _plate_new(request)


@csrf_protect
@require_http_methods(["GET", "POST"])
def _plate_new(request: PageRequest) -> HttpResponse:
    choices = owners(request.user)
    if not choices:
        require(request.user, Right.EDIT_PLATES)
    form = PlateForm(request.POST or None, request.FILES or None, owners=choices)
    if request.method == "POST" and form.is_valid():
        owner = form.cleaned_data["owner"]
        brand = get_visible(Brand.objects.all(), request.user, pk=owner) if owner != STUDIO else None
        file = form.cleaned_data["file"]
        try:
            made = actions.add_plate(
                brand,
                by=request.user,
                file=file,
                original_name=file.name or "",
                name=form.cleaned_data["name"],
                license=form.cleaned_data["license"],
            )
        except Invalid as error:
            form.take(error)
        else:
            messages.success(request, "The plate is here and is being read.")
            return redirect("plate", made.pk)
    return render(request, "pipeline/plate_new.html", {"form": form}, status=422 if request.method == "POST" else 200)


@require_GET
def plate(request: PageRequest, pk: int) -> HttpResponse:
    """One plate. `?part=state` answers its body alone, asked for each second while it is read."""
    row = _plate(request, pk)
    name = "pipeline/_plate_body.html" if request.GET.get("part") == "state" else "pipeline/plate.html"
    return _page(request, row, name)


@require_POST
def plate_calibrate(request: PageRequest, pk: int) -> HttpResponse:
    """Keeps what was measured at one place."""
    row = _plate(request, pk)
    sent = request.POST
    measured: dict[str, Any] = {
        "anchor": sent.get("anchor", ""),
        "edges": [[sent.get("x1", ""), sent.get("y1", "")], [sent.get("x2", ""), sent.get("y2", "")]],
        "width_mm": sent.get("width_mm", ""),
    }
    if sent.get("tilt_deg", "").strip():
        measured["tilt_deg"] = sent["tilt_deg"]
    try:
        actions.calibrate_plate(row, measured, by=request.user, seen_version=sent.get("version"))
    except (Invalid, Conflict) as error:
        return _page(request, row, "pipeline/plate.html", error=error, typed=sent.dict(), status=error.status)
    messages.success(request, f"{place_in_words(measured['anchor'])} is measured.")
    return redirect("plate", row.pk)


@require_POST
def plate_uncalibrate(request: PageRequest, pk: int) -> HttpResponse:
    """Takes back what was measured at one place."""
    row = _plate(request, pk)
    actions.uncalibrate_plate(
        row, request.POST.get("anchor", ""), by=request.user, seen_version=request.POST.get("version")
    )
    return redirect("plate", row.pk)


@require_POST
def plate_archive(request: PageRequest, pk: int) -> HttpResponse:
    row = actions.archive_plate(_plate(request, pk), by=request.user)
    messages.success(request, f"{row} is archived. What was made on it stays.")
    return redirect("plates")


@require_GET
def plate_picture(request: PageRequest, pk: int, kind: str) -> HttpResponseBase:
    """The plate's file: original, preview (2000 px) or thumbnail."""
    row = _plate(request, pk)
    files = {"original": row.file, "preview": row.preview_file, "thumbnail": row.thumbnail_file}
    if kind not in files:
        raise NotThere("plate.kind", "There is no such file of a plate.", f"There are {', '.join(files)}.")
    suffix = PurePosixPath(files[kind].name or "").suffix
    return serve(files[kind], CONTENT_TYPES.get(suffix, "application/octet-stream"))


def _plate(request: PageRequest, pk: int) -> Plate:
    rows = Plate.objects.select_related("brand", "created_by").prefetch_related("calibrations__created_by")
    return get_visible(rows, request.user, pk=pk)


def _page(request: PageRequest, row: Plate, name: str, status: int = 200, **more: Any) -> HttpResponse:
    calibration = row.calibration
    measured = {c["anchor"] for c in calibration.data} if calibration else set()
    context = {
        "plate": row,
        "anchors": [
            {**a, "words": place_in_words(a["name"]), "measured": a["name"] in measured, "shape": _shape(a)}
            for a in row.anchors
        ],
        "doubts": [(place_in_words(n), why) for n, why in row.reading.get("doubts", {}).items() if n not in measured],
        "notes": row.reading.get("notes", []),
        "calibration": calibration,
        "places": [(group, [(n, place_in_words(n)) for n in names]) for group, names in PLACES.items()],
        "wears": [label for value, label in Piece.Category.choices if row.anchors_on(PART_OF_CATEGORY[value])],
        "may_edit": may(request.user, Right.EDIT_PLATES, row) and row.archived_at is None,
        "typed": {},
        **more,
    }
    return render(request, name, context, status=status)


def _shape(anchor: dict[str, Any]) -> dict[str, float]:
    """The anchor's line between its edges, and its point, for an SVG in plate pixels."""
    (x1, y1), (x2, y2) = anchor["edges"]
    return {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "x": anchor["point"][0], "y": anchor["point"][1]}
