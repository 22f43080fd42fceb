"""Looking at the review's rows; nothing is written here, because every write is an action."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from review.models import Annotation, Comment, Decision, Delivery, Draft, Round


class ReadOnly(admin.ModelAdmin):
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Draft)
class DraftAdmin(ReadOnly):
    list_display = ["__str__", "state", "sent_at", "created_by"]
    list_filter = ["state"]
    list_select_related = ["shot", "created_by"]


@admin.register(Round)
class RoundAdmin(ReadOnly):
    list_display = ["__str__", "sent_at", "deadline", "closed_at"]
    list_select_related = ["brief"]


@admin.register(Annotation)
class AnnotationAdmin(ReadOnly):
    list_display = ["__str__", "state", "internal", "created_by", "created_at"]
    list_filter = ["state", "internal"]
    list_select_related = ["draft__shot", "created_by"]


@admin.register(Comment)
class CommentAdmin(ReadOnly):
    list_display = ["__str__", "internal", "created_by", "created_at"]
    list_select_related = ["created_by"]


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    list_display = ["__str__", "verdict", "by", "at"]
    list_select_related = ["draft__shot", "by"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ["__str__", "state", "size_bytes", "ready_at", "downloaded_at"]
    list_filter = ["state"]
    list_select_related = ["brief"]
