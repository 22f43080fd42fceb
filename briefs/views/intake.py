"""The intake: one page on which a brand fills its brief in, saved while it is typed."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from briefs import actions
from briefs.forms import IntakeForm, PieceForm, parse_changes, take_errors
from briefs.models import Brief, BriefPiece, Piece, PiecePhoto, Reference
from briefs.photo_reading import CONTENT_TYPES, refuse_heavy
from briefs.understanding import understand
from briefs.views.pieces import chosen_brand, sent_file
from studio.errors import Conflict, Invalid, NotThere
from studio.files import serve
from studio.permissions import Right, get_visible, may, require
from studio.requests import PageRequest


@require_http_methods(["GET", "POST"])
def brief_new(request: PageRequest) -> HttpResponse:
    brand, brands = chosen_brand(request, Right.WRITE_BRIEF)
    if request.method == "POST" and brand is not None:
        made = actions.create_brief(brand, by=request.user, title=request.POST.get("title", "")[:160])
        return redirect("brief-edit", made.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "briefs/brief_new.html", {"brands": brands, "brand": brand}, status=status)


@require_http_methods(["GET", "POST", "PATCH"])
def brief_edit(request: PageRequest, pk: int) -> HttpResponse:
    brief = _brief(request, pk)
    if request.method == "GET":
        if not may(request.user, Right.WRITE_BRIEF, brief) or brief.state != Brief.State.DRAFT:
            return redirect("brief", brief.pk)
        return _page(request, brief, IntakeForm.of(brief))
    require(request.user, Right.WRITE_BRIEF, brief)
    return _autosave(request, brief) if request.method == "PATCH" else _save(request, brief)


def _autosave(request: PageRequest, brief: Brief) -> HttpResponse:
    """Answers JSON: the version that stands now and the card, or the errors by field, or what to do with a stale page."""
    changes = parse_changes(request.body)
    if changes is None:
        return JsonResponse({"message": "This page sent something that can't be read. Reload it."}, status=422)
    fields, version = changes
    form = IntakeForm.of_changes(fields)
    if form.is_valid():
        try:
            brief = actions.change_brief(brief, by=request.user, seen_version=version, **form.wishes())
        except Invalid as error:
            take_errors(form, error)
        except Conflict as error:
            answer = {"message": error.message, "hint": error.hint, "version": error.details.get("version")}
            return JsonResponse(answer, status=409)
    if form.errors:
        return JsonResponse({"errors": form.errors}, status=422)
    card = render_to_string("briefs/_understanding.html", _card(request, brief), request)
    return JsonResponse({"version": brief.version, "title": str(brief), "card": card})


def _save(request: PageRequest, brief: Brief) -> HttpResponse:
    """The whole form by its button: where there is no script, and to hand the brief in."""
    form = IntakeForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            seen = form.cleaned_data["version"]
            brief = actions.change_brief(brief, by=request.user, seen_version=seen, **form.wishes())
            if request.POST.get("then") == "submit":
                actions.submit_brief(brief, by=request.user, seen_version=brief.version)
                messages.success(
                    request, "Your brief is with the studio. You hear from us as soon as somebody read it."
                )
                return redirect("brief", brief.pk)
        except Invalid as error:
            take_errors(form, error)
        except Conflict as error:
            fresh = Brief.objects.get(pk=brief.pk)
            if fresh.state != Brief.State.DRAFT:
                raise
            form = IntakeForm(_with_version(request.POST, fresh.version))
            form.is_valid()
            take_errors(form, error)
            status, brief = 409, fresh
        else:
            messages.success(request, "Your draft is saved.")
            return redirect("brief-edit", brief.pk)
    return _page(request, brief, form, status)


def _with_version(typed: QueryDict, version: int) -> QueryDict:
    """What was typed, now meant against the version that stands."""
    typed = typed.copy()
    typed["version"] = str(version)
    return typed


def _page(request: PageRequest, brief: Brief, form: IntakeForm, status: int = 200) -> HttpResponse:
    context = {
        **_card(request, brief),
        **_wanted(brief),
        "form": form,
        "piece_form": PieceForm(prefix="new"),
        "references": brief.references.all(),
    }
    return render(request, "briefs/intake.html", context, status=status)


def _card(request: PageRequest, brief: Brief) -> dict[str, Any]:
    return {"brief": brief, "understood": understand(brief), "may_submit": may(request.user, Right.SUBMIT_BRIEF, brief)}


def _wanted(brief: Brief) -> dict[str, Any]:
    wanted = list(
        brief.wanted.select_related("piece").prefetch_related(
            Prefetch("piece__photos", PiecePhoto.objects.with_facts())
        )
    )
    known = [row.piece_id for row in wanted]
    others = Piece.objects.filter(brand=brief.brand_id).standing().exclude(pk__in=known).prefetch_related("photos")
    return {"wanted": wanted, "others": others[:60]}


def _pieces(request: PageRequest, brief: Brief, status: int = 200) -> HttpResponse:
    """The pieces' section anew, with the card beside it."""
    if not request.htmx:
        return redirect("brief-edit", brief.pk)
    return render(
        request,
        "briefs/_intake_pieces.html",
        {**_card(request, brief), **_wanted(brief), "with_card": True},
        status=status,
    )


