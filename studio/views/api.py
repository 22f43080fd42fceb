"""The studio app's API: a token, oneself, people and their roles, brands, invitations, notifications, events."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.authtoken.models import Token
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from studio import actions, throttle
from studio.actions.invitations import open_invitation
from studio.actions.people import right_to_manage
from studio.errors import Invalid, TooOften
from studio.models import Brand, Event, Invitation, Membership, Notification, Person
from studio.permissions import Right, get_visible, may_somewhere, require
from studio.requests import ApiRequest
from studio.serializers import (
    AcceptIn,
    BrandIn,
    BrandOut,
    CountOut,
    EventOut,
    InvitationIn,
    InvitationOut,
    Me,
    MeIn,
    NotificationOut,
    PersonOut,
    RoleIn,
    RoleOut,
    TokenIn,
    TokenOut,
)


def taken(serializer: Any, request: ApiRequest) -> dict[str, Any]:
    """The body's facts, checked for their shape."""
    filled = serializer(data=request.data)
    filled.is_valid(raise_exception=True)
    return filled.validated_data


def house(brand_id: int | None, person: Person) -> Brand | None:
    """The brand that a body names (NotThere for another tenant's), or None: the studio."""
    return None if brand_id is None else get_visible(Brand.objects, person, pk=brand_id)


class TokenView(APIView):
    """E-mail and password for a token. One that stands is answered again; `account/token/` makes a new one."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    throttle_scope = "login"

    @extend_schema(request=TokenIn, responses=TokenOut, auth=[])
    def post(self, request: ApiRequest) -> Response:
        facts = taken(TokenIn, request)
        plain: HttpRequest = request._request
        if throttle.is_braked("login", facts["email"], plain):
            raise TooOften("login.braked", "Too many tries. Wait a quarter of an hour.")
        person = authenticate(plain, username=facts["email"].lower(), password=facts["password"])
        if not isinstance(person, Person):
            throttle.count_failure("login", facts["email"], plain)
            raise Invalid("login.wrong", "That e-mail and password don't go together.")
        throttle.clear("login", facts["email"], plain)
        token = Token.objects.filter(user=person).values_list("key", flat=True).first()
        return Response({"token": token or actions.reset_token(person, by=person)})


class MeView(APIView):
    @extend_schema(responses=Me)
    def get(self, request: ApiRequest) -> Response:
        return Response(Me(request.user).data)

    @extend_schema(request=MeIn, responses=Me)
    def patch(self, request: ApiRequest) -> Response:
        facts = taken(MeIn, request)
        person = request.user
        actions.change_account(
            person,
            by=person,
            name=facts.get("name", person.name),
            mail_notifications=facts.get("mail_notifications", person.mail_notifications),
        )
        return Response(Me(person).data)


class PersonViewSet(viewsets.ReadOnlyModelViewSet):
    request: ApiRequest
    serializer_class = PersonOut
    queryset = Person.objects.none()

    def get_queryset(self) -> Any:
        return Person.objects.visible_to(self.request.user).prefetch_related("memberships").order_by("-id")

    def get_object(self) -> Person:
        return get_visible(Person.objects, self.request.user, pk=self.kwargs["pk"])

    @extend_schema(request=RoleIn, responses={201: RoleOut})
    @action(detail=True, methods=["post"])
    def roles(self, request: ApiRequest, pk: str) -> Response:
        """Gives the person a role; one held already is answered as it is."""
        # Who manages nobody is told so whatever they wrote.
        if not may_somewhere(request.user, Right.MANAGE_BRAND):
            require(request.user, Right.MANAGE_STUDIO)
        person = self.get_object()
        facts = taken(RoleIn, request)
        brand = house(facts["brand"], request.user)
        made = actions.grant_role(person, brand=brand, role=facts["role"], by=request.user)
        return Response(RoleOut(made).data, status=201)


class RoleView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: ApiRequest, pk: int) -> Response:
        """Takes the role away. 409 for the last admin's."""
        membership = get_visible(Membership.objects.select_related("person", "brand"), request.user, pk=pk)
        require(request.user, right_to_manage(membership.brand), membership.brand)
        actions.remove_role(membership, by=request.user)
        return Response(status=204)


