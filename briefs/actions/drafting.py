"""The brief while it is a draft: begun, filled in, given pieces and reference pictures.

A draft is saved while somebody types, so its changes are not events; handing it in writes the whole of it into one.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from briefs.actions.photos import shown_name
from briefs.actions.pieces import create_piece_with_photo
from briefs.models import Brief, BriefPiece, Piece, Reference
from briefs.photo_reading import read_upload, reference_thumbnail
from briefs.stored_files import sha256_of, shelf
from briefs.vocabulary import CHANNELS, MARKETS, MOODS
from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Brand, Person
from studio.permissions import Right, require
from studio.workflow import check_version

LISTS: dict[str, Any] = {"channels": CHANNELS, "markets": MARKETS, "moods": MOODS}
TEXTS = ("title", "purpose", "mood", "model_wishes", "pose_wishes", "light_wishes", "notes")
WISHES = (*TEXTS, *LISTS, "deadline", "tier")
Wanted = Sequence[tuple[Piece, int]]  # pieces with how many pictures of each
MOST_PIECES = 60
MOST_REFERENCES = 24


def create_brief(brand: Brand, *, by: Person, title: str = "") -> Brief:
    """An empty draft."""
    require(by, Right.WRITE_BRIEF, brand)
    with transaction.atomic():
        brief = Brief(brand=brand, created_by=by, title=title.strip())
        _check_wishes(brief, {"title": brief.title})
        brief.save()
        record_event("brief.created", brief, by=by)
    return brief


def create_whole_brief(brand: Brand, *, by: Person, pieces: Wanted = (), **wishes: Any) -> Brief:
    """A draft with its wishes and pieces: all of it or nothing."""
    with transaction.atomic():
        brief = create_brief(brand, by=by, title=wishes.get("title", ""))
        return change_brief(brief, by=by, pieces=pieces, **wishes)


def change_brief(
    brief: Brief, *, by: Person, seen_version: int | str | None = None, pieces: Wanted = (), **wishes: Any
) -> Brief:
    """Changes some WISHES of a draft, and adds pieces to it.

    Conflict where it was changed since `seen_version` or handed in; Invalid names fields.
    """
    unknown = set(wishes) - set(WISHES)
    if unknown:
        raise TypeError(f"not a brief's wish: {sorted(unknown)}")
    with transaction.atomic():
        brief = _draft(brief, by)
        check_version(brief, seen_version)
        changed = {k: v for k, v in wishes.items() if getattr(brief, k) != v}
        _check_wishes(brief, changed)
        if changed:
            Brief.objects.filter(pk=brief.pk).update(**changed, version=F("version") + 1, updated_at=timezone.now())
        for piece, pictures in pieces:
            add_piece_to_brief(brief, piece, by=by, pictures=pictures)
        brief.refresh_from_db()
    return brief


def add_piece_to_brief(brief: Brief, piece: Piece, *, by: Person, pictures: int = 1) -> BriefPiece:
    """Asks for pictures of one of the brand's pieces. A piece that is in the brief already stays as it is."""
    _check_pictures(pictures)
    with transaction.atomic():
        brief = _draft(brief, by)
        if piece.brand_id != brief.brand_id or piece.archived_at:
            raise Invalid(
                "brief.foreign_piece", "This piece can't be in this brief.", "Choose one of the brand's pieces."
            )
        if brief.wanted.count() >= MOST_PIECES:
            raise Invalid(
                "brief.too_many_pieces", f"A brief has room for {MOST_PIECES} pieces.", "Begin a second brief."
            )
        wanted, _ = BriefPiece.objects.get_or_create(brief=brief, piece=piece, defaults={"pictures": pictures})
        _touch(brief)
    return wanted


def create_piece_for_brief(brief: Brief, *, by: Person, file: File, name_of_file: str, **facts: Any) -> BriefPiece:
    """A new piece of the brief's brand with its first photo, asked for in the brief: all of it or nothing."""
    with transaction.atomic():
        brief = _draft(brief, by)
        photo = create_piece_with_photo(brief.brand, by=by, file=file, name_of_file=name_of_file, **facts)
        return add_piece_to_brief(brief, photo.piece, by=by)


