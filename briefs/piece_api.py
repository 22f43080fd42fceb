"""Pieces and their photos for programs. Reads go through `visible_to`, writes through the actions."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from briefs import actions
from briefs.actions.pieces import FACTS
from briefs.models import Piece, PiecePhoto
from briefs.photo_reading import CONTENT_TYPES, refuse_heavy
from studio.api import Problem
from studio.api_rows import VisibleRows
from studio.files import serve
from studio.models import Brand
from studio.permissions import get_visible
from studio.requests import ApiRequest

_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


class PieceSerializer(serializers.ModelSerializer):
    """A product. `declared` counts its stones, prongs and links where the brand said them."""

    declared = serializers.DictField(child=serializers.IntegerField(), required=False)

    class Meta:
        model = Piece
        fields = [
            "id",
            "brand",
            "sku",
            "name",
            "category",
            "metal",
            "width_mm",
            "declared",
            "created_at",
            "archived_at",
            "version",
        ]
        read_only_fields = ["id", "created_at", "archived_at", "version"]
        # Uniqueness and ranges are the action's to say, in its words.
        validators: list[Any] = []


class ChangePieceSerializer(serializers.ModelSerializer):
    """Facts to change; `version` is the one that was seen, and a newer one stands against it."""

    declared = serializers.DictField(child=serializers.IntegerField(), required=False)
    version = serializers.IntegerField(required=False)

    class Meta:
        model = Piece
        fields = [*FACTS, "version"]


class PhotoSerializer(serializers.ModelSerializer):
    """An uploaded photograph, its state and what was found about it."""

    findings = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = PiecePhoto
        fields = [
            "id",
            "piece",
            "state",
            "original_name",
            "sha256",
            "size_bytes",
            "width_px",
            "height_px",
            "findings",
            "created_at",
        ]
        read_only_fields = fields


class UploadPhotoSerializer(serializers.Serializer):
    """A photo's file, as multipart/form-data."""

    piece = serializers.IntegerField()
    file = serializers.FileField()


@extend_schema(tags=["pieces"])
class PieceViewSet(VisibleRows):
    queryset = Piece.objects.all()
    serializer_class = PieceSerializer

    @extend_schema(request=PieceSerializer, responses={201: PieceSerializer, **_REFUSALS})
    def create(self, request: Any) -> Response:
        """Adds a piece to a brand."""
        facts = self.checked(PieceSerializer)
        brand = get_visible(Brand.objects.all(), request.user, pk=facts.pop("brand").pk)
        return self.told(actions.create_piece(brand, by=request.user, **facts), status.HTTP_201_CREATED)

    @extend_schema(request=ChangePieceSerializer, responses={200: PieceSerializer, **_REFUSALS})
    def partial_update(self, request: ApiRequest, pk: int) -> Response:
        """Changes facts of a piece; its photos are judged again where that matters."""
        row = self.get_object()
        facts = self.checked(ChangePieceSerializer, partial=True)
        seen = facts.pop("version", None)
        return self.told(actions.change_piece(row, by=request.user, seen_version=seen, **facts))

    @extend_schema(request=None, responses={200: PieceSerializer, **_REFUSALS})
    @action(detail=True, methods=["post"])
    def archive(self, request: ApiRequest, pk: int) -> Response:
        """Takes a piece out of use; what was made of it stays."""
        return self.told(actions.archive_piece(self.get_object(), by=request.user))


@extend_schema(tags=["photos"])
class PhotoViewSet(VisibleRows):
    queryset = PiecePhoto.objects.select_related("piece")
    serializer_class = PhotoSerializer
    parser_classes = [MultiPartParser]

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        # Finding out who asks may read the whole body for its CSRF token, so the size is looked at before.
        refuse_heavy(int(request.META.get("CONTENT_LENGTH") or 0) - 100_000)
        super().initial(request, *args, **kwargs)

    @extend_schema(request=UploadPhotoSerializer, responses={201: PhotoSerializer, **_REFUSALS})
    def create(self, request: Any) -> Response:
        """Takes in a photo. It is checked by a worker: read it again until its state is ready or refused."""
        asked = self.checked(UploadPhotoSerializer)
        piece = get_visible(Piece.objects.all(), request.user, pk=asked["piece"])
        file = asked["file"]
        return self.told(
            actions.add_photo(piece, by=request.user, file=file, original_name=file.name), status.HTTP_201_CREATED
        )

    @extend_schema(responses={(200, "image/*"): OpenApiTypes.BINARY, 404: Problem})
    @action(detail=True)
    def file(self, request: ApiRequest, pk: int) -> HttpResponseBase:
        """The photo's bytes, as they were uploaded."""
        row = self.get_object()
        suffix = "." + row.file.name.rsplit(".", 1)[-1]
        return serve(row.file, CONTENT_TYPES.get(suffix, "application/octet-stream"))
