"""How a picture is judged and handed over: drafts, rounds, annotations with their threads, decisions, deliveries."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from briefs.models import Brief, Shot
from pipeline.models import Generation
from studio.models import Brand, Person


class DraftQuerySet(models.QuerySet["Draft"]):
    def visible_to(self, person: Person) -> DraftQuerySet:
        """The studio sees all; a brand's people see what was sent to them."""
        if person.is_studio:
            return self
        return self.filter(shot__brief__brand__in=person.brand_ids, sent_at__isnull=False)


class Draft(models.Model):
    """A generation that the studio puts forward, numbered v1, v2... in its shot. States: `review.workflows.DRAFT`."""

    class State(models.TextChoices):
        INTERNAL = "internal", "Internal check"
        PASSED = "passed", "Passed the check"
        REJECTED = "rejected", "Back to the desk"
        SENT = "sent", "With the client"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        APPROVED = "approved", "Approved"
        SUPERSEDED = "superseded", "Superseded"
        FALLEN = "fallen", "Approval fell"

    shot = models.ForeignKey(Shot, on_delete=models.PROTECT, related_name="drafts")
    generation = models.OneToOneField(Generation, on_delete=models.PROTECT, related_name="draft")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.INTERNAL)
    # Frozen here, so that a decision can be held to what was shown.
    picture_sha256 = models.CharField(max_length=64)
    report_sha256 = models.CharField(max_length=64)
    gate_override = models.TextField(max_length=1000, blank=True)
    gate_override_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["shot_id", "number"]
        constraints = [models.UniqueConstraint(fields=["shot", "number"], name="one_draft_a_number")]

    def __str__(self) -> str:
        return f"{self.shot.code} v{self.number}"

    @property
    def brand_id(self) -> int:
        return self.shot.brand_id


class RoundQuerySet(models.QuerySet["Round"]):
    def visible_to(self, person: Person) -> RoundQuerySet:
        return self if person.is_studio else self.filter(brief__brand__in=person.brand_ids)


class Round(models.Model):
    """Drafts sent together for review, with a deadline."""

    brief = models.ForeignKey(Brief, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    drafts = models.ManyToManyField(Draft, related_name="rounds")
    message = models.TextField(max_length=2000, blank=True)
    deadline = models.DateField(null=True, blank=True)
    sent_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["brief", "number"], name="one_round_a_number")]

    def __str__(self) -> str:
        return f"Round {self.number} of {self.brief}"

    @property
    def brand_id(self) -> int:
        return self.brief.brand_id


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def visible_to(self, person: Person) -> AnnotationQuerySet:
        if person.is_studio:
            return self
        return self.filter(draft__in=Draft.objects.visible_to(person), internal=False)


# Internal marks count from here, apart from the client's: a gap in a client's numbers would tell of them.
INTERNAL_MARKS_FROM = 1000


class Annotation(models.Model):
    """A mark on a draft's picture and the head of its thread, or (without a selector) a thread on the whole picture.

    `selector` is a W3C Web Annotation selector in image pixels, e.g.
    ``{"type": "FragmentSelector", "conformsTo": "http://www.w3.org/TR/media-frags/", "value": "xywh=pixel:120,80,0,0"}``.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        RESOLVED = "resolved", "Resolved"

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="annotations")
    number = models.PositiveSmallIntegerField()
    selector = models.JSONField(null=True, blank=True)
    internal = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    resolved_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    # Set by the browser, so that a mark sent twice over a bad line is one mark.
    client_key = models.UUIDField(null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ["draft_id", "number"]
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="one_annotation_a_number")]

    def __str__(self) -> str:
        return f"Mark {self.label} on {self.draft}"

    @property
    def label(self) -> str:
        """What stands in the pin: ``3``, or ``S3`` for the studio's own."""
        return f"S{self.number - INTERNAL_MARKS_FROM}" if self.number > INTERNAL_MARKS_FROM else str(self.number)

    @property
    def brand_id(self) -> int:
        return self.draft.brand_id


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, person: Person) -> CommentQuerySet:
        if person.is_studio:
            return self
        return self.filter(annotation__in=Annotation.objects.visible_to(person), internal=False)


class Comment(models.Model):
    """One message in a mark's thread. An internal one is the studio's alone, also in a client's thread."""

    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="comments")
    text = models.TextField(max_length=4000)
    internal = models.BooleanField(default=False)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    client_key = models.UUIDField(null=True, blank=True, unique=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def brand_id(self) -> int:
        return self.annotation.brand_id


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, person: Person) -> DecisionQuerySet:
        return self.filter(draft__in=Draft.objects.visible_to(person))


class Decision(models.Model):
    """Approve, or request changes, by a named person, bound to the hashes of what they saw. Never changed."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", "Approved"
        REQUEST_CHANGES = "request_changes", "Changes requested"

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="decisions")
    picture_sha256 = models.CharField(max_length=64)
    report_sha256 = models.CharField(max_length=64)
    comment = models.TextField(max_length=4000, blank=True)
    at = models.DateTimeField(default=timezone.now)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.draft} by {self.by}"

    @property
    def brand_id(self) -> int:
        return self.draft.brand_id


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, person: Person) -> DeliveryQuerySet:
        return self if person.is_studio else self.filter(brief__brand__in=person.brand_ids, state=Delivery.State.READY)


class Delivery(models.Model):
    """The approved pictures of a brief as one ZIP, packed by a worker from frozen hashes."""

    class State(models.TextChoices):
        PACKING = "packing", "Being packed"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    brief = models.ForeignKey(Brief, on_delete=models.PROTECT, related_name="deliveries")
    number = models.PositiveSmallIntegerField()
    drafts = models.ManyToManyField(Draft, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PACKING)
    file = models.FileField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    manifest = models.JSONField(default=dict, blank=True)
    error_message = models.TextField(blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ready_at = models.DateTimeField(null=True, blank=True)
    downloaded_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["brief", "number"], name="one_delivery_a_number")]

    def __str__(self) -> str:
        return f"Delivery {self.number} of {self.brief}"

    @property
    def brand_id(self) -> int:
        return self.brief.brand_id


class GatePolicyQuerySet(models.QuerySet["GatePolicy"]):
    def visible_to(self, person: Person) -> GatePolicyQuerySet:
        """A brand's own; a brief's as the brief is seen."""
        briefs = models.Q(brief__isnull=True) | models.Q(brief__in=Brief.objects.visible_to(person))
        return self.filter(briefs) if person.is_studio else self.filter(briefs, brand__in=person.brand_ids)

    def checks_for(self, brief: Brief) -> list[str]:
        """The ids of the checks that must pass for this brief's pictures: its brand's and its own, together."""
        rows = self.filter(models.Q(brief__isnull=True) | models.Q(brief=brief.pk), brand=brief.brand_id)
        return list(dict.fromkeys(check for row in rows for check in row.must_pass))


class GatePolicy(models.Model):
    """What a brand (no brief), or one of its briefs, asks of the QA gate beyond what it asks by itself: the ids of checks
    that must pass without a warning."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="gates")
    brief = models.OneToOneField(Brief, on_delete=models.PROTECT, related_name="gate", null=True, blank=True)
    must_pass = models.JSONField(default=list)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = GatePolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "gate policies"
        ordering = ["brand_id", "brief_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], condition=models.Q(brief__isnull=True), name="one_gate_of_its_own_a_brand"
            )
        ]

    def __str__(self) -> str:
        return f"Gate of {self.brief or self.brand}"
