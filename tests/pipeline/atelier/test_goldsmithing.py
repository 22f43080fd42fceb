"""The atelier's geometry holds what its specs say: counts, closed stones, claws that grip, links that hang in each other."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.spatial.distance import cdist

from pipeline.atelier.gems import FACETS, Proportions, brilliant
from pipeline.atelier.mesh import Mesh
from pipeline.atelier.pieces import Piece, build, distance_to
from pipeline.atelier.settings import GRIP_MM
from pipeline.atelier.specs import EarringsSpec, NecklaceSpec, RingSpec, Spec

SPECS: dict[str, Spec] = {"ring": RingSpec(), "necklace": NecklaceSpec(), "earrings": EarringsSpec()}


@pytest.fixture(scope="module", params=SPECS)
def piece(request: pytest.FixtureRequest) -> Piece:
    return build(SPECS[request.param])


def closed(mesh: Mesh) -> bool:
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    return bool(solid.is_watertight and solid.is_winding_consistent and solid.volume > 0)


@given(
    width=st.floats(1.0, 9.0),
    table=st.floats(0.53, 0.62),
    crown=st.floats(32, 36.5),
    pavilion=st.floats(40, 41.8),
    shape=st.sampled_from(["round", "pear"]),
)
@settings(max_examples=25, deadline=None)
def test_a_brilliant_is_closed_convex_and_as_wide_as_asked(width, table, crown, pavilion, shape):
    gem = brilliant(shape, width, Proportions(table=table, crown_deg=crown, pavilion_deg=pavilion))
    assert closed(gem.mesh)
    assert gem.distance(gem.mesh.vertices).max() < 1e-6
    assert np.ptp(gem.mesh.vertices[:, 0]) == pytest.approx(width, rel=0.003)


def test_a_round_brilliant_has_its_57_facets_at_their_angles():
    gem = brilliant("round", 6.0)
    a, b, c = (gem.mesh.vertices[gem.mesh.faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    facets = np.unique(np.round(normals[np.abs(normals[:, 2]) > 0.05], 4), axis=0)
    slopes = np.degrees(np.arccos(np.abs(facets[:, 2])))
    assert len(facets) == FACETS
    assert (np.isclose(slopes, 34.5, atol=0.02) & (facets[:, 2] > 0)).sum() == 8
    assert (np.isclose(slopes, 40.75, atol=0.02) & (facets[:, 2] < 0)).sum() == 8


def test_a_stone_of_no_width_is_refused():
    with pytest.raises(ValueError, match="above 0 mm"):
        brilliant("round", 0)


@pytest.mark.parametrize("wrong", [{"halo": 3}, {"centre_mm": float("nan")}, {"claws": 5}, {"colour": "blue"}])
def test_a_spec_out_of_range_is_refused(wrong):
    with pytest.raises(ValidationError):
        RingSpec(**wrong)


def test_equal_specs_have_equal_hashes_and_equal_pieces():
    assert RingSpec().sha256() == RingSpec(halo=18).sha256() != RingSpec(halo=19).sha256()
    one, two = build(NecklaceSpec()), build(NecklaceSpec())
    assert all(np.array_equal(a.mesh.vertices, b.mesh.vertices) for a, b in zip(one.parts, two.parts, strict=True))


def test_every_part_is_closed_and_named_once(piece):
    assert [part.id for part in piece.parts if not closed(part.mesh)] == []
    assert len({part.id for part in piece.parts}) == len(piece.parts)


@pytest.mark.parametrize(("claws", "halo"), [(4, 12), (6, 18), (8, 26)])
def test_a_ring_holds_the_stones_and_prongs_of_its_spec(claws, halo):
    assert build(RingSpec(claws=claws, halo=halo)).counts() == {"stone": 1 + halo, "prong": claws + 2 * halo, "link": 0}


@pytest.mark.parametrize("petals", [5, 6, 8])
def test_a_pendant_holds_a_centre_its_petals_and_their_prongs(petals):
    counts = build(NecklaceSpec(petals=petals)).counts()
    assert (counts["stone"], counts["prong"]) == (1 + petals, 4 * petals)


def test_earrings_are_a_pair(piece):
    counts = build(EarringsSpec(bezels=3, halo=16)).counts()
    assert counts == {"stone": 2 * (2 + 3 + 16), "prong": 2 * (4 + 5 + 16), "link": 2 * (2 + 2 * 3)}


def test_every_prong_touches_its_stones_and_bites_no_deeper_than_its_notch(piece):
    prongs = piece.of("prong")
    assert prongs
    for prong in prongs:
        assert prong.holds, f"{prong.id} holds nothing"
        for stone in prong.holds:
            nearest = distance_to(piece.by_id(stone), prong.mesh.vertices).min()
            assert -3 * GRIP_MM < nearest < 0.02, f"{prong.id} on {stone}: {nearest:.3f} mm"


def test_every_stone_is_held(piece):
    held = {stone for prong in piece.of("prong") for stone in prong.holds}
    collets = [part.mesh.vertices for part in piece.of("setting")]
    for stone in piece.of("stone"):
        gripped = stone.id in held or min(distance_to(stone, v).min() for v in collets) < 0.02
        assert gripped, f"{stone.id} would fall out"


def test_stones_don_t_cut_into_each_other(piece):
    stones = piece.of("stone")
    for k, stone in enumerate(stones):
        for other in stones[k + 1 :]:
            assert distance_to(stone, other.mesh.vertices).min() > 0


def linking_number(a: np.ndarray, b: np.ndarray) -> int:
    """Gauss's linking number of two closed polylines, as the sum of the solid angles of their segment pairs."""
    a0, a1, b0, b1 = a[:, None], np.roll(a, -1, 0)[:, None], b[None], np.roll(b, -1, 0)[None]
    r = [b0 - a0, b1 - a0, b1 - a1, b0 - a1]
    faces = [np.cross(r[k], r[(k + 1) % 4]) for k in range(4)]
    faces = [n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-12) for n in faces]
    angle = sum(np.arcsin(np.clip((faces[k] * faces[(k + 1) % 4]).sum(-1), -1, 1)) for k in range(4))
    sign = np.sign((np.cross(b1 - b0, a1 - a0) * (a0 - b0)).sum(-1))
    return round(float((angle * sign).sum() / (4 * np.pi)))


