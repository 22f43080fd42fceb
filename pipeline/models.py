"""Generations as Django sees them: Directions that were run, runs with their lease, what they made."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from briefs.models import ConfirmedFacts, PhotoMatte, PiecePhoto, Shot
from studio.models import Brand, Person


class DirectionQuerySet(models.QuerySet["DirectionRecord"]):
    def visible_to(self, person: Person) -> DirectionQuerySet:
        """How a picture is directed is the studio's craft: a brand sees drafts, not directions."""
        return self if person.is_studio else self.none()


class DirectionRecord(models.Model):
    """One Direction (`pipeline.direction`) in a shot's line. Immutable; `changed` is the difference to its parent."""

    shot = models.ForeignKey(Shot, on_delete=models.PROTECT, related_name="directions")
    number = models.PositiveIntegerField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, related_name="children", null=True, blank=True)
    data = models.JSONField()
    sha256 = models.CharField(max_length=64)
    changed = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DirectionQuerySet.as_manager()

    class Meta:
        verbose_name = "direction"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["shot", "number"], name="one_direction_a_number")]

    def __str__(self) -> str:
        return f"{self.shot.code} direction {self.number}"

    @property
    def brand_id(self) -> int:
        return self.shot.brand_id


class GenerationQuerySet(models.QuerySet["Generation"]):
    def visible_to(self, person: Person) -> GenerationQuerySet:
        return self if person.is_studio else self.none()

    def unfinished(self) -> GenerationQuerySet:
        return self.filter(state__in=[Generation.State.QUEUED, Generation.State.RUNNING])


class Generation(models.Model):
    """One run of an engine on a Direction: a row before it is a message.

    A worker claims a queued row by a conditional update that sets `attempt`, `worker` and `lease_until`, and renews the
    lease by heartbeats; results are written only where `attempt` is still its own. A row whose lease ran out is queued
    again by the reaper, until `settings.GENERATION_ATTEMPTS`. Immutable once done.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    shot = models.ForeignKey(Shot, on_delete=models.PROTECT, related_name="generations")
    number = models.PositiveIntegerField()
    direction = models.ForeignKey(DirectionRecord, on_delete=models.PROTECT, related_name="generations")
    photo = models.ForeignKey(PiecePhoto, on_delete=models.PROTECT, related_name="generations")
    # The matte that was in force when it was asked for; none where the photo is cut automatically.
    matte = models.ForeignKey(PhotoMatte, on_delete=models.PROTECT, related_name="generations", null=True, blank=True)
    # What was confirmed that the photo shows, when it was asked for; none where nobody had.
    facts = models.ForeignKey(
        ConfirmedFacts, on_delete=models.PROTECT, related_name="generations", null=True, blank=True
    )
    quality = models.CharField(max_length=10, default="draft")
    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(default=timezone.now)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(max_length=40, blank=True)
    fraction = models.FloatField(default=0)
    error_code = models.CharField(max_length=80, blank=True)
    error_message = models.TextField(blank=True)
    # What came of it. Hashes are of draft.png's and report.json's bytes.
    draft_sha256 = models.CharField(max_length=64, blank=True)
    report_sha256 = models.CharField(max_length=64, blank=True)
    report = models.JSONField(default=dict, blank=True)
    verdict = models.CharField(max_length=20, blank=True)
    width_px = models.PositiveIntegerField(null=True, blank=True)
    height_px = models.PositiveIntegerField(null=True, blank=True)
    timings = models.JSONField(default=dict, blank=True)
    versions = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["shot", "number"], name="one_generation_a_number")]
        indexes = [models.Index(fields=["state", "next_try_at"]), models.Index(fields=["state", "lease_until"])]

    def __str__(self) -> str:
        return f"{self.shot.code} generation {self.number}"

    @property
    def brand_id(self) -> int:
        return self.shot.brand_id

    @property
    def waits_for_queue(self) -> bool:
        """Queued, and its message could not be sent yet: the broker is away. It is sent as soon as it is back."""
        return self.state == self.State.QUEUED and self.next_try_at <= self.created_at

    def file(self, kind: str) -> Artifact | None:
        return next((a for a in self.artifacts.all() if a.kind == kind), None)


class ArtifactQuerySet(models.QuerySet["Artifact"]):
    def visible_to(self, person: Person) -> ArtifactQuerySet:
        """The studio's; what a client may see of a generation goes through its draft (review)."""
        return self if person.is_studio else self.none()


