"""The app's pages."""

from __future__ import annotations

from django.urls import path

from pipeline import views

urlpatterns = [
    path("shots/<int:pk>/desk/", views.desk_page, name="desk"),
    path("shots/<int:pk>/generations/", views.generate, name="generate"),
    path("generations/<int:pk>/", views.generation, name="generation"),
    path("generations/<int:pk>/report/", views.generation_report, name="generation-report"),
    path("generations/<int:pk>/cancel/", views.generation_cancel, name="generation-cancel"),
    path("generations/<int:pk>/retry/", views.generation_retry, name="generation-retry"),
    path("artifacts/<int:pk>/", views.artifact, name="artifact"),
]
