"""People by e-mail, brands (the tenants), and who has which role where."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterable


class Role(models.TextChoices):
    """A brand's three roles and the studio's three; a person may hold several."""

    BRAND_ADMIN = "brand_admin", "Brand admin"
    APPROVER = "approver", "Approver"
    REVIEWER = "reviewer", "Reviewer"
    PRODUCER = "producer", "Producer"
    RETOUCHER = "retoucher", "Retoucher"
    STUDIO_ADMIN = "studio_admin", "Studio admin"


BRAND_ROLES = frozenset({Role.BRAND_ADMIN, Role.APPROVER, Role.REVIEWER})
STUDIO_ROLES = frozenset({Role.PRODUCER, Role.RETOUCHER, Role.STUDIO_ADMIN})


class PersonManager(BaseUserManager["Person"]):
    """Makes people; an e-mail is one person, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **facts: Any) -> Person:
        person = self.model(email=self.normalize_email(email).lower(), **facts)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **facts: Any) -> Person:
        person = self.create_user(email, password, is_staff=True, is_superuser=True, **facts)
        Membership.objects.create(person=person, brand=None, role=Role.STUDIO_ADMIN)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").lower())


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, person: Person) -> PersonQuerySet:
        """The studio sees everybody; a brand's person sees their brands' people and the studio's; a stranger themselves."""
        if person.is_studio:
            return self
        if not person.brand_ids:
            return self.filter(pk=person.pk)
        return self.filter(
            models.Q(memberships__brand__in=person.brand_ids)
            | models.Q(memberships__brand__isnull=True, memberships__isnull=False)
        ).distinct()


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody who logs in by e-mail."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    mail_notifications = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PersonManager.from_queryset(PersonQuerySet)()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()

    def _held(self) -> list[tuple[int | None, str]]:
        # Read once a request: the person of a request is one object, and each page asks many times.
        if not hasattr(self, "_memberships_held"):
            self._memberships_held: list[tuple[int | None, str]] = list(
                self.memberships.values_list("brand_id", "role")
            )
        return self._memberships_held

    @property
    def studio_roles(self) -> frozenset[str]:
        """The roles held in the studio, over every brand."""
        return frozenset(role for brand_id, role in self._held() if brand_id is None)

    @property
    def is_studio(self) -> bool:
        return bool(self.studio_roles)

    @property
    def brand_ids(self) -> list[int]:
        """The brands this person belongs to as a client."""
        return sorted({brand_id for brand_id, _ in self._held() if brand_id is not None})

    def roles_in(self, brand_id: int | None) -> frozenset[str]:
        """Every role that counts for a row of this brand: the brand's own and the studio's."""
        own = frozenset(role for held, role in self._held() if held is not None and held == brand_id)
        return own | self.studio_roles

    @property
    def initials(self) -> str:
        parts = (self.name or self.email).split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts[:1])).upper()


class BrandQuerySet(models.QuerySet["Brand"]):
    def visible_to(self, person: Person) -> BrandQuerySet:
        return self if person.is_studio else self.filter(pk__in=person.brand_ids)


class Brand(models.Model):
    """A client company: the tenant. Everything of a brand is invisible to every other brand."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    website = models.URLField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BrandQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def brand_id(self) -> int:
        """A brand is its own tenant, so that the permission door asks every row the same question."""
        return self.pk


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, person: Person) -> MembershipQuerySet:
        """The studio sees every role; a brand's person those of their brands."""
        return self if person.is_studio else self.filter(brand__in=person.brand_ids)


class Membership(models.Model):
    """One role of one person, in a brand or (without a brand) in the studio."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="memberships", null=True, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            # Two rules instead of one with "nulls not distinct", which SQLite doesn't know.
            models.UniqueConstraint(fields=["person", "brand", "role"], name="one_brand_membership_a_role"),
            models.UniqueConstraint(
                fields=["person", "role"],
                condition=models.Q(brand__isnull=True),
                name="one_studio_membership_a_role",
            ),
            models.CheckConstraint(
                name="role_fits_its_house",
                condition=models.Q(brand__isnull=True, role__in=sorted(STUDIO_ROLES))
                | models.Q(brand__isnull=False, role__in=sorted(BRAND_ROLES)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()} at {self.brand or 'the studio'}"


def _token() -> str:
    return secrets.token_urlsafe(32)


def _in_a_fortnight():
    return timezone.now() + timedelta(days=14)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now())

    def visible_to(self, person: Person) -> InvitationQuerySet:
        return self if person.is_studio else self.filter(brand__in=person.brand_ids)


class Invitation(models.Model):
    """A link by mail with which somebody becomes a person of a brand or of the studio. Used once; expires."""

    email = models.EmailField()
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="invitations", null=True, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    token = models.CharField(max_length=64, unique=True, default=_token, editable=False)
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="invitations_sent")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(default=_in_a_fortnight)
    mailed_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.email} as {self.get_role_display()}"

    @property
    def state(self) -> str:
        """open, accepted, revoked or expired."""
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "open" if self.expires_at > timezone.now() else "expired"


def people_with_roles(roles: Iterable[str], brand_id: int | None) -> models.QuerySet[Person]:
    """Active people who hold one of `roles` in the brand, or in the studio where `brand_id` is None."""
    return Person.objects.filter(
        is_active=True, memberships__role__in=list(roles), memberships__brand_id=brand_id
    ).distinct()
