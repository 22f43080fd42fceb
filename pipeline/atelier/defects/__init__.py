"""Seeded defects, each with the one check that must see it: in the piece, photographed anew, or in the picture's pixels."""

from pipeline.atelier.defects.metal import METAL_DEFECTS
from pipeline.atelier.defects.painted import PAINTED_DEFECTS, Painted, PaintedDefect
from pipeline.atelier.defects.prongs import PRONG_DEFECTS
from pipeline.atelier.defects.stones import STONE_DEFECTS
from pipeline.atelier.defects.subject import Altered, Defect, Subject, box_of, narrow_px

DEFECTS: dict[str, Defect] = {d.id: d for d in (*STONE_DEFECTS, *PRONG_DEFECTS, *METAL_DEFECTS)}
PAINTED: dict[str, PaintedDefect] = {d.id: d for d in PAINTED_DEFECTS}
# By defect, the check that must see it.
SEEN_BY: dict[str, str] = {d.id: d.check for d in DEFECTS.values()} | {d.id: d.check for d in PAINTED.values()}

__all__ = [
    "DEFECTS",
    "PAINTED",
    "SEEN_BY",
    "Altered",
    "Defect",
    "Painted",
    "PaintedDefect",
    "Subject",
    "box_of",
    "narrow_px",
]
