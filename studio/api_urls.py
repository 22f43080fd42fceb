"""The API's addresses: each app brings its own routes; the schema and the page to read it are here."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from studio.views.api_docs import api_docs

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", api_docs, name="api-docs"),
    path("", include("studio.api_routes")),
    path("", include("briefs.api_routes")),
    path("", include("pipeline.api_routes")),
    path("", include("review.api_routes")),
]
