"""Lists and pages: what each side finds there, at a number of queries that doesn't grow with the rows."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from review import actions
from review.home import delivered_for, waiting_for
from review.models import Draft
from review.summary import summarize
from tests.review.conftest import approve

D = Draft.State


def queries(client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


@pytest.mark.parametrize("who", ["approver", "producer"])
@pytest.mark.parametrize(
    "path",
    [
        "/reviews/",
        "/deliveries/",
        "/api/v1/drafts/",
        "/api/v1/annotations/",
        "/api/v1/comments/",
        "/api/v1/decisions/",
        "/api/v1/rounds/",
        "/api/v1/deliveries/",
    ],
)
def test_a_list_of_many_asks_no_more_than_a_list_of_few(studio, world, log_in, who, path) -> None:
    client = log_in(getattr(world, who))
    client.get(path)

    def grow(n: int) -> None:
        for index in range(n):
            brief, (draft,) = studio.brief_in_review(title=f"Brief {index}")
            actions.add_annotation(draft, by=world.approver, text="Here")
            approve(draft, world.approver)
            brief.refresh_from_db()
            delivery = actions.make_delivery(brief, by=world.producer)
            if index % 2:
                actions.pack_delivery(delivery.pk, 0)
            studio.brief_in_review(title=f"Open {index}")

    grow(2)
    few = queries(client, path)
    grow(4)
    assert queries(client, path) == few


@pytest.mark.parametrize("who", ["approver", "retoucher"])
def test_the_review_page_of_many_marks_asks_no_more_than_one_of_few(studio, world, log_in, who) -> None:
    client = log_in(getattr(world, who))
    path = f"/drafts/{world.draft.pk}/"
    client.get(path)
    few = queries(client, path)
    for index in range(6):
        mark = actions.add_annotation(world.draft, by=world.reviewer, text=f"Mark {index}")
        actions.add_comment(mark, by=world.retoucher, text="Yes")
    assert queries(client, path) == few


def test_the_client_finds_what_waits_first(studio, world, log_in) -> None:
    page = log_in(world.approver).get("/reviews/").content.decode()
    assert page.index("Waiting for you") < page.index("To review")
    waiting = waiting_for(world.approver)
    assert waiting.items[0].url == f"/drafts/{world.draft.pk}/"
    assert waiting_for(world.outsider) is None
    assert delivered_for(world.approver).items[0].url == f"/deliveries/{world.delivery.pk}/"


def test_a_version_that_is_being_directed_again_does_not_wait_for_the_client(studio, world, log_in) -> None:
    from briefs.workflows import SHOT

    SHOT.move(world.shot, "redirect", by=world.retoucher)
    page = log_in(world.approver).get("/reviews/").content.decode()
    assert "Waiting for you" not in page
    assert "In work again" in page
    assert waiting_for(world.approver) is None
    draft = log_in(world.approver).get(f"/drafts/{world.draft.pk}/").content.decode()
    assert "a newer version is on its way" in draft
    seen = {"picture_sha256": world.draft.picture_sha256, "report_sha256": world.draft.report_sha256}
    assert log_in(world.approver).post(f"/drafts/{world.draft.pk}/do/approve/", seen).status_code == 409


def test_an_unsent_version_is_nowhere_for_a_client(studio, world, log_in) -> None:
    hidden = studio.draft(world.shot, D.INTERNAL)
    client = log_in(world.approver)
    for path in ("/reviews/", f"/drafts/{world.draft.pk}/", "/api/v1/drafts/", "/"):
        text = client.get(path).content.decode()
        assert f"/drafts/{hidden.pk}/" not in text, path
        assert hidden.picture_sha256 not in text, path
    for path in ("", "picture/picture/", "report/", "thread/"):
        assert client.get(f"/drafts/{hidden.pk}/{path}").status_code == 404


def test_the_studio_sends_several_together_from_the_list(studio, world, log_in) -> None:
    from briefs.models import Shot

    drafts = [studio.draft(studio.shot(Shot.State.INTERNAL_QA), D.PASSED) for _ in range(2)]
    client = log_in(world.producer)
    assert "Send the chosen ones" in client.get("/reviews/").content.decode()
    answer = client.post(f"/briefs/{world.brief.pk}/rounds/", {"drafts": [d.pk for d in drafts], "message": "Two"})
    assert answer.status_code == 302
    assert {d.state for d in Draft.objects.filter(pk__in=[d.pk for d in drafts])} == {D.SENT}
    assert client.post(f"/briefs/{world.brief.pk}/rounds/", {}).status_code == 422
    assert (
        client.post(f"/briefs/{world.brief.pk}/rounds/", {"drafts": [drafts[0].pk], "deadline": "soon"}).status_code
        == 422
    )


def test_the_page_says_who_decides_where_one_may_not(world, log_in) -> None:
    assert (
        "an approver or admin of your brand decides"
        in log_in(world.reviewer).get(f"/drafts/{world.draft.pk}/").content.decode()
    )
    page = log_in(world.approver).get(f"/drafts/{world.draft.pk}/").content.decode()
    assert world.draft.picture_sha256[:8] in page
    assert 'data-opens="dialog-approve"' in page


def test_the_report_is_said_in_one_sentence() -> None:
    checks = [
        {
            "id": "ssim.interior",
            "title": "Structure",
            "verdict": "pass",
            "value": 0.9971,
            "threshold": 0.99,
            "unit": "SSIM",
            "reason": "",
            "mandatory": True,
        },
        {
            "id": "clipping",
            "title": "Clipping",
            "verdict": "warn",
            "value": 0.02,
            "unit": "share",
            "reason": "Some highlights clip",
            "mandatory": True,
        },
        {"id": "hands", "title": "Hands", "verdict": "not applicable", "reason": "No person"},
    ]
    ledger = {
        "stones": {"expected": 27, "found": 27, "rows": []},
        "prongs": {"expected": None, "found": None, "rows": []},
    }
    warned = summarize({"checks": checks, "ledger": ledger}, "warn")
    assert warned.sentence == (
        "The piece is kept, with something to look at. Some highlights clip. All 27 stones; structure 0.9971; 1 of 2 checks pass."
    )
    assert warned.tone == "warn"
    worn = {"stones": {"expected": 10, "found": 6, "hidden": 5, "unclear": 0, "rows": [{"verdict": "added"}]}}
    assert "all 5 stones in sight;" in summarize({"checks": checks[:1], "ledger": worn}, "pass").sentence
    passed = summarize({"checks": checks[:1], "ledger": {}}, "pass")
    assert passed.sentence == "The piece is the piece in the photo: structure 0.9971; 1 of 1 checks pass."
    for nothing in (None, {}, {"checks": []}, {"checks": [checks[2]]}):
        assert summarize(nothing, "pass").tone == "quiet"


def test_the_api_walks_from_a_mark_to_an_approval(studio, world, client) -> None:
    _, (draft,) = studio.brief_in_review()
    client.force_login(world.approver)

    def post(path: str, data: dict, status: int) -> dict:
        answer = client.post(f"/api/v1/{path}/", json.dumps(data), content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    mark = post(
        "annotations",
        {"draft": draft.pk, "text": "Here", "selector": {"type": "FragmentSelector", "value": "xywh=pixel:3,4,0,0"}},
        201,
    )
    assert mark["comments"][0]["text"] == "Here"
    post("comments", {"annotation": mark["id"], "text": "More"}, 201)
    post(f"annotations/{mark['id']}/resolve", {}, 200)
    seen = client.get(f"/api/v1/drafts/{draft.pk}/").json()
    assert [a["name"] for a in seen["actions"]] == ["request_changes", "approve"]
    wrong = post(
        "decisions",
        {"draft": draft.pk, "verdict": "approve", "picture_sha256": "0" * 64, "report_sha256": seen["report_sha256"]},
        409,
    )
    assert wrong["code"] == "draft.hash"
    no_words = post(
        "decisions",
        {
            "draft": draft.pk,
            "verdict": "request_changes",
            "picture_sha256": seen["picture_sha256"],
            "report_sha256": seen["report_sha256"],
        },
        422,
    )
    assert no_words["code"] == "decision.no_words"
    post(
        "decisions",
        {
            "draft": draft.pk,
            "verdict": "approve",
            "picture_sha256": seen["picture_sha256"],
            "report_sha256": seen["report_sha256"],
        },
        201,
    )
    assert client.get(f"/api/v1/drafts/{draft.pk}/").json()["state"] == "approved"
    assert post("annotations", {"draft": draft.pk, "text": ""}, 422)["code"] == "input.invalid"
