"""What photos show, for programs: the readings, and confirming or correcting one."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from briefs import actions
from briefs.models import ConfirmedFacts, PhotoFingerprint
from studio.api import Problem
from studio.api_rows import VisibleRows
from studio.requests import ApiRequest

_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


class FingerprintSerializer(serializers.ModelSerializer):
    """A photo's reading: `data` holds its stones, links, band, metals and catchlights (docs/fingerprint.md)."""

    data = serializers.DictField(read_only=True)  # type: ignore[assignment]  # a field of the answer, not of the class

    class Meta:
        model = PhotoFingerprint
        fields = ["id", "photo", "number", "state", "words", "data", "created_at", "read_at"]
        read_only_fields = fields


class FactsSerializer(serializers.ModelSerializer):
    """Stones as a person confirmed them: `corrected` counts what differs from the reading."""

    data = serializers.DictField(read_only=True)  # type: ignore[assignment]
    corrected = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = ConfirmedFacts
        fields = [
            "id", "photo", "fingerprint", "number", "words", "data", "sha256", "corrected", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class ConfirmSerializer(serializers.Serializer):
    """`stones`: all of them, each with `id` (of the reading, or null for an added one), `outline` and `colour`.
    `seen`: the number of the facts that stood when you looked, 0 for none."""

    stones = serializers.ListField(child=serializers.DictField())
    links = serializers.IntegerField(required=False, allow_null=True)
    seen = serializers.IntegerField(required=False, min_value=0)


@extend_schema(tags=["facts"])
class FingerprintViewSet(VisibleRows):
    queryset = PhotoFingerprint.objects.select_related("photo__piece")
    serializer_class = FingerprintSerializer
    filters = {"photo": "photo"}

    @extend_schema(request=ConfirmSerializer, responses={200: FactsSerializer, **_REFUSALS})
    @action(detail=True, methods=["post"])
    def confirm(self, request: ApiRequest, pk: int) -> Response:
        """Confirms what the photo shows: pictures of it are held to these stones from now on."""
        row = self.get_object()
        asked = self.checked(ConfirmSerializer)
        data = {"version": 1, "stones": asked["stones"], "links": asked.get("links")}
        made = actions.confirm_facts(row, by=request.user, data=data, seen=asked.get("seen"))
        return Response(FactsSerializer(made).data)


@extend_schema(tags=["facts"])
class FactsViewSet(VisibleRows):
    queryset = ConfirmedFacts.objects.all()
    serializer_class = FactsSerializer
    filters = {"photo": "photo"}
