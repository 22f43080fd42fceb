"""Marks and threads on the review page, and the client's open marks for the desk.

A script asks with `HX-Request` and gets the thread's partial back; a plain form gets the page again.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from briefs.models import Shot
from review import actions
from review.forms import selector_in
from review.models import Annotation, Comment, Draft
from review.views.drafts import thread_context
from studio.errors import NotThere
from studio.permissions import Right, get_visible, require
from studio.requests import PageRequest


def _drafts():
    return Draft.objects.select_related("generation", "shot__brief__brand", "shot__brief__producer", "shot__retoucher")


def _annotations():
    return Annotation.objects.select_related(
        "draft__generation", "draft__shot__brief__brand", "draft__shot__brief__producer", "draft__shot__retoucher"
    )


@require_GET
def thread(request: PageRequest, pk: int) -> HttpResponse:
    """The draft's threads; 204 where nothing that this person sees has changed since what `seen` names."""
    draft = get_visible(_drafts(), request.user, pk=pk)
    context = thread_context(request, draft)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return _fresh(request, context)


@require_POST
def annotation_new(request: PageRequest, pk: int) -> HttpResponse:
    draft = get_visible(_drafts(), request.user, pk=pk)
    annotation = actions.add_annotation(
        draft,
        by=request.user,
        text=request.POST.get("text", ""),
        selector=selector_in(request.POST),
        internal=request.POST.get("internal") == "1",
        client_key=request.POST.get("client_key"),
    )
    return _back(request, draft, annotation)


@require_POST
def comment_new(request: PageRequest, pk: int) -> HttpResponse:
    annotation = get_visible(_annotations(), request.user, pk=pk)
    actions.add_comment(
        annotation,
        by=request.user,
        text=request.POST.get("text", ""),
        internal=request.POST.get("internal") == "1",
        client_key=request.POST.get("client_key"),
    )
    return _back(request, annotation.draft, annotation)


@require_POST
def annotation_do(request: PageRequest, pk: int, name: str) -> HttpResponse:
    annotation = get_visible(_annotations(), request.user, pk=pk)
    steps = {"resolve": actions.resolve_annotation, "reopen": actions.reopen_annotation}
    if name not in steps:
        raise NotThere("step.unknown", f"There is no step called {name}.", "Steps: resolve, reopen.")
    steps[name](annotation, by=request.user)
    return _back(request, annotation.draft, annotation)


def _back(request: PageRequest, draft: Draft, annotation: Annotation) -> HttpResponse:
    if request.htmx:
        return _fresh(request, thread_context(request, draft))
    return redirect(f"{reverse('draft', args=[draft.pk])}#mark-{annotation.pk}")


def _fresh(request: PageRequest, context: dict[str, Any]) -> HttpResponse:
    response = render(request, "review/_thread.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_GET
def desk_marks(request: PageRequest, pk: int) -> HttpResponse:
    """The client's open marks on the shot's drafts, newest version first: a partial for the desk."""
    shot = get_visible(Shot.objects.select_related("brief"), request.user, pk=pk)
    require(request.user, Right.DIRECT, shot)
    marks = (
        Annotation.objects.visible_to(request.user)
        .filter(draft__shot=shot, draft__sent_at__isnull=False, internal=False, state=Annotation.State.OPEN)
        .select_related("draft__shot", "created_by")
        .prefetch_related(Prefetch("comments", Comment.objects.select_related("created_by")))
        .order_by("-draft__number", "number")
    )
    return render(request, "review/_desk_marks.html", {"shot": shot, "marks": marks})
