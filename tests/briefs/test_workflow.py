"""A brief and its shots under every order of steps: no state outside the table, an event for each step, and none lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefs import actions
from briefs.actions.shots import _arrows
from briefs.models import Brief, Piece, Shot
from briefs.offers import ON_THE_DRAFT, brief_offers, shot_offers
from briefs.workflows import BRIEF, SHOT
from studio.errors import Conflict, Invalid, NotAllowed
from studio.events import broken_links
from studio.models import Event
from tests.cast import World, brief, photo, piece

STEPS = {
    "submit": actions.submit_brief,
    "accept": actions.accept_brief,
    "reopen": actions.reopen_brief,
    "start": actions.start_production,
    "close": actions.close_brief,
    "hold": actions.hold_brief,
    "unhold": actions.unhold_brief,
    "cancel": actions.cancel_brief,
}


def take(row: Brief, name: str, by: Any) -> None:
    if name == "decline":
        actions.decline_brief(row, by=by, reason="Too near")
    else:
        STEPS[name](row, by=by)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choices=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=5, max_size=22))
def test_no_order_of_offers_leaves_the_table(world: World, choices: list[tuple[int, int]]) -> None:
    """Whatever is offered and taken, brief and shots stand in the table's states, and each step is one event."""
    ring = piece(world.brand, world.brand_admin, sku=f"R-{Piece.objects.count()}")
    photo(ring, world.brand_admin)
    row = brief(world.brand, world.brand_admin, ring)
    people = [world.brand_admin, world.producer, world.retoucher, world.approver]
    for who, which in choices:
        person = people[who]
        row.refresh_from_db()
        if person == world.producer and row.state in actions.WORKED_ON and not row.shots.exists():
            cuts = [actions.Cut(piece=ring, title=f"View {n}", retoucher=world.retoucher) for n in range(2)]
            actions.cut_into_shots(row, cuts, by=person)
            continue
        steps = [(row, o) for o in brief_offers(row, person)]
        for shot in row.shots.all():
            # The draft's own steps are made here as the draft's actions make them.
            steps += [(shot, o) for o in shot_offers(shot, person) if o.enabled or o.name in ON_THE_DRAFT]
        if not steps:
            continue
        subject, offer = steps[which % len(steps)]
        before, events = subject.state, Event.objects.about(subject).count()
        machine = BRIEF if isinstance(subject, Brief) else SHOT
        try:
            if isinstance(subject, Brief):
                take(subject, offer.name, person)
            else:
                actions.move_shot(subject, offer.name, by=person)
        except Conflict:
            subject.refresh_from_db()
            assert subject.state == before
            assert Event.objects.about(subject).count() == events
            continue
        assert offer.enabled or offer.name in ON_THE_DRAFT
        told = Event.objects.about(subject).order_by("id")[events:]
        subject.refresh_from_db()
        assert [e.before["state"] for e in told] == [before, *[e.after["state"] for e in told][:-1]]
        assert told[len(told) - 1].after["state"] == subject.state
        for event in told:
            arrow = machine.transitions[event.name.split(".", 1)[1]]
            assert event.before["state"] in arrow.sources
            assert event.after["state"] == arrow.target
        row.refresh_from_db()
        if row.state in actions.WORKED_ON and row.shots.exists():
            assert _arrows(row.state, set(row.shots.exclude(state="cancelled").values_list("state", flat=True))) == []
    assert list(broken_links()) == []


@pytest.mark.parametrize("state", Brief.State.values)
@pytest.mark.parametrize("name", [*STEPS, "decline"])
@pytest.mark.django_db
def test_a_step_is_taken_from_its_sources_alone(world: World, state: str, name: str) -> None:
    world.draft_brief.state = state
    world.draft_brief.held_from = Brief.State.ACCEPTED
    world.draft_brief.save()
    arrow = BRIEF.transitions.get(name) or BRIEF.transitions["unhold_accepted"]
    brand_may = arrow.right is not None and world.brand_admin.roles_in(world.brand.pk) and name in (
        "submit", "reopen", "cancel",
    )  # fmt: skip
    person, other = (world.brand_admin, world.retoucher) if brand_may else (world.producer, world.reviewer)
    with pytest.raises((NotAllowed, Conflict)):
        take(world.draft_brief, name, other)
    if state in arrow.sources and not (arrow.guard and arrow.guard(world.draft_brief)):
        take(world.draft_brief, name, person)
        world.draft_brief.refresh_from_db()
        assert world.draft_brief.state == arrow.target
    else:
        with pytest.raises(Conflict):
            take(world.draft_brief, name, person)
        world.draft_brief.refresh_from_db()
        assert world.draft_brief.state == state


