"""Every write of the studio app, a file a noun. Other apps call `notify`; the rest is for this app's pages and API."""

from studio.actions.invitations import accept_invitation, invite_person, revoke_invitation
from studio.actions.notifications import mark_all_read, mark_read, notify
from studio.actions.people import (
    change_account,
    change_password,
    create_brand,
    grant_role,
    remove_role,
    reset_password,
    reset_token,
)

__all__ = [
    "accept_invitation",
    "change_account",
    "change_password",
    "create_brand",
    "grant_role",
    "invite_person",
    "mark_all_read",
    "mark_read",
    "notify",
    "remove_role",
    "reset_password",
    "reset_token",
    "revoke_invitation",
]
