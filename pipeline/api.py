"""Directions, generations and artifacts for programs. Reads go through `visible_to`, writes through the actions."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from briefs.models import Shot
from pipeline import actions
from pipeline.direction import LONG_SIDE_PX
from pipeline.forms import checked_direction
from pipeline.models import Artifact, DirectionRecord, Generation
from studio.api import Problem
from studio.api_rows import VisibleRows
from studio.files import serve
from studio.permissions import get_visible
from studio.requests import ApiRequest

_OF_SHOT = OpenApiParameter("shot", OpenApiTypes.INT, description="Only those of this shot.")
_OF_GENERATION = OpenApiParameter("generation", OpenApiTypes.INT, description="Only those of this generation.")
_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


class DirectionSerializer(serializers.ModelSerializer):
    """A Direction that was run; `data` is the whole of it, `changed` its difference to its parent."""

    data = serializers.DictField(read_only=True)  # type: ignore[assignment]  # a field of the answer, not of the class
    changed = serializers.DictField(read_only=True)

    class Meta:
        model = DirectionRecord
        fields = ["id", "shot", "number", "parent", "sha256", "note", "data", "changed", "created_by", "created_at"]
        read_only_fields = fields


class GenerationSerializer(serializers.ModelSerializer):
    """A run of an engine: where it stands and what came of it."""

    waits_for_queue = serializers.BooleanField(read_only=True)

    class Meta:
        model = Generation
        fields = [
            "id",
            "shot",
            "number",
            "direction",
            "photo",
            "matte",
            "facts",
            "quality",
            "state",
            "attempt",
            "stage",
            "fraction",
            "waits_for_queue",
            "cancel_requested_at",
            "error_code",
            "error_message",
            "verdict",
            "draft_sha256",
            "report_sha256",
            "width_px",
            "height_px",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class GenerationDetailSerializer(GenerationSerializer):
    """The same, with its report, timings and versions."""

    report = serializers.DictField(read_only=True)
    timings = serializers.DictField(child=serializers.FloatField(), read_only=True)
    versions = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta(GenerationSerializer.Meta):
        fields = [*GenerationSerializer.Meta.fields, "report", "timings", "versions"]
        read_only_fields = fields


class StartGenerationSerializer(serializers.Serializer):
    """What starts a generation. `direction` is a whole Direction (docs/direction.schema.json)."""

    shot = serializers.IntegerField()
    direction = serializers.DictField()
    quality = serializers.ChoiceField(choices=list(LONG_SIDE_PX), required=False)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    parent = serializers.IntegerField(  # type: ignore[assignment]  # a field of the answer, not of the class
        required=False, allow_null=True, help_text="The direction it was made from."
    )


class ArtifactSerializer(serializers.ModelSerializer):
    """A file that a generation made; `file_url` sends its bytes."""

    file_url = serializers.SerializerMethodField()

    class Meta:
        model = Artifact
        fields = ["id", "generation", "kind", "sha256", "size_bytes", "content_type", "file_url"]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.URI)
    def get_file_url(self, row: Artifact) -> str:
        from rest_framework.reverse import reverse

        return reverse("api-artifact-file", args=[row.pk], request=self.context.get("request"))


@extend_schema(parameters=[], tags=["directions"])
class DirectionViewSet(VisibleRows):
    queryset = DirectionRecord.objects.all()
    serializer_class = DirectionSerializer
    filters = {"shot": "shot"}

    @extend_schema(parameters=[_OF_SHOT])
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)


@extend_schema(tags=["generations"])
class GenerationViewSet(VisibleRows):
    queryset = Generation.objects.select_related("shot__brief")
    serializer_class = GenerationSerializer
    filters = {"shot": "shot"}

    def get_serializer_class(self) -> Any:
        return GenerationDetailSerializer if self.action == "retrieve" else GenerationSerializer

    @extend_schema(parameters=[_OF_SHOT])
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(request=StartGenerationSerializer, responses={201: GenerationSerializer, **_REFUSALS})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Queues a generation of a Direction on a shot."""
        wanted = self.checked(StartGenerationSerializer)
        shot = get_visible(Shot.objects.select_related("brief"), request.user, pk=wanted["shot"])
        parent = wanted.get("parent")
        started = actions.start_generation(
            shot,
            by=request.user,
            direction=checked_direction(wanted["direction"]),
            quality=wanted.get("quality"),
            note=wanted.get("note", ""),
            parent=get_visible(DirectionRecord.objects.all(), request.user, pk=parent) if parent else None,
        )
        return self.told(started, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: GenerationSerializer, **_REFUSALS})
    @action(detail=True, methods=["post"])
    def cancel(self, request: ApiRequest, pk: int) -> Response:
        """Stops it: at once while it waits, at its next checkpoint while it runs."""
        return self.told(actions.request_cancel(self.get_object(), by=request.user))

    @extend_schema(request=None, responses={201: GenerationSerializer, **_REFUSALS})
    @action(detail=True, methods=["post"])
    def retry(self, request: ApiRequest, pk: int) -> Response:
        """Runs the Direction of a failed or cancelled generation again, as a new generation."""
        again = actions.retry_generation(self.get_object(), by=request.user)
        return self.told(again, status.HTTP_201_CREATED)


@extend_schema(tags=["artifacts"])
class ArtifactViewSet(VisibleRows):
    queryset = Artifact.objects.select_related("generation__shot__brief")
    serializer_class = ArtifactSerializer
    filters = {"generation": "generation"}

    @extend_schema(parameters=[_OF_GENERATION])
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 404: Problem})
    @action(detail=True)
    def file(self, request: ApiRequest, pk: int) -> HttpResponseBase:
        """The file's bytes, as they were made."""
        row = self.get_object()
        return serve(row.file, row.content_type)
