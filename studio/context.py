"""What every page's frame needs: the person's rights in words that templates can ask, and unread notices."""

from __future__ import annotations

from django.http import HttpRequest

from studio.permissions import Right, may_somewhere


def frame(request: HttpRequest) -> dict[str, object]:
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {}
    return {
        "is_studio": person.is_studio,
        "rights": {right.value for right in Right if may_somewhere(person, right)},
        "unread_count": person.notifications.unread().count(),
    }
