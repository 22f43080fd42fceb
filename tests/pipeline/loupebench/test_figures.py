"""Figures: a threshold holds its false-alarm rate, what can't be verified is no alarm, intervals hold their share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.loupebench.calibration import check_lines
from pipeline.loupebench.choosing import chosen
from pipeline.loupebench.figures import (
    TOGETHER,
    Judged,
    freeze,
    interval,
    level_of,
    read,
    recall,
    roc,
    threshold,
    together,
    value_at,
)
from pipeline.loupebench.plots import Curve, chart
from pipeline.loupebench.table import figures, markdown


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400))
def test_at_most_one_in_a_hundred_clean_pairs_lies_beyond(clean):
    held = threshold(clean)
    assert np.mean(np.array(clean) > held) <= 0.01


def test_with_too_few_pairs_the_largest_is_the_threshold():
    assert threshold([3.0, 1.0, 2.0]) == 3.0
    assert threshold([]) == float("inf")
    assert threshold([-np.inf] * 300) == float("inf")


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=80))
def test_an_interval_holds_its_share(drawn):
    seen = np.array([hit for _, hit in drawn])
    low, high = interval(seen, [str(piece) for piece, _ in drawn])
    assert 0 <= low <= high <= 1
    assert low - 1e-9 <= seen.mean() <= high + 1e-9 or len({p for p, _ in drawn}) < 4


def test_the_area_under_a_parting_is_one_and_under_chance_a_half():
    rng = np.random.default_rng(0)
    assert roc([0, 1, 2], [3, 4])[2] == pytest.approx(1)
    assert roc(rng.normal(size=4000), rng.normal(size=4000))[2] == pytest.approx(0.5, abs=0.03)


def rows(seed: int = 0, clean: int = 300) -> list[Judged]:
    """Clean pairs of noise and defects of which one statistic rises far, on pieces of five pairs each."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(clean):
        values = {
            "check:stones.agreement": float(rng.normal()),
            "check:structure.core": float(rng.normal()),
            "psnr": 1.0,
        }
        found.append(Judged(f"halo/{k // 5}", None, "all+relight", None, values, {}))
    for k in range(60):
        values = {"check:stones.agreement": 9.0, "check:structure.core": float(rng.normal()), "psnr": 1.0}
        hits = {"check:stones.agreement": k % 2 == 0}
        found.append(Judged(f"halo/{k // 5}", "stone-lost", "all+relight", 4.0, values, hits))
    return found


def test_all_checks_together_see_what_one_of_them_sees():
    judged = rows()
    frozen = freeze(judged)
    defects = [row for row in judged if row.defect]
    found = recall(defects, TOGETHER, "relit", frozen)
    assert found is not None
    assert found.seen == 1
    assert found.pointed == pytest.approx(0.5)
    clean = recall([row for row in judged if not row.defect], TOGETHER, "relit", frozen)
    assert clean is not None
    assert clean.seen <= 0.01
    assert recall(defects, "loupe:stones", "relit", frozen).seen == 1
    assert recall(defects, "loupe:structure", "relit", frozen).seen < 0.1
    assert recall(defects, "psnr", "relit", frozen).seen == 0


def test_what_cannot_be_verified_is_no_alarm_and_is_counted():
    judged = rows()
    blind = Judged("halo/1", "stone-lost", "all+relight", 4.0, {"check:registration": 5.0}, {})
    found = recall([blind], TOGETHER, "relit", freeze(judged))
    assert found is not None
    assert (found.seen, found.unverifiable) == (0, 1)


def test_suspicion_goes_on_growing_beyond_the_clean_pairs():
    clean = {"check:stones.agreement": sorted(np.random.default_rng(0).normal(size=200).tolist())}
    levels = [together({"check:stones.agreement": v}, clean) for v in (0.0, 2.0, 5.0, 50.0)]
    assert levels == sorted(levels)
    assert len(set(levels)) == 4


