"""The event log: append-only, one hash chain a brand (and one for the studio's own rows).

A row holds a dotted fact with its before and after, never a sentence; `studio.events` turns facts into words.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from studio.models.people import Brand, Person


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, person: Person) -> EventQuerySet:
        """The studio sees all; a brand's people see what isn't marked internal, of their brands."""
        return self if person.is_studio else self.filter(brand__in=person.brand_ids, internal=False)

    def about(self, obj: models.Model) -> EventQuerySet:
        return self.filter(subject_type=obj._meta.label_lower, subject_id=str(obj.pk))

    def update(self, **kwargs: Any) -> int:
        raise TypeError("events are append-only")

    def delete(self) -> Any:
        raise TypeError("events are append-only")


class Event(models.Model):
    """Who did what to which row, when; `hash` covers the row's facts and `previous_hash`."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="events", null=True, blank=True)
    chain = models.CharField(max_length=40, db_index=True)
    number = models.PositiveBigIntegerField()
    name = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    subject_label = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="events", null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    internal = models.BooleanField(default=False)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="one_event_a_number")]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.chain} #{self.number} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("events are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("events are append-only")
