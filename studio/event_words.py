"""The studio app's facts in words: what follows a person's name, before the subject's."""

from __future__ import annotations

WORDS = {
    "brand.created": "added the brand",
    "person.joined": "joined",
    "person.password_changed": "changed the password of",
    "person.password_reset": "set a new password by mail for",
    "person.account_changed": "changed the account of",
    "person.token_reset": "made a new API token for",
    "invitation.sent": "invited",
    "invitation.revoked": "took back the invitation of",
    "invitation.accepted": "accepted the invitation",
    "role.granted": "gave a role:",
    "role.removed": "took away a role:",
}
