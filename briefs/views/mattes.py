"""A matte by hand: the page on which keep and drop strokes are painted, its trials, and keeping one."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from briefs import actions
from briefs.models import PhotoMatte, PiecePhoto
from briefs.photo_reading import CONTENT_TYPES, refuse_heavy
from studio.errors import Invalid, NotThere
from studio.files import serve
from studio.permissions import Right, get_visible, require
from studio.requests import PageRequest

# What every browser shows; another format is painted on over its preview.
SHOWN_BY_BROWSERS = {".jpg", ".png", ".webp"}


@require_GET
def matte_page(request: PageRequest, pk: int) -> HttpResponse:
    photo = _photo(request, pk)
    require(request.user, Right.REFINE_MATTE, photo)
    newest = photo.mattes.order_by("-number").first()
    start = newest or photo.matte
    context = {
        "photo": photo,
        "piece": photo.piece,
        "trial": newest,
        "shown": "original" if PurePosixPath(photo.file.name or "").suffix in SHOWN_BY_BROWSERS else "thumbnail",
        "strokes": (start.strokes or {}).get("strokes", []) if start else [],
        "mattes": photo.mattes.filter(state=PhotoMatte.State.READY)
        .select_related("created_by")
        .order_by("-number")[:8],
    }
    return render(request, "briefs/matte_page.html", context)


@csrf_exempt
def matte_try(request: PageRequest, pk: int) -> HttpResponse:
    """Has a matte made. The size is looked at before the body is: Django reads it all to find the CSRF token."""
    refuse_heavy(int(request.META.get("CONTENT_LENGTH") or 0) - 100_000)
    return _matte_try(request, pk)


@csrf_protect
@require_POST
def _matte_try(request: PageRequest, pk: int) -> HttpResponse:
    photo = _photo(request, pk)
    text = request.POST.get("strokes", "").strip()
    try:
        strokes = json.loads(text) if text else None
    except ValueError as error:
        raise Invalid("strokes.unreadable", "The strokes are no JSON.", "Paint them again.") from error
    matte = actions.try_matte(photo, by=request.user, strokes=strokes, mask=request.FILES.get("mask"))
    if request.htmx:
        return _trial(request, matte, 201)
    return redirect("photo-matte", photo.pk)


@require_GET
def matte_trial(request: PageRequest, pk: int) -> HttpResponse:
    """A trial as it stands, asked for each second while it is made; by itself it leads to its photo's page."""
    matte = _matte(request, pk)
    if not request.htmx:
        return redirect("photo-matte", matte.photo_id)
    response = _trial(request, matte)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def matte_keep(request: PageRequest, pk: int) -> HttpResponse:
    photo = actions.keep_matte(_matte(request, pk), by=request.user)
    messages.success(request, "The refined cut is kept: pictures are made with it from now on.")
    return redirect("piece", photo.piece_id)


@require_POST
def matte_drop(request: PageRequest, pk: int) -> HttpResponse:
    photo = actions.drop_matte(_photo(request, pk), by=request.user)
    messages.success(request, "The photo is cut automatically again.")
    return redirect("piece", photo.piece_id)


@require_GET
def matte_file(request: PageRequest, pk: int, kind: str) -> HttpResponseBase:
    matte = _matte(request, pk)
    files = {"cutout": matte.cutout_file, "alpha": matte.alpha_file, "mask": matte.mask_file}
    if kind not in files:
        raise NotThere("matte.kind", "There is no such file of a matte.", f"There are {', '.join(files)}.")
    suffix = PurePosixPath(files[kind].name or "").suffix
    return serve(files[kind], CONTENT_TYPES.get(suffix, "application/octet-stream"))


def _trial(request: PageRequest, matte: PhotoMatte, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"trial": matte, "photo": matte.photo, "piece": matte.photo.piece}
    return render(request, "briefs/_matte_trial.html", context, status=status)


def _photo(request: PageRequest, pk: int) -> PiecePhoto:
    rows = PiecePhoto.objects.select_related("piece__brand", "matte")
    return get_visible(rows, request.user, pk=pk)


def _matte(request: PageRequest, pk: int) -> PhotoMatte:
    rows = PhotoMatte.objects.select_related("photo__piece__brand", "photo__matte")
    return get_visible(rows, request.user, pk=pk)