class BrandViewSet(viewsets.ReadOnlyModelViewSet):
    request: ApiRequest
    serializer_class = BrandOut
    queryset = Brand.objects.none()

    def get_queryset(self) -> Any:
        return Brand.objects.visible_to(self.request.user)

    @extend_schema(request=BrandIn, responses={201: BrandOut})
    def create(self, request: Any) -> Response:
        require(request.user, Right.MANAGE_STUDIO)
        made = actions.create_brand(by=request.user, **taken(BrandIn, request))
        return Response(BrandOut(made).data, status=201)


class InvitationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    request: ApiRequest
    serializer_class = InvitationOut
    queryset = Invitation.objects.none()

    def get_queryset(self) -> Any:
        if not may_somewhere(self.request.user, Right.MANAGE_BRAND):
            return Invitation.objects.none()
        return Invitation.objects.visible_to(self.request.user)

    @extend_schema(request=InvitationIn, responses={201: InvitationOut})
    def create(self, request: Any) -> Response:
        """Mails somebody a link with which they become a person of the brand, or (without `brand`) of the studio."""
        facts = taken(InvitationIn, request)
        brand = house(facts["brand"], request.user)
        made = actions.invite_person(facts["email"], brand=brand, role=facts["role"], by=request.user)
        return Response(InvitationOut(made).data, status=201)

    @extend_schema(request=None, responses=InvitationOut)
    @action(detail=True, methods=["post"])
    def revoke(self, request: ApiRequest, pk: str) -> Response:
        row = get_visible(Invitation.objects, request.user, pk=pk)
        actions.revoke_invitation(row, by=request.user)
        return Response(InvitationOut(row).data)


class AcceptView(APIView):
    """Accepts an invitation by its link's token: anonymously as somebody new, or as who is logged in."""

    permission_classes = [AllowAny]
    throttle_scope = "login"

    @extend_schema(request=AcceptIn, responses={201: PersonOut})
    def post(self, request: ApiRequest) -> Response:
        facts = taken(AcceptIn, request)
        by = request.user if request.user.is_authenticated else None
        person = actions.accept_invitation(
            open_invitation(facts["token"]), by=by, name=facts["name"], password=facts["password"]
        )
        # Who has just joined sees their own roles.
        request.user = person
        return Response(PersonOut(person, context={"request": request}).data, status=201)


class NotificationViewSet(viewsets.ReadOnlyModelViewSet):
    request: ApiRequest
    serializer_class = NotificationOut
    queryset = Notification.objects.none()

    def get_queryset(self) -> Any:
        rows = Notification.objects.visible_to(self.request.user)
        return rows.unread() if self.request.query_params.get("unread") == "true" else rows

    @extend_schema(parameters=[OpenApiParameter("unread", OpenApiTypes.BOOL, description="Only those not read yet.")])
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(request=None, responses=NotificationOut)
    @action(detail=True, methods=["post"])
    def read(self, request: ApiRequest, pk: str) -> Response:
        row = get_visible(Notification.objects, request.user, pk=pk)
        actions.mark_read(row, by=request.user)
        return Response(NotificationOut(row).data)

    @extend_schema(request=None, responses=CountOut)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: ApiRequest) -> Response:
        return Response({"count": actions.mark_all_read(by=request.user)})


class EventViewSet(viewsets.ReadOnlyModelViewSet):
    request: ApiRequest
    serializer_class = EventOut
    queryset = Event.objects.none()

    def get_queryset(self) -> Any:
        rows = Event.objects.visible_to(self.request.user)
        asked = self.request.query_params
        if about := asked.get("subject_type"):
            rows = rows.filter(subject_type=about)
        if subject := asked.get("subject_id"):
            rows = rows.filter(subject_id=subject)
        return rows

    @extend_schema(
        parameters=[
            OpenApiParameter("subject_type", OpenApiTypes.STR, description="A kind of row: briefs.brief."),
            OpenApiParameter("subject_id", OpenApiTypes.STR, description="With subject_type: one row's history."),
        ]
    )
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)