@pytest.mark.django_db
def test_a_brief_follows_its_shots(world: World) -> None:
    row = brief(world.brand, world.brand_admin, world.piece, state=Brief.State.ACCEPTED)
    cuts = [actions.Cut(piece=world.piece, title=t, retoucher=world.retoucher) for t in ("One", "Two")]
    one, two = actions.cut_into_shots(row, cuts, by=world.producer)

    def after(shot: Shot, name: str, by: Any) -> str:
        actions.move_shot(shot, name, by=by)
        row.refresh_from_db()
        return row.state

    assert after(one, "direct", world.retoucher) == "in_production"
    assert after(one, "check", world.retoucher) == "in_production"
    assert after(one, "send", world.producer) == "in_review"
    assert after(one, "request_changes", world.approver) == "changes_requested"
    assert after(one, "direct", world.retoucher) == "in_production"
    assert after(one, "check", world.retoucher) == "in_production"
    assert after(one, "send", world.producer) == "in_review"
    assert after(one, "approve", world.approver) == "in_production"
    assert after(two, "cancel", world.producer) == "approved"
    assert after(one, "deliver", None) == "delivered"


@pytest.mark.django_db
def test_nothing_moves_while_a_brief_rests(world: World) -> None:
    row = brief(world.brand, world.brand_admin, world.piece, state=Brief.State.ACCEPTED)
    (shot,) = actions.cut_into_shots(
        row, [actions.Cut(piece=world.piece, title="One", retoucher=world.retoucher)], by=world.producer
    )
    actions.hold_brief(row, by=world.producer)
    with pytest.raises(Conflict, match="on hold"):
        actions.move_shot(shot, "direct", by=world.retoucher)
    assert "on hold" in next(o for o in shot_offers(shot, world.retoucher) if o.name == "direct").why_not
    actions.unhold_brief(row, by=world.producer)
    actions.move_shot(shot, "direct", by=world.retoucher)


@pytest.mark.django_db
def test_cancelling_a_brief_cancels_its_open_shots(world: World) -> None:
    row = brief(world.brand, world.brand_admin, world.piece, state=Brief.State.ACCEPTED, producer=world.producer)
    (shot,) = actions.cut_into_shots(row, [actions.Cut(piece=world.piece, title="One")], by=world.producer)
    actions.cancel_brief(row, by=world.brand_admin)
    shot.refresh_from_db()
    assert shot.state == Shot.State.CANCELLED
    assert world.producer.notifications.filter(kind="brief.cancelled").count() == 1


@pytest.mark.django_db
def test_a_submission_holds_all_that_was_asked_for(world: World) -> None:
    actions.change_brief(world.draft_brief, by=world.brand_admin, moods=["warm"], notes="No flowers")
    actions.submit_brief(world.draft_brief, by=world.brand_admin)
    event = Event.objects.about(world.draft_brief).get(name="brief.submit")
    assert event.after["moods"] == ["warm"]
    assert event.after["notes"] == "No flowers"
    assert event.after["pieces"] == [{"piece": world.piece.pk, "pictures": 1}]
    assert {n.person for n in _told("brief.submitted")} == {world.producer, world.studio_admin}


@pytest.mark.django_db
def test_a_brief_that_lacks_something_says_what(world: World) -> None:
    bare = actions.create_brief(world.brand, by=world.approver)
    with pytest.raises(Conflict, match="a title, at least one piece, where the pictures will be used, a date"):
        actions.submit_brief(bare, by=world.approver)


@pytest.mark.django_db
def test_a_decline_needs_its_reason_and_the_author_reads_it(world: World) -> None:
    row = brief(world.brand, world.approver, world.piece, state=Brief.State.SUBMITTED)
    with pytest.raises(Invalid):
        actions.decline_brief(row, by=world.producer, reason="  ")
    actions.decline_brief(row, by=world.producer, reason="We can't make it by Friday.")
    (told,) = _told("brief.declined")
    assert told.person == world.approver
    assert "by Friday" in told.text


@pytest.mark.django_db
def test_a_retoucher_hears_of_their_shots_once(world: World) -> None:
    row = brief(world.brand, world.brand_admin, world.piece, state=Brief.State.ACCEPTED)
    cuts = [actions.Cut(piece=world.piece, title=str(n), retoucher=world.retoucher) for n in range(3)]
    shots = actions.cut_into_shots(row, cuts, by=world.producer)
    assert len(_told("shot.assigned")) == 1
    actions.plan_shot(shots[0], by=world.producer, priority=4)
    assert len(_told("shot.assigned")) == 1
    actions.plan_shot(shots[0], by=world.producer, retoucher=world.studio_admin)
    assert len(_told("shot.assigned")) == 2
    with pytest.raises(Invalid):
        actions.plan_shot(shots[0], by=world.producer, retoucher=world.approver)


def _told(kind: str) -> list[Any]:
    from studio.models import Notification

    return list(Notification.objects.filter(kind=kind))


def test_every_event_has_its_words() -> None:
    from studio.events import WORDS

    names = {f"brief.{name}" for name in BRIEF.transitions} | {f"shot.{name}" for name in SHOT.transitions}
    assert names <= WORDS.keys()


def test_crops_are_the_directions_own() -> None:
    from typing import get_args

    from briefs.vocabulary import CHANNELS, CROPS
    from pipeline.direction import Camera

    assert set(CROPS) == set(get_args(Camera.model_fields["crop"].annotation))
    assert {channel.crop for channel in CHANNELS.values()} <= CROPS.keys()
