"""Requests as pages and the API get them: somebody is logged in, which `studio.middleware.LoginRequired` and the API's
permissions see to. Types alone: at run time a request is Django's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from rest_framework.request import Request

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from studio.models import Person


class PageRequest(HttpRequest):
    """A page's request behind the log-in."""

    user: Person
    htmx: HtmxDetails
    csp_nonce: str


class ApiRequest(Request):
    """An API request of somebody who is known by session or token."""

    user: Person
