"""The review page, for the client and the studio, and what is done on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from pipeline.models import Generation
from review import actions
from review.forms import RoundForm, clean_round
from review.models import Draft, Round
from review.offers import OVERRIDE, STATE_WORDS, TONES, offers_for, state_label
from review.proof import read_decisions
from review.reading import drafts_with_rows, threads_of, threads_seen, viewer_data
from review.summary import summarize
from studio.errors import Conflict, Invalid, NotThere
from studio.files import serve
from studio.permissions import get_visible
from studio.requests import PageRequest
from studio.workflow import check_version


def review_context(request: PageRequest, draft: Draft) -> dict[str, Any]:
    """Everything that the review page shows of a draft to this person."""
    person = request.user
    versions = list(
        Draft.objects.visible_to(person).filter(shot=draft.shot).select_related("generation").order_by("number")
    )
    place = [v.pk for v in versions].index(draft.pk)
    decisions = read_decisions(draft, draft.decisions.select_related("by"))
    rounds = Round.objects.visible_to(person).filter(brief=draft.shot.brief)
    offers = offers_for(draft, person)
    return {
        "draft": draft,
        "shot": draft.shot,
        "brief": draft.shot.brief,
        "versions": versions,
        "previous": versions[place - 1] if place else None,
        "following": versions[place + 1] if place + 1 < len(versions) else None,
        "newest": next((v for v in reversed(versions) if v.sent_at), None),
        "round": rounds.filter(drafts=draft).order_by("-number").first(),
        "rounds": rounds.count(),
        "summary": summarize(draft.generation.report, draft.generation.verdict),
        "standings": decisions,
        "fallen": next((s for s in decisions if not s.stands), None),
        "offers": offers,
        "why_not": next((o.why_not for o in offers if o.why_not), ""),
        "state_words": STATE_WORDS[draft.state],
        "state_label": state_label(draft, person),
        "tone": TONES[draft.state],
        "viewer": viewer_data(draft, versions),
        "round_form": RoundForm(),
        **thread_context(request, draft),
    }


def thread_context(request: PageRequest, draft: Draft) -> dict[str, Any]:
    threads = threads_of(draft, request.user)
    return {
        "draft": draft,
        "threads": threads,
        "open_count": sum(t.is_open for t in threads),
        "seen": threads_seen(threads, request.user, [draft.state]),
    }


def one_draft(request: PageRequest, pk: int) -> Draft:
    rows = drafts_with_rows(request.user).prefetch_related("generation__artifacts")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotThere(
            "row.not_there", "This page doesn't exist, or it belongs to somebody else.", "Go back to your reviews."
        )
    return row


@require_GET
def draft_page(request: PageRequest, pk: int) -> HttpResponse:
    return render(request, "review/draft.html", review_context(request, one_draft(request, pk)))


@require_POST
def draft_propose(request: PageRequest, pk: int) -> HttpResponse:
    generation = get_visible(Generation.objects, request.user, pk=pk)
    draft = actions.propose_draft(generation, by=request.user)
    messages.success(request, f"v{draft.number} waits for the internal check.")
    return redirect("draft", pk=draft.pk)


@require_POST
def draft_do(request: PageRequest, pk: int, name: str) -> HttpResponse:
    """One step of a draft. A refusal comes back as the page itself, with the words that were typed still in it."""
    draft = one_draft(request, pk)
    try:
        said = _do(request, draft, name)
    except (Conflict, Invalid) as error:
        context = review_context(request, one_draft(request, pk))
        typed = request.POST.get("comment") or request.POST.get("reason") or request.POST.get("message") or ""
        return render(
            request,
            "review/draft.html",
            {**context, "refusal": error, "typed": typed, "tried": name},
            status=error.status,
        )
    messages.success(request, said)
    return redirect("draft", pk=draft.pk)


def _do(request: PageRequest, draft: Draft, name: str) -> str:
    data, by = request.POST, request.user
    match name:
        case "pass":
            actions.pass_draft(draft, by=by, seen_version=data.get("version"))
            return f"v{draft.number} passed the check."
        case "reject":
            actions.reject_draft(draft, by=by, reason=data.get("reason", ""), seen_version=data.get("version"))
            return f"v{draft.number} is back at the desk."
        case "override":
            check_version(draft, data.get("version"))
            actions.override_gate(draft, by=by, reason=data.get("reason", ""))
            return "The gate is open for this version, under your name."
        case "send":
            check_version(draft, data.get("version"))
            actions.send_drafts([draft], by=by, **clean_round(data))
            return f"v{draft.number} is with the client."
        case "approve" | "request_changes":
            actions.decide(
                draft,
                name,
                by=by,
                seen_sha256=data.get("picture_sha256", ""),
                seen_report_sha256=data.get("report_sha256", ""),
                comment=data.get("comment", ""),
            )
            return f"v{draft.number} is approved." if name == "approve" else "The studio has your wishes."
    raise NotThere(
        "step.unknown",
        f"There is no step called {name}.",
        f"Steps: pass, reject, {OVERRIDE}, send, approve, request_changes.",
    )


@require_GET
def draft_picture(request: PageRequest, pk: int, kind: str) -> HttpResponseBase:
    """A draft's pictures: `picture` (what is decided on), `preview`, `thumbnail`, `photo` and `photo-thumbnail` of the product."""
    draft = _with_files(request, pk)
    photo = draft.generation.photo
    if kind == "photo":
        return serve(photo.file, _image_type(photo.file.name or ""))
    if kind == "photo-thumbnail":
        file = photo.thumbnail_file or photo.file
        return serve(file, _image_type(file.name or ""))
    # Each smaller print falls back on the next larger one.
    prints = {"picture": ["draft"], "preview": ["preview", "draft"], "thumbnail": ["thumbnail", "preview", "draft"]}
    found = (draft.generation.file(name) for name in prints.get(kind, []))
    artifact = next((file for file in found if file is not None), None)
    if artifact is None:
        raise NotThere("picture.unknown", "There is no such picture of this draft.")
    return serve(artifact.file, artifact.content_type)


@require_GET
def draft_report(request: PageRequest, pk: int) -> HttpResponseBase:
    """The QA report's page, as it was made."""
    artifact = _with_files(request, pk).generation.file("report_html")
    if artifact is None:
        raise NotThere("report.none", "This draft has no report page.")
    return serve(artifact.file, "text/html; charset=utf-8")


def _with_files(request: PageRequest, pk: int) -> Draft:
    rows = Draft.objects.select_related("generation__photo").prefetch_related("generation__artifacts")
    return get_visible(rows, request.user, pk=pk)


_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}


def _image_type(name: str) -> str:
    return _TYPES.get("." + name.rsplit(".", 1)[-1].lower(), "application/octet-stream")
