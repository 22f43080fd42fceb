"""The app's pages."""

from __future__ import annotations

from django.urls import path

from pipeline.views import desk, plates

urlpatterns = [
    path("shots/<int:pk>/desk/", desk.desk_page, name="desk"),
    path("shots/<int:pk>/generations/", desk.generate, name="generate"),
    path("generations/<int:pk>/", desk.generation, name="generation"),
    path("generations/<int:pk>/report/", desk.generation_report, name="generation-report"),
    path("generations/<int:pk>/cancel/", desk.generation_cancel, name="generation-cancel"),
    path("generations/<int:pk>/retry/", desk.generation_retry, name="generation-retry"),
    path("artifacts/<int:pk>/", desk.artifact, name="artifact"),
    path("plates/", plates.plates, name="plates"),
    path("plates/new/", plates.plate_new, name="plate-new"),
    path("plates/<int:pk>/", plates.plate, name="plate"),
    path("plates/<int:pk>/calibrate/", plates.plate_calibrate, name="plate-calibrate"),
    path("plates/<int:pk>/uncalibrate/", plates.plate_uncalibrate, name="plate-uncalibrate"),
    path("plates/<int:pk>/archive/", plates.plate_archive, name="plate-archive"),
    path("plates/<int:pk>/picture/<str:kind>/", plates.plate_picture, name="plate-picture"),
]
