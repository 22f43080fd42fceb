"""The fixed cast of every test: two brands, one person a role, and one row of each kind to point at.

`world` is built through the models alone, in one small set of inserts, so that a test of reading depends on no action.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from briefs.models import (
    Brief,
    BriefPiece,
    ConfirmedFacts,
    PhotoFingerprint,
    PhotoMatte,
    Piece,
    PiecePhoto,
    Reference,
    Shot,
)
from pipeline.direction import first_direction
from pipeline.fingerprint.confirming import as_read, confirmed_by
from pipeline.fingerprint.model import Ellipse, Fingerprint, Silhouette, Stone
from pipeline.models import Artifact, DirectionRecord, Generation, Plate
from review.models import Annotation, Comment, Decision, Delivery, Draft, GatePolicy, Round
from studio.models import Brand, Invitation, Membership, Notification, Person, Role
from studio.storage import content_name

PASSWORD = "a-long-password-for-tests"
_HASH = "pbkdf2_sha256$1$tests$" + "0" * 44


def person(email: str, *roles: tuple[Brand | None, str], name: str | None = None) -> Person:
    """A person with these roles; log in with `client.force_login`."""
    made = Person.objects.create(
        email=email, name=name or email.split("@")[0].replace(".", " ").title(), password=_HASH
    )
    for brand, role in roles:
        Membership.objects.create(person=made, brand=brand, role=role)
    return made


@dataclass
class World:
    """Two brands' rows. Names are what they are; `people` maps the access table's columns to their persons."""

    brand: Brand = field(init=False)
    other_brand: Brand = field(init=False)
    people: dict[str, Person | None] = field(init=False)

    def __post_init__(self) -> None:
        self.brand = Brand.objects.create(name="Atelier Nord", slug="atelier-nord")
        self.other_brand = Brand.objects.create(name="Maison Sud", slug="maison-sud")
        self.brand_admin = person("admin@nord.example", (self.brand, Role.BRAND_ADMIN))
        self.approver = person("approver@nord.example", (self.brand, Role.APPROVER))
        self.reviewer = person("reviewer@nord.example", (self.brand, Role.REVIEWER))
        self.other_admin = person("admin@sud.example", (self.other_brand, Role.BRAND_ADMIN))
        self.outsider = person("nobody@else.example")
        self.producer = person("producer@studio.example", (None, Role.PRODUCER))
        self.retoucher = person("retoucher@studio.example", (None, Role.RETOUCHER))
        self.studio_admin = person("head@studio.example", (None, Role.STUDIO_ADMIN))
        self.people = {
            "anonymous": None,
            "outsider": self.outsider,
            "other_brand": self.other_admin,
            "reviewer": self.reviewer,
            "approver": self.approver,
            "brand_admin": self.brand_admin,
            "retoucher": self.retoucher,
            "producer": self.producer,
            "studio_admin": self.studio_admin,
        }
        self.invitation = Invitation.objects.create(
            email="new@nord.example", brand=self.brand, role=Role.REVIEWER, invited_by=self.brand_admin
        )
        self.notification = Notification.objects.create(
            person=self.approver, brand=self.brand, kind="test", text="Hello", url="/"
        )
        self.piece = piece(self.brand, self.brand_admin)
        self.photo = photo(self.piece, self.brand_admin)
        self.matte = PhotoMatte.objects.create(
            photo=self.photo,
            number=1,
            state=PhotoMatte.State.READY,
            strokes=strokes_on(self.photo),
            alpha_file=self.photo.alpha_file.name,
            cutout_file=self.photo.cutout_file.name,
            created_by=self.brand_admin,
        )
        self.fingerprint = fingerprint(self.photo)
        self.facts = ConfirmedFacts.objects.create(
            photo=self.photo,
            fingerprint=self.fingerprint,
            number=1,
            data={"version": 1, "stones": [], "links": None},
            sha256="0" * 64,
            words="no stones",
            created_by=self.brand_admin,
        )
        self.draft_brief = brief(self.brand, self.brand_admin, self.piece, state=Brief.State.DRAFT)
        self.brief = brief(self.brand, self.brand_admin, self.piece, state=Brief.State.IN_REVIEW)
        self.reference = Reference.objects.create(
            brief=self.draft_brief,
            file=self.photo.file.name,
            thumbnail_file=self.photo.thumbnail_file.name,
            original_name="mood.png",
            sha256=self.photo.sha256,
            created_by=self.brand_admin,
        )
        self.shot = Shot.objects.create(
            brief=self.brief,
            number=1,
            piece=self.piece,
            title="On bust",
            state=Shot.State.CLIENT_REVIEW,
            retoucher=self.retoucher,
        )
        self.direction = direction(self.shot, self.retoucher)
        self.generation = generation(self.direction, self.photo, self.retoucher)
        self.plate = plate(self.brand, self.brand_admin)
        self.artifact = self.generation.artifacts.get(kind="draft")
        self.draft = Draft.objects.create(
            shot=self.shot,
            generation=self.generation,
            number=1,
            state=Draft.State.SENT,
            picture_sha256=self.generation.draft_sha256,
            report_sha256=self.generation.report_sha256,
            created_by=self.retoucher,
            sent_at=timezone.now(),
        )
        self.gate = GatePolicy.objects.create(brand=self.brand, must_pass=[], changed_by=self.brand_admin)
        self.round = Round.objects.create(brief=self.brief, number=1, sent_by=self.producer)
        self.round.drafts.add(self.draft)
        self.annotation = Annotation.objects.create(
            draft=self.draft, number=1, selector=pin(12, 20), created_by=self.approver
        )
        self.comment = Comment.objects.create(annotation=self.annotation, text="A bit warmer", created_by=self.approver)
        self.internal_comment = Comment.objects.create(
            annotation=self.annotation,
            text="internal: they always say warmer",
            internal=True,
            created_by=self.retoucher,
        )
        self.decision = Decision.objects.create(
            draft=self.draft,
            verdict=Decision.Verdict.REQUEST_CHANGES,
            by=self.approver,
            picture_sha256=self.draft.picture_sha256,
            report_sha256=self.draft.report_sha256,
        )
        self.delivery = Delivery.objects.create(
            brief=self.brief, number=1, state=Delivery.State.READY, created_by=self.producer, ready_at=timezone.now()
        )
        self.delivery.file.save("test/delivery.zip", ContentFile(b"PK\x05\x06" + b"\0" * 18), save=False)
        self.delivery.sha256 = hashlib.sha256(b"PK\x05\x06" + b"\0" * 18).hexdigest()
        self.delivery.save()


def pin(x: float, y: float) -> dict[str, Any]:
    """A W3C selector of one pixel place."""
    return {
        "type": "FragmentSelector",
        "conformsTo": "http://www.w3.org/TR/media-frags/",
        "value": f"xywh=pixel:{x},{y},0,0",
    }


def png(width: int = 64, height: int = 80, colour: tuple[int, int, int] = (180, 170, 160)) -> bytes:
    """A small picture's bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def store(brand: Brand, kind: str, data: bytes, suffix: str) -> tuple[str, str]:
    """Saves bytes by their hash; answers (storage name, sha256)."""
    from django.core.files.storage import default_storage

    sha256 = hashlib.sha256(data).hexdigest()
    name = content_name(brand.pk, kind, sha256, suffix)
    if not default_storage.exists(name):
        name = default_storage.save(name, ContentFile(data))
    return name, sha256


