"""Inviting people by mail. A link is used once, expires in a fortnight, and can be taken back."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from studio.actions.notifications import notify
from studio.actions.people import check_role_fits, give_role, right_to_manage
from studio.errors import Conflict, Invalid, NotAllowed, NotThere
from studio.events import record_event
from studio.mail import post
from studio.models import Brand, Invitation, Membership, Person
from studio.permissions import may, require


def invite_person(email: str, *, brand: Brand | None, role: str, by: Person) -> Invitation:
    """Mails somebody a link. Raises NotAllowed, Invalid for an address that isn't one, Conflict for what stands already."""
    require(by, right_to_manage(brand), brand)
    check_role_fits(role, brand)
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid("invitation.email", f"“{email}” is not an e-mail address.") from error
    with transaction.atomic():
        if Membership.objects.filter(person__email=email, brand=brand, role=role).exists():
            raise Conflict("invitation.has_role", f"{email} has that role already.")
        if Invitation.objects.open().filter(email=email, brand=brand, role=role).exists():
            raise Conflict(
                "invitation.open",
                f"{email} has an open invitation for that role already.",
                "Take it back first, if you want to send a new one.",
            )
        invitation = Invitation.objects.create(email=email, brand=brand, role=role, invited_by=by)
        record_event("invitation.sent", invitation, by=by, after={"email": email, "role": role})
        transaction.on_commit(partial(post, "send_invitation", invitation.pk))
    return invitation


def revoke_invitation(invitation: Invitation, *, by: Person) -> None:
    """Takes an open invitation back. Raises Conflict where it isn't open any more."""
    require(by, right_to_manage(invitation.brand), invitation.brand)
    with transaction.atomic():
        if not Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
            raise Conflict("invitation.not_open", "This invitation isn't open any more.", "Reload the page.")
        invitation.refresh_from_db()
        record_event("invitation.revoked", invitation, by=by)


def open_invitation(token: str) -> Invitation:
    """The invitation that a link names. Raises NotThere for one used, expired, taken back or made up."""
    found = Invitation.objects.open().select_related("brand", "invited_by").filter(token=token).first()
    if found is None:
        raise _gone()
    return found


def accept_invitation(
    invitation: Invitation, *, by: Person | None = None, name: str = "", password: str = ""
) -> Person:
    """Makes whoever was invited a person with the role: `by` who is logged in, or somebody new by `name` and `password`.

    Raises NotThere where the link was used in the same moment, NotAllowed where somebody else is logged in, or where its
    sender may not invite people any more, Conflict where the address has an account, which must log in first.
    """
    if by is not None and by.email != invitation.email:
        raise NotAllowed(
            "invitation.other_person",
            f"This invitation is for {invitation.email}, and you are logged in as {by.email}.",
            "Log out, then open the link again.",
        )
    if not may(invitation.invited_by, right_to_manage(invitation.brand), invitation.brand):
        raise _gone()
    try:
        with transaction.atomic():
            # The conditional update is the claim: of two that come at once, one changes the row.
            claimed = Invitation.objects.open().filter(pk=invitation.pk).update(accepted_at=timezone.now())
            if not claimed:
                raise _gone()
            person = by or _new_person(invitation.email, name, password)
            invitation.refresh_from_db()
            give_role(person, brand=invitation.brand, role=invitation.role, by=person)
            record_event("invitation.accepted", invitation, by=person, after={"person": person.pk})
            notify(
                [invitation.invited_by],
                kind="invitation.accepted",
                text=f"{person} accepted your invitation as {invitation.get_role_display().lower()}.",
                url=reverse("people"),
                brand=invitation.brand,
            )
    except IntegrityError as error:
        raise _has_account(invitation.email) from error
    return person


def _new_person(email: str, name: str, password: str) -> Person:
    if Person.objects.filter(email=email).exists():
        raise _has_account(email)
    name = " ".join(name.split())
    if not name or not password:
        raise Invalid("invitation.incomplete", "A name and a password are needed.")
    return Person.objects.create_user(email, password, name=name[:120])


def _has_account(email: str) -> Conflict:
    return Conflict("invitation.has_account", f"{email} has an account already.", "Log in, then open the link again.")


def _gone() -> NotThere:
    return NotThere(
        "invitation.gone",
        "This invitation can't be used: it was accepted already, taken back, or is over a fortnight old.",
        "Ask whoever invited you for a new one. If you have accepted it, just log in.",
    )
