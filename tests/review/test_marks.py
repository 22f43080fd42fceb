"""Marks and threads: where they sit, whose they are, and what a client never learns."""

from __future__ import annotations

import re
import threading
import uuid

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from review import actions
from review.models import Annotation, Comment, Draft
from review.selector import Region, check_selector, read_region
from studio.errors import Conflict, Invalid, NotAllowed, NotThere
from studio.models import Event, Notification
from tests.cast import pin
from tests.review.conftest import Studio


@given(
    st.floats(0, 400),
    st.floats(0, 300),
    st.one_of(st.just((0.0, 0.0)), st.tuples(st.floats(1, 100), st.floats(1, 100))),
)
def test_a_place_comes_back_as_it_was_put(x: float, y: float, size: tuple[float, float]) -> None:
    region = Region(round(x, 2), round(y, 2), round(size[0], 2), round(size[1], 2))
    stored = check_selector(region.selector, 600, 600)
    found = read_region(stored)
    assert found is not None
    for one, other in zip(
        (found.x, found.y, found.width, found.height), (region.x, region.y, region.width, region.height), strict=True
    ):
        assert one == pytest.approx(other, abs=0.06)


@pytest.mark.parametrize(
    "selector",
    [
        {"type": "SvgSelector", "value": "<svg/>"},
        {"type": "FragmentSelector", "value": "xywh=percent:1,2,3,4"},
        {"type": "FragmentSelector", "value": "xywh=pixel:-1,2,0,0"},
        {"type": "FragmentSelector", "value": "xywh=pixel:nan,2,0,0"},
        {"type": "FragmentSelector", "value": "xywh=pixel:1e9,2,0,0"},
        {"type": "FragmentSelector", "value": "xywh=pixel:60,2,10,10"},
        {"type": "FragmentSelector", "value": "xywh=pixel:1,2,10,0"},
        {"type": "FragmentSelector", "conformsTo": "http://example.org/", "value": "xywh=pixel:1,2,0,0"},
        "xywh=pixel:1,2,0,0",
    ],
)
def test_a_place_that_is_none_is_refused(selector) -> None:
    with pytest.raises(Invalid):
        check_selector(selector, 64, 80)


def test_a_mark_is_saved_with_its_first_words(studio, world) -> None:
    mark = actions.add_annotation(world.draft, by=world.reviewer, text="Too cold", selector=pin(3, 4))
    assert (mark.number, mark.selector["value"]) == (2, "xywh=pixel:3,4,0,0")
    assert mark.comments.get().text == "Too cold"
    assert Notification.objects.filter(person=world.retoucher, kind="comment.added").exists()


def test_the_same_key_is_the_same_mark_and_nobody_elses(studio, world) -> None:
    key = uuid.uuid4()
    first = actions.add_annotation(world.draft, by=world.reviewer, text="Once", client_key=key)
    again = actions.add_annotation(world.draft, by=world.reviewer, text="Once", client_key=str(key))
    assert first.pk == again.pk
    assert first.comments.count() == 1
    with pytest.raises(Conflict):
        actions.add_annotation(world.draft, by=world.approver, text="Mine", client_key=key)
    reply = uuid.uuid4()
    one = actions.add_comment(first, by=world.reviewer, text="Twice", client_key=reply)
    assert actions.add_comment(first, by=world.reviewer, text="Twice", client_key=reply).pk == one.pk


def test_an_empty_or_endless_text_is_refused(studio, world) -> None:
    for text in ("", "  \n", "x" * 4001):
        with pytest.raises(Invalid):
            actions.add_annotation(world.draft, by=world.reviewer, text=text)


def test_resolving_twice_tells_it_once_and_it_can_be_reopened(studio, world) -> None:
    mark = world.annotation
    actions.resolve_annotation(mark, by=world.retoucher)
    actions.resolve_annotation(mark, by=world.approver)
    assert (mark.state, mark.resolved_by) == (Annotation.State.RESOLVED, world.retoucher)
    assert Event.objects.about(mark).filter(name="annotation.resolve").count() == 1
    actions.reopen_annotation(mark, by=world.approver)
    assert (mark.state, mark.resolved_by) == (Annotation.State.OPEN, None)


def test_a_client_writes_nothing_internal(studio, world) -> None:
    with pytest.raises(NotAllowed):
        actions.add_annotation(world.draft, by=world.approver, text="?", internal=True)
    with pytest.raises(NotAllowed):
        actions.add_comment(world.annotation, by=world.approver, text="?", internal=True)
    hidden = actions.add_annotation(world.draft, by=world.retoucher, text="ours", internal=True)
    with pytest.raises(NotThere):
        actions.add_comment(hidden, by=world.approver, text="?")
    with pytest.raises(NotThere):
        actions.resolve_annotation(hidden, by=world.approver)


