"""The Django project, and what every app shares: people, roles, permissions, workflow, events, notifications."""

from studio.celery import app as celery_app

__all__ = ["celery_app"]
