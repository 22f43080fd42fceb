"""The maquette: a posed, lit, path-traced sculpture that wears the piece at its true size.

Necklaces lie on a display bust; earrings hang at the lobe of an ear study. Other categories are not worn here.
"""

from __future__ import annotations

from pipeline.direction import Direction
from pipeline.engines import earring, necklace
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.errors import PlacementRefused
from pipeline.imaging.piece import CutPiece


class Maquette:
    """The Engine named `maquette`; see `pipeline.engines.protocol`."""

    name = "maquette"
    version = "2"

    def run(self, piece: CutPiece, facts: PieceFacts, direction: Direction, progress: Progress) -> Scene:
        """Raises PlacementRefused for a category or size that the sculpture can't wear, DirectionRefused for the pose."""
        progress.report("stage", 0.02)
        if facts.category == "necklace":
            scene = necklace.worn(piece, facts, direction, progress)
        elif facts.category == "earring":
            scene = earring.worn(piece, facts, direction, progress)
        else:
            raise PlacementRefused(
                "placement.no-body-part",
                f"The maquette has no body part that wears a {facts.category}.",
                "Choose the engine “still”, which stands the piece on a set.",
            )
        scene.versions["engine"] = f"{self.name} {self.version}"
        return scene
