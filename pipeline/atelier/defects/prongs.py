"""What pictures do to prongs: lose one, make four of six, swell one, melt a stone's claws into a bezel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.atelier import settings
from pipeline.atelier.defects.stones import unlike
from pipeline.atelier.defects.subject import Altered, Defect, Subject, instead, without
from pipeline.atelier.mesh import Mesh
from pipeline.atelier.pieces import build


def _lost(subject: Subject, rng: np.random.Generator) -> Altered | None:
    prong = subject.one("prong", rng)
    if prong is None:
        return None
    return Altered(
        without(subject.piece, {prong.id}), (prong.mesh,), tip_of(prong.mesh), f"a {prong.tip} prong is missing"
    )


def _thicker(subject: Subject, rng: np.random.Generator) -> Altered | None:
    prong = subject.one("prong", rng)
    if prong is None:
        return None
    times = float(rng.uniform(1.4, 1.8))
    mesh = swollen(prong.mesh, times)
    piece = instead(subject.piece, {prong.id: replace(prong, mesh=mesh)})
    words = f"a {prong.tip} prong is {times - 1:.0%} thicker"
    return Altered(piece, (mesh,), tip_of(prong.mesh), words, {"times": round(times, 3)})


def tip_of(prong: Mesh) -> Mesh:
    """The last fifth of a prong's wire, which is what is seen of it: its narrow side is the wire's width."""
    return Mesh(prong.vertices[int(0.8 * len(prong.vertices)) : -2], np.zeros((0, 3), int))


def swollen(mesh: Mesh, times: float) -> Mesh:
    """A prong grown thicker about its longest axis, its length kept."""
    middle = mesh.vertices.mean(0)
    away = mesh.vertices - middle
    axis = np.linalg.svd(away, full_matrices=False)[2][0]
    along = (away @ axis)[:, None] * axis
    return Mesh(middle + along + times * (away - along), mesh.faces)


def _six_to_four(subject: Subject, rng: np.random.Generator) -> Altered | None:
    if getattr(subject.spec, "claws", 0) != 6 or getattr(subject.spec, "petals", 0):
        return None
    piece = build(subject.spec.model_copy(update={"claws": 4}))
    where = unlike(subject.piece, piece, "prong")
    return Altered(piece, where, tip_of(where[0]), "four prongs where six are", {"prongs": -2}) if where else None


def _bezel(subject: Subject, rng: np.random.Generator) -> Altered | None:
    """All claws that hold one stone become a closed rim of their metal."""
    claws: dict[str, list[str]] = {}
    for prong in subject.seen("prong"):
        if len(prong.holds) == 1:
            claws.setdefault(prong.holds[0], []).append(prong.id)
    held = sorted(stone for stone, prongs in claws.items() if len(prongs) >= 3)
    if not held:
        return None
    stone = subject.piece.by_id(held[int(rng.integers(len(held)))])
    if stone.gem is None or stone.place is None:
        return None
    gone = [p for p in subject.piece.of("prong") if p.holds == (stone.id,)]
    width = float(np.ptp(stone.gem.outline[:, 0]))
    rim = settings.collet(stone.gem, 0.07 * width, 0.42 * width, lip=0.03 * width).moved(stone.place)
    new = replace(gone[0], mesh=rim, tip=None)
    piece = instead(without(subject.piece, {p.id for p in gone[1:]}), {gone[0].id: new})
    words = f"the {len(gone)} claws of a stone became a bezel"
    return Altered(piece, tuple(p.mesh for p in gone), tip_of(gone[0].mesh), words, {"prongs": -len(gone)})


PRONG_DEFECTS = (
    Defect("prong-lost", "prongs", "A prong is missing", _lost),
    Defect("prongs-6-to-4", "prongs", "Six prongs became four", _six_to_four),
    Defect("prong-thicker", "prongs", "A prong is 40 to 80 % thicker", _thicker),
    Defect("claws-to-bezel", "prongs", "A stone's claws became a bezel", _bezel),
)