def set_pictures(wanted: BriefPiece, pictures: int, *, by: Person) -> BriefPiece:
    """How many pictures of a piece are asked for, 1 to 20."""
    _check_pictures(pictures)
    with transaction.atomic():
        _touch(_draft(wanted.brief, by))
        BriefPiece.objects.filter(pk=wanted.pk).update(pictures=pictures)
        wanted.refresh_from_db()
    return wanted


def remove_piece_from_brief(wanted: BriefPiece, *, by: Person) -> None:
    """Takes a piece out of a draft; the piece itself stays."""
    with transaction.atomic():
        _touch(_draft(wanted.brief, by))
        wanted.delete()


def add_reference(brief: Brief, *, by: Person, file: File, original_name: str, note: str = "") -> Reference:
    """A picture that shows the mood. Raises Invalid where the file is no picture; the same file twice is one reference."""
    require(by, Right.WRITE_BRIEF, brief)
    upload = read_upload(file)
    sha256 = sha256_of(file)
    thumbnail = reference_thumbnail(file.read())
    with shelf(brief.brand_id) as files, transaction.atomic():
        brief = _draft(brief, by)
        known = brief.references.filter(sha256=sha256).first()
        if known is not None:
            return known
        if brief.references.count() >= MOST_REFERENCES:
            raise Invalid("brief.too_many_references", f"{MOST_REFERENCES} references are enough.", "Remove one first.")
        reference = Reference.objects.create(
            brief=brief,
            file=files.put("references", file, upload.suffix, sha256),
            thumbnail_file=files.put("thumbnails", thumbnail, ".webp"),
            original_name=shown_name(original_name),
            sha256=sha256,
            note=note.strip()[:300],
            created_by=by,
        )
        _touch(brief)
    return reference


def remove_reference(reference: Reference, *, by: Person) -> None:
    """Takes a reference out of a draft. Its file stays: another brief may hold the same picture."""
    with transaction.atomic():
        _touch(_draft(reference.brief, by))
        reference.delete()


def _draft(brief: Brief, by: Person) -> Brief:
    """The brief as it stands, locked, where this person may write it and it is still a draft."""
    require(by, Right.WRITE_BRIEF, brief)
    fresh = Brief.objects.select_for_update().get(pk=brief.pk)
    if fresh.state != Brief.State.DRAFT:
        raise Conflict(
            "brief.handed_in",
            f"This brief is {fresh.get_state_display().lower()} by now, so it can't be changed here.",
            "Tell the studio what should be different, or begin another brief.",
            state=fresh.state,
        )
    return fresh


def _touch(brief: Brief) -> None:
    # Pieces and references don't clash with what somebody else types, so they leave the version alone.
    Brief.objects.filter(pk=brief.pk).update(updated_at=timezone.now())


def _check_pictures(pictures: int) -> None:
    if isinstance(pictures, bool) or not isinstance(pictures, int) or not 1 <= pictures <= 20:
        raise Invalid(
            "brief.pictures", "Ask for 1 to 20 pictures of a piece.", errors={"pictures": ["Between 1 and 20."]}
        )


def _check_wishes(brief: Brief, wishes: dict[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    for name, value in wishes.items():
        if name in LISTS:
            unknown = [slug for slug in value if slug not in LISTS[name]] if isinstance(value, list) else [value]
            if unknown:
                errors[name] = [f"Not on the list: {', '.join(map(str, unknown))}."]
        elif name == "deadline":
            if isinstance(value, datetime.date) and value < timezone.localdate():
                errors[name] = ["This day has passed: choose a later one."]
        else:
            try:
                field: Any = Brief._meta.get_field(name)
                field.clean(value, brief)
            except ValidationError as error:
                errors[name] = list(error.messages)
    if errors:
        raise Invalid(
            "brief.invalid",
            "Some fields can't be taken as they are.",
            "Nothing was saved: mend them and go on.",
            errors=errors,
        )
