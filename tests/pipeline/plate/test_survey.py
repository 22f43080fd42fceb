"""Over bodies, poses, skins and lights: what a plate claims of its scale it holds, and a lobe is where it is read."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.plate.rulers import SURE
from tests.pipeline.plate import survey

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def read() -> dict[str, list[survey.Row]]:
    return {kind: list(survey.rows(kind)) for kind in survey.KINDS}


def test_errors_of_scale_lie_within_what_is_claimed(read: dict[str, list[survey.Row]]) -> None:
    found = [row for rows in read.values() for row in rows if not math.isnan(row.scale) and row.kind != "profile"]
    off = np.array([abs(math.log1p(row.scale)) / row.claimed for row in found])
    assert np.mean(off <= 1) >= 0.6
    assert np.mean(off <= 2) >= 0.95


def test_a_scale_that_is_claimed_to_be_sure_is_true_to_two_claimed_errors(read: dict[str, list[survey.Row]]) -> None:
    sure = [row for rows in read.values() for row in rows if row.claimed <= SURE]
    assert sure
    assert np.mean([abs(row.scale) <= 0.05 for row in sure]) >= 0.8
    assert all(abs(math.log1p(row.scale)) <= 2 * row.claimed for row in sure)


@pytest.mark.parametrize("kind", ["hand", "wrist close-up", "neck close-up"])
def test_what_shows_no_ruler_but_the_body_itself_is_never_sure(read: dict[str, list[survey.Row]], kind: str) -> None:
    assert all(row.claimed > SURE for row in read[kind] if not math.isnan(row.claimed))


def test_fingers_lie_on_their_middle_and_rings_near_where_they_are_worn(read: dict[str, list[survey.Row]]) -> None:
    fingers = [row for row in read["hand"] if "proximal" in row.name]
    assert len(fingers) == 40
    assert np.median([row.across_mm for row in fingers]) <= 0.3
    assert np.median([row.off_mm for row in fingers]) <= 2.0


def test_lobes_of_faces_from_the_front_are_read_to_two_millimetres(read: dict[str, list[survey.Row]]) -> None:
    ears = [row for row in read["face from the front"] if row.name.endswith("ear")]
    assert len(ears) == 16
    assert np.mean([row.off_mm <= 2.0 for row in ears]) >= 0.9
