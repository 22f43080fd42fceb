"""The one permission door: who may do what. Pages, API, sockets and admin all come through here.

Which rows somebody sees is each queryset's `visible_to(person)`; what they may do with a row they see is `may`.
A right belongs to roles; a row knows its tenant as `brand_id`. Nothing else in the code names a role.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from django.db import models

from studio.errors import NotAllowed, NotThere
from studio.models.people import Person, Role


class Tenanted(Protocol):
    """A row that knows whose it is."""

    @property
    def brand_id(self) -> int | None: ...


class Right(models.TextChoices):
    """What somebody may do, each in words that finish "you may not ..."."""

    MANAGE_BRAND = "manage_brand", "manage this brand's people"
    MANAGE_STUDIO = "manage_studio", "manage the studio's people and brands"
    EDIT_PIECES = "edit_pieces", "add or change pieces"
    REFINE_MATTE = "refine_matte", "refine how a piece is cut out"
    CONFIRM_FACTS = "confirm_facts", "confirm what a photo shows"
    WRITE_BRIEF = "write_brief", "write this brief"
    SUBMIT_BRIEF = "submit_brief", "submit this brief"
    PLAN = "plan", "plan, assign and send work to review"
    DIRECT = "direct", "direct a shot and generate pictures"
    EDIT_PLATES = "edit_plates", "add, calibrate or archive plates"
    CHECK = "check", "check drafts for the studio"
    COMMENT = "comment", "comment on drafts"
    COMMENT_INTERNALLY = "comment_internally", "write internal comments"
    SET_GATE = "set_gate", "say which checks must pass"
    DECIDE = "decide", "approve drafts or request changes"
    DELIVER = "deliver", "deliver pictures"
    DOWNLOAD = "download", "download delivered pictures"
    SEE_BOARD = "see_board", "see the studio's board"


_BRAND_ALL = {Role.BRAND_ADMIN, Role.APPROVER, Role.REVIEWER}
_STUDIO_ALL = {Role.PRODUCER, Role.RETOUCHER, Role.STUDIO_ADMIN}
_PLANNERS = {Role.PRODUCER, Role.STUDIO_ADMIN}

ROLES_WITH: dict[Right, frozenset[str]] = {
    Right.MANAGE_BRAND: frozenset({Role.BRAND_ADMIN} | _PLANNERS),
    Right.MANAGE_STUDIO: frozenset({Role.STUDIO_ADMIN}),
    Right.EDIT_PIECES: frozenset({Role.BRAND_ADMIN, Role.APPROVER} | _PLANNERS),
    Right.REFINE_MATTE: frozenset({Role.BRAND_ADMIN, Role.APPROVER} | _STUDIO_ALL),
    Right.CONFIRM_FACTS: frozenset({Role.BRAND_ADMIN, Role.APPROVER} | _PLANNERS),
    Right.WRITE_BRIEF: frozenset({Role.BRAND_ADMIN, Role.APPROVER}),
    Right.SUBMIT_BRIEF: frozenset({Role.BRAND_ADMIN, Role.APPROVER}),
    Right.PLAN: frozenset(_PLANNERS),
    Right.DIRECT: frozenset(_STUDIO_ALL),
    Right.EDIT_PLATES: frozenset({Role.BRAND_ADMIN} | _STUDIO_ALL),
    Right.CHECK: frozenset(_STUDIO_ALL),
    Right.COMMENT: frozenset(_BRAND_ALL | _STUDIO_ALL),
    Right.COMMENT_INTERNALLY: frozenset(_STUDIO_ALL),
    Right.SET_GATE: frozenset({Role.BRAND_ADMIN, Role.APPROVER} | _PLANNERS),
    Right.DECIDE: frozenset({Role.BRAND_ADMIN, Role.APPROVER}),
    Right.DELIVER: frozenset(_PLANNERS),
    Right.DOWNLOAD: frozenset(_BRAND_ALL | _STUDIO_ALL),
    Right.SEE_BOARD: frozenset(_STUDIO_ALL),
}


def may(person: Any, right: Right, row: Tenanted | None = None) -> bool:
    """Whether the person holds a role that has this right, in the row's brand (or in the studio, without a row)."""
    if not getattr(person, "is_authenticated", False) or not person.is_active:
        return False
    return bool(person.roles_in(row.brand_id if row is not None else None) & ROLES_WITH[right])


def may_somewhere(person: Any, right: Right) -> bool:
    """Whether the person has this right in any brand of theirs: for lists and for "new" buttons."""
    if not getattr(person, "is_authenticated", False) or not person.is_active:
        return False
    held = {role for _, role in person._held()}
    return bool(held & ROLES_WITH[right])


def require(person: Any, right: Right, row: Tenanted | None = None) -> None:
    """Raises NotAllowed where `may` is false."""
    if not may(person, right, row):
        raise NotAllowed(
            "permission.missing",
            f"Your role doesn't allow you to {right.label}.",
            "Ask your brand's admin or the studio.",
        )


Row = TypeVar("Row", bound=models.Model)


def get_visible(queryset: Any, person: Person, **lookup: Any) -> Any:
    """The one way from an id in a URL to a row: NotThere for what doesn't exist and for what is another tenant's."""
    row = queryset.visible_to(person).filter(**lookup).first()
    if row is None:
        raise NotThere(
            "row.not_there", "This page doesn't exist, or it belongs to somebody else.", "Go back to your home page."
        )
    return row
