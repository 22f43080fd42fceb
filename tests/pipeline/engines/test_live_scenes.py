"""What a change at the desk renders again: light and finish nothing, a placement the piece's own shadow alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipeline.direction import Direction, first_direction
from pipeline.engines import engine_named
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.stage import render
from tests.pipeline.engines import drawn


def scene_of(direction: Direction) -> Scene:
    return engine_named("still").run(drawn.upright_ring(), PieceFacts("ring", 12.0), direction, Progress())


def changed(direction: Direction, part: str, **values: Any) -> Direction:
    return direction.model_copy(update={part: getattr(direction, part).model_copy(update=values)})


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the worlds that shade what is path-traced, as it happens."""
    keys: list[str] = []
    trace = render._path_traced
    monkeypatch.setattr(render, "_path_traced", lambda task, *rest: keys.append(task.shading.key) or trace(task, *rest))
    return keys


def test_light_and_finish_render_nothing_and_a_moved_piece_only_its_own_shadow(traced: list[str]) -> None:
    first = first_direction("ring", "still").model_copy(update={"quality": "preview", "seed": 5})
    before = scene_of(first)
    world = traced[0]
    traced.clear()

    key, *others = first.rig.lights
    louder = changed(first, "rig", lights=(key.model_copy(update={"ev": key.ev + 1, "temperature_k": 3200}), *others))
    after = scene_of(louder)
    scene_of(changed(louder, "finish", exposure_ev=0.5))
    assert traced == []
    assert after.ground.mean() > before.ground.mean() * 1.05
    assert np.array_equal(after.matrix, before.matrix)

    moved = scene_of(changed(louder, "placement", right_mm=1.5))
    assert traced
    assert world not in traced
    assert np.array_equal(moved.ground, after.ground)
    assert not np.array_equal(moved.shadow, after.shadow)
