"""Every address of the site. Each one is in the access table under tests/access, or the suite fails."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("studio.api_urls")),
    path("", include("studio.page_urls")),
    path("", include("briefs.urls")),
    path("", include("pipeline.urls")),
    path("", include("review.urls")),
]

handler400 = "studio.views.errors.unreadable"
handler403 = "studio.views.errors.forbidden"
handler404 = "studio.views.errors.not_found"
handler500 = "studio.views.errors.broken"
