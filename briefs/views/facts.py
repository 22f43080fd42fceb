"""What a photo shows, to be confirmed: stones drawn on the photo, counted in words, corrected by hand."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from briefs import actions
from briefs.models import ConfirmedFacts, PhotoFingerprint, PiecePhoto
from briefs.views.mattes import SHOWN_BY_BROWSERS
from studio.errors import Invalid
from studio.permissions import Right, get_visible, may
from studio.requests import PageRequest

# Below this a stone is drawn as unsure, and looked at first.
UNSURE = 0.5


@require_GET
def facts_page(request: PageRequest, pk: int) -> HttpResponse:
    photo = _photo(request, pk)
    fingerprint = photo.fingerprints.order_by("-number").first()
    confirmed = photo.facts.select_related("created_by").order_by("-number").first()
    ready = fingerprint is not None and fingerprint.state == PhotoFingerprint.State.READY
    stones = _stones(fingerprint, confirmed) if fingerprint is not None and ready else []
    context = {
        "photo": photo,
        "piece": photo.piece,
        "fingerprint": fingerprint,
        "ready": ready,
        "confirmed": confirmed,
        "stones": stones,
        "unsure": sum(stone["unsure"] for stone in stones),
        "unparted": ready and fingerprint is not None and fingerprint.data.get("unparted", 0) > 0.25,
        "remarks": _remarks(photo, fingerprint, len(stones)) if ready else [],
        "shown": "original" if PurePosixPath(photo.file.name or "").suffix in SHOWN_BY_BROWSERS else "thumbnail",
        "may_confirm": may(request.user, Right.CONFIRM_FACTS, photo) and not photo.piece.archived_at,
    }
    return render(request, "briefs/facts_page.html", context)


@require_GET
def facts_state(request: PageRequest, pk: int) -> HttpResponse:
    """Asked each second while the photo is read: nothing new, or the page anew."""
    photo = _photo(request, pk)
    waits = photo.fingerprints.filter(state=PhotoFingerprint.State.READING).exists()
    response = HttpResponse(status=204 if waits or photo.state == PiecePhoto.State.CHECKING else 200)
    if response.status_code == 200:
        response.headers["HX-Refresh"] = "true"
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
def facts_line(request: PageRequest, pk: int) -> HttpResponse:
    """What was counted, in one line with its way to the page: asked for each second while the photo is read."""
    photo = _photo(request, pk)
    if not request.htmx:
        return redirect("photo-facts", photo.pk)
    response = render(request, "briefs/_photo_facts.html", {"photo": photo})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def facts_read(request: PageRequest, pk: int) -> HttpResponse:
    actions.read_again(_photo(request, pk), by=request.user)
    return redirect("photo-facts", pk)


@require_POST
def facts_confirm(request: PageRequest, pk: int) -> HttpResponse:
    """`stones` as JSON from the page's script, or `keep` with the places in the list of those that are right."""
    rows = PhotoFingerprint.objects.select_related("photo__piece__brand")
    fingerprint = get_visible(rows, request.user, pk=pk)
    text = request.POST.get("stones", "").strip()
    seen = request.POST.get("seen", "")
    try:
        data = json.loads(text) if text else _kept(fingerprint, set(request.POST.getlist("keep")))
    except ValueError as error:
        raise Invalid("confirmation.unreadable", "The stones are no JSON.", "Open the page anew.") from error
    made = actions.confirm_facts(fingerprint, by=request.user, data=data, seen=int(seen) if seen.isdigit() else None)
    messages.success(request, f"Confirmed: {made.words}. Every picture of this photo is held to it.")
    return redirect("piece", fingerprint.photo.piece_id)


def _kept(fingerprint: PhotoFingerprint, places: set[str]) -> dict[str, Any]:
    """Of the stones as they stand, those at these places in the list (counted from 0)."""
    stones = _stones(fingerprint, fingerprint.photo.facts.order_by("-number").first())
    kept = [stone for place, stone in enumerate(stones) if str(place) in places]
    return {"version": 1, "stones": [{key: stone[key] for key in ("id", "outline", "colour")} for stone in kept]}


def _stones(fingerprint: PhotoFingerprint, confirmed: ConfirmedFacts | None) -> list[dict[str, Any]]:
    """The stones as they stand, for the page: as confirmed, or as read."""
    read = {stone["id"]: stone for stone in fingerprint.data.get("stones", [])}
    if confirmed is None:
        return [
            {key: stone[key] for key in ("id", "outline", "colour", "size_mm")}
            | {"unsure": stone["confidence"] < UNSURE or not stone["resolvable"]}
            for stone in read.values()
        ]
    same = confirmed.fingerprint_id == fingerprint.pk
    mm = (fingerprint.data.get("width_mm") or 0) / max(fingerprint.data["box"][2] - fingerprint.data["box"][0], 1)
    return [
        {
            # Ids are a reading's own: after another one, a confirmed stone goes by its place.
            "id": stone["id"] if same else None,
            "outline": stone["outline"],
            "colour": stone["colour"],
            "size_mm": [round(px * mm, 2) for px in stone["outline"]["axes_px"]] if mm else None,
            "unsure": False,
        }
        for stone in confirmed.data["stones"]
    ]


def _remarks(photo: PiecePhoto, fingerprint: PhotoFingerprint | None, count: int) -> list[str]:
    """What the reading and the piece's declared facts don't agree on."""
    declared = photo.piece.declared or {}
    remarks = []
    if declared.get("stones") is not None and declared["stones"] != count:
        remarks.append(
            f"You declared {declared['stones']} stones; {count} are marked here. Some may be hidden from this side: "
            "mark those that the photo shows."
        )
    links = (fingerprint.data.get("links") or {}).get("count") if fingerprint else None
    if links and declared.get("links") is not None and declared["links"] != links:
        remarks.append(f"You declared {declared['links']} links; we count about {links} on this photo.")
    return remarks


def _photo(request: PageRequest, pk: int) -> PiecePhoto:
    return get_visible(PiecePhoto.objects.select_related("piece__brand"), request.user, pk=pk)
