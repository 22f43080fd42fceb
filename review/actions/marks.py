"""Marks on a picture and their threads. Each write is one change of one row, so two people never overwrite each other.

What is internal stays with the studio: an internal mark has only internal comments, and a client never writes one.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from review.audience import makers_of, voices_of, without
from review.models import INTERNAL_MARKS_FROM, Annotation, Comment, Draft
from review.selector import check_selector
from studio.actions import notify
from studio.errors import Conflict, Invalid, NotThere
from studio.events import record_event
from studio.models import Person
from studio.permissions import Right, require

TEXT_MAX = 4000


def add_annotation(
    draft: Draft,
    *,
    by: Person,
    text: str,
    selector: Any = None,
    internal: bool = False,
    client_key: str | uuid.UUID | None = None,
) -> Annotation:
    """A new mark (or, without a selector, a thread on the whole picture) with its first comment.

    The same `client_key` from the same person answers the mark that it made the first time. Raises Invalid for an empty
    text or a selector outside the picture.
    """
    require(by, Right.COMMENT_INTERNALLY if internal else Right.COMMENT, draft)
    text = _text(text)
    key = _key(client_key)
    place = check_selector(selector, draft.generation.width_px, draft.generation.height_px)
    try:
        with transaction.atomic():
            Draft.objects.select_for_update().get(pk=draft.pk)
            annotation, made = _once(Annotation, key, by, {"draft": draft}) or (
                write_annotation(draft, by=by, text=text, selector=place, internal=internal, client_key=key),
                True,
            )
            if made:
                _tell(annotation, by=by, text=text, internal=internal)
    except IntegrityError as error:
        raise _key_taken() from error
    return annotation


def write_annotation(
    draft: Draft,
    *,
    by: Person,
    text: str,
    selector: dict[str, str] | None,
    internal: bool,
    client_key: uuid.UUID | None,
) -> Annotation:
    """The rows and events of a new mark, for actions that have checked their right already. Inside a transaction."""
    # The draft's row is the lock under which its marks are numbered.
    Draft.objects.select_for_update().get(pk=draft.pk)
    numbered = draft.annotations.filter(internal=internal)
    last = numbered.aggregate(last=Max("number"))["last"] or (INTERNAL_MARKS_FROM if internal else 0)
    annotation = Annotation.objects.create(
        draft=draft, number=last + 1, selector=selector, internal=internal, created_by=by, client_key=client_key
    )
    Comment.objects.create(annotation=annotation, text=text, internal=internal, created_by=by)
    record_event(
        "annotation.add",
        annotation,
        by=by,
        after={"label": annotation.label, "selector": selector["value"] if selector else None},
        internal=internal,
    )
    return annotation


def add_comment(
    annotation: Annotation,
    *,
    by: Person,
    text: str,
    internal: bool = False,
    client_key: str | uuid.UUID | None = None,
) -> Comment:
    """A reply in a mark's thread; always internal in an internal one. Idempotent by `client_key` as a mark is."""
    _require_known(annotation, by)
    internal = internal or annotation.internal
    require(by, Right.COMMENT_INTERNALLY if internal else Right.COMMENT, annotation)
    text = _text(text)
    key = _key(client_key)
    try:
        with transaction.atomic():
            Annotation.objects.select_for_update().get(pk=annotation.pk)
            again = _once(Comment, key, by, {"annotation": annotation})
            if again:
                return again[0]
            comment = Comment.objects.create(
                annotation=annotation, text=text, internal=internal, created_by=by, client_key=key
            )
            record_event("comment.add", comment, by=by, after={"mark": annotation.label}, internal=internal)
            _tell(annotation, by=by, text=text, internal=internal)
    except IntegrityError as error:
        raise _key_taken() from error
    return comment


def resolve_annotation(annotation: Annotation, *, by: Person) -> None:
    """Done. Resolving what is resolved already changes nothing and tells nobody."""
    _set_state(annotation, Annotation.State.RESOLVED, by)


def reopen_annotation(annotation: Annotation, *, by: Person) -> None:
    """Not done after all."""
    _set_state(annotation, Annotation.State.OPEN, by)


def _set_state(annotation: Annotation, state: str, by: Person) -> None:
    _require_known(annotation, by)
    require(by, Right.COMMENT, annotation)
    resolved = state == Annotation.State.RESOLVED
    with transaction.atomic():
        changed = (
            Annotation.objects.filter(pk=annotation.pk)
            .exclude(state=state)
            .update(
                state=state,
                resolved_by=by if resolved else None,
                resolved_at=timezone.now() if resolved else None,
                version=models.F("version") + 1,
            )
        )
        before = annotation.state
        annotation.refresh_from_db()
        if changed:
            record_event(
                "annotation.resolve" if resolved else "annotation.reopen",
                annotation,
                by=by,
                before={"state": before},
                after={"state": state},
                internal=annotation.internal,
            )


def _require_known(annotation: Annotation, by: Person) -> None:
    if annotation.internal and not by.is_studio:
        raise NotThere("row.not_there", "No such mark, or none that you may know of.")


def _tell(annotation: Annotation, *, by: Person, text: str, internal: bool) -> None:
    draft = annotation.draft
    people = makers_of(draft.shot)
    if not internal and by.is_studio and draft.sent_at:
        people = people + voices_of(annotation)
    notify(
        without(people, by),
        kind="comment.internal" if internal else "comment.added",
        text=f"{by} on {draft}, mark {annotation.label}: {text[:160]}",
        url=reverse("draft", args=[draft.pk]),
        brand=draft.shot.brief.brand,
    )


def _once(
    model: type[models.Model], key: uuid.UUID | None, by: Person, where: dict[str, Any]
) -> tuple[Any, bool] | None:
    """The row that this key made before. Raises Conflict where it was another person's, or in another place."""
    if key is None:
        return None
    row: Any = model._default_manager.filter(client_key=key).first()
    if row is None:
        return None
    if row.created_by_id != by.pk or any(getattr(row, f"{name}_id") != target.pk for name, target in where.items()):
        raise _key_taken()
    return row, False


def _key_taken() -> Conflict:
    return Conflict("client_key.taken", "This client_key was used for something else.", "Send it with a new key.")


def _key(value: str | uuid.UUID | None) -> uuid.UUID | None:
    if value in (None, ""):
        return None
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError as error:
        raise Invalid("client_key.form", "A client_key must be a UUID.") from error


def _text(text: str) -> str:
    kept = (text or "").replace("\x00", "").strip()
    if not kept:
        raise Invalid("comment.empty", "Write what you want to say.")
    if len(kept) > TEXT_MAX:
        raise Invalid("comment.long", f"A comment may have {TEXT_MAX} characters; this one has {len(kept)}.")
    return kept
