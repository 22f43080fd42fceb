"""The door to rows for every API: a list and a row of what the person may see, narrowed by the query's numbers.

Apart from `studio.api`, which the framework itself imports for its settings before its view sets exist.
"""

from __future__ import annotations

from typing import Any

from rest_framework import mixins, serializers, status, viewsets
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from studio.permissions import get_visible
from studio.requests import ApiRequest


class VisibleRows(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Lists and reads the rows that the person may see. Writes are added by each view set, and call the app's actions.

    `filters` maps a query parameter to the lookup that it narrows the list by; its value is a row's number, and anything
    else finds nothing. `row_serializer_class` is for lists, where a row goes without what is costly to ask.
    """

    request: ApiRequest
    lookup_value_converter = "int"
    parser_classes = [JSONParser]
    filters: dict[str, str] = {}
    row_serializer_class: Any = None

    def rows(self) -> Any:
        """The rows that this person sees, unfiltered."""
        found: Any = super().get_queryset()
        return found.visible_to(self.request.user)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset().none()
        found = self.rows()
        for name, lookup in self.filters.items():
            value = self.request.query_params.get(name, "")
            if value:
                found = found.filter(**{lookup: value}) if is_number(value) else found.none()
        return found

    def get_serializer_class(self) -> Any:
        return (self.action == "list" and self.row_serializer_class) or super().get_serializer_class()

    def get_object(self) -> Any:
        return get_visible(self.rows(), self.request.user, pk=self.kwargs["pk"])

    def checked(self, serializer: type[serializers.BaseSerializer], **more: Any) -> dict[str, Any]:
        """The request's body as the serializer takes it; 422 names the fields where it can't be taken."""
        asked = serializer(data=self.request.data, **more)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def told(self, row: Any, code: int = status.HTTP_200_OK) -> Response:
        """The row as it stands, as the answer."""
        return Response(self.get_serializer(row).data, status=code)


def is_number(value: str) -> bool:
    """Whether a query's value may be a row's number: decimal digits, as many as a database holds."""
    return value.isascii() and value.isdigit() and len(value) < 19
