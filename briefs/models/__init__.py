"""Data of what a client asks for: pieces and their photos, briefs, references, shots."""

from briefs.models.briefs import Brief, BriefPiece, Reference, Shot
from briefs.models.pieces import SIZE_MM, ConfirmedFacts, PhotoFingerprint, PhotoMatte, Piece, PiecePhoto

__all__ = [
    "SIZE_MM",
    "Brief",
    "BriefPiece",
    "ConfirmedFacts",
    "PhotoFingerprint",
    "PhotoMatte",
    "Piece",
    "PiecePhoto",
    "Reference",
    "Shot",
]
