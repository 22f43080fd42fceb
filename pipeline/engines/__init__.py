"""The engines: each makes the world that a piece is put into. `engine_named` is their one door."""

from __future__ import annotations

from pipeline.engines.protocol import Engine
from pipeline.errors import DirectionRefused


def engine_named(name: str) -> Engine:
    """The engine of this name, as `pipeline.direction.EngineName` lists them. Raises DirectionRefused for another.

    Engines are imported here and not above, so that a program that renders nothing loads no renderer.
    """
    if name == "maquette":
        from pipeline.engines.maquette import Maquette

        return Maquette()
    if name == "still":
        from pipeline.engines.still import Still

        return Still()
    raise DirectionRefused("engine.unknown", f"There is no engine named “{name}”.", "Choose maquette or still.")
