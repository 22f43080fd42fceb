"""Trains the network that tells a change of the piece from a change of its light, on pairs of calibration seeds.

    python -m pipeline.atelier.retakes --seeds 0-7
    python -m pipeline.loupebench.changes.training --seeds 0-5 --draw 4000 --lessons lessons      # keeps lessons in a folder
    python -m pipeline.loupebench.changes.training --lessons lessons --steps 6000 --out pipeline/qa/change.npz

The recipe is in docs/changes.md. Both can be cut short by `--stop-after` and go on where they were; a training takes up
lessons as they come. What is kept is the running mean of the weights. Seeds that thresholds are drawn from, or that are for
testing, must not be among them.
"""

from __future__ import annotations

import argparse
import copy
import math
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional

from pipeline.imaging.unet import interleaved, save_weights
from pipeline.loupebench.changes.lessons import keep, kept, lesson, pairs
from pipeline.qa.change_net import PLANES, ChangeNet, planes_of

BATCH, CROP_PX = 14, 128
RATE = 2e-3
MEAN_OVER = 400
# A picture is judged by its worst place: of a crop so many of its surest pixels are held to whether anything changed in it.
SUREST = 9
# A changed pixel counts so many times one that isn't: they are few.
CHANGED_COUNTS = 4.0
# Lessons that are read at once, and the steps after which others are.
OPEN, CHANGE_AFTER = 700, 150

Crop = tuple[np.ndarray, np.ndarray, np.ndarray]


