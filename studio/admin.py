"""Records: every table to read, behind one door. Nothing is written here: a change is an action, with its guard and event.

Each app registers its models with `RecordAdmin`; the door is the right to manage the studio, asked anew for each page.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from rest_framework.authtoken.models import TokenProxy

from studio.models import Brand, Event, Invitation, Membership, Notification, Person
from studio.permissions import Right, may

admin.site.site_header = "Loupe records"
admin.site.site_title = "Loupe records"
admin.site.index_title = "Every table, to read"
admin.site.site_url = "/"
# Membership of the studio decides, not Django's own flag alone: a role taken away closes this door at once.
admin.site.has_permission = lambda request: may(request.user, Right.MANAGE_STUDIO)  # type: ignore[method-assign]
# Groups hold no right here, and a token is never shown again.
for model in (Group, TokenProxy):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class RecordAdmin(admin.ModelAdmin):
    """A table to read: no adding, changing, deleting, and no bulk action."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Right.MANAGE_STUDIO)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, Right.MANAGE_STUDIO)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Person)
class PersonAdmin(RecordAdmin):
    list_display = ["name", "email", "is_active", "created_at", "last_login"]
    search_fields = ["name", "email"]
    # The password's hash is nobody's to read.
    fields = ["name", "email", "is_active", "mail_notifications", "created_at", "last_login"]


@admin.register(Brand)
class BrandAdmin(RecordAdmin):
    list_display = ["name", "slug", "website", "created_at"]
    search_fields = ["name"]


@admin.register(Membership)
class MembershipAdmin(RecordAdmin):
    list_display = ["person", "brand", "role", "created_at"]
    list_filter = ["role", "brand"]
    list_select_related = ["person", "brand"]


@admin.register(Invitation)
class InvitationAdmin(RecordAdmin):
    list_display = ["email", "brand", "role", "invited_by", "created_at", "accepted_at", "revoked_at"]
    list_select_related = ["brand", "invited_by"]
    fields = ["email", "brand", "role", "invited_by", "created_at", "expires_at", "accepted_at", "revoked_at"]


@admin.register(Event)
class EventAdmin(RecordAdmin):
    list_display = ["chain", "number", "name", "subject_label", "by", "at", "internal"]
    list_filter = ["name", "brand"]
    list_select_related = ["by", "brand"]


@admin.register(Notification)
class NotificationAdmin(RecordAdmin):
    list_display = ["person", "kind", "text", "created_at", "read_at", "mailed_at"]
    list_filter = ["kind"]
    list_select_related = ["person"]
