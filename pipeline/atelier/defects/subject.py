"""What a defect is done to, and what it leaves: the piece before its camera, and the piece as a wrong picture has it.

A defect in the piece itself is done to its parts in piece space and photographed anew (`pipeline.atelier.retakes`), so
that light falls as it would: a lost stone shows its empty seat, its neighbours lose its reflection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from pipeline.atelier.camera import Camera
from pipeline.atelier.mesh import Mesh
from pipeline.atelier.photograph import Sitting, leant
from pipeline.atelier.pieces import Part, Piece, build
from pipeline.atelier.specs import PieceSpec

# Nothing is taken away that could hardly be seen: this share of its silhouette stands free.
SEEN_FROM = 0.5


@dataclass(frozen=True)
class Subject:
    """A piece and what its photograph shows of it. `visible`: by part id, the share of it that nothing stands before."""

    spec: PieceSpec
    visible: dict[str, float]

    @cached_property
    def piece(self) -> Piece:
        """In piece space, as built."""
        return build(self.spec)

    def seen(self, kind: str) -> list[Part]:
        """The parts of this kind that are plainly seen, in the piece's order."""
        return [p for p in self.piece.parts if p.kind == kind and self.visible.get(p.id, 0.0) >= SEEN_FROM]

    def one(self, kind: str, rng: np.random.Generator) -> Part | None:
        """One of them, by lot."""
        found = self.seen(kind)
        return found[int(rng.integers(len(found)))] if found else None


@dataclass(frozen=True)
class Altered:
    """A piece with a defect. Both in piece space: `piece`, and `where`, the meshes whose outlines in the photo show where
    it is, before or after; `feature`: the smallest thing that changed, whose narrow side says how small that is.

    `words`: what a jeweller would say was done; `amount`: how much, by name.
    """

    piece: Piece
    where: tuple[Mesh, ...]
    feature: Mesh
    words: str
    amount: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Defect:
    """A way in which a picture betrays its piece. `check`: the id of the one check that must see it; `alter` gives None
    where a piece has nothing that this could be done to."""

    id: str
    check: str
    words: str
    alter: Callable[[Subject, np.random.Generator], Altered | None]


def without(piece: Piece, gone: set[str]) -> Piece:
    """The piece less these parts; all others keep their ids."""
    return Piece([part for part in piece.parts if part.id not in gone])


def instead(piece: Piece, new: dict[str, Part]) -> Piece:
    """The piece with some parts, by id, in others' stead."""
    return Piece([new.get(part.id, part) for part in piece.parts])


def box_of(meshes: tuple[Mesh, ...], sitting: Sitting, camera: Camera) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) in photo pixels round meshes that are in piece space."""
    points = np.concatenate([_projected(mesh, sitting, camera) for mesh in meshes])
    low, high = points.min(0), points.max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def narrow_px(mesh: Mesh, sitting: Sitting, camera: Camera) -> float:
    """How many photo pixels a part measures across its narrow side."""
    points = _projected(mesh, sitting, camera).astype(np.float32)
    return float(min(cv2.minAreaRect(points)[1]))


def _projected(mesh: Mesh, sitting: Sitting, camera: Camera) -> np.ndarray:
    part = Part("", "setting", "", mesh)
    return camera.project(leant(Piece([part]), sitting).parts[0].mesh.vertices)[:, :2]
