"""Counting against the truth: pairs are one to one, barely seen stones are free, what lies on no stone is made up."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.atelier.counts.count_summary import summary
from pipeline.atelier.counts.counting import Count, matched, matched_tips, reduced_truth
from pipeline.fingerprint.model import Ellipse, Fingerprint, Prong, Silhouette, Stone


def feature(x: float, y: float, radius: float, share: float = 1.0) -> dict:
    t = np.arange(24) * np.pi / 12
    outline = np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], -1).tolist()
    return {
        "kind": "stone",
        "centre": [x, y],
        "outline": outline,
        "area_px": np.pi * radius**2,
        "visible_share": share,
    }


def read(*stones: tuple[float, float, float]) -> Fingerprint:
    return Fingerprint(
        reader="drawn",
        photo_sha256="0" * 64,
        photo_size=(200, 200),
        category="ring",
        box=(0, 0, 200, 200),
        width_mm=None,
        words="",
        confidence=1,
        unparted=0,
        stones=tuple(
            Stone(
                id=f"stone-{k}",
                outline=Ellipse(centre_px=(x, y), axes_px=(2 * r, 2 * r), angle_deg=0),
                centre=(0, 0),
                size_mm=None,
                colour="clear",
                group="group-1",
                confidence=1,
                resolvable=True,
            )
            for k, (x, y, r) in enumerate(stones)
        ),
        groups=(),
        links=None,
        band=None,
        metals=(),
        catchlights=(),
        silhouette=Silhouette(outer_px=(), holes_px=(), area_px=0, holes=0),
    )


TRUTH = {"features": [feature(50, 50, 10), feature(90, 50, 10), feature(130, 50, 10, share=0.3), feature(160, 50, 3)]}


def test_each_sure_stone_found_once_is_exact_whatever_becomes_of_the_barely_seen():
    told = matched(read((51, 50, 10), (90, 51, 10)), TRUTH)
    assert (told.missed, told.missed_small, told.extra) == (0, 1, 0)
    told = matched(read((51, 50, 10), (90, 51, 10), (130, 50, 8), (160, 50, 3)), TRUTH)
    assert (told.missed, told.missed_small, told.extra) == (0, 0, 0)


def test_a_stone_missed_one_found_twice_and_one_on_metal_are_told():
    for stones, missed, extra in (
        ([(50, 50, 10)], 1, 0),
        ([(49, 50, 10), (51, 50, 10), (90, 50, 10)], 0, 1),
        ([(50, 50, 10), (90, 50, 10), (20, 150, 10)], 0, 1),
    ):
        told = matched(read(*stones), TRUTH)
        assert (told.missed, told.extra) == (missed, extra)


def test_the_part_that_shows_of_a_hidden_stone_is_that_stone_once():
    sliver, twice = (137, 50, 4), (123, 50, 4)
    seen = [(50, 50, 10), (90, 50, 10)]
    assert matched(read(*seen, sliver), TRUTH).extra == 0
    assert matched(read(*seen, sliver, twice), TRUTH).extra == 1


def test_tips_are_held_against_those_that_are_seen_and_hold_a_sure_stone():
    def prong(name: str, x: float, share: float, holds: str) -> dict:
        tip = {"tip": "claw", "tip_centre": [x, 40.0], "tip_px": 6.0, "tip_visible_share": share}
        return {"id": name, "kind": "prong", "holds": [holds], "visible_share": 1.0} | tip

    stones = [TRUTH["features"][0] | {"id": "large"}, TRUTH["features"][3] | {"id": "small"}]
    prongs = [prong("a", 50, 0.9, "large"), prong("b", 70, 0.9, "large"), prong("c", 160, 0.9, "small")]
    found = read((50, 50, 10)).model_copy(
        update={
            "prongs": tuple(
                Prong(
                    id=str(x),
                    tip=kind,
                    centre_px=(x, 40),
                    centre=(0, 0),
                    size_px=6,
                    stones=("stone-0",),
                    confidence=1,
                    resolvable=True,
                )
                for x, kind in ((51, "ball"), (120, "claw"), (160, "claw"))
            )
        }
    )
    told = matched_tips(found, {"features": [*stones, *prongs]})
    assert (told.sure, told.missed, told.extra, told.other_kind) == (2, 1, 1, 1)


def test_the_truth_of_a_reduced_photo_is_in_its_pixels():
    small = reduced_truth(TRUTH, 0.5)["features"][0]
    assert small["centre"] == [24.75, 24.75]
    assert small["area_px"] == TRUTH["features"][0]["area_px"] / 4
    assert np.ptp(np.array(small["outline"])[:, 0]) == pytest.approx(10)


def test_the_summary_counts_photos_not_stones():
    counts = [
        Count("halo", 1, 10, 10, 0, 0, None, 0, 0.0, ""),
        Count("halo", 2, 10, 9, 1, 0, None, 0, 0.0, ""),
        Count("cable", 1, 0, 0, 0, 0, 75, 75, None, ""),
    ]
    told = summary(counts)
    assert told["exact_share"] == 0.5
    assert told["recall"] == 0.95
    assert told["chains_exact"] == 1


def test_the_summary_holds_confidence_against_what_came_of_it():
    counts = [Count("halo", k, 10, 10, 0, int(k < 2), None, 0, 0.0, "", confidence=0.85) for k in range(10)]
    told = summary(counts)
    assert told["whole_by_confidence"]["0.8 to 0.9"] == {"photos": 10, "said": 0.85, "whole": 0.8}
    assert told["calibration_error"] == 0.05
