"""The desk, its generations and their reports, as pages. Each asks the permission door first, and writes by actions."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from briefs.models import Shot
from pipeline import actions, desk
from pipeline.fields import light_fields, panels_of, rigs
from pipeline.forms import read_direction_form
from pipeline.live import generation_state, truth_of
from pipeline.models import Artifact, DirectionRecord, Generation
from pipeline.suiting import plates_for
from pipeline.words import MARKS, TONES, difference_in_words, verdict_in_words
from studio.errors import LoupeError
from studio.files import serve
from studio.permissions import Right, get_visible, require
from studio.requests import PageRequest

_SHOTS = Shot.objects.select_related("brief__brand", "piece", "retoucher")
_GENERATIONS = Generation.objects.select_related("shot__brief__brand", "shot__piece", "direction__parent", "photo")


@require_GET
def desk_page(request: PageRequest, pk: int) -> HttpResponse:
    """The retoucher's desk. `?at=4` looks at generation 4, `?from=4` begins from its Direction.

    `?part=live` answers what changes while one works, `?part=truth` the sockets' truth for pages without a socket.
    """
    shot = get_visible(_SHOTS, request.user, pk=pk)
    require(request.user, Right.DIRECT, shot)
    if request.GET.get("part") == "truth":
        return JsonResponse(truth_of(shot))
    line = desk.line_of(shot)
    context = _live_context(shot, line, request.GET.get("at"))
    if request.GET.get("part") == "live":
        return render(request, "pipeline/_live.html", context)
    base, record = desk.base_of(shot, line, request.GET.get("from"))
    before, after, place, count = desk.neighbours_of(shot, request.user)
    context |= {
        "panels": panels_of(base, shot.piece.category),
        "base": record,
        "base_data": base.model_dump(mode="json"),
        "quality": base.quality,
        "blank_light": light_fields(0, base.rig.lights[0].model_dump(mode="json")),
        "rigs": rigs(),
        "shot_before": before,
        "shot_after": after,
        "place": place,
        "count": count,
        "photo": shot.piece.photo,
        "plate_offers": plates_for(shot),
        "plate_chosen": f"{base.plate.sha256} {base.plate.anchor}" if base.plate else "",
    }
    return render(request, "pipeline/desk.html", context)


@require_POST
def generate(request: PageRequest, pk: int) -> HttpResponse:
    """Starts a generation from the desk's form. Answers JSON to the desk's script, and a redirect without one."""
    shot = get_visible(_SHOTS, request.user, pk=pk)
    require(request.user, Right.DIRECT, shot)
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        parent = None
        if request.POST.get("parent", "").isdigit():
            parent = get_visible(DirectionRecord.objects.filter(shot=shot), request.user, pk=request.POST["parent"])
        generation = actions.start_generation(
            shot,
            by=request.user,
            direction=read_direction_form(request.POST.dict().items()),
            note=request.POST.get("note", "").strip(),
            parent=parent,
        )
    except LoupeError as error:
        if not wants_json:
            raise
        answer = {"message": error.message, "hint": error.hint, "errors": error.details.get("errors", {})}
        return JsonResponse(answer, status=error.status)
    if wants_json:
        answer = {
            "generation": generation_state(generation),
            "direction": generation.direction_id,
            "waits_for_queue": generation.waits_for_queue,
        }
        return JsonResponse(answer, status=201)
    return redirect("desk", pk=shot.pk)


@require_GET
def generation(request: PageRequest, pk: int) -> HttpResponse:
    """A generation's place on its shot's desk."""
    row = get_visible(_GENERATIONS, request.user, pk=pk)
    return redirect(f"{reverse('desk', args=[row.shot_id])}?at={row.number}")


@require_POST
def generation_cancel(request: PageRequest, pk: int) -> HttpResponse:
    row = get_visible(_GENERATIONS, request.user, pk=pk)
    actions.request_cancel(row, by=request.user)
    return _after(request, row)


@require_POST
def generation_retry(request: PageRequest, pk: int) -> HttpResponse:
    row = get_visible(_GENERATIONS, request.user, pk=pk)
    return _after(request, actions.retry_generation(row, by=request.user))


@require_GET
def generation_report(request: PageRequest, pk: int) -> HttpResponse:
    """The QA report: the verdict in a sentence, photo and picture side by side, then each check."""
    row = get_visible(_GENERATIONS.prefetch_related("artifacts"), request.user, pk=pk)
    checks = desk.checks_of(row)
    counted = [check for check in checks if check.verdict != "not applicable"]
    files = {artifact.kind: artifact for artifact in row.artifacts.all()}
    context = {
        "generation": row,
        "shot": row.shot,
        "sentence": desk.verdict_sentence(row),
        "verdict_label": verdict_in_words(row.verdict),
        "mark": MARKS.get(row.verdict, ""),
        "tone": TONES.get(row.verdict, "quiet"),
        "checks": checks,
        "passed": sum(check.verdict == "pass" for check in counted),
        "counted": len(counted),
        "changed": difference_in_words(row.direction.changed),
        "picture": files.get("draft"),
        "reference": files.get("overlay:reference"),
        "piece": files.get("overlay:piece"),
        "downloads": [files[k] for k in ("draft", "master", "direction", "report", "report_html") if k in files],
        "ledger": desk.ledger_of(row),
        "report_page": files.get("report_html"),
        "versions": row.versions,
        "timings": {k: v for k, v in row.timings.items() if k != "total"},
        "total": row.timings.get("total"),
    }
    return render(request, "pipeline/report.html", context)


@require_GET
def artifact(request: PageRequest, pk: int) -> HttpResponseBase:
    """One file of a generation; `?download` saves it."""
    row = get_visible(Artifact.objects.select_related("generation__shot__brief"), request.user, pk=pk)
    name = None
    if "download" in request.GET:
        suffix = row.file.name.rsplit(".", 1)[-1]
        name = f"{row.generation.shot.code}-g{row.generation.number}-{row.kind.replace(':', '-')}.{suffix}"
    return serve(row.file, row.content_type, download_name=name)


def _live_context(shot: Shot, line: list[Generation], at: str | None) -> dict[str, Any]:
    shown = desk.shown_in(line, at)
    parent = desk.parent_of(shown, line)
    newest = line[-1] if line else None
    files = {a.kind: a for a in shown.artifacts.all()} if shown else {}
    parent_files = {a.kind: a for a in parent.artifacts.all()} if parent else {}
    done = shown is not None and shown.state == Generation.State.DONE
    checks = [c for c in desk.checks_of(shown) if c.verdict != "not applicable"] if shown and done else []
    return {
        "shot": shot,
        "shown": shown,
        "shown_state": generation_state(shown) if shown else None,
        "newest": newest,
        "tiles": desk.tiles_of(line, shown),
        "queue": desk.queue_of(shot),
        "checks": checks,
        "standing_out": [c for c in checks if c.verdict != "pass"],
        "passing": [c for c in checks if c.verdict == "pass"],
        "ledger": desk.ledger_of(shown) if shown and done else [],
        "sentence": desk.verdict_sentence(shown) if shown else "",
        "tone": TONES.get(shown.verdict, "quiet") if shown else "quiet",
        "mark": MARKS.get(shown.verdict, "") if shown else "",
        "changed": difference_in_words(shown.direction.changed) if shown else [],
        "picture": files.get("draft"),
        "preview": files.get("preview"),
        "parent": parent,
        "parent_picture": parent_files.get("draft"),
        "parent_preview": parent_files.get("preview"),
    }


def _after(request: PageRequest, row: Generation) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"generation": generation_state(row)})
    return redirect(f"{reverse('desk', args=[row.shot_id])}?at={row.number}")