def test_a_reply_in_an_internal_thread_is_internal_whatever_was_asked(studio, world) -> None:
    hidden = actions.add_annotation(world.draft, by=world.retoucher, text="ours", internal=True)
    assert actions.add_comment(hidden, by=world.producer, text="yes", internal=False).internal


def test_a_client_learns_nothing_of_what_is_internal(studio, world, log_in) -> None:
    """Not in a page, not in the API, not in a count, a number, an event or a notification."""
    actions.resolve_annotation(world.annotation, by=world.retoucher)
    hidden = actions.add_annotation(
        world.draft, by=world.retoucher, text="hush-mark", selector=pin(9, 9), internal=True
    )
    actions.add_comment(world.annotation, by=world.producer, text="hush-reply", internal=True)
    visible = actions.add_annotation(world.draft, by=world.producer, text="For you", selector=pin(5, 5))
    # The internal mark took no number of the client's.
    assert (visible.label, hidden.label) == ("2", "S1")
    client = log_in(world.approver)
    pages = ["/", "/reviews/", "/deliveries/", f"/drafts/{world.draft.pk}/", f"/drafts/{world.draft.pk}/thread/"]
    pages += ["/notifications/", "/activity/", f"/briefs/{world.brief.pk}/"]
    api = ["drafts", "annotations", "comments", f"drafts/{world.draft.pk}", f"annotations/{world.annotation.pk}"]
    for path in pages + [f"/api/v1/{name}/" for name in api]:
        text = client.get(path).content.decode()
        for secret in ("hush", "internal: they always", f"mark-{hidden.pk}", "S1</"):
            assert secret not in text, f"{secret} in {path}"
    assert client.get(f"/api/v1/drafts/{world.draft.pk}/").json()["open_marks"] == 1
    assert client.get("/api/v1/annotations/").json()["results"][0]["id"] == visible.pk
    assert len(client.get("/api/v1/annotations/").json()["results"]) == 2
    assert client.get(f"/api/v1/annotations/{hidden.pk}/").status_code == 404
    assert client.post(f"/annotations/{hidden.pk}/comments/", {"text": "x"}).status_code == 404
    assert not Event.objects.visible_to(world.approver).filter(after__label="S1").exists()
    told = Notification.objects.filter(person__in=[world.approver, world.reviewer, world.brand_admin])
    assert not [n for n in told if "hush" in n.text]


def test_the_threads_are_sent_again_only_when_something_that_one_sees_changed(studio, world, log_in) -> None:
    url = f"/drafts/{world.draft.pk}/thread/"
    client = log_in(world.approver)
    seen = re.search(r'data-seen="(\w+)"', client.get(url).content.decode())[1]
    actions.add_comment(world.annotation, by=world.retoucher, text="ours", internal=True)
    assert client.get(url, {"seen": seen}).status_code == 204
    actions.add_comment(world.annotation, by=world.retoucher, text="done")
    fresh = client.get(url, {"seen": seen})
    assert fresh.status_code == 200
    assert "done" in fresh.content.decode()


def test_a_script_gets_the_threads_back_and_a_form_the_page(studio, world, log_in) -> None:
    client = log_in(world.reviewer)
    url = f"/drafts/{world.draft.pk}/annotations/"
    plain = client.post(url, {"text": "By form"})
    assert plain.status_code == 302
    script = client.post(
        url,
        {"text": "By script", "selector": '{"type":"FragmentSelector","value":"xywh=pixel:1,2,10,10"}'},
        headers={"HX-Request": "true"},
    )
    assert "By script" in script.content.decode()
    assert 'data-w="10.0"' in script.content.decode()
    broken = client.post(url, {"text": "x", "selector": "{"}, headers={"HX-Request": "true"})
    assert broken.status_code == 422


def test_the_desk_sees_what_the_client_left_open(studio, world, log_in) -> None:
    actions.add_annotation(world.draft, by=world.retoucher, text="ours", internal=True)
    page = log_in(world.retoucher).get(f"/shots/{world.shot.pk}/marks/").content.decode()
    assert "A bit warmer" in page
    assert "ours" not in page
    actions.resolve_annotation(world.annotation, by=world.retoucher)
    assert "No open marks" in log_in(world.retoucher).get(f"/shots/{world.shot.pk}/marks/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_lose_nothing_and_share_no_number(world) -> None:
    _, (draft,) = Studio(world).brief_in_review()
    barrier = threading.Barrier(6)
    errors: list[BaseException] = []

    def write(index: int) -> None:
        try:
            barrier.wait(10)
            by = (world.reviewer, world.approver)[index % 2]
            actions.add_annotation(Draft.objects.get(pk=draft.pk), by=by, text=f"mark {index}")
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert sorted(draft.annotations.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert Comment.objects.filter(annotation__draft=draft).count() == 6
