"""The link that sets a new password: signed, for a day, and void once the password changed or its person logged in."""

from __future__ import annotations

from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from studio.models import Person


def reset_path(person: Person) -> str:
    """The page's path with the person's id and a fresh token."""
    return reverse(
        "password-reset-confirm",
        kwargs={
            "uidb64": urlsafe_base64_encode(force_bytes(person.pk)),
            "token": default_token_generator.make_token(person),
        },
    )
