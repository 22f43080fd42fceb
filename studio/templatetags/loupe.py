"""Template tags of the one permission door and the workflow tables."""

from __future__ import annotations

from typing import Any

from django import template

from studio.events import in_words
from studio.permissions import Right, may

register = template.Library()


@register.simple_tag(takes_context=True)
def may_do(context: dict[str, Any], right: str, row: Any = None) -> bool:
    """``{% may_do "decide" draft as can_decide %}``"""
    request = context.get("request")
    return bool(request and may(request.user, Right(right), row))


@register.filter
def event_words(event: Any) -> str:
    return in_words(event)
