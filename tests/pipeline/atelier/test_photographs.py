"""The atelier's photographs and their truth: what the truth says is there is where the light says it is."""

from __future__ import annotations

import hashlib
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.atelier.__main__ import main
from pipeline.atelier.camera import Camera, View, aimed
from pipeline.atelier.photograph import SITTINGS, Photographed, photograph, posed
from pipeline.atelier.samples import PHOTOS, SAMPLES, Sample, sample_alpha, sample_photo, sample_truth
from pipeline.atelier.specs import RingSpec
from pipeline.atelier.truth import seen

TINY_PX = 240


@pytest.fixture(scope="module")
def ring() -> Photographed:
    return photograph(RingSpec(), TINY_PX, 8)


@pytest.fixture(scope="module", params=SAMPLES)
def small(request: pytest.FixtureRequest):
    """A sample's truth, worked out anew at a small size, beside the kept one."""
    sample = SAMPLES[request.param]
    sitting = SITTINGS[sample.spec.form]
    size = (round(sitting.frame[0] * TINY_PX / 8) * 8, round(sitting.frame[1] * TINY_PX / 8) * 8)
    piece, _, _ = posed(sample.spec)
    camera = aimed(sitting.view, np.concatenate([part.mesh.vertices for part in piece.parts]), size)
    return request.param, piece, camera, seen(piece, camera)


def silhouette(piece, camera: Camera, fine: int = 40) -> np.ndarray:
    """Coverage (H, W) by drawing every projected triangle: an independent way to the truth's alpha."""
    w, h = camera.size
    canvas = np.zeros((h * fine, w * fine), np.uint8)
    for part in piece.parts:
        points = (camera.project(part.mesh.vertices)[:, :2] + 0.5) * fine - 0.5
        for triangle in np.round(points[part.mesh.faces] * 16).astype(np.int32):
            cv2.fillConvexPoly(canvas, triangle, (1,), shift=4)
    return canvas.reshape(h, fine, w, fine).mean((1, 3))


def test_the_alpha_is_the_silhouette_of_the_geometry(small):
    _, piece, camera, truth = small
    drawn = silhouette(piece, camera)
    assert truth.alpha.min() == 0
    assert truth.alpha.max() == 1
    assert np.abs(truth.alpha - drawn).mean() < 0.004
    assert abs(truth.alpha.sum() / drawn.sum() - 1) < 0.03  # the drawing is 1 / 80 px too wide on each side


