"""The app's API routes."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from pipeline.api import ArtifactViewSet, DirectionViewSet, GenerationViewSet
from pipeline.plate_api import PlateViewSet

router = SimpleRouter(use_regex_path=False)
router.register("directions", DirectionViewSet, basename="api-direction")
router.register("generations", GenerationViewSet, basename="api-generation")
router.register("artifacts", ArtifactViewSet, basename="api-artifact")
router.register("plates", PlateViewSet, basename="api-plate")
urlpatterns = router.urls
