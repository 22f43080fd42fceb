"""Families: one piece a seed, closed metal and stones, and truth that says what its stones are."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from pipeline.atelier.families import CALIBRATION_SEEDS, FAMILIES, TEST_SEEDS, family, sitting
from pipeline.atelier.family_photos import photo_key
from pipeline.atelier.gems import brilliant
from pipeline.atelier.mesh import Mesh
from pipeline.atelier.pieces import build
from pipeline.direction import CATEGORIES


def closed(mesh: Mesh) -> bool:
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    return bool(solid.is_watertight and solid.is_winding_consistent and solid.volume > 0)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_familys_pieces_are_closed_solids_of_its_metals_and_stones(name):
    piece = build(family(name, 3))
    assert all(closed(part.mesh) for part in piece.parts)
    assert piece.counts()["stone"] + piece.counts()["link"] + len(piece.of("band")) > 0
    assert FAMILIES[name].category in CATEGORIES


@pytest.mark.parametrize("name", FAMILIES)
def test_the_same_seed_is_the_same_piece_and_another_seed_another(name):
    assert family(name, 5) == family(name, 5)
    assert sitting(name, 5) == sitting(name, 5)
    assert family(name, 5) != family(name, 6)
    assert photo_key(name, 5) != photo_key(name, 6)


def test_calibration_and_test_seeds_share_nothing():
    assert not set(CALIBRATION_SEEDS) & set(TEST_SEEDS)


@pytest.mark.parametrize("name", ["pave-band", "channel-band", "eternity", "solitaire-pave", "bangle"])
def test_a_bed_is_open_under_its_stones(name):
    """A pavilion that stood in metal would show that metal instead of the stone's light."""
    piece = next(p for seed in range(20) if (p := build(family(name, seed))).of("stone"))
    bed = piece.of("band")[0].mesh
    for stone in piece.of("stone")[:5]:
        culet = stone.place @ [0, 0, stone.gem.culet_z + 0.02, 1]
        assert abs(winding(bed, culet[:3])) < 0.1


def winding(mesh: Mesh, point: np.ndarray) -> float:
    """How often a closed mesh goes round a point: 1 inside, 0 outside (van Oosterom and Strackee 1983)."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]] - point for k in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
    top = np.einsum("ij,ij->i", a, np.cross(b, c))
    down = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
    return float(np.arctan2(top, down).sum() / (2 * np.pi))


@pytest.mark.parametrize("cut", ["oval", "cushion", "marquise"])
def test_other_cuts_are_closed_and_as_wide_as_asked(cut):
    gem = brilliant(cut, 5.0)
    assert closed(gem.mesh)
    assert np.ptp(gem.mesh.vertices[:, 0]) == pytest.approx(5.0, rel=0.01)
    assert gem.distance(gem.mesh.vertices).max() < 1e-6
