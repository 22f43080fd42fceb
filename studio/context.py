"""What every page's frame needs: the person's rights in words that templates can ask, navigation, unread notices."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from studio.navigation import places
from studio.permissions import Right, may_somewhere


def frame(request: HttpRequest) -> dict[str, object]:
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {}
    return {
        "is_studio": person.is_studio,
        "rights": {right.value for right in Right if may_somewhere(person, right)},
        "navigation": places(person, request.path),
        # Lazy: a fragment for htmx has no bell, and shouldn't count for one.
        "unread_count": SimpleLazyObject(lambda: person.notifications.unread().count()),
    }
