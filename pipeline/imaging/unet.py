"""A small U-Net at half a picture's pixels, how its weights are kept, and how it reads a picture of any size.

Four pixels are folded into one's channels and unfolded at the end: half the time, and what is 4 px across still keeps all of
its own detail. What a network is taught, and what its planes mean, is its own module's business.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

Net = TypeVar("Net", bound=nn.Module)


class Mapping(Protocol):
    """What `maps_of` reads with: (N, ins, H, W) to (N, outs, H, W) logits, sides multiples of `stride`."""

    @property
    def outs(self) -> int: ...
    @property
    def stride(self) -> int: ...
    def __call__(self, x: torch.Tensor) -> torch.Tensor: ...


class FoldedUNet(nn.Module):
    """(N, ins, H, W) to (N, outs, H, W) logits, sides multiples of `stride`; `widths` are channels by level, finest first."""

    def __init__(self, ins: int, outs: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.widths, self.outs, self.stride = widths, outs, 2 ** len(widths)
        sources = (4 * ins, *widths[:-1])
        self.down = nn.ModuleList(_block(i, o) for i, o in zip(sources, widths, strict=True))
        self.up = nn.ModuleList(_block(widths[k] + widths[k + 1], widths[k]) for k in range(len(widths) - 1))
        self.head = nn.Conv2d(widths[0], 4 * outs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.pixel_shuffle(self.head(self.features(x)), 2)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """(N, widths[0], H/2, W/2) from which every head reads."""
        x = functional.pixel_unshuffle(x, 2)
        passed: list[torch.Tensor] = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            passed.append(x)
        for level in range(len(self.widths) - 2, -1, -1):
            x = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = self.up[level](torch.cat([passed[level], x], 1))
        return x


def convolved(ins: int, outs: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(ins, outs, 3, padding=1, bias=False), nn.BatchNorm2d(outs), nn.ReLU(inplace=True)


def _block(ins: int, outs: int) -> nn.Module:
    return nn.Sequential(*convolved(ins, outs), *convolved(outs, outs))


def save_weights(net: nn.Module, path: Path) -> None:
    """The weights and running means as float16, by their names."""
    arrays = {name: tensor.numpy().astype(np.float16) for name, tensor in net.state_dict().items() if tensor.ndim}
    np.savez_compressed(path, **arrays)


def load_weights(net: Net, path: Path) -> Net:
    """`net` ready to read, with what `save_weights` wrote; its norms are drawn into the convolutions before them."""
    with np.load(path) as stored:
        found = {name: torch.from_numpy(stored[name].astype(np.float32)) for name in stored.files}
    net.load_state_dict(net.state_dict() | found)
    net.eval()
    for part in [part for part in net.modules() if isinstance(part, nn.Sequential)]:
        for at, (first, then) in enumerate(pairwise(part)):
            if isinstance(first, nn.Conv2d) and isinstance(then, nn.BatchNorm2d):
                part[at], part[at + 1] = fuse_conv_bn_eval(first, then), nn.Identity()
    interleaved(net)
    return net


def interleaved(net: nn.Module) -> None:
    """Lays the weights as processors take them fastest: a third less time than planes one after another."""
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own types leave it out


def maps_of(
    net: Mapping,
    planes: np.ndarray,
    flips: tuple[tuple[int, ...], ...] = ((), (2,)),
    tile_px: int = 1536,
    overlap_px: int = 128,
) -> np.ndarray:
    """Sigmoids (outs, H, W) float32 of `planes` (ins, H, W) float32, the mean over `flips` (axes 1 and 2 that are mirrored).

    Worked out in tiles of at most `tile_px` a side that overlap by `overlap_px`, to bound the memory; a tile counts less
    towards its sides, so that no seam shows.
    """
    _, height, width = planes.shape
    total, weight = np.zeros((net.outs, height, width), np.float32), np.zeros((height, width), np.float32)
    for top, bottom in tiles(height, tile_px, overlap_px):
        for left, right in tiles(width, tile_px, overlap_px):
            part = np.s_[top:bottom, left:right]
            ramp = np.minimum.outer(_ramp(bottom - top, overlap_px), _ramp(right - left, overlap_px))
            total[:, *part] += _read(net, planes[:, *part], flips) * ramp
            weight[part] += ramp
    return np.asarray(total / weight, np.float32)


def _ramp(length: int, overlap: int) -> np.ndarray:
    away = np.minimum(np.arange(length), np.arange(length)[::-1]) + 1.0
    return np.asarray(np.minimum(away / overlap, 1.0), np.float32)


def tiles(length: int, tile: int, overlap: int) -> list[tuple[int, int]]:
    """Where tiles of at most `tile` begin and end that cover `length` and overlap by `overlap` at least, px."""
    if length <= tile:
        return [(0, length)]
    starts = list(range(0, length - tile, tile - overlap)) + [length - tile]
    return [(start, start + tile) for start in starts]


def _read(net: Mapping, planes: np.ndarray, flips: tuple[tuple[int, ...], ...]) -> np.ndarray:
    _, height, width = planes.shape
    padded = np.pad(planes, ((0, 0), (0, -height % net.stride), (0, -width % net.stride)), mode="edge")
    found = np.zeros((net.outs, height, width), np.float32)
    with torch.inference_mode():
        for flip in flips:
            x = torch.from_numpy(np.ascontiguousarray(np.flip(padded, flip) if flip else padded))[None]
            y = torch.sigmoid(net(x.contiguous(memory_format=torch.channels_last)))[0].numpy()
            found += (np.flip(y, flip) if flip else y)[:, :height, :width] / len(flips)
    return found
