"""Brakes on guessing, in the cache alone: no table grows, and nobody's account can be locked from elsewhere.

Two windows count failures: one for an e-mail from one address (a person's own guesses), one for an address over every
e-mail (a list tried through). A success clears the first. Without a cache the door still opens: a brake that fails must
not lock a studio out, and the failure is logged.
"""

from __future__ import annotations

import hashlib
import logging

from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

WINDOW_S = 15 * 60
PER_PERSON = 8
PER_ADDRESS = 60
log = logging.getLogger("loupe.throttle")


def _keys(scope: str, email: str, request: HttpRequest) -> tuple[str, str]:
    address = request.META.get("REMOTE_ADDR", "")

    def key(*parts: str) -> str:
        # Hashed: what somebody typed must not become a key, and no e-mail is kept.
        return f"{scope}:{hashlib.sha256(':'.join(parts).encode()).hexdigest()}"

    return key(email.strip().lower(), address), key(address)


def is_braked(scope: str, email: str, request: HttpRequest) -> bool:
    """Whether this e-mail from this address, or this address at all, has to wait."""
    one, every = _keys(scope, email, request)
    try:
        counts = cache.get_many([one, every])
    except (RedisError, OSError):
        log.exception("the cache is away: no brake on %s", scope)
        return False
    return counts.get(one, 0) >= PER_PERSON or counts.get(every, 0) >= PER_ADDRESS


def count_failure(scope: str, email: str, request: HttpRequest) -> None:
    """One more failure in both windows; a window begins with its first."""
    try:
        for key in _keys(scope, email, request):
            cache.add(key, 0, WINDOW_S)
            try:
                cache.incr(key)
            except ValueError:  # it ran out between the two
                cache.set(key, 1, WINDOW_S)
    except (RedisError, OSError):
        log.exception("the cache is away: no brake on %s", scope)


def clear(scope: str, email: str, request: HttpRequest) -> None:
    """The person got in: their own guesses are forgotten, the address's are not."""
    try:
        cache.delete(_keys(scope, email, request)[0])
    except (RedisError, OSError):
        log.exception("the cache is away: no brake on %s", scope)
