"""Plates for programs: take one in, read what was found on it, measure a place, archive it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from briefs.photo_reading import CONTENT_TYPES, refuse_heavy
from pipeline import actions
from pipeline.models import Plate
from studio.api import Problem
from studio.api_rows import VisibleRows
from studio.files import serve
from studio.models import Brand
from studio.permissions import get_visible
from studio.requests import ApiRequest

_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


class PlateSerializer(serializers.ModelSerializer):
    """A plate. `anchors` are the places that wear a piece, read and measured; `brand` null is the studio's."""

    anchors = serializers.ListField(child=serializers.DictField(), read_only=True)
    calibration = serializers.SerializerMethodField()

    class Meta:
        model = Plate
        fields = [
            "id",
            "brand",
            "name",
            "license",
            "state",
            "sha256",
            "width_px",
            "height_px",
            "anchors",
            "calibration",
            "refusal",
            "created_at",
            "archived_at",
            "version",
        ]
        read_only_fields = fields

    def get_calibration(self, row: Plate) -> int | None:
        """The number of the calibration in force."""
        return row.calibration.number if row.calibration else None


class AddPlateSerializer(serializers.Serializer):
    """A plate's file and whose it is, as multipart/form-data; without a brand it is the studio's."""

    brand = serializers.IntegerField(required=False, allow_null=True)
    name = serializers.CharField(max_length=120)
    license = serializers.CharField(max_length=2000)
    file = serializers.FileField()


class CalibrationSerializer(serializers.Serializer):
    """What was measured at one place: two edge points in the plate's pixels, and how far apart they really are."""

    anchor = serializers.CharField(max_length=31)
    edges = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        min_length=2,
        max_length=2,
    )
    axis = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        min_length=2,
        max_length=2,
        required=False,
    )
    width_mm = serializers.FloatField()
    tilt_deg = serializers.FloatField(required=False)
    version = serializers.IntegerField(required=False)


class UncalibrateSerializer(serializers.Serializer):
    """The place whose measure is taken back."""

    anchor = serializers.CharField(max_length=31)
    version = serializers.IntegerField(required=False)


@extend_schema(tags=["plates"])
class PlateViewSet(VisibleRows):
    queryset = Plate.objects.prefetch_related("calibrations")
    serializer_class = PlateSerializer
    filters = {"brand": "brand"}
    parser_classes = [JSONParser, MultiPartParser]

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        # Finding out who asks may read the whole body for its CSRF token, so the size is looked at before.
        refuse_heavy(int(request.META.get("CONTENT_LENGTH") or 0) - 100_000)
        super().initial(request, *args, **kwargs)

    @extend_schema(request={"multipart/form-data": AddPlateSerializer}, responses={201: PlateSerializer, **_REFUSALS})
    def create(self, request: Any) -> Response:
        """Takes in a plate. It is read by a worker: ask again until its state is ready or refused."""
        asked = self.checked(AddPlateSerializer)
        brand = get_visible(Brand.objects.all(), request.user, pk=asked["brand"]) if asked.get("brand") else None
        file = asked["file"]
        made = actions.add_plate(
            brand, by=request.user, file=file, original_name=file.name, name=asked["name"], license=asked["license"]
        )
        return self.told(made, status.HTTP_201_CREATED)

    @extend_schema(request={"application/json": CalibrationSerializer}, responses={200: PlateSerializer, **_REFUSALS})
    @action(detail=True, methods=["post"])
    def calibrate(self, request: ApiRequest, pk: int) -> Response:
        """Keeps what was measured at one place, as the plate's next calibration."""
        row = self.get_object()
        measured = self.checked(CalibrationSerializer)
        seen = measured.pop("version", None)
        actions.calibrate_plate(row, measured, by=request.user, seen_version=seen)
        return self.told(self.get_object())

    @extend_schema(request={"application/json": UncalibrateSerializer}, responses={200: PlateSerializer, **_REFUSALS})
    @action(detail=True, methods=["post"])
    def uncalibrate(self, request: ApiRequest, pk: int) -> Response:
        """Takes back what was measured at one place."""
        row = self.get_object()
        asked = self.checked(UncalibrateSerializer)
        actions.uncalibrate_plate(row, asked["anchor"], by=request.user, seen_version=asked.get("version"))
        return self.told(self.get_object())

    @extend_schema(request=None, responses={200: PlateSerializer, **_REFUSALS})
    @action(detail=True, methods=["post"])
    def archive(self, request: ApiRequest, pk: int) -> Response:
        """Takes a plate out of use; what was made on it stays."""
        return self.told(actions.archive_plate(self.get_object(), by=request.user))

    @extend_schema(responses={(200, "image/*"): OpenApiTypes.BINARY, 404: Problem})
    @action(detail=True)
    def file(self, request: ApiRequest, pk: int) -> HttpResponseBase:
        """The plate's bytes, as they were uploaded."""
        row = self.get_object()
        suffix = "." + row.file.name.rsplit(".", 1)[-1]
        return serve(row.file, CONTENT_TYPES.get(suffix, "application/octet-stream"))
