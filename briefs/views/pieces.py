"""Pieces: the grid, one piece with its photos, and the files of a photo."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from briefs import actions
from briefs.forms import PieceForm, take_errors
from briefs.models import Piece, PiecePhoto
from briefs.photo_reading import CONTENT_TYPES, refuse_heavy
from studio.errors import Conflict, Invalid, NotThere
from studio.files import serve
from studio.models import Brand, Person
from studio.permissions import Right, get_visible, may, may_somewhere, require
from studio.requests import PageRequest

A_PAGE = 48


@require_GET
def pieces(request: PageRequest) -> HttpResponse:
    rows = Piece.objects.visible_to(request.user).select_related("brand").prefetch_related("photos")
    archived = request.GET.get("archived") == "1"
    rows = rows.exclude(archived_at__isnull=True) if archived else rows.standing()
    words, category = request.GET.get("q", "").strip()[:80], request.GET.get("category", "")
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(sku__icontains=words))
    if category in Piece.Category.values:
        rows = rows.filter(category=category)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    return render(request, "briefs/pieces.html", {
        "page": page, "words": words, "category": category, "archived": archived, "categories": Piece.Category.choices,
        "query": f"{query.urlencode()}&" if query else "", "may_add": may_somewhere(request.user, Right.EDIT_PIECES),
        "filtered": bool(words or category or archived),
    })  # fmt: skip


def brands_to_write(person: Person, right: Right) -> list[Brand]:
    """The brands in which this person has the right: one for most, every brand for the studio's planners."""
    return [brand for brand in Brand.objects.visible_to(person) if may(person, right, brand)]


def chosen_brand(request: PageRequest, right: Right) -> tuple[Brand | None, list[Brand]]:
    """The brand that a form names, or the only one there is; NotAllowed where there is none."""
    brands = brands_to_write(request.user, right)
    if not brands:
        require(request.user, right)
    if len(brands) == 1:
        return brands[0], brands
    named = request.POST.get("brand", "")
    return next((b for b in brands if str(b.pk) == named), None), brands


@require_http_methods(["GET", "POST"])
def piece_new(request: PageRequest) -> HttpResponse:
    brand, brands = chosen_brand(request, Right.EDIT_PIECES)
    form = PieceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if brand is None:
            form.add_error(None, "Choose the brand that the piece belongs to.")
        else:
            try:
                made = actions.create_piece(brand, by=request.user, **form.facts())
            except Invalid as error:
                take_errors(form, error)
            else:
                messages.success(request, "The piece is saved. Add its photo now.")
                return redirect("piece", made.pk)
    status = 422 if form.is_bound else 200
    return render(request, "briefs/piece_new.html", {"form": form, "brands": brands, "brand": brand}, status=status)


@require_http_methods(["GET", "POST"])
def piece(request: PageRequest, pk: int) -> HttpResponse:
    row = _piece(request, pk)
    if request.method == "GET":
        return _piece_page(request, row, PieceForm.of(row))
    require(request.user, Right.EDIT_PIECES, row)
    form = PieceForm(request.POST)
    if not form.is_valid():
        return _piece_page(request, row, form, 422)
    try:
        actions.change_piece(row, by=request.user, seen_version=form.cleaned_data["version"], **form.facts())
    except Invalid as error:
        take_errors(form, error)
        return _piece_page(request, row, form, 422)
    except Conflict as error:
        # The words stay; saving again is then meant, against the version that stands now.
        typed = request.POST.copy()
        typed["version"] = str(error.details.get("version", ""))
        form = PieceForm(typed)
        form.is_valid()
        take_errors(form, error)
        return _piece_page(request, row, form, 409)
    messages.success(request, "The piece is saved.")
    return redirect("piece", row.pk)


def _piece(request: PageRequest, pk: int) -> Piece:
    rows = Piece.objects.select_related("brand").prefetch_related("photos")
    return get_visible(rows, request.user, pk=pk)


def _piece_page(request: PageRequest, row: Piece, form: PieceForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "piece": row,
        "photos": list(row.photos.with_facts()),
        "form": form,
        "may_edit": may(request.user, Right.EDIT_PIECES, row),
        "may_refine": may(request.user, Right.REFINE_MATTE, row),
        "briefs": row.briefs.visible_to(request.user)[:12],
    }
    return render(request, "briefs/piece.html", context, status=status)


@require_POST
def piece_archive(request: PageRequest, pk: int) -> HttpResponse:
    row = actions.archive_piece(_piece(request, pk), by=request.user)
    messages.success(request, f"{row} is archived.")
    return redirect("pieces")


@csrf_exempt
def photo_upload(request: PageRequest, pk: int) -> HttpResponse:
    """Takes a photo in. The size is looked at before the body is: Django reads it all to find the CSRF token."""
    refuse_heavy(int(request.META.get("CONTENT_LENGTH") or 0) - 100_000)
    return _photo_upload(request, pk)


@csrf_protect
@require_POST
def _photo_upload(request: PageRequest, pk: int) -> HttpResponse:
    row = _piece(request, pk)
    require(request.user, Right.EDIT_PIECES, row)
    file = sent_file(request)
    photo = actions.add_photo(row, by=request.user, file=file, original_name=file.name or "")
    if request.htmx:
        return render(request, "briefs/_photo.html", _shown(request, photo), status=201)
    messages.success(request, "The photo is here and is being checked.")
    return redirect("piece", row.pk)


def sent_file(request: PageRequest) -> Any:
    """The upload's file. Invalid where the form came without one."""
    file = request.FILES.get("file")
    if file is None:
        raise Invalid("photo.none", "No file came with the form.", "Choose a photo, then send it again.")
    return file


@require_GET
def photo_status(request: PageRequest, pk: int) -> HttpResponse:
    """The photo as it stands, asked for each second while it is checked: whole, or small (``?as=tile``)."""
    photo = _photo(request, pk)
    name = "briefs/_photo_tile.html" if request.GET.get("as") == "tile" else "briefs/_photo.html"
    response = render(request, name, _shown(request, photo))
    if photo.state != PiecePhoto.State.CHECKING:
        response.headers["HX-Trigger"] = "photo-checked"
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
def photo_file(request: PageRequest, pk: int, kind: str) -> HttpResponseBase:
    photo = _photo(request, pk)
    files = {
        "original": photo.file,
        "cutout": photo.cutout_file,
        "alpha": photo.alpha_file,
        "thumbnail": photo.thumbnail_file,
    }
    if kind not in files:
        raise NotThere("photo.kind", "There is no such file of a photo.", f"There are {', '.join(files)}.")
    suffix = PurePosixPath(files[kind].name or "").suffix
    save_as = photo.original_name if request.GET.get("download") == "1" else None
    return serve(files[kind], CONTENT_TYPES.get(suffix, "application/octet-stream"), save_as)


def _shown(request: PageRequest, photo: PiecePhoto) -> dict[str, Any]:
    return {
        "photo": photo,
        "piece": photo.piece,
        "may_refine": may(request.user, Right.REFINE_MATTE, photo),
    }


def _photo(request: PageRequest, pk: int) -> PiecePhoto:
    return get_visible(PiecePhoto.objects.select_related("piece__brand"), request.user, pk=pk)
