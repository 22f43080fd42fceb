"""The demo's table: a brand, people of every role, three pieces of the atelier, and a brief whose first picture is run.

Everything goes through the same actions as in the pages, so the demo's event log and mails are real ones. A second run
finds what is there and changes nothing; one that was broken off goes on where it stopped.
"""

from __future__ import annotations

from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from briefs import actions as briefs
from briefs.models import Brief, Piece, PiecePhoto, Shot
from pipeline.actions import start_generation
from studio.models import Brand, Membership, Person, Role

PASSWORD = "loupe-demo-2026"  # noqa: S105 - the demo's, printed at its start; never made outside the demo
PEOPLE: list[tuple[str, str, str, str]] = [
    ("brand@demo.example", "Clara Aurel", Role.BRAND_ADMIN, "writes briefs, approves"),
    ("approver@demo.example", "Jonas Weber", Role.APPROVER, "reviews and approves"),
    ("reviewer@demo.example", "Mina Sato", Role.REVIEWER, "reviews and comments"),
    ("producer@demo.example", "Ines Duarte", Role.PRODUCER, "plans, sends to review, delivers"),
    ("retoucher@demo.example", "Tomas Lind", Role.RETOUCHER, "directs and generates"),
    ("admin@demo.example", "Ada Moreau", Role.STUDIO_ADMIN, "manages the studio"),
]
METALS = {label.lower(): value for value, label in Piece.Metal.choices}
BRIEF_TITLE = "Spring window"
LOOKS = {"necklace": "worn on a bust", "earring": "worn", "ring": "worn on a hand"}


def seed_demo() -> list[dict[str, str]]:
    """Sets the table and answers the log-ins, as rows for the greeting."""
    brand, _ = Brand.objects.get_or_create(slug="aurel", defaults={"name": "Maison Aurel"})
    people = {role: _person(brand, email, name, role) for email, name, role, _ in PEOPLE}
    author = people[Role.BRAND_ADMIN]
    pieces = _pieces(brand, author)
    brief = Brief.objects.filter(brand=brand, title=BRIEF_TITLE).first()
    if brief is None:
        with transaction.atomic():
            brief = briefs.create_brief(brand, by=author, title=BRIEF_TITLE)
            for piece in pieces:
                briefs.add_piece_to_brief(brief, piece, by=author, pictures=1)
            briefs.change_brief(
                brief,
                by=author,
                channels=["instagram", "webshop"],
                markets=["eu", "us"],
                moods=["warm", "soft_light", "sculptural"],
                purpose="The first picture of the spring collection, for the shop's window and its Instagram.",
                light_wishes="Soft, from one side; the stones should sparkle.",
                deadline=timezone.localdate() + timedelta(days=12),
            )
    _into_production(brief, author, people[Role.PRODUCER], people[Role.RETOUCHER])
    return [
        {"role": Role(role).label, "email": email, "password": PASSWORD, "what": what}
        for email, _, role, what in PEOPLE
    ]


def _person(brand: Brand, email: str, name: str, role: str) -> Person:
    person = Person.objects.filter(email=email).first()
    if person is None:
        with transaction.atomic():
            staff = role == Role.STUDIO_ADMIN
            person = Person.objects.create_user(email, PASSWORD, name=name, is_staff=staff)
            house = None if role in (Role.PRODUCER, Role.RETOUCHER, Role.STUDIO_ADMIN) else brand
            Membership.objects.create(person=person, brand=house, role=role)
    return person


def _pieces(brand: Brand, author: Person) -> list[Piece]:
    from pipeline.atelier.samples import SAMPLES, sample_photo

    pieces = []
    # The necklace first: the brief's first shot is the one whose picture is run.
    for name, sample in sorted(SAMPLES.items(), key=lambda item: item[1].category != "necklace"):
        piece = Piece.objects.filter(brand=brand, sku=sample.sku).first()
        if piece is None:
            path = sample_photo(name)
            briefs.create_piece_with_photo(
                brand,
                by=author,
                file=ContentFile(path.read_bytes(), name=path.name),
                name_of_file=path.name,
                sku=sample.sku,
                name=sample.title,
                category=sample.category,
                metal=METALS.get(sample.metal, Piece.Metal.MIXED),
                width_mm=sample.width_mm,
                declared=dict(sample.facts),
            )
            piece = Piece.objects.get(brand=brand, sku=sample.sku)
        # The brief can't be handed in before its photos are checked, so they are checked here and not by the queue.
        for photo in piece.photos.filter(state=PiecePhoto.State.CHECKING):
            briefs.check_photo(photo.pk)
        pieces.append(piece)
    return pieces


def _into_production(brief: Brief, author: Person, producer: Person, retoucher: Person) -> None:
    brief.refresh_from_db()
    if brief.state == Brief.State.DRAFT:
        brief = briefs.submit_brief(brief, by=author)
    if brief.state == Brief.State.SUBMITTED:
        brief = briefs.accept_brief(brief, by=producer)
    if brief.state == Brief.State.ACCEPTED:
        if not brief.shots.exists():
            cuts = [
                briefs.Cut(w.piece, f"{w.piece.name}, {LOOKS[w.piece.category]}", "4:5", "instagram")
                for w in brief.wanted.all()
            ]
            briefs.cut_into_shots(brief, cuts, by=producer)
        # Each picture is due before the brief is, so that there is time for the client's round; the first one soonest.
        last = brief.deadline or timezone.localdate() + timedelta(days=12)
        for place, shot in enumerate(brief.shots.filter(retoucher__isnull=True).order_by("-number")):
            due = max(last - timedelta(days=4 + 2 * place), timezone.localdate() + timedelta(days=1))
            briefs.plan_shot(shot, by=producer, retoucher=retoucher, due=due)
        brief = briefs.start_production(brief, by=producer)
    first = brief.shots.order_by("number").first()
    if first is None:
        return
    if brief.state == Brief.State.IN_PRODUCTION and first.state == Shot.State.TO_DO and not first.generations.exists():
        from pipeline.direction import first_direction

        start_generation(first, by=retoucher, direction=first_direction(first.piece.category), note="The first look")
