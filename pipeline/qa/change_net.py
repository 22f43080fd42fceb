"""The network that tells a change of the piece from a change of its light: two pictures of one place, and where they differ as things.

Differences of pixels end where the light was walked round: a facet that flashes elsewhere differs more than a claw that is
gone. What tells them apart is what the light falls on, which is what a network learns. Both pictures go through the same
encoder (a Siamese one, Daudt et al. 2018, arXiv:1810.08462), so that what it calls alike doesn't depend on which is which;
at every level their features and the features' differences are joined. Beside the colours it gets what the network that finds
stones and prongs (`pipeline.fingerprint.net`) makes of either picture: a stone is one under any light.

Training and its recipe: docs/changes.md, `python -m pipeline.loupebench.changes.training`. Weights are float16 in change.npz.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from pipeline.fingerprint.net import read_maps
from pipeline.imaging.unet import convolved, load_weights, maps_of

# Of each of the two pictures: encoded red, green, blue, the piece's coverage; how far it is stone, how near its stone's middle, how
# far a prong's tip.
PLANES = 7
# Stones and prongs are looked for at this longer side, px, where the picture is smaller: there most of what that network has
# learned lies; but never enlarged more than this.
LOOKED_AT_PX, MOST_ENLARGED = 640, 2.0
WIDTHS = (24, 40, 56, 72, 80)
WEIGHTS = Path(__file__).with_name("change.npz")
# Logits beyond this say no more than that it is sure.
SURE = 12.0


class ChangeNet(nn.Module):
    """(N, 2 * PLANES, H, W), the foretold picture's planes before the picture's own, to (N, 1, H, W) logits; sides multiples of `stride`."""

    outs = 1

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.stride = 2 ** len(widths)
        sources = (4 * PLANES, *widths[:-1])
        self.down = nn.ModuleList(
            nn.Sequential(*convolved(i, o), *convolved(o, o)) for i, o in zip(sources, widths, strict=True)
        )
        self.joined = nn.ModuleList(nn.Sequential(*convolved(3 * w, w)) for w in widths)
        self.up = nn.ModuleList(nn.Sequential(*convolved(fine + coarse, fine)) for fine, coarse in pairwise(widths))
        self.head = nn.Conv2d(widths[0], 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        count = len(x)
        both = functional.pixel_unshuffle(torch.cat([x[:, :PLANES], x[:, PLANES:]]), 2)
        levels: list[torch.Tensor] = []
        for level, (block, join) in enumerate(zip(self.down, self.joined, strict=True)):
            both = block(functional.max_pool2d(both, 2) if level else both)
            one, two = both[:count], both[count:]
            levels.append(join(torch.cat([one, two, (one - two).abs()], 1)))
        found = levels[-1]
        for level in range(len(levels) - 2, -1, -1):
            found = functional.interpolate(found, scale_factor=2, mode="nearest")
            found = self.up[level](torch.cat([levels[level], found], 1))
        return functional.pixel_shuffle(self.head(found), 2)


def things_in(srgb: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """(h, w, 3) float32 0..1: how far each pixel of a picture (h, w, 3) sRGB-encoded is stone, near its stone's middle, and a
    prong's tip."""
    height, width = coverage.shape
    factor = float(np.clip(LOOKED_AT_PX / max(height, width), 1.0, MOST_ENLARGED))
    size = (round(width * factor), round(height * factor))
    larger = srgb if factor == 1 else np.clip(cv2.resize(srgb, size, interpolation=cv2.INTER_CUBIC), 0, 1)
    over = coverage if factor == 1 else np.clip(cv2.resize(coverage, size, interpolation=cv2.INTER_LINEAR), 0, 1)
    maps = read_maps(larger, over, twice=False)
    found = np.dstack([maps.stone, maps.near, maps.tips.max(0)]).astype(np.float32)
    return found if factor == 1 else np.asarray(cv2.resize(found, (width, height), interpolation=cv2.INTER_AREA))


def planes_of(
    foretold: np.ndarray, picture: np.ndarray, coverage: np.ndarray, things: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """(2 * PLANES, h, w) float32 of two pictures (h, w, 3), sRGB-encoded 0..1, the piece's coverage (h, w) in both, and the
    `things_in` each of them."""
    over = coverage[..., None]
    planes = np.concatenate([foretold - 0.5, over, things[0], picture - 0.5, over, things[1]], axis=2)
    return np.ascontiguousarray(planes.transpose(2, 0, 1), dtype=np.float32)


@lru_cache(maxsize=1)
def _net() -> ChangeNet:
    return load_weights(ChangeNet(), WEIGHTS)


def changed(
    foretold: np.ndarray,
    picture: np.ndarray,
    coverage: np.ndarray,
    things: tuple[np.ndarray, np.ndarray],
    net: ChangeNet | None = None,
) -> np.ndarray:
    """How sure the network is of each pixel that the piece changed there, (h, w) float32 logits within ±SURE.

    `foretold`, `picture`: (h, w, 3) float32 sRGB-encoded 0..1, one over the other to a pixel; `coverage`: (h, w) 0..1; `things`: the
    `things_in` both. What was learned from were pieces of 100 to 600 px.
    """
    planes = planes_of(foretold, picture, coverage, things)
    return logits_of(maps_of(net or _net(), planes, flips=((), (2,)), tile_px=1024)[0])


def logits_of(share: np.ndarray) -> np.ndarray:
    """Logits of shares 0..1, within ±SURE."""
    edge = 1 / (1 + np.exp(SURE))
    share = np.clip(share, edge, 1 - edge)
    return np.asarray(np.log(share / (1 - share)), np.float32)
