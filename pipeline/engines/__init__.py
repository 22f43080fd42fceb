"""The engines: each makes the world that a piece is put into. `engine_named` is their one door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.engines.protocol import Engine
from pipeline.errors import DirectionRefused

if TYPE_CHECKING:
    from pipeline.plate import Plate


def engine_named(name: str, plate: Plate | None = None) -> Engine:
    """The engine of this name, as `pipeline.direction.EngineName` lists them. Raises DirectionRefused for another.

    `plate` is what the plate engine works on; the others need none.

    Engines are imported here and not above, so that a program that renders nothing loads no renderer.
    """
    if name == "maquette":
        from pipeline.engines.maquette import Maquette

        return Maquette()
    if name == "still":
        from pipeline.engines.still import Still

        return Still()
    if name == "plate":
        from pipeline.engines.plate import PlateEngine

        return PlateEngine(plate)
    raise DirectionRefused("engine.unknown", f"There is no engine named “{name}”.", "Choose maquette, still or plate.")
