"""Trains the network that finds stones and prongs, on family photographs of calibration seeds and the sample pieces.

    python -m pipeline.atelier.family_photos --seeds 0-12
    python -m pipeline.atelier.counts.stone_training --steps 12500 --out pipeline/fingerprint/stones.npz

What it is taught is `stone_lessons`'; here is how. A run can be cut short by `--stop-after` and goes on from its checkpoint.
What is kept is the running mean of the weights, which is worth reading with at any time. Seeds make a run repeatable on
one machine.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional

from pipeline.atelier.counts.stone_lessons import Crop, Lesson, bare_crop, drawn_crop, lessons, setting_crop
from pipeline.atelier.families import CALIBRATION_SEEDS
from pipeline.fingerprint.net import ELLIPSE, StoneNet, stone_net
from pipeline.imaging.unet import interleaved, save_weights

BATCH = 8
# Crops are dearer to draw than to learn from: each step NEW are drawn, the rest come again from the last KEPT (data
# echoing, Choi et al. 2019).
NEW, KEPT = 2, 600
# These shares of crops are drawn, not rendered: metal without stones, and stones in settings, of which rendered families have
# too few kinds.
BARE, SETTINGS = 0.22, 0.33
# Above this rate the ellipses aren't learned at all.
RATE = 2e-3
# The running mean takes in one part in so many of each step, and a tenth of what was learned at most.
MEAN_OVER = 800


def loss_of(fine: torch.Tensor, coarse: torch.Tensor, crops: list[Crop]) -> torch.Tensor:
    """What the maps of these crops are off by. Nearness and stone by cross-entropy and, so that few small stones count as
    much as much metal, Dice; tips by cross-entropy that counts them above the metal between; ellipses by distance."""
    truth, weight = (torch.from_numpy(np.stack([getattr(c, n) for c in crops])) for n in ("fine", "fine_weight"))
    cross = functional.binary_cross_entropy_with_logits(fine, truth, reduction="none")
    # What parts touching stones are the few pixels between their middles: on stones, each counts three times.
    stones = (cross[:, :2] * weight[:, :2] * (1 + 2 * truth[:, :1])).mean((0, 2, 3))
    tips = (cross[:, 2:] * weight[:, 2:] * (1 + 15 * truth[:, 2:])).mean()
    share = torch.sigmoid(fine[:, 0]) * weight[:, 0]
    both = (share * truth[:, 0]).sum((1, 2))
    dice = 1 - (2 * both + 1) / ((share + truth[:, 0] * weight[:, 0]).sum((1, 2)) + 1)
    ellipse, within = (
        torch.from_numpy(np.stack([getattr(c, n) for c in crops])) for n in ("ellipse", "ellipse_weight")
    )
    away = functional.smooth_l1_loss(coarse[:, :ELLIPSE], ellipse, reduction="none", beta=0.1)
    away = (away * torch.tensor([3.0, 3.0, 2.0, 1.0, 1.0])[:, None, None]).sum(1)
    ellipses = (away * within).sum() / (within.sum() + 1)
    cut, bezel = (torch.from_numpy(np.stack([getattr(c, n) for c in crops])) for n in ("cut", "bezel"))
    cuts = functional.cross_entropy(coarse[:, ELLIPSE + 1 :], cut, ignore_index=-1, reduction="sum")
    held = functional.binary_cross_entropy_with_logits(coarse[:, ELLIPSE], bezel.clamp(min=0).float(), reduction="none")
    kinds = cuts / ((cut >= 0).sum() + 1) + (held * (bezel >= 0)).sum() / ((bezel >= 0).sum() + 1)
    return stones[0] + 3 * stones[1] + 0.3 * dice.mean() + 1.5 * tips + 0.4 * ellipses + 0.08 * kinds


def one_crop(lesson: Lesson, rng: np.random.Generator) -> Crop:
    """A crop of a kind drawn at random: of this photograph, or without any."""
    kind = rng.random()
    if kind < BARE:
        return bare_crop(rng)
    return setting_crop(rng) if kind < BARE + SETTINGS else drawn_crop(lesson, rng)


def _seeds(text: str) -> list[int]:
    """Calibration seeds from text as 0-7,10-99."""
    ends = [[int(n) for n in (part.split("-") * 2)[:2]] for part in text.split(",")]
    return [seed for first, last in ends for seed in range(first, last + 1) if seed in CALIBRATION_SEEDS]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier.counts.stone_training", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=12500)
    parser.add_argument("--seeds", default="0-7,10-99", help="calibration seeds to learn from; others stay unseen")
    parser.add_argument("--checkpoint", type=Path, help="where to go on from, and to leave off")
    parser.add_argument("--stop-after", type=float, default=float("inf"), metavar="S")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(1)
    net, done = StoneNet(), 0
    interleaved(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=1e-3)
    mean = {name: tensor.detach().clone() for name, tensor in net.state_dict().items()}
    if asked.checkpoint and asked.checkpoint.exists():
        kept = torch.load(asked.checkpoint, weights_only=True)
        net.load_state_dict(kept["net"])
        optimiser.load_state_dict(kept["optimiser"])
        mean, done = kept["mean"], kept["step"]
    taught = lessons(_seeds(asked.seeds))
    # Photos with stones are drawn twice as often as bare chains and hoops.
    chance = np.array([2.0 if lesson.stones else 1.0 for lesson in taught])
    began, total, step = time.monotonic(), 0.0, done
    net.train()

    pool: list[Crop] = []

    def drawn(step: int) -> list[Crop]:
        rng = np.random.default_rng((7, step))
        fresh = NEW if len(pool) >= BATCH else BATCH
        crops = [one_crop(taught[k], rng) for k in rng.choice(len(taught), fresh, p=chance / chance.sum())]
        again = [pool[k] for k in rng.choice(len(pool), BATCH - fresh, replace=False)] if fresh < BATCH else []
        pool.extend(crops)
        del pool[:-KEPT]
        return crops + again

    # The next crops are drawn on a second core while these are learned from.
    drawer = ThreadPoolExecutor(1)
    coming = drawer.submit(drawn, done + 1)
    for step in range(done + 1, asked.steps + 1):
        crops = coming.result()
        coming = drawer.submit(drawn, step + 1)
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(step / 200, 1.0) * (0.5 + 0.5 * math.cos(math.pi * step / (asked.steps + 1)))
        planes = torch.from_numpy(np.stack([crop.planes for crop in crops])).contiguous(
            memory_format=torch.channels_last
        )
        # Half precision: a processor that has it takes a third less time, and nothing is lost.
        with torch.autocast("cpu", torch.bfloat16):
            fine, coarse = net.both(planes)
        loss = loss_of(fine.float(), coarse.float(), crops)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        part = max(1 / MEAN_OVER, 10 / (step + 10))
        with torch.no_grad():
            for name, tensor in net.state_dict().items():
                mean[name].lerp_(tensor, part) if tensor.is_floating_point() else mean[name].copy_(tensor)
        total += float(loss.detach())
        if step % 100 == 0:
            print(f"step {step}  loss {total / 100:.4f}  {time.monotonic() - began:.0f} s", flush=True)
            total = 0.0
        if time.monotonic() - began > asked.stop_after:
            break
    drawer.shutdown(cancel_futures=True)
    if asked.checkpoint:
        state = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "mean": mean, "step": step}
        torch.save(state, asked.checkpoint)
    net.load_state_dict(mean)
    save_weights(net, asked.out)
    stone_net(asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
