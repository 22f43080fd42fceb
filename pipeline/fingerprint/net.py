"""The small network that tells stones and prongs from metal: a U-Net of a few hundred thousand weights, trained on the
atelier alone.

Hand-made measures end here: in a cluster of brilliants every facet's edge is as strong as the stone's own, so that votes
of edges, symmetry and texture find facets, beads and reflections alike. What the network gives is maps, no counts: how sure
each pixel is stone; how near its stone's middle it lies, which falls to nothing at the outline, so that touching stones are
two hills; and the whole ellipse of that stone, hidden parts and all, as each of its pixels sees it (after StarDist, Schmidt
et al., MICCAI 2018, with five numbers of an ellipse for its rays). Every pixel votes for its stone's middle, which parts
stones exactly and tells how far the votes agree. Everything after that is geometry, in `stones` and `prongs`.

Training, its data and its script: `python -m pipeline.atelier.counts.stone_training`. Weights are float16 in stones.npz.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import get_args

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from pipeline.fingerprint.model import Cut, Tip
from pipeline.imaging.unet import FoldedUNet, load_weights, tiles

TIPS: tuple[Tip, ...] = get_args(Tip)
CUTS: tuple[Cut, ...] = get_args(Cut)
# Ellipses are told in logarithms about this size, px.
MIDDLE_PX = 20.0
WIDTHS = (16, 32, 48, 64, 80)
# At the picture's pixels: stone, nearness, and each kind of tip. At half of them: the ellipse (5), bezel, and the cuts.
FINE = 2 + len(TIPS)
ELLIPSE = 5
COARSE = ELLIPSE + 1 + len(CUTS)
WEIGHTS = Path(__file__).with_name("stones.npz")
# Maps are worked out in tiles of at most this many pixels a side, overlapping by OVERLAP, to bound the memory.
TILE_PX = 1024
OVERLAP_PX = 128


@dataclass(frozen=True)
class Maps:
    """What the network says of a picture (H, W). `stone`, `near`: (H, W) in 0..1; `tips`: (TIPS, H, W) in 0..1.

    At every second pixel, cell (i, j) standing for pixel (2i + 0.5, 2j + 0.5): `ellipse`: (5, H/2, W/2), the way to the
    stone's middle in parts of its size (x, y), the logarithm of size over MIDDLE_PX, and that of length over width times
    cos and sin of twice the angle; `bezel`: (H/2, W/2) in 0..1; `cuts`: (CUTS, H/2, W/2), summing to 1.
    """

    stone: np.ndarray
    near: np.ndarray
    tips: np.ndarray
    ellipse: np.ndarray
    bezel: np.ndarray
    cuts: np.ndarray


class StoneNet(FoldedUNet):
    """(N, 4, H, W) of sRGB - 0.5 and alpha - 0.5, sides multiples of `stride`, to (N, FINE, H, W) logits and
    (N, COARSE, H/2, W/2): the ellipse as it is, then logits."""

    def __init__(self) -> None:
        super().__init__(4, FINE, WIDTHS)
        # Most of a picture is no stone, less of it a stone's middle, next to nothing a tip: that needn't be learned.
        rare = torch.tensor([-1.5, -2.0, *[-4.0] * len(TIPS)])
        self.head.bias = nn.Parameter(rare.repeat_interleave(4))
        self.coarse = nn.Sequential(
            nn.Conv2d(WIDTHS[0], 2 * WIDTHS[0], 1), nn.ReLU(inplace=True), nn.Conv2d(2 * WIDTHS[0], COARSE, 1)
        )

    def both(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What it tells of every pixel, and of every second one."""
        x = self.features(x)
        return functional.pixel_shuffle(self.head(x), 2), self.coarse(x)


def stone_net(path: Path = WEIGHTS) -> StoneNet:
    """The network ready to read, with the weights of this file."""
    net = StoneNet()
    load_weights(net, path)
    return net


@lru_cache(maxsize=1)
def _net() -> StoneNet:
    return stone_net()


def read_maps(srgb: np.ndarray, alpha: np.ndarray, net: StoneNet | None = None, *, twice: bool = True) -> Maps:
    """What the network says of a picture: `srgb` (H, W, 3) float32 encoded sRGB 0..1, `alpha` (H, W) float32.

    With `twice` the mean of the picture and of it turned by half a turn, which halves what the network's own direction would
    add, for twice the time. Off the piece all is 0.
    """
    net = net or _net()
    planes = np.concatenate([srgb, alpha[..., None]], -1).transpose(2, 0, 1).astype(np.float32) - 0.5
    height, width = alpha.shape
    planes = np.pad(planes, ((0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    rows, columns = planes.shape[1:]
    fine = np.zeros((FINE, rows, columns), np.float32)
    coarse = np.zeros((COARSE, rows // 2, columns // 2), np.float32)
    weight = np.zeros((rows // 2, columns // 2), np.float32)
    for top, bottom in tiles(rows, TILE_PX, OVERLAP_PX):
        for left, right in tiles(columns, TILE_PX, OVERLAP_PX):
            tile_fine, tile_coarse = _read(net, planes[:, top:bottom, left:right], twice)
            fine[:, top:bottom, left:right] += tile_fine
            half = (slice(top // 2, bottom // 2), slice(left // 2, right // 2))
            coarse[:, *half] += tile_coarse
            weight[half] += 1
    fine /= weight.repeat(2, 0).repeat(2, 1)
    coarse /= weight
    fine = fine[:, :height, :width] * (alpha > 0.3)
    cuts = coarse[ELLIPSE + 1 :]
    return Maps(fine[0], fine[1], fine[2:], coarse[:ELLIPSE], coarse[ELLIPSE], cuts)


def _read(net: StoneNet, planes: np.ndarray, twice: bool) -> tuple[np.ndarray, np.ndarray]:
    _, height, width = planes.shape
    below, beside = -height % net.stride, -width % net.stride
    padded = torch.from_numpy(np.pad(planes, ((0, 0), (0, below), (0, beside)), mode="edge"))
    with torch.inference_mode():
        seen = (padded, padded.flip(1, 2)) if twice else (padded,)
        out = [_sides(net.both(x[None].contiguous(memory_format=torch.channels_last))) for x in seen]
    fine, coarse = out[0]
    if twice:
        # Turned by half a turn, the way to the middle points back; an ellipse's angle stays.
        back = torch.ones(COARSE, 1, 1)
        back[:2] = -1
        fine = (fine + out[1][0].flip(1, 2)) / 2
        coarse = (coarse + out[1][1].flip(1, 2) * back) / 2
    return fine[:, :height, :width].numpy(), coarse[:, : height // 2, : width // 2].numpy()


def _sides(out: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    fine, coarse = out[0][0], out[1][0]
    told = [coarse[:ELLIPSE], torch.sigmoid(coarse[ELLIPSE : ELLIPSE + 1]), torch.softmax(coarse[ELLIPSE + 1 :], 0)]
    return torch.sigmoid(fine), torch.cat(told)