def drawn_crop(path: Path, rng: np.random.Generator) -> Crop:
    """The network's planes (2 * PLANES, S, S) of a crop, what changed in it (1, S, S) and how much each pixel counts (1, S, S)."""
    found = kept(path)
    height, width = found.coverage.shape
    changes = np.argwhere(found.truth == 255)
    if len(changes) and rng.random() < 0.8:
        y, x = changes[rng.integers(len(changes))] + rng.integers(-CROP_PX // 3, CROP_PX // 3 + 1, 2)
    else:
        covered = np.argwhere(found.coverage > 128)
        y, x = covered[rng.integers(len(covered))]
    top, left = (int(np.clip(at - CROP_PX // 2, 0, max(0, side - CROP_PX))) for at, side in ((y, height), (x, width)))
    part = np.s_[top : top + CROP_PX, left : left + CROP_PX]
    foretold, picture, coverage, things = (
        v[part].astype(np.float32) / 255 for v in (found.foretold, found.picture, found.coverage, found.things)
    )
    truth = found.truth[part]
    planes = planes_of(foretold, picture, coverage, (things[..., :3], things[..., 3:]))
    # The light of both, and how well one was laid under the other's.
    planes[:3] *= rng.uniform(0.94, 1.06, (3, 1, 1)).astype(np.float32)
    common = rng.uniform(0.85, 1.15, (3, 1, 1)).astype(np.float32)
    for first in (0, PLANES):
        rgb = planes[first : first + 3]
        planes[first : first + 3] = np.clip((rgb + 0.5) * common - 0.5, -0.5, 0.5)
    weight = np.where(truth == 128, 0, 1).astype(np.float32)
    # Far from the piece nothing is asked.
    weight *= cv2.dilate((coverage > 0.05).astype(np.uint8), np.ones((9, 9), np.uint8))
    target = (truth == 255).astype(np.float32)
    room = [(0, CROP_PX - n) for n in truth.shape]
    planes = np.pad(planes, [(0, 0), *room], mode="edge")
    target, weight = (np.pad(v, room) for v in (target, weight))
    turn, flip = int(rng.integers(4)), bool(rng.random() < 0.5)

    def turned(values: np.ndarray) -> np.ndarray:
        values = np.rot90(values, turn, (-2, -1))
        return np.ascontiguousarray(np.flip(values, -1) if flip else values)

    return turned(planes), turned(target[None]), turned(weight[None])


def loss_of(logits: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each pixel, and of the crop by its surest pixels."""
    cross = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    cross = cross * weight * (1 + (CHANGED_COUNTS - 1) * target)
    pixels = cross.sum() / weight.sum()
    low = torch.finfo(logits.dtype).min
    asked = torch.where(weight > 0, logits, torch.full_like(logits, low)).flatten(1)
    surest = asked.topk(SUREST, 1).values.clamp(min=-30).mean(1)
    has = (target.flatten(1).sum(1) >= 4).float()
    # A crop in which something that isn't asked about changed can't be called kept.
    unclear = (weight.flatten(1).mean(1) <= 0) | ((has == 0) & (target.flatten(1).sum(1) > 0))
    whole = functional.binary_cross_entropy_with_logits(surest, has, reduction="none")
    return pixels + 0.3 * (whole * ~unclear).mean()


class Deck:
    """Batches of crops from the folder's lessons, of which some are held open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open: list[Path] = []
        self.round = -1

    def batch(self, step: int) -> tuple[torch.Tensor, ...]:
        rng = np.random.default_rng((17, step))
        if self.round != step // CHANGE_AFTER:
            self.round = step // CHANGE_AFTER
            there = sorted(self.folder.glob("*.npz"))
            order = np.random.default_rng((18, self.round)).permutation(len(there))
            self.open = [there[k] for k in order[:OPEN]]
        crops = [drawn_crop(self.open[rng.integers(len(self.open))], rng) for _ in range(BATCH)]
        x, target, weight = (torch.from_numpy(np.stack(part)) for part in zip(*crops, strict=True))
        return x.contiguous(memory_format=torch.channels_last), target, weight


def keep_lessons(folder: Path, seeds: range, count: int, stop_at: float, tell: Callable[[str], None]) -> None:
    """Makes `count` lessons by lot of these seeds into the folder, those there left out."""
    folder.mkdir(parents=True, exist_ok=True)
    for at, pair in enumerate(pairs(seeds, np.random.default_rng(23), count)):
        if time.monotonic() > stop_at:
            return
        path = folder / f"{pair.key()}.npz"
        if path.exists():
            continue
        found = lesson(pair)
        if found is not None:
            keep(found, folder, pair.key())
        if at % 100 == 0:
            tell(f"{at} pairs")


def rate_at(step: int, steps: int) -> float:
    """The learning rate: up over the first hundred steps, then down along a half cosine."""
    return RATE * min(step / 100, 0.5 + 0.5 * math.cos(math.pi * min(step / steps, 1.0)))


def train(
    folder: Path, out: Path, steps: int, checkpoint: Path | None, stop_at: float, tell: Callable[[str], None]
) -> None:
    """Learns from the folder's lessons; `out` gets the running mean of the weights."""
    torch.manual_seed(3)
    net, done = ChangeNet(), 0
    interleaved(net)
    mean = copy.deepcopy(net).eval()
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=1e-2)
    if checkpoint and checkpoint.exists():
        held = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(held["net"])
        mean.load_state_dict(held["mean"])
        optimiser.load_state_dict(held["optimiser"])
        done = held["step"]

    def leave_off(step: int) -> None:
        save_weights(mean, out)
        if checkpoint:
            beside = checkpoint.with_suffix(".part")
            state = {"net": net.state_dict(), "mean": mean.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save(state | {"step": step}, beside)
            beside.replace(checkpoint)

    deck, step, total, began = Deck(folder), done, 0.0, time.monotonic()
    drawer = ThreadPoolExecutor(1)
    coming = drawer.submit(deck.batch, done + 1)
    net.train()
    for step in range(done + 1, steps + 1):
        x, target, weight = coming.result()
        coming = drawer.submit(deck.batch, step + 1)
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = net(x)
        loss = loss_of(logits.float(), target, weight)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        share = min(1 / MEAN_OVER, 1.0) if step > MEAN_OVER else 1 / (step + 1)
        with torch.no_grad():
            for slow, now in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
                if slow.is_floating_point():
                    slow.lerp_(now, share)
        total += float(loss.detach())
        if step % 50 == 0:
            tell(f"step {step}  loss {total / 50:.4f}  {time.monotonic() - began:.0f} s")
            total = 0.0
        if step % 250 == 0:
            leave_off(step)
        if time.monotonic() > stop_at:
            break
    drawer.shutdown(cancel_futures=True)
    leave_off(step)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.loupebench.changes.training", description=__doc__)
    parser.add_argument("--lessons", type=Path, required=True, help="the folder that lessons are kept in")
    parser.add_argument("--draw", type=int, metavar="N", help="make N lessons, and learn nothing yet")
    parser.add_argument("--seeds", default="0-5", help="a first and a last calibration seed to draw from, as 0-5")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--checkpoint", type=Path, help="where to go on from, and to leave off")
    parser.add_argument("--stop-after", type=float, default=float("inf"), metavar="S")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    cv2.setNumThreads(1)
    stop_at = time.monotonic() + asked.stop_after

    def tell(words: str) -> None:
        print(words, flush=True)

    if asked.draw:
        first, last = (int(n) for n in (asked.seeds.split("-") * 2)[:2])
        keep_lessons(asked.lessons, range(first, last + 1), asked.draw, stop_at, tell)
    elif asked.out:
        train(asked.lessons, asked.out, asked.steps, asked.checkpoint, stop_at, tell)
    else:
        parser.error("say --draw N to make lessons, or --out FILE to learn from them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
