"""Defects: each is done to some piece, changes what it names and nothing else, and is the same for the same seed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
import trimesh
from PIL import Image

from pipeline.atelier.defects import DEFECTS, PAINTED, SEEN_BY, Altered, Subject, box_of, narrow_px
from pipeline.atelier.defects.prongs import swollen, tip_of
from pipeline.atelier.families import FAMILIES, family, sitting
from pipeline.atelier.materials import METALS, OFF_BY, OFF_COLOUR, WAYS, off_colour
from pipeline.atelier.photograph import staged
from pipeline.atelier.pieces import build
from pipeline.atelier.samples import sample_alpha, sample_photo, sample_truth
from pipeline.imaging.colour import ciede2000, linear_to_lab

# Families that have everything between them.
SOME = ("solitaire-6", "halo", "cluster", "curb", "cable", "drops", "watch")


@lru_cache(maxsize=32)
def subject(name: str, seed: int = 1) -> Subject:
    """A piece of which everything is seen: what hides what is the truth's matter."""
    spec = family(name, seed)
    return Subject(spec, {part.id: 1.0 for part in build(spec).parts})


def done(defect: str, draw: int = 5) -> list[tuple[Subject, Altered]]:
    found = []
    for name in SOME:
        piece = subject(name)
        altered = DEFECTS[defect].alter(piece, np.random.default_rng(draw))
        if altered:
            found.append((piece, altered))
    return found


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_defect_can_be_done_and_is_the_same_again(defect):
    some = done(defect)
    assert some
    again = done(defect)
    assert [a.words for _, a in some] == [a.words for _, a in again]
    for (_, one), (_, two) in zip(some, again, strict=True):
        assert all(
            np.array_equal(a.mesh.vertices, b.mesh.vertices)
            for a, b in zip(one.piece.parts, two.piece.parts, strict=True)
        )
    for before, altered in some:
        old = {(part.id, id(part.mesh), part.material) for part in before.piece.parts}
        assert old != {(part.id, id(part.mesh), part.material) for part in altered.piece.parts}
        assert altered.where


@pytest.mark.parametrize("defect", DEFECTS)
def test_what_is_made_is_closed_metal_and_stone(defect):
    for before, altered in done(defect)[:2]:
        old = {id(part.mesh) for part in before.piece.parts}
        for part in (p for p in altered.piece.parts if id(p.mesh) not in old):
            solid = trimesh.Trimesh(part.mesh.vertices, part.mesh.faces, process=False)
            assert solid.is_watertight
            assert solid.volume > 0


@pytest.mark.parametrize(
    ("defect", "kind", "change"),
    [("stone-lost", "stone", {-1}), ("stones-merged", "stone", {-1}), ("stone-smaller", "stone", {0})]
    + [("stone-recut", "stone", {0}), ("prong-lost", "prong", {-1}), ("prongs-6-to-4", "prong", {-2})]
    + [("prong-thicker", "prong", {0}), ("links-merged", "link", {-1})]
    + [("links-added", "link", {1, 2}), ("links-fewer", "link", {-1, -2})],
)
def test_counts_change_as_the_defect_says(defect, kind, change):
    for before, altered in done(defect):
        assert altered.piece.counts()[kind] - before.piece.counts()[kind] in change


@pytest.mark.parametrize(("defect", "sign"), [("stone-added", 1), ("stone-fewer", -1)])
def test_stones_added_and_fewer_are_spread_anew(defect, sign):
    for before, altered in done(defect):
        more = altered.piece.counts()["stone"] - before.piece.counts()["stone"]
        assert np.sign(more) == sign
        assert more == altered.amount["stones"]


@pytest.mark.parametrize("seed", range(6))
def test_a_band_changes_by_five_to_ten_percent(seed):
    before = subject("solitaire-6")
    altered = DEFECTS["band-width"].alter(before, np.random.default_rng(seed))
    assert altered is not None
    wide = [float(np.ptp(p.of("band")[0].mesh.vertices[:, 2])) for p in (before.piece, altered.piece)]
    assert 0.05 <= abs(wide[1] / wide[0] - 1) <= 0.1
    assert wide[1] / wide[0] == pytest.approx(altered.amount["times"], abs=1e-3)


