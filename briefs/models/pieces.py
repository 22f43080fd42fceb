"""Pieces and what is known of their photos."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from studio.models import Brand, Person

SIZE_MM = (1, 1000)
# A count less sure than this is told as a question, not as a finding.
SURE_ENOUGH = 0.5


class PieceQuerySet(models.QuerySet["Piece"]):
    def visible_to(self, person: Person) -> PieceQuerySet:
        return self if person.is_studio else self.filter(brand__in=person.brand_ids)

    def standing(self) -> PieceQuerySet:
        return self.filter(archived_at__isnull=True)


class Piece(models.Model):
    """One real product. `declared` holds the brand's facts: ``{"stones": 27, "prongs": 108, "links": null}``."""

    class Category(models.TextChoices):
        RING = "ring", "Ring"
        NECKLACE = "necklace", "Necklace"
        EARRING = "earring", "Earrings"
        BRACELET = "bracelet", "Bracelet"
        WATCH = "watch", "Watch"

    class Metal(models.TextChoices):
        YELLOW_GOLD = "yellow_gold", "Yellow gold"
        WHITE_GOLD = "white_gold", "White gold"
        ROSE_GOLD = "rose_gold", "Rose gold"
        PLATINUM = "platinum", "Platinum"
        SILVER = "silver", "Silver"
        STEEL = "steel", "Steel"
        MIXED = "mixed", "Mixed"
        OTHER = "other", "Other"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="pieces")
    sku = models.CharField("SKU", max_length=60)
    name = models.CharField(max_length=160)
    category = models.CharField(max_length=20, choices=Category.choices)
    metal = models.CharField(max_length=20, choices=Metal.choices, default=Metal.YELLOW_GOLD)
    width_mm = models.FloatField(
        "width in mm",
        validators=[MinValueValidator(SIZE_MM[0]), MaxValueValidator(SIZE_MM[1])],
        help_text="The full width of what the photo shows, edge to edge.",
    )
    declared = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = PieceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "sku"], name="one_piece_a_sku"),
            models.CheckConstraint(
                name="piece_width_in_range", condition=models.Q(width_mm__gte=SIZE_MM[0], width_mm__lte=SIZE_MM[1])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.sku})"

    @property
    def photo(self) -> PiecePhoto | None:
        """The newest photo that can be worked from, of those prefetched or stored."""
        usable = [p for p in self.photos.all() if p.state == PiecePhoto.State.READY]
        return max(usable, key=lambda p: p.pk, default=None)


class PiecePhotoQuerySet(models.QuerySet["PiecePhoto"]):
    def visible_to(self, person: Person) -> PiecePhotoQuerySet:
        return self if person.is_studio else self.filter(piece__brand__in=person.brand_ids)

    def with_facts(self) -> PiecePhotoQuerySet:
        """With their readings and confirmed facts, without the readings' long data."""
        return self.prefetch_related(
            models.Prefetch("fingerprints", PhotoFingerprint.objects.defer("data")),
            models.Prefetch("facts", ConfirmedFacts.objects.defer("data")),
        )

    def to_confirm(self) -> PiecePhotoQuerySet:
        """Those that pictures are made from, are read, and nobody confirmed yet."""
        newer = PiecePhoto.objects.filter(
            piece=models.OuterRef("piece"), state=PiecePhoto.State.READY, pk__gt=models.OuterRef("pk")
        )
        read = PhotoFingerprint.objects.filter(photo=models.OuterRef("pk"), state=PhotoFingerprint.State.READY)
        return self.filter(
            models.Exists(read), ~models.Exists(newer), state=PiecePhoto.State.READY, facts=None,
            piece__archived_at__isnull=True,
        )  # fmt: skip


class PiecePhoto(models.Model):
    """An uploaded photograph. A row exists from the upload on; a worker mattes it and gives its verdict."""

    class State(models.TextChoices):
        CHECKING = "checking", "Being checked"
        READY = "ready", "Ready"
        REFUSED = "refused", "Refused"

    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="photos")
    state = models.CharField(max_length=20, choices=State.choices, default=State.CHECKING)
    file = models.FileField(max_length=200)
    original_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    # The matte's answer: alpha as PNG, the cut piece on transparent ground as WebP, and a small preview.
    alpha_file = models.FileField(max_length=200, blank=True)
    cutout_file = models.FileField(max_length=200, blank=True)
    thumbnail_file = models.FileField(max_length=200, blank=True)
    # [{"code": ..., "level": "ok" | "warn" | "refuse", "message": ...}]
    findings = models.JSONField(default=list)
    # The matte refined by hand that is in force; without one, the photo is cut automatically.
    matte = models.ForeignKey("PhotoMatte", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PiecePhotoQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["piece", "sha256"], name="one_row_a_photo")]

    def __str__(self) -> str:
        return self.original_name

    @property
    def fingerprint(self) -> PhotoFingerprint | None:
        """The newest reading, of those prefetched or stored."""
        return max(self.fingerprints.all(), key=lambda f: f.number, default=None)

    @property
    def confirmed(self) -> ConfirmedFacts | None:
        """The facts in force, of those prefetched or stored."""
        return max(self.facts.all(), key=lambda f: f.number, default=None)

    @property
    def brand_id(self) -> int:
        return self.piece.brand_id


