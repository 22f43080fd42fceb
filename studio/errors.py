"""Loupe's named errors for the site: a message for people, a code for machines, one HTTP status a class.

`studio.middleware.ErrorPages` turns them into a page or an htmx fragment, `studio.api.problem` into a problem+json.
"""

from __future__ import annotations


class LoupeError(Exception):
    """Something that can't be done as asked. `code` is dotted and stable; `message` and `hint` are for people."""

    status = 400

    def __init__(self, code: str, message: str, hint: str = "", **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details


class NotAllowed(LoupeError):
    """The person may see this, and may not do that."""

    status = 403


class Conflict(LoupeError):
    """The row has moved on since the person looked: a stale form, a transition that no longer leaves this state."""

    status = 409


class Invalid(LoupeError):
    """The input can be read and makes no sense; nothing was written."""

    status = 422


class NotThere(LoupeError):
    """No such row, or none that this person may know of."""

    status = 404


class TooOften(LoupeError):
    """Asked for more often than is allowed: a brake on guessing."""

    status = 429
