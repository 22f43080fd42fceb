"""The app's sections of the home page."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Prefetch
from django.urls import reverse

from briefs.board import ENDED, waiting_briefs
from briefs.covers import covers_of
from briefs.models import Brief, Piece, PiecePhoto, Shot
from briefs.plain_states import TONES, plain_state
from briefs.views.briefs import with_counts
from studio import home
from studio.models import Person
from studio.permissions import Right, may, may_somewhere
from studio.templatetags.loupe import due_words

SHOWN = 6
_B = Brief.State
_IN_WORK = [
    _B.SUBMITTED, _B.ACCEPTED, _B.IN_PRODUCTION, _B.IN_REVIEW, _B.CHANGES_REQUESTED, _B.APPROVED, _B.ON_HOLD,
]  # fmt: skip


def thumbnail_of(piece: Piece | None) -> str:
    photo = piece.photo if piece else None
    return reverse("photo-file", args=[photo.pk, "thumbnail"]) if photo and photo.thumbnail_file else ""


def for_brand(person: Person) -> list[home.Section] | None:
    """A brand's drafts and briefs in work, and its newest pieces."""
    if person.is_studio or not person.brand_ids:
        return None
    rows = with_counts(Brief.objects.visible_to(person)).prefetch_related(
        Prefetch("pieces", Piece.objects.prefetch_related("photos"))
    )
    rows = rows.order_by("-id")
    drafts = list(rows.filter(state__in=[_B.DRAFT, _B.DECLINED])[:SHOWN])
    work = list(rows.filter(state__in=_IN_WORK)[:SHOWN])
    pieces = list(Piece.objects.visible_to(person).standing().prefetch_related("photos")[:SHOWN])
    writes = may_somewhere(person, Right.WRITE_BRIEF)
    unconfirmed = PiecePhoto.objects.visible_to(person).to_confirm().select_related("piece").with_facts()[:SHOWN]
    return [
        home.Section("Waiting for you", [_brief_item(b) for b in drafts] if writes else [], order=10),
        home.Section(
            "Waiting for you",
            [_facts_item(photo) for photo in unconfirmed] if may_somewhere(person, Right.CONFIRM_FACTS) else [],
            order=11,
        ),
        home.Section(
            "In work", [_brief_item(b) for b in work], order=20, more_url=reverse("briefs"),
            empty="Nothing is in work. Begin a brief: what you need, for where, by when.",
        ),
        home.Section(
            "Pieces",
            [home.Item(p.name, reverse("piece", args=[p.pk]), p.sku, picture=thumbnail_of(p)) for p in pieces],
            order=40, shape="pictures", more_url=reverse("pieces"),
        ),
    ]  # fmt: skip


def _pieces(brief: Any) -> str:
    """Of a brief read with `piece_count`."""
    return f"{brief.piece_count} piece{'s' if brief.piece_count != 1 else ''}"


def _facts_item(photo: PiecePhoto) -> home.Item:
    read = photo.fingerprint
    return home.Item(
        photo.piece.name, reverse("photo-facts", args=[photo.pk]),
        read.question if read else "", badge="To confirm", tone="act",
        picture=reverse("photo-file", args=[photo.pk, "thumbnail"]) if photo.thumbnail_file else "",
    )  # fmt: skip


def _brief_item(brief: Brief) -> home.Item:
    piece = next(iter(brief.pieces.all()), None)
    editable = brief.state == _B.DRAFT
    return home.Item(
        str(brief), reverse("brief-edit" if editable else "brief", args=[brief.pk]), plain_state(brief),
        badge="Draft" if editable else brief.get_state_display(), tone=TONES[brief.state], picture=thumbnail_of(piece),
    )  # fmt: skip


def for_studio(person: Person) -> list[home.Section] | None:
    """Briefs to answer for planners, and one's own shots."""
    if not person.is_studio:
        return None
    sections = []
    if may(person, Right.PLAN):
        briefs = waiting_briefs(person)
        items = [
            home.Item(
                str(b), reverse("brief", args=[b.pk]),
                f"{b.brand} · {_pieces(b)} · due {due_words(b.deadline)}",
                badge="To answer", tone="act",
            )
            for b in briefs[:SHOWN]
        ]  # fmt: skip
        sections.append(home.Section("Waiting for you", items, order=10, more_url=reverse("board")))
    mine = (
        Shot.objects.visible_to(person).filter(retoucher=person).exclude(state__in=ENDED)
        .exclude(brief__state__in=[_B.CANCELLED, _B.CLOSED])
        .select_related("brief__brand", "piece").prefetch_related("piece__photos")
        .order_by(F("due").asc(nulls_last=True), "-priority", "id")
    )  # fmt: skip
    shown = list(mine[:SHOWN])
    covers = covers_of(shown, person)
    items = [
        home.Item(
            str(s), reverse("desk", args=[s.pk]), f"{s.brief.brand} · due {due_words(s.due)}" if s.due else str(s.brief.brand),
            badge=s.get_state_display(), tone="warn" if s.state == Shot.State.CHANGES_REQUESTED else "quiet",
            picture=covers[s.pk].picture if s.pk in covers else thumbnail_of(s.piece), late=s.is_late,
        )
        for s in shown
    ]  # fmt: skip
    sections.append(home.Section("Your shots", items, order=20, more_url=reverse("board") + "?mine=1"))
    return sections