class Artifact(models.Model):
    """One file that a generation made, stored by its content's hash. `kind` is e.g. draft, master, preview, report, report_html, overlay:ssim."""

    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="artifacts")
    kind = models.CharField(max_length=60)
    file = models.FileField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=80)

    objects = ArtifactQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["generation", "kind"], name="one_artifact_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.generation_id}"

    @property
    def brand_id(self) -> int:
        return self.generation.brand_id


class PlateQuerySet(models.QuerySet["Plate"]):
    def visible_to(self, person: Person) -> PlateQuerySet:
        """The studio sees all; a brand's people see their own brand's, and none of the studio's."""
        return self if person.is_studio else self.filter(brand__in=person.brand_ids)

    def standing(self) -> PlateQuerySet:
        return self.filter(archived_at__isnull=True)

    def for_brand(self, brand_id: int) -> PlateQuerySet:
        """What a brand's pieces may be placed on: the studio's plates and the brand's own, never another brand's."""
        return self.standing().filter(models.Q(brand__isnull=True) | models.Q(brand=brand_id))


class Plate(models.Model):
    """A licensed photograph of a real person without jewelry, on which a piece can be placed. No brand: the studio's.

    `reading` is `pipeline.plate.PlateReading` as data: what two signs agree on. What people measured stands in front of
    it (`calibrations`), and `anchors` is both together.
    """

    class State(models.TextChoices):
        READING = "reading", "Being read"
        READY = "ready", "Ready"
        REFUSED = "refused", "Refused"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="plates", null=True, blank=True)
    name = models.CharField(max_length=120)
    license = models.TextField(
        "licence", max_length=2000, help_text="Who took it, who is on it, and what it may be used for."
    )
    state = models.CharField(max_length=20, choices=State.choices, default=State.READING)
    file = models.FileField(max_length=200)
    preview_file = models.FileField(max_length=200, blank=True)
    thumbnail_file = models.FileField(max_length=200, blank=True)
    original_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    reading = models.JSONField(default=dict, blank=True)
    # [Anchor as data]: those read and those measured, surest first.
    anchors = models.JSONField(default=list, blank=True)
    refusal = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = PlateQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "sha256"], name="one_plate_a_file_a_brand"),
            models.UniqueConstraint(
                fields=["sha256"], condition=models.Q(brand__isnull=True), name="one_plate_a_file_of_the_studio"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def calibration(self) -> PlateCalibration | None:
        """The one in force: the newest, of those prefetched or stored."""
        return max(self.calibrations.all(), key=lambda c: c.number, default=None)

    def anchors_on(self, part: str) -> list[dict[str, Any]]:
        """The places on this body part (finger, wrist, ear, neck), surest first."""
        return [anchor for anchor in self.anchors if anchor["part"] == part]


class PlateCalibrationQuerySet(models.QuerySet["PlateCalibration"]):
    def visible_to(self, person: Person) -> PlateCalibrationQuerySet:
        return self.filter(plate__in=Plate.objects.visible_to(person))


class PlateCalibration(models.Model):
    """What was measured on a plate by hand, as a whole, numbered: a later one doesn't change what was made before.

    `data` is a list of `pipeline.direction.Calibration`, one an anchor; a Direction carries the very ones it was run with.
    """

    plate = models.ForeignKey(Plate, on_delete=models.PROTECT, related_name="calibrations")
    number = models.PositiveIntegerField()
    data = models.JSONField(default=list)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PlateCalibrationQuerySet.as_manager()

    class Meta:
        ordering = ["plate_id", "number"]
        constraints = [models.UniqueConstraint(fields=["plate", "number"], name="one_calibration_a_number")]

    def __str__(self) -> str:
        return f"Calibration {self.number} of {self.plate}"

    @property
    def brand_id(self) -> int | None:
        return self.plate.brand_id