def piece(brand: Brand, by: Person, sku: str = "NK-1", category: str = "necklace", **facts: Any) -> Piece:
    return Piece.objects.create(
        brand=brand, sku=sku, name=f"Piece {sku}", category=category, width_mm=160, created_by=by, **facts
    )


def photo(of: Piece, by: Person, data: bytes | None = None) -> PiecePhoto:
    data = data or png(colour=(250, 250, 250))
    name, sha256 = store(of.brand, "photos", data, ".png")
    return PiecePhoto.objects.create(
        piece=of,
        state=PiecePhoto.State.READY,
        file=name,
        alpha_file=name,
        cutout_file=name,
        thumbnail_file=name,
        original_name="photo.png",
        sha256=sha256,
        size_bytes=len(data),
        width_px=64,
        height_px=80,
        created_by=by,
        checked_at=timezone.now(),
    )


def fingerprint(of: PiecePhoto, *stones: tuple[float, float, float], number: int = 1) -> PhotoFingerprint:
    """A reading of a photo that found round stones, each (x, y, px across)."""
    width, height = of.width_px, of.height_px
    data = Fingerprint(
        reader="cast",
        photo_sha256=of.sha256,
        photo_size=(width, height),
        category=of.piece.category,
        box=(0, 0, width, height),
        width_mm=of.piece.width_mm,
        words="",
        confidence=0.9,
        unparted=0,
        stones=tuple(
            Stone(
                id=f"stone-{k:03d}",
                outline=Ellipse(centre_px=(x, y), axes_px=(across, across), angle_deg=0),
                centre=(0, 0),
                size_mm=None,
                colour="clear",
                group="group-1",
                confidence=0.9,
                resolvable=across >= 8,
            )
            for k, (x, y, across) in enumerate(stones, 1)
        ),
        groups=(),
        links=None,
        band=None,
        metals=(),
        catchlights=(),
        silhouette=Silhouette(outer_px=(), holes_px=(), area_px=0, holes=0),
    )
    data = confirmed_by(data, as_read(data)).model_copy(update={"stones": data.stones})
    return PhotoFingerprint.objects.create(
        photo=of,
        number=number,
        state=PhotoFingerprint.State.READY,
        alpha_file=of.alpha_file.name,
        data=data.model_dump(mode="json"),
        words=data.words,
        confidence=data.confidence,
        read_at=timezone.now(),
    )


