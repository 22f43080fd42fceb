"""What pictures do to metal and colour: a wider or narrower band, links run together, more or fewer of them, another gold,
a white stone with a tint."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from pipeline.atelier import chains
from pipeline.atelier.defects.stones import unlike
from pipeline.atelier.defects.subject import Altered, Defect, Subject, instead, without
from pipeline.atelier.family_chains import ChainSpec, chain
from pipeline.atelier.materials import METALS, OFF_BY, TINTED, off_colour
from pipeline.atelier.mesh import Mesh, frame, hull
from pipeline.atelier.pieces import Part, build

# Bands whose axis is z in piece space: their width lies along it.
_ROUND_FORMS = ("ring", "solitaire", "band", "bangle", "milgrain")


def _band(subject: Subject, rng: np.random.Generator) -> Altered | None:
    times = 1 + float(rng.uniform(0.05, 0.10)) * float(rng.choice((-1, 1)))
    words = f"the band is {abs(times - 1):.0%} {'wider' if times > 1 else 'narrower'}"
    bands = subject.piece.of("band")
    if subject.spec.form == "hoops" and not getattr(subject.spec, "stones", 1):
        wire = getattr(subject.spec, "wire_mm", 2.0)
        piece = build(subject.spec.model_copy(update={"wire_mm": wire * times}))
    elif subject.spec.form in _ROUND_FORMS and bands:
        # A band without stones on it carries its rims along; stones and their seats stay where they are.
        rims = [p for p in subject.piece.of("setting") if np.ptp(p.mesh.vertices[:, 0]) > 0.8 * _across(bands[0])]
        piece = instead(subject.piece, {p.id: replace(p, mesh=_stretched(p.mesh, times)) for p in [*bands, *rims]})
    else:
        return None
    return Altered(piece, tuple(p.mesh for p in bands), section_of(bands[0].mesh), words, {"times": round(times, 4)})


def _across(part: Part) -> float:
    return float(np.ptp(part.mesh.vertices[:, 0]))


def section_of(band: Mesh) -> Mesh:
    """A few degrees of a band at its top: as wide and as thick as the band, and no more."""
    v = band.vertices
    near = np.abs(np.arctan2(v[:, 0] - np.median(v[:, 0]), v[:, 1] - v[:, 1].mean())) < np.radians(3)
    return Mesh(v[near] if near.sum() > 4 else v, np.zeros((0, 3), int))


def _stretched(mesh: Mesh, times: float) -> Mesh:
    return Mesh(mesh.vertices * [1, 1, times], mesh.faces)


def _links_merged(subject: Subject, rng: np.random.Generator) -> Altered | None:
    """Two neighbouring links become one long one."""
    links = [p for p in subject.seen("link") if p.link is not None]
    pairs = [(a, b) for a, b in itertools.pairwise(links) if _touch(a, b)]
    if not pairs:
        return _solid_links_merged(subject, rng)
    one, two = pairs[int(rng.integers(len(pairs)))]
    assert one.link is not None
    assert two.link is not None
    a, b = one.link.path.mean(0), two.link.path.mean(0)
    plane = np.linalg.svd(one.link.path - a)[2][2]
    line = chains.oval(_long(one.link) + float(np.linalg.norm(b - a)), _short(one.link))
    place = frame((a + b) / 2, plane - (plane @ (b - a)) * (b - a) / ((b - a) @ (b - a)), b - a)
    link = chains.Link(line @ place[:3, :3].T + place[:3, 3], one.link.wire_mm)
    merged = replace(one, mesh=link.mesh(), link=link)
    piece = instead(without(subject.piece, {two.id}), {one.id: merged})
    return Altered(piece, (one.mesh, two.mesh), _wire_bit(one), "two links run into one", {"links": -1})


def _solid_links_merged(subject: Subject, rng: np.random.Generator) -> Altered | None:
    """Of links that are no wire, as a watch's: one and the one nearest to it become one solid."""
    links = [p for p in subject.seen("link") if p.link is None]
    if len(links) < 2:
        return None
    one = links[int(rng.integers(len(links)))]
    middle = one.mesh.vertices.mean(0)
    others = [p for p in links if p.id != one.id]
    two = min(others, key=lambda p: float(np.linalg.norm(p.mesh.vertices.mean(0) - middle)))
    merged = replace(one, mesh=hull(np.vstack([one.mesh.vertices, two.mesh.vertices])))
    piece = instead(without(subject.piece, {two.id}), {one.id: merged})
    return Altered(piece, (one.mesh, two.mesh), one.mesh, "two links run into one", {"links": -1})


