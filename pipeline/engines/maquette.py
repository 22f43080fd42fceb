"""The maquette: a posed, lit, path-traced sculpture that wears the piece at its true size.

Necklaces lie on a display bust, earrings hang at the lobe of an ear study, rings sit on a finger, bracelets and watches on
a wrist; each in the view that its photo shows.
"""

from __future__ import annotations

from pipeline.direction import Direction
from pipeline.engines import earring, necklace, ring, wrist
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.imaging.piece import CutPiece

_WORN = {
    "necklace": necklace.worn,
    "earring": earring.worn,
    "ring": ring.worn,
    "bracelet": wrist.worn,
    "watch": wrist.worn,
}


class Maquette:
    """The Engine named `maquette`; see `pipeline.engines.protocol`."""

    name = "maquette"
    version = "7"

    def run(self, piece: CutPiece, facts: PieceFacts, direction: Direction, progress: Progress) -> Scene:
        """Raises PlacementRefused for a category or size that the sculpture can't wear, DirectionRefused for the pose."""
        progress.report("stage", 0.02)
        scene = _WORN[facts.category](piece, facts, direction, progress)
        scene.versions["engine"] = f"{self.name} {self.version}"
        return scene