def test_a_stone_shrinks_by_ten_to_thirty_percent():
    for before, altered in done("stone-smaller"):
        old = {p.id: p for p in before.piece.of("stone")}
        shares = [
            np.ptp(p.mesh.vertices, axis=0).max() / np.ptp(old[p.id].mesh.vertices, axis=0).max()
            for p in altered.piece.of("stone")
        ]
        assert sum(share < 0.999 for share in shares) == 1
        assert 0.7 <= min(shares) <= 0.9


@pytest.mark.parametrize("metal", METALS)
@pytest.mark.parametrize("delta_e", OFF_BY)
@pytest.mark.parametrize("way", WAYS)
def test_an_alloy_is_off_by_as_much_as_it_says(metal, delta_e, way):
    one, two = (linear_to_lab(np.array(c)) for c in (METALS[metal], OFF_COLOUR[off_colour(metal, delta_e, way)]))
    assert float(ciede2000(one, two)) == pytest.approx(delta_e, abs=0.05)


def test_a_swollen_prong_keeps_its_length():
    prong = subject("solitaire-6").piece.of("prong")[0].mesh
    seat = sitting("solitaire-6", 1)
    camera = staged(family("solitaire-6", 1), 640, seat).camera
    assert narrow_px(tip_of(swollen(prong, 1.5)), seat, camera) > 1.25 * narrow_px(tip_of(prong), seat, camera)


def test_a_lost_stones_box_lies_where_the_truth_has_it():
    name = "halo"
    seat = sitting(name, 1)
    stage = staged(family(name, 1), 640, seat)
    altered = DEFECTS["stone-lost"].alter(subject(name), np.random.default_rng(3))
    assert altered is not None
    left, top, right, bottom = box_of(altered.where, seat, stage.camera)
    gone = {p.id for p in subject(name).piece.parts} - {p.id for p in altered.piece.parts}
    seen = stage.camera.project(stage.piece.by_id(gone.pop()).mesh.vertices)
    assert np.allclose([left, top, right, bottom], [*seen[:, :2].min(0), *seen[:, :2].max(0)], atol=1e-6)


def test_each_defect_names_one_check_and_families_offer_many():
    assert set(SEEN_BY) == set(DEFECTS) | set(PAINTED)
    assert {"stones", "prongs", "links", "band", "catchlights", "colour.metal", "structure"} <= set(SEEN_BY.values())
    assert len(FAMILIES) >= 18


@pytest.fixture(scope="module")
def ring():
    return _sample("halo-ring")


@pytest.fixture(scope="module")
def chain():
    return _sample("flower-necklace")


def _sample(name):
    with Image.open(sample_photo(name)) as image:
        return np.asarray(image.convert("RGB")), sample_alpha(name), sample_truth(name)["features"]


@pytest.mark.parametrize("defect", [d for d in PAINTED if d not in ("links-rope", "mirrored")])
def test_paint_stays_on_its_place_and_on_the_piece(defect, ring):
    photo, alpha, features = ring
    painted = PAINTED[defect].paint(photo, alpha, features, np.random.default_rng(4))
    assert painted is not None
    changed = np.abs(painted.srgb8.astype(int) - photo).max(-1) > 6
    assert changed.any()
    ys, xs = np.nonzero(changed)
    left, top, right, bottom = painted.box
    pad = 0.6 * max(right - left, bottom - top) + 6
    assert left - pad <= xs.min()
    assert xs.max() <= right + pad
    assert top - pad <= ys.min()
    assert ys.max() <= bottom + pad
    again = PAINTED[defect].paint(photo, alpha, features, np.random.default_rng(4))
    assert np.array_equal(painted.srgb8, again.srgb8)


def test_a_rope_has_lost_its_gaps(chain):
    photo, alpha, features = chain
    painted = PAINTED["links-rope"].paint(photo, alpha, features, np.random.default_rng(4))
    assert painted is not None
    left, top, right, bottom = (int(v) for v in painted.box)
    before, after = (p[top:bottom, left:right].astype(float).mean(-1) for p in (photo, painted.srgb8))
    assert np.abs(np.diff(after, axis=1)).mean() < 0.9 * np.abs(np.diff(before, axis=1)).mean()


def test_a_mirrored_piece_is_the_same_size_and_another(ring):
    photo, alpha, features = ring
    painted = PAINTED["mirrored"].paint(photo, alpha, features, np.random.default_rng(4))
    assert painted is not None
    assert painted.srgb8.shape == photo.shape
    assert not np.array_equal(painted.srgb8, photo)