@require_GET
def brief_card(request: PageRequest, pk: int) -> HttpResponse:
    """What the studio will understand, asked for again when a photo's check is done."""
    return render(request, "briefs/_understanding.html", _card(request, _brief(request, pk)))


@require_POST
def brief_piece_add(request: PageRequest, pk: int) -> HttpResponse:
    """Takes pieces that the brand has already into the brief."""
    brief = _brief(request, pk)
    require(request.user, Right.WRITE_BRIEF, brief)
    ids = [value for value in request.POST.getlist("piece") if value.isascii() and value.isdigit()]
    for row in [get_visible(Piece.objects, request.user, pk=int(value)) for value in ids[:60]]:
        actions.add_piece_to_brief(brief, row, by=request.user)
    return _pieces(request, brief)


@csrf_exempt
def brief_piece_new(request: PageRequest, pk: int) -> HttpResponse:
    """A piece by its photo: facts and file together, both or neither."""
    refuse_heavy(int(request.META.get("CONTENT_LENGTH") or 0) - 100_000)
    return _brief_piece_new(request, pk)


@csrf_protect
@require_POST
def _brief_piece_new(request: PageRequest, pk: int) -> HttpResponse:
    brief = _brief(request, pk)
    require(request.user, Right.WRITE_BRIEF, brief)
    form = PieceForm(request.POST, prefix="new")
    if form.is_valid():
        file = sent_file(request)
        try:
            actions.create_piece_for_brief(
                brief, by=request.user, file=file, name_of_file=file.name or "", **form.facts()
            )
        except Invalid as error:
            take_errors(form, error)
        else:
            return _pieces(request, brief, 201)
    return render(request, "briefs/_piece_fields.html", {"form": form}, status=422)


@require_POST
def brief_piece(request: PageRequest, pk: int) -> HttpResponse:
    """How many pictures of a piece, or none of it: the piece leaves the brief."""
    row = BriefPiece.objects.select_related("brief").filter(pk=pk).first()
    if row is None:
        raise NotThere("row.not_there", "This piece is not in the brief any more.", "Reload the page.")
    brief = _brief(request, row.brief_id)
    if "remove" in request.POST:
        actions.remove_piece_from_brief(row, by=request.user)
    else:
        asked = request.POST.get("pictures", "")
        actions.set_pictures(row, int(asked) if asked.isascii() and asked.isdigit() else 0, by=request.user)
    return _pieces(request, brief)


@csrf_exempt
def reference_upload(request: PageRequest, pk: int) -> HttpResponse:
    refuse_heavy(int(request.META.get("CONTENT_LENGTH") or 0) - 100_000)
    return _reference_upload(request, pk)


@csrf_protect
@require_POST
def _reference_upload(request: PageRequest, pk: int) -> HttpResponse:
    brief = _brief(request, pk)
    require(request.user, Right.WRITE_BRIEF, brief)
    file = sent_file(request)
    made = actions.add_reference(brief, by=request.user, file=file, original_name=PurePath(file.name or "").name)
    if request.htmx:
        return render(request, "briefs/_reference.html", {"reference": made, "may_remove": True}, status=201)
    return redirect("brief-edit", brief.pk)


@require_POST
def reference_remove(request: PageRequest, pk: int) -> HttpResponse:
    reference = _reference(request, pk)
    brief_id = reference.brief_id
    actions.remove_reference(reference, by=request.user)
    return HttpResponse("") if request.htmx else redirect("brief-edit", brief_id)


@require_GET
def reference_file(request: PageRequest, pk: int, kind: str) -> HttpResponseBase:
    reference = _reference(request, pk)
    files = {"original": reference.file, "thumbnail": reference.thumbnail_file}
    if kind not in files:
        raise NotThere("reference.kind", "There is no such file of a reference.", "There are original and thumbnail.")
    suffix = PurePosixPath(files[kind].name or "").suffix
    return serve(files[kind], CONTENT_TYPES.get(suffix, "application/octet-stream"))


def _brief(request: PageRequest, pk: int) -> Brief:
    return get_visible(Brief.objects.select_related("brand", "created_by", "producer"), request.user, pk=pk)


def _reference(request: PageRequest, pk: int) -> Reference:
    return get_visible(Reference.objects.select_related("brief"), request.user, pk=pk)
