"""Between the line that hardly any kept picture crosses and the one for good circumstances a check warns: it neither passes nor fails."""

from __future__ import annotations

import pytest

from pipeline.qa import thresholds
from pipeline.qa.check import CheckResult
from pipeline.qa.watched import watched
from tests.pipeline.qa.drawn import of_ring


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch):
    """One calibrated line, looser than the first one, and one that is stricter."""
    held = {
        "structure.core.measured": {"value": 4.0, "rests_on": "a test", "false_alarms": 0.01},
        "links.agreement.measured": {"value": 0.9, "rests_on": "a test", "false_alarms": 0.01},
    }
    monkeypatch.setattr(thresholds, "_calibrated", lambda: held)


@pytest.mark.parametrize(("value", "verdict"), [(0.5, "pass"), (1.39, "pass"), (1.5, "warn"), (3.9, "warn")])
def test_what_lies_between_the_lines_warns(lines: None, value: float, verdict: str):
    result = CheckResult("structure", "pass", "Nothing changed.", value, statistics={"structure.core": value})
    found = watched(result, of_ring())
    assert found.verdict == verdict
    assert found.reason.endswith("Nothing changed.")
    assert found.reason.endswith(".")


def test_a_finding_stays_one_and_a_stricter_line_has_nothing_between(lines: None):
    failed = CheckResult("structure", "fail", "It changed.", 5.0, statistics={"structure.core": 5.0})
    assert watched(failed, of_ring()) is failed
    passed = CheckResult("links", "pass", "All links.", 0.95, statistics={"links.agreement": 0.95})
    assert watched(passed, of_ring()) is passed
    assert thresholds.line("links.agreement", "measured").watch is None


def test_known_layers_are_held_to_their_own_line_alone(lines: None):
    assert thresholds.line("structure.core", "known").watch is None
