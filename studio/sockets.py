"""Every WebSocket address. Each consumer asks the permission door at connect and again for each message.

Consumers are named, not imported: this package is below the apps that bring them, as with `include` in urls.py.
"""

from __future__ import annotations

from django.urls import path
from django.utils.module_loading import import_string

websocket_urlpatterns = [
    path("ws/shots/<int:pk>/", import_string("pipeline.consumers.ShotConsumer").as_asgi(), name="ws-shot"),
]
