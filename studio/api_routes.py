"""The app's API routes."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from studio.views import api

router = SimpleRouter()
router.register("people", api.PersonViewSet, basename="api-person")
router.register("brands", api.BrandViewSet, basename="api-brand")
router.register("invitations", api.InvitationViewSet, basename="api-invitation")
router.register("notifications", api.NotificationViewSet, basename="api-notification")
router.register("events", api.EventViewSet, basename="api-event")

urlpatterns = [
    path("token/", api.TokenView.as_view(), name="api-token"),
    path("me/", api.MeView.as_view(), name="api-me"),
    path("roles/<int:pk>/", api.RoleView.as_view(), name="api-role"),
    path("invitations/accept/", api.AcceptView.as_view(), name="api-invitation-accept"),
    *router.urls,
]
