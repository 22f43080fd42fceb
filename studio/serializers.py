"""What the studio app's API answers and takes. Serializers check shapes; the actions guard and write."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from studio.events import in_words
from studio.models import Brand, Event, Invitation, Membership, Notification, Person, Role


class BrandOut(serializers.ModelSerializer):
    class Meta:
        model = Brand
        fields = ["id", "name", "slug", "website", "created_at"]
        read_only_fields = fields


class BrandIn(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    website = serializers.URLField(required=False, allow_blank=True, default="")


class RoleOut(serializers.ModelSerializer):
    """A role held: `brand` null means the studio."""

    class Meta:
        model = Membership
        fields = ["id", "brand", "role"]
        read_only_fields = fields


class RoleIn(serializers.Serializer):
    """A role to give: without `brand` in the studio."""

    brand = serializers.IntegerField(required=False, allow_null=True, default=None)
    role = serializers.ChoiceField(choices=Role.choices)


class PersonOut(serializers.ModelSerializer):
    """Somebody, with the roles that the asker may see: a brand's people see their brand's alone."""

    roles = serializers.SerializerMethodField()

    class Meta:
        model = Person
        fields = ["id", "name", "email", "is_active", "roles"]
        read_only_fields = fields

    @extend_schema_field(RoleOut(many=True))
    def get_roles(self, person: Person) -> Any:
        asker = self.context["request"].user
        seen = [
            m
            for m in person.memberships.all()
            if asker.is_studio or m.brand_id in asker.brand_ids or (m.brand_id is None and person.pk == asker.pk)
        ]
        return RoleOut(seen, many=True).data


class Me(serializers.ModelSerializer):
    """Who is asking, and what they may do: `rights` over all their brands."""

    roles = serializers.SerializerMethodField()
    rights = serializers.SerializerMethodField()

    class Meta:
        model = Person
        fields = ["id", "name", "email", "mail_notifications", "roles", "rights"]
        read_only_fields = fields

    @extend_schema_field(RoleOut(many=True))
    def get_roles(self, person: Person) -> Any:
        return RoleOut(person.memberships.all(), many=True).data

    def get_rights(self, person: Person) -> list[str]:
        from studio.permissions import Right, may_somewhere

        return [right.value for right in Right if may_somewhere(person, right)]


class MeIn(serializers.Serializer):
    name = serializers.CharField(max_length=120, required=False)
    mail_notifications = serializers.BooleanField(required=False)


class InvitationOut(serializers.ModelSerializer):
    """An invitation without its link, which is mailed alone."""

    state = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields = ["id", "email", "brand", "role", "invited_by", "created_at", "expires_at", "state"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=["open", "accepted", "revoked", "expired"]))
    def get_state(self, row: Invitation) -> str:
        return row.state


class InvitationIn(RoleIn):
    email = serializers.EmailField()


class AcceptIn(serializers.Serializer):
    """`name` and `password` for somebody new; nothing for who is logged in."""

    token = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=120, required=False, default="")
    password = serializers.CharField(required=False, default="", trim_whitespace=False, write_only=True)

    def validate_password(self, password: str) -> str:
        if password:
            try:
                password_validation.validate_password(password)
            except DjangoValidationError as error:
                raise serializers.ValidationError(error.messages) from error
        return password


class NotificationOut(serializers.ModelSerializer):
    class Meta:
        model = Notification
        fields = ["id", "brand", "kind", "text", "url", "created_at", "read_at"]
        read_only_fields = fields


class EventOut(serializers.ModelSerializer):
    """One row of the log: the fact with its hash, and its words."""

    words = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = [
            "id",
            "brand",
            "chain",
            "number",
            "name",
            "words",
            "subject_type",
            "subject_id",
            "subject_label",
            "by",
            "at",
            "before",
            "after",
            "internal",
            "previous_hash",
            "hash",
        ]
        read_only_fields = fields

    def get_words(self, event: Event) -> str:
        return in_words(event)


class TokenIn(serializers.Serializer):
    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False, write_only=True)


class TokenOut(serializers.Serializer):
    token = serializers.CharField()


class CountOut(serializers.Serializer):
    count = serializers.IntegerField()
