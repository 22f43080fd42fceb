"""What the pages and the API read: drafts with what they show, threads as one person may see them, lists."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse

from review.models import Annotation, Comment, Draft
from review.selector import Region, read_region
from studio.models import Membership, Person


def drafts_with_rows(person: Person) -> QuerySet[Draft]:
    """Visible drafts with what a card or a page of them asks for, at a number of queries that doesn't grow."""
    seen = Q(annotations__state=Annotation.State.OPEN)
    if not person.is_studio:
        seen &= Q(annotations__internal=False)
    return (
        Draft.objects.visible_to(person)
        .select_related("shot__brief__brand", "shot__piece", "shot__retoucher", "generation__photo", "gate_override_by")
        .annotate(open_marks=Count("annotations", filter=seen))
    )


@dataclass(frozen=True)
class Thread:
    """A mark and its comments as one person sees them. `region` is None for a thread on the whole picture."""

    annotation: Annotation
    comments: list[Comment]
    region: Region | None

    @property
    def is_open(self) -> bool:
        return self.annotation.state == Annotation.State.OPEN


def threads_of(draft: Draft, person: Person) -> list[Thread]:
    """The threads of a draft that this person may see, open ones first, in their order."""
    in_studio = Membership.objects.filter(person=OuterRef("created_by"), brand__isnull=True)
    rows = (
        Annotation.objects.visible_to(person)
        .filter(draft=draft)
        .select_related("created_by", "resolved_by")
        .prefetch_related(
            Prefetch(
                "comments",
                Comment.objects.visible_to(person).select_related("created_by").annotate(from_studio=Exists(in_studio)),
                to_attr="seen_comments",
            )
        )
        .order_by("internal", "number")
    )
    threads = [Thread(row, list(row.seen_comments), read_region(row.selector)) for row in rows]
    return sorted(threads, key=lambda t: not t.is_open)


def threads_seen(threads: list[Thread], person: Person, actions: list[str]) -> str:
    """Changes when anything that this person sees of the threads does, and with nothing else."""
    facts = [[t.annotation.pk, t.annotation.version, *[c.pk for c in t.comments]] for t in threads]
    text = json.dumps([person.pk, facts, actions])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def matrix_of(draft: Draft) -> list[list[float]] | None:
    """The lock's 3 × 3 matrix from photo pixels to picture pixels, where the generation kept it."""
    artifact = draft.generation.file("layer:matrix")
    if artifact is None:
        return None
    try:
        with artifact.file.open("rb") as source:
            layout = json.load(source)
    except (OSError, ValueError):
        return None
    matrix = layout.get("matrix") if isinstance(layout, dict) else None
    # A draped chain has no one matrix: its photo is laid side by side without being locked to the piece.
    return matrix if isinstance(matrix, list) and not layout.get("drape") else None


def viewer_data(draft: Draft, versions: list[Draft]) -> dict[str, Any]:
    """What the viewer element needs: this picture, and those that it can be compared with."""
    photo = draft.generation.photo
    # The version that this one follows comes first, then what is older, then what is newer.
    nearest = sorted((v for v in versions if v.pk != draft.pk), key=lambda v: (v.number > draft.number, -v.number))
    others = [_picture(v) for v in nearest]
    others.append(
        {
            "id": "photo",
            "label": "Product photo",
            "url": reverse("draft-picture", args=[draft.pk, "photo"]),
            "width": photo.width_px,
            "height": photo.height_px,
            "matrix": matrix_of(draft),
        }
    )
    return {"picture": _picture(draft), "others": others}


def _picture(draft: Draft) -> dict[str, Any]:
    return {
        "id": f"v{draft.number}",
        "label": f"v{draft.number}",
        "url": reverse("draft-picture", args=[draft.pk, "picture"]),
        "width": draft.generation.width_px,
        "height": draft.generation.height_px,
        "matrix": None,
    }
