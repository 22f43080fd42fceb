"""The review's rows as the API gives and takes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from review.models import Annotation, Comment, Decision, Delivery, Draft, Round
from review.offers import offers_for
from review.summary import summarize


class OfferShape(serializers.Serializer):
    """Something that may be done now; `why_not` says why it can't, or is empty."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the answer, not of the class
    why_not = serializers.CharField()


class SelectorShape(serializers.Serializer):
    """A W3C FragmentSelector in the picture's own pixels: ``xywh=pixel:left,top,width,height``; 0,0 for a pin."""

    type = serializers.ChoiceField(choices=["FragmentSelector"])
    conformsTo = serializers.CharField(required=False, default="http://www.w3.org/TR/media-frags/")  # noqa: N815 - W3C's name
    value = serializers.CharField(max_length=80)


class PersonShape(serializers.Serializer):
    """Who."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class QaShape(serializers.Serializer):
    """The QA report in short."""

    verdict = serializers.CharField()
    sentence = serializers.CharField()
    passed = serializers.IntegerField()
    counted = serializers.IntegerField()


class DraftShape(serializers.ModelSerializer):
    shot_code = serializers.CharField(source="shot.code", read_only=True)
    brief = serializers.IntegerField(source="shot.brief_id", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    open_marks = serializers.IntegerField(read_only=True)
    width_px = serializers.IntegerField(source="generation.width_px", read_only=True, allow_null=True)
    height_px = serializers.IntegerField(source="generation.height_px", read_only=True, allow_null=True)
    qa = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()

    class Meta:
        model = Draft
        fields = [
            "id",
            "shot",
            "shot_code",
            "brief",
            "number",
            "state",
            "state_label",
            "picture_sha256",
            "report_sha256",
            "width_px",
            "height_px",
            "qa",
            "gate_override",
            "open_marks",
            "sent_at",
            "version",
            "actions",
        ]
        read_only_fields = fields

    @extend_schema_field(QaShape)
    def get_qa(self, draft: Draft) -> dict[str, Any]:
        return QaShape(summarize(draft.generation.report, draft.generation.verdict)).data

    @extend_schema_field(OfferShape(many=True))
    def get_actions(self, draft: Draft) -> Any:
        return OfferShape(offers_for(draft, self.context["request"].user), many=True).data


class CommentShape(serializers.ModelSerializer):
    by = PersonShape(source="created_by", read_only=True)

    class Meta:
        model = Comment
        fields = ["id", "annotation", "text", "internal", "by", "created_at", "client_key"]
        read_only_fields = fields


class AnnotationShape(serializers.ModelSerializer):
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]  # a field of the answer, not of the class
    selector = SelectorShape(read_only=True, allow_null=True)
    by = PersonShape(source="created_by", read_only=True)
    comments = CommentShape(many=True, read_only=True, source="seen_comments")

    class Meta:
        model = Annotation
        fields = [
            "id",
            "draft",
            "label",
            "selector",
            "internal",
            "state",
            "by",
            "created_at",
            "resolved_at",
            "client_key",
            "version",
            "comments",
        ]
        read_only_fields = fields


class DecisionShape(serializers.ModelSerializer):
    by = PersonShape(read_only=True)

    class Meta:
        model = Decision
        fields = ["id", "draft", "verdict", "by", "picture_sha256", "report_sha256", "comment", "at"]
        read_only_fields = fields


class RoundShape(serializers.ModelSerializer):
    by = PersonShape(source="sent_by", read_only=True)

    class Meta:
        model = Round
        fields = ["id", "brief", "number", "drafts", "message", "deadline", "by", "sent_at", "closed_at"]
        read_only_fields = fields


class DeliveryShape(serializers.ModelSerializer):
    class Meta:
        model = Delivery
        fields = [
            "id",
            "brief",
            "number",
            "state",
            "sha256",
            "size_bytes",
            "manifest",
            "error_message",
            "created_at",
            "ready_at",
            "downloaded_at",
        ]
        read_only_fields = fields


class ProposeIn(serializers.Serializer):
    generation = serializers.IntegerField()


class ReasonIn(serializers.Serializer):
    reason = serializers.CharField(max_length=1000)
    version = serializers.IntegerField(required=False)


class VersionIn(serializers.Serializer):
    version = serializers.IntegerField(
        required=False, help_text="The draft's version that was seen; 409 if it moved on."
    )


class DecisionIn(serializers.Serializer):
    """What was seen is named by its hashes: they must be those of the draft as it stands."""

    draft = serializers.IntegerField()
    verdict = serializers.ChoiceField(choices=Decision.Verdict.choices)
    picture_sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")
    report_sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")
    comment = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")


class AnnotationIn(serializers.Serializer):
    draft = serializers.IntegerField()
    text = serializers.CharField(max_length=4000)
    selector = SelectorShape(required=False, allow_null=True, default=None)
    internal = serializers.BooleanField(default=False)
    client_key = serializers.UUIDField(required=False, allow_null=True, default=None)


class CommentIn(serializers.Serializer):
    annotation = serializers.IntegerField()
    text = serializers.CharField(max_length=4000)
    internal = serializers.BooleanField(default=False)
    client_key = serializers.UUIDField(required=False, allow_null=True, default=None)


class RoundIn(serializers.Serializer):
    drafts = serializers.ListField(child=serializers.IntegerField(), allow_empty=False, max_length=200)
    message = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")
    deadline = serializers.DateField(required=False, allow_null=True, default=None)


class DeliveryIn(serializers.Serializer):
    brief = serializers.IntegerField()
