"""What pictures do to stones: lose them from their seats, set one more or one fewer, run two into one, cut them anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.atelier.defects.subject import Altered, Defect, Subject, instead, without
from pipeline.atelier.gems import Gem, Outline, brilliant, outline_points
from pipeline.atelier.pieces import Part, Piece, build
from pipeline.atelier.specs import PieceSpec

OUTLINES: tuple[Outline, ...] = ("round", "oval", "cushion", "marquise", "pear")
# The field that counts a form's like stones.
COUNTED = {
    "ring": "halo",
    "tennis": "count",
    "studs": "petals",
    "drops": "halo",
    "pendant": "halo",
    "hoops": "stones",
    "bangle": "stones",
    "solitaire": "shoulder_stones",
}


def _width(gem: Gem) -> float:
    return float(np.ptp(gem.outline[:, 0]))


def _cut_stone(subject: Subject, rng: np.random.Generator) -> Part | None:
    """A visible stone that has a cut, by lot: no pearl."""
    found = [part for part in subject.seen("stone") if part.gem is not None]
    return found[int(rng.integers(len(found)))] if found else None


def _replaced(stone: Part, gem: Gem, place: np.ndarray) -> Part:
    return replace(stone, gem=gem, place=place, mesh=gem.mesh.moved(place))


def _lost(subject: Subject, rng: np.random.Generator) -> Altered | None:
    stone = subject.one("stone", rng)
    if stone is None:
        return None
    return Altered(without(subject.piece, {stone.id}), (stone.mesh,), stone.mesh, f"a {stone.material} is missing")


def _smaller(subject: Subject, rng: np.random.Generator) -> Altered | None:
    stone = subject.one("stone", rng)
    if stone is None:
        return None
    share = float(rng.uniform(0.7, 0.9))
    middle = stone.place[:3, 3] if stone.place is not None else stone.mesh.vertices.mean(0)
    mesh = replace(stone.mesh, vertices=middle + share * (stone.mesh.vertices - middle))
    gem = replace(stone.gem, outline=stone.gem.outline * share) if stone.gem else None
    small = replace(stone, mesh=mesh, gem=gem)
    words = f"a {stone.material} is {1 - share:.0%} smaller"
    return Altered(
        instead(subject.piece, {stone.id: small}), (stone.mesh,), stone.mesh, words, {"share": round(share, 3)}
    )


def _recut(subject: Subject, rng: np.random.Generator) -> Altered | None:
    stone = _cut_stone(subject, rng)
    if stone is None or stone.gem is None or stone.place is None:
        return None
    now = _outline_of(stone.gem)
    shape = str(rng.choice([shape for shape in OUTLINES if shape not in (now, "cushion" if now == "round" else "")]))
    # As large as the old one's seat: the new outline's longer side is the old one's.
    unit = outline_points(shape, 1.0)  # type: ignore[arg-type]
    gem = brilliant(shape, float(np.ptp(stone.gem.outline, axis=0).max() / np.ptp(unit, axis=0).max()))  # type: ignore[arg-type]
    new = _replaced(stone, gem, stone.place)
    words = f"a {now} {stone.material} is cut as a {shape}"
    return Altered(instead(subject.piece, {stone.id: new}), (stone.mesh,), stone.mesh, words, {"cut": shape})


def _outline_of(gem: Gem) -> Outline:
    """The named outline that a stone's girdle is nearest to."""
    width = _width(gem)
    long = np.sort(np.hypot(*gem.outline.T)) / width

    def off(shape: Outline) -> float:
        return float(np.abs(np.sort(np.hypot(*outline_points(shape, 1.0, len(long)).T)) - long).max())

    return min(OUTLINES, key=off)


