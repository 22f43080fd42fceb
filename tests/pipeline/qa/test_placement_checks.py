"""The checks on the placement, by what the layers record."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.qa.evidence import Evidence, Recorded
from pipeline.qa.inspect import answer
from pipeline.qa.scale import Scale
from tests.pipeline.qa.drawn import of_ring
from tests.pipeline.scenes import ring


def recorded(width_mm: float, px_per_mm: float) -> Evidence:
    evidence = of_ring()
    shape = evidence.picture.shape
    nothing = np.zeros(shape[:2], np.float32)
    layers = Recorded("ring", width_mm, px_per_mm, np.zeros(shape, np.float32), np.ones(shape, np.float32), nothing)
    return replace(evidence, layers_known=True, recorded=layers)


@pytest.mark.parametrize(
    ("times", "verdict"), [(1.0, "pass"), (1.06, "pass"), (0.85, "warn"), (1.3, "fail"), (0.7, "fail")]
)
def test_a_piece_is_held_to_its_true_width(times: float, verdict: str):
    drawn_px = ring().width_px * 0.9
    result = answer(Scale(), recorded(21.0, drawn_px / (21.0 * times)))
    assert result.verdict == verdict
    assert result.value == pytest.approx(times, rel=0.01)


def test_a_picture_without_layers_has_no_recorded_scale():
    assert answer(Scale(), of_ring()).verdict == "not applicable"