# The place that `plate` wears a ring at, as `pipeline.plate` tells it.
RING_FINGER = {
    "name": "left-ring-proximal",
    "part": "finger",
    "point": [320.0, 400.0],
    "axis": [0.0, -1.0],
    "edges": [[280.0, 400.0], [360.0, 400.0]],
    "width_px": 80.0,
    "width_mm": 18.0,
    "px_per_mm": 4.444,
    "tilt_deg": 0.0,
    "scale_error": 0.08,
    "confidence": 0.8,
    "scale_from": "hand and finger",
    "confirmed_by": ["landmarks", "outline"],
}


def plate(brand: Brand | None, by: Person, name: str = "Hand on linen", **facts: Any) -> Plate:
    """A plate that was read: a hand whose left ring finger wears a ring."""
    data = png(640, 800, (190, 150, 130))
    stored, sha256 = store(brand, "plates", data, ".png") if brand else ("plates/none.png", "0" * 64)
    return Plate.objects.create(
        brand=brand,
        name=name,
        license="Taken by the studio; the model agreed to every use.",
        state=facts.pop("state", Plate.State.READY),
        file=stored,
        preview_file=stored,
        thumbnail_file=stored,
        original_name="hand.png",
        sha256=sha256,
        size_bytes=len(data),
        width_px=640,
        height_px=800,
        reading={"anchors": [RING_FINGER], "doubts": {}, "notes": []},
        anchors=[RING_FINGER],
        created_by=by,
        **facts,
    )


def strokes_on(photo: PiecePhoto, kind: str = "keep", x: float = 32, y: float = 40) -> dict[str, Any]:
    """One dab over a photo, as data."""
    dab = {"kind": kind, "radius_px": 4.0, "points": [[x, y]]}
    return {"version": 1, "photo_size": [photo.width_px, photo.height_px], "strokes": [dab]}


def brief(brand: Brand, by: Person, *pieces: Piece, state: str = Brief.State.DRAFT, **facts: Any) -> Brief:
    made = Brief.objects.create(
        brand=brand,
        title=facts.pop("title", "Spring launch"),
        state=state,
        channels=["instagram"],
        deadline=timezone.localdate() + timedelta(days=14),
        created_by=by,
        submitted_at=None if state == Brief.State.DRAFT else timezone.now(),
        **facts,
    )
    BriefPiece.objects.bulk_create([BriefPiece(brief=made, piece=p) for p in pieces])
    return made


def direction(shot: Shot, by: Person, number: int = 1) -> DirectionRecord:
    plan = first_direction(shot.piece.category)
    return DirectionRecord.objects.create(
        shot=shot, number=number, data=plan.model_dump(mode="json"), sha256=plan.sha256(), created_by=by
    )


def generation(
    of: DirectionRecord,
    photo: PiecePhoto,
    by: Person,
    *,
    number: int = 1,
    colour: tuple[int, int, int] = (90, 80, 70),
    size: tuple[int, int] = (64, 80),
) -> Generation:
    """A done generation with its draft, preview, master and report stored for real."""
    brand = of.shot.brief.brand
    made = Generation.objects.create(
        shot=of.shot,
        number=number,
        direction=of,
        photo=photo,
        state=Generation.State.DONE,
        attempt=1,
        fraction=1,
        verdict="pass",
        width_px=size[0],
        height_px=size[1],
        report={"verdict": "pass", "checks": [], "ledger": {}, "timings": {}, "versions": {}},
        created_by=by,
        started_at=timezone.now(),
        finished_at=timezone.now(),
    )
    picture = png(*size, colour=colour)
    files = {
        "draft": (picture, ".png", "image/png"),
        "preview": (picture, ".png", "image/png"),
        "master": (picture, ".tiff", "image/tiff"),
        "report": (b'{"verdict": "pass", "checks": [], "ledger": {}}', ".json", "application/json"),
        "report_html": (b"<!doctype html><title>Report</title><p>Pass", ".html", "text/html"),
    }
    for kind, (data, suffix, content_type) in files.items():
        name, sha256 = store(brand, "pictures", data, suffix)
        Artifact.objects.create(
            generation=made, kind=kind, file=name, sha256=sha256, size_bytes=len(data), content_type=content_type
        )
        if kind == "draft":
            made.draft_sha256 = sha256
        if kind == "report":
            made.report_sha256 = sha256
    made.save()
    return made
