"""The quality gate: what a brand or a brief asks beyond the report's own verdict holds drafts back, and a name lets them by."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from pipeline.qa.names import CHECK_GROUPS, CHECK_TITLES
from review import actions
from review.gate import PASSING_VERDICTS, rule
from review.models import Draft, GatePolicy
from review.offers import offers_for
from studio.errors import Conflict, Invalid, NotAllowed
from studio.models import Event

D = Draft.State
VERDICTS = ("pass", "warn", "fail", "not verifiable", "not applicable")


def report(**verdicts: str) -> dict[str, Any]:
    checks = [{"id": name, "title": name, "verdict": v, "reason": "because"} for name, v in verdicts.items()]
    return {"checks": checks}


@pytest.mark.django_db
class TestOnDrafts:
    @pytest.fixture
    def draft(self, studio: Any) -> Draft:
        """At its internal check, with a report that passes with a warning in the frame."""
        shot = studio.shot("internal_qa")
        draft = studio.draft(shot, D.INTERNAL, "warn")
        draft.generation.report = report(frame="warn", registration="pass")
        draft.generation.save()
        GatePolicy.objects.all().delete()
        return draft

    def test_a_warning_passes_until_the_brand_asks_for_more(self, world: Any, draft: Draft) -> None:
        assert "override" not in [o.name for o in offers_for(draft, world.retoucher)]
        actions.set_gate(world.brand, by=world.brand_admin, must_pass=["frame"])
        offers = {o.name: o for o in offers_for(draft, world.retoucher)}
        assert "The client's gate asks that “frame” passes" in offers["pass"].why_not
        with pytest.raises(Conflict):
            actions.pass_draft(draft, by=world.retoucher)
        actions.override_gate(draft, by=world.retoucher, reason="The clasp is meant to leave the frame")
        actions.pass_draft(draft, by=world.retoucher)
        draft.refresh_from_db()
        assert draft.state == D.PASSED
        assert Event.objects.about(draft).get(name="draft.override_gate").after["stops"] == ["frame"]

    def test_a_brief_asks_for_more_than_its_brand_and_never_for_less(self, world: Any, draft: Draft) -> None:
        actions.set_gate(world.brand, by=world.brand_admin, must_pass=["frame"])
        actions.set_gate(draft.shot.brief, by=world.approver, must_pass=[])
        assert GatePolicy.objects.checks_for(draft.shot.brief) == ["frame"]
        actions.set_gate(draft.shot.brief, by=world.approver, must_pass=["registration"])
        assert set(GatePolicy.objects.checks_for(draft.shot.brief)) == {"frame", "registration"}

    def test_another_brand_s_gate_holds_nothing_here(self, world: Any, draft: Draft) -> None:
        actions.set_gate(world.other_brand, by=world.other_admin, must_pass=["frame"])
        actions.pass_draft(draft, by=world.retoucher)
        draft.refresh_from_db()
        assert draft.state == D.PASSED

    def test_who_changes_what_meanwhile_is_told(self, world: Any, draft: Draft) -> None:
        first = actions.set_gate(world.brand, by=world.brand_admin, must_pass=["frame"], seen_version=0)
        with pytest.raises(Conflict) as refused:
            actions.set_gate(world.brand, by=world.approver, must_pass=[], seen_version=0)
        assert refused.value.details["version"] == first.version
        assert Event.objects.about(world.brand).filter(name="gate.changed").count() == 1

    def test_what_is_no_check_and_who_may_not_are_refused(self, world: Any, draft: Draft) -> None:
        with pytest.raises(Invalid):
            actions.set_gate(world.brand, by=world.brand_admin, must_pass=["beauty"])
        for person in (world.reviewer, world.retoucher, world.other_admin):
            with pytest.raises(NotAllowed):
                actions.set_gate(world.brand, by=person, must_pass=["frame"])
        assert not GatePolicy.objects.exists()

    def test_the_page_shows_what_stands_and_sets_it(self, world: Any, draft: Draft) -> None:
        client = Client()
        client.force_login(world.approver)
        assert client.get("/gate/")["Location"] == f"/brands/{world.brand.pk}/gate/"
        address = f"/briefs/{draft.shot.brief_id}/gate/"
        client.post(f"/brands/{world.brand.pk}/gate/", {"must_pass": "frame", "version": "0"})
        assert client.post(address, {"must_pass": "registration", "version": "0"}).status_code == 302
        assert client.post(address, {"must_pass": "frame", "version": "0"}).status_code == 409
        page = client.get(address).content.decode()
        assert 'value="registration" checked' in page
        assert 'value="frame" checked disabled' in page


@given(st.dictionaries(st.sampled_from(sorted(CHECK_TITLES)), st.sampled_from(VERDICTS)), st.sampled_from(VERDICTS))
def test_rules_only_ever_tighten(verdicts: dict[str, str], whole: str) -> None:
    told = report(**verdicts)
    assert rule(told, whole, []).opens == (whole in PASSING_VERDICTS)
    held = rule(told, whole, CHECK_TITLES)
    assert not (held.opens and whole not in PASSING_VERDICTS)
    assert {stop.check for stop in held.stops} == {
        name for name in CHECK_TITLES if verdicts.get(name) not in ("pass", "not applicable")
    }
    assert bool(held.why) == (not held.opens)


def test_every_check_stands_in_one_group() -> None:
    grouped = [name for names in CHECK_GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(CHECK_TITLES)