def test_a_line_lies_beyond_the_worst_clean_pair_and_tells_its_false_alarms():
    judged = rows(clean=600)
    lines = check_lines(judged, freeze(judged), "0-1")
    clean = [row for row in judged if row.defect is None]
    worst = {name: max(row.values[f"check:{name}"] for row in clean) for name in ("stones.agreement", "structure.core")}
    # Rows hold turned what is worse when smaller.
    assert lines["structure.core.relit"]["value"] > worst["structure.core"]
    assert -lines["stones.agreement.relit"]["value"] > worst["stones.agreement"]
    assert lines["stones.agreement.relit"]["false_alarms"] == 0
    assert lines["stones.agreement.relit"]["power"] == 1
    fresh = [row for row in rows(seed=3, clean=2000) if row.defect is None]
    assert (
        np.mean([row.values["check:structure.core"] > lines["structure.core.relit"]["value"] for row in fresh]) < 0.01
    )


def test_a_line_that_was_set_on_photographs_is_not_drawn_anew():
    judged = [Judged(r.piece, r.defect, "all", r.feature_px, r.values, r.hits) for r in rows(clean=600)]
    assert check_lines(judged, freeze(judged), "0-1") == {}


@given(st.floats(0.0, 6.0), st.lists(st.floats(-1e3, 1e3), min_size=8, max_size=300))
def test_a_value_drawn_at_a_level_lies_that_far_out(level, clean):
    ordered = sorted(clean)
    at = value_at(level, ordered)
    more = at + 1e-6 * max(1.0, abs(at))
    assert level_of(more, ordered) >= min(level, 5.0) - 1e-3 or ordered[-1] - np.quantile(ordered, 0.9) < 1e-3


def test_a_row_is_read_with_its_condition_and_its_direction():
    row = {
        "id": "halo/3/stone-lost/relit/all/0",
        "feature_px": 5.0,
        "checks": {
            "ssim.interior": {
                "statistics": {"ssim.interior": 0.9},
                "hit": None,
                "verdict": "pass",
                "rows": {},
                "changed": 0,
                "seconds": 0.1,
            },
            "registration": {
                "statistics": {},
                "hit": None,
                "verdict": "fail",
                "rows": {},
                "changed": 0,
                "seconds": 0.1,
            },
        },
        "methods": {"psnr": {"score": -30.0, "hit": None, "seconds": 0.1}},
    }
    judged = read(row)
    assert (judged.piece, judged.defect, judged.condition, judged.light) == (
        "halo/3",
        "stone-lost",
        "all+relight",
        "relit",
    )
    assert judged.values["check:ssim.interior"] == -0.9
    assert judged.values["check:registration"] == np.inf


def test_the_table_says_every_figure_and_the_plot_is_well_formed():
    judged = rows()
    found = figures(judged, freeze(judged))
    words = markdown(found, "LoupeBench", ["A note."])
    assert "stone-lost" in words
    assert "3-6 px" in words
    assert "nan" not in words
    import xml.etree.ElementTree as ElementTree

    drawn = chart(
        "Recall & size", [Curve("all", [(0, 0.5), (1, 1.0)], [(0, 0.4, 0.6)])], "px", "recall", [(0, "3")], (0, 1)
    )
    assert ElementTree.fromstring(drawn).tag.endswith("svg")


def test_all_checks_go_by_the_statistics_that_add_something():
    judged = rows(clean=600)
    noise = [
        Judged(r.piece, r.defect, r.condition, r.feature_px, r.values | {f"check:ssim.{k}": float(v) for k, v in enumerate(noisy)}, r.hits)
        for r, noisy in zip(judged, np.random.default_rng(4).normal(size=(len(judged), 12)), strict=True)
    ]  # fmt: skip
    asked = chosen(noise)
    assert set(asked) == {"relit"}, "no choice in a light without defects"
    assert asked["relit"] == ("check:stones.agreement", "check:structure.core"), (
        "what is asked in any case, what helps, no noise"
    )
    frozen = freeze(noise, asked)
    fresh = [row for row in rows(seed=5, clean=600) if row.defect is None]
    alarms = recall(fresh, TOGETHER, "relit", frozen)
    assert alarms is not None
    assert alarms.seen <= 0.03
    defects = [row for row in noise if row.defect]
    assert recall(defects, TOGETHER, "relit", frozen).seen == 1
