"""Template tags of the one permission door, the event log's words, icons and times."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

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


@register.simple_tag
def icon(name: str) -> SafeString:
    """``{% icon "bell" %}``: one of studio/static/studio/icons.svg, hidden from screen readers: words stand beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("studio/icons.svg"),
        name,
    )


@register.simple_tag
def when(value: datetime | None, style: str = "short") -> SafeString | str:
    """``{% when event.at %}``: a time that the browser writes in its reader's zone. Styles: short, long, day, ago."""
    if value is None:
        return ""
    return format_html(
        '<local-time datetime="{}" data-style="{}">{} UTC</local-time>',
        value.isoformat(timespec="seconds"),
        style,
        date_format(timezone.localtime(value), "j M Y, H:i"),
    )


@register.filter
def due_words(value: date | None) -> str:
    """A date as people say it beside work: "today", "Thursday", "12 May", "3 days late"."""
    if value is None:
        return ""
    days = (value - timezone.localdate()).days
    if days < 0:
        return f"{-days} day{'s' if days < -1 else ''} late"
    if days < 2:
        return ("today", "tomorrow")[days]
    if days < 7:
        return date_format(value, "l")
    return date_format(value, "j M" if value.year == timezone.localdate().year else "j M Y")


@register.inclusion_tag("studio/_field.html")
def field(bound: Any) -> dict[str, Any]:
    """``{% field form.email %}``: label, widget, hint and error as one, tied together for screen readers."""
    from studio.forms import described

    return {
        "field": bound,
        "widget": described(bound),
        "is_choice": bound.field.widget.__class__.__name__ == "CheckboxInput",
    }


@register.inclusion_tag("studio/_form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """What is wrong with the form as a whole, above its fields."""
    return {"errors": form.non_field_errors()}
