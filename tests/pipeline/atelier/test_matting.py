"""The matte's lessons: pieces of exactly known coverage photographed anew, and a run that goes on where it was cut short."""

import numpy as np
import torch

from pipeline.atelier.matting.drawings import FORMS, drawing
from pipeline.atelier.matting.lessons import CROP_PX, drawn_crop, lessons
from pipeline.atelier.matting.training import main
from pipeline.imaging.matting_net import PLANES, MatteNet, planes_of
from pipeline.imaging.unet import load_weights


def test_a_drawing_is_the_same_for_the_same_seed_and_has_true_edges():
    for seed in range(len(FORMS)):
        one, again = drawing(seed), drawing(seed)
        assert (one.alpha == again.alpha).all()
        assert (one.rgb == again.rgb).all()
        assert 0.005 < one.alpha.mean() < 0.6
        partly = (one.alpha > 0) & (one.alpha < 1)
        assert 0.001 < partly.mean() < 0.2


def test_a_crop_shows_its_ground_bare_where_nothing_is_cast():
    taught = lessons([], drawn=8)
    dark, light = 0, 0
    for seed in range(40):
        crop = drawn_crop(taught[seed % 8], np.random.default_rng(seed))
        assert crop.rgb.shape == crop.surface.shape == (CROP_PX, CROP_PX, 3)
        assert crop.alpha.min() >= 0
        assert crop.alpha.max() <= 1
        clear = crop.alpha == 0
        if clear.sum() < 100:
            continue
        off = (crop.rgb - crop.surface)[clear].mean(axis=1)
        dark, light = dark + int(np.percentile(off, 5) < -0.03), light + int(np.percentile(off, 90) > 0.12)
        assert np.percentile(np.abs(off), 5) < 0.1
    assert dark > 5  # shadows are cast
    assert light < 12  # and the ground is hardly ever brighter than it is bare: a mirror image on black


def test_a_crop_is_the_same_for_the_same_seed():
    taught = lessons([], drawn=2)
    one, again = (drawn_crop(taught[1], np.random.default_rng(4)) for _ in range(2))
    assert (one.rgb == again.rgb).all()
    assert (one.alpha == again.alpha).all()


def test_the_network_sees_a_shadow_as_the_same_loss_in_all_channels():
    ground = np.broadcast_to(np.float32([0.8, 0.5, 0.4]), (8, 8, 3))
    planes = planes_of(ground * np.float32(0.5), ground)
    assert planes.shape == (PLANES, 8, 8)
    assert np.ptp(planes[3:6], axis=0).max() < 0.06
    assert abs(planes_of(ground, ground)[3:7]).max() < 1e-6


def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    out, kept = tmp_path / "m.npz", tmp_path / "m.pt"
    how = ["--out", str(out), "--checkpoint", str(kept), "--seeds", "0", "--drawn", "2", "--threads", "1"]
    assert main([*how, "--steps", "1"]) == 0
    first = load_weights(MatteNet(), out).state_dict()["head.weight"].clone()
    assert main([*how, "--steps", "2"]) == 0
    assert torch.load(kept, weights_only=True)["step"] == 2
    assert not torch.equal(first, load_weights(MatteNet(), out).state_dict()["head.weight"])
    assert out.stat().st_size < 4 * 2**20
