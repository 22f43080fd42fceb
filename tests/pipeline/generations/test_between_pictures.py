"""Between two pictures a worker loads what the next pose needs, and nothing that breaks there touches what is done."""

from __future__ import annotations

import pytest

from pipeline.running import ready_for_the_next_pose
from pipeline.stage import body


def test_after_a_maquette_the_body_model_is_loaded_and_after_others_it_is_not():
    body._model.cache_clear()
    for engine in ("still", "plate", ""):
        ready_for_the_next_pose(engine)
    assert body._model.cache_info().currsize == 0
    ready_for_the_next_pose("maquette")
    assert body._model.cache_info().currsize == 1


def test_a_model_that_cannot_be_loaded_is_told_and_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken() -> None:
        raise OSError("no such weights")

    monkeypatch.setattr(body, "load_body_model", broken)
    ready_for_the_next_pose("maquette")
    assert "ahead" in caplog.text
