"""Rows of the review in the states that its tests start from, with real small pictures in storage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from briefs.models import Brief, Shot
from pipeline.models import Generation
from review.models import Draft, Round
from tests import cast


@dataclass
class Studio:
    """Makes shots, generations and drafts of the world's brief."""

    world: cast.World
    count: int = 0

    def shot(self, state: str = Shot.State.DIRECTING, brief: Brief | None = None) -> Shot:
        brief = brief or self.world.brief
        return Shot.objects.create(
            brief=brief,
            number=brief.shots.count() + 1,
            piece=self.world.piece,
            title="On bust",
            state=state,
            retoucher=self.world.retoucher,
        )

    def generation(self, shot: Shot, verdict: str = "pass", **facts: Any) -> Generation:
        self.count += 1
        number = shot.generations.count() + 1
        direction = cast.direction(shot, self.world.retoucher, number=number)
        made = cast.generation(
            direction,
            self.world.photo,
            self.world.retoucher,
            number=number,
            colour=(40, self.count % 250, shot.pk % 250),
        )
        made.verdict = verdict
        for name, value in facts.items():
            setattr(made, name, value)
        made.save()
        return made

    def draft(self, shot: Shot, state: str = Draft.State.SENT, verdict: str = "pass") -> Draft:
        generation = self.generation(shot, verdict)
        sent = state in (Draft.State.SENT, Draft.State.APPROVED, Draft.State.CHANGES_REQUESTED)
        return Draft.objects.create(
            shot=shot,
            generation=generation,
            number=shot.drafts.count() + 1,
            state=state,
            picture_sha256=generation.draft_sha256,
            report_sha256=generation.report_sha256,
            created_by=self.world.retoucher,
            sent_at=timezone.now() if sent else None,
        )

    def brief_in_review(self, shots: int = 1, title: str = "Autumn") -> tuple[Brief, list[Draft]]:
        """A brief whose every shot has one draft with the client."""
        brief = cast.brief(
            self.world.brand, self.world.brand_admin, self.world.piece, state=Brief.State.IN_REVIEW, title=title
        )
        drafts = [self.draft(self.shot(Shot.State.CLIENT_REVIEW, brief)) for _ in range(shots)]
        made = Round.objects.create(brief=brief, number=1, sent_by=self.world.producer)
        made.drafts.set(drafts)
        return brief, drafts


@pytest.fixture
def studio(world: cast.World) -> Studio:
    return Studio(world)


@pytest.fixture
def log_in(client: Any) -> Callable[[Any], Any]:
    def as_person(person: Any) -> Any:
        client.force_login(person)
        return client

    return as_person


def approve(draft: Draft, by: Any, comment: str = "") -> Any:
    from review import actions

    return actions.decide(
        draft,
        "approve",
        by=by,
        seen_sha256=draft.picture_sha256,
        seen_report_sha256=draft.report_sha256,
        comment=comment,
    )
