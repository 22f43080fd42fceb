"""The plate's tests share the stage's cache for the run."""

from tests.pipeline.stage.conftest import stage_cache

__all__ = ["stage_cache"]