def clearance(a, b) -> float:
    return float(cdist(a.path, b.path).min() - (a.wire_mm + b.wire_mm) / 2)


@pytest.mark.parametrize("spec", [NecklaceSpec(), NecklaceSpec(wire_mm=0.5, link_mm=3.2, width_mm=120, seed=5)])
def test_each_link_hangs_in_the_next_all_the_way_round_and_none_cuts_another(spec):
    piece = build(spec)
    links = [part.link for part in piece.of("link")]
    spring, tag = (part.link for part in piece.of("clasp") if part.link)
    loop = [*links, tag, spring]  # the chain closes through its clasp
    for one, two in zip(loop, loop[1:] + loop[:1], strict=True):
        assert abs(linking_number(one.path, two.path)) == 1
        assert clearance(one, two) > -0.01
    for one, two in zip(links, links[2:], strict=False):
        assert linking_number(one.path, two.path) == 0
        assert clearance(one, two) > 0


def test_the_pendant_hangs_from_the_lowest_link_by_its_bail_and_eye():
    piece = build(NecklaceSpec())
    links = [part.link for part in piece.of("link")]
    lowest = min(links, key=lambda link: link.path[:, 1].mean())
    bail, eye = (part.link for part in piece.of("bail"))
    assert abs(linking_number(bail.path, eye.path)) == 1
    assert clearance(bail, eye) > -0.01
    assert min(clearance(bail, link) for link in links) > 0
    # The bail goes round both sides of the link: it passes through none of its holes, and the link through the bail twice.
    assert bail.path[:, 1].max() > lowest.path[:, 1].max()
    assert bail.path[:, 1].min() < lowest.path[:, 1].min()


def test_earring_rings_hang_in_each_other():
    links = [part.link for part in build(EarringsSpec()).of("link")]
    for one, two in zip(links[::2], links[1::2], strict=True):
        assert abs(linking_number(one.path, two.path)) == 1
        assert clearance(one, two) > -0.01
