"""Rows put straight into a running demo's data, where a test of a page needs a picture and not the minute that makes it.

Run as a program in a process of its own, since the house has its own settings: ``python -m tests.browser.seeding``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def seed_drafts(var: Path, count: int) -> list[int]:
    """Sends `count` drafts, one a brief, to the demo's brand; answers their ids."""
    return _run(var, "drafts", count)


def seed_plate(var: Path) -> int:
    """A plate of the demo's brand, read already; answers its id."""
    return _run(var, "plates", 1)[0]


def seed_reading(var: Path) -> tuple[int, int]:
    """A piece's photo that was read, three stones, and that nobody confirmed; answers the reading's id and the photo's."""
    fingerprint, photo = _run(var, "readings", 1)
    return fingerprint, photo


def confirmed_in(var: Path, fingerprint: int) -> dict[str, int]:
    """What the newest facts of this reading corrected."""
    return _run(var, "corrections", fingerprint)


def _run(var: Path, what: str, count: int) -> Any:
    env = os.environ | {"LOUPE_DEMO": "1", "LOUPE_VAR": str(var)}
    answer = subprocess.run(
        [sys.executable, "-m", "tests.browser.seeding", what, str(count)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout.splitlines()[-1])


def _drafts(count: int) -> list[int]:
    from django.utils import timezone

    from briefs.models import Brief, Piece, Shot
    from review.models import Draft, Round
    from studio.models import Brand, Person
    from tests import cast

    brand = Brand.objects.get(slug="aurel")
    author, retoucher, producer = (
        Person.objects.get(email=f"{who}@demo.example") for who in ("brand", "retoucher", "producer")
    )
    piece = Piece.objects.filter(brand=brand, category="necklace").first()
    made = []
    for number in range(count):
        brief = cast.brief(
            brand, author, piece, state=Brief.State.IN_REVIEW, title=f"To review {number + 1}", producer=producer
        )
        shot = Shot.objects.create(
            brief=brief, number=1, piece=piece, title="On bust", state=Shot.State.CLIENT_REVIEW, retoucher=retoucher
        )
        photo = piece.photo
        generation = cast.generation(
            cast.direction(shot, retoucher), photo, retoucher, colour=(96 + number, 90, 84), size=(640, 800)
        )
        draft = Draft.objects.create(
            shot=shot,
            generation=generation,
            number=1,
            state=Draft.State.SENT,
            picture_sha256=generation.draft_sha256,
            report_sha256=generation.report_sha256,
            created_by=retoucher,
            sent_at=timezone.now(),
        )
        Round.objects.create(brief=brief, number=1, sent_by=producer).drafts.add(draft)
        made.append(draft.pk)
    return made


def _plates(count: int) -> list[int]:
    from studio.models import Brand, Person
    from tests import cast

    brand, author = Brand.objects.get(slug="aurel"), Person.objects.get(email="brand@demo.example")
    return [cast.plate(brand, author, f"Hand {number + 1}").pk for number in range(count)]


def _readings(count: int) -> list[int]:
    from studio.models import Brand, Person
    from tests import cast

    brand, author = Brand.objects.get(slug="aurel"), Person.objects.get(email="brand@demo.example")
    piece = cast.piece(brand, author, sku="READ-1", category="ring")
    photo = cast.photo(piece, author, cast.png(400, 500, (230, 220, 200)))
    photo.width_px, photo.height_px = 400, 500
    photo.save()
    return [cast.fingerprint(photo, (100, 120, 60), (200, 120, 60), (300, 300, 40)).pk, photo.pk]


def _corrections(fingerprint: int) -> dict[str, int]:
    from briefs.models import ConfirmedFacts

    return ConfirmedFacts.objects.filter(fingerprint=fingerprint).latest("number").corrected


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
    import django

    django.setup()
    made = {"drafts": _drafts, "plates": _plates, "readings": _readings, "corrections": _corrections}[sys.argv[1]](
        int(sys.argv[2])
    )
    sys.stdout.write(json.dumps(made) + "\n")
