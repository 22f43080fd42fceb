"""How a bust is framed for its necklace."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.necklace import MOUTH_UNDER_LOBES_MM, OVER_LIPS_MM, UNDER_LIPS_MM, clear_of_lips
from pipeline.stage.body import Sculpture

LOBES_OVER_PIT_MM = 130.0


def bust() -> Sculpture:
    landmarks = {"pit": np.array([0.0, 0.0, 1400.0])}
    landmarks |= {f"{side}-lobe": np.array([0.0, 60.0, 1400.0 + LOBES_OVER_PIT_MM]) for side in ("left", "right")}
    return Sculpture(np.empty((0, 3)), np.empty((0, 3), int), landmarks, "a bust")


@given(top_mm=st.floats(-50, 300), scale=st.floats(0.86, 1.14))
def test_a_pictures_upper_edge_cuts_no_lips_and_moves_no_further_than_it_must(top_mm: float, scale: float) -> None:
    mouth = (LOBES_OVER_PIT_MM - MOUTH_UNDER_LOBES_MM) * scale
    moved = clear_of_lips(top_mm, bust(), scale, 0.0)
    assert not mouth - UNDER_LIPS_MM + 1e-6 < top_mm + moved < mouth + OVER_LIPS_MM - 1e-6
    assert abs(moved) <= (UNDER_LIPS_MM + OVER_LIPS_MM) / 2 + 1e-6
    if not mouth - UNDER_LIPS_MM < top_mm < mouth + OVER_LIPS_MM:
        assert moved == 0


def test_a_raised_chin_takes_the_mouth_along() -> None:
    level = LOBES_OVER_PIT_MM - MOUTH_UNDER_LOBES_MM
    assert clear_of_lips(level, bust(), 1.0, 0.0) != 0
    assert clear_of_lips(level, bust(), 1.0, -19.0) == 0
