"""Briefs: what a brand asks for, and the shots that it is cut into."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from briefs.models.pieces import Piece
from studio.models import Brand, Person


class BriefQuerySet(models.QuerySet["Brief"]):
    def visible_to(self, person: Person) -> BriefQuerySet:
        """A brand's people see their brand's; the studio sees what was handed in, not drafts."""
        if person.is_studio:
            return self.filter(models.Q(submitted_at__isnull=False) | models.Q(brand__in=person.brand_ids))
        return self.filter(brand__in=person.brand_ids)


class Brief(models.Model):
    """What a brand asks for. States and their arrows: `briefs.workflows.BRIEF`."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        ACCEPTED = "accepted", "Accepted"
        IN_PRODUCTION = "in_production", "In production"
        IN_REVIEW = "in_review", "In review"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        APPROVED = "approved", "Approved"
        DELIVERED = "delivered", "Delivered"
        CLOSED = "closed", "Closed"
        ON_HOLD = "on_hold", "On hold"
        DECLINED = "declined", "Declined"
        CANCELLED = "cancelled", "Cancelled"

    class Tier(models.TextChoices):
        ESSENTIAL = "essential", "Essential"
        SIGNATURE = "signature", "Signature"
        ATELIER = "atelier", "Atelier"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="briefs")
    title = models.CharField(max_length=160, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    held_from = models.CharField(max_length=20, blank=True)
    pieces = models.ManyToManyField(Piece, through="BriefPiece", related_name="briefs")
    # Purpose and look are lists of the slugs in briefs.vocabulary; free words beside them.
    channels = models.JSONField(default=list, blank=True)
    markets = models.JSONField(default=list, blank=True)
    moods = models.JSONField(default=list, blank=True)
    purpose = models.TextField(max_length=2000, blank=True)
    mood = models.TextField(max_length=2000, blank=True)
    model_wishes = models.TextField(max_length=2000, blank=True)
    pose_wishes = models.TextField(max_length=2000, blank=True)
    light_wishes = models.TextField(max_length=2000, blank=True)
    notes = models.TextField(max_length=4000, blank=True)
    deadline = models.DateField(null=True, blank=True)
    tier = models.CharField(max_length=20, choices=Tier.choices, default=Tier.SIGNATURE)
    decline_reason = models.TextField(max_length=2000, blank=True)
    producer = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="produced_briefs", null=True, blank=True
    )
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = BriefQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title or "Untitled brief"


class BriefPiece(models.Model):
    """A piece in a brief, and how many pictures of it are asked for."""

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="wanted")
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="+")
    pictures = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(20)])

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["brief", "piece"], name="a_piece_once_a_brief")]

    def __str__(self) -> str:
        return f"{self.pictures} × {self.piece}"


class ReferenceQuerySet(models.QuerySet["Reference"]):
    def visible_to(self, person: Person) -> ReferenceQuerySet:
        return self.filter(brief__in=Brief.objects.visible_to(person))


class Reference(models.Model):
    """A picture that shows the mood a brand wishes for. Never an input of an engine by itself."""

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="references")
    file = models.FileField(max_length=200)
    thumbnail_file = models.FileField(max_length=200)
    original_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["brief", "sha256"], name="a_reference_once_a_brief")]

    def __str__(self) -> str:
        return self.original_name

    @property
    def brand_id(self) -> int:
        return self.brief.brand_id


class ShotQuerySet(models.QuerySet["Shot"]):
    def visible_to(self, person: Person) -> ShotQuerySet:
        return self.filter(brief__in=Brief.objects.visible_to(person))


class Shot(models.Model):
    """One deliverable picture: a piece × a look × a crop. States and their arrows: `briefs.workflows.SHOT`."""

    class State(models.TextChoices):
        TO_DO = "to_do", "To do"
        DIRECTING = "directing", "Directing"
        INTERNAL_QA = "internal_qa", "Internal check"
        CLIENT_REVIEW = "client_review", "Client review"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        APPROVED = "approved", "Approved"
        DELIVERED = "delivered", "Delivered"
        CANCELLED = "cancelled", "Cancelled"

    class Priority(models.IntegerChoices):
        LOW = 1, "Low"
        NORMAL = 2, "Normal"
        HIGH = 3, "High"
        RUSH = 4, "Rush"

    brief = models.ForeignKey(Brief, on_delete=models.PROTECT, related_name="shots")
    number = models.PositiveSmallIntegerField()
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="shots")
    title = models.CharField(max_length=160)
    channel = models.CharField(max_length=40, blank=True)
    crop = models.CharField(max_length=8, default="4:5")
    state = models.CharField(max_length=20, choices=State.choices, default=State.TO_DO)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    due = models.DateField(null=True, blank=True)
    retoucher = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="shots", null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1)

    objects = ShotQuerySet.as_manager()

    class Meta:
        ordering = ["brief_id", "number"]
        constraints = [models.UniqueConstraint(fields=["brief", "number"], name="one_shot_a_number")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def code(self) -> str:
        """How people call the shot: the brief's number and the shot's, ``0142-3``."""
        return f"{self.brief_id:04d}-{self.number}"

    @property
    def brand_id(self) -> int:
        return self.brief.brand_id

    @property
    def is_late(self) -> bool:
        done = {self.State.APPROVED, self.State.DELIVERED, self.State.CANCELLED}
        return bool(self.due and self.due < timezone.localdate() and self.state not in done)
