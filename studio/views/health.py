"""Whether this process can work: for a load balancer and for the embedded house. It says what is away, never where it is."""

from __future__ import annotations

import logging

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

log = logging.getLogger("loupe.health")


@login_not_required
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 where pages can be served; 503 without the database. A broker that is away delays work and loses none: it is
    told, and leaves the status at 200."""
    database, broker = _database(), _broker()
    return JsonResponse(
        {
            "status": "ok" if database and broker else "degraded" if database else "down",
            "database": database,
            "broker": broker,
        },
        status=200 if database else 503,
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except DatabaseError:
        log.exception("the database is away")
        return False


def _broker() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        log.warning("the broker is away")
        return False