def test_the_small_truth_is_the_kept_truth_made_small(small):
    name, _, _, truth = small
    kept = sample_truth(name)
    scale = truth.alpha.shape[1] / kept["size"][0]
    assert truth.counts == kept["counts"]
    assert [f.id for f in truth.features] == [f["id"] for f in kept["features"]]
    here = (np.array([f.centre for f in truth.features]) + 0.5) / scale
    there = np.array([f["centre"] for f in kept["features"]]) + 0.5
    assert np.abs(here - there).max() < 0.15 / scale
    assert truth.width_mm == pytest.approx(kept["width_mm"], rel=0.02)
    assert truth.alpha.sum() == pytest.approx(kept["coverage_px"] * scale**2, rel=0.02)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_kept_photograph_is_the_one_its_spec_makes(name):
    sample, truth = SAMPLES[name], sample_truth(name)
    path = sample_photo(name)
    assert path.parent == PHOTOS, "remake it: python -m pipeline.atelier pipeline/atelier/photos"
    assert truth["key"] == sample.key()
    assert truth["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.stat().st_size < 350_000
    with Image.open(path) as image:
        assert list(image.size) == truth["size"]
        assert max(image.size) == sample.size_px >= 1600


@pytest.mark.parametrize("name", SAMPLES)
def test_what_a_sample_declares_is_what_its_photo_holds(name):
    sample, truth = SAMPLES[name], sample_truth(name)
    counted = {f"{kind}s": count for kind, count in truth["counts"].items() if count}
    assert sample.facts == counted
    for kind, count in truth["counts"].items():
        assert sum(f["kind"] == kind for f in truth["features"]) == count
    assert sample.width_mm == pytest.approx(truth["width_mm"], abs=0.01)
    stones = [f for f in truth["features"] if f["kind"] == "stone"]
    assert all(f["visible"] for f in stones)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_kept_photograph_has_a_near_white_ground_and_contrast_in_the_piece(name):
    alpha = sample_alpha(name)
    grey = np.asarray(Image.open(sample_photo(name)).convert("L"), float)
    far = cv2.dilate((alpha > 0).astype(np.uint8), np.ones((61, 61), np.uint8)) == 0
    assert 238 < np.median(grey[far]) < 253
    inside = grey[alpha == 1]
    assert np.percentile(inside, 2) < 110, "no dark card is reflected"
    assert np.percentile(inside, 98) > 240, "no light is"


def test_each_feature_lies_inside_its_outline_and_the_frame(small):
    _, _, camera, truth = small
    w, h = camera.size
    for feature in truth.features:
        low, high = feature.outline.min(0), feature.outline.max(0)
        assert (low < feature.centre).all()
        assert (feature.centre < high).all()
        assert (low > -0.5).all()
        assert (high < [w - 0.5, h - 0.5]).all()
        assert 0 <= feature.visible_share <= 1


def test_the_same_spec_gives_the_same_photograph(ring):
    again = photograph(RingSpec(), TINY_PX, 8)
    assert np.array_equal(ring.truth.alpha, again.truth.alpha)
    assert ring.truth.as_json() == again.truth.as_json()
    assert np.abs(ring.srgb8.astype(int) - again.srgb8).max() <= 1


def test_the_picture_changes_where_the_truth_has_the_piece_and_stays_ground_elsewhere(ring):
    ground = np.median(ring.srgb8[ring.truth.alpha == 0], axis=0)
    off = np.abs(ring.srgb8.astype(float) - ground).max(-1)
    assert np.median(off[ring.truth.alpha == 1]) > 15
    assert np.median(off[ring.truth.alpha == 0]) < 6


@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (34, 30), (-60, 75)])
def test_the_camera_centres_what_it_is_aimed_at_and_fills_the_frame_as_told(azimuth, elevation):
    points = np.random.default_rng(3).uniform(-10, 14, (400, 3))
    camera = aimed(View(azimuth_deg=azimuth, elevation_deg=elevation, fill=0.7), points, (400, 500))
    seen_at = camera.project(points)[:, :2]
    low, high = seen_at.min(0), seen_at.max(0)
    assert (low + high) / 2 == pytest.approx([199.5, 249.5], abs=0.2)
    assert ((high - low) / [400, 500]).max() == pytest.approx(0.7, abs=0.002)


def test_a_sample_without_a_kept_photograph_is_rendered_once_and_found_again(tmp_path, monkeypatch):
    spec = RingSpec(claws=4, halo=10)
    sample = Sample(spec, "LP-T-1", "Tiny ring", "ring", "yellow gold", 16.0, {"stones": 11}, size_px=64, spp=2)
    monkeypatch.setitem(SAMPLES, "tiny", sample)
    monkeypatch.setenv("LOUPE_CACHE_DIR", str(tmp_path))
    first = sample_photo("tiny")
    assert tmp_path in first.parents
    made = first.stat().st_mtime_ns
    assert sample_photo("tiny") == first
    assert first.stat().st_mtime_ns == made
    assert sample_truth("tiny")["counts"]["stone"] == 11
    assert sorted(p.name for p in first.parent.iterdir()) == ["tiny.alpha.png", "tiny.jpg", "tiny.json"]


def test_the_command_makes_photo_alpha_and_truth(tmp_path, capsys):
    assert main([str(tmp_path), "--size", "64", "--spp", "2", "--piece", "halo-ring"]) == 0
    assert "halo-ring.jpg" in capsys.readouterr().out
    truth = json.loads((tmp_path / "halo-ring.json").read_text())
    assert truth["counts"] == {"stone": 19, "prong": 42, "link": 0}
    assert truth["key"] == "", "a photo of another size must not pass for the kept one"
    with Image.open(tmp_path / "halo-ring.alpha.png") as alpha, Image.open(tmp_path / "halo-ring.jpg") as photo:
        assert alpha.size == photo.size == tuple(truth["size"])
