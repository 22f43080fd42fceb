"""The review over HTTP: drafts with what may be done, marks, comments, decisions, rounds, deliveries."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.response import Response

from briefs.models import Brief
from pipeline.models import Generation
from review import actions, shapes
from review.models import Annotation, Comment, Decision, Delivery, Draft, Round
from review.reading import drafts_with_rows
from review.views.deliveries import zip_name
from studio.api import Problem
from studio.api_rows import VisibleRows
from studio.errors import NotThere
from studio.files import serve
from studio.permissions import get_visible
from studio.requests import ApiRequest

PROBLEMS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


def _number(name: str, what: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.INT, description=f"Only those of this {what}.")


class Rows(VisibleRows):
    """Rows of the review, read with what their shapes tell; after a write the row is read again."""

    def answer(self, pk: int, status: int = 200) -> Response:
        """The row as it stands now."""
        return self.told(self.rows().get(pk=pk), status)


@extend_schema_view(
    list=extend_schema(parameters=[_number("shot", "shot"), _number("brief", "brief")]),
    retrieve=extend_schema(responses={200: shapes.DraftShape, 404: Problem}),
)
class Drafts(Rows):
    """Versions of shots. A brand's people see those that were sent to them."""

    queryset = Draft.objects.all()
    serializer_class = shapes.DraftShape
    filters = {"shot": "shot", "brief": "shot__brief"}

    def rows(self) -> QuerySet[Draft]:
        return drafts_with_rows(self.request.user).prefetch_related("generation__artifacts").order_by("-id")

    @extend_schema(request=shapes.ProposeIn, responses={201: shapes.DraftShape, **PROBLEMS})
    def create(self, request: Any) -> Response:
        """Put a finished generation forward for the internal check."""
        data = self.checked(shapes.ProposeIn)
        generation = get_visible(Generation.objects, request.user, pk=data["generation"])
        return self.answer(actions.propose_draft(generation, by=request.user).pk, 201)

    @extend_schema(request=shapes.VersionIn, responses={200: shapes.DraftShape, **PROBLEMS})
    @action(detail=True, methods=["post"], url_path="pass", url_name="pass")
    def pass_check(self, request: ApiRequest, pk: int) -> Response:
        """Pass the internal check."""
        data = self.checked(shapes.VersionIn)
        draft = self.get_object()
        actions.pass_draft(draft, by=request.user, seen_version=data.get("version"))
        return self.answer(draft.pk)

    @extend_schema(request=shapes.ReasonIn, responses={200: shapes.DraftShape, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def reject(self, request: ApiRequest, pk: int) -> Response:
        """Back to the desk, with the reason."""
        data = self.checked(shapes.ReasonIn)
        draft = self.get_object()
        actions.reject_draft(draft, by=request.user, reason=data["reason"], seen_version=data.get("version"))
        return self.answer(draft.pk)

    @extend_schema(request=shapes.ReasonIn, responses={200: shapes.DraftShape, **PROBLEMS})
    @action(detail=True, methods=["post"], url_path="override-gate", url_name="override-gate")
    def override_gate(self, request: ApiRequest, pk: int) -> Response:
        """Let a draft pass that its report stops, under your name."""
        data = self.checked(shapes.ReasonIn)
        draft = self.get_object()
        actions.override_gate(draft, by=request.user, reason=data["reason"])
        return self.answer(draft.pk)

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY, 404: Problem})
    @action(detail=True, methods=["get"])
    def picture(self, request: ApiRequest, pk: int) -> HttpResponseBase:
        """The picture's own bytes: their SHA-256 is `picture_sha256`."""
        artifact = self.get_object().generation.file("draft")
        if artifact is None:
            raise NotThere("picture.none", "This draft has no picture.")
        return serve(artifact.file, artifact.content_type)

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT, 404: Problem})
    @action(detail=True, methods=["get"])
    def report(self, request: ApiRequest, pk: int) -> HttpResponseBase:
        """The QA report's own bytes: their SHA-256 is `report_sha256`."""
        artifact = self.get_object().generation.file("report")
        if artifact is None:
            raise NotThere("report.none", "This draft has no report.")
        return serve(artifact.file, "application/json")


def _seen_comments(request: ApiRequest) -> Prefetch:
    seen = Comment.objects.visible_to(request.user).select_related("created_by")
    return Prefetch("comments", seen, to_attr="seen_comments")