def _merged(subject: Subject, rng: np.random.Generator) -> Altered | None:
    """Two neighbours become one long stone; what held both between them goes."""
    stone = _cut_stone(subject, rng)
    if stone is None or stone.gem is None or stone.place is None:
        return None
    size = _width(stone.gem)
    others = [
        p
        for p in subject.seen("stone")
        if p.id != stone.id and p.gem is not None and p.place is not None and _width(p.gem) < 1.5 * size
    ]
    if not others:
        return None

    def away(part: Part) -> float:
        assert part.place is not None
        assert stone.place is not None
        return float(np.linalg.norm(part.place[:3, 3] - stone.place[:3, 3]))

    other = min(others, key=away)
    if away(other) > 1.6 * size or other.gem is None or other.place is None:
        return None
    span = away(other) + (size + _width(other.gem)) / 2
    gem = brilliant("oval", span / 1.35)  # an oval is a third longer in y
    squeeze = size / _width(gem)
    step = other.place[:3, 3] - stone.place[:3, 3]
    up = stone.place[:3, 2] + other.place[:3, 2]
    up /= np.linalg.norm(up)
    along = step - (step @ up) * up
    along /= np.linalg.norm(along)
    place = np.eye(4)
    place[:3, 0], place[:3, 1], place[:3, 2] = np.cross(along, up) * squeeze, along, up * size / _width(gem)
    place[:3, 3] = (stone.place[:3, 3] + other.place[:3, 3]) / 2
    one = replace(stone, gem=gem, place=place, mesh=gem.mesh.moved(place))
    both = {stone.id, other.id}
    between = {p.id for p in subject.piece.of("prong") if both <= set(p.holds)}
    piece = instead(without(subject.piece, between | {other.id}), {stone.id: one})
    return Altered(piece, (stone.mesh, other.mesh), stone.mesh, f"two {stone.material}s run into one")


def _counted(subject: Subject, step: int, words: str) -> Altered | None:
    spec = _with_count(subject.spec, step)
    if spec is None:
        return None
    piece = build(spec)
    where = unlike(subject.piece, piece, "stone")
    if not where:
        return None
    small = min(where, key=lambda mesh: float(np.ptp(mesh.vertices, axis=0).max()))
    return Altered(piece, where, small, words, {"stones": len(piece.of("stone")) - len(subject.piece.of("stone"))})


def _with_count(spec: PieceSpec, step: int) -> PieceSpec | None:
    """The same design with one like stone more or fewer, spread anew."""
    if spec.form == "band":
        return _longer_row(spec, step)
    name = COUNTED.get(spec.form)
    now = getattr(spec, name, 0) if name else 0
    if not name or now + step < 3 or now < 3:
        return None
    return spec.model_copy(update={name: now + step})


def _longer_row(spec: Any, step: int) -> PieceSpec | None:
    """A set band whose rows are a stone longer or shorter; a closed row has its count from its stones' size."""
    if spec.setting == "eternity":
        before = len(build(spec).of("stone"))
        tried = (spec.model_copy(update={"stone_mm": spec.stone_mm * (1 - step * 0.004 * k)}) for k in range(1, 40))
        return next((other for other in tried if len(build(other).of("stone")) == before + step * spec.rows), None)
    channel = spec.setting == "channel"
    radius = spec.inner_mm / 2 + spec.band_thickness_mm + (-0.05 if channel else 0.04)
    pitch = float(np.degrees((spec.stone_mm + (0.08 if channel else 0.18)) / radius))
    longer: PieceSpec = spec.model_copy(update={"arc_deg": spec.arc_deg + step * pitch})
    return longer


def unlike(one: Piece, two: Piece, kind: str, near_mm: float = 0.12) -> tuple[Any, ...]:
    """The meshes of this kind that stand in one piece and not, within `near_mm`, in the other."""

    def centres(piece: Piece) -> np.ndarray:
        return np.array([p.mesh.vertices.mean(0) for p in piece.parts if p.kind == kind]).reshape(-1, 3)

    found = []
    for here, there in ((one, two), (two, one)):
        spots = centres(there)
        for part in (p for p in here.parts if p.kind == kind):
            apart = np.linalg.norm(spots - part.mesh.vertices.mean(0), axis=1) if len(spots) else np.array([9e9])
            if apart.min() > near_mm:
                found.append(part.mesh)
    return tuple(found)


def _added(subject: Subject, rng: np.random.Generator) -> Altered | None:
    return _counted(subject, 1, "a stone more than there are")


def _fewer(subject: Subject, rng: np.random.Generator) -> Altered | None:
    return _counted(subject, -1, "a stone fewer than there are, the others spread")


STONE_DEFECTS = (
    Defect("stone-lost", "stones", "A stone is missing from its seat", _lost),
    Defect("stone-fewer", "stones", "A stone fewer, the others spread over its place", _fewer),
    Defect("stone-added", "stones", "A stone more", _added),
    Defect("stones-merged", "stones", "Two stones run into one", _merged),
    Defect("stone-smaller", "stones", "A stone is 10 to 30 % smaller", _smaller),
    Defect("stone-recut", "stones", "A stone has another cut", _recut),
)
