"""Prongs' tips in the truth: they stand on the outline of the stone that they hold, and are seen where nothing is before them."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.atelier.families import family, sitting
from pipeline.atelier.gems import brilliant, cut_of
from pipeline.atelier.photograph import staged
from pipeline.atelier.truth import seen


@pytest.mark.parametrize(("name", "tip"), [("studs", "claw"), ("cluster", "ball")])
def test_tips_stand_on_the_outline_of_a_stone_that_they_hold(name, tip):
    stage = staged(family(name, 3), 320, sitting(name, 3))
    features = seen(stage.piece, stage.camera).as_json()["features"]
    stones = {f["id"]: f for f in features if f["kind"] == "stone"}
    prongs = [f for f in features if f["kind"] == "prong" and f["holds"]]
    assert tip in {f["tip"] for f in prongs}
    for prong in prongs:
        away = []
        for stone in prong["holds"]:
            radius = np.hypot(*(np.array(stones[stone]["outline"]) - stones[stone]["centre"]).T)
            at = np.hypot(*np.subtract(prong["tip_centre"], stones[stone]["centre"]))
            away.append(at / radius.mean())
        assert 0.6 < min(away) < 1.5
    # Claws lap over their stones; beads sink between collets.
    seen_of = [f["tip_visible_share"] for f in prongs if f["tip"] == tip]
    assert np.mean(seen_of) > {"claw": 0.85, "ball": 0.3}[tip]


@pytest.mark.parametrize("shape", ["round", "oval", "cushion", "marquise", "pear"])
def test_a_cut_is_told_from_its_girdle(shape):
    assert cut_of(brilliant(shape, 4.2)) == shape
