"""Refined mattes for programs: have one made of strokes or a mask, look at it, keep it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from briefs import actions
from briefs.models import PhotoMatte, PiecePhoto
from briefs.photo_reading import refuse_heavy
from studio.api import Problem
from studio.api_rows import VisibleRows
from studio.permissions import get_visible
from studio.requests import ApiRequest

_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


class MatteSerializer(serializers.ModelSerializer):
    """A matte made by hand: its strokes, what was found about it, and whether it was kept."""

    strokes = serializers.DictField(read_only=True, allow_null=True)
    findings = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = PhotoMatte
        fields = ["id", "photo", "number", "state", "strokes", "findings", "created_by", "created_at", "kept_at"]
        read_only_fields = fields


class TryMatteSerializer(serializers.Serializer):
    """Keep and drop strokes in the photo's pixels, a mask's file (multipart/form-data), or both."""

    photo = serializers.IntegerField()
    strokes = serializers.JSONField(required=False, allow_null=True)
    mask = serializers.FileField(required=False)


@extend_schema(tags=["mattes"])
class MatteViewSet(VisibleRows):
    queryset = PhotoMatte.objects.select_related("photo__piece")
    serializer_class = MatteSerializer
    filters = {"photo": "photo"}
    parser_classes = [JSONParser, MultiPartParser]

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        # Finding out who asks may read the whole body for its CSRF token, so the size is looked at before.
        refuse_heavy(int(request.META.get("CONTENT_LENGTH") or 0) - 100_000)
        super().initial(request, *args, **kwargs)

    @extend_schema(request=TryMatteSerializer, responses={201: MatteSerializer, **_REFUSALS})
    def create(self, request: Any) -> Response:
        """Has a matte made by a worker: read it again until its state is ready or refused, then keep it."""
        asked = self.checked(TryMatteSerializer)
        photo = get_visible(PiecePhoto.objects.select_related("piece"), request.user, pk=asked["photo"])
        made = actions.try_matte(photo, by=request.user, strokes=asked.get("strokes"), mask=asked.get("mask"))
        return self.told(made, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: MatteSerializer, **_REFUSALS})
    @action(detail=True, methods=["post"])
    def keep(self, request: ApiRequest, pk: int) -> Response:
        """Makes it the photo's own."""
        row = self.get_object()
        actions.keep_matte(row, by=request.user)
        return self.told(row)
