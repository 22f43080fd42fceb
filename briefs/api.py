"""Briefs and shots for programs. Reads go through `visible_to`, writes through the actions."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from briefs import actions
from briefs.actions.drafting import WISHES
from briefs.models import Brief, BriefPiece, Piece, Shot
from briefs.offers import ON_THE_DRAFT, brief_offers, shot_offers
from briefs.vocabulary import CROPS
from briefs.workflows import SHOT
from studio.api import Problem
from studio.api_rows import VisibleRows
from studio.errors import Conflict, NotThere
from studio.models import Brand, Person
from studio.permissions import Right, get_visible, require
from studio.requests import ApiRequest

_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}
_BRIEF_STEPS = {
    "submit": actions.submit_brief,
    "accept": actions.accept_brief,
    "reopen": actions.reopen_brief,
    "start": actions.start_production,
    "hold": actions.hold_brief,
    "unhold": actions.unhold_brief,
    "close": actions.close_brief,
    "cancel": actions.cancel_brief,
}


class OfferSerializer(serializers.Serializer):
    """A step that this person could do now; `why_not` says what blocks it."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the answer, not of the class
    enabled = serializers.BooleanField()
    why_not = serializers.CharField()


class BriefPieceSerializer(serializers.ModelSerializer):
    """A piece in a brief and how many pictures of it are asked for."""

    class Meta:
        model = BriefPiece
        fields = ["id", "piece", "pictures"]
        read_only_fields = ["id"]


class BriefSerializer(serializers.ModelSerializer):
    """What a brand asks for; `offers` are the steps that this person could do now."""

    channels = serializers.ListField(child=serializers.CharField(), required=False)
    markets = serializers.ListField(child=serializers.CharField(), required=False)
    moods = serializers.ListField(child=serializers.CharField(), required=False)
    wanted = BriefPieceSerializer(many=True, read_only=True)
    offers = serializers.SerializerMethodField()

    class Meta:
        model = Brief
        fields = [
            "id",
            "brand",
            "state",
            *WISHES,
            "wanted",
            "decline_reason",
            "producer",
            "created_at",
            "submitted_at",
            "version",
            "offers",
        ]
        read_only_fields = ["id", "state", "decline_reason", "producer", "created_at", "submitted_at"]

    @extend_schema_field(OfferSerializer(many=True))
    def get_offers(self, row: Brief) -> Any:
        return OfferSerializer(brief_offers(row, self.context["request"].user), many=True).data


class BriefRowSerializer(BriefSerializer):
    """A brief in a list, without its offers."""

    offers = None  # type: ignore[assignment]

    class Meta(BriefSerializer.Meta):
        fields = [name for name in BriefSerializer.Meta.fields if name != "offers"]


class StepSerializer(serializers.Serializer):
    """A step's words: the version that was seen, and a reason where one is asked for."""

    version = serializers.IntegerField(required=False)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class CutSerializer(serializers.Serializer):
    """One shot as it shall be cut from the brief."""

    piece = serializers.IntegerField()
    title = serializers.CharField(max_length=160)
    channel = serializers.CharField(required=False, allow_blank=True, max_length=40)
    crop = serializers.ChoiceField(required=False, choices=list(CROPS))
    due = serializers.DateField(required=False, allow_null=True)
    priority = serializers.IntegerField(required=False)
    retoucher = serializers.IntegerField(required=False, allow_null=True)


class CutsSerializer(serializers.Serializer):
    """The shots to make; `version` is of the brief that was seen."""

    version = serializers.IntegerField(required=False)
    shots = CutSerializer(many=True)


class ShotSerializer(serializers.ModelSerializer):
    """One deliverable picture; `offers` are the steps that this person could do now."""

    code = serializers.CharField(read_only=True)
    offers = serializers.SerializerMethodField()

    class Meta:
        model = Shot
        fields = [
            "id",
            "brief",
            "number",
            "code",
            "piece",
            "title",
            "channel",
            "crop",
            "state",
            "priority",
            "due",
            "retoucher",
            "version",
            "offers",
        ]
        read_only_fields = fields

    def to_representation(self, row: Shot) -> Any:
        told = super().to_representation(row)
        if not self.context["request"].user.is_studio:  # who makes it, and how urgently, is the studio's affair
            told["retoucher"] = told["priority"] = None
        return told

    @extend_schema_field(OfferSerializer(many=True))
    def get_offers(self, row: Shot) -> Any:
        return OfferSerializer(shot_offers(row, self.context["request"].user), many=True).data


class ShotRowSerializer(ShotSerializer):
    """A shot in a list, without its offers."""

    offers = None  # type: ignore[assignment]

    class Meta(ShotSerializer.Meta):
        fields = [name for name in ShotSerializer.Meta.fields if name != "offers"]


class PlanShotSerializer(serializers.Serializer):
    """What a producer plans of a shot."""

    title = serializers.CharField(required=False, max_length=160)
    crop = serializers.ChoiceField(required=False, choices=list(CROPS))
    due = serializers.DateField(required=False, allow_null=True)
    priority = serializers.IntegerField(required=False)
    retoucher = serializers.IntegerField(required=False, allow_null=True)
    version = serializers.IntegerField(required=False)


