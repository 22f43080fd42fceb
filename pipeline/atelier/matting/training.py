"""Trains the network of the matte on family photographs of calibration seeds and on drawn pieces.

    python -m pipeline.atelier.family_photos --seeds 0-11
    python -m pipeline.atelier.matting.training --steps 10000 --drawn 128 --out pipeline/imaging/matte.npz --checkpoint matte.pt

The recipe is in docs/matte.md. A run can be cut short by `--stop-after` and goes on from its checkpoint; run through, its
seeds make it repeatable on one machine. The sample photographs are left out: the tests measure the matte on them.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional

from pipeline.atelier.matting.lessons import Lesson, drawn_crop, lessons
from pipeline.imaging.matting_net import MatteNet, planes_of
from pipeline.imaging.unet import interleaved, save_weights

BATCH = 6
FRESH = 3  # crops of a batch that are drawn for it; the others were seen before, and are mirrored
REMEMBERED = 600
RATE = 3e-3
STEADY = 0.5  # the share of the steps that are learned from at the full rate; from there it falls to nothing
KEPT = 0.998  # what the mean over the weights keeps of itself at each step: it is that mean that is stored
KEPT_BACK = 10  # the calibration seed that is measured on and never learned from
BANDS = ((7, 3.0), (2, 5.0))  # within so many pixels of an edge errors count so many times more

Pair = tuple[np.ndarray, np.ndarray]


def crop_pair(lesson: Lesson, rng: np.random.Generator) -> Pair:
    """The network's planes of a crop, and its true coverage (1, H, W)."""
    crop = drawn_crop(lesson, rng)
    return planes_of(crop.rgb, crop.surface), crop.alpha[None].astype(np.float32)


class Deck:
    """Batches of crops: some drawn anew, some out of the last ones, mirrored."""

    def __init__(self, taught: list[Lesson]) -> None:
        self.taught = taught
        self.seen: deque[Pair] = deque(maxlen=REMEMBERED)

    def batch(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((11, step))
        fresh = BATCH if len(self.seen) < 50 else FRESH
        pairs = [crop_pair(self.taught[rng.integers(len(self.taught))], rng) for _ in range(fresh)]
        again = [self.seen[int(rng.integers(len(self.seen)))] for _ in range(BATCH - fresh)]
        self.seen.extend(pairs)
        pairs += [(np.flip(x, 2), np.flip(y, 2)) for x, y in again]
        x, y = (torch.from_numpy(np.stack(part)) for part in zip(*pairs, strict=True))
        return x.contiguous(memory_format=torch.channels_last), y


def loss_of(logits: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Absolute error, weighted towards edges, of coverage and of its slopes; and cross-entropy, which moves what is surely wrong."""
    weight = torch.ones_like(alpha)
    for px, more in BANDS:
        weight = weight + more * (_highest(alpha, px) + _highest(-alpha, px))
    share = torch.sigmoid(logits)
    error = ((share - alpha).abs() * weight).mean()
    cross = (functional.binary_cross_entropy_with_logits(logits, alpha, reduction="none") * weight).mean()
    off = share - alpha
    slopes = (off[..., 1:] - off[..., :-1]).abs().mean() + (off[..., 1:, :] - off[..., :-1, :]).abs().mean()
    return error + 0.4 * cross + 4.0 * slopes


def _highest(values: torch.Tensor, px: int) -> torch.Tensor:
    """The highest of `values` within `px` along both axes."""
    along = functional.max_pool2d(values, (1, 2 * px + 1), 1, (0, px))
    return functional.max_pool2d(along, (2 * px + 1, 1), 1, (px, 0))


class Mean:
    """The running mean of a net's weights: steadier than the weights of any one step."""

    def __init__(self, net: MatteNet) -> None:
        self.net = copy.deepcopy(net).eval()

    def take(self, net: MatteNet, step: int) -> None:
        kept = min(KEPT, step / (step + 10))
        with torch.no_grad():
            for mean, now in zip(self.net.state_dict().values(), net.state_dict().values(), strict=True):
                if mean.is_floating_point():
                    mean.lerp_(now, 1 - kept)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier.matting.training", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--seeds", type=int, default=1000, help="calibration seeds below this one")
    parser.add_argument("--drawn", type=int, default=128, help="drawn pieces")
    parser.add_argument("--checkpoint", type=Path, help="where to go on from, and to leave off")
    parser.add_argument("--stop-after", type=float, default=float("inf"), metavar="S")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(1)
    net, done = MatteNet(), 0
    interleaved(net)
    mean = Mean(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=1e-3)
    if asked.checkpoint and asked.checkpoint.exists():
        kept = torch.load(asked.checkpoint, weights_only=True)
        net.load_state_dict(kept["net"])
        optimiser.load_state_dict(kept["optimiser"])
        mean.net.load_state_dict(kept["mean"])
        done = kept["step"]

    def leave_off(step: int) -> None:
        save_weights(mean.net, asked.out)
        if asked.checkpoint:
            beside = asked.checkpoint.with_suffix(".part")
            state = {"net": net.state_dict(), "mean": mean.net.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save(state | {"step": step}, beside)
            beside.replace(asked.checkpoint)

    deck = Deck(lessons([seed for seed in range(min(asked.seeds, 1000)) if seed != KEPT_BACK], asked.drawn))
    print(f"{len(deck.taught)} pieces", flush=True)
    began, total, step = time.monotonic(), 0.0, done
    net.train()
    # The next crops are drawn on a second core while these are learned from.
    drawer = ThreadPoolExecutor(1)
    coming = drawer.submit(deck.batch, done + 1)
    for step in range(done + 1, asked.steps + 1):
        x, y = coming.result()
        coming = drawer.submit(deck.batch, step + 1)
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(step / 100, 1.0, (1 - (step - 1) / asked.steps) / (1 - STEADY))
        with torch.autocast("cpu", dtype=torch.bfloat16):  # half the time where the processor has it
            logits = net(x)
        loss = loss_of(logits.float(), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        mean.take(net, step)
        total += float(loss.detach())
        if step % 100 == 0:
            print(f"step {step}  loss {total / 100:.4f}  {time.monotonic() - began:.0f} s", flush=True)
            total = 0.0
        if step % 500 == 0:
            leave_off(step)
        if time.monotonic() - began > asked.stop_after:
            break
    drawer.shutdown(cancel_futures=True)
    leave_off(step)
    return 0


if __name__ == "__main__":
    sys.exit(main())
