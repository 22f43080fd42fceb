"""The small network that tells stones from metal: a U-Net of a few hundred thousand weights, trained on the atelier alone.

Hand-made measures end here: in a cluster of brilliants every facet's edge is as strong as the stone's own, so that votes
of edges, symmetry and texture find facets, beads and reflections alike. What the network gives is two maps, no counts: how
sure each pixel lies on a stone, and how sure it lies in a stone's core, its outline shrunk to CORE of itself. Cores of
touching stones don't touch. Everything after that is geometry, in `stones`.

Training, its data and its script: `python -m pipeline.atelier.stone_training`. Weights are float16 in stones.npz.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

CORE = 0.6
WIDTHS = (12, 24, 32, 48, 64)
STRIDE = 2 ** len(WIDTHS)
WEIGHTS = Path(__file__).with_name("stones.npz")
# Maps are worked out in tiles of at most this many pixels a side, overlapping by OVERLAP, to bound the memory.
TILE_PX = 1024
OVERLAP_PX = 128


class StoneNet(nn.Module):
    """(N, 4, H, W) of sRGB - 0.5 and alpha - 0.5, sides multiples of STRIDE, to (N, 2, H, W) logits: stone, core.

    Works at half the picture's pixels, four of them folded into one's channels and unfolded at the end: half the time, and
    a stone of 8 px still keeps all of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        ins = (16, *WIDTHS[:-1])
        self.down = nn.ModuleList(_block(i, o) for i, o in zip(ins, WIDTHS, strict=True))
        self.up = nn.ModuleList(_block(WIDTHS[k] + WIDTHS[k + 1], WIDTHS[k]) for k in range(len(WIDTHS) - 1))
        self.head = nn.Conv2d(WIDTHS[0], 8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.pixel_unshuffle(x, 2)
        passed: list[torch.Tensor] = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            passed.append(x)
        for level in range(len(WIDTHS) - 2, -1, -1):
            x = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = self.up[level](torch.cat([passed[level], x], 1))
        return functional.pixel_shuffle(self.head(x), 2)


def _block(ins: int, outs: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(ins, outs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outs),
        nn.ReLU(inplace=True),
        nn.Conv2d(outs, outs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outs),
        nn.ReLU(inplace=True),
    )


def save_weights(net: StoneNet, path: Path = WEIGHTS) -> None:
    """The weights and running means as float16, by their names."""
    arrays = {name: tensor.numpy().astype(np.float16) for name, tensor in net.state_dict().items() if tensor.ndim}
    np.savez_compressed(path, **arrays)


def load_weights(path: Path = WEIGHTS) -> StoneNet:
    """A network ready to read, from what `save_weights` wrote."""
    net = StoneNet()
    with np.load(path) as stored:
        found = {name: torch.from_numpy(stored[name].astype(np.float32)) for name in stored.files}
    net.load_state_dict(net.state_dict() | found)
    return net.eval()


@lru_cache(maxsize=1)
def _net() -> StoneNet:
    return load_weights()


def stone_maps(srgb: np.ndarray, alpha: np.ndarray, net: StoneNet | None = None) -> tuple[np.ndarray, np.ndarray]:
    """How sure each pixel is stone, and core of one: two (H, W) float32 in 0..1, 0 off the piece.

    `srgb`: (H, W, 3) float32 encoded sRGB 0..1; `alpha`: (H, W) float32. The mean over four mirrorings, which halves
    what the network's own direction would add.
    """
    net = net or _net()
    planes = np.concatenate([srgb, alpha[..., None]], -1).transpose(2, 0, 1).astype(np.float32) - 0.5
    height, width = alpha.shape
    total, weight = np.zeros((2, height, width), np.float32), np.zeros((height, width), np.float32)
    for top, bottom in _tiles(height):
        for left, right in _tiles(width):
            total[:, top:bottom, left:right] += _read(net, planes[:, top:bottom, left:right])
            weight[top:bottom, left:right] += 1
    maps = total / weight * (alpha > 0.3)
    return maps[0], maps[1]


def _tiles(length: int) -> list[tuple[int, int]]:
    if length <= TILE_PX:
        return [(0, length)]
    starts = list(range(0, length - TILE_PX, TILE_PX - OVERLAP_PX)) + [length - TILE_PX]
    return [(start, start + TILE_PX) for start in starts]


def _read(net: StoneNet, planes: np.ndarray) -> np.ndarray:
    _, height, width = planes.shape
    below, beside = -height % STRIDE, -width % STRIDE
    padded = np.pad(planes, ((0, 0), (0, below), (0, beside)), mode="edge")
    found = np.zeros((2, height, width), np.float32)
    with torch.inference_mode():
        for flip in ((), (1,), (2,), (1, 2)):
            x = torch.from_numpy(np.flip(padded, flip).copy() if flip else padded)
            y = torch.sigmoid(net(x[None]))[0].numpy()
            found += (np.flip(y, flip) if flip else y)[:, :height, :width] / 4
    return found
