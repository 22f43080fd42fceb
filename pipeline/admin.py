"""Directions, generations and artifacts for the studio's admins to look into. Read-only: they are made by running."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pipeline.models import Artifact, DirectionRecord, Generation, Plate


class _ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DirectionRecord)
class DirectionAdmin(_ReadOnly):
    list_display = ["id", "shot", "number", "created_by", "created_at"]
    list_select_related = ["shot__brief", "created_by"]
    search_fields = ["sha256", "shot__title"]


@admin.register(Generation)
class GenerationAdmin(_ReadOnly):
    list_display = ["id", "shot", "number", "state", "verdict", "attempt", "worker", "created_at", "finished_at"]
    list_filter = ["state", "verdict"]
    list_select_related = ["shot__brief"]
    search_fields = ["draft_sha256", "report_sha256", "shot__title"]


@admin.register(Artifact)
class ArtifactAdmin(_ReadOnly):
    list_display = ["id", "generation", "kind", "sha256", "size_bytes"]
    list_select_related = ["generation__shot__brief"]
    search_fields = ["sha256"]


@admin.register(Plate)
class PlateAdmin(_ReadOnly):
    list_display = ["id", "name", "brand", "state", "created_by", "created_at", "archived_at"]
    list_filter = ["state"]
    list_select_related = ["brand", "created_by"]
    search_fields = ["sha256", "name"]
