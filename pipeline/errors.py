"""Loupe's named errors for the picture half: a message for people, a code for machines.

One class a kind of trouble; one place (the page, the API or the command) turns them into a form error,
a problem+json or exit code 2. A message says what happened, what is safe, and what to do.
"""

from __future__ import annotations


class PictureError(Exception):
    """A picture can't be made or judged as asked; nothing was written.

    `code` is a dotted machine name such as ``photo.truncated``; `message` is for people; `hint` says what to do.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class PhotoRefused(PictureError):
    """The uploaded file is no photograph that Loupe can work from (unreadable, too big, animated...)."""


class MatteRefused(PictureError):
    """The photo can be read, but its piece can't be cut out well; it is refused with the reason, never guessed."""


class DirectionRefused(PictureError):
    """The Direction can't be carried out: an unknown field, a value out of range, a rig with no light."""


class PlacementRefused(PictureError):
    """The piece can't be placed as asked: too large for the body part, a view that can't be worn."""


class Cancelled(Exception):
    """Raised at a checkpoint after a cancel was asked for; the run leaves nothing behind."""
