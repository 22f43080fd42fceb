"""The app's API routes."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from review import api
from review.gates_api import Gates

router = SimpleRouter(use_regex_path=False)
router.register("drafts", api.Drafts, basename="api-draft")
router.register("annotations", api.Annotations, basename="api-annotation")
router.register("comments", api.Comments, basename="api-comment")
router.register("decisions", api.Decisions, basename="api-decision")
router.register("gates", Gates, basename="api-gate")
router.register("rounds", api.Rounds, basename="api-round")
router.register("deliveries", api.Deliveries, basename="api-delivery")

urlpatterns = router.urls