def _touch(one: Part, two: Part) -> bool:
    assert one.link is not None
    assert two.link is not None
    apart = np.linalg.norm(one.link.path.mean(0) - two.link.path.mean(0))
    return bool(apart < 1.05 * _long(one.link) + one.link.wire_mm)


def _long(link: chains.Link) -> float:
    return float(max(np.linalg.norm(link.path - point, axis=1).max() for point in link.path[::6]))


def _short(link: chains.Link) -> float:
    """A link's narrower way across its centre line: the second of its principal spans."""
    away = link.path - link.path.mean(0)
    axes = np.linalg.svd(away, full_matrices=False)[2]
    return float(np.ptp(away @ axes[1]))


def _wire_bit(part: Part) -> Mesh:
    """A bit of a link's wire as a feature: what must be resolved for links to be told apart."""
    assert part.link is not None
    # A square of the wire's width that faces the viewer measures that width, however the wire runs.
    square = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * part.link.wire_mm / 2
    return Mesh(part.link.path[0] + square, np.array([[0, 1, 2], [0, 2, 3]]))


def _links_counted(step: int) -> Defect:
    def alter(subject: Subject, rng: np.random.Generator) -> Altered | None:
        spec = subject.spec
        if isinstance(spec, ChainSpec):
            piece = chain(spec, step * (2 if spec.weave in ("cable", "rolo") else 1))
        elif spec.form == "drops" and getattr(spec, "links", 0) + step >= 1:
            piece = build(spec.model_copy(update={"links": spec.links + step}))  # type: ignore[attr-defined]
        else:
            return None
        where = unlike(subject.piece, piece, "link", 0.3)
        few = len(piece.of("link")) - len(subject.piece.of("link"))
        links = subject.piece.of("link")
        if not where or not links:
            return None
        return Altered(piece, where, _wire_bit(links[0]), f"{few:+d} links", {"links": few})

    more = step > 0
    words = "Links more than there are" if more else "Links fewer than there are"
    return Defect("links-added" if more else "links-fewer", "links", words, alter)


def _hue(delta_e: int) -> Defect:
    def alter(subject: Subject, rng: np.random.Generator) -> Altered | None:
        metals = sorted({p.material for p in subject.piece.parts if p.material in METALS})
        if not metals:
            return None
        # Of two metals the one with most of the surface: a band's, not its claws'.
        metal = max(metals, key=lambda m: sum(len(p.mesh.faces) for p in subject.piece.parts if p.material == m))
        way = "warmer" if rng.random() < 0.5 else "cooler"
        name = off_colour(metal, delta_e, way)
        changed = [p for p in subject.piece.parts if p.material == metal]
        piece = instead(subject.piece, {p.id: replace(p, material=name) for p in changed})
        largest = max(changed, key=lambda p: float(np.ptp(p.mesh.vertices, axis=0).max()))
        feature = _wire_bit(largest) if largest.link else section_of(largest.mesh)
        words = f"the {metal} is {delta_e} dE {way}"
        return Altered(piece, tuple(p.mesh for p in changed), feature, words, {"delta_e": delta_e, "metal": metal})

    return Defect(f"metal-{delta_e}dE", "colour.metal", f"The metal's colour is {delta_e} dE off", alter)


def _tinted(subject: Subject, rng: np.random.Generator) -> Altered | None:
    white = [p for p in subject.seen("stone") if p.material == "diamond"]
    if not white:
        return None
    stone = white[int(rng.integers(len(white)))]
    tint = sorted(TINTED)[int(rng.integers(len(TINTED)))]
    piece = instead(subject.piece, {stone.id: replace(stone, material=tint)})
    return Altered(piece, (stone.mesh,), stone.mesh, f"a white diamond became a {tint}", {"tint": tint})


METAL_DEFECTS = (
    Defect("band-width", "band", "The band is 5 to 10 % wider or narrower", _band),
    Defect("links-merged", "links", "Two links run into one", _links_merged),
    _links_counted(1),
    _links_counted(-1),
    *(_hue(delta_e) for delta_e in OFF_BY),
    Defect("stone-tinted", "colour.stone", "A white stone has a tint", _tinted),
)
