"""The client's word: bound to hashes, decided once, one outcome when two things happen at the same moment."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.db import connection

from briefs.actions import hold_brief, move_shot
from briefs.models import Brief, Shot
from review import actions
from review.models import Annotation, Decision, Draft
from review.proof import read_decisions, standing_approval
from studio.errors import Conflict, Invalid, LoupeError, NotAllowed
from studio.models import Notification
from tests.review.conftest import Studio, approve

D, S = Draft.State, Shot.State


def test_an_approval_names_the_bytes_that_were_seen_and_moves_draft_shot_and_brief(studio, world) -> None:
    brief, (draft,) = studio.brief_in_review()
    decision = approve(draft, world.approver)
    draft.refresh_from_db()
    brief.refresh_from_db()
    assert (decision.picture_sha256, decision.report_sha256) == (draft.picture_sha256, draft.report_sha256)
    assert (draft.state, draft.shot.state, brief.state) == (D.APPROVED, S.APPROVED, Brief.State.APPROVED)
    assert Notification.objects.filter(person=world.retoucher, kind="draft.approve").exists()
    assert standing_approval(draft) == decision


@pytest.mark.parametrize("field", ["seen_sha256", "seen_report_sha256"])
def test_a_decision_on_something_else_than_what_stands_here_is_refused(studio, world, field) -> None:
    _, (draft,) = studio.brief_in_review()
    seen = {"seen_sha256": draft.picture_sha256, "seen_report_sha256": draft.report_sha256, field: "0" * 64}
    with pytest.raises(Conflict, match="not what stands here"):
        actions.decide(draft, "approve", by=world.approver, **seen)
    assert not draft.decisions.exists()


def test_changes_are_requested_with_a_mark_or_with_words(studio, world) -> None:
    _, (draft,) = studio.brief_in_review()
    seen = {"seen_sha256": draft.picture_sha256, "seen_report_sha256": draft.report_sha256}
    with pytest.raises(Invalid, match="what should change"):
        actions.decide(draft, "request_changes", by=world.approver, **seen)
    # An internal mark is none that the client made, nor may it tell of itself by letting this through.
    actions.add_annotation(draft, by=world.retoucher, text="ours", internal=True)
    with pytest.raises(Invalid):
        actions.decide(draft, "request_changes", by=world.approver, **seen)
    actions.decide(draft, "request_changes", by=world.approver, comment="Warmer, please", **seen)
    draft.refresh_from_db()
    assert (draft.state, draft.shot.state) == (D.CHANGES_REQUESTED, S.CHANGES_REQUESTED)
    wish = draft.annotations.get(internal=False)
    assert (wish.state, wish.comments.get().text) == (Annotation.State.OPEN, "Warmer, please")


def test_an_open_mark_is_enough_to_request_changes(studio, world) -> None:
    _, (draft,) = studio.brief_in_review()
    actions.add_annotation(draft, by=world.reviewer, text="This edge")
    actions.decide(
        draft,
        "request_changes",
        by=world.approver,
        seen_sha256=draft.picture_sha256,
        seen_report_sha256=draft.report_sha256,
    )
    draft.refresh_from_db()
    assert draft.state == D.CHANGES_REQUESTED


def test_who_may_comment_may_not_decide(studio, world) -> None:
    _, (draft,) = studio.brief_in_review()
    for person in (world.reviewer, world.producer, world.other_admin):
        with pytest.raises(NotAllowed):
            approve(draft, person)


def test_a_superseded_version_cannot_be_decided_and_says_which_one_is_newer(studio, world) -> None:
    _, (old,) = studio.brief_in_review()
    new = studio.draft(old.shot, D.PASSED)
    actions.send_drafts([new], by=world.producer)
    with pytest.raises(Conflict, match="A newer version was sent while you looked: v2") as refused:
        approve(old, world.approver)
    assert refused.value.details["newer"] == new.pk


def test_the_page_says_that_a_newer_version_was_sent_and_keeps_the_words(studio, world, log_in) -> None:
    _, (old,) = studio.brief_in_review()
    client = log_in(world.approver)
    actions.send_drafts([studio.draft(old.shot, D.PASSED)], by=world.producer)
    answer = client.post(
        f"/drafts/{old.pk}/do/request_changes/",
        {"picture_sha256": old.picture_sha256, "report_sha256": old.report_sha256, "comment": "My long words"},
    )
    assert answer.status_code == 409
    assert "A newer version was sent while you looked" in answer.content.decode()


def test_a_decision_falls_with_the_first_byte_that_changes(studio, world, log_in) -> None:
    _, (draft,) = studio.brief_in_review()
    approve(draft, world.approver)
    with Path(draft.generation.artifacts.get(kind="report").file.path).open("ab") as stored:
        stored.write(b" ")
    draft = Draft.objects.get(pk=draft.pk)
    (standing,) = read_decisions(draft, draft.decisions.all())
    assert not standing.stands
    assert "QA report" in standing.fallen
    assert "has fallen" in log_in(world.approver).get(f"/drafts/{draft.pk}/").content.decode()
    with pytest.raises(Conflict):
        standing_approval(draft)


def test_a_changed_picture_cannot_be_decided_on(studio, world) -> None:
    _, (draft,) = studio.brief_in_review()
    Path(draft.generation.artifacts.get(kind="draft").file.path).unlink()
    with pytest.raises(Conflict, match="is missing"):
        approve(draft, world.approver)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(4))
def test_approving_while_a_newer_version_is_sent_has_one_outcome(round_number: int, world) -> None:
    """Whichever comes first wins whole: an approval stands and nothing was sent, or the new one stands and nothing was approved."""
    studio = Studio(world)
    brief, (old,) = studio.brief_in_review()
    new = studio.draft(old.shot, D.PASSED)
    outcomes = at_once(
        lambda: approve(Draft.objects.get(pk=old.pk), world.approver),
        lambda: actions.send_drafts([Draft.objects.get(pk=new.pk)], by=world.producer),
    )
    assert sorted(type(o).__name__ for o in outcomes if isinstance(o, LoupeError)) == ["Conflict"]
    for row in (old, new, brief):
        row.refresh_from_db()
    shot = Shot.objects.get(pk=old.shot_id)
    approved = isinstance(outcomes[0], Decision)
    if approved:
        assert (old.state, new.state, shot.state) == (D.APPROVED, D.PASSED, S.APPROVED)
        assert new.rounds.count() == 0
    else:
        assert (old.state, new.state, shot.state) == (D.SUPERSEDED, D.SENT, S.CLIENT_REVIEW)
        assert not old.decisions.exists()


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_make_one_decision(world) -> None:
    _, (draft,) = Studio(world).brief_in_review()
    outcomes = at_once(
        lambda: approve(Draft.objects.get(pk=draft.pk), world.approver),
        lambda: approve(Draft.objects.get(pk=draft.pk), world.brand_admin),
    )
    assert sum(isinstance(o, Decision) for o in outcomes) == 1
    assert draft.decisions.count() == 1


def at_once(*calls):
    """Each call in its own thread and connection, released by one barrier; their answers or errors, in order."""
    barrier = threading.Barrier(len(calls))
    outcomes: list = [None] * len(calls)

    def run(index: int, call) -> None:
        try:
            barrier.wait(10)
            outcomes[index] = call()
        except Exception as error:
            outcomes[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i, call)) for i, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_an_approval_falls_with_the_first_byte_and_takes_shot_and_brief_back_to_work(studio, world) -> None:
    brief, (draft,) = studio.brief_in_review()
    approve(draft, world.approver)
    draft.refresh_from_db()
    assert actions.let_approval_fall(draft) == "", "an approval that holds stays"
    with Path(draft.generation.artifacts.get(kind="draft").file.path).open("ab") as stored:
        stored.write(b" ")
    with pytest.raises(Conflict, match="not the one that was shown"):
        actions.make_delivery(Brief.objects.get(pk=brief.pk), by=world.producer)
    draft.refresh_from_db()
    brief.refresh_from_db()
    assert (draft.state, draft.shot.state, brief.state) == (D.FALLEN, S.DIRECTING, Brief.State.IN_PRODUCTION)
    assert not brief.deliveries.exists()
    told = set(Notification.objects.filter(kind="draft.fall").values_list("person", flat=True))
    assert {world.retoucher.pk, world.approver.pk} <= told
    # It comes back as any picture does: a new version is made, checked, sent and approved.
    again = actions.propose_draft(studio.generation(draft.shot), by=world.retoucher)
    actions.pass_draft(again, by=world.producer)
    actions.send_drafts([again], by=world.producer)
    again.refresh_from_db()
    approve(again, world.approver)
    draft.refresh_from_db()
    again.refresh_from_db()
    assert (draft.state, again.state, again.shot.state) == (D.SUPERSEDED, D.APPROVED, S.APPROVED)


def test_a_newer_version_takes_an_approved_ones_place_once_it_is_sent(studio, world) -> None:
    _, (draft,) = studio.brief_in_review()
    approve(draft, world.approver)
    shot = Shot.objects.get(pk=draft.shot_id)
    with pytest.raises(Conflict, match="takes no new version"):
        actions.propose_draft(studio.generation(shot), by=world.retoucher)
    with pytest.raises(NotAllowed):
        move_shot(shot, "reopen", by=world.retoucher)
    move_shot(shot, "reopen", by=world.producer)
    newer = actions.propose_draft(studio.generation(shot), by=world.retoucher)
    actions.pass_draft(newer, by=world.producer)
    draft.refresh_from_db()
    assert draft.state == D.APPROVED, "the client's word stands until there is something newer to judge"
    actions.send_drafts([newer], by=world.producer)
    draft.refresh_from_db()
    (standing,) = read_decisions(draft, draft.decisions.all())
    assert draft.state == D.SUPERSEDED
    assert "newer version" in standing.fallen


def test_nobody_decides_while_the_brief_rests(studio, world) -> None:
    brief, (draft,) = studio.brief_in_review()
    hold_brief(brief, by=world.producer)
    with pytest.raises(Conflict, match="on hold"):
        approve(draft, world.approver)
    assert not draft.decisions.exists()
