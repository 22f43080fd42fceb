"""The studio's side: proposing, passing, sending back, overriding the gate, sending."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from briefs.models import Brief, Shot
from pipeline.models import Generation
from review import actions
from review.models import Draft, Round
from studio.errors import Conflict, Invalid, NotAllowed
from studio.events import broken_links
from studio.models import Event, Notification

D, S = Draft.State, Shot.State


def test_a_done_generation_becomes_the_next_version_with_its_hashes_frozen(studio, world) -> None:
    shot = studio.shot()
    generation = studio.generation(shot)
    draft = actions.propose_draft(generation, by=world.retoucher)
    shot.refresh_from_db()
    assert (draft.number, draft.state, shot.state) == (1, D.INTERNAL, S.INTERNAL_QA)
    assert draft.picture_sha256 == generation.artifacts.get(kind="draft").sha256
    assert draft.report_sha256 == generation.artifacts.get(kind="report").sha256


def test_a_newer_proposal_supersedes_the_older_one_that_was_never_sent(studio, world) -> None:
    shot = studio.shot()
    first = actions.propose_draft(studio.generation(shot), by=world.retoucher)
    second = actions.propose_draft(studio.generation(shot), by=world.retoucher)
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == (D.SUPERSEDED, D.INTERNAL, 2)
    assert not Event.objects.visible_to(world.approver).about(first).exists()


@pytest.mark.parametrize("state", [Generation.State.QUEUED, Generation.State.FAILED, Generation.State.CANCELLED])
def test_a_generation_that_is_not_done_cannot_be_put_forward(studio, world, state) -> None:
    with pytest.raises(Conflict):
        actions.propose_draft(studio.generation(studio.shot(), state=state), by=world.retoucher)


def test_a_generation_is_put_forward_once(studio, world) -> None:
    generation = studio.generation(studio.shot())
    actions.propose_draft(generation, by=world.retoucher)
    with pytest.raises(Conflict, match="as v1"):
        actions.propose_draft(generation, by=world.retoucher)


def test_a_client_cannot_put_forward_or_pass(studio, world) -> None:
    shot = studio.shot()
    with pytest.raises(NotAllowed):
        actions.propose_draft(studio.generation(shot), by=world.brand_admin)
    draft = studio.draft(shot, D.INTERNAL)
    with pytest.raises(NotAllowed):
        actions.pass_draft(draft, by=world.brand_admin)


@pytest.mark.parametrize("verdict", ["fail", "not verifiable"])
def test_the_gate_holds_what_the_report_stops_until_somebody_answers_for_it(studio, world, verdict) -> None:
    draft = studio.draft(studio.shot(S.INTERNAL_QA), D.INTERNAL, verdict)
    with pytest.raises(Conflict):
        actions.pass_draft(draft, by=world.retoucher)
    with pytest.raises(Invalid):
        actions.override_gate(draft, by=world.retoucher, reason="  ")
    actions.override_gate(draft, by=world.retoucher, reason="The chain is hidden by the collar")
    actions.pass_draft(draft, by=world.retoucher)
    assert (draft.state, draft.gate_override_by) == (D.PASSED, world.retoucher)
    event = Event.objects.about(draft).get(name="draft.override_gate")
    assert event.after["reason"] == "The chain is hidden by the collar"


@pytest.mark.parametrize("verdict", ["pass", "warn"])
def test_there_is_nothing_to_override_where_the_gate_is_open(studio, world, verdict) -> None:
    with pytest.raises(Conflict):
        actions.override_gate(
            studio.draft(studio.shot(S.INTERNAL_QA), D.INTERNAL, verdict), by=world.retoucher, reason="x"
        )


def test_back_to_the_desk_brings_the_shot_along_and_leaves_the_reason_beside_the_picture(studio, world) -> None:
    shot = studio.shot(S.INTERNAL_QA)
    draft = studio.draft(shot, D.INTERNAL)
    actions.reject_draft(draft, by=world.producer, reason="The left edge is soft")
    shot.refresh_from_db()
    assert (draft.state, shot.state) == (D.REJECTED, S.DIRECTING)
    mark = draft.annotations.get()
    assert mark.internal
    assert mark.comments.get().text == "The left edge is soft"
    assert Notification.objects.filter(person=world.retoucher, kind="draft.rejected").exists()


def test_a_stale_check_is_refused(studio, world) -> None:
    draft = studio.draft(studio.shot(S.INTERNAL_QA), D.INTERNAL)
    with pytest.raises(Conflict, match="while you had it open"):
        actions.pass_draft(draft, by=world.producer, seen_version=draft.version - 1)


def test_sending_makes_a_round_and_tells_the_brand(studio, world) -> None:
    shots = [studio.shot(S.INTERNAL_QA) for _ in range(2)]
    drafts = [studio.draft(shot, D.PASSED) for shot in shots]
    before = Round.objects.filter(brief=world.brief).count()
    made = actions.send_drafts(
        drafts, by=world.producer, message="Have a look", deadline=timezone.localdate() + timedelta(days=3)
    )
    assert made.number == before + 1
    assert set(made.drafts.all()) == set(drafts)
    for draft, shot in zip(drafts, shots, strict=True):
        draft.refresh_from_db()
        shot.refresh_from_db()
        assert (draft.state, shot.state) == (D.SENT, S.CLIENT_REVIEW)
        assert draft.sent_at
    told = set(Notification.objects.filter(kind="round.sent").values_list("person", flat=True))
    assert told == {world.approver.pk, world.reviewer.pk, world.brand_admin.pk}
    world.brief.refresh_from_db()
    assert world.brief.state == Brief.State.IN_REVIEW
    assert not list(broken_links())


def test_a_sent_version_is_superseded_when_the_next_one_is_sent(studio, world) -> None:
    shot = studio.shot(S.CLIENT_REVIEW)
    old = studio.draft(shot)
    actions.send_drafts([studio.draft(shot, D.PASSED)], by=world.producer)
    old.refresh_from_db()
    assert old.state == D.SUPERSEDED


def test_a_round_is_sent_whole_or_not_at_all(studio, world) -> None:
    ready = studio.draft(studio.shot(S.INTERNAL_QA), D.PASSED)
    unchecked = studio.draft(studio.shot(S.INTERNAL_QA), D.INTERNAL)
    rounds = Round.objects.count()
    with pytest.raises(Conflict):
        actions.send_drafts([ready, unchecked], by=world.producer)
    ready.refresh_from_db()
    assert ready.state == D.PASSED
    assert Round.objects.count() == rounds


def test_a_round_refuses_what_makes_no_sense(studio, world) -> None:
    draft = studio.draft(studio.shot(S.INTERNAL_QA), D.PASSED)
    _, others = studio.brief_in_review()
    with pytest.raises(Invalid):
        actions.send_drafts([], by=world.producer)
    with pytest.raises(Invalid):
        actions.send_drafts([draft, others[0]], by=world.producer)
    with pytest.raises(Invalid):
        actions.send_drafts([draft], by=world.producer, deadline=timezone.localdate() - timedelta(days=1))
    with pytest.raises(NotAllowed):
        actions.send_drafts([draft], by=world.retoucher)


def test_a_picture_that_changed_in_storage_is_not_sent(studio, world) -> None:
    draft = studio.draft(studio.shot(S.INTERNAL_QA), D.PASSED)
    path = draft.generation.artifacts.get(kind="draft").file.path
    with Path(path).open("ab") as stored:
        stored.write(b"x")
    with pytest.raises(Conflict, match="not the one that was shown"):
        actions.send_drafts([draft], by=world.producer)


def test_the_studio_walks_a_version_from_proposal_to_the_client_by_its_pages(studio, world, log_in) -> None:
    generation = studio.generation(studio.shot(), verdict="fail")
    retoucher = log_in(world.retoucher)
    answer = retoucher.post(f"/generations/{generation.pk}/propose/")
    draft = Draft.objects.get(generation=generation)
    assert answer["Location"] == f"/drafts/{draft.pk}/"
    page = retoucher.get(f"/drafts/{draft.pk}/").content.decode()
    assert "The QA report says fail" in page
    refused = retoucher.post(f"/drafts/{draft.pk}/do/pass/", {"version": draft.version})
    assert refused.status_code == 409
    assert "override it with a reason" in refused.content.decode()
    retoucher.post(f"/drafts/{draft.pk}/do/override/", {"version": draft.version, "reason": "Seen by eye"})
    draft.refresh_from_db()
    retoucher.post(f"/drafts/{draft.pk}/do/pass/", {"version": draft.version})
    draft.refresh_from_db()
    assert draft.state == D.PASSED
    producer = log_in(world.producer)
    producer.post(f"/drafts/{draft.pk}/do/send/", {"version": draft.version, "message": "Here it is"})
    draft.refresh_from_db()
    assert draft.state == D.SENT
    assert "Here it is" in log_in(world.reviewer).get(f"/drafts/{draft.pk}/").content.decode()