@extend_schema_view(list=extend_schema(parameters=[_number("draft", "draft"), _number("shot", "shot")]))
class Annotations(Rows):
    """Marks with their threads, as far as the person may see them."""

    queryset = Annotation.objects.all()
    serializer_class = shapes.AnnotationShape
    filters = {"draft": "draft", "shot": "draft__shot"}

    def rows(self) -> QuerySet[Annotation]:
        return (
            Annotation.objects.visible_to(self.request.user)
            .select_related("created_by", "draft__generation", "draft__shot__brief__brand")
            .prefetch_related(_seen_comments(self.request))
            .order_by("-id")
        )

    @extend_schema(request=shapes.AnnotationIn, responses={201: shapes.AnnotationShape, **PROBLEMS})
    def create(self, request: Any) -> Response:
        """Mark a picture. The same `client_key` answers the same mark."""
        data = self.checked(shapes.AnnotationIn)
        draft = get_visible(Draft.objects, request.user, pk=data.pop("draft"))
        return self.answer(actions.add_annotation(draft, by=request.user, **data).pk, 201)

    @extend_schema(request=None, responses={200: shapes.AnnotationShape, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def resolve(self, request: ApiRequest, pk: int) -> Response:
        """Done."""
        annotation = self.get_object()
        actions.resolve_annotation(annotation, by=request.user)
        return self.answer(annotation.pk)

    @extend_schema(request=None, responses={200: shapes.AnnotationShape, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def reopen(self, request: ApiRequest, pk: int) -> Response:
        """Not done after all."""
        annotation = self.get_object()
        actions.reopen_annotation(annotation, by=request.user)
        return self.answer(annotation.pk)


@extend_schema_view(list=extend_schema(parameters=[_number("annotation", "mark"), _number("draft", "draft")]))
class Comments(Rows):
    """Single messages of threads."""

    queryset = Comment.objects.all()
    serializer_class = shapes.CommentShape
    filters = {"annotation": "annotation", "draft": "annotation__draft"}

    def rows(self) -> QuerySet[Comment]:
        return Comment.objects.visible_to(self.request.user).select_related("created_by").order_by("-id")

    @extend_schema(request=shapes.CommentIn, responses={201: shapes.CommentShape, **PROBLEMS})
    def create(self, request: Any) -> Response:
        """Reply in a thread. The same `client_key` answers the same comment."""
        data = self.checked(shapes.CommentIn)
        annotation = get_visible(Annotation.objects, request.user, pk=data.pop("annotation"))
        return self.answer(actions.add_comment(annotation, by=request.user, **data).pk, 201)


@extend_schema_view(list=extend_schema(parameters=[_number("draft", "draft")]))
class Decisions(Rows):
    """Who decided what, and on which bytes. Never changed."""

    queryset = Decision.objects.all()
    serializer_class = shapes.DecisionShape
    filters = {"draft": "draft"}

    def rows(self) -> QuerySet[Decision]:
        return Decision.objects.visible_to(self.request.user).select_related("by").order_by("-id")

    @extend_schema(request=shapes.DecisionIn, responses={201: shapes.DecisionShape, **PROBLEMS})
    def create(self, request: Any) -> Response:
        """Approve, or request changes, bound to the hashes of what you saw."""
        data = self.checked(shapes.DecisionIn)
        draft = get_visible(Draft.objects, request.user, pk=data["draft"])
        made = actions.decide(
            draft,
            data["verdict"],
            by=request.user,
            seen_sha256=data["picture_sha256"],
            seen_report_sha256=data["report_sha256"],
            comment=data["comment"],
        )
        return self.answer(made.pk, 201)


@extend_schema_view(list=extend_schema(parameters=[_number("brief", "brief")]))
class Rounds(Rows):
    """Drafts that were sent together."""

    queryset = Round.objects.all()
    serializer_class = shapes.RoundShape
    filters = {"brief": "brief"}

    def rows(self) -> QuerySet[Round]:
        return (
            Round.objects.visible_to(self.request.user)
            .select_related("sent_by")
            .prefetch_related("drafts")
            .order_by("-id")
        )

    @extend_schema(request=shapes.RoundIn, responses={201: shapes.RoundShape, **PROBLEMS})
    def create(self, request: Any) -> Response:
        """Send drafts that passed the check to their client."""
        data = self.checked(shapes.RoundIn)
        wanted = data.pop("drafts")
        drafts = list(Draft.objects.visible_to(request.user).filter(pk__in=wanted).select_related("shot__brief"))
        if len(drafts) != len(set(wanted)):
            raise NotThere("row.not_there", "One of these drafts doesn't exist, or you may not know of it.")
        return self.answer(actions.send_drafts(drafts, by=request.user, **data).pk, 201)


@extend_schema_view(list=extend_schema(parameters=[_number("brief", "brief")]))
class Deliveries(Rows):
    """Approved pictures as a ZIP with their hashes."""

    queryset = Delivery.objects.all()
    serializer_class = shapes.DeliveryShape
    filters = {"brief": "brief"}

    def rows(self) -> QuerySet[Delivery]:
        return Delivery.objects.visible_to(self.request.user).select_related("brief__brand").order_by("-id")

    @extend_schema(request=shapes.DeliveryIn, responses={201: shapes.DeliveryShape, **PROBLEMS})
    def create(self, request: Any) -> Response:
        """Pack a brief's approved pictures; a worker does it, so the answer is `packing`."""
        data = self.checked(shapes.DeliveryIn)
        brief = get_visible(Brief.objects, request.user, pk=data["brief"])
        return self.answer(actions.make_delivery(brief, by=request.user).pk, 201)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY, **PROBLEMS})
    @action(detail=True, methods=["get"])
    def download(self, request: ApiRequest, pk: int) -> HttpResponseBase:
        """The ZIP's bytes: their SHA-256 is `sha256`."""
        delivery = self.get_object()
        actions.record_download(delivery, by=request.user)
        return serve(delivery.file, "application/zip", zip_name(delivery))
