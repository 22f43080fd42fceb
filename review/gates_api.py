"""Quality gates for programs: what stands, and saying which checks must pass."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from briefs.models import Brief
from review import actions
from review.models import GatePolicy
from studio.api import Problem
from studio.api_rows import VisibleRows
from studio.errors import Invalid
from studio.models import Brand
from studio.permissions import get_visible

_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


class GateSerializer(serializers.ModelSerializer):
    """A brand's gate (no brief) or one brief's: the ids of the checks that must pass without a warning."""

    must_pass = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = GatePolicy
        fields = ["id", "brand", "brief", "must_pass", "version", "changed_by", "changed_at"]
        read_only_fields = fields


class SetGateSerializer(serializers.Serializer):
    """For a brand or for a brief, one of the two. `version`: the one that you looked at, 0 where there was none."""

    brand = serializers.IntegerField(required=False)
    brief = serializers.IntegerField(required=False)
    must_pass = serializers.ListField(child=serializers.CharField(max_length=60), max_length=100)
    version = serializers.IntegerField(required=False, min_value=0)


@extend_schema(tags=["gates"])
class Gates(VisibleRows):
    queryset = GatePolicy.objects.all()
    serializer_class = GateSerializer
    filters = {"brand": "brand", "brief": "brief"}

    @extend_schema(request=SetGateSerializer, responses={200: GateSerializer, **_REFUSALS})
    def create(self, request: Any) -> Response:
        """Sets a gate, in place of the one that stands."""
        asked = self.checked(SetGateSerializer)
        if ("brand" in asked) == ("brief" in asked):
            raise Invalid("gate.owner", "Say whose gate it is: a brand's or a brief's.", "Nothing was changed.")
        owner: Brand | Brief
        if "brief" in asked:
            owner = get_visible(Brief.objects, request.user, pk=asked["brief"])
        else:
            owner = get_visible(Brand.objects, request.user, pk=asked["brand"])
        made = actions.set_gate(owner, by=request.user, must_pass=asked["must_pass"], seen_version=asked.get("version"))
        return self.told(made)