@extend_schema(tags=["briefs"])
class BriefViewSet(VisibleRows):
    queryset = Brief.objects.select_related("brand", "producer").prefetch_related("wanted")
    serializer_class = BriefSerializer
    row_serializer_class = BriefRowSerializer

    @extend_schema(request=BriefSerializer, responses={201: BriefSerializer, **_REFUSALS})
    def create(self, request: Any) -> Response:
        """Begins a draft."""
        wishes = self.checked(BriefSerializer, context=self.get_serializer_context())
        brand = get_visible(Brand.objects.all(), request.user, pk=wishes.pop("brand").pk)
        wishes.pop("version", None)
        return self.told(actions.create_whole_brief(brand, by=request.user, **wishes), status.HTTP_201_CREATED)

    @extend_schema(request=BriefSerializer, responses={200: BriefSerializer, **_REFUSALS})
    def partial_update(self, request: ApiRequest, pk: int) -> Response:
        """Changes a draft's words; `version` is the one that was seen."""
        row = self.get_object()
        wishes = self.checked(BriefSerializer, partial=True, context=self.get_serializer_context())
        wishes.pop("brand", None)
        seen = wishes.pop("version", None)
        return self.told(actions.change_brief(row, by=request.user, seen_version=seen, **wishes))

    @extend_schema(request=BriefPieceSerializer, responses={201: BriefPieceSerializer, **_REFUSALS})
    @action(detail=True, methods=["post"])
    def pieces(self, request: ApiRequest, pk: int) -> Response:
        """Puts a piece in a draft."""
        row = self.get_object()
        asked = self.checked(BriefPieceSerializer)
        piece = get_visible(Piece.objects.all(), request.user, pk=asked["piece"].pk)
        wanted = actions.add_piece_to_brief(row, piece, by=request.user, pictures=asked.get("pictures", 1))
        return Response(BriefPieceSerializer(wanted).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=CutsSerializer, responses={201: BriefSerializer, **_REFUSALS})
    @action(detail=True, methods=["post"])
    def cut(self, request: ApiRequest, pk: int) -> Response:
        """Cuts the brief into shots: all of them or none."""
        row = self.get_object()
        require(request.user, Right.PLAN, row)
        asked = self.checked(CutsSerializer)
        cuts = [actions.Cut(**_with_rows(cut, request.user)) for cut in asked["shots"]]
        actions.cut_into_shots(row, cuts, by=request.user, seen_version=asked.get("version"))
        return self.told(self.get_object(), status.HTTP_201_CREATED)

    @extend_schema(
        request=StepSerializer,
        responses={200: BriefSerializer, **_REFUSALS},
        parameters=[OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH, description="One of `offers`.")],
    )
    @action(detail=True, methods=["post"], url_path="actions/<str:name>", url_name="do")
    def do(self, request: ApiRequest, pk: int, name: str) -> Response:
        """Does one of the brief's offers."""
        row = self.get_object()
        asked = self.checked(StepSerializer)
        if name == "decline":
            row = actions.decline_brief(
                row, by=request.user, reason=asked.get("reason", ""), seen_version=asked.get("version")
            )
        elif name in _BRIEF_STEPS:
            row = _BRIEF_STEPS[name](row, by=request.user, seen_version=asked.get("version"))
        else:
            raise NotThere("brief.step", f"A brief knows no step “{name}”.", "Read its offers.")
        return self.told(row)


def _with_rows(facts: dict[str, Any], person: Person) -> dict[str, Any]:
    """A plan's ids as the rows that this person may see."""
    found = dict(facts)
    if found.get("piece") is not None:
        found["piece"] = get_visible(Piece.objects.all(), person, pk=found["piece"])
    if found.get("retoucher") is not None:
        found["retoucher"] = get_visible(Person.objects.all(), person, pk=found["retoucher"])
    return found


@extend_schema(tags=["shots"])
class ShotViewSet(VisibleRows):
    queryset = Shot.objects.select_related("brief", "piece")
    serializer_class = ShotSerializer
    row_serializer_class = ShotRowSerializer

    @extend_schema(request=PlanShotSerializer, responses={200: ShotSerializer, **_REFUSALS})
    def partial_update(self, request: ApiRequest, pk: int) -> Response:
        """Plans a shot: retoucher, priority, due date, title, crop."""
        row = self.get_object()
        plan = _with_rows(self.checked(PlanShotSerializer), request.user)
        seen = plan.pop("version", None)
        return self.told(actions.plan_shot(row, by=request.user, seen_version=seen, **plan))

    @extend_schema(
        request=StepSerializer,
        responses={200: ShotSerializer, **_REFUSALS},
        parameters=[OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH, description="One of `offers`.")],
    )
    @action(detail=True, methods=["post"], url_path="actions/<str:name>", url_name="do")
    def do(self, request: ApiRequest, pk: int, name: str) -> Response:
        """Does one of the shot's offers; those that carry a draft are done on the draft."""
        row = self.get_object()
        asked = self.checked(StepSerializer)
        if name not in SHOT.transitions or SHOT.transitions[name].right is None:
            raise NotThere("shot.step", f"A shot knows no step “{name}”.", "Read its offers.")
        if name in ON_THE_DRAFT:
            raise Conflict("shot.on_the_draft", "A draft goes with this step.", ON_THE_DRAFT[name], state=row.state)
        return self.told(actions.move_shot(row, name, by=request.user, seen_version=asked.get("version")))