class PhotoMatteQuerySet(models.QuerySet["PhotoMatte"]):
    def visible_to(self, person: Person) -> PhotoMatteQuerySet:
        return self.filter(photo__in=PiecePhoto.objects.visible_to(person))


class PhotoMatte(models.Model):
    """A matte of a photo refined by hand: keep and drop strokes over it, or a mask that was made elsewhere, or both.

    A worker makes it as a trial; it counts once somebody keeps it. Never changed after: what was made with it can be
    made again.
    """

    class State(models.TextChoices):
        TRYING = "trying", "Being made"
        READY = "ready", "Ready"
        REFUSED = "refused", "Refused"

    photo = models.ForeignKey(PiecePhoto, on_delete=models.PROTECT, related_name="mattes")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.TRYING)
    # `pipeline.imaging.strokes.Strokes` as data, in the upright photo's pixels.
    strokes = models.JSONField(null=True, blank=True)
    mask_file = models.FileField(max_length=200, blank=True)
    alpha_file = models.FileField(max_length=200, blank=True)
    cutout_file = models.FileField(max_length=200, blank=True)
    findings = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    kept_at = models.DateTimeField(null=True, blank=True)

    objects = PhotoMatteQuerySet.as_manager()

    class Meta:
        ordering = ["photo_id", "number"]
        constraints = [models.UniqueConstraint(fields=["photo", "number"], name="one_matte_a_number")]

    def __str__(self) -> str:
        return f"Matte {self.number} of {self.photo}"

    @property
    def brand_id(self) -> int:
        return self.photo.brand_id


class PhotoFingerprintQuerySet(models.QuerySet["PhotoFingerprint"]):
    def visible_to(self, person: Person) -> PhotoFingerprintQuerySet:
        return self.filter(photo__in=PiecePhoto.objects.visible_to(person))


class PhotoFingerprint(models.Model):
    """What a worker read from a photo as it was cut then: `data` is `pipeline.fingerprint.model.Fingerprint`.

    A row a reading, never changed once it is read: another cut or another size of the piece is read anew.
    """

    class State(models.TextChoices):
        READING = "reading", "Being read"
        READY = "ready", "Read"
        FAILED = "failed", "Not readable"

    photo = models.ForeignKey(PiecePhoto, on_delete=models.PROTECT, related_name="fingerprints")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.READING)
    # The alpha that it is read with: a file is named by its content.
    alpha_file = models.FileField(max_length=200)
    data = models.JSONField(default=dict, blank=True)
    words = models.CharField(max_length=500, blank=True)
    confidence = models.FloatField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = PhotoFingerprintQuerySet.as_manager()

    class Meta:
        ordering = ["photo_id", "number"]
        constraints = [models.UniqueConstraint(fields=["photo", "number"], name="one_fingerprint_a_number")]

    def __str__(self) -> str:
        return f"Fingerprint {self.number} of {self.photo}"

    @property
    def question(self) -> str:
        """What a person is asked: how sure the count is decides how it is said."""
        if self.confidence < SURE_ENOUGH:
            return f"We see {self.words}, but we aren't sure. Will you count with us?"
        return f"We see {self.words}. Is that right?"

    @property
    def brand_id(self) -> int:
        return self.photo.brand_id


class ConfirmedFactsQuerySet(models.QuerySet["ConfirmedFacts"]):
    def visible_to(self, person: Person) -> ConfirmedFactsQuerySet:
        return self.filter(photo__in=PiecePhoto.objects.visible_to(person))


class ConfirmedFacts(models.Model):
    """What a person confirmed that a photo shows: `data` is `pipeline.fingerprint.confirming.Confirmation`.

    Immutable; a photo's newest are in force, and pictures are held to the ones that were in force when they were asked
    for. In photo pixels, so they stand whichever cut comes later.
    """

    photo = models.ForeignKey(PiecePhoto, on_delete=models.PROTECT, related_name="facts")
    fingerprint = models.ForeignKey(PhotoFingerprint, on_delete=models.PROTECT, related_name="facts")
    number = models.PositiveIntegerField()
    data = models.JSONField()
    sha256 = models.CharField(max_length=64)
    words = models.CharField(max_length=500)
    # {"kept": 26, "moved": 0, "added": 1, "removed": 0} against the reading that was looked at.
    corrected = models.JSONField(default=dict)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ConfirmedFactsQuerySet.as_manager()

    class Meta:
        ordering = ["photo_id", "number"]
        constraints = [models.UniqueConstraint(fields=["photo", "number"], name="one_confirmation_a_number")]

    def __str__(self) -> str:
        return f"Facts {self.number} of {self.photo}"

    @property
    def brand_id(self) -> int:
        return self.photo.brand_id
