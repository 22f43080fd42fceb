"""The app's API routes."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from briefs.api import BriefViewSet, ShotViewSet
from briefs.facts_api import FactsViewSet, FingerprintViewSet
from briefs.matte_api import MatteViewSet
from briefs.piece_api import PhotoViewSet, PieceViewSet

router = SimpleRouter(use_regex_path=False)
router.register("pieces", PieceViewSet, basename="api-piece")
router.register("photos", PhotoViewSet, basename="api-photo")
router.register("mattes", MatteViewSet, basename="api-matte")
router.register("fingerprints", FingerprintViewSet, basename="api-fingerprint")
router.register("facts", FactsViewSet, basename="api-facts")
router.register("briefs", BriefViewSet, basename="api-brief")
router.register("shots", ShotViewSet, basename="api-shot")
urlpatterns = router.urls
