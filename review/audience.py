"""Who is told of what: a brand's people who review, and the studio's people who work on a shot."""

from __future__ import annotations

from briefs.models import Brief, Shot
from review.models import Annotation
from studio.models import Person
from studio.models.people import BRAND_ROLES, STUDIO_ROLES, people_with_roles
from studio.permissions import ROLES_WITH, Right


def reviewers_of(brief: Brief) -> list[Person]:
    """Everybody of the brand who may comment."""
    return list(people_with_roles(ROLES_WITH[Right.COMMENT] & BRAND_ROLES, brief.brand_id))


def makers_of(shot: Shot) -> list[Person]:
    """The shot's retoucher and its brief's producer; every planner where neither is named."""
    named = [p for p in (shot.retoucher, shot.brief.producer) if p is not None]
    return named or planners()


def planners() -> list[Person]:
    return list(people_with_roles(ROLES_WITH[Right.PLAN] & STUDIO_ROLES, None))


def voices_of(annotation: Annotation) -> list[Person]:
    """The brand's people who spoke in a mark's thread where a client reads it."""
    spoke = Person.objects.filter(pk__in=annotation.comments.filter(internal=False).values("created_by"))
    brand_id = annotation.brand_id
    return [p for p in spoke.prefetch_related("memberships") if brand_id in p.brand_ids]


def without(people: list[Person], by: Person | None) -> list[Person]:
    """Nobody is told of what they did themselves, nor twice."""
    return list({p.pk: p for p in people if by is None or p.pk != by.pk}.values())
