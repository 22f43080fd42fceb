"""Pieces: add, change, archive."""

from __future__ import annotations

import math
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from briefs.actions.photos import add_photo, check_again
from briefs.models import Piece, PiecePhoto
from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Brand, Person
from studio.permissions import Right, require
from studio.workflow import check_version

FACTS = ("sku", "name", "category", "metal", "width_mm", "declared")
DECLARED = {"stones": 2000, "prongs": 8000, "links": 5000}  # what may be counted, and the most that is believed


def create_piece(brand: Brand, *, by: Person, **facts: Any) -> Piece:
    """A new piece of `brand` with these FACTS. Raises Invalid, naming the fields, for what can't be."""
    require(by, Right.EDIT_PIECES, brand)
    piece = Piece(brand=brand, created_by=by, **facts)
    _check_facts(piece)
    try:
        with transaction.atomic():
            piece.save()
            record_event("piece.created", piece, by=by, after=_told(piece))
    except IntegrityError as error:
        raise _sku_taken(piece.sku) from error
    return piece


def create_piece_with_photo(brand: Brand, *, by: Person, file: File, name_of_file: str, **facts: Any) -> PiecePhoto:
    """A piece and its first photo, both or neither."""
    with transaction.atomic():
        piece = create_piece(brand, by=by, **facts)
        return add_photo(piece, by=by, file=file, original_name=name_of_file)


def change_piece(piece: Piece, *, by: Person, seen_version: int | str | None = None, **facts: Any) -> Piece:
    """Changes FACTS of a piece. Conflict where somebody else changed it since `seen_version`.

    Its photos are judged by its category and width, so these changes have them checked again.
    """
    require(by, Right.EDIT_PIECES, piece)
    with transaction.atomic():
        piece = Piece.objects.select_for_update().get(pk=piece.pk)
        check_version(piece, seen_version)
        before = _told(piece)
        for name in FACTS:
            if name in facts:
                setattr(piece, name, facts[name])
        _check_facts(piece)
        after = _told(piece)
        if after == before:
            return piece
        try:
            with transaction.atomic():
                Piece.objects.filter(pk=piece.pk).update(
                    **{name: getattr(piece, name) for name in FACTS}, version=F("version") + 1
                )
        except IntegrityError as error:
            raise _sku_taken(piece.sku) from error
        piece.refresh_from_db()
        changed = {k for k in after if after[k] != before.get(k)}
        record_event(
            "piece.changed", piece, by=by,
            before={k: before.get(k) for k in changed}, after={k: after[k] for k in changed},
        )  # fmt: skip
        if changed & {"category", "width_mm"}:
            check_again(piece)
    return piece


def archive_piece(piece: Piece, *, by: Person) -> Piece:
    """Takes a piece off the lists. Conflict while a brief in work needs it."""
    require(by, Right.EDIT_PIECES, piece)
    with transaction.atomic():
        piece = Piece.objects.select_for_update().get(pk=piece.pk)
        if piece.archived_at:
            return piece
        ended = ("closed", "declined", "cancelled", "delivered")
        needed = piece.briefs.exclude(state__in=ended).first()
        if needed is not None:
            raise Conflict("piece.in_use", f"“{needed}” still needs this piece.", "Finish or cancel that brief first.")
        Piece.objects.filter(pk=piece.pk).update(archived_at=timezone.now(), version=F("version") + 1)
        piece.refresh_from_db()
        record_event("piece.archived", piece, by=by)
    return piece


def _check_facts(piece: Piece) -> None:
    piece.sku, piece.name = str(piece.sku or "").strip(), str(piece.name or "").strip()
    errors: dict[str, list[str]] = {}
    if isinstance(piece.width_mm, float) and not math.isfinite(piece.width_mm):
        errors["width_mm"] = ["Give the width as a number of millimetres."]
        piece.width_mm = 1.0
    try:
        piece.full_clean(exclude=["brand", "created_by"])
    except ValidationError as error:
        found = dict(error.message_dict)
        if NON_FIELD_ERRORS in found:  # the one rule over two fields: a SKU once a brand
            found.setdefault("sku", []).append(f"You have a piece with the SKU {piece.sku} already.")
            del found[NON_FIELD_ERRORS]
        errors = {**found, **errors}
    if "width_mm" in errors:
        errors["width_mm"] = [
            "The width must be between 1 and 1000 mm: measure the piece edge to edge as the photo shows it."
        ]
    wrong = _wrong_declared(piece.declared)
    if wrong:
        errors["declared"] = wrong
    if errors:
        raise Invalid(
            "piece.invalid", "Some facts of the piece can't be right.", "Nothing was saved: mend them and save again.",
            errors=errors,
        )  # fmt: skip


def _wrong_declared(declared: Any) -> list[str]:
    if not isinstance(declared, dict):
        return ["Declared facts are counts by name."]
    wrong = [f"Unknown fact: {name}." for name in declared if name not in DECLARED]
    for name, most in DECLARED.items():
        count = declared.get(name)
        if count is not None and (not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= most):
            wrong.append(f"The number of {name} must be between 0 and {most}.")
    return wrong


def _sku_taken(sku: str) -> Invalid:
    words = f"You have a piece with the SKU {sku} already."
    return Invalid("piece.sku_taken", words, "Use another SKU, or open that piece.", errors={"sku": [words]})


def _told(piece: Piece) -> dict[str, Any]:
    return {name: getattr(piece, name) for name in FACTS}
