"""Every WebSocket address. Each consumer asks the permission door at connect and again for each message."""

from __future__ import annotations

from django.urls import path

from pipeline.consumers import ShotConsumer

websocket_urlpatterns = [path("ws/shots/<int:pk>/", ShotConsumer.as_asgi(), name="ws-shot")]
