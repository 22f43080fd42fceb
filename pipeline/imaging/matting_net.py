"""The network that tells how much of each pixel is piece: a small U-Net, trained on the atelier's pieces alone.

Rules end where the same pixels are a white facet here and the ground there, a claw of white gold or the shadow under it:
what tells them apart is what they are part of. So the network sees the picture and, beside it, how each pixel stands to the
bare ground: as a ratio of light, which a shadow changes alike in all three channels and a piece does not. A ground of
another colour or lightness looks the same to it.

Training and its recipe: docs/matte.md, `python -m pipeline.atelier.matting.training`. Weights are float16 in matte.npz.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from pipeline.imaging.colour import linear_to_srgb, luminance
from pipeline.imaging.unet import FoldedUNet, convolved, load_weights, maps_of

PLANES = 8
WIDTHS = (32, 48, 64, 80, 96, 96)
FEATURES, FINE_WIDTH = 8, 16  # what the fine half is given of the coarse one's findings, and its own channels
WEIGHTS = Path(__file__).with_name("matte.npz")
DARKEST = 0.02  # linear light that a ratio is taken above, or the noise of a black ground would be all of it
FAINT = 0.04  # stops off the ground that are told from none: what is hardly there is seen on a scale of its own


class MatteNet(FoldedUNet):
    """(N, PLANES, H, W) of `planes_of` to (N, 1, H, W) logits of coverage.

    A U-Net at half the pixels tells what is piece; a few convolutions at all of them see the photo again beside its
    findings, and move its outline by the fraction of a pixel that folding lost.
    """

    def __init__(self) -> None:
        super().__init__(PLANES, 1 + FEATURES, WIDTHS)
        self.fine = nn.Sequential(
            *convolved(PLANES + 1 + FEATURES, FINE_WIDTH),
            *convolved(FINE_WIDTH, FINE_WIDTH),
            nn.Conv2d(FINE_WIDTH, 1, 1),
        )
        self.outs = 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = super().forward(x)
        return found[:, :1] + self.fine(torch.cat([x, found], 1))


def planes_of(rgb: np.ndarray, surface: np.ndarray) -> np.ndarray:
    """What the network sees, (PLANES, H, W) float32, of linear RGB and its bare ground (H, W, 3).

    sRGB about middle grey (3); stops between the pixel and its ground (3); their mean over the channels on a scale for faint
    differences (1); the ground's own lightness (1).
    """
    rgb, surface = np.clip(rgb, 0, 1), np.clip(surface, 0, 1)
    stops = np.log2((rgb + DARKEST) / (surface + DARKEST)).astype(np.float32)
    faint = np.tanh(stops.mean(axis=2, keepdims=True) / FAINT / 3)
    lightness = linear_to_srgb(luminance(surface))[..., None]
    planes = np.concatenate([linear_to_srgb(rgb) - 0.5, np.clip(stops, -4, 4) / 2, faint, lightness - 0.5], axis=2)
    return np.ascontiguousarray(planes.transpose(2, 0, 1), dtype=np.float32)


@lru_cache(maxsize=1)
def _net() -> FoldedUNet:
    return load_weights(MatteNet(), WEIGHTS)


def covered(rgb: np.ndarray, surface: np.ndarray, net: FoldedUNet | None = None) -> np.ndarray:
    """How much of each pixel the piece covers, (H, W) float32 0..1, as the network sees it in linear RGB (H, W, 3).

    `surface`: the bare ground as `fit_ground` has it. Made for pictures of 600 to 1400 px a side.
    """
    return maps_of(net or _net(), planes_of(rgb, surface))[0]
